"""Reference values of § 11.2 and § 11.3: python3 Tests/Golden/theory_bounds.py writes theory_bounds.json.

Needs NumPy and PyTorch. The labellings by linear classifiers are found from the classifiers, at the corners of the cells of the
points' hyperplanes, and the supremum of § 11.3 by ascent; what the scripts share is in recording.py.
"""
import itertools
import math

import numpy as np
import torch

from recording import rounded, spread, write


def placed(count, dimensions, offset=0):
    """Points in general position: spread's numbers, and their products with later ones."""
    flat = spread(count * dimensions, offset=offset)
    return torch.sin(37 * flat).reshape(count, dimensions).numpy()


def realized(points, has_bias):
    """The labellings, as bits, of all classifiers near those that are 0 at k - 1 independent points.

    Every cell of the hyperplanes w.x_i = 0 in the space of w has such a corner, and lies beside it by the signs at these points.
    """
    rows = np.hstack([points, np.ones((len(points), 1))]) if has_bias else points
    k, found = rows.shape[1], set()
    for chosen in itertools.combinations(range(len(rows)), k - 1):
        if np.linalg.matrix_rank(rows[list(chosen)], tol=1e-9) < k - 1:
            continue
        corner = np.linalg.svd(rows[list(chosen)])[2][-1]
        for signs in itertools.product((-1.0, 1.0), repeat=k - 1):
            aside = np.linalg.pinv(rows[list(chosen)]) @ np.array(signs)
            for w in (corner + 1e-6 * aside, -corner + 1e-6 * aside):
                outputs = rows @ w
                if np.abs(outputs).min() > 1e-9:
                    found.add(sum(1 << i for i, y in enumerate(outputs) if y > 0))
    return sorted(found)


def dichotomies(points, has_bias=True):
    return {"points": [[float(v) for v in row] for row in points], "hasBias": has_bias, "patterns": realized(points, has_bias)}


on_a_line = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, 1.0], [0.3, 2.0], [1.7, -1.0], [1.0, 1.5]])

dichotomy_cases = {
    "dichotomies, seven points of the plane": dichotomies(placed(7, 2)),
    "dichotomies, seven points of the plane without a bias": dichotomies(placed(7, 2, offset=40), has_bias=False),
    "dichotomies, six points of space": dichotomies(placed(6, 3, offset=90)),
    "dichotomies, eight points of space without a bias": dichotomies(placed(8, 3, offset=140), has_bias=False),
    "dichotomies, six points with three of them on a line": dichotomies(on_a_line),
    "dichotomies, five points of a line": dichotomies(placed(5, 1, offset=300)),
}


def spectral_witness():
    """A network of spectral norm 1 for given signs, by NumPy's eigenvectors, and its correlation by running it in PyTorch."""
    x = placed(60, 5, offset=500)
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    signs = np.where(np.sin(1.7 * np.arange(60)) > 0, 1.0, -1.0)
    _, vectors = np.linalg.eigh((signs[:, None] * x).T @ x / 60)
    # The sign of an eigenvector is free: the one with the larger correlation is taken.
    correlations = [signs @ np.maximum(s * x @ vectors, 0) for s in (1, -1)]
    vectors = vectors * np.where(np.abs(correlations[0]) >= np.abs(correlations[1]), 1, -1)
    layer = torch.nn.Linear(5, 5, bias=False)
    layer.weight.data = torch.tensor(vectors.T.copy())
    hidden = torch.relu(layer(torch.tensor(x)))
    a = torch.nn.functional.normalize(torch.tensor(signs) @ hidden, dim=0)
    return {"x": [[float(v) for v in row] for row in x], "signs": [float(s) for s in signs],
            "correlation": rounded((torch.tensor(signs) @ (hidden @ a) / 60).item())}


def ball():
    """E sup over ||w|| <= 1.5, with the supremum found by projected ascent over all 2^6 signs."""
    x = torch.tensor(placed(6, 3, offset=700))
    total = 0.0
    for signs in itertools.product((-1.0, 1.0), repeat=6):
        w = torch.zeros(3)
        slope = torch.tensor(signs) @ x / 6
        for _ in range(200):
            w = w + slope
            w = w * min(1.0, 1.5 / w.norm().item())
        total += (w @ slope).item()
    return {"x": [[float(v) for v in row] for row in x.numpy()], "radius": 1.5, "complexity": rounded(total / 64)}


if __name__ == "__main__":
    write(__file__, packages=(torch, np), dichotomies=dichotomy_cases,
          others={"SpectralWitness": spectral_witness()}, balls={"LinearBall": ball()})
