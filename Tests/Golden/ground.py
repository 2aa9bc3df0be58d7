"""Reference values of the modules below the chapters, Tensors and Training: python3 Tests/Golden/ground.py

Needs PyTorch; recording.py has the shared code.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Formula, Parts, made, of, optimized, trained, write


def attention(q, k, v, allowed=None, mask=None):
    if allowed is not None:
        mask = torch.zeros(allowed.shape).masked_fill(~allowed, -math.inf)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def recurrent(cell, x, weights, states, lengths=None, reverse=False):
    """Runs each sequence alone, up to its length, from its last element if reversed; the rest of a row is 0."""
    count, time = x.shape[:2]
    outputs, finals = [], []
    for n, length in enumerate(lengths or [time] * count):
        one = x[n:n + 1, :length]
        start = [s[n:n + 1][None] for s in states]
        y, *final = cell(one.flip(1) if reverse else one, start if len(start) > 1 else start[0], weights,
                         True, 1, 0.0, True, False, True)
        outputs.append(F.pad(y.flip(1) if reverse else y, (0, 0, 0, time - length)))
        finals.append([f[0] for f in final])
    return (torch.cat(outputs), *[torch.cat(f) for f in zip(*finals)])


def by_statistics(x, mean, variance, scale, shift):
    along = (1, -1) + (1,) * (x.ndim - 2)
    mean, variance, scale, shift = (t.reshape(along) for t in (mean, variance, scale, shift))
    return (x - mean) / (variance + 1e-5).sqrt() * scale + shift


def with_moments(x, scale, shift, f=lambda y: y):
    """Batch normalization, and the moments of the batch as constants."""
    others = [axis for axis in range(x.ndim) if axis != 1]
    return (f(F.batch_norm(x, None, None, scale, shift, training=True)), x.mean(others).detach(),
            x.var(others, unbiased=False).detach())


def instance(x, scale, shift):
    return F.instance_norm(x, weight=scale, bias=shift)


ACTIVATIONS = {"relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": F.silu, "gelu": F.gelu,
               "leakyReLU": lambda x: F.leaky_relu(x, 0.2), "identity": lambda x: x}


def filters(case):
    x, w, b = (2, 4, 7, 6), (6, 4, 3, 2), (6,)
    case("convolution, one axis", F.conv1d, (2, 3, 9), (4, 3, 3), (4,))
    case("convolution, one axis, stride 2, padding 2, dilation 3, groups 2",
         lambda x, w, b: F.conv1d(x, w, b, 2, 2, 3, 2), (2, 4, 11), (6, 2, 3), (6,))
    case("convolution, two axes", F.conv2d, x, w, b)
    case("convolution, stride 2, padding 1", lambda x, w, b: F.conv2d(x, w, b, 2, 1), x, w, b)
    case("convolution, dilation 2, no bias", lambda x, w: F.conv2d(x, w, dilation=2), x, w)
    case("convolution, stride 3, padding 2, dilation 2, groups 2", lambda x, w, b: F.conv2d(x, w, b, 3, 2, 2, 2), x, (6, 2, 3, 2), b)
    case("convolution, a filter for each channel", lambda x, w, b: F.conv2d(x, w, b, 1, 2, 1, 5), (2, 5, 9, 8), (5, 1, 5, 5), (5,))
    case("convolution, 1 by 1", F.conv2d, (3, 5, 4, 3), (7, 5, 1, 1), (7,))
    case("convolution, 3 by 3 with many channels", lambda x, w, b: F.conv2d(x, w, b, padding=1), (2, 33, 14, 32), (34, 33, 3, 3), (34,))
    case("transposedConvolution, one axis, stride 2, padding 1, output padding 1",
         lambda x, w, b: F.conv_transpose1d(x, w, b, 2, 1, 1), (2, 3, 5), (3, 4, 3), (4,))
    case("transposedConvolution, two axes", F.conv_transpose2d, (2, 4, 3, 5), (4, 3, 3, 2), (3,))
    case("transposedConvolution, stride 3, padding 1, output padding 2, dilation 2, groups 2",
         lambda x, w, b: F.conv_transpose2d(x, w, b, 3, 1, 2, 2, 2), (2, 4, 3, 4), (4, 3, 2, 3), (6,))


def windows(case):
    case("maxPooled1D, window 3, stride 2, padding 1", lambda x: F.max_pool1d(x, 3, 2, 1), (2, 3, 9))
    case("maxPooled2D, window 2", lambda x: F.max_pool2d(x, 2), (2, 3, 7, 6))
    case("maxPooled2D, window 3, stride 2, padding 1", lambda x: F.max_pool2d(x, 3, 2, 1), (2, 3, 7, 8))
    case("averagePooled1D, window 3, stride 2, padding 1", lambda x: F.avg_pool1d(x, 3, 2, 1), (2, 3, 9))
    case("averagePooled2D, window 2", lambda x: F.avg_pool2d(x, 2), (2, 3, 7, 6))
    case("averagePooled2D, window 3, stride 1, padding 1", lambda x: F.avg_pool2d(x, 3, 1, 1), (2, 3, 5, 4))
    case("globalAveragePooled2D", lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1), (2, 3, 5, 4))


def normalizations(case):
    factors = lambda *shape: of(*shape, scale=0.5, shift=1.0)
    case("batchNormalized, rows", with_moments, (6, 5), factors(5), (5,))
    case("batchNormalized, images", with_moments, of(3, 4, 5, 3, scale=2.0, shift=1.0), factors(4), (4,))
    for name in ["relu", "silu", "gelu", "leakyReLU"]:
        case(f"batchNormalized, images, then {name}",
             lambda x, s, t, f=ACTIVATIONS[name]: with_moments(x, s, t, f), (3, 4, 5, 3), factors(4), (4,))
    case("batchNormalized, rows, by known statistics", by_statistics, (6, 5), (5,), factors(5), factors(5), (5,))
    case("batchNormalized, images, by known statistics", by_statistics, (2, 3, 4, 5), (3,), factors(3), factors(3), (3,))
    case("layerNormalized, rows", lambda x, s, t: F.layer_norm(x, [7], s, t), (2, 3, 7), factors(7), (7,))
    case("layerNormalized, images", lambda x, s, t: F.layer_norm(x, [3, 4, 5], s, t), (2, 3, 4, 5), factors(3, 4, 5), (3, 4, 5))
    case("layerNormalized, then gelu", lambda x, s, t: F.gelu(F.layer_norm(x, [9], s, t)), (5, 9), factors(9), (9,))
    case("groupNormalized, 3 groups", lambda x, s, t: F.group_norm(x, 3, s, t), (2, 6, 4, 3), factors(6), (6,))
    case("groupNormalized, 2 groups of rows, then silu", lambda x, s, t: F.silu(F.group_norm(x, 2, s, t)), (4, 6), factors(6), (6,))
    case("instanceNormalized", instance, (2, 3, 5, 4), factors(3), (3,))


def functions(case):
    case("softmax, last axis", lambda x: F.softmax(x, -1), of(3, 2, 7, scale=4.0))
    case("softmax, first axis", lambda x: F.softmax(x, 0), of(5, 3, scale=4.0))
    case("logSoftmax, last axis", lambda x: F.log_softmax(x, -1), of(3, 2, 7, scale=4.0))
    case("logSoftmax, middle axis", lambda x: F.log_softmax(x, 1), of(2, 6, 3, scale=4.0))
    for name, f in ACTIVATIONS.items():
        case(f"activated, {name}", f, of(5, 7, scale=3.0))
    case("softplus", F.softplus, of(5, 7, scale=3.0))
    case("erf", torch.erf, of(5, 7, scale=2.0))


def sequences(case):
    q, k, v = (2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 6)
    flags = [int(n % 3 != 1) for n in range(35)]
    allowed = torch.tensor(flags).reshape(5, 7) > 0
    case("scaledDotProductAttention", attention, q, k, v)
    case("scaledDotProductAttention, no batch", attention, (5, 4), (7, 4), (7, 6))
    case("scaledDotProductAttention, a mask of forbidden keys", lambda *t: attention(*t, allowed=allowed), q, k, v, integers=[flags])
    case("scaledDotProductAttention, a mask of numbers", lambda q, k, v, m: attention(q, k, v, mask=m), q, k, v, (2, 1, 5, 7))
    case("scaledDotProductAttention, causal", lambda *t: attention(*t, allowed=torch.ones(6, 6).tril() > 0),
         (2, 6, 4), (2, 6, 4), (2, 6, 4))
    case("scaledDotProductAttention, causal, fewer queries than keys",
         lambda *t: attention(*t, allowed=torch.ones(5, 7).tril(2) > 0), q, k, v)

    lengths = [6, 2, 4]
    for name, cell, gates, states in [("rnn", torch.rnn_tanh, 1, 1), ("lstm", torch.lstm, 4, 2), ("gru", torch.gru, 3, 1)]:
        shapes = [(3, 6, 4), (gates * 5, 4), (gates * 5, 5), (gates * 5,), (gates * 5,)] + [(3, 5)] * states
        for variant, limits, reverse in [("", None, False), (", lengths", lengths, False), (", lengths, reversed", lengths, True)]:
            case(name + variant, lambda x, *t, c=cell, n=limits, r=reverse: recurrent(c, x, t[:4], t[4:], n, r), *shapes,
                 integers=[limits or []])
    case("embedding", lambda table: F.embedding(torch.tensor([[3, 0, 3], [5, 1, 3]]), table), (6, 4), integers=[[3, 0, 3, 5, 1, 3]])


def losses(case):
    z, labels, likely = of(5, 4, scale=3.0), [3, 0, 0, 2, 1], of(5, 4, scale=0.45, shift=0.5)
    y, targets = torch.tensor(labels), of(5, 4, scale=0.5, shift=0.5)
    fixed = made(targets)
    case("crossEntropy, fused", lambda z: F.cross_entropy(z, y), z, integers=[labels])
    case("crossEntropy, fused, large logits", lambda z: F.cross_entropy(z, y), of(5, 4, scale=300.0), integers=[labels])
    case("crossEntropy, fused, smoothed", lambda z: F.cross_entropy(z, y, label_smoothing=0.1), z, integers=[labels])
    case("binaryCrossEntropy, fused", lambda z, t: F.binary_cross_entropy_with_logits(z, t), z, targets)
    case("binaryCrossEntropy, fused, summed", lambda z, t: F.binary_cross_entropy_with_logits(z, t, reduction="sum"), z, targets)
    case("binaryCrossEntropy, fused, constant targets", lambda z: F.binary_cross_entropy_with_logits(z, fixed), z)
    case("binaryCrossEntropyOfProbabilities", lambda p, t: F.binary_cross_entropy(p, t), likely, targets)
    case("binaryCrossEntropyOfProbabilities, summed, constant targets",
         lambda p: F.binary_cross_entropy(p, fixed, reduction="sum"), likely)


def optimizers():
    o = torch.optim
    return {
        "GradientDescent": optimized(lambda p: o.SGD(p, lr=0.05)),
        "Adam": optimized(lambda p: o.Adam(p, lr=0.05)),
        "Adam, other constants": optimized(lambda p: o.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3)),
        "Adam, weight decay": optimized(lambda p: o.AdamW(p, lr=0.05, weight_decay=0.3)),
    }


def recurrent_classifier(tokens, lengths):
    """Embedding, an LSTM over sequences of several lengths, and a linear layer on the last state."""
    own = Formula(None, table=(7, 5), W=(24, 5), U=(24, 6), b=(24,), d=(24,))

    def forward(self, x):
        words = F.embedding(tokens, self.own.table)
        state = torch.zeros(len(lengths), 6)
        weights = [self.own.W, self.own.U, self.own.b, self.own.d]
        return self.head(recurrent(torch.lstm, words, weights, [state, state], lengths)[1])

    return Parts(forward, own=own, head=nn.Linear(6, 3))


def attention_classifier(width=8, heads=2):
    """A pre-norm transformer block with causal attention, then the mean over all places, and a linear layer."""
    def forward(self, x):
        split = lambda t: t.reshape(*t.shape[:2], heads, -1).transpose(1, 2)
        h = self.norm1(x)
        q, k, v = (split(h @ w.T) for w in (self.own.query, self.own.key, self.own.value))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape)
        x = x + a @ self.own.output.T
        x = x + self.narrowing(F.gelu(self.widening(self.norm2(x))))
        return self.head(x.mean(1))

    names = ["query", "key", "value", "output"]
    return Parts(forward, norm1=nn.LayerNorm(width), own=Formula(None, **{n: (width, width) for n in names}), norm2=nn.LayerNorm(width),
                 widening=nn.Linear(width, 2 * width), narrowing=nn.Linear(2 * width, width), head=nn.Linear(width, 3))


def trainings():
    adam = lambda p: torch.optim.Adam(p, lr=1e-3)
    tokens, lengths = [3, 0, 6, 2, 5, 1, 4, 4, 2, 6, 1, 3, 5, 0, 0, 2, 6, 0, 0, 0], [5, 5, 3, 2]
    sequence = recurrent_classifier(torch.tensor(tokens).reshape(4, 5), lengths)
    return {
        "lstm, Adam": trained(
            sequence, [], [2, 0, 1, 1], adam, integers=[tokens, lengths], forward=lambda: sequence(None)),
        "scaledDotProductAttention, Adam": trained(attention_classifier(), [(4, 5, 8)], [2, 0, 1, 1], adam),
    }


if __name__ == "__main__":
    cases = Cases()
    for part in [filters, windows, normalizations, functions, sequences, losses]:
        part(cases)
    write(__file__, cases, optimizers(), trainings())
