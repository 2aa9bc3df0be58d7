"""Reference values of Listings 2.3 and 2.7, from NumPy's legacy stream: python3 Tests/Golden/backprop_listing.py

Needs NumPy, and PyTorch for the shared code in recording.py.
"""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one order of summation, so the digits never change
import numpy as np  # noqa: E402

from recording import write  # noqa: E402


def streams():
    """Words, uniform and normal numbers, integers and permutations for several seeds; 700 words reach the second block."""
    result = {}
    for seed in (0, 1, 42, 2**32 - 1):
        words = np.random.RandomState(seed).randint(0, 2**32, size=700, dtype=np.uint32)
        random, integers = np.random.RandomState(seed), np.random.RandomState(seed)
        result[str(seed)] = {
            "words": words[[0, 1, 2, 623, 624, 699]].tolist(),
            "uniform": random.random_sample(5).tolist(),
            # After an odd number of normals one is cached; uniform numbers leave it there.
            "mixed": [random.randn(), *random.random_sample(2).tolist(), *random.randn(4).tolist(), random.random_sample()],
            "integers": [int(integers.randint(bound)) for bound in (1, 2, 3, 1000, 1024, 2**31 + 1, 2**32, 7)],
            "permutations": [integers.permutation(n).tolist() for n in (0, 1, 2, 20)],
        }
    return result


def forward(X, W1, b1, W2, b2):
    z1 = X @ W1.T + b1
    h1 = np.where(z1 > 0, z1, 0)
    z2 = h1 @ W2.T + b2
    powers = np.exp(z2 - z2.max(1, keepdims=True))
    return z1, h1, powers / powers.sum(1, keepdims=True)


def gradient(X, y, z1, h1, p, W2):
    d2 = (p - y) / len(X)
    d1 = d2 @ W2 * (z1 > 0)
    return d1.T @ X, d1.sum(0), d2.T @ h1, d2.sum(0)


def flat(arrays):
    return np.concatenate([a.ravel() for a in arrays])


def listing():
    random = np.random.RandomState(42)
    X = random.randn(1000, 20)
    labels = (X[:, 0] + X[:, 1] > 0).astype(int)
    y = np.eye(2)[labels]
    parameters = [random.randn(64, 20) * np.sqrt(2 / 20), np.zeros(64), random.randn(2, 64) * np.sqrt(2 / 64), np.zeros(2)]
    result = {"ones": int(labels.sum()), "losses": [], "accuracies": []}
    for epoch in range(100):
        z1, h1, p = forward(X, *parameters)
        if epoch % 20 == 0:
            result["losses"].append(-np.mean(np.sum(y * np.log(p + 1e-8), axis=1)))
            result["accuracies"].append(float((p.argmax(1) == labels).mean()))
        g = gradient(X, y, z1, h1, p, parameters[2])
        if epoch == 0:
            result["firstParameters"] = flat(parameters)[::97].tolist()
            result["firstGradient"] = flat(g)[::97].tolist()
        parameters = [w - 0.1 * d for w, d in zip(parameters, g)]
    result["lastParameters"] = flat(parameters)[::97].tolist()
    return result


if __name__ == "__main__":
    write(__file__, packages=(np,), streams=streams(), listing=listing())
