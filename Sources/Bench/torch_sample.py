"""The rival of `bench sample`: the network of Listing 10.8 in PyTorch makes 64 images of 28×28.

usage: torch_sample.py ddim|ddpm …     prints  NAME<TAB>milliseconds of all steps  (50 of DDIM, 1,000 of DDPM)
"""
import math, os, sys, time
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
torch.set_num_threads(int(os.environ.get("DEEP_LEARNING_THREADS", os.cpu_count())))
IMAGES, T, D = 64, 1000, 128


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Sequential(
            nn.GroupNorm(min(8, inputs), inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1))
        self.time = nn.Sequential(nn.SiLU(), nn.Linear(D, outputs))
        self.conv2 = nn.Sequential(nn.GroupNorm(8, outputs), nn.SiLU(), nn.Conv2d(outputs, outputs, 3, padding=1))
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, t):
        return self.conv2(self.conv1(x) + self.time(t)[:, :, None, None]) + self.skip(x)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(D, D), nn.SiLU())
        self.enc1, self.enc2, self.bottom = Block(1, 32), Block(32, 64), Block(64, 128)
        self.up2, self.dec2 = nn.ConvTranspose2d(128, 64, 2, stride=2), Block(128, 64)
        self.up1, self.dec1 = nn.ConvTranspose2d(64, 32, 2, stride=2), Block(64, 32)
        self.out = nn.Conv2d(32, 1, 1)
        self.frequencies = torch.exp(torch.arange(D // 2) * -(math.log(10000) / (D // 2 - 1)))

    def forward(self, x, t):
        angles = t[:, None].float() * self.frequencies
        t = self.time(torch.cat([angles.sin(), angles.cos()], dim=-1))
        e1 = self.enc1(x, t)
        e2 = self.enc2(F.max_pool2d(e1, 2), t)
        b = self.bottom(F.max_pool2d(e2, 2), t)
        d2 = self.dec2(torch.cat([self.up2(b), e2], 1), t)
        return self.out(self.dec1(torch.cat([self.up1(d2), e1], 1), t))


beta = torch.linspace(1e-4, 0.02, T)
alpha = 1 - beta
alpha_bar = torch.cumprod(alpha, dim=0)


def ddpm(model, x):
    for t in reversed(range(T)):
        eps = model(x, torch.full((len(x),), t))
        x = (x - beta[t] / torch.sqrt(1 - alpha_bar[t]) * eps) / torch.sqrt(alpha[t])
        if t > 0:
            x = x + torch.sqrt(beta[t]) * torch.randn_like(x)
    return x


def ddim(model, x, steps=50):
    times = [T * k // steps - 1 for k in range(steps, 0, -1)] + [-1]
    for t, s in zip(times, times[1:]):
        share = alpha_bar[s] if s >= 0 else torch.tensor(1.0)
        eps = model(x, torch.full((len(x),), t))
        x0 = (x - torch.sqrt(1 - alpha_bar[t]) * eps) / torch.sqrt(alpha_bar[t])
        x = torch.sqrt(share) * x0 + torch.sqrt(1 - share) * eps
    return x


if __name__ == "__main__":
    model = UNet().eval()
    with torch.inference_mode():
        for name in sys.argv[1:] or ["ddim", "ddpm"]:
            noise = torch.randn(IMAGES, 1, 28, 28)
            model(noise, torch.zeros(IMAGES))
            start = time.perf_counter()
            {"ddim": ddim, "ddpm": ddpm}[name](model, noise)
            print(f"{name}\t{1e3 * (time.perf_counter() - start):.3f}", flush=True)
