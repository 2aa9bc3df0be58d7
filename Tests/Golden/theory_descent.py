"""Reference values of § 11.4 and Listing 11.10: python3 Tests/Golden/theory_descent.py writes theory_descent.json.

Needs PyTorch and scikit-learn; what the scripts share is in recording.py.
"""
import numpy as np
import sklearn
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from recording import Formula, layer, made, of, record, write

# Listing 11.10, and the two other ways to draw the vertices of a cube.
SETTINGS = {
    "Listing 11.10": dict(n_samples=200, n_features=20, n_informative=10, n_redundant=2, random_state=42),
    "a permutation of the vertices": dict(n_samples=51, n_features=9, n_informative=5, n_redundant=2, random_state=7),
    "all vertices": dict(n_samples=30, n_features=6, n_informative=2, n_redundant=1, random_state=3),
}


def data(settings):
    """All labels, rows 0, 17 and the last in full, the record of all numbers, and the labels of both parts of the split."""
    X, y = make_classification(**settings)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=42)
    return {
        "labels": y.tolist(), "rows": X[[0, 17, -1]].tolist(), "all": record(torch.tensor(X), 1.0),
        "trainLabels": y_train.tolist(), "testLabels": y_test.tolist(),
        "train": record(torch.tensor(X_train), 1.0), "test": record(torch.tensor(X_test), 1.0),
    }


def solutions():
    """X+ y by singular values, and the widest margin of a support vector machine without bias."""
    X, y = made(of(6, 15)).numpy(), made(of(6, offset=131)).numpy()
    points = made(of(12, 3, offset=40)).numpy()
    signs = np.where(points @ np.array([0.6, -0.5, 0.4]) > 0, 1.0, -1.0)
    # Every example with its mirror image: then the best bias is 0.
    machine = SVC(kernel="linear", C=1e10, tol=1e-12).fit(np.vstack([points, -points]), np.concatenate([signs, -signs]))
    return {
        "pseudoinverse": record(torch.tensor(np.linalg.pinv(X) @ y), 1.0),
        "signs": signs.tolist(), "widestMargin": machine.coef_[0].tolist(),
    }


if __name__ == "__main__":
    network = layer(Formula(lambda x, u, v: x @ (u**2 - v**2), u=(5,), v=(5,)), of(4, 5))
    write(__file__, {"DiagonalNetwork": network}, packages=(torch, np, sklearn),
          data={name: data(s) for name, s in SETTINGS.items()}, solutions={"solutions": solutions()})
