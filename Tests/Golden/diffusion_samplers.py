"""Reference values of § 10.6 and § 10.7: python3 Tests/Golden/diffusion_samplers.py writes diffusion_samplers.json.

Needs PyTorch; what the scripts share is in recording.py. The samplers are written in other forms than in the chapter: DDPM by the
mean of the posterior (10.11), and Heun's method in the variables x/sqrt(abar) and sqrt((1 - abar)/abar) of Exercise 10.3.
"""
import torch

from recording import Cases, of, write

T = 12
beta = torch.cat([torch.zeros(1), torch.linspace(0.01, 0.4, T)])
alpha = 1 - beta
abar = torch.cumprod(alpha, 0)
ratio = ((1 - abar) / abar).sqrt()


def network(x, w, b, t):
    """A network of one layer that knows the time."""
    return torch.tanh(x @ w + t / T * b)


def ancestral(variance):
    def sample(x, w, b, z):
        for t in range(T, 0, -1):
            x0 = (x - (1 - abar[t]).sqrt() * network(x, w, b, t)) / abar[t].sqrt()
            mean = abar[t - 1].sqrt() * beta[t] / (1 - abar[t]) * x0 + alpha[t].sqrt() * (1 - abar[t - 1]) / (1 - abar[t]) * x
            x = mean + variance(t) ** 0.5 * z[t - 1] if t > 1 else mean
        return x
    return sample


def posterior(t):
    return (1 - abar[t - 1]) / (1 - abar[t]) * beta[t]


def implicit(times, eta):
    def sample(x, w, b, z):
        for t, s in zip(times, times[1:] + [0]):
            e = network(x, w, b, t)
            x0 = (x - (1 - abar[t]).sqrt() * e) / abar[t].sqrt()
            sigma = eta * ((1 - abar[s]) / (1 - abar[t])).sqrt() * (1 - abar[t] / abar[s]).sqrt()
            x = abar[s].sqrt() * x0 + (1 - abar[s] - sigma**2).sqrt() * e + sigma * z[s]
        return x
    return sample


def heun(times):
    def sample(x, w, b):
        y = x / abar[times[0]].sqrt()
        for t, s in zip(times, times[1:] + [0]):
            h = ratio[s] - ratio[t]
            e = network(abar[t].sqrt() * y, w, b, t)
            if s > 0:
                e = (e + network(abar[s].sqrt() * (y + h * e), w, b, s)) / 2
            y = y + h * e
        return y
    return sample


def encoded(times):
    def encode(y, w, b):
        for s, t in zip([0] + times[::-1], times[::-1]):
            y = y + (ratio[t] - ratio[s]) * network(abar[s].sqrt() * y, w, b, max(s, 1))
        return abar[times[0]].sqrt() * y
    return encode


def guided(x, c, u):
    """(10.24): the score without a class, and 1 + w times the score of the classifier. w = 1.5."""
    scores = [-e / (1 - abar[4]).sqrt() for e in (c, u)]
    return -(1 - abar[4]).sqrt() * (scores[1] + 2.5 * (scores[0] - scores[1])) + 0 * x


def samplers():
    x, w, b, z = of(4, 3, scale=2.0), of(3, 3), of(3), of(T, 4, 3, scale=2.0)
    cases = Cases()
    cases("Sampler, DDPM", ancestral(lambda t: beta[t]), x, w, b, z)
    cases("Sampler, DDPM with posterior variance", ancestral(posterior), x, w, b, z)
    cases("Sampler, DDPM with other variances", ancestral(lambda t: 0.3 * beta[t]), x, w, b, z)
    cases("Sampler, DDIM", implicit([12, 9, 6, 3], 0.0), x, w, b, z)
    cases("Sampler, DDIM with noise", implicit([12, 7, 6, 2, 1], 0.7), x, w, b, z)
    cases("Sampler, Heun", heun([12, 9, 6, 3]), x, w, b)
    cases("Sampler, encoded", encoded([12, 9, 6, 3]), x, w, b)
    cases("GuidedPredictor", guided, x, (4, 3), (4, 3))
    return cases


if __name__ == "__main__":
    write(__file__, samplers())
