"""Reference values of PyTorch for § 12.5 and § 12.6: python3 Tests/Golden/applications_fairness.py

Needs PyTorch; recording.py has the shared code. Listing 12.5.2 is run as it is printed, with its hooks.
"""
import torch
from torch import nn
from torch.nn import functional as F

from cnn_gradcam import fill
from recording import Cases, made, of, record, rounded, spread, write

CLASSES = [2, 0, 1]


def scores(x, v, w):
    return torch.tanh(x @ v) @ w


def slopes(x, v, w):
    if not x.requires_grad:
        x = x.requires_grad_()
    total = scores(x, v, w)[torch.arange(3), CLASSES].sum()
    return torch.autograd.grad(total, x, create_graph=True)[0]


def integrated(x, v, w, steps=4):
    places = [(s + 0.5) / steps for s in range(steps)]
    return x * sum(slopes(t * x, v, w) for t in places) / steps


class GradCAM:
    """The class of Listing 12.5.2."""

    def __init__(self, model, target_layer):
        self.model, self.gradients, self.activations = model, None, None
        target_layer.register_forward_hook(lambda m, i, o: setattr(self, "activations", o.detach()))
        target_layer.register_full_backward_hook(lambda m, gi, go: setattr(self, "gradients", go[0].detach()))

    def __call__(self, x, class_idx=None):
        output = self.model(x)
        if class_idx is None:
            class_idx = output.argmax(1)
        self.model.zero_grad()
        one_hot = torch.zeros_like(output)
        one_hot[0, class_idx] = 1
        output.backward(gradient=one_hot)
        weights = self.gradients.mean(dim=[2, 3], keepdim=True)
        cam = F.relu((weights * self.activations).sum(1, keepdim=True))
        cam = F.interpolate(cam, size=x.shape[2:], mode="bilinear", align_corners=False)
        cam = cam / (cam.max() + 1e-8)
        return cam.squeeze().detach()


def network(inplace=False):
    """Two blocks of Listing 4.8's network, after one pass in training mode."""
    convolutions, norms = [nn.Conv2d(3, 2, 5, padding=2), nn.Conv2d(2, 4, 3, padding=1)], [nn.BatchNorm2d(2), nn.BatchNorm2d(4)]
    blocks = [m for c, n in zip(convolutions, norms) for m in (c, n, nn.ReLU(inplace=inplace), nn.MaxPool2d(2, 2))]
    model = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    fill(convolutions + norms + [model[-1]], 0.5, 10)
    model(spread(4, 3, 8, 8, offset=5000))
    return model.eval()


def failure(action):
    try:
        action()
    except RuntimeError as error:
        return str(error)
    return ""


def listing():
    """The maps of a batch and of its images alone, and what fails."""
    x = spread(4, 3, 8, 8, offset=5000)
    model = network()
    cam = GradCAM(model, model[6])
    batch, sizes = cam(x), cam.gradients.flatten(1).norm(dim=1)
    alone = torch.stack([cam(x[i:i + 1]) for i in range(4)])
    chosen = torch.stack([cam(x[i:i + 1], class_idx=k) for i, k in enumerate([2, 0, 1, 1])])
    top = batch.abs().max().item()
    overwritten = network(inplace=True)
    frozen = network()
    frozen.requires_grad_(False)
    return {"batch": record(batch, top), "sizes": [rounded(s) for s in sizes], "alone": record(alone, top), "chosen": record(chosen, top),
            "overwritten": failure(lambda: GradCAM(overwritten, overwritten[5])(x)), "frozen": failure(lambda: GradCAM(frozen, frozen[6])(x))}


def logistic(weighted):
    """Weighted logistic regression with a penalty of its weights, by Newton's method on PyTorch's derivatives."""
    X, noise = made(of(60, 3, scale=2)), spread(60, offset=900)
    y = ((X @ torch.tensor([1.0, -0.5, 0.2]) + noise) > 0.1).double()
    w = 1.5 + spread(60, offset=400) if weighted else torch.ones(60)

    def loss(θ):
        losses = F.binary_cross_entropy_with_logits(X @ θ[:3] + θ[3], y, reduction="none")
        return (w * losses).sum() / w.sum() + 1e-2 / 2 * (θ[:3] ** 2).sum()

    θ = torch.zeros(4)
    for _ in range(20):
        θ = θ - torch.linalg.solve(torch.func.hessian(loss)(θ), torch.func.grad(loss)(θ))
    return {"targets": [int(v) for v in y], "parameters": record(θ, 1.0)}


if __name__ == "__main__":
    cases = Cases()
    inputs = [of(3, 5), of(5, 4), of(4, 3)]
    cases("inputGradients", slopes, *inputs)
    cases("saliency", lambda x, v, w: slopes(x, v, w).abs(), *inputs)
    cases("integratedGradients", integrated, *inputs)
    groups = [0, 1, 1, 0, 0, 1, 0]
    isB = torch.tensor(groups) == 1
    cases("parityPenalty", lambda p: (p[~isB].mean() - p[isB].mean()) ** 2, of(7, scale=0.4, shift=0.5), integers=[groups])
    write(__file__, cases, listing={"GradCAM": listing()}, logistic={"plain": logistic(False), "weighted": logistic(True)})
