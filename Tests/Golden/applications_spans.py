"""Reference values of chapter 12's reader of spans: python3 Tests/Golden/applications_spans.py writes applications_spans.json.

Needs PyTorch; what the scripts share is in recording.py, and the encoder of BERT in transformer_weights.py.
"""
import math

import torch
from torch import nn

import transformer_weights as bert
from recording import trained, write

torch.set_default_dtype(torch.float64)
ASKED, STARTS, ENDS = [1, 0], [3, 2], [4, 2]


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.start, self.end = bert.Encoder(), nn.Linear(bert.D, bert.D), nn.Linear(bert.D, bert.D)

    def states(self):
        e, tokens = self.encoder, bert.padded(bert.TEXTS)
        real = torch.arange(tokens.shape[1])[None] < torch.tensor([len(t) for t in bert.TEXTS])[:, None]
        x = e.norm(e.tokens(tokens) + e.positions.weight[:tokens.shape[1]] + e.types(bert.padded(bert.TYPES)))
        for block in e.blocks:
            x = block(x, real[:, None, None])
        return x, real & (bert.padded(bert.TYPES) == 1)

    def forward(self):
        """The probabilities of starts and then of ends, which are 0 outside the text."""
        h, is_text = self.states()
        q = h[range(len(ASKED)), ASKED]
        rows = [torch.einsum("ntd,nd->nt", h, f(q)) / math.sqrt(bert.D) for f in (self.start, self.end)]
        return torch.cat([row.masked_fill(~is_text, -torch.inf).softmax(1) for row in rows])


if __name__ == "__main__":
    momentum = lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9)
    model = Reader()
    case = trained(model, [], STARTS + ENDS, momentum, bert.TEXTS + bert.TYPES + [ASKED], forward=model.forward)
    write(__file__, trainings={"SpanReader, Momentum": case})
