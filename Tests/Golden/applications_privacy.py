"""Reference values of § 12.7: python3 Tests/Golden/applications_privacy.py writes applications_privacy.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch.nn import functional as F

from recording import Cases, of, write

CLIP, RATE = 0.8, 0.3
LABELS = [0, 2, 1, 1, 0, 2, 2, 0, 1]


def clipped_sum(*gradients):
    """The sum of per-example gradients, each clipped over all parameters together."""
    norms = sum(g.flatten(1).square().sum(1) for g in gradients).sqrt()
    factors = 1 / torch.clamp(norms / CLIP, min=1)
    return tuple((factors.reshape(-1, *[1] * (g.ndim - 1)) * g).sum(0) for g in gradients)


def loss(parts, x, labels):
    w, b = parts
    return F.cross_entropy(x @ w.T + b, torch.tensor(labels))


def private_gradient(x, w, b):
    """The noiseless private gradient of nine examples, of which twelve were expected."""
    parts = [w.detach().requires_grad_(), b.detach().requires_grad_()]
    each = [torch.autograd.grad(loss(parts, x.detach()[i:i + 1], LABELS[i:i + 1]), parts) for i in range(len(LABELS))]
    return tuple(g / 12 for g in clipped_sum(*[torch.stack(g) for g in zip(*each)]))


def federated(x, w, b):
    """Three rounds of two local epochs of full batches at clients of two, three and four examples."""
    clients, server = [range(0, 2), range(2, 5), range(5, 9)], [w.detach(), b.detach()]
    for _ in range(3):
        returned = []
        for client in clients:
            parts = [p.clone().requires_grad_() for p in server]
            for _ in range(2):
                slopes = torch.autograd.grad(loss(parts, x.detach()[list(client)], [LABELS[i] for i in client]), parts)
                parts = [(p - RATE * g).detach().requires_grad_() for p, g in zip(parts, slopes)]
            returned.append(parts)
        server = [sum(len(c) / 9 * r[k].detach() for c, r in zip(clients, returned)) for k in range(2)]
    return tuple(server)


if __name__ == "__main__":
    cases = Cases()
    cases("PrivateDescent.clippedSum", clipped_sum, of(5, 3, 2), of(5, 4))
    cases("FederatedAveraging.average", lambda a, b, c: (2 * a + 3 * b + 5 * c) / 10, of(3, 2), of(3, 2), of(3, 2))
    cases("PrivateDescent.gradient", private_gradient, of(9, 5, scale=2.0), of(3, 5), of(3))
    cases("FederatedAveraging, three rounds", federated, of(9, 5, scale=2.0), of(3, 5), of(3))
    cases("revealedInput", lambda g, b: g[b.abs().argmax()] / b[b.abs().argmax()], of(4, 5), of(4))
    write(__file__, cases)
