"""Reference values of chapter 3: python3 Tests/Golden/regularization.py

Needs PyTorch; recording.py has the shared code.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from backprop import clip_norm
from recording import Cases, Parts, layer, made, of, optimized, trained, write


def normalized_mlp(widths, kind):
    def forward(self, x):
        for A, norm in zip(self.layers, self.norms):
            x = F.relu(norm(A(x)))
        return self.layers[-1](x)

    return Parts(forward, layers=[nn.Linear(n, m) for n, m in zip(widths, widths[1:])], norms=[kind(n) for n in widths[1:-1]])


def networks():
    return {
        "BatchNormalization, rows": layer(nn.BatchNorm1d(5), (6, 5)),
        "BatchNormalization, rows, evaluation": layer(nn.BatchNorm1d(5), (6, 5), training=False),
        "BatchNormalization, images": layer(nn.BatchNorm2d(3, eps=1e-3, momentum=0.3), of(2, 3, 4, 5, scale=2.0, shift=1.0)),
        "BatchNormalization, images, evaluation": layer(nn.BatchNorm2d(3), (2, 3, 4, 5), training=False),
        "LayerNormalization, features": layer(nn.LayerNorm(6), (2, 3, 6)),
        "LayerNormalization, images": layer(nn.LayerNorm([3, 4, 5]), (2, 3, 4, 5)),
        "GroupNormalization": layer(nn.GroupNorm(2, 6), (2, 6, 3, 4)),
        "GroupNormalization, instances": layer(nn.InstanceNorm2d(3, affine=True), (2, 3, 4, 5)),
        "Dropout, evaluation": layer(nn.Dropout(0.5), (3, 4), training=False),
        "DropPath, evaluation": layer(nn.Identity(), (3, 4), training=False),
        "StochasticDepth, evaluation": layer(Parts(lambda s, x: x + 0.7 * s.branch(x), branch=nn.Linear(4, 4)), (3, 4), training=False),
        "NormalizedNetwork, batch": layer(normalized_mlp([4, 6, 5, 3], nn.BatchNorm1d), (7, 4)),
        "NormalizedNetwork, layer": layer(normalized_mlp([4, 6, 5, 3], nn.LayerNorm), (7, 4)),
        "RegularizedNetwork": layer(normalized_mlp([6, 5, 5, 3], nn.BatchNorm1d), (7, 6)),
        "RegularizedNetwork, evaluation": layer(normalized_mlp([6, 5, 5, 3], nn.BatchNorm1d), (7, 6), training=False),
    }


def functions(case):
    z, labels, y = of(5, 4, scale=3.0), [3, 0, 0, 2, 1], torch.tensor([3, 0, 0, 2, 1])
    one_hot = F.one_hot(y, 4).double()

    def divergence(a, b):
        return F.kl_div(F.log_softmax(b, 1), F.log_softmax(a, 1), reduction="batchmean", log_target=True)

    def symmetric(a, b):
        return (divergence(a, b) + divergence(b, a)) / 2

    case("crossEntropy, of distributions", lambda z, t: F.cross_entropy(z, t / t.sum(1, keepdim=True)), z,
         of(5, 4, scale=0.4, shift=0.5))
    case("crossEntropy, mixup", lambda x, w, s: F.cross_entropy(
        (s[:, None] * x + (1 - s)[:, None] * x.flip(0)) @ w.T, s[:, None] * one_hot + (1 - s)[:, None] * one_hot.flip(0)),
        (5, 6), (4, 6), of(5, scale=0.5, shift=0.5), integers=[labels])
    case("smoothedCrossEntropy", lambda z: F.cross_entropy(z, y, label_smoothing=0.2), z, integers=[labels])
    case("klDivergence", divergence, z, of(5, 4, scale=2.0))
    case("symmetricDivergence", symmetric, z, of(5, 4, scale=2.0))
    case("rDropLoss", lambda a, b: (F.cross_entropy(a, y) + F.cross_entropy(b, y)) / 2 + 0.7 * symmetric(a, b), z, of(5, 4, scale=2.0),
         integers=[labels])
    case("l1Penalty", lambda a, b: 0.3 * (a.norm(1) + b.norm(1)), (4, 3), (5,))
    case("l2Penalty", lambda a, b: 0.15 * (a.norm(2) ** 2 + b.norm(2) ** 2), (4, 3), (5,))
    case("ElasticNet", lambda t: 0.3 * (0.4 * t.norm(1) + 0.6 / 2 * t.norm(2) ** 2), (7,))
    case("negativeLogPosterior", lambda w, X, y: F.mse_loss(X @ w, y, reduction="sum") / 0.6 + w.square().sum() / 1.4, (3,), (6, 3), (6,))
    masks = [1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0]
    case("invertedDropout, given mask", lambda h: torch.tensor(masks).reshape(3, 4) / 0.6 * h, (3, 4), integers=[masks])
    for degrees, factor in [(30.0, 1.0), (-75.0, 1.0), (12.5, 0.8)]:
        case(f"transformed, by {degrees:g} degrees and {factor:g}", lambda x, d=degrees, f=factor: turned(x, d, f), (1, 2, 6, 6))


def turned(images, degrees, factor):
    """Images turned counterclockwise and stretched: each new pixel computes its source, in units of half the side."""
    c, s = math.cos(math.radians(degrees)) / factor, math.sin(math.radians(degrees)) / factor
    grid = F.affine_grid(torch.tensor([[[c, -s, 0.0], [s, c, 0.0]]]), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def optimizers():
    o = torch.optim
    return {
        "ShrinkingGradientDescent": optimized(lambda p: o.SGD(p, lr=0.05, weight_decay=0.3)),
        "AdamWithL2": optimized(lambda p: o.Adam(p, lr=0.05, weight_decay=0.3)),
        "Clipped": optimized(lambda p: o.Adam(p, lr=0.05), clip_norm),
    }


def trainings():
    """Biases before a batch normalization have gradient 0 by the formula, and rounding errors in practice. Adam's quotient turns
    these into full steps unless epsilon is larger than they are in single precision: hence 1e-3."""
    adam = lambda p: torch.optim.AdamW(p, lr=1e-3, weight_decay=0.05, eps=1e-3)
    network = normalized_mlp([8, 12, 10, 3], nn.BatchNorm1d)
    return {"NormalizedNetwork, Adam with weight decay": trained(network, [(12, 8)], [2, 0, 1, 1, 0, 2, 2, 1, 0, 0, 1, 2], adam)}


if __name__ == "__main__":
    cases = Cases()
    functions(cases)
    write(__file__, networks() | cases, optimizers(), trainings())
