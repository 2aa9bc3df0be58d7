"""The image models of torch_steps.py in PyTorch, with the layers of the Swift models."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def convolutions(*layers):
    """3×3 convolutions from i to o channels with stride s, each with batch normalization and ReLU."""
    parts = [(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True)) for i, o, s in layers]
    return [layer for part in parts for layer in part]


def channels_last(*values):
    """Models and images in the order of memory in which PyTorch's convolutions are fastest on a CPU."""
    return [value.to(memory_format=torch.channels_last) for value in values]


def dense(sizes, activation=nn.ReLU):
    """Linear layers with activation functions between them."""
    layers = [layer for i, o in zip(sizes, sizes[1:]) for layer in (nn.Linear(i, o), activation())]
    return nn.Sequential(*layers[:-1])


class Regularized(nn.Sequential):
    """Listing 3.10 with dropout 0.3."""

    def __init__(self):
        layers = []
        for inputs in [784, 256]:
            layers += [nn.Linear(inputs, 256), nn.BatchNorm1d(256), nn.ReLU(inplace=True), nn.Dropout(0.3)]
        super().__init__(*layers, nn.Linear(256, 10))


class LeNet(nn.Sequential):
    """LeNet-5 with ReLU and maximum pooling."""

    def __init__(self):
        pooled = lambda i, o, padding: [nn.Conv2d(i, o, 5, padding=padding), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        super().__init__(*pooled(1, 6, 2), *pooled(6, 16, 0), nn.Flatten(), dense([400, 120, 84, 10]))


class Cifar(nn.Sequential):
    """Listing 4.6."""

    def __init__(self):
        layers = []
        for i, o in [(3, 64), (64, 128), (128, 256)]:
            for inputs in [i, o]:
                layers += [nn.Conv2d(inputs, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True)]
            layers += [nn.MaxPool2d(2), nn.Dropout2d(0.25)]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 128), nn.ReLU(inplace=True),
                         nn.Dropout(0.5), nn.Linear(128, 10))


class Residual(nn.Module):
    """Exercise 4.2: two convolutions and a shortcut, which is projected where the shapes change."""

    def __init__(self, inputs, outputs):
        super().__init__()
        stride = 1 if inputs == outputs else 2
        self.body = nn.Sequential(*convolutions((inputs, outputs, stride), (outputs, outputs, 1))[:-1])
        self.shortcut = nn.Identity() if stride == 1 else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x), inplace=True)


class ResNet8(nn.Sequential):
    """Exercise 4.2: eight layers."""

    def __init__(self):
        super().__init__(*convolutions((3, 16, 1)), Residual(16, 16), Residual(16, 32), Residual(32, 64),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Separable(nn.Sequential):
    """Depthwise and pointwise convolutions."""

    def __init__(self):
        layers = []
        for i, o in [(3, 64), (64, 128), (128, 256)]:
            layers += [nn.Conv2d(i, i, 3, padding=1, groups=i), nn.Conv2d(i, o, 1), nn.BatchNorm2d(o),
                       nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


class VAE(nn.Module):
    """Listing 9.8."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 512), nn.ReLU())
        self.mean, self.log_variance = nn.Linear(512, 20), nn.Linear(512, 20)
        self.decoder = nn.Sequential(nn.Linear(20, 512), nn.ReLU(), nn.Linear(512, 784))

    def loss(self, x):
        h = self.encoder(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        logits = self.decoder(mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean))
        error = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return error - 0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum()


class VectorQuantizedVAE(nn.Module):
    """Exercise 9.5: 512 codes of 64 numbers on 7×7 places. Definition 9.8"""

    def __init__(self, width=64, codes=512, d=64):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, width, 4, 2, 1), nn.ReLU(), nn.Conv2d(width, 2 * width, 4, 2, 1), nn.ReLU(),
            nn.Conv2d(2 * width, d, 1))
        self.codes = nn.Parameter(torch.empty(codes, d).uniform_(-1 / codes, 1 / codes))
        self.decoder = nn.Sequential(
            nn.Conv2d(d, 2 * width, 3, padding=1), nn.ReLU(), nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(width, 1, 4, 2, 1))

    @torch.no_grad()
    def restart(self, x):
        """Sets the codes to encoded places of these images, drawn at random."""
        z = self.encoder(x).permute(0, 2, 3, 1).flatten(0, 2)
        self.codes.copy_(z[torch.randperm(len(z))[:len(self.codes)]])

    def loss(self, x):
        maps = self.encoder(x).permute(0, 2, 3, 1)
        z = maps.flatten(0, 2)
        with torch.no_grad():
            nearest = torch.addmm(self.codes.square().sum(1), z, self.codes.T, alpha=-2).argmin(1)
        q = F.embedding(nearest, self.codes)
        through = (z + (q - z).detach()).view(maps.shape).permute(0, 3, 1, 2)
        error = F.mse_loss(self.decoder(through), x, reduction="sum")
        pull = F.mse_loss(q, z.detach(), reduction="sum") + 0.25 * F.mse_loss(z, q.detach(), reduction="sum")
        return (error + pull) / len(x)


def generator():
    """Listing 8.7: from 100 numbers to 28×28 pixels."""
    layers = []
    for i, o, kernel, stride, padding in [(100, 256, 4, 1, 0), (256, 128, 3, 2, 1), (128, 64, 4, 2, 1)]:
        layers += [nn.ConvTranspose2d(i, o, kernel, stride, padding, bias=False), nn.BatchNorm2d(o),
                   nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 1, 4, 2, 1, bias=False), nn.Tanh()).apply(start)


def discriminator():
    """Listing 8.7 without its sigmoid: from 28×28 pixels to a logit."""
    layers = [nn.Conv2d(1, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    for i, o, kernel in [(64, 128, 4), (128, 256, 3)]:
        layers += [nn.Conv2d(i, o, kernel, 2, 1, bias=False), nn.BatchNorm2d(o), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(256, 1, 4, bias=False), nn.Flatten()).apply(start)


def start(layer):
    """`weights_init` of Listing 8.7."""
    if hasattr(layer, "weight"):
        nn.init.normal_(layer.weight, 1.0 if isinstance(layer, nn.BatchNorm2d) else 0.0, 0.02)


class GridDetector(nn.Module):
    """§ 12.1.1: nine numbers for each of 4×4 cells of an image of 32×32 pixels."""

    def __init__(self):
        super().__init__()
        levels = [convolutions((i, o, 1)) for i, o in [(3, 16), (16, 32), (32, 64), (64, 64)]]
        pooled = [layer for level in levels[1:] for layer in [nn.MaxPool2d(2), *level]]
        self.layers = nn.Sequential(*levels[0], *pooled, nn.Conv2d(64, 9, 1))

    def forward(self, x):
        return self.layers(x).permute(0, 2, 3, 1).reshape(-1, 9)
