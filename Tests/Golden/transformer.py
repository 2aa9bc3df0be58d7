"""Reference values of chapter 7's blocks: python3 Tests/Golden/transformer.py writes transformer.json.

Blocks, encoders and decoders are PyTorch's own (nn.TransformerEncoderLayer and so on), with the parameters in the chapter's order.
"""
import math

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from recording import Cases, Formula, Parts, layer, of, trained, write

ATTENTION = ("query", "key", "value", "output")
SEQUENCES = [[0, 3, 1, 4], [2, 2, 0, 1], [4, 1, 3, 3]]


def linears(d):
    return [nn.Linear(d, d) for _ in ATTENTION]


def attention(name, parts):
    """PyTorch's names for the parameters of an attention: three projections are one."""
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = parts
    return {f"{name}.in_proj_weight": torch.cat([wq, wk, wv]), f"{name}.in_proj_bias": torch.cat([bq, bk, bv]),
            f"{name}.out_proj.weight": wo, f"{name}.out_proj.bias": bo}


def named(name, part):
    return {f"{name}.weight": part[0], f"{name}.bias": part[1]}


def encoder_names(p):
    """The parameters of a block, in pairs of weight and bias, under PyTorch's names."""
    return (named("norm1", p[0]) | attention("self_attn", p[1:5]) | named("norm2", p[5]) | named("linear1", p[6])
            | named("linear2", p[7]))


def decoder_names(p):
    return (named("norm1", p[0]) | attention("self_attn", p[1:5]) | named("norm2", p[5]) | attention("multihead_attn", p[6:10])
            | named("norm3", p[10]) | named("linear1", p[11]) | named("linear2", p[12]))


def encoder_parts(d, ff):
    return [nn.LayerNorm(d), *linears(d), nn.LayerNorm(d), nn.Linear(d, ff), nn.Linear(ff, d)]


def pairs(tensors):
    return list(zip(tensors[::2], tensors[1::2]))


def encoder_block(d, h, ff, norm_first, activation):
    return nn.TransformerEncoderLayer(d, h, ff, 0.0, activation, batch_first=True, norm_first=norm_first)


def decoder_block(d, h, ff, norm_first, activation):
    return nn.TransformerDecoderLayer(d, h, ff, 0.0, activation, batch_first=True, norm_first=norm_first)


