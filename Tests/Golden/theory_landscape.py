"""Reference values of § 11.7, § 11.8 and § 11.11: python3 Tests/Golden/theory_landscape.py writes theory_landscape.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Parts, filled, layer, made, of, placed, records, spread, trained, write

PIECES = [[0, 3, 1, 4, 2], [2, 2, 0, 1, 4]]
LEFT, RIGHT = [0, 1, 4, 3, 2, 2], [1, 1, 0, 4, 3, 0]
EPSILON = 1e-5


def pruned(widths):
    """Each weight matrix times a mask of ones where fixed numbers are positive."""
    def forward(self, x):
        for number, part in enumerate(self.layers):
            mask = (spread(*part.weight.shape, offset=7 * number) > 0).double()
            x = F.linear(x, part.weight * mask, part.bias)
            x = F.relu(x) if number < len(self.layers) - 1 else x
        return x

    return Parts(forward, layers=[nn.Linear(a, b) for a, b in zip(widths, widths[1:])])


class Superposition(nn.Module):
    def __init__(self, n, m):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(m, n)), nn.Parameter(torch.zeros(n))

    def forward(self, x):
        return F.relu(x @ self.weight.T @ self.weight + self.bias)


def adder(p, d, hidden):
    return Parts(lambda self, pairs: self.second(F.relu(self.first(self.table(pairs[0]) + self.table(pairs[1])))),
                 table=nn.Embedding(p, d), first=nn.Linear(d, hidden), second=nn.Linear(hidden, p))


def halves(x):
    """Rotary positions by the formula of published code."""
    n, r = x.shape[-2:]
    a = torch.outer(torch.arange(n, dtype=torch.float64), 10_000.0 ** (-torch.arange(0, r, 2) / r)).repeat(1, 2)
    first, second = x.chunk(2, -1)
    return x * a.cos() + torch.cat([-second, first], -1) * a.sin()


def attention(d, h):
    def forward(self, x):
        q, k, v = (p(x).unflatten(2, (h, -1)).transpose(1, 2) for p in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(halves(q), halves(k), v, is_causal=True)
        return self.output(y.transpose(1, 2).flatten(2))

    return Parts(forward, **{name: nn.Linear(d, d, bias=False) for name in ("query", "key", "value", "output")})


def attention_only(v, d, h, count):
    def forward(self, pieces):
        x = self.tokens(pieces)
        for norm, part in zip(self.norms, self.parts):
            x = x + part(norm(x))
        return self.output(self.norm(x)).flatten(0, 1)

    return Parts(forward, tokens=nn.Embedding(v, d), norms=[nn.RMSNorm(d, EPSILON) for _ in range(count)],
                 parts=[attention(d, h) for _ in range(count)], norm=nn.RMSNorm(d, EPSILON),
                 output=nn.Linear(d, v, bias=False))


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9)


def sharpness_aware(module, inputs, labels, rho):
    """Ten steps of SAM around SGD with momentum, as in the authors' published code: climb, gradient, back, step."""
    filling, recipes = filled(module), placed(inputs)
    x, y = made(recipes[0]), torch.tensor(labels)
    optimizer, losses, parameters = momentum(module.parameters()), [], list(module.parameters())
    for step in range(10):
        optimizer.zero_grad()
        loss = F.cross_entropy(module(x), y)
        losses.append(loss.detach().reshape(()))
        loss.backward()
        norm = torch.stack([p.grad.norm() for p in parameters]).norm()
        steps = [rho / norm * p.grad for p in parameters]
        with torch.no_grad():
            for p, e in zip(parameters, steps):
                p.add_(e)
        optimizer.zero_grad()
        F.cross_entropy(module(x), y).backward()
        if step == 0:
            climbs, gradients = [e.clone() for e in steps], [p.grad.clone() for p in parameters]
        with torch.no_grad():
            for p, e in zip(parameters, steps):
                p.sub_(e)
        optimizer.step()
    vector = torch.cat([p.detach().reshape(-1) for p in parameters])
    sizes = [p.numel() for p in parameters]

    def flat(v):
        parts = [part.reshape(p.shape) for part, p in zip(v.split(sizes), parameters)]
        names = [name for name, _ in module.named_parameters()]
        return F.cross_entropy(torch.func.functional_call(module, dict(zip(names, parts)), x), y)

    eigenvalues = torch.linalg.eigvalsh(torch.autograd.functional.hessian(flat, vector))
    return {"inputs": recipes, "integers": [labels], "radius": rho, **filling,
            **records(climbs=climbs, gradients=gradients), **records(losses=[torch.stack(losses)]),
            **records(trained=parameters), **records(curvature=[eigenvalues[-1]])}


def mlp(widths):
    layers = [nn.Linear(a, b) for a, b in zip(widths, widths[1:])]
    return Parts(lambda self, x: self.layers[1](torch.tanh(self.layers[0](x))), layers=layers)


def trainings():
    adding, reading = adder(5, 4, 6), attention_only(5, 8, 2, 2)
    pairs, pieces = (torch.tensor(LEFT), torch.tensor(RIGHT)), torch.tensor(PIECES)
    following = [symbol for piece in PIECES for symbol in piece[1:] + [0]]
    return {
        "PrunedNetwork, momentum": trained(pruned([6, 5, 3]), [(7, 6)], [0, 2, 1, 1, 0, 2, 1], momentum),
        "ModularAdder, momentum": trained(
            adding, [], [(a + b) % 5 for a, b in zip(LEFT, RIGHT)], momentum, [LEFT, RIGHT], forward=lambda: adding(pairs)),
        "AttentionOnly, momentum": trained(
            reading, [], following, momentum, PIECES, forward=lambda: reading(pieces)),
    }


if __name__ == "__main__":
    write(__file__, {"SuperpositionModel": layer(Superposition(5, 2), (4, 5)),
                     "PrunedNetwork": layer(pruned([6, 5, 4, 3]), (7, 6))},
          trainings=trainings(),
          sharpness={"sharpnessAwareGradient, momentum": sharpness_aware(
              mlp([4, 5, 3]), [(9, 4)], [0, 2, 1, 1, 0, 2, 1, 0, 2], 0.2)})
