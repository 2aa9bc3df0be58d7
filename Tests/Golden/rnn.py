"""Reference values of chapter 5: python3 Tests/Golden/rnn.py

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from recording import Cases, layer, of, write

LENGTHS = [4, 2, 3]  # of three sequences of up to four steps
SOURCES, TARGETS = [[0, 3], [2], [1, 1, 0]], [[1, 0], [2, 2, 1], []]


def run(module, weights, x, lengths=None, initial=None):
    """States, and final states of all layers side by side, of a recurrent module with these weights in PyTorch's order."""
    named = dict(zip([name for name, _ in module.named_parameters()], weights))
    arguments = [x if lengths is None else pack_padded_sequence(x, torch.tensor(lengths), True, enforce_sorted=False)]
    arguments += [initial] if initial is not None else []
    states, final = functional_call(module, named, tuple(arguments))
    if lengths is not None:
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=x.shape[1])
    final = final if isinstance(final, tuple) else (final,)
    return (states, *[torch.cat(list(f), dim=1) for f in final])


def shapes(gates, inputs, hidden, directions=1):
    """The shapes of a layer's weights: W, U, b, d for each direction."""
    rows = gates * hidden
    return [(rows, inputs), (rows, hidden), (rows,), (rows,)] * directions


class Network(nn.Module):
    """A recurrent layer with a read-out at every step; its parameters in the order of the equations."""

    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.w_xh, self.w_hh = nn.Parameter(torch.zeros(hidden, inputs)), nn.Parameter(torch.zeros(hidden, hidden))
        self.b_h = nn.Parameter(torch.zeros(hidden))
        self.w_hy, self.b_y = nn.Parameter(torch.zeros(outputs, hidden)), nn.Parameter(torch.zeros(outputs))
        self.rnn = [nn.RNN(inputs, hidden, batch_first=True)]  # in a list, so that its own weights are not counted

    def forward(self, x):
        states, _ = run(self.rnn[0], [self.w_xh, self.w_hh, self.b_h, torch.zeros_like(self.b_h)], x)
        return states @ self.w_hy.T + self.b_y


def gru_as_printed(x, h, wz, bz, wr, br, wh, bh, after=False):
    """The unit of the notes: reset before the matrix, z on the candidate; or with the reset behind the matrix."""
    hx = torch.cat([h, x], 1)
    z, r = torch.sigmoid(hx @ wz.T + bz), torch.sigmoid(hx @ wr.T + br)
    n = h.shape[1]
    inner = r * (h @ wh[:, :n].T) + x @ wh[:, n:].T if after else torch.cat([r * h, x], 1) @ wh.T
    return (1 - z) * h + z * torch.tanh(inner + bh)


def lstm_cell(x, h, c, wf, bf, wi, bi, wc, bc, wo, bo):
    """nn.LSTMCell with the matrices of four blocks on [h, x]."""
    cell, n = nn.LSTMCell(x.shape[1], h.shape[1]), h.shape[1]
    blocks = [wi, wf, wc, wo]
    weights = {"weight_ih": torch.cat([w[:, n:] for w in blocks]), "weight_hh": torch.cat([w[:, :n] for w in blocks]),
               "bias_ih": torch.cat([bi, bf, bc, bo]), "bias_hh": torch.zeros(4 * n)}
    return functional_call(cell, weights, (x, (h, c)))


def written(h, targets, table, weights, v, c):
    """The mean cross-entropy of a GRU that writes target sequences and the end symbol, from the state h, with teacher forcing."""
    end, gru = len(table) - 1, nn.GRU(table.shape[1], h.shape[1], batch_first=True)
    losses = []
    for i, target in enumerate(targets):
        states = run(gru, weights, table[[end] + target][None], initial=h[None, i:i + 1])[0][0]
        losses.append(F.cross_entropy(states @ v.T + c, torch.tensor(target + [end]), reduction="none"))
    return torch.cat(losses).mean()


