"""Reference values of chapter 6's models: python3 Tests/Golden/attention_models.py writes attention_models.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from recording import Formula, Parts, layer, trained, write

SOURCES, TARGETS = [[0, 5, 2, 4], [3, 1], [2, 2, 1]], [[1, 0, 3], [3, 2, 1], [0, 0, 2]]
END, START = 4, 5
PIECES = [[0, 3, 1, 4, 2], [2, 2, 0, 1, 4]]
TEXTS = [[1, 4, 2, 0], [3, 3], [0, 2, 4]]


def padded(sequences):
    longest = max(map(len, sequences))
    return torch.tensor([s + [0] * (longest - len(s)) for s in sequences])


class Translator(nn.Module):
    """A bidirectional LSTM encoder and an LSTM decoder that reads a context in every step."""

    def __init__(self, has_attention):
        super().__init__()
        self.source, self.encoder = nn.Embedding(6, 3), nn.LSTM(3, 4, batch_first=True, bidirectional=True)
        self.bridge, self.cell = nn.Linear(8, 4), nn.Linear(8, 4)
        self.target, self.decoder = nn.Embedding(6, 3), nn.LSTM(11, 4, batch_first=True)
        self.attention = Formula(None, w=(4, 4), u=(4, 8), v=(4,)) if has_attention else None
        self.output = nn.Linear(12, 5)

    def forward(self):
        lengths = torch.tensor([len(s) for s in SOURCES])
        packed = pack_padded_sequence(self.source(padded(SOURCES)), lengths, batch_first=True, enforce_sorted=False)
        states, (final, _) = self.encoder(packed)
        states, _ = pad_packed_sequence(states, batch_first=True)
        summary = torch.cat(list(final), -1)
        h, c = torch.tanh(self.bridge(summary)), self.cell(summary)
        rows = []
        for tokens in torch.tensor([[START] + t for t in TARGETS]).T:
            context = summary
            if self.attention is not None:
                a = self.attention
                scores = torch.tanh((h @ a.w.T)[:, None] + states @ a.u.T) @ a.v
                scores = scores.masked_fill(torch.arange(states.shape[1])[None] >= lengths[:, None], -torch.inf)
                context = (scores.softmax(-1)[:, None] @ states)[:, 0]
            _, (h, c) = self.decoder(torch.cat([self.target(tokens), context], -1)[:, None], (h[None], c[None]))
            h, c = h[0], c[0]
            rows.append(self.output(torch.cat([h, context], -1)))
        return torch.stack(rows, 1).flatten(0, 1)


def heads(x, h):
    return x.unflatten(2, (h, -1)).transpose(1, 2)


def attention(d, h, is_causal=False):
    def forward(self, x, mask=None):
        q, k, v = (heads(p(x), h) for p in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=is_causal)
        return self.output(y.transpose(1, 2).flatten(2))

    parts = Parts(forward, **{name: nn.Linear(d, d, bias=False) for name in ("query", "key", "value", "output")})
    parts.masked = lambda x, mask: forward(parts, x, mask)
    return parts


def block(d, h):
    def forward(self, x):
        y = x + self.attention(self.attention_norm(x))
        return y + self.narrowing(F.relu(self.widening(self.network_norm(y))))

    return Parts(forward, attention_norm=nn.LayerNorm(d), attention=attention(d, h, True), network_norm=nn.LayerNorm(d),
                 widening=nn.Linear(d, 4 * d), narrowing=nn.Linear(4 * d, d))


def language_model(v, t, d, h, count):
    def forward(self, pieces):
        x = self.tokens(pieces) + self.positions.table[:pieces.shape[1]]
        for part in self.blocks:
            x = part(x)
        return self.output(self.norm(x)).flatten(0, 1)

    return Parts(forward, tokens=nn.Embedding(v, d), positions=Formula(None, table=(t, d)),
                 blocks=[block(d, h) for _ in range(count)], norm=nn.LayerNorm(d), output=nn.Linear(d, v))


def offset_reader(v, t, d, h):
    return Parts(lambda self, s: self.output(self.attention(self.tokens(s) + self.positions.table)).flatten(0, 1),
                 tokens=nn.Embedding(v, d), positions=Formula(None, table=(t, d)), attention=attention(d, h),
                 output=nn.Linear(d, 2 * v))


def classifier(v, t, d, h, classes):
    def forward(self, texts):
        lengths = torch.tensor([len(s) for s in texts])
        x = self.tokens(padded(texts)) + self.positions.table[:max(lengths)]
        real = torch.arange(x.shape[1])[None] < lengths[:, None]
        y = self.norm(x + self.attention.masked(x, real[:, None, None]))
        return self.output((y * real[..., None]).sum(1) / lengths[:, None])

    return Parts(forward, tokens=nn.Embedding(v, d), positions=Formula(None, table=(t, d)), attention=attention(d, h),
                 norm=nn.LayerNorm(d), output=nn.Linear(d, classes))


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-2)


def translations():
    labels = [symbol for target in TARGETS for symbol in target + [END]]
    integers = SOURCES + TARGETS
    return {
        "Translator, Adam": trained(Translator(True), [], labels, adam, integers),
        "Translator, fixed context, Adam": trained(Translator(False), [], labels, adam, integers),
    }


def others():
    pieces, texts = torch.tensor(PIECES), TEXTS
    model, reader, judge = language_model(5, 7, 6, 2, 2), offset_reader(5, 5, 6, 2), classifier(5, 6, 8, 2, 3)
    following = [symbol for piece in PIECES for symbol in piece[1:] + [0]]
    before = [symbol for piece in PIECES for symbol in [4] + piece[:-1]]
    return {
        "CausalLanguageModel, Adam": trained(model, [], following, adam, PIECES, forward=lambda: model(pieces)),
        "OffsetReader, Adam": trained(reader, [], before, adam, PIECES, forward=lambda: reader(pieces)),
        "AttentionClassifier, Adam": trained(judge, [], [2, 0, 1], adam, TEXTS, forward=lambda: judge(texts)),
    }


if __name__ == "__main__":
    write(__file__, {"CausalBlock": layer(block(6, 2), (2, 5, 6))}, trainings=translations() | others())
