"""Reference values of chapter 1: python3 Tests/Golden/foundations.py

Needs PyTorch; recording.py has the shared code.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Formula, Parts, layer, of, spread, write


def mlp(*widths, f=nn.ReLU):
    layers = []
    for n, m in zip(widths, widths[1:]):
        layers += [nn.Linear(n, m), f()]
    return nn.Sequential(nn.Flatten() if f is nn.ReLU else nn.Identity(), *layers[:-1])


def mixer_layer(tokens=4, token_width=5, hidden=6, channel_width=7):
    def forward(self, x):
        x = x + self.token_mixing(self.token_norm(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channel_mixing(self.channel_norm(x))

    return Parts(forward, token_norm=nn.LayerNorm(hidden), token_mixing=mlp(tokens, token_width, tokens, f=nn.GELU),
                 channel_norm=nn.LayerNorm(hidden), channel_mixing=mlp(hidden, channel_width, hidden, f=nn.GELU))


def mixer():
    def forward(self, images):
        return self.head(self.norm(self.layers(self.embedding(F.unfold(images, 2, stride=2).transpose(1, 2)))).mean(1))

    return Parts(forward, embedding=nn.Linear(8, 6), layers=nn.Sequential(mixer_layer(), mixer_layer()), norm=nn.LayerNorm(6),
                 head=nn.Linear(6, 3))


def spline_layer(inputs, outputs, intervals=5, degree=3):
    """A layer of a Kolmogorov-Arnold network on [-1, 1], with B-splines as sums of truncated powers."""
    def forward(x, base, coefficients):
        h = 2 / intervals
        u = (x[..., None] + 1) / h + degree - torch.arange(intervals + degree)
        bumps = sum((-1) ** j * math.comb(degree + 1, j) * F.relu(u - j) ** degree for j in range(degree + 2))
        return F.silu(x) @ base.T + torch.einsum("nim,oim->no", bumps / math.factorial(degree), coefficients)

    return Formula(forward, base=(outputs, inputs), coefficients=(outputs, inputs, intervals + degree))


def networks():
    neuron = lambda f: Formula(lambda x, w, b: f(x @ w + b), weights=(4,), bias=())
    return {
        "Linear": layer(nn.Linear(5, 3), (4, 5)),
        "Linear, more axes": layer(nn.Linear(5, 3), (2, 3, 5)),
        "Neuron": layer(neuron(torch.sigmoid), (6, 4)),
        "LogisticRegression": layer(neuron(lambda z: z), (6, 4)),
        "MLP, ReLU": layer(mlp(6, 5, 4, 3), (4, 2, 3)),
        "MLP, tanh": layer(mlp(6, 5, 3, f=nn.Tanh), (4, 6)),
        "ShallowNetwork": layer(Formula(lambda x, w, b, c: torch.tanh(x @ w.T + b) @ c, w=(7, 2), b=(7,), c=(7,)), (5, 2)),
        "ChannelNorm": layer(nn.LayerNorm(6), (2, 3, 6)),
        "MixerLayer": layer(mixer_layer(), (2, 4, 6)),
        "MLPMixer": layer(mixer(), (2, 2, 4, 4)),
        "KolmogorovArnoldLayer": layer(spline_layer(3, 2), of(6, 3, scale=0.95)),
        "KolmogorovArnoldNetwork": layer(nn.Sequential(spline_layer(2, 3), spline_layer(3, 2)), of(6, 2, scale=0.5)),
    }


ACTIVATIONS = {
    "identity": lambda x: x, "step": lambda x: (x > 0) + 0 * x, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "ReLU": F.relu,
    "Leaky ReLU": F.leaky_relu, "GELU": F.gelu, "GELU (tanh form)": lambda x: F.gelu(x, approximate="tanh"), "square": torch.square,
}


def functions(case):
    z, labels, likely = of(5, 4, scale=3.0), [3, 0, 0, 2, 1], of(5, 4, scale=0.45, shift=0.5)
    y, targets = torch.tensor(labels), of(5, 4, scale=0.5, shift=0.5)
    for name, f in ACTIVATIONS.items():
        case(f"Activation, {name}", f, of(4, 5, scale=3.0))
    case("meanSquaredError", lambda a, b: F.mse_loss(a, b, reduction="sum") / 5, z, (5, 4))
    case("crossEntropy, of probabilities", lambda p: F.nll_loss(p.log(), y), likely, integers=[labels])
    case("crossEntropy, of logits", lambda z: F.cross_entropy(z, y), z, integers=[labels])
    case("binaryCrossEntropy, of probabilities", lambda p, t: F.binary_cross_entropy(p, t), likely, targets)
    case("binaryCrossEntropy, of logits", lambda z, t: F.binary_cross_entropy_with_logits(z, t), z, targets)


def tails():
    """Activation functions on a grid with large numbers, and the slopes of the sum of all values times `weights`."""
    grid = [-20.5, -6.25, -3.5, -1.75, -0.75179, -0.3, -1e-3, 1e-3, 0.1, 0.5, 1.25, 3.0, 7.5, 18.0]
    weights = spread(len(grid), offset=40)  # only softmax needs them: the plain sum of its values has slope 0
    functions = {name: f for name, f in ACTIVATIONS.items() if name not in ["identity", "step", "square"]}
    functions |= {"softmax": lambda z: F.softmax(z, dim=0), "log-softmax": lambda z: F.log_softmax(z, dim=0)}
    result = {"grid": grid, "weights": weights.tolist(), "functions": {}}
    for name, f in functions.items():
        z = torch.tensor(grid, requires_grad=True)
        y = f(z)
        (y * weights).sum().backward()
        result["functions"][name] = {"values": y.tolist(), "slopes": z.grad.tolist()}
    return result


if __name__ == "__main__":
    cases = Cases()
    functions(cases)
    write(__file__, networks() | cases, tails=tails())
