"""The sequence models of torch_steps.py in PyTorch, with the layers of the Swift models."""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class Sentiment(nn.Module):
    """Listing 5.8."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(1000, 128, padding_idx=0)
        self.lstm = nn.LSTM(128, 256, 2, batch_first=True, dropout=0.3, bidirectional=True)
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(512, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 2))

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.head(torch.cat([h[2], h[3]], 1))


class Characters(nn.Module):
    """A recurrent network that predicts the next of V characters. § 5.2"""

    def __init__(self, layer, V, width, hidden):
        super().__init__()
        self.embedding, self.output = nn.Embedding(V, width), nn.Linear(hidden, V)
        self.layer = layer(width, hidden, batch_first=True)

    def forward(self, x):
        return self.output(self.layer(self.embedding(x))[0])


class Translator(nn.Module):
    """Exercise 6.1: encoder and decoder with additive attention, d_e 32, d_h 64; 10 symbols, the end, the start."""

    def __init__(self, words=30, symbols=10, d=32, h=64):
        super().__init__()
        self.words, self.symbols = nn.Embedding(words, d), nn.Embedding(symbols + 2, d)
        self.encoder = nn.LSTM(d, h, batch_first=True, bidirectional=True)
        self.hidden, self.cell = nn.Linear(2 * h, h), nn.Linear(2 * h, h)
        self.decoder = nn.LSTMCell(d + 2 * h, h)
        self.query, self.key = nn.Linear(h, h, bias=False), nn.Linear(2 * h, h, bias=False)
        self.score, self.output = nn.Linear(h, 1, bias=False), nn.Linear(3 * h, symbols + 1)

    def forward(self, source, lengths, inputs):
        packed = nn.utils.rnn.pack_padded_sequence(self.words(source), lengths, batch_first=True, enforce_sorted=False)
        states, (last, _) = self.encoder(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        hidden_words = torch.arange(source.shape[1]) >= lengths[:, None]
        last = torch.cat([last[0], last[1]], 1)
        s, c = torch.tanh(self.hidden(last)), self.cell(last)
        keys, written, joined = self.key(states), self.symbols(inputs), []
        for t in range(inputs.shape[1]):
            scores = self.score(torch.tanh(self.query(s)[:, None] + keys)).squeeze(2)
            weights = scores.masked_fill(hidden_words, -math.inf).softmax(1)
            context = torch.bmm(weights[:, None], states).squeeze(1)
            s, c = self.decoder(torch.cat([written[:, t], context], 1), (s, c))
            joined.append(torch.cat([s, context], 1))
        return self.output(torch.stack(joined, 1))


class Attention(nn.Module):
    """Multi-head attention, with one product for queries, keys and values. (6.14)"""

    def __init__(self, d, heads, bias=True):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(d, 3 * d, bias), nn.Linear(d, d, bias)

    def forward(self, x, is_causal=False):
        N, n, d = x.shape
        q, k, v = self.qkv(x).view(N, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=is_causal)
        return self.out(y.transpose(1, 2).reshape(N, n, d))


class Block(nn.Module):
    """A Pre-Norm block with dropout after the attention, the hidden units and the network. Listing 7.8"""

    def __init__(self, d, heads, hidden, dropout):
        super().__init__()
        drop = lambda: nn.Dropout(dropout) if dropout else nn.Identity()
        self.norm, self.attention, self.dropout = nn.LayerNorm(d), Attention(d, heads), drop()
        self.network = nn.Sequential(
            nn.LayerNorm(d), nn.Linear(d, hidden), nn.GELU(), drop(), nn.Linear(hidden, d), drop())

    def forward(self, x, is_causal=False):
        x = x + self.dropout(self.attention(self.norm(x), is_causal))
        return x + self.network(x)


class Transformer(nn.Module):
    """Four blocks and a last normalization."""

    def __init__(self, d, heads, dropout=0.0, is_causal=False):
        super().__init__()
        self.blocks = nn.ModuleList(Block(d, heads, 4 * d, dropout) for _ in range(4))
        self.norm, self.is_causal = nn.LayerNorm(d), is_causal

    def forward(self, x):
        for block in self.blocks:
            x = block(x, self.is_causal)
        return self.norm(x)


class TextClassifier(nn.Module):
    """Listing 7.8, without dropout behind the positions."""

    def __init__(self, V=10_000, d=128, n=64):
        super().__init__()
        self.embedding, self.encoder, self.head = nn.Embedding(V, d), Transformer(d, 4, dropout=0.1), nn.Linear(d, 2)
        angles = torch.arange(n)[:, None] / 10_000 ** (torch.arange(0, d, 2) / d)
        self.register_buffer("positions", torch.stack([angles.sin(), angles.cos()], 2).flatten(1))

    def forward(self, x):
        return self.head(self.encoder(math.sqrt(128) * self.embedding(x) + self.positions).mean(1))


class GPT(nn.Module):
    """A language model of four causal blocks. Definition 7.11"""

    def __init__(self, V=65, d=128, n=64):
        super().__init__()
        self.symbols, self.positions = nn.Embedding(V, d), nn.Parameter(0.02 * torch.randn(n, d))
        self.encoder, self.head = Transformer(d, 4, is_causal=True), nn.Linear(d, V)

    def forward(self, x):
        return self.head(self.encoder(self.symbols(x) + self.positions))


class VisionTransformer(nn.Module):
    """Exercise 7.4: 16 patches of 8×8 pixels and [CLS]. (7.12)"""

    def __init__(self, d=64):
        super().__init__()
        self.patches = nn.Conv2d(3, d, 8, 8)
        self.token = nn.Parameter(0.02 * torch.randn(1, 1, d))
        self.positions = nn.Parameter(0.02 * torch.randn(17, d))
        self.encoder, self.head = Transformer(d, 4), nn.Linear(d, 10)

    def forward(self, x):
        patches = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), patches], 1) + self.positions
        return self.head(self.encoder(x)[:, 0])