def translated(source_table, table, v, c, *weights):
    """The loss of an encoder and a decoder, both GRUs."""
    gru = nn.GRU(source_table.shape[1], weights[1].shape[1], batch_first=True)
    finals = [run(gru, weights[:4], source_table[source][None])[1] for source in SOURCES]
    return written(torch.cat(finals), TARGETS, table, weights[4:], v, c)


def gated_blocks(count, inputs=2, hidden=3):
    return [(hidden, hidden + inputs), (hidden,)] * count


passes = Cases()
passes["RecurrentNetwork"] = layer(Network(2, 3, 2), (2, 5, 2))
for name, module, gates in [("VanillaRNN", nn.RNN, 1), ("LongShortTermMemory", nn.LSTM, 4), ("GatedRecurrentUnit", nn.GRU, 3)]:
    passes(name, lambda x, *w, m=module: run(m(2, 3, batch_first=True), w, x, LENGTHS), (3, 4, 2), *shapes(gates, 2, 3),
           integers=[LENGTHS])
    passes(f"Bidirectional, {name}",
           lambda x, *w, m=module: run(m(2, 3, batch_first=True, bidirectional=True), w, x, LENGTHS),
           (3, 4, 2), *shapes(gates, 2, 3, directions=2), integers=[LENGTHS])
passes("Stacked, bidirectional LSTM",
       lambda x, *w: run(nn.LSTM(2, 3, num_layers=2, batch_first=True, bidirectional=True), w, x, LENGTHS),
       (3, 4, 2), *shapes(4, 2, 3, directions=2), *shapes(4, 6, 3, directions=2), integers=[LENGTHS])
passes("SequenceNetwork", lambda x, v, c, *w: run(nn.GRU(2, 3, batch_first=True), w, x)[0] @ v.T + c,
       (2, 5, 2), (2, 3), (2,), *shapes(3, 2, 3))
passes("LSTMCell", lstm_cell, (2, 2), (2, 3), (2, 3), *gated_blocks(4))
passes("GRUCell", gru_as_printed, (2, 2), (2, 3), *gated_blocks(3))
passes("GRUCell, reset behind the matrix", lambda *t: gru_as_printed(*t, after=True), (2, 2), (2, 3), *gated_blocks(3))
passes("SequenceGenerator", lambda h, table, v, c, *w: written(h, TARGETS, table, w, v, c),
       (3, 3), (4, 2), (4, 3), (4,), *shapes(3, 2, 3), integers=TARGETS)
passes("VectorDecoder", lambda x, a, b, table, v, c, *w: written(torch.tanh(x @ a.T + b), TARGETS, table, w, v, c),
       (3, 2), (3, 2), (3,), (4, 2), (4, 3), (4,), *shapes(3, 2, 3), integers=TARGETS)
passes("EncoderDecoder", translated, (4, 2), (4, 2), (4, 3), (4,), *shapes(3, 2, 3), *shapes(3, 2, 3),
       integers=SOURCES + TARGETS)

TEXTS = [[1, 2, 3, 4, 5], [2, 2], [5, 0, 1]]
TEXT_LENGTHS = [len(text) for text in TEXTS]


def padded(texts, padding=0):
    longest = max(map(len, texts))
    return torch.tensor([text + [padding] * (longest - len(text)) for text in texts])


class Reader(nn.Module):
    """Embedding, bidirectional layers over packed sequences, and a head on the final states or on the largest ones."""

    def __init__(self, recurrent, head, largest=False):
        super().__init__()
        self.embedding, self.recurrent, self.head, self.largest = nn.Embedding(6, 3), recurrent, head, largest

    def forward(self):
        packed = pack_padded_sequence(self.embedding(padded(TEXTS)), torch.tensor(TEXT_LENGTHS), True, enforce_sorted=False)
        states, final = self.recurrent(packed)
        final = final[0] if isinstance(final, tuple) else final
        if self.largest:
            states, _ = pad_packed_sequence(states, batch_first=True, padding_value=-torch.inf)
            return self.head(states.max(1).values)
        return self.head(torch.cat([final[-2], final[-1]], 1))


