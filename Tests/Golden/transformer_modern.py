"""Reference values of § 7.10: python3 Tests/Golden/transformer_modern.py writes transformer_modern.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Parts, layer, trained, write

PIECES = [[0, 3, 1, 4, 2], [2, 2, 0, 1, 4]]
TEXTS = [[1, 4, 2, 0], [3, 3], [0, 2, 4]]
EPSILON = 1e-5


def angles(n, r, start=0):
    return torch.outer(torch.arange(start, start + n, dtype=torch.float64), 10_000.0 ** (-torch.arange(0, r, 2) / r))


def interleaved(x, r, start=0):
    """Pairs as complex numbers, multiplied by numbers of length 1."""
    z = torch.view_as_complex(x[..., :r].unflatten(-1, (-1, 2)).contiguous())
    a = angles(x.shape[-2], r, start)
    y = torch.view_as_real(z * torch.polar(torch.ones_like(a), a)).flatten(-2)
    return torch.cat([y, x[..., r:]], -1)


def halves(x, r, start=0):
    """The formula of published code: x cos + (-second half, first half) sin."""
    a = torch.cat([angles(x.shape[-2], r, start)] * 2, -1)
    y = x[..., :r]
    first, second = y.chunk(2, -1)
    return torch.cat([y * a.cos() + torch.cat([-second, first], -1) * a.sin(), x[..., r:]], -1)


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


def attention(d, h, g, turn):
    def forward(self, x):
        q, k, v = (p(x).unflatten(2, (c, -1)).transpose(1, 2)
                   for p, c in ((self.query, h), (self.key, g), (self.value, g)))
        y = F.scaled_dot_product_attention(turn(q, d // h), turn(k, d // h), v, is_causal=True, enable_gqa=True)
        return self.output(y.transpose(1, 2).flatten(2))

    shared = g * d // h
    return Parts(forward, query=linear(d, d), key=linear(d, shared), value=linear(d, shared), output=linear(d, d))


def swiglu(d, hidden):
    return Parts(lambda self, x: self.narrowing(F.silu(self.gate(x)) * self.value(x)), gate=linear(d, hidden),
                 value=linear(d, hidden), narrowing=linear(hidden, d))


def block(d, h, g, hidden, turn=halves):
    def forward(self, x):
        y = x + self.attention(self.attention_norm(x))
        return y + self.network(self.network_norm(y))

    return Parts(forward, attention_norm=nn.RMSNorm(d, EPSILON), attention=attention(d, h, g, turn),
                 network_norm=nn.RMSNorm(d, EPSILON), network=swiglu(d, hidden))


def experts(d, hidden, count, active):
    def forward(self, x):
        values, chosen = self.router(x).topk(active, -1)
        gates = torch.zeros(*x.shape[:-1], count).scatter(-1, chosen, values.softmax(-1))
        return sum(gates[..., i:i + 1] * expert(x) for i, expert in enumerate(self.experts))

    return Parts(forward, router=linear(d, count), experts=[swiglu(d, hidden) for _ in range(count)])


def balance(x, weight):
    scores = x @ weight.T
    shares = F.one_hot(scores.topk(2, -1).indices, 8).sum((0, 1)) / (2 * x.shape[0])
    return 8 * (shares * scores.softmax(-1).mean(0)).sum()


def policy_gradient(p, reference, rewards):
    """REINFORCE with a penalty of 0.5 KL, each answer compared with the mean of the others."""
    returns = (rewards - 0.5 * (p - reference)).detach()
    others = (returns.sum() - returns) / (len(p) - 1)
    return -((returns - others) * p).mean()


def masked(logits):
    """The chosen places are 0 and 2 of the first sequence and 1 of the second."""
    return F.cross_entropy(torch.stack([logits[0, 0], logits[0, 2], logits[1, 1]]), torch.tensor([1, 3, 0]))


def llama(v, d, h, g, hidden, count):
    def states(self, pieces):
        x = self.tokens(pieces)
        for part in self.blocks:
            x = part(x)
        return self.norm(x)

    parts = Parts(lambda self, pieces: self.output(states(self, pieces)).flatten(0, 1), tokens=nn.Embedding(v, d),
                  blocks=[block(d, h, g, hidden) for _ in range(count)], norm=nn.RMSNorm(d, EPSILON), output=linear(d, v))
    parts.states = lambda pieces: states(parts, pieces)
    return parts


def classifier(model, d, classes):
    def forward(self, texts):
        longest = max(map(len, texts))
        states = self.model.states(torch.tensor([t + [0] * (longest - len(t)) for t in texts]))
        unused = 0 * self.model.output.weight.sum()  # so that its gradient is 0
        return self.head(torch.stack([states[i, len(t) - 1] for i, t in enumerate(texts)])) + unused

    return Parts(forward, model=model, head=nn.Linear(d, classes))


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-2)


def trainings():
    pieces, following = torch.tensor(PIECES), [symbol for piece in PIECES for symbol in piece[1:] + [0]]
    model, judge = llama(5, 8, 4, 2, 12, 2), classifier(llama(5, 8, 4, 2, 12, 1), 8, 3)
    return {
        "Llama, Adam": trained(model, [], following, adam, PIECES, forward=lambda: model(pieces)),
        "LlamaClassifier, Adam": trained(judge, [], [2, 0, 1], adam, TEXTS, forward=lambda: judge(TEXTS)),
    }


def functions():
    cases = Cases()
    for name, turn in (("interleaved", interleaved), ("halves", halves)):
        cases(f"RotaryPositions, {name}", lambda x, turn=turn: turn(x, 8), (2, 5, 8))
        cases(f"RotaryPositions, {name}, 4 of 10 from 3", lambda x, turn=turn: turn(x, 4, 3), (2, 5, 10))
    cases("Routing.balanceLoss", balance, (9, 6), (8, 6))
    cases("policyGradientLoss", policy_gradient, (5,), (5,), (5,))
    cases("maskedLoss", masked, (2, 3, 4))
    cases("BradleyTerry.loss", lambda a, b: F.binary_cross_entropy_with_logits(a - b, torch.ones(7)), (7,), (7,))
    return cases


if __name__ == "__main__":
    layers = {
        "RMSNormalization": layer(nn.RMSNorm(6, EPSILON), (3, 4, 6)),
        "SwiGLU": layer(swiglu(6, 10), (3, 4, 6)),
        "LlamaBlock": layer(block(16, 4, 2, 10), (2, 5, 16)),
        "LlamaBlock, interleaved": layer(block(16, 4, 2, 10, interleaved), (2, 5, 16)),
        "MixtureOfExperts": layer(experts(6, 5, 8, 2), (3, 4, 6)),
    }
    write(__file__, layers | functions(), trainings=trainings())
