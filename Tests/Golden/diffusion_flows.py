"""Reference values of § 10.10 and Exercise 10.5: python3 Tests/Golden/diffusion_flows.py writes diffusion_flows.json.

Needs PyTorch; what the scripts share is in recording.py. Weights are inputs of their cases, in the order of the Swift models.
"""
import math

import torch
from torch.nn import functional as F

from recording import Cases, of, write


def embedding(t, d):
    """Listing 10.8a, SinusoidalTimeEmbedding."""
    half = d // 2
    freqs = torch.exp(-math.log(10000) * torch.arange(half) / (half - 1))
    args = t[:, None] * freqs[None]
    return torch.cat([args.sin(), args.cos()], 1)


def timed(x, t, d, *parameters):
    """Layers of SiLU on (x, embedded time)."""
    h, pairs = torch.cat([x, embedding(t, d)], 1), list(zip(parameters[::2], parameters[1::2]))
    for weight, bias in pairs[:-1]:
        h = F.silu(F.linear(h, weight, bias))
    return F.linear(h, *pairs[-1])


def flow_matching_loss(t):
    def loss(x0, x1, *parameters):
        u = torch.tensor(t)
        x = (1 - u[:, None]) * x0 + u[:, None] * x1
        return F.mse_loss(timed(x, 100 * u, 4, *parameters), x1 - x0)
    return loss


def linear_schedule(T=1000):
    beta = torch.linspace(1e-4, 0.02, T)
    return torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0)])


def consistency(x, t, s, *parameters):
    """f(x, t) in the variables of Song et al. (2023): x / sqrt(abar) at the noise level sigma, scaled by c_in for the network."""
    abar = linear_schedule()[torch.tensor(t)][:, None]
    sigma, scaled = torch.sqrt((1 - abar) / abar), x / abar.sqrt()
    skip, out = s**2 / (sigma**2 + s**2), s * sigma / torch.sqrt(sigma**2 + s**2)
    return skip * scaled + out * timed(scaled / torch.sqrt(sigma**2 + s**2), torch.tensor(t) - 1.0, 4, *parameters)


def distillation_loss(t, s, deviation):
    def loss(x, eps, *parameters):
        abar = linear_schedule()
        a, b = abar[torch.tensor(t)][:, None], abar[torch.tensor(s)][:, None]
        earlier = b.sqrt() * (x - (1 - a).sqrt() * eps) / a.sqrt() + (1 - b).sqrt() * eps
        with torch.no_grad():
            target = consistency(earlier, s, deviation, *[p.detach() for p in parameters])
        return F.mse_loss(consistency(x, t, deviation, *parameters), target)
    return loss


if __name__ == "__main__":
    cases = Cases()
    weights = [of(5, 6), of(5), of(5, 5), of(5), of(2, 5), of(2)]
    cases("straightPath", lambda a, b: 0.75 * a + 0.25 * b, of(2, 3), of(2, 3))
    cases("TimedNetwork", lambda x, *p: timed(x, torch.tensor([0.0, 41.0, 999.0]), 4, *p), of(3, 2, scale=2.0), *weights,
          integers=[[1, 42, 1000]])
    cases("TimedNetwork, velocity", lambda x, *p: timed(x, torch.full((3,), 30.0), 4, *p), of(3, 2, scale=2.0), *weights)
    cases("flowMatchingLoss", flow_matching_loss([0.1, 0.5, 0.95]), of(3, 2), of(3, 2, scale=2.0), *weights)
    cases("ConsistencyModel", lambda x, *p: consistency(x, [1, 300, 1000], 1.4, *p), of(3, 2, scale=2.0), *weights,
          integers=[[1, 300, 1000]])
    cases("distillationLoss", distillation_loss([20, 320, 1000], [1, 300, 980], 1.4), of(3, 2, scale=2.0), of(3, 2), *weights,
          integers=[[20, 320, 1000], [1, 300, 980]])
    write(__file__, cases)