def stacked(names, blocks, size, has_norm):
    """The names of several blocks, and of the last normalization."""
    parts, result = pairs(blocks), {}
    for k in range(len(parts) // size):
        result |= {f"layers.{k}.{name}": p for name, p in names(parts[k * size:(k + 1) * size]).items()}
    return result | (named("norm", parts[-1]) if has_norm else {})


def causal(n):
    return torch.triu(torch.full((n, n), -torch.inf), 1)


class Encoder(nn.Module):
    """nn.TransformerEncoder with parameters in the chapter's order; a single block without a last normalization is the layer itself."""

    def __init__(self, d, h, ff, blocks, norm_first, activation, has_norm):
        super().__init__()
        self.parts = nn.ModuleList([p for _ in range(blocks) for p in encoder_parts(d, ff)] + ([nn.LayerNorm(d)] if has_norm else []))
        self.reference = [nn.TransformerEncoder(encoder_block(d, h, ff, norm_first, activation), blocks,
                                                nn.LayerNorm(d) if has_norm else None, enable_nested_tensor=False)]
        self.has_norm = has_norm

    def forward(self, x, mask=None):
        names = stacked(encoder_names, list(self.parts.parameters()), 8, self.has_norm)
        return functional_call(self.reference[0], names, (x,), {"mask": mask})


def decoder(blocks, h, norm_first, activation, lengths=None):
    """nn.TransformerDecoder of y, memory and parameters; causal, with the padding of the memory hidden."""

    def forward(y, memory, *tensors):
        d, ff, has_norm = y.shape[2], tensors[22].shape[0], norm_first
        module = nn.TransformerDecoder(decoder_block(d, h, ff, norm_first, activation), blocks, nn.LayerNorm(d) if has_norm else None)
        hidden = None if lengths is None else torch.arange(memory.shape[1])[None] >= torch.tensor(lengths)[:, None]
        return functional_call(module, stacked(decoder_names, list(tensors), 13, has_norm), (y, memory), {
            "tgt_mask": causal(y.shape[1]), "memory_key_padding_mask": hidden})

    return forward


def single(h, norm_first, activation):
    def forward(y, memory, *tensors):
        module = decoder_block(y.shape[2], h, tensors[22].shape[0], norm_first, activation)
        return functional_call(module, decoder_names(pairs(tensors)), (y, memory), {"tgt_mask": causal(y.shape[1])})

    return forward


def decoder_shapes(d, ff):
    norm, matrix = [of(d, scale=0.3, shift=1.0), of(d, scale=0.3)], [of(d, d, scale=round(d ** -0.5, 3)), of(d, scale=0.3)]
    network = [of(ff, d, scale=round(d ** -0.5, 3)), of(ff, scale=0.3), of(d, ff, scale=round(ff ** -0.5, 3)), of(d, scale=0.3)]
    return norm + 4 * matrix + norm + 4 * matrix + norm + network


def feed_forward(d, ff, f):
    return Parts(lambda self, x: self.narrowing(f(self.widening(x))), widening=nn.Linear(d, ff), narrowing=nn.Linear(ff, d))


def sinusoidal(n, d):
    """As the notes' listing, which takes the frequencies from an exponential."""
    table = torch.zeros(n, d)
    angles = torch.arange(n)[:, None] * torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
    table[:, 0::2], table[:, 1::2] = torch.sin(angles), torch.cos(angles)
    return table


def grid(h, w, d):
    rows = sinusoidal(h, d // 2)[:, None].expand(h, w, -1)
    return torch.cat([rows, sinusoidal(w, d // 2)[None].expand(h, w, -1)], -1).flatten(0, 1)


def tagger(v, t, d, h, ff, blocks, norm_first):
    model = Parts(lambda self, s: self.output(self.encoder(self.tokens(s) + self.positions.table)).flatten(0, 1),
                  tokens=nn.Embedding(v, d), positions=Formula(None, table=(t, d)),
                  encoder=Encoder(d, h, ff, blocks, norm_first, "relu", norm_first), output=nn.Linear(d, v))
    sequences = torch.tensor(SEQUENCES)
    labels = [token for sequence in SEQUENCES for token in reversed(sequence)]
    return trained(model, [], labels, lambda p: torch.optim.Adam(p, lr=1e-2, eps=1e-3), SEQUENCES, forward=lambda: model(sequences))


def layers():
    learned = Formula(lambda x, table: x + table[:x.shape[1]], table=(6, 4))
    return {
        "FeedForward": layer(feed_forward(4, 7, F.relu), (2, 3, 4)),
        "FeedForward, gelu": layer(feed_forward(4, 7, F.gelu), (2, 3, 4)),
        "LearnedPositions": layer(learned, (2, 5, 4)),
        "TransformerEncoderBlock": layer(Encoder(6, 2, 10, 1, True, F.gelu, False), (2, 5, 6)),
        "TransformerEncoderBlock, postNorm": layer(Encoder(6, 3, 10, 1, False, "relu", False), (2, 5, 6)),
        "TransformerEncoder": layer(Encoder(6, 2, 10, 2, True, F.gelu, True), (2, 5, 6)),
        "TransformerEncoder, postNorm": layer(Encoder(6, 2, 10, 2, False, "relu", False), (2, 5, 6)),
    }


def functions():
    cases, d, ff = Cases(), 6, 10
    block, norm = decoder_shapes(d, ff), [of(d, scale=0.3, shift=1.0), of(d, scale=0.3)]
    y, memory = of(2, 4, d), of(2, 5, d)
    cases("sinusoidalPositions", lambda x: x + sinusoidal(9, 6), of(9, 6))
    cases("gridPositions", lambda x: x + grid(3, 4, 8), of(12, 8))
    cases("TransformerDecoderBlock", single(2, True, F.gelu), y, memory, *block)
    cases("TransformerDecoderBlock, postNorm", single(3, False, "relu"), y, memory, *block)
    cases("TransformerDecoder", decoder(2, 2, True, F.gelu), y, memory, *block, *block, *norm)
    cases("TransformerDecoder, postNorm", decoder(2, 2, False, "relu"), y, memory, *block, *block)
    cases("TransformerDecoder, padding", decoder(2, 2, True, F.gelu, [5, 3]), y, memory, *block, *block, *norm, integers=[[5, 3]])
    return cases


if __name__ == "__main__":
    write(__file__, layers() | functions(), trainings={
        "SequenceTagger, Adam": tagger(5, 4, 6, 2, 10, 2, True),
        "SequenceTagger, postNorm, Adam": tagger(5, 4, 6, 2, 10, 2, False),
    })
