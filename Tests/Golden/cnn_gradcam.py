"""Grad-CAM by PyTorch's hooks, for Exercise 4.3: python3 Tests/Golden/cnn_gradcam.py

Needs PyTorch; recording.py has the shared code. The parameters of a network share one list of spread numbers.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import spread, write


def fill(modules, scale, offset):
    """Sets all numbers, including factors and variances of normalizations, and returns their count."""
    parameters = [p for m in modules for p in m.parameters()]
    count = sum(p.numel() for p in parameters)
    nn.utils.vector_to_parameters(scale * spread(count, offset=offset), parameters)
    return count


def grad_cam(layers, head, x, classes, layer):
    """Grad-CAM at the output of a layer, from stored values and gradients."""
    kept = []
    handle = layers[layer].register_forward_hook(lambda module, inputs, output: kept.append(output))
    scores = head(layers(x))
    handle.remove()
    (slopes,) = torch.autograd.grad(scores[torch.arange(len(classes)), classes].sum(), kept)
    return F.relu((slopes.mean((2, 3), keepdim=True) * kept[0]).sum(1)).flatten().tolist()


def parametric():
    """Two blocks of Listing 4.8's network, after one pass in training mode."""
    convolutions, norms = [nn.Conv2d(3, 2, 5, padding=2), nn.Conv2d(2, 4, 3, padding=1)], [nn.BatchNorm2d(2), nn.BatchNorm2d(4)]
    layers = nn.Sequential(*[m for c, n in zip(convolutions, norms) for m in (c, n, nn.ReLU(), nn.MaxPool2d(2, 2))])
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    count = fill(convolutions + norms + [head[2]], 0.5, 10)
    x, labels = spread(4, 3, 8, 8, offset=5000), torch.tensor([2, 0, 1, 1])
    layers(x)
    layers.eval()
    return {"count": count, "maps": [grad_cam(layers, head, x, labels, layer) for layer in (2, 6)]}


def color():
    """The network of Listing 4.6 in evaluation mode, and its last convolution."""
    def block(a, b):
        return [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1),
                nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Dropout2d(0.25)]

    layers = nn.Sequential(*block(3, 64), *block(64, 128), *block(128, 256))
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.5),
                         nn.Linear(128, 10))
    count = fill([layers[8 * b + i] for b in range(3) for i in (0, 3, 1, 4)] + [head[2], head[5]], 0.3, 0)
    layers.eval(), head.eval()
    x, classes = spread(2, 3, 16, 16, offset=77), torch.tensor([7, 8])
    return {"count": count, "maps": [grad_cam(layers, head, x, classes, 21)]}


if __name__ == "__main__":
    write(__file__, gradCAM={"parametric": parametric(), "color": color()})
