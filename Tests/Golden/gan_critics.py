"""Reference values of § 8.4's critics and penalties: run it to write gan_critics.json.

Needs PyTorch; what the scripts share is in recording.py. Spectral normalization is torch.nn.utils.spectral_norm.
"""
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from recording import Cases, of, passed, write

case = Cases()


def norms(x, f):
    """‖∇f(x)‖ of each example, differentiable."""
    slope, = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    return slope.flatten(1).norm(dim=1)


def critic(w1, b1, w2):
    return lambda x: torch.tanh(x @ w1.T + b1) @ w2.T


def images(k1, k2):
    """Two convolutions without normalization, and the sum over the last maps."""
    return lambda x: F.conv2d(torch.tanh(F.conv2d(x, k1, padding=1)), k2).sum((1, 2, 3))


def penalty(x, f):
    return ((norms(x, f) - 1) ** 2).mean()


def whole_loss(real, fake, ε, *weights):
    """(8.16) with λ = 10."""
    f, mixed = critic(*weights), ε * real + (1 - ε) * fake
    return f(fake).mean() - f(real).mean() + 10 * penalty(mixed, f)


def spectral(layer):
    module = spectral_norm(layer)

    def f(x, weight, bias, u, v):
        buffers = {"weight_u": u.detach().clone(), "weight_v": v.detach().clone()}
        return functional_call(module, {"weight_orig": weight, "bias": bias, **buffers}, (x,))

    return module, f


def unit(n, offset):
    """A vector of length about 1."""
    return of(n, scale=(3 / n) ** 0.5, offset=offset)


def stack(x, w1, b1, w2, b2, u1, v1, u2, v2):
    _, first = spectral(nn.Linear(3, 4))
    _, second = spectral(nn.Linear(4, 1))
    return second(F.leaky_relu(first(x, w1, b1, u1, v1), 0.2), w2, b2, u2, v2)


def evaluated(layer, *inputs):
    module, f = spectral(layer)
    module.eval()
    return passed(f, inputs, training=False)


if __name__ == "__main__":
    weights = [(5, 3), (5,), (1, 5)]
    case("gradientPenalty", lambda x, *w: penalty(x, critic(*w)), (4, 3), *weights)
    case("gradientPenalty, images", lambda x, *k: penalty(x, images(*k)), (2, 2, 5, 5), (3, 2, 3, 3), (1, 3, 3, 3))
    case("gradientPenalty, whole loss", whole_loss, (4, 3), (4, 3), of(4, 1, scale=0.5, shift=0.5), *weights)
    case("realPenalty", lambda x, *w: (norms(x, critic(*w)) ** 2).mean() / 2, (4, 3), *weights)
    dense = [(2, 3), (4, 3), (4,), unit(4, 0), unit(3, 0)]
    filters = [(2, 2, 5, 5), (3, 2, 3, 3), (3,), unit(3, 0), unit(18, 0)]
    case("SpectrallyNormalized", spectral(nn.Linear(3, 4))[1], *dense)
    case("SpectrallyNormalized, filters", spectral(nn.Conv2d(2, 3, 3))[1], *filters)
    case["SpectrallyNormalized, evaluation"] = evaluated(nn.Linear(3, 4), *dense)
    vectors = [unit(4, 0), unit(3, 0), unit(1, 0), unit(4, 0)]
    case("LipschitzCritic", stack, (5, 3), (4, 3), (4,), (1, 4), (1,), *vectors)
    write(__file__, case)
