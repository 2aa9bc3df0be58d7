"""Reference values of the networks of Listing 8.7 and of two rounds of its training: run it to write gan_models.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Parts, filled, layer, made, of, record, records, write

LATENT, BATCH, ROUNDS = 100, 4, 2


def generator(latent=LATENT, features=64, channels=1):
    return nn.Sequential(
        nn.ConvTranspose2d(latent, features * 4, 4, 1, 0, bias=False), nn.BatchNorm2d(features * 4), nn.ReLU(),
        nn.ConvTranspose2d(features * 4, features * 2, 3, 2, 1, bias=False), nn.BatchNorm2d(features * 2), nn.ReLU(),
        nn.ConvTranspose2d(features * 2, features, 4, 2, 1, bias=False), nn.BatchNorm2d(features), nn.ReLU(),
        nn.ConvTranspose2d(features, channels, 4, 2, 1, bias=False), nn.Tanh())


def discriminator(features=64, channels=1, normalized=True, squashed=False):
    """With a sigmoid as printed, or up to its logit; a critic has no normalizations."""
    def norm(n):
        return [nn.BatchNorm2d(n)] if normalized else []

    return nn.Sequential(
        nn.Conv2d(channels, features, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        nn.Conv2d(features, features * 2, 4, 2, 1, bias=False), *norm(features * 2), nn.LeakyReLU(0.2),
        nn.Conv2d(features * 2, features * 4, 3, 2, 1, bias=False), *norm(features * 4), nn.LeakyReLU(0.2),
        nn.Conv2d(features * 4, 1, 4, 1, 0, bias=False), *([nn.Sigmoid()] if squashed else []), nn.Flatten())


def ordered(network):
    """The same network with its parts in the order in which Swift lists them: convolutions, then normalizations."""
    kinds = (nn.ConvTranspose2d, nn.Conv2d), (nn.BatchNorm2d,)
    lists = [[m for m in network if isinstance(m, kind)] for kind in kinds]
    return Parts(lambda self, x: network(x), convolutions=lists[0], norms=lists[1])


def statistics(network):
    return [b for m in network.norms for b in (m.running_mean, m.running_var)]


def seen(network):
    return {int(m.num_batches_tracked) for m in network.norms}.pop()


def rounds(channels=1, features=64):
    """Two rounds of the training loop of Listing 8.7, with its sigmoid, BCELoss and two Adams, in float64."""
    G, D = ordered(generator(features=features)), ordered(discriminator(features=features, squashed=True))
    fillings = {"generator": filled(G), "discriminator": filled(D)}
    criterion = nn.BCELoss()
    optimizers = [torch.optim.Adam(m.parameters(), lr=2e-4, betas=(0.5, 0.999)) for m in (G, D)]
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    inputs, played = [], []
    for t in range(ROUNDS):
        recipes = [of(BATCH, 1, 28, 28, offset=7000 + 311 * t), of(BATCH, LATENT, 1, 1, scale=1.7, offset=8000 + 173 * t),
                   of(BATCH, LATENT, 1, 1, scale=1.7, offset=9000 + 197 * t)]
        real, first, second = map(made, recipes)
        inputs += recipes

        fake = G(first).detach()
        loss_D = criterion(D(real), ones) + criterion(D(fake), zeros)
        optimizers[1].zero_grad()
        loss_D.backward()
        gradients_D = [p.grad.clone() for p in D.parameters()]
        optimizers[1].step()

        loss_G = criterion(D(G(second)), ones)
        optimizers[0].zero_grad()
        loss_G.backward()
        gradients_G = [p.grad.clone() for p in G.parameters()]
        optimizers[0].step()

        played.append({
            "losses": [loss_D.item(), loss_G.item()], "observations": [seen(G), seen(D)],
            **records(discriminatorGradients=gradients_D), **records(generatorGradients=gradients_G),
            **records(discriminator=list(D.parameters())), **records(generator=list(G.parameters())),
            "generatorStatistics": [record(b, 1) for b in statistics(G)],
            "discriminatorStatistics": [record(b, 1) for b in statistics(D)]})
    return {"inputs": inputs, **{f"{name}Filling": f for name, f in fillings.items()}, "rounds": played}


def bce(logits):
    """BCELoss behind a sigmoid for the target 1, and the loss on logits, in float32: values and slopes."""
    def slopes(loss):
        a = torch.tensor(logits, dtype=torch.float32, requires_grad=True)
        values = loss(a)
        values, total = values.detach(), values.sum()
        return [float(v) for v in values], [float(g) for g in torch.autograd.grad(total, a)[0]]

    one = torch.ones(len(logits), dtype=torch.float32)
    squashed = slopes(lambda a: F.binary_cross_entropy(torch.sigmoid(a), one, reduction="none"))
    onLogits = slopes(lambda a: F.binary_cross_entropy_with_logits(a, one, reduction="none"))
    return {"logits": logits, "squashedLosses": squashed[0], "squashedSlopes": squashed[1], "losses": onLogits[0],
            "slopes": onLogits[1]}


if __name__ == "__main__":
    passes = {
        "Generator": layer(ordered(generator()), (8, LATENT, 1, 1)),
        "Generator, evaluation": layer(ordered(generator()), (2, LATENT, 1, 1), training=False),
        "Generator, quarter width, 3 channels": layer(ordered(generator(features=16, channels=3)), (8, LATENT, 1, 1)),
        "Discriminator": layer(ordered(discriminator()), (3, 1, 28, 28)),
        "Discriminator, evaluation": layer(ordered(discriminator()), (2, 1, 28, 28), training=False),
        "Discriminator, quarter width, 3 channels": layer(ordered(discriminator(16, 3)), (3, 3, 28, 28)),
        "Discriminator, critic": layer(ordered(discriminator(normalized=False)), (2, 1, 28, 28)),
    }
    write(__file__, passes, games={"Listing 8.7": rounds()},
          losses={"squashedLoss": bce([10.0, 0.0, -10.0, -20.0, -27.0, -30.0, -40.0, -60.0, -90.0])})
