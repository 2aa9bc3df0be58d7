"""Reference values of codebooks, of two levels of latent variables and of flows: run it to write vae_codes.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Formula, layer, of, write


def nearest(z, e):
    return torch.cdist(z, e).argmin(1)


def quantized(z, e):
    """z_q with the straight-through gradient, and the two terms of (9.25) of each vector."""
    z_q = e[nearest(z, e)]
    return (z + (z_q - z).detach(), (z.detach() - z_q).square().sum(1), (z - z_q.detach()).square().sum(1))


class Averaged(nn.Module):
    """A codebook of moving averages: running_mean has the sums, running_var the counts."""

    def __init__(self, codes, width, decay):
        super().__init__()
        self.decay = decay
        self.register_buffer("running_mean", torch.zeros(codes, width))
        self.register_buffer("running_var", torch.ones(codes))

    def forward(self, z):
        e = self.running_mean / self.running_var[:, None]
        chosen = F.one_hot(nearest(z, e), len(e)).to(z.dtype)
        output = quantized(z, e)[0]
        with torch.no_grad():
            self.running_mean.mul_(self.decay).add_((1 - self.decay) * chosen.T @ z)
            self.running_var.mul_(self.decay).add_((1 - self.decay) * chosen.sum(0))
        return output


def autoencoder(x, *p):
    """The terms of (9.25) for each image, by the layers' weights and biases in order."""
    h = F.relu(F.conv2d(x, p[0], p[1], stride=2, padding=1))
    h = F.relu(F.conv2d(h, p[2], p[3], stride=2, padding=1))
    z = F.conv2d(h, p[4], p[5])
    n, d, height, width = z.shape
    z_q, codebook, commitment = quantized(z.permute(0, 2, 3, 1).reshape(-1, d), p[6])
    y = F.relu(F.conv2d(z_q.reshape(n, height, width, d).permute(0, 3, 1, 2), p[7], p[8], padding=1))
    y = F.relu(F.conv_transpose2d(y, p[9], p[10], stride=2, padding=1))
    y = F.conv_transpose2d(y, p[11], p[12], stride=2, padding=1)
    return ((x - y).square().sum((1, 2, 3)), codebook.reshape(n, -1).sum(1), commitment.reshape(n, -1).sum(1))


def mlp(x, p, activation, last=lambda y: y):
    layers = [p[i:i + 2] for i in range(0, len(p), 2)]
    for i, (w, b) in enumerate(layers):
        x = F.linear(x, w, b)
        x = last(x) if i == len(layers) - 1 else activation(x)
    return x


def divergence(mean, logvar):
    return 0.5 * (logvar.exp() + mean.square() - 1 - logvar)


def hierarchical(x, e, *p):
    """The terms of the bound; p has the encoder, the upper head, the prior, the lower head and the decoder."""
    e2, e1 = e[:, :2], e[:, 2:]
    h = mlp(x, p[0:4], F.relu, F.relu)
    m2, v2 = F.linear(h, p[4], p[5]).chunk(2, 1)
    z2 = m2 + (0.5 * v2).exp() * e2
    mp, vp = mlp(z2, p[6:10], F.relu).chunk(2, 1)
    dm, dv = mlp(torch.cat([h, z2], 1), p[10:14], F.relu).chunk(2, 1)
    # The law of z1 as PyTorch has it: a mean, a deviation, and the divergence of two normals.
    q = torch.distributions.Normal(mp + (0.5 * vp).exp() * dm, (0.5 * (vp + dv)).exp())
    prior = torch.distributions.Normal(mp, (0.5 * vp).exp())
    z1 = q.mean + q.stddev * e1
    logits = mlp(torch.cat([z1, z2], 1), p[14:18], F.relu)
    reconstruction = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
    return reconstruction, torch.cat([divergence(m2, v2), torch.distributions.kl_divergence(q, prior)], 1)


def coupling(x, p, keeps_first, bound=2.0):
    middle = (x.shape[1] + 1) // 2
    first, last = x[:, :middle], x[:, middle:]
    a, b = (first, last) if keeps_first else (last, first)
    s, t = mlp(a, p, torch.tanh).chunk(2, 1)
    s = bound * torch.tanh(s)
    b = b * s.exp() + t
    return torch.cat([a, b] if keeps_first else [b, a], 1), s.sum(1)


def flow(x, p):
    total = 0
    for i, part in enumerate(p):
        x, s = coupling(x, part, i % 2 == 0)
        total = total + s
    return x, total


def shapes(*widths):
    return [s for n, m in zip(widths, widths[1:]) for s in ([m, n], [m])]


if __name__ == "__main__":
    case = Cases()
    case("Quantization", quantized, of(9, 3), of(5, 3))
    kernels = [of(3, 1, 4, 4, scale=0.5), of(3), of(6, 3, 4, 4, scale=0.3), of(6), of(4, 6, 1, 1), of(4), of(7, 4),
               of(6, 4, 3, 3, scale=0.4), of(6), of(6, 3, 4, 4, scale=0.3), of(3), of(3, 1, 4, 4, scale=0.5), of(1)]
    case("VectorQuantizedAutoencoder", autoencoder, of(2, 1, 8, 8), *kernels)
    case("HierarchicalAutoencoder", hierarchical, of(3, 8, scale=0.5, shift=0.5), of(3, 5),
         *[of(*s, scale=0.5) for s in shapes(8, 5, 5) + shapes(5, 4) + shapes(2, 5, 6) + shapes(7, 5, 6) + shapes(5, 5, 8)])
    case("AffineCoupling", lambda x, *p: coupling(x, p, True), of(4, 3), *shapes(2, 5, 2))
    case("AffineCoupling, the other half", lambda x, *p: coupling(x, p, False), of(4, 3), *shapes(1, 5, 4))
    case("CouplingFlow", lambda x, *p: flow(x, [p[0:4], p[4:8]]), of(4, 3), *shapes(2, 5, 2), *shapes(1, 5, 4))
    write(__file__, {
        **case,
        "VectorQuantizer": layer(Formula(lambda z, e: quantized(z, e)[0], vectors=(5, 3)), (9, 3)),
        "AveragedQuantizer": layer(Averaged(5, 3, 0.9), (9, 3)),
    })
