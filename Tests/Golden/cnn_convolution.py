"""Reference values of §§ 4.2 and 4.3, from PyTorch in float64: python cnn_convolution.py > cnn_convolution.json"""
import json

import torch
import torch.nn.functional as F

from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def flat(tensor):
    return [round(number, 14) for number in tensor.detach().reshape(-1).tolist()]


def convolution():
    x, weight, bias = spread(1, 3, 7, 5).requires_grad_(), spread(4, 3, 3, 2, offset=200), spread(4, offset=300)
    weight.requires_grad_(), bias.requires_grad_()
    y = F.conv2d(x, weight, bias)
    (y * spread(*y.shape, offset=400)).sum().backward()
    return {"output": flat(y), "image": flat(x.grad), "filters": flat(weight.grad), "bias": flat(bias.grad)}


def transposed(stride, padding):
    x, weight = spread(1, 3, 4, 3), spread(3, 2, 3, 3, offset=200)
    return {"stride": stride, "padding": padding,
            "output": flat(F.conv_transpose2d(x, weight, stride=stride, padding=padding))}


def pooled(window, stride, dilation=1):
    x = (4 * spread(2, 7, 8)).round().requires_grad_()
    y = F.max_pool2d(x[None], window, stride, dilation=dilation)[0]
    (y * spread(*y.shape, offset=500)).sum().backward()
    mean = F.avg_pool2d(x[None], window, stride)[0]
    return {"window": window, "stride": stride, "dilation": dilation, "maximum": flat(y), "gradient": flat(x.grad), "mean": flat(mean)}


if __name__ == "__main__":
    x = spread(1, 2, 4, 5)
    unfolded = F.unfold(spread(2, 3, 7, 7), 3, dilation=2, padding=2, stride=3)
    print(json.dumps({
        "versions": {"torch": torch.__version__.split("+")[0]},
        "convolution": convolution(),
        "transposed": [transposed(s, p) for s, p in [(1, 0), (2, 1), (3, 1)]],
        "pooling": [pooled(*sizes) for sizes in [(2, 2), (3, 2), (2, 3), (3, 1, 2)]],
        "padding": {ours: flat(F.pad(x, (2, 2, 2, 2), mode=theirs)) for ours, theirs in
                    [("nearest", "replicate"), ("reflect", "reflect"), ("circular", "circular")]},
        "patches": flat(unfolded),
        "depthwise": flat(F.conv2d(spread(1, 4, 6, 6), spread(4, 1, 3, 3, offset=200), groups=4, dilation=2)),
    }, indent=1))
