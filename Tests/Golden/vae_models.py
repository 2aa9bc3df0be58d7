"""Reference values of chapter 9's models: python3 Tests/Golden/vae_models.py writes vae_models.json.

Needs PyTorch; what the scripts share is in recording.py. A training by the bound gets its noise from the recipe, so that both
sides take the same samples.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Formula, Parts, filled, layer, made, of, optimized, record, records, running, write


def vae(inputs, hidden, d):
    """Listing 9.8, with any number of hidden layers."""
    widths = [inputs] + hidden

    def encode(self, x):
        h = x.flatten(1)
        for part in self.encoder:
            h = F.relu(part(h))
        return self.mean(h), self.logvar(h)

    def decode(self, z):
        h = z
        for part in self.decoder[:-1]:
            h = F.relu(part(h))
        return self.decoder[-1](h)

    parts = Parts(None, encoder=[nn.Linear(a, b) for a, b in zip(widths, widths[1:])], mean=nn.Linear(hidden[-1], d),
                  logvar=nn.Linear(hidden[-1], d),
                  decoder=[nn.Linear(a, b) for a, b in zip([d] + widths[:0:-1], widths[::-1])])
    parts.encode, parts.logits = lambda x: encode(parts, x), lambda x, z: decode(parts, z)
    return parts


def convolutional(maps, d):
    """Exercise 9.3: kernels of 3, stride 2, padding 1, output padding 0, 1, 1."""
    widths = [1] + maps

    def encode(self, x):
        h = x
        for part, norm in zip(self.convolutions, self.encoder_norms):
            h = F.relu(norm(part(h)))
        return self.mean(h.flatten(1)), self.logvar(h.flatten(1))

    def decode(self, z):
        h = self.start(z).unflatten(1, (maps[2], 4, 4))
        for norm, part in zip(self.decoder_norms, self.expansions):
            h = part(F.relu(norm(h)))
        return h

    parts = Parts(None, convolutions=[nn.Conv2d(a, b, 3, 2, 1, bias=False) for a, b in zip(widths, widths[1:])],
                  encoder_norms=[nn.BatchNorm2d(f) for f in maps], mean=nn.Linear(16 * maps[2], d),
                  logvar=nn.Linear(16 * maps[2], d), start=nn.Linear(d, 16 * maps[2], bias=False),
                  decoder_norms=[nn.BatchNorm2d(f) for f in maps[::-1]],
                  expansions=[nn.ConvTranspose2d(widths[3 - i], widths[2 - i], 3, 2, 1, output_padding=min(i, 1), bias=i == 2)
                              for i in range(3)])
    parts.encode, parts.logits = lambda x: encode(parts, x), lambda x, z: decode(parts, z)
    return parts


def autoregressive(pixels, hidden, d):
    """Masks as in Germain et al. (2015): unit h reads the first h mod D pixels, pixel i the units with h mod D <= i."""
    order = torch.arange(hidden) % pixels
    reads = (torch.arange(pixels)[None] < order[:, None]).double()

    def encode(self, x):
        h = F.relu(self.encoder(x))
        return self.mean(h), self.logvar(h)

    def logits(self, x, z):
        h = F.linear(x, self.pixels.weight * reads, self.pixels.bias) + self.latent(z)
        return (F.linear(F.relu(h), self.output.weight * (1 - reads.T), self.output.bias)
                + F.linear(x, self.direct.weight.tril(-1)))

    parts = Parts(None, encoder=nn.Linear(pixels, hidden), mean=nn.Linear(hidden, d), logvar=nn.Linear(hidden, d),
                  pixels=nn.Linear(pixels, hidden), latent=nn.Linear(d, hidden, bias=False), output=nn.Linear(hidden, pixels),
                  direct=nn.Linear(pixels, pixels, bias=False))
    parts.encode, parts.logits = lambda x: encode(parts, x), lambda x, z: logits(parts, x, z)
    return parts


def terms(model, x, eps):
    """BCE on logits, summed over pixels, and the closed-form KL, both for each example."""
    mu, logvar = model.encode(x)
    logits = model.logits(x, mu + torch.exp(0.5 * logvar) * eps)
    bce = F.binary_cross_entropy_with_logits(logits.flatten(1), x.flatten(1), reduction="none").sum(1)
    return bce, -0.5 * (1 + logvar - mu.pow(2) - logvar.exp())


def trained(model, x, eps, make, beta=1.0, bits=0.0):
    """Ten steps by the bound: the first terms and gradients, all losses, the trained model, and its terms in evaluation."""
    filling, recipes = filled(model), [x, eps | {"offset": 131}]
    x, eps = made(x), made(recipes[1])
    optimizer, losses = make(model.parameters()), []
    for step in range(10):
        optimizer.zero_grad()
        bce, kl = terms(model, x, eps)
        loss = bce.mean() + beta * torch.clamp(kl.mean(0), min=bits).sum()
        loss.backward()
        if step == 0:
            first, gradients = [bce.detach(), kl.detach()], [p.grad.clone() for p in model.parameters()]
        losses.append(loss.detach())
        optimizer.step()
    observed = running(model)
    model.eval()
    return {"inputs": recipes, "weight": beta, "bits": bits, **filling, **records(first=first, gradients=gradients),
            **records(losses=[torch.stack(losses)]), **records(trained=list(model.parameters())),
            **(records(observed=observed) if observed else {"observed": []}),
            **records(evaluated=[t.detach() for t in terms(model, x, eps)])}


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=1e-3, momentum=0.9)


def images(*shape):
    return of(*shape, scale=0.5, shift=0.5)


def trainings():
    noise = lambda n, d: of(n, d, scale=2.0)
    return {
        "VariationalAutoencoder, Listing 9.8": trained(vae(784, [512], 20), images(16, 784), noise(16, 20), adam),
        "VariationalAutoencoder, two hidden layers": trained(
            vae(36, [12, 9], 4), images(5, 1, 6, 6), noise(5, 4), adam, beta=4.0),
        "VariationalAutoencoder, free bits": trained(vae(36, [12], 4), images(5, 36), noise(5, 4), momentum, bits=0.9),
        "ConvolutionalVAE": trained(convolutional([3, 4, 5], 2), images(4, 1, 28, 28), noise(4, 2), momentum),
        "AutoregressiveVAE": trained(autoregressive(9, 20, 3), images(6, 9), noise(6, 3), adam),
    }


if __name__ == "__main__":
    cases = Cases()
    cases("greyLevelEntropies", lambda x: (torch.special.entr(x) + torch.special.entr(1 - x)).sum(1),
          of(3, 7, scale=0.45, shift=0.5))
    autoencoder = Parts(lambda self, x: torch.sigmoid(self.c(F.relu(self.b(self.a2(F.relu(self.a(x))))))),
                        a=nn.Linear(6, 5), a2=nn.Linear(5, 2), b=nn.Linear(2, 5), c=nn.Linear(5, 6))
    cases["Autoencoder"] = layer(autoencoder, of(3, 6, scale=0.5, shift=0.5))
    annealed = optimized(lambda p: torch.optim.SGD(p, lr=1.0),
                         schedule=lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: min(1, (t + 1) / 7)))
    write(__file__, cases, {"annealedWeight": annealed}, evidence=trainings())
