"""Reference values of chapter 12's graph networks: python3 Tests/Golden/applications_graphs.py writes applications_graphs.json.

Needs PyTorch; what the scripts share is in recording.py. Networks whose input is not a single tensor get their parameters as one
vector, the last input.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Parts, layer, of, write


def normalized(edges, n):
    A = torch.eye(n)
    for a, b in edges:
        A[a, b] = A[b, a] = 1
    return A * A.sum(1).rsqrt() * A.sum(1).rsqrt()[:, None]


RING = normalized([(i, (i + 1) % 5) for i in range(5)], 5)


def torus(rows, columns):
    """The eight cells around each cell, from the upper left by rows."""
    steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)]
    return [[(r + a) % rows * columns + (c + b) % columns for r in range(rows) for c in range(columns)] for a, b in steps]


def directed(senders, inputs, outputs):
    return Parts(lambda p, h: p.own(h) + sum(k(h[:, s]) for k, s in zip(p.kinds, senders)),
                 own=nn.Linear(inputs, outputs), kinds=[nn.Linear(inputs, outputs, bias=False) for _ in senders])


class Vector:
    """Takes weights and biases from a vector, in order."""

    def __init__(self, numbers):
        self.numbers, self.at = numbers, 0

    def take(self, *shape):
        count = torch.Size(shape).numel()
        self.at += count
        return self.numbers[self.at - count:self.at].reshape(shape)

    def linear(self, a, b):
        W, c = self.take(b, a), self.take(b)
        return lambda x: x @ W.T + c

    def mlp(self, *widths):
        parts = [self.linear(a, b) for a, b in zip(widths, widths[1:])]

        def run(x):
            for part in parts[:-1]:
                x = F.relu(part(x))
            return parts[-1](x)
        return run

    def messages(self, width, features):
        message, update = self.mlp(2 * width + features, width, width), self.mlp(2 * width, width, width)

        def run(h, senders, receivers, e):
            m = message(torch.cat([h[receivers], h[senders], e], 1))
            sums = torch.zeros_like(h).index_add(0, receivers, m)
            return h + update(torch.cat([h, sums], 1))
        return run


def ring_edges(n, copies):
    rows = [(c * n + i, c * n + (i + s) % n, 1.0 if s == 1 else -1.0) for c in range(copies) for i in range(n) for s in (1, n - 1)]
    s, r, d = zip(*rows)
    return torch.tensor(s), torch.tensor(r), torch.tensor(d)[:, None]


def messages(h, vector):
    return Vector(vector).messages(3, 1)(h, *ring_edges(5, 1))


class MLP(nn.Module):
    def __init__(self, *widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        for part in self.layers[:-1]:
            x = F.relu(part(x))
        return self.layers[-1](x)


class MessagePassing(nn.Module):
    def __init__(self, width, features):
        super().__init__()
        self.message, self.update = MLP(2 * width + features, width, width), MLP(2 * width, width, width)

    def forward(self, h, senders, receivers, e):
        m = self.message(torch.cat([h[receivers], h[senders], e], 1))
        return h + self.update(torch.cat([h, torch.zeros_like(h).index_add(0, receivers, m)], 1))


def forecast(p, u):
    h = p.encoder(u.reshape(-1, 1))
    for part in p.rounds:
        h = part(h, *ring_edges(u.shape[1], u.shape[0]))
    return u + p.decoder(h).reshape(u.shape)


# Two molecules: C(N)(O) and C–C–F, the atoms in this order.
OWNERS = torch.tensor([0, 0, 0, 1, 1, 1])
BONDS = torch.tensor([[0, 1], [1, 0], [0, 2], [2, 0], [3, 4], [4, 3], [4, 5], [5, 4]])
ATOMS = F.one_hot(torch.tensor([0, 1, 2, 0, 0, 3]), 4).double()


def molecules(vector):
    v = Vector(vector)
    encoder, rounds, readout = v.linear(4, 3), [v.messages(3, 1) for _ in range(2)], v.mlp(3, 3, 2)
    h = encoder(ATOMS)
    for part in rounds:
        h = part(h, BONDS[:, 0], BONDS[:, 1], torch.ones(8, 1))
    return readout(torch.zeros(2, 3).index_add(0, OWNERS, h))


# The options of a molecule's choices: ten elements or none, nine parents, a ring.
OPTIONS = [5] * 10 + list(range(1, 10)) + [46]


def molecule_vae(x, noise, vector):
    v = Vector(vector)
    encoder, decoder = v.mlp(141, 2, 4), v.mlp(2, 2, 141)
    mean, log_variance = encoder(x).chunk(2, 1)
    z = torch.distributions.Normal(mean, (log_variance / 2).exp())
    parts = decoder(mean + z.scale * noise).split(OPTIONS, 1)
    likelihood = (x * torch.cat([F.log_softmax(p, 1) for p in parts], 1)).sum(1)
    divergence = torch.distributions.kl_divergence(z, torch.distributions.Normal(0., 1.)).sum(1)
    return torch.stack([likelihood, divergence], 1)


class Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.query, self.key, self.value, self.output = [nn.Linear(d, d, bias=False) for _ in range(4)]
        self.heads = heads

    def forward(self, x):
        q, k, v = [f(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for f in (self.query, self.key, self.value)]
        return self.output(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class AlignmentBlock(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.rows, self.columns = Attention(d, heads), Attention(d, heads)
        self.row_norm, self.column_norm = nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, x):
        N, S, L, d = x.shape
        h = x + self.rows(self.row_norm(x).reshape(N * S, L, d)).reshape(N, S, L, d)
        turned = self.column_norm(h).transpose(1, 2).reshape(N * L, S, d)
        return h + self.columns(turned).reshape(N, L, S, d).transpose(1, 2)


def fold(p, x, recycles=2):
    N, S, L, _ = x.shape
    a = p.shortening(p.block(p.embedding(x)))
    products = torch.einsum("nsia,nsjb->nijab", a, a).flatten(3) / S
    place = torch.arange(L).double()
    gap = (place[:, None] - place).abs()
    known = torch.stack([gap / L, (gap == 1).double()], 2).expand(N, L, L, 2)
    last = torch.zeros(N, L, L)
    for _ in range(recycles + 1):
        blocked = last + 100 * torch.eye(L)
        ways = (blocked[:, :, None, :] + blocked[:, None, :, :]).min(3).values
        raw = p.pair(torch.cat([products, known, torch.stack([last, ways], 3)], 3))[..., 0]
        D = F.softplus(raw) * gap.clamp(0, 1)
        D = (D + D.transpose(1, 2)) / 2
        last = D.detach()
    return D


passes = Cases()
passes("MessagePassing", messages, (5, 3), of(69, scale=0.6))
passes("MoleculeNetwork", molecules, of(173, scale=0.6))
passes("MoleculeVAE", molecule_vae, (2, 141), (2, 2), of(725, scale=0.6))
passes["GraphConvolution"] = layer(Parts(lambda p, h: p.linear(RING @ h), linear=nn.Linear(3, 4)), (5, 3))
passes["VertexClassifier"] = layer(
    Parts(lambda p, h: p.second(RING @ F.relu(p.first(RING @ h))), first=nn.Linear(3, 4), second=nn.Linear(4, 2)), (5, 3))
passes["DirectedGraphLayer"] = layer(directed(torus(3, 4), 2, 3), (2, 12, 2))
passes["GraphForecaster"] = layer(
    Parts(forecast, encoder=nn.Linear(1, 3), rounds=[MessagePassing(3, 1) for _ in range(2)], decoder=nn.Linear(3, 1)), (2, 5))
passes["AlignmentBlock"] = layer(AlignmentBlock(4, 2), (2, 3, 5, 4))
passes["FoldNetwork"] = layer(
    Parts(fold, embedding=nn.Linear(4, 6), block=AlignmentBlock(6, 2), shortening=nn.Linear(6, 3), pair=MLP(13, 32, 1)),
    (2, 3, 5, 4))

write(__file__, passes)
