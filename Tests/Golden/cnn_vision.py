"""Reference values of §§ 4.6 and 4.8 and of Exercise 4.3, from PyTorch in float64: python cnn_vision.py > cnn_vision.json"""
import json

import torch
from torch import nn
from torch.nn import functional as F

from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def fill(parameters, scale, offset):
    """All parameters one after the other from one list of numbers; factors and variances of normalizations too."""
    with torch.no_grad():
        for p in parameters:
            p.copy_(scale * spread(*p.shape, offset=offset))
            offset += p.numel()


def grad_cam(layers, head, x, classes, layer):
    """Grad-CAM for the output of a layer, by keeping it and its gradient."""
    kept = []
    handle = layers[layer].register_forward_hook(lambda module, inputs, output: kept.append(output))
    scores = head(layers(x))
    handle.remove()
    (slopes,) = torch.autograd.grad(scores[torch.arange(len(classes)), classes].sum(), kept)
    return F.relu((slopes.mean((2, 3), keepdim=True) * kept[0]).sum(1))


def parametric():
    """Two blocks: logits and gradient in training, running statistics, logits and Grad-CAM in evaluation."""
    convolutions = [nn.Conv2d(3, 2, 5, padding=2), nn.Conv2d(2, 4, 3, padding=1)]
    norms, linear = [nn.BatchNorm2d(2), nn.BatchNorm2d(4)], nn.Linear(4, 3)
    layers = nn.Sequential(*[m for c, n in zip(convolutions, norms) for m in (c, n, nn.ReLU(), nn.MaxPool2d(2, 2))])
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)
    parameters = [p for m in convolutions + norms + [linear] for p in m.parameters()]
    fill(parameters, 0.5, 10)
    x, labels = spread(4, 3, 8, 8, offset=5000), torch.tensor([2, 0, 1, 1])
    logits = head(layers(x))
    loss = F.cross_entropy(logits, labels)
    gradient = torch.autograd.grad(loss, parameters)
    statistics = [s for n in norms for s in (n.running_mean, n.running_var)]
    result = {"count": sum(p.numel() for p in parameters), "logits": logits.flatten().tolist(), "loss": loss.item(),
              "gradient": torch.cat([g.flatten() for g in gradient]).tolist(),
              "statistics": torch.cat(statistics).tolist()}
    layers.eval()
    result["evaluated"] = head(layers(x)).flatten().tolist()
    result["maps"] = [grad_cam(layers, head, x, labels, layer).flatten().tolist() for layer in (2, 6)]
    return result


def color():
    """The network of Listing 4.6: its count, logits in evaluation and Grad-CAM for its last convolution."""
    def block(a, b):
        return [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1),
                nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Dropout2d(0.25)]

    layers = nn.Sequential(*block(3, 64), *block(64, 128), *block(128, 256))
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.5),
                         nn.Linear(128, 10))
    modules = [layers[8 * b + i] for b in range(3) for i in (0, 3, 1, 4)] + [head[2], head[5]]
    parameters = [p for m in modules for p in m.parameters()]
    fill(parameters, 0.3, 0)
    layers.eval(), head.eval()
    x, classes = spread(2, 3, 16, 16, offset=77), torch.tensor([7, 8])
    return {"count": sum(p.numel() for p in parameters), "logits": head(layers(x)).flatten().tolist(),
            "map": grad_cam(layers, head, x, classes, 21).flatten().tolist()}


def counts():
    """The parameters of Listing 4.8's networks, as its loop builds them."""
    result = []
    for kernel, filters, blocks in [(3, 32, 3), (5, 32, 3), (3, 64, 3), (3, 32, 5)]:
        layers, inputs = [], 3
        for i in range(blocks):
            outputs = filters * 2 ** min(i, 2)
            layers += [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), nn.BatchNorm2d(outputs)]
            inputs = outputs
        layers.append(nn.Linear(inputs, 10))
        result.append(sum(p.numel() for layer in layers for p in layer.parameters()))
    return result


print(json.dumps({"versions": {"torch": torch.__version__}, "counts": counts(), "parametric": parametric(),
                  "color": color()}))
