"""Reference values of § 8.8, the judge and the measures of samples: python3 Tests/Golden/gan_quality.py writes gan_quality.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Parts, layer, of, trained, write


def judge(side, classes):
    def forward(self, x):
        for convolution in self.convolutions:
            x = F.max_pool2d(F.relu(convolution(x)), 2)
        return self.head(F.relu(self.hidden(x.flatten(1))))

    return Parts(forward, convolutions=[nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)],
                 hidden=nn.Linear(32 * (side // 4) ** 2, 64), head=nn.Linear(64, classes))


def frechet(real, generated):
    """The distance with the eigenvalues of the product itself, which is not symmetric."""
    a, b = torch.cov(real.T), torch.cov(generated.T)
    root = torch.linalg.eigvals(a @ b).sqrt().sum().real
    return ((real.mean(0) - generated.mean(0)) ** 2).sum() + a.trace() + b.trace() - 2 * root


def score(logits):
    p = F.softmax(logits, 1)
    return (p * (p.log() - p.mean(0).log())).sum(1).mean().exp()


def label_entropy(logits):
    shares = F.one_hot(logits.argmax(1), logits.shape[1]).double().mean(0)
    return torch.distributions.Categorical(probs=shares).entropy()


def label_divergence(logits):
    K = logits.shape[1]
    shares = F.one_hot(logits.argmax(1), K).double().mean(0)
    uniform = torch.distributions.Categorical(probs=torch.full((K,), 1 / K))
    return torch.distributions.kl_divergence(torch.distributions.Categorical(probs=shares), uniform)


def neighbours(real, generated, k=3):
    """Density, coverage, precision and recall, by all distances."""
    def radii(x):
        return torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").kthvalue(k + 1, 1).values

    distances = torch.cdist(real, generated, compute_mode="donot_use_mm_for_euclid_dist")
    inside = (distances <= radii(real)[:, None]).double()
    recall = (distances <= radii(generated)).double().amax(1).mean()
    return torch.stack([inside.sum() / (k * len(generated)), inside.amax(1).mean(), inside.amax(0).mean(), recall])


def undifferentiated(f):
    return lambda *x: f(*(t.detach() for t in x))


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


if __name__ == "__main__":
    cases = Cases()
    cases("frechetDistance", undifferentiated(frechet), (40, 6), of(30, 6, scale=2, shift=0.3))
    cases("inceptionScore", undifferentiated(score), of(12, 5, scale=3))
    cases("labelEntropy", undifferentiated(label_entropy), of(12, 5, scale=3))
    cases("labelDivergence", undifferentiated(label_divergence), of(12, 5, scale=3))
    cases("NeighbourMeasures", undifferentiated(neighbours), (40, 2), of(30, 2, scale=0.8, shift=0.4))
    write(__file__, {"ImageJudge": layer(judge(12, 4), of(3, 1, 12, 12, scale=0.5, shift=0.5)), **cases}, trainings={
        "ImageJudge, momentum": trained(judge(8, 3), [of(4, 1, 8, 8, scale=0.5, shift=0.5)], [2, 0, 1, 1], momentum),
    })
