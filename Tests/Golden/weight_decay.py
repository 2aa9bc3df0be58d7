"""Reference values of §§ 3.7, 3.9 and 3.12, from PyTorch in float64: python weight_decay.py > weight_decay.json"""
import json
import math

import torch
from torch.nn import functional as F

from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def decay():
    """Fifty steps down a quadratic whose curvatures differ a millionfold, by both rules."""
    curvature, start = torch.tensor([10.0, 1.0, 0.1, 1e-3, 1e-5]), spread(5, offset=7)
    result = {"curvature": curvature.tolist(), "start": start.tolist(), "rate": 1e-3, "decay": 0.1, "cases": {}}
    for name, rule in {"Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}.items():
        theta = start.clone().requires_grad_()
        optimizer = rule([theta], lr=1e-3, weight_decay=0.1)
        path = []
        for _ in range(50):
            optimizer.zero_grad()
            (0.5 * curvature * (theta - 2) ** 2).sum().backward()
            optimizer.step()
            path.append(theta.tolist())
        result["cases"][name] = [path[0], path[9], path[49]]
    return result


def smoothing():
    logits, labels = (spread(6, 4, offset=30) * 3).requires_grad_(), [3, 0, 0, 2, 1, 3]
    loss = F.cross_entropy(logits, torch.tensor(labels), label_smoothing=0.1)
    loss.backward()
    return {"logits": logits.flatten().tolist(), "labels": labels, "smoothing": 0.1, "loss": loss.item(),
            "gradient": logits.grad.flatten().tolist()}


def divergence():
    a, b = (spread(3, 5, offset=60) * 2).requires_grad_(), (spread(3, 5, offset=90) * 2).requires_grad_()
    lp, lq = F.log_softmax(a, -1), F.log_softmax(b, -1)
    forward = F.kl_div(lq, lp, reduction="batchmean", log_target=True)
    backward = F.kl_div(lp, lq, reduction="batchmean", log_target=True)
    labels = torch.tensor([4, 1, 0])
    loss = 0.5 * (F.cross_entropy(a, labels) + F.cross_entropy(b, labels)) + 0.7 * 0.5 * (forward + backward)
    loss.backward()
    return {"first": a.flatten().tolist(), "second": b.flatten().tolist(), "labels": labels.tolist(), "weight": 0.7,
            "forward": forward.item(), "backward": backward.item(), "loss": loss.item(),
            "gradients": [a.grad.flatten().tolist(), b.grad.flatten().tolist()]}


def turning():
    """An image turned counterclockwise: every new pixel asks where it comes from, in units of half the side."""
    images = spread(1, 2, 6, 6, offset=120)
    result = {"images": images.flatten().tolist(), "cases": []}
    for degrees, factor in [(30.0, 1.0), (-75.0, 1.0), (12.5, 0.8)]:
        c, s = math.cos(math.radians(degrees)) / factor, math.sin(math.radians(degrees)) / factor
        grid = F.affine_grid(torch.tensor([[[c, -s, 0.0], [s, c, 0.0]]]), [1, 2, 6, 6], align_corners=False)
        turned = F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        result["cases"].append({"degrees": degrees, "factor": factor, "values": turned.flatten().tolist()})
    return result


print(json.dumps({
    "versions": {"torch": torch.__version__}, "decay": decay(), "smoothing": smoothing(), "divergence": divergence(),
    "turning": turning(),
}))
