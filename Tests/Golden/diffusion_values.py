"""Reference values of chapter 10's schedules, predictors and bound: python3 Tests/Golden/diffusion_values.py writes diffusion_values.json.

Needs PyTorch; what the scripts share is in recording.py. Scores come from automatic differentiation of log densities, divergences
from torch.distributions.
"""
import itertools
import math

import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, MultivariateNormal, Normal, kl_divergence

from recording import Cases, of, spread, write


def linear(T=1000, low=1e-4, high=0.02):
    return torch.linspace(low, high, T)


def cosine(T, s=0.008, largest=0.999):
    """As in Nichol and Dhariwal (2021): the share of the signal as a function, and one minus its ratios, limited."""
    share = lambda t: math.cos((t + s) / (1 + s) * math.pi / 2) ** 2
    return torch.tensor([min(1 - share((t + 1) / T) / share(t / T), largest) for t in range(T)])


def share(beta, t):
    """The product of the first t factors 1 - beta: 1 at t = 0."""
    return torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0)])[t]


def noised(beta, x, eps, t):
    a = share(beta, t).reshape(-1, *[1] * (x.ndim - 1))
    return a.sqrt() * x + (1 - a).sqrt() * eps


def posterior(beta, x, x0, t):
    """The product of N(x_t; sqrt(alpha) y, beta) and N(y; sqrt(share) x0, 1 - share), as a product of two normal densities of y."""
    alpha, before = 1 - beta[t - 1], share(beta, t - 1)
    precisions = torch.stack([alpha / beta[t - 1], 1 / (1 - before)])
    means = torch.stack([x / alpha.sqrt(), before.sqrt() * x0])
    return (precisions[:, None, None] * means).sum(0) / precisions.sum(), (1 / precisions.sum()).reshape(1)


def mixture(points, deviations, a):
    """The ring's points with deviations, after noise: means sqrt(a) m and variances a s^2 + 1 - a."""
    scale = (a * deviations**2 + 1 - a).sqrt()[:, None].expand_as(points)
    return MixtureSameFamily(Categorical(logits=torch.zeros(len(points))), Independent(Normal(a.sqrt() * points, scale), 1))


def score(density, x):
    y = x.detach().requires_grad_()
    return torch.autograd.grad(density.log_prob(y).sum(), y)[0]


def exact(x):
    """Three components, for a step of each row."""
    beta, points = linear(), 2 * spread(3, 2, offset=30)
    rows = []
    for row, t in zip(x, [1, 40, 300, 1000]):
        a = share(beta, t)
        rows.append(-(1 - a).sqrt() * score(mixture(points, torch.full((3,), 0.2), a), row[None]))
    return torch.cat(rows)


def by_covariance(x):
    """The noise by the score of one normal distribution."""
    beta, data = linear(), spread(7, 4, offset=60)
    mean, covariance = data.mean(0), torch.cov(data.T, correction=0)
    rows = []
    for row, t in zip(x, [1, 40, 300]):
        a = share(beta, t)
        density = MultivariateNormal(a.sqrt() * mean, a * covariance + (1 - a) * torch.eye(4))
        rows.append(-(1 - a).sqrt() * score(density, row[None]))
    return torch.cat(rows)


def memorizing(x):
    """Examples as narrow peaks: the expected example by softmax of squared distances."""
    beta, data = linear(), spread(7, 4, offset=60)
    rows = []
    for row, t in zip(x, [1, 300, 700]):
        a = share(beta, t)
        p = torch.softmax(-torch.cdist(row[None], a.sqrt() * data).square() / (2 * (1 - a)), 1)
        rows.append((row - a.sqrt() * (p @ data)) / (1 - a).sqrt())
    return torch.cat(rows)


def divergences(x0, eps, wrong, sigma):
    """KL(q(x_{t-1} | x_t, x0) || p(x_{t-1} | x_t)) for a model that predicts `wrong`, t = 2...T."""
    T = len(eps)
    beta = cosine(T)
    terms = []
    for t in range(2, T + 1):
        a, before, b = share(beta, t), share(beta, t - 1), beta[t - 1]
        x = a.sqrt() * x0[0] + (1 - a).sqrt() * eps[t - 1]
        variance = (1 - before) / (1 - a) * b
        mean = before.sqrt() * b / (1 - a) * x0[0] + (1 - b).sqrt() * (1 - before) / (1 - a) * x
        model = (x - b / (1 - a).sqrt() * wrong[t - 1]) / (1 - b).sqrt()
        terms.append(kl_divergence(Normal(mean, variance.sqrt()), Normal(model, b.sqrt() if sigma else variance.sqrt())))
    return torch.stack(terms)


def velocity(x0, eps):
    a = share(linear(), torch.tensor([1, 500, 1000]))[:, None]
    return a.sqrt() * eps - (1 - a).sqrt() * x0


SIGNS = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=3)))  # means of quadratics over them are those over N(0, I)


def simple_loss(e, t=300):
    """E[(eps - e x_t)^2] for data from N(0, 1/4)."""
    data, eps = SIGNS.T[:2]
    a = share(linear(), t)
    return (eps - e[:, None] * (a.sqrt() * data / 2 + (1 - a).sqrt() * eps)).square().mean(1)


def likelihood_loss(k, t=300):
    """E[(x_{t-1} - x_t - k x_t)^2] for data from N(0, 1/4)."""
    data, eps, last = SIGNS.T
    a, b = share(linear(), t - 1), linear()[t - 1]
    before = a.sqrt() * data / 2 + (1 - a).sqrt() * eps
    now = (1 - b).sqrt() * before + b.sqrt() * last
    return (before - now - k[:, None] * now).square().mean(1)


def functions():
    cases = Cases()
    cases("NoiseSchedule.linear", lambda x: (0 * x.sum() + linear(), torch.cumprod(1 - linear(), 0)), (1,))
    cases("NoiseSchedule.cosine", lambda x: (0 * x.sum() + cosine(1000), torch.cumprod(1 - cosine(1000), 0)), (1,))
    cases("NoiseSchedule.noised", lambda x, e: noised(linear(), x, e, torch.tensor([0, 1, 500, 1000])), (4, 2, 3), (4, 2, 3))
    cases("NoiseSchedule.posteriorMean", lambda x, x0: posterior(linear(), x, x0, 400), (4, 3), (4, 3))
    cases("NoiseSchedule.logSignalToNoise", lambda x: 0 * x.sum() + torch.logit(torch.cumprod(1 - linear(), 0)), (1,))
    cases("PredictionTarget.velocity", velocity, (3, 4), (3, 4))
    cases("ExactPredictor", lambda x: 0 * x.sum() + exact(x.detach()), of(4, 2, scale=2.0))
    cases("LinearPredictor", lambda x: 0 * x.sum() + by_covariance(x.detach()), of(3, 4, scale=2.0))
    cases("MemorizingPredictor", memorizing, of(3, 4, scale=1.5))
    cases("DiffusionBound.divergences", lambda x, e, w: divergences(x, e, w, True), (1,), (9,), (9,))
    cases("DiffusionBound.divergences, posterior variance", lambda x, e, w: divergences(x, e, w, False), (1,), (9,), (9,))
    cases("priorDivergence", lambda x: kl_divergence(
        Normal(share(linear(200), 200).sqrt() * x, (1 - share(linear(200), 200)).sqrt()), Normal(0.0, 1.0)), (3,))
    cases("simpleLoss, Gaussian data", simple_loss, of(4))
    cases("likelihoodLoss, Gaussian data", likelihood_loss, of(4))
    return cases


if __name__ == "__main__":
    write(__file__, functions())