class Encoder(nn.Module):
    """nn.TransformerEncoderLayer with the normalizations first, positions of sines and cosines, the mean over each text."""

    def __init__(self, d=4):
        super().__init__()
        self.embedding = nn.Embedding(6, d)
        self.block = nn.TransformerEncoderLayer(d, 2, 2 * d, dropout=0, batch_first=True, norm_first=True)
        self.norm, self.classifier, self.d = nn.LayerNorm(d), nn.Linear(d, 2), d

    def forward(self):
        tokens = padded(TEXTS)
        place, column = torch.arange(tokens.shape[1])[:, None], torch.arange(self.d)[None]
        angles = place / 10_000.0 ** (column // 2 * 2 / self.d)
        x = self.embedding(tokens) + torch.where(column % 2 == 0, angles.sin(), angles.cos())
        hidden = torch.arange(tokens.shape[1])[None] >= torch.tensor(TEXT_LENGTHS)[:, None]
        x = self.norm(self.block(x, src_key_padding_mask=hidden))
        x = torch.stack([x[i, :n].mean(0) for i, n in enumerate(TEXT_LENGTHS)])
        return self.classifier(x)


def read(name, module, order=None):
    """A network of sequences as a function of its parameters, in the order of the Swift struct."""
    named = dict(module.named_parameters())
    names = order or list(named)
    passes(name, lambda *w: functional_call(module, dict(zip(names, w)), ()), *[tuple(named[n].shape) for n in names],
           integers=TEXTS)


class Series(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.output = nn.LSTM(1, 3, num_layers=2, batch_first=True), nn.Linear(3, 1)

    def forward(self, x):
        return self.output(self.lstm(x)[1][0][-1])


class Characters(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.lstm, self.output = nn.Embedding(5, 2), nn.LSTM(2, 3, num_layers=2, batch_first=True), nn.Linear(3, 5)

    def forward(self, pieces):
        pieces = torch.tensor(pieces)
        logits = self.output(self.lstm(self.embedding(pieces[:, :-1]))[0])
        return F.cross_entropy(logits.reshape(-1, 5), pieces[:, 1:].reshape(-1))


head = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
read("SentimentNetwork", Reader(nn.LSTM(3, 2, num_layers=2, batch_first=True, bidirectional=True), head))
read("FlexibleNetwork", Reader(nn.GRU(3, 2, num_layers=2, batch_first=True, bidirectional=True), nn.Linear(4, 2)))
read("FlexibleNetwork, maximum", Reader(nn.LSTM(3, 2, batch_first=True, bidirectional=True), nn.Linear(4, 2), largest=True))
counts = torch.stack([torch.bincount(torch.tensor(text), minlength=6) for text in TEXTS]).double()
passes("BagOfWords", lambda w, b: torch.log1p(counts) @ w.T + b, (2, 6), (2,), integers=TEXTS)
block = [f"block.{n}" for n in ["norm1.weight", "norm1.bias", "self_attn.in_proj_weight", "self_attn.in_proj_bias",
                                "self_attn.out_proj.weight", "self_attn.out_proj.bias", "norm2.weight", "norm2.bias",
                                "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias"]]
read("SmallEncoder", Encoder(), ["embedding.weight", *block, "norm.weight", "norm.bias", "classifier.weight", "classifier.bias"])
series, characters = Series(), Characters()
passes("Forecaster", lambda x, *w: functional_call(series, dict(zip(dict(series.named_parameters()), w)), (x,)), (4, 6, 1),
       *[tuple(p.shape) for p in series.parameters()])
PIECES = [[0, 1, 2, 3, 4, 0], [4, 4, 2, 1, 0, 3]]
passes("CharacterModel", lambda *w: functional_call(characters, dict(zip(dict(characters.named_parameters()), w)), (PIECES,)),
       *[tuple(p.shape) for p in characters.parameters()], integers=PIECES)

write(__file__, passes=passes)
