"""The rival of `bench generate`: GPT-2 small in PyTorch writes with a cache of keys and values.

usage: torch_generate.py TEXTS …     prints  TEXTS<TAB>milliseconds of a step  (the median of 64)
"""
import os, statistics, sys, time
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
torch.set_num_threads(int(os.environ.get("DEEP_LEARNING_THREADS", os.cpu_count())))
V, T, D, H, L = 50257, 1024, 768, 12, 12


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)  # one product for queries, keys and values
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x, keys, values, start):
        N, m, _ = x.shape
        q, k, v = (t.view(N, m, H, D // H).transpose(1, 2) for t in self.qkv(self.n1(x)).split(D, dim=2))
        keys[:, :, start:start + m], values[:, :, start:start + m] = k, v
        y = F.scaled_dot_product_attention(q, keys[:, :, :start + m], values[:, :, :start + m], is_causal=m > 1)
        x = x + self.out(y.transpose(1, 2).reshape(N, m, D))
        return x + self.down(F.gelu(self.up(self.n2(x))))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(V, D), nn.Embedding(T, D)
        self.blocks, self.norm = nn.ModuleList(Block() for _ in range(L)), nn.LayerNorm(D)

    def forward(self, symbols, cache, start):
        x = self.tokens(symbols) + self.positions(torch.arange(start, start + symbols.shape[1]))
        for block, (keys, values) in zip(self.blocks, cache):
            x = block(x, keys, values, start)
        return F.linear(self.norm(x[:, -1]), self.tokens.weight)


class Generation:
    """Texts behind the same prompt of 512 symbols, with their cache."""

    @torch.inference_mode()
    def __init__(self, model, texts):
        room = lambda: torch.zeros(texts, H, T, D // H)
        self.model, self.cache, self.position = model, [(room(), room()) for _ in range(L)], 512
        prompt = torch.tensor([[97 * i % V for i in range(512)]] * texts)
        self.symbols = model(prompt, self.cache, 0).argmax(-1, keepdim=True)

    @torch.inference_mode()
    def write(self):
        self.symbols = self.model(self.symbols, self.cache, self.position).argmax(-1, keepdim=True)
        self.position += 1


def step(model, texts):
    generation, times = Generation(model, texts), []
    for _ in range(66):
        start = time.perf_counter()
        generation.write()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times[2:])


if __name__ == "__main__":
    model = GPT().eval()
    for texts in sys.argv[1:] or ["1", "4"]:
        print(f"{texts}\t{step(model, int(texts)):.3f}", flush=True)
