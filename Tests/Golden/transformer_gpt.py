"""Reference values of § 7.7: python3 Tests/Golden/transformer_gpt.py writes transformer_gpt.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Formula, Parts, trained, write

PIECES = [[0, 3, 1, 4, 2], [2, 2, 0, 1, 4], [1, 0, 4, 3, 3]]


def block(d, h, hidden, approximate):
    def forward(self, x):
        y = self.attention_norm(x)
        q, k, v = (p(y).unflatten(2, (h, -1)).transpose(1, 2) for p in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(y.transpose(1, 2).flatten(2))
        return x + self.narrowing(F.gelu(self.widening(self.network_norm(x)), approximate=approximate))

    projections = {name: nn.Linear(d, d) for name in ("query", "key", "value", "output")}
    return Parts(forward, attention_norm=nn.LayerNorm(d), **projections, network_norm=nn.LayerNorm(d),
                 widening=nn.Linear(d, hidden), narrowing=nn.Linear(hidden, d))


def gpt(v, t, d, h, count, approximate="none", is_tied=True):
    """A GPT whose logits are products with the vectors of the symbols, or with another matrix."""
    def forward(self, pieces):
        x = self.tokens(pieces) + self.positions.table[:pieces.shape[1]]
        for part in self.blocks:
            x = part(x)
        return F.linear(self.norm(x), self.tokens.weight if is_tied else self.head.weight).flatten(0, 1)

    head = {} if is_tied else {"head": nn.Linear(d, v, bias=False)}
    return Parts(forward, tokens=nn.Embedding(v, d), positions=Formula(None, table=(t, d)),
                 blocks=[block(d, h, 4 * d, approximate) for _ in range(count)], norm=nn.LayerNorm(d), **head)


def adamw(parameters):
    # A large epsilon: the gradient of a key's bias is 0, since a softmax is invariant to it, and Adam divides its rounding
    # errors by epsilon.
    return torch.optim.AdamW(parameters, lr=1e-2, betas=(0.9, 0.99), eps=1e-3, weight_decay=0.1)


def cases():
    pieces, following = torch.tensor(PIECES), [symbol for piece in PIECES for symbol in piece[1:] + [0]]

    def case(model):
        return trained(model, [], following, adamw, PIECES, forward=lambda: model(pieces))

    return {"GPT, AdamW": case(gpt(5, 7, 8, 4, 2)),
            "GPT, tanh form, own head, AdamW": case(gpt(5, 7, 8, 4, 2, "tanh", False))}


if __name__ == "__main__":
    write(__file__, trainings=cases())
