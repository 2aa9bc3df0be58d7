"""Reference values of chapter 10's networks: python3 Tests/Golden/diffusion_models.py writes diffusion_models.json.

Needs PyTorch; what the scripts share is in recording.py. The trainings get steps and noise from the record, so that both sides see
the same noisy images.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, filled, layer, made, of, records, write


def embedding(t, d):
    """SinusoidalTimeEmbedding of Listing 10.8a."""
    half = d // 2
    frequencies = torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
    angles = t[:, None].double() * frequencies[None, :]
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def interleaved(t, d):
    """(10.19)"""
    angles = t[:, None].double() / 10000 ** (torch.arange(0, d, 2) / d)[None, :]
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def group_norm(channels):
    """At most 8 groups, of at least two channels if there are two."""
    return nn.GroupNorm(min(8, max(1, channels // 2)), channels)


class Block(nn.Module):
    """ResBlock of Listing 10.8a with these groups; the parts stand in the order of TimeBlock."""

    def __init__(self, inputs, outputs, d):
        super().__init__()
        self.norm1 = group_norm(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(d, outputs)
        self.norm2 = group_norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time(F.silu(t))[:, :, None, None]
        return self.conv2(F.silu(self.norm2(h))) + self.skip(x)


class Attention(nn.Module):
    """Attention with 4 heads between the places of a map, behind group normalization and with a shortcut."""

    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm, self.heads = group_norm(channels), heads
        self.q, self.k, self.v, self.o = (nn.Linear(channels, channels) for _ in range(4))

    def forward(self, x):
        N, C, H, W = x.shape
        places = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (f(places).view(N, H * W, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(N, H * W, C)
        return x + self.o(y).transpose(1, 2).reshape(x.shape)


class UNet(nn.Module):
    """SimpleUNet of Listing 10.8a, with a stem and with attention if wanted; the parts stand in the order of UNet."""

    def __init__(self, channels=1, width=32, d=128, stem=True, attention=False):
        super().__init__()
        w, self.d = width, d
        self.time = nn.Linear(d, d)
        self.stem = nn.Conv2d(channels, w, 3, padding=1) if stem else nn.Identity()
        self.enc1, self.enc2 = Block(w if stem else channels, w, d), Block(w, 2 * w, d)
        self.bottom = Block(2 * w, 4 * w, d)
        self.attention = Attention(4 * w) if attention else nn.Identity()
        self.up2, self.dec2 = nn.ConvTranspose2d(4 * w, 2 * w, 2, stride=2), Block(4 * w, 2 * w, d)
        self.up1, self.dec1 = nn.ConvTranspose2d(2 * w, w, 2, stride=2), Block(2 * w, w, d)
        self.out = nn.Conv2d(w, channels, 1)

    def forward(self, x, t, label=0):
        """`label` is added to the embedding of time; Listing 10.8a has none."""
        t = F.silu(self.time(embedding(t, self.d) + label))
        e1 = self.enc1(self.stem(x), t)
        e2 = self.enc2(F.max_pool2d(e1, 2), t)
        b = self.attention(self.bottom(F.max_pool2d(e2, 2), t))
        d2 = self.dec2(torch.cat([self.up2(b), e2], 1), t)
        return self.out(self.dec1(torch.cat([self.up1(d2), e1], 1), t))


alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), dim=0)


def trained(model, shape, make, data=lambda x: x, classes=None):
    """Ten steps of Listing 10.8b with given t (from 0 to 999) and noise: first prediction, gradients, losses, the trained model.

    The data are made from numbers of this shape. A model that takes classes gets the given ones at each step.
    """
    filling = filled(model)
    x0 = data(made(of(*shape)))
    recipes = [of(*shape), of(*x0.shape, scale=1.7, offset=131)]
    noise, parameters = made(recipes[1]), [p for p in model.parameters() if p.requires_grad]
    optimizer, losses = make(parameters), []
    times = [[(37 + 211 * step + 389 * n) % 1000 for n in range(shape[0])] for step in range(10)]
    for step, t in enumerate(times):
        t = torch.tensor(t)
        eps = torch.roll(noise, step, dims=0)
        share = alpha_bar[t].reshape(-1, *[1] * (x0.ndim - 1))
        further = [] if classes is None else [torch.tensor(classes[step])]
        predicted = model(torch.sqrt(share) * x0 + torch.sqrt(1 - share) * eps, t, *further)
        loss = F.mse_loss(predicted, eps)
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            first, gradients = predicted.detach(), [p.grad.clone() for p in parameters]
        losses.append(loss.detach())
        optimizer.step()
    return {"inputs": recipes, "integers": times, **filling, **records(first=[first], gradients=gradients),
            **records(losses=[torch.stack(losses)]), **records(trained=parameters),
            **({"classes": classes} if classes else {})}


def applied(module, *inputs):
    """A module of several inputs as a function of these and of its parameters, with the recipes of all of them."""
    names = [name for name, _ in module.named_parameters()]

    def f(*tensors):
        return torch.func.functional_call(module, dict(zip(names, tensors[len(inputs):])), tensors[:len(inputs)])

    return f, *inputs, *(of(*p.shape, scale=0.5) for p in module.parameters())


def adam(parameters):
    return torch.optim.Adam(parameters, lr=2e-4, eps=1e-3)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=1e-4, momentum=0.9)


if __name__ == "__main__":
    cases = Cases()
    for name, f in {"timeEmbedding": embedding, "interleavedTimeEmbedding": interleaved}.items():
        cases(name, lambda x, f=f: x @ f(torch.tensor([0, 1, 37, 998]), 16), of(3, 4),
              integers=[[0, 1, 37, 998]])
    for name, size in {"TimeBlock": (8, 16), "TimeBlock, one channel": (1, 8), "TimeBlock, same channels": (16, 16)}.items():
        cases(name, *applied(Block(*size, 6), of(2, size[0], 4, 4), of(2, 6)))
    cases["MapAttention"] = layer(Attention(8), of(2, 8, 3, 5))
    trainings = {
        "UNet, Listing 10.8": trained(UNet(stem=False), (3, 1, 12, 12), momentum),
        "UNet, with a stem": trained(UNet(width=8, d=16), (4, 1, 8, 8), adam),
        "UNet, with attention, three channels": trained(UNet(3, 8, 16, attention=True), (4, 3, 8, 8), momentum),
    }
    write(__file__, cases, denoisers=trainings)
