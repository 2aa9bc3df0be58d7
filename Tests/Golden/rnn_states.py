"""Reference values of § 5.10: python3 Tests/Golden/rnn_states.py

Needs PyTorch; what the scripts share is in recording.py. All recurrences are loops here.
"""
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from recording import Cases, Formula, Parts, layer, of, write


def diagonal(x, log_decay, log_step, c, skip):
    """A time-invariant diagonal system for each channel, by its recurrence with the zero-order hold of B = 1."""
    a, step = -log_decay.exp(), log_step.exp()[:, None]
    factor, inputs = (step * a).exp(), ((step * a).exp() - 1) / a
    h, outputs = torch.zeros(x.shape[0], *c.shape), []
    for t in range(x.shape[1]):
        h = factor * h + inputs * x[:, t, :, None]
        outputs.append((c * h).sum(-1) + skip * x[:, t])
    return torch.stack(outputs, 1)


def selective(x, log_decay, down, up, bias, w_b, w_c, skip):
    """Mamba's recurrence as its paper has it."""
    a = -log_decay.exp()
    h, outputs = torch.zeros(x.shape[0], *a.shape), []
    for t in range(x.shape[1]):
        u = x[:, t]
        step = F.softplus(u @ down.T @ up.T + bias)
        h = (step[:, :, None] * a).exp() * h + (step * u)[:, :, None] * (u @ w_b.T)[:, None, :]
        outputs.append((h * (u @ w_c.T)[:, None, :]).sum(-1) + skip * u)
    return torch.stack(outputs, 1)


def selective_layer(channels, states, rank):
    return Formula(selective, log_decay=(channels, states), down=(rank, channels), up=(channels, rank), bias=(channels,),
                   w_b=(states, channels), w_c=(states, channels), skip=(channels,))


def block(width, states):
    """Mamba's block, with layer normalization."""
    channels = 2 * width

    def forward(self, x):
        u, z = self.input(self.norm(x)).chunk(2, -1)
        u = F.silu(self.conv(u.transpose(1, 2))[..., :x.shape[1]].transpose(1, 2))
        return x + self.output(self.layer(u) * F.silu(z))

    return Parts(forward, norm=nn.LayerNorm(width), input=nn.Linear(width, 2 * channels),
                 conv=nn.Conv1d(channels, channels, 4, padding=3, groups=channels),
                 layer=selective_layer(channels, states, 1), output=nn.Linear(channels, width))


def scalar_lstm(is_exponential):
    """The sLSTM by its formulas without a stabilizer."""

    def forward(x, w, u, b, d):
        c = n = h = torch.zeros(x.shape[0], u.shape[1])
        states = []
        for t in range(x.shape[1]):
            i, f, z, o = (x[:, t] @ w.T + b + h @ u.T + d).chunk(4, -1)
            i, f = i.exp(), f.exp() if is_exponential else torch.sigmoid(f)
            c, n = f * c + i * torch.tanh(z), f * n + i
            h = torch.sigmoid(o) * c / n
            states.append(h)
        return torch.stack(states, 1)

    return Formula(forward, w=(12, 2), u=(12, 3), b=(12,), d=(12,))


def matrix_lstm(self, x):
    """The mLSTM by its formulas without a stabilizer."""
    q, k, v = self.projections(x).chunk(3, -1)
    i, f = self.gates(x).chunk(2, -1)
    d = q.shape[-1]
    c, n, states = torch.zeros(x.shape[0], d, d), torch.zeros(x.shape[0], d), []
    for t in range(x.shape[1]):
        key = k[:, t] / d**0.5
        gate, keep = i[:, t].exp(), torch.sigmoid(f[:, t])
        c = keep[:, :, None] * c + gate[:, :, None] * v[:, t, :, None] * key[:, None, :]
        n = keep * n + gate * key
        size = (n * q[:, t]).sum(-1).abs().clamp(min=1)
        states.append((c @ q[:, t, :, None])[..., 0] / size[:, None])
    return torch.sigmoid(self.output(x)) * torch.stack(states, 1)


SEQUENCES = [[0, 2, 0, 1, 3, 3], [1, 0, 0, 2, 3, 3]]


def symbol_network(table, *parameters):
    """Vectors, one block, a normalization, and logits at the last two places."""
    module = block(3, 2)
    names = [name for name, _ in module.named_parameters()]
    inner, (scale, shift, weight, bias) = parameters[:len(names)], parameters[len(names):]
    h = functional_call(module, dict(zip(names, inner)), (table[torch.tensor(SEQUENCES)],))
    return (F.layer_norm(h[:, -2:], (3,), scale, shift) @ weight.T + bias).reshape(4, -1)


passes = Cases()
passes["DiagonalStateSpace"] = layer(
    Formula(diagonal, log_decay=(3, 2), log_step=(3,), output=(3, 2), skip=(3,)), of(2, 5, 3))
passes["SelectiveStateSpace"] = layer(selective_layer(3, 2, 1), of(2, 5, 3))
passes["StateSpaceBlock"] = layer(block(3, 2), of(2, 6, 3))
inner = [tuple(p.shape) for p in block(3, 2).parameters()]
passes("SymbolNetwork", symbol_network, (4, 3), *inner, (3,), (3,), (2, 3), (2,), integers=SEQUENCES)
passes["ScalarLSTM"] = layer(scalar_lstm(False), of(2, 5, 2))
passes["ScalarLSTM, exponential"] = layer(scalar_lstm(True), of(2, 5, 2))
passes["MatrixLSTM"] = layer(
    Parts(matrix_lstm, projections=nn.Linear(2, 9), gates=nn.Linear(2, 2), output=nn.Linear(2, 3)), of(2, 5, 2, scale=3))

write(__file__, passes=passes)
