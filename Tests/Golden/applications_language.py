"""Reference values of chapter 12's losses and layers for language and small models:
python3 Tests/Golden/applications_language.py writes applications_language.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch.nn import functional as F

from recording import Cases, of, write


def soft_targets(z, v, T=3.0):
    return T * T * F.kl_div(F.log_softmax(z / T, 1), F.log_softmax(v.detach() / T, 1), log_target=True,
                            reduction="batchmean")


def triplets(a, b, c):
    return F.triplet_margin_loss(a, b, c, margin=1.0, eps=0.0)


def spans(start, end, starts, ends):
    return (F.cross_entropy(start, torch.tensor(starts)) + F.cross_entropy(end, torch.tensor(ends))) / 2


if __name__ == "__main__":
    case = Cases()
    case("softTargetLoss", soft_targets, of(4, 5, scale=3.0), of(4, 5, scale=2.0))
    case("tripletLoss", triplets, of(6, 3), of(6, 3), of(6, 3))
    starts, ends = [1, 0, 3], [2, 4, 3]
    case("spanLoss", lambda s, e: spans(s, e, starts, ends), of(3, 5, scale=2.0), of(3, 5, scale=2.0),
         integers=[starts, ends])
    W, b, x = of(4, 6), of(4), of(3, 6)
    case("LowRankLinear", lambda x, W, b, A, B: F.linear(x, W, b) + 4.0 / 2 * x @ A.T @ B.T,
         x, W, b, of(2, 6), of(4, 2))
    case("LowRankMLP",
         lambda x, W1, b1, A1, B1, W2, b2, A2, B2: F.linear(
             F.relu(F.linear(x, W1 + B1 @ A1, b1)), W2 + B2 @ A2, b2),
         of(3, 6), of(5, 6), of(5), of(2, 6), of(5, 2), of(4, 5), of(4), of(2, 5), of(4, 2))
    write(__file__, case)
