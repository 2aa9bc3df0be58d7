"""Reference values of the models of § 7.4.4 and § 7.8: run it to write transformer_models.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from recording import Parts, layer, trained, write

TEXTS = [[1, 4, 2, 0, 6], [3, 3], [0, 5, 4]]
SOURCES, TARGETS = [[0, 5, 2, 4], [3, 1], [2, 2, 1]], [[1, 0, 3], [3, 2, 1], [0, 0, 2]]
END, START = 4, 5


def padded(sequences, padding=0):
    longest = max(map(len, sequences))
    return torch.tensor([s + [padding] * (longest - len(s)) for s in sequences])


def is_real(sequences):
    return torch.arange(max(map(len, sequences)))[None] < torch.tensor([len(s) for s in sequences])[:, None]


def code(n, d):
    """(7.4) and (7.5), as Listing 7.8 computes them."""
    table, position = torch.zeros(n, d), torch.arange(n)[:, None]
    rates = torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
    table[:, 0::2], table[:, 1::2] = torch.sin(position * rates), torch.cos(position * rates)
    return table


def heads(x, h):
    return x.unflatten(2, (h, -1)).transpose(1, 2)


def attention(d, h):
    def forward(self, x, memory, mask, is_causal):
        q, k, v = heads(self.query(x), h), heads(self.key(memory), h), heads(self.value(memory), h)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=is_causal)
        return self.output(y.transpose(1, 2).flatten(2))

    parts = Parts(forward, **{name: nn.Linear(d, d) for name in ("query", "key", "value", "output")})
    parts.attend = lambda x, memory, mask=None, is_causal=False: forward(parts, x, memory, mask, is_causal)
    return parts


def joined(norm, x, f):
    """A sub-layer with its residual connection. (7.10)"""
    return x + f(norm(x))


def network(self, activation):
    return lambda x: self.narrowing(activation(self.widening(x)))


def encoder_block(d, h, hidden, activation):
    def forward(self, x, mask):
        x = joined(self.attention_norm, x, lambda x: self.attention.attend(x, x, mask))
        return joined(self.network_norm, x, network(self, activation))

    parts = Parts(None, attention_norm=nn.LayerNorm(d), attention=attention(d, h), network_norm=nn.LayerNorm(d),
                  widening=nn.Linear(d, hidden), narrowing=nn.Linear(hidden, d))
    parts.masked = lambda x, mask: forward(parts, x, mask)
    return parts


def decoder_block(d, h, hidden, activation):
    def forward(self, y, memory, mask):
        y = joined(self.attention_norm, y, lambda y: self.attention.attend(y, y, is_causal=True))
        y = joined(self.cross_norm, y, lambda y: self.cross.attend(y, memory, mask))
        return joined(self.network_norm, y, network(self, activation))

    parts = Parts(None, attention_norm=nn.LayerNorm(d), attention=attention(d, h), cross_norm=nn.LayerNorm(d),
                  cross=attention(d, h), network_norm=nn.LayerNorm(d), widening=nn.Linear(d, hidden),
                  narrowing=nn.Linear(hidden, d))
    parts.over = lambda y, memory, mask: forward(parts, y, memory, mask)
    return parts


def embedded(table, sequences, d):
    x = table(sequences) * math.sqrt(d)
    return x + code(x.shape[1], d)


def classifier(v, d, h, hidden, blocks, classes):
    def forward(self, texts):
        real = is_real(texts)
        x = embedded(self.embedding, padded(texts), d)
        for block in self.blocks:
            x = block.masked(x, real[:, None, None])
        return self.classifier((self.norm(x) * real[..., None]).sum(1) / real.sum(1, keepdim=True))

    return Parts(forward, embedding=nn.Embedding(v, d),
                 blocks=[encoder_block(d, h, hidden, F.gelu) for _ in range(blocks)], norm=nn.LayerNorm(d),
                 classifier=nn.Linear(d, classes))


def translator(v, k, d, h, hidden, blocks):
    def forward(self, pair):
        mask = is_real(pair[0])[:, None, None]
        memory = embedded(self.source, padded(pair[0]), d)
        for block in self.encoder:
            memory = block.masked(memory, mask)
        memory = self.encoder_norm(memory)
        y = embedded(self.target, padded([[START] + t for t in pair[1]], END), d)
        for block in self.decoder:
            y = block.over(y, memory, mask)
        return self.output(self.decoder_norm(y)).flatten(0, 1)

    return Parts(forward, source=nn.Embedding(v, d), target=nn.Embedding(k + 2, d),
                 encoder=[encoder_block(d, h, hidden, F.relu) for _ in range(blocks)],
                 encoder_norm=nn.LayerNorm(d), decoder=[decoder_block(d, h, hidden, F.relu) for _ in range(blocks)],
                 decoder_norm=nn.LayerNorm(d), output=nn.Linear(d, k + 1))


def adamw(parameters):
    """Matrices decay, vectors do not. A large ε: the gradient of a key's bias is 0 up to rounding."""
    parameters = list(parameters)
    groups = [{"params": [p for p in parameters if p.ndim >= 2], "weight_decay": 0.1},
              {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-2, eps=1e-3)


def warmed(optimizer):
    """Linear from 0 over 3 of 10 steps, then a cosine to 0."""
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda t: t / 3 if t < 3 else (1 + math.cos(math.pi * (t - 3) / 7)) / 2)


def trainings():
    model, pair = classifier(7, 8, 2, 12, 2, 3), translator(6, 4, 8, 2, 12, 1)
    labels = [symbol for target in TARGETS for symbol in target + [END]]
    return {
        "TransformerClassifier, AdamW, warm-up, cosine": trained(
            model, [], [2, 0, 1], adamw, TEXTS, schedule=warmed, forward=lambda: model(TEXTS)),
        "EncoderDecoderTransformer, AdamW": trained(
            pair, [], labels, adamw, SOURCES + TARGETS, forward=lambda: pair((SOURCES, TARGETS))),
    }


if __name__ == "__main__":
    positions = Parts(lambda self, x: x + code(x.shape[1], x.shape[2]))
    write(__file__, {"PositionalEncoding": layer(positions, (2, 5, 6))}, trainings=trainings())
