"""Reference values of conditional players (§ 8.5) and styles (§ 8.10): run it to write gan_parts.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Parts, layer, of, write

LABELS = [2, 0, 1, 2, 1]


def one_hot(y, k):
    return F.one_hot(torch.tensor(y), k).double()


def two_layers(h, w0, b0, w1, b1):
    return F.linear(F.relu(F.linear(h, w0, b0)), w1, b1)


def generated(z, *parameters):
    return two_layers(torch.cat([z, one_hot(LABELS, 3)], 1), *parameters)


def judged(x, table, *parameters):
    return two_layers(torch.cat([x, table[torch.tensor(LABELS)]], 1), *parameters)


def judged_image(x, table, weight, bias):
    """Exercise 8.4: the label's embedding is a further channel."""
    plane = table[torch.tensor(LABELS)].reshape(-1, 1, 6, 6)
    return F.conv2d(torch.cat([x, plane], 1), weight, bias)


def game_value(x, z, g0, h0, g1, h1, table, d0, b0, d1, b1):
    """(8.17), with probabilities as printed."""
    real, fake = judged(x, table, d0, b0, d1, b1), judged(generated(z, g0, h0, g1, h1), table, d0, b0, d1, b1)
    return torch.log(torch.sigmoid(real)).mean() + torch.log(1 - torch.sigmoid(fake)).mean()


def adain(x, scale, shift, epsilon=1e-8):
    mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), unbiased=False, keepdim=True)
    return scale[:, :, None, None] * (x - mean) / torch.sqrt(variance + epsilon) + shift[:, :, None, None]


def mapping():
    def forward(self, z):
        h = z / torch.sqrt(z.square().mean(1, keepdim=True) + 1e-8)
        for part in self.layers:
            h = F.leaky_relu(part(h), 0.2)
        return h

    return Parts(forward, layers=[nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 6)])


def styled(x, w, weight, bias):
    scale, shift = F.linear(w, weight, bias).chunk(2, 1)
    return adain(x, scale, shift)


def demodulated(weight, s):
    w = s[:, None, :, None, None] * weight[None]
    return w / torch.sqrt(w.square().sum((2, 3, 4), keepdim=True) + 1e-8)


def modulated(x, weight, s):
    """As in the paper: the batch becomes groups of one convolution, each with its own filters."""
    n, i, h, w = x.shape
    filters = demodulated(weight, s)
    y = F.conv2d(x.reshape(1, n * i, h, w), filters.flatten(0, 1), padding=1, groups=n)
    return y.reshape(n, -1, *y.shape[2:])


passes = Cases()
G, D = [of(6, 7), of(6), of(2, 6), of(2)], [of(3, 4), of(6, 6), of(6), of(1, 6), of(1)]
passes("ConditionalGenerator", generated, of(5, 4), *G, integers=[LABELS])
passes("ConditionalDiscriminator", judged, of(5, 2), *D, integers=[LABELS])
passes("ConditionalDiscriminator, images", judged_image, of(5, 2, 6, 6), of(3, 36), of(1, 3, 6, 6), of(1), integers=[LABELS])
passes("conditionalGameValue", game_value, of(5, 2), of(5, 4), *G, *D, integers=[LABELS])
passes("adaptiveInstanceNormalized", adain, of(3, 2, 4, 5), of(3, 2, shift=1.0), of(3, 2))
passes("Style", lambda x, y: adain(x, y.std((2, 3), unbiased=False), y.mean((2, 3))), of(3, 2, 4, 5), of(3, 2, 3, 3))
passes["MappingNetwork"] = layer(mapping(), (5, 4))
passes("StyledNormalization", styled, of(3, 2, 4, 5), of(3, 6), of(4, 6), of(4, shift=1.0))
passes("demodulated", demodulated, of(4, 3, 3, 3), of(2, 3, shift=1.0))
passes("modulatedConvolution", modulated, of(2, 3, 5, 4), of(4, 3, 3, 3), of(2, 3, shift=1.0))

write(__file__, passes=passes)
