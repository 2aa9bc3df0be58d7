"""Reference values of § 8.2 and § 8.3.2: run it to write gan_values.json.

Needs PyTorch and NumPy; what the scripts share is in recording.py.
"""
import numpy as np
import torch
from torch.distributions import Categorical, Normal
from torch.nn import functional as F

from recording import Cases, of, write

case = Cases()


def bce(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


# The game on samples (8.1), and the losses of both players

PAIR = (of(7, scale=3), of(5, scale=4))
case("gameValue", lambda a, b: -bce(a, 1.0) - bce(b, 0.0), *PAIR)
case("AdversarialLoss, saturating", lambda a, b: (bce(a, 1.0) + bce(b, 0.0), -bce(b, 0.0)), *PAIR)
case("AdversarialLoss, nonSaturating", lambda a, b: (bce(a, 1.0) + bce(b, 0.0), bce(b, 1.0)), *PAIR)
case("AdversarialLoss, wasserstein", lambda a, b: (b.mean() - a.mean(), -b.mean()), *PAIR)

# The best discriminator (8.2), (8.3)

DENSITIES = (of(6, scale=0.4, shift=0.6), of(6, scale=0.3, shift=0.5))
case("optimalDiscriminator", lambda p, q: torch.sigmoid(torch.log(p) - torch.log(q)), *DENSITIES)
case("optimalLogit", lambda p, q: torch.logit(p / (p + q)), *DENSITIES)
case("valueIntegrand", lambda D, p, q: -(p * F.binary_cross_entropy(D, torch.ones_like(D), reduction="none")
                                         + q * F.binary_cross_entropy(D, torch.zeros_like(D), reduction="none")),
     of(6, scale=0.45, shift=0.5), *DENSITIES)

# Divergences by quadrature (8.7), (8.8): inputs are the means and the log variances of p and q


def nodes(low, high, panels=64):
    x, w = np.polynomial.legendre.leggauss(16)
    width = (high - low) / panels
    starts = low + width * np.arange(panels)[:, None]
    return (torch.tensor((starts + width * (1 + x) / 2).reshape(-1)),
            torch.tensor(np.broadcast_to(width / 2 * w, (panels, 16)).reshape(-1).copy()))


X, W = nodes(-20.0, 20.0)


def densities(means, log_variances):
    return [Normal(means[k], torch.exp(0.5 * log_variances[k])).log_prob(X) for k in (0, 1)]


def kl(p, q):
    return (W * torch.exp(p) * (p - q)).sum()


def jsd(p, q):
    m = torch.logaddexp(p, q) - np.log(2)
    return 0.5 * kl(p, m) + 0.5 * kl(q, m)


NORMALS = (of(2, scale=1.5), of(2, scale=0.6))
case("kullbackLeiblerDivergence", lambda m, v: kl(*densities(m, v)), *NORMALS)
case("jensenShannonDivergence", lambda m, v: jsd(*densities(m, v)), *NORMALS)
case("optimalValue", lambda m, v: -np.log(4) + 2 * jsd(*densities(m, v)), *NORMALS)
case("smoothedDivergence", lambda t: jsd(*densities(torch.cat([t * 0, t]), torch.full((2,), 2 * np.log(0.5)))),
     of(1, scale=0.8, shift=1.2))


def discrete(p, q):
    p, q = torch.softmax(p, 0), torch.softmax(q, 0)
    m = Categorical(probs=(p + q) / 2)
    return 0.5 * sum(torch.distributions.kl_divergence(Categorical(probs=r), m) for r in (p, q))


case("jensenShannonDivergence, probabilities", discrete, of(5, scale=2), of(5, scale=-1.3))

write(__file__, passes=case, packages=(torch, np))
