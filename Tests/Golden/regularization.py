"""Reference values of chapter 3, from PyTorch in float64: python regularization.py > regularization.json"""
import json

import torch
from torch import nn

from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def affine(module):
    """Gives a normalization factors around 1 and offsets around 0."""
    with torch.no_grad():
        module.weight.copy_(1 + 0.5 * spread(*module.weight.shape, offset=3))
        module.bias.copy_(spread(*module.bias.shape, offset=11))
    return {"scale": flat(module.weight), "shift": flat(module.bias)}


def passed(module, x, offset):
    """Output, and gradients of the sum of the output times fixed weights."""
    x = x.clone().requires_grad_()
    module.zero_grad()
    y = module(x)
    (y * spread(*y.shape, offset=offset)).sum().backward()
    return {
        "outputs": flat(y), "inputGradients": flat(x.grad), "scaleGradients": flat(module.weight.grad),
        "shiftGradients": flat(module.bias.grad),
    }


def batch(module, shape):
    """Three training steps, each batch larger and further off than the one before, then one evaluation."""
    result = {"shape": list(shape)} | affine(module) | {"steps": []}
    for step in range(3):
        x = (step + 1) * spread(*shape, offset=100 * step) + step
        one = passed(module, x, 700 + step)
        one |= {"runningMean": flat(module.running_mean), "runningVariance": flat(module.running_var)}
        result["steps"].append(one)
    module.eval()
    result["evaluation"] = flat(module(spread(*shape, offset=400)))
    return result


def single(module, shape):
    return {"shape": list(shape)} | affine(module) | {"pass": passed(module, 3 * spread(*shape, offset=50) + 1, 900)}


if __name__ == "__main__":
    parts = {
        "torch": torch.__version__,
        "batch": {"BatchNorm1d": batch(nn.BatchNorm1d(4), (6, 4)), "BatchNorm2d": batch(nn.BatchNorm2d(3), (2, 3, 4, 5))},
        "single": {
            "LayerNorm": single(nn.LayerNorm(6), (5, 6)),
            "LayerNorm over images": single(nn.LayerNorm([3, 4, 5]), (2, 3, 4, 5)),
            "InstanceNorm2d": single(nn.InstanceNorm2d(3, affine=True), (2, 3, 4, 5)),
            "GroupNorm": single(nn.GroupNorm(2, 4), (3, 4, 2, 3)),
        },
    }
    print("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in parts.items()) + "\n}")
