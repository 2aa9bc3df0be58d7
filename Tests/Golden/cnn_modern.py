"""Reference values of §§ 4.9 and 4.10, from PyTorch in float64: python cnn_modern.py > cnn_modern.json

Deformable convolution is written with grid_sample, whose bilinear sampling is PyTorch's own; offsets are laid out as torchvision has them.
"""
import json

import torch
from torch import nn
from torch.nn import functional as F

from reference import deformed
from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def flat(tensor):
    return [float(f"{number:.11g}") for number in tensor.detach().reshape(-1).tolist()]


def deformable():
    cases = []
    for stride, padding, dilation in [(1, 1, 1), (2, 1, 2), (1, 0, 1)]:
        x = spread(2, 2, 5, 4).requires_grad_()
        weight = spread(3, 2, 3, 3, offset=50).requires_grad_()
        bias = spread(3, offset=9)
        plain = F.conv2d(x, weight, bias, stride, padding, dilation)
        offsets = (1.7 * spread(2, 18, *plain.shape[2:], offset=200)).detach().requires_grad_()
        y = deformed(x, weight, offsets, bias, stride, padding, dilation)
        (y * spread(*y.shape, offset=400)).sum().backward()
        cases.append({
            "stride": stride, "padding": padding, "dilation": dilation, "shape": list(y.shape), "outputs": flat(y),
            "inputGradients": flat(x.grad), "weightGradients": flat(weight.grad), "offsetGradients": flat(offsets.grad),
        })
    return cases


def filled(module, offset=0):
    """Gives every parameter fixed numbers, in the order of `parameters()`; returns the number of parameters."""
    count = 0
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(0.4 * spread(*parameter.shape, offset=offset + count))
            count += parameter.numel()
    return count


def passed(forward, module, x):
    x = x.clone().requires_grad_()
    y = forward(x)
    (y * spread(*y.shape, offset=700)).sum().backward()
    gradients = torch.cat([parameter.grad.reshape(-1) for parameter in module.parameters()])
    return {"shape": list(y.shape), "outputs": flat(y), "inputGradients": flat(x.grad),
            "parameterGradients": flat(gradients)}


def convnext():
    """The block of ConvNeXt; parameters in the order depthwise, norm, widening, narrowing, layer scale."""
    c = 4
    block = nn.ModuleDict({
        "depthwise": nn.Conv2d(c, c, 7, padding=3, groups=c), "norm": nn.LayerNorm(c, eps=1e-6),
        "widening": nn.Linear(c, 4 * c), "narrowing": nn.Linear(4 * c, c)})
    block.scale = nn.Parameter(torch.ones(c))
    parameters = nn.ParameterList(list(block["depthwise"].parameters()) + list(block["norm"].parameters())
                                  + list(block["widening"].parameters()) + list(block["narrowing"].parameters())
                                  + [block.scale])
    count = filled(parameters)

    def forward(x):
        h = block["norm"](block["depthwise"](x).permute(0, 2, 3, 1))
        h = block["narrowing"](F.gelu(block["widening"](h)))
        return x + (block.scale * h).permute(0, 3, 1, 2)

    return {"parameters": count, **passed(forward, parameters, spread(2, c, 5, 6, offset=30))}


def inverted_residual():
    """MBConv with squeeze and excitation, in training mode, and afterwards in evaluation."""
    c, wide, hidden = 4, 8, 1
    layers = [nn.Conv2d(c, wide, 1, bias=False), nn.BatchNorm2d(wide),
              nn.Conv2d(wide, wide, 5, padding=2, groups=wide, bias=False), nn.BatchNorm2d(wide),
              nn.Linear(wide, hidden), nn.Linear(hidden, wide),
              nn.Conv2d(wide, c, 1, bias=False), nn.BatchNorm2d(c)]
    stack = nn.ModuleList(layers)
    count = filled(stack)

    def forward(x):
        h = F.silu(layers[1](layers[0](x)))
        h = F.silu(layers[3](layers[2](h)))
        s = torch.sigmoid(layers[5](F.silu(layers[4](h.mean((2, 3))))))
        h = h * s[:, :, None, None]
        return x + layers[7](layers[6](h))

    x = spread(3, c, 6, 5, offset=30)
    result = {"parameters": count, **passed(forward, stack, x)}
    stack.eval()
    return {**result, "evaluation": flat(forward(x))}


if __name__ == "__main__":
    parts = {
        "torch": torch.__version__, "deformable": deformable(), "convNeXt": convnext(),
        "invertedResidual": inverted_residual(),
    }
    print("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in parts.items()) + "\n}")
