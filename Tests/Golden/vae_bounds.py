"""Reference values of § 9.3 to § 9.6 and of Exercises 9.1 and 9.2: python3 Tests/Golden/vae_bounds.py writes vae_bounds.json.

Needs PyTorch; what the scripts share is in recording.py. The divergences are those of torch.distributions, and the linear
VAE is computed from examples, not from their covariance.
"""
import math

import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional as F

from recording import Cases, of, spread, write


def normal(mean, log_variance):
    return Normal(mean, (0.5 * log_variance).exp())


def centred():
    """Nine examples of five numbers with mean 0."""
    x = spread(9, 5, offset=900)
    return x - x.mean(0)


def linear_vae(encoder, decoder, log_variance, noise=0.3, beta=2.0):
    """-(9.23) by examples: the noise of z adds its variance times the squared columns of the decoder."""
    x = centred()
    q = normal(x @ encoder.T, log_variance.expand(len(x), -1))
    squares = (x - q.mean @ decoder.T).square().sum(1) + q.variance @ decoder.square().sum(0)
    reconstruction = squares / (2 * noise) + x.shape[1] / 2 * math.log(2 * math.pi * noise)
    divergence = kl_divergence(q, Normal(0.0, 1.0)).sum(1)
    return (reconstruction + beta * divergence).mean()


def trained_linear_vae(*start):
    """The parameters after ten steps of gradient descent."""
    parameters = [p.detach().clone().requires_grad_() for p in start]
    optimizer = torch.optim.SGD(parameters, lr=0.05)
    for _ in range(10):
        optimizer.zero_grad()
        linear_vae(*parameters).backward()
        optimizer.step()
    return tuple(p.detach() for p in parameters)


def log_weights(x, w1, w2, w3, w4, w5, noise):
    """A VAE of 6 pixels and 4 hidden units without biases: log p(x, z) - log q(z | x)."""
    h = F.relu(x @ w1.T)
    q = Independent(normal(h @ w2.T, h @ w3.T), 1)
    z = q.mean + q.stddev * noise
    logits = F.relu(z @ w4.T) @ w5.T
    likelihood = -F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").sum(-1)
    prior = Independent(Normal(torch.zeros_like(z), 1.0), 1)
    return likelihood + prior.log_prob(z) - q.log_prob(z)


def full(mean, factor):
    return MultivariateNormal(mean, factor @ factor.T + 0.5 * torch.eye(len(mean)))


def functions():
    cases = Cases()
    cases("reparameterized", lambda m, v, e: normal(m, v).mean + normal(m, v).stddev * e, (4, 3), (4, 3), (4, 3))
    cases("standardDivergences", lambda m, v: kl_divergence(normal(m, v), Normal(0.0, 1.0)), (4, 3), (4, 3))
    cases("logPrior", lambda z: Independent(Normal(torch.zeros_like(z), 1.0), 1).log_prob(z), (4, 3))
    cases("logMeanExp", lambda x: x.exp().mean(1).log(), of(3, 5, scale=4.0))
    cases("importanceWeightedBound", lambda x: x.exp().mean(0).log().mean(), of(5, 3, scale=4.0))
    cases("MultivariateNormal.logDensity", lambda z: full(spread(3, offset=70), spread(3, 3, offset=80)).log_prob(z), (6, 3))
    cases("MultivariateNormal.klDivergence", lambda x: x.sum() * 0 + kl_divergence(
        full(spread(3, offset=70), spread(3, 3, offset=80)), full(spread(3, offset=10), spread(3, 3, offset=20))), (1,))
    cases("LatentVariableModel.logWeights", log_weights, (3, 6), (4, 6), (2, 4), (2, 4), (4, 2), (6, 4), (5, 3, 2))
    cases("LinearVAE", linear_vae, (2, 5), (5, 2), (2,))
    cases("LinearVAE, trained", trained_linear_vae, (2, 5), (5, 2), (2,))
    return cases


if __name__ == "__main__":
    write(__file__, functions())
