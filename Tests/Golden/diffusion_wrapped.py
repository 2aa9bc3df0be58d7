"""Reference values of models around a network: python3 Tests/Golden/diffusion_wrapped.py writes diffusion_wrapped.json.

Needs PyTorch; what the scripts share is in recording.py, and the U-Net in diffusion_models.py. As there, t is that of the listing,
from 0 on. A class of -1 stands for no class.
"""
import torch
from torch import nn
from torch.nn import functional as F

from diffusion_models import UNet, adam, alpha_bar, applied, embedding, momentum, trained
from recording import Cases, of, spread, write


class ConditionalUNet(nn.Module):
    """Exercise 10.5.2: a vector for each class, and a last one for no class, added to the embedding of time."""

    def __init__(self, classes, width=8, d=16):
        super().__init__()
        self.network, self.classes = UNet(width=width, d=d), nn.Embedding(classes + 1, d)

    def forward(self, x, t, c):
        return self.network(x, t, self.classes(torch.where(c < 0, self.classes.num_embeddings - 1, c)))


def layers(*widths):
    return nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))


def chain(parts, x, f):
    for part in parts[:-1]:
        x = f(part(x))
    return parts[-1](x)


class TargetPredictor(nn.Module):
    """The noise from layers of SiLU that predict a target. § 10.2.2

    x_t = sqrt(abar) x0 + sqrt(1 - abar) eps and the definition of the target are two linear equations for x0 and eps.
    """

    def __init__(self, target, dimension=3, hidden=(6, 5), d=8):
        super().__init__()
        self.target, self.d, self.layers = target, d, layers(dimension + d, *hidden, dimension)

    def forward(self, x, t):
        y = chain(self.layers, torch.cat([x, embedding(t, self.d)], 1), F.silu)
        a, b = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()
        zero, one = torch.zeros_like(a), torch.ones_like(a)
        definition = {"noise": [zero, one], "data": [one, zero], "velocity": [-b, a]}[self.target]
        equations = torch.stack([torch.stack([a, b], 1), torch.stack(definition, 1)], 1)
        return torch.linalg.solve(equations, torch.stack([x, y], 1))[:, 1]


class LatentDiffusion(nn.Module):
    """§ 10.10: the encoder and decoder of Listing 9.8, and layers of SiLU that predict the noise in standardized codes."""

    def __init__(self, inputs=5, hidden=6, latent=3, widths=(7, 6)):
        super().__init__()
        self.encoder, self.mean = nn.Linear(inputs, hidden), nn.Linear(hidden, latent)
        self.logvar, self.decoder = nn.Linear(hidden, latent), layers(latent, hidden, inputs)
        self.predictor = layers(latent + 32, *widths, latent)

    def encode(self, x):
        return self.mean(F.relu(self.encoder(x)))

    def standardized_on(self, images):
        """Fixes the mean and the deviation of the codes by those of the training images."""
        self.deviation, self.shift = torch.std_mean(self.encode(images).detach(), 0, correction=0)
        return self

    def codes(self, x):
        return (self.encode(x) - self.shift) / self.deviation

    def images(self, z):
        return torch.sigmoid(chain(self.decoder, self.shift + self.deviation * z, F.relu))

    def forward(self, z, t):
        return chain(self.predictor, torch.cat([z, embedding(t, 32)], 1), F.silu)

    def loss(self, x, eps, t):
        share = alpha_bar[t][:, None]
        return F.mse_loss(self(share.sqrt() * self.codes(x) + (1 - share).sqrt() * eps, t), eps)


class Called(nn.Module):
    """A function of a model and of inputs as a module."""

    def __init__(self, model, f):
        super().__init__()
        self.model, self.f = model, f

    def forward(self, *inputs):
        return self.f(self.model, *inputs)


def called(model, f, *inputs):
    return applied(Called(model, f), *inputs)


def conditional():
    """The noise with classes, without any, and with classes of some images only."""
    t, classes = [0, 499, 999], [[2, 0, 2], [-1, -1, -1], [1, -1, 0]]

    def f(model, x):
        return tuple(model(x, torch.tensor(t), torch.tensor(c)) for c in classes)

    return *called(ConditionalUNet(3), f, of(3, 1, 8, 8)), [t, *classes]


def target_cases(cases):
    """From t = 20 on: before that, 1 - abar in single precision is off by up to 1e-4 of itself, here as in PyTorch."""
    t = [19, 299, 999]
    for target in ["noise", "data", "velocity"]:
        cases(f"TargetPredictor, {target}",
              *called(TargetPredictor(target), lambda m, x: m(x, torch.tensor(t)), of(3, 3, scale=2.0)), integers=[t])


def latent_cases(cases):
    training, t = spread(9, 5, offset=31) / 2 + 0.5, [0, 299, 999]

    def case(name, f, *inputs, integers=()):
        model = LatentDiffusion()
        cases(name, *called(model, lambda m, *x: f(m.standardized_on(training), *x), *inputs), integers=integers)

    case("LatentDiffusion, codes", lambda m, x: m.codes(x), of(3, 5, scale=0.5, shift=0.5))
    case("LatentDiffusion, images", lambda m, z: m.images(z), of(3, 3, scale=2.0))
    case("LatentDiffusion, loss", lambda m, x, eps: m.loss(x, eps, torch.tensor(t)),
         of(3, 5, scale=0.5, shift=0.5), of(3, 3, scale=1.7), integers=[t])


def trained_in_latent_space():
    """Ten steps of the predictor; the autoencoder stays as it is."""
    model = LatentDiffusion()
    for name, p in model.named_parameters():
        p.requires_grad_(name.startswith("predictor"))
    return trained(model, (4, 5), momentum, data=lambda x: model.standardized_on(x).codes(x))


if __name__ == "__main__":
    cases = Cases()
    *pass_, integers = conditional()
    cases("ConditionalUNet", *pass_, integers=integers)
    target_cases(cases)
    latent_cases(cases)
    classes = [[(step + 2 * n) % 4 - 1 for n in range(3)] for step in range(10)]
    trainings = {
        "ConditionalUNet": trained(ConditionalUNet(3), (3, 1, 8, 8), momentum, classes=classes),
        "TargetPredictor, data": trained(TargetPredictor("data"), (4, 3), momentum),
        "TargetPredictor, velocity": trained(TargetPredictor("velocity"), (4, 3), adam),
        "LatentDiffusion": trained_in_latent_space(),
    }
    write(__file__, cases, denoisers=trainings)
