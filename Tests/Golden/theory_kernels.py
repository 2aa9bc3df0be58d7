"""Reference values of chapter 11's kernels: python3 Tests/Golden/theory_kernels.py writes theory_kernels.json.

Needs PyTorch; what the scripts share is in recording.py. The tangent kernel is a product of Jacobians, differentiated again.
"""
import math

import torch

from recording import Cases, Formula, layer, of, write


def forward(activation, beta):
    """A network in NTK parametrization: the weights first, then the biases, if there are any."""

    def f(x, *parameters):
        count = len(parameters) // 2 if beta else len(parameters)
        h = x
        for l in range(count):
            z = h @ parameters[l].T / math.sqrt(h.shape[1])
            if beta:
                z = z + beta * parameters[count + l]
            h = activation(z) if l < count - 1 else z
        return h.squeeze(1)

    return f


def network(widths, activation, beta):
    widths = widths + [1]
    weights = {f"w{l}": (b, a) for l, (a, b) in enumerate(zip(widths, widths[1:]))}
    biases = {f"b{l}": (b,) for l, b in enumerate(widths[1:])} if beta else {}
    return Formula(forward(activation, beta), **weights, **biases)


def gated(x, w):
    """Exercise 11.3, with the fixed output weights 1, -2, 3, …."""
    a = torch.tensor([(-1.0) ** j * (j + 1) for j in range(w.shape[0])], dtype=x.dtype)
    return torch.relu(x @ w.T) @ a / math.sqrt(w.shape[0])


def kernel(activation):
    def f(x, other, *weights):
        def jacobian(inputs):
            parts = torch.func.jacrev(lambda *w: forward(activation, 0)(inputs, *w), tuple(range(len(weights))))(*weights)
            return torch.cat([p.flatten(1) for p in parts], 1)

        return jacobian(x) @ jacobian(other).T

    return f


torch.set_default_dtype(torch.float64)
passes = Cases()
passes["WideNetwork, ReLU"] = layer(network([3, 5, 4], torch.relu, 0), of(6, 3))
passes["WideNetwork, erf"] = layer(network([3, 5], torch.erf, 0.5), of(6, 3))
passes["GatedNetwork"] = layer(Formula(gated, w=(7, 3)), of(5, 3))
passes("tangentKernel, erf", kernel(torch.erf), of(4, 3), of(2, 3, offset=50), of(5, 3, offset=100),
       of(4, 5, offset=200), of(1, 4, offset=300))
passes("tangentKernel, ReLU", kernel(torch.relu), of(4, 3), of(2, 3, offset=50), of(5, 3, offset=100), of(1, 5, offset=200))
write(__file__, passes=passes)
