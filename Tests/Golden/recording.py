"""Shared code of the reference scripts: inputs, records of PyTorch's results in float64, and the files of both.

Inputs are recipes, scale * spread(shape, offset) + shift, which Python and Swift both follow. The record of an array is its largest
magnitude, a sum weighted by spread, and its numbers, or some of them if there are many. A script always writes the same bytes.
"""
import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

WHOLE, PLACES = 8, 5  # arrays of up to WHOLE numbers are recorded whole, larger ones at PLACES
PERIOD = 1000  # the period of the weights in a sum


def spread(*shape, offset=0):
    """Fixed numbers between -1 and 1 without a visible pattern: multiples of the golden ratio, modulo 1."""
    ratio = (math.sqrt(5) - 1) / 2
    numbers = [2 * ((offset + i + 1) * ratio % 1) - 1 for i in range(math.prod(shape))]
    return torch.tensor(numbers).reshape(shape)


def of(*shape, scale=1.0, shift=0.0, offset=0):
    return {"shape": list(shape), "offset": offset, "scale": scale, "shift": shift}


def made(recipe):
    return recipe["scale"] * spread(*recipe["shape"], offset=recipe["offset"]) + recipe["shift"]


def placed(inputs):
    """The recipes of inputs, each with its own numbers; an input may be just a shape."""
    recipes = [i if isinstance(i, dict) else of(*i) for i in inputs]
    return [r | {"offset": 131 * k} for k, r in enumerate(recipes)]


def rounded(x):
    return float(f"{float(x):.14g}")


def largest(tensor):
    return tensor.abs().max().item()


def record(tensor, top):
    """The record of an array. One that is 0 up to rounding, such as some gradients, is measured by the largest of all."""
    numbers, size = tensor.detach().reshape(-1), tensor.numel()
    scale = largest(numbers)
    if scale < 1e-11 * top:
        numbers, scale = torch.zeros(size), top
    weights = spread(min(size, PERIOD), offset=7).repeat(-(-size // PERIOD))[:size]
    places = range(size) if size <= WHOLE else ((spread(PLACES) + 1) / 2 * size).long()
    return {"shape": list(tensor.shape), "scale": rounded(scale), "sum": rounded(numbers @ weights),
            "values": [rounded(numbers[i]) for i in places]}


def records(**groups):
    """Groups of arrays, as records."""
    top = max(largest(t.detach()) for group in groups.values() for t in group)
    return {name: [record(t.detach(), top) for t in group] for name, group in groups.items()}


NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)


def filled(module):
    """Gives parameters and running statistics fixed numbers; returns their recipes. Factors and variances are around 1."""
    parameters, statistics = [], []
    with torch.no_grad():
        for part in module.modules():
            for name, p in part.named_parameters(recurse=False):
                scale = (5 / p[0].numel()) ** 0.5 if p.ndim > 1 else 0.3
                is_factor = isinstance(part, NORMS) and name == "weight"
                parameters.append(of(*p.shape, scale=round(scale, 3), shift=1.0 if is_factor else 0.0,
                                     offset=1000 + 17 * len(parameters)))
                p.copy_(made(parameters[-1]))
            for name, b in part.named_buffers(recurse=False):
                if "running" in name:
                    statistics.append(of(*b.shape, scale=0.4, shift=1.0 if "var" in name else 0.0,
                                         offset=5000 + 17 * len(statistics)))
                    b.copy_(made(statistics[-1]))
    return {"parameters": parameters, "statistics": statistics}


def running(module):
    """The running statistics that training updates."""
    parts = [m for m in module.modules() if getattr(m, "running_mean", None) is not None and m.training]
    return [b for m in parts for b in (m.running_mean, m.running_var)]


def passed(f, inputs, integers=(), module=None, training=True):
    """Outputs, and the gradients with respect to inputs and parameters of the sum of all outputs times fixed weights."""
    recipes, filling = placed(inputs), {"parameters": [], "statistics": []}
    if module is not None:
        filling = filled(module)
        if not training:
            module.eval()
    tensors = [made(r).requires_grad_() for r in recipes]
    outputs = f(*tensors)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    loss = sum((y * spread(*y.shape, offset=400 + 50 * k)).sum() for k, y in enumerate(outputs))
    points = tensors + [p for p in (module.parameters() if module is not None else []) if p.requires_grad]
    slopes = torch.autograd.grad(loss, points, allow_unused=True) if loss.requires_grad else [None] * len(points)
    slopes = [torch.zeros_like(p) if g is None else g for p, g in zip(points, slopes)]
    observed = running(module) if module is not None and training else []
    return {"inputs": recipes, "integers": [list(i) for i in integers], "isTraining": training, **filling,
            **records(outputs=outputs, gradients=slopes, observed=observed)}


def layer(module, *inputs, training=True):
    return passed(module, inputs, module=module, training=training)


class Cases(dict):
    """Passes of functions, by name: case(name, f, *inputs, integers=())."""

    def __call__(self, name, f, *inputs, integers=()):
        self[name] = passed(f, inputs, integers)


class Formula(nn.Module):
    """A function with named parameters of the given shapes."""

    def __init__(self, f, **shapes):
        super().__init__()
        self.names, self.f = list(shapes), f
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.zeros(shape)))

    def forward(self, x):
        return self.f(x, *[getattr(self, name) for name in self.names])


class Parts(nn.Module):
    """Named parts in order, and the function f(parts, x) that uses them."""

    def __init__(self, f, **parts):
        super().__init__()
        self.f = f
        for name, part in parts.items():
            setattr(self, name, nn.ModuleList(part) if isinstance(part, list) else part)

    def forward(self, x):
        return self.f(self, x)


# Optimizers and trainings


def start():
    return [of(4, 3), of(5, offset=20), of(2, 6, offset=40)]


def slopes(parameters, t):
    """The gradient of step t: curvatures from 1/2 to 3/2 around 1/2, and noise that decays."""
    return [
        (1 + spread(*p.shape, offset=300 + 20 * i) / 2) * (p - 0.5) + 4 * spread(*p.shape, offset=1000 + 97 * t + 20 * i) / t
        for i, p in enumerate(parameters)
    ]


def optimized(make, clip=None, schedule=None, axes=(1, 2)):
    """The parameters, with the given numbers of axes, after one step and after ten, and the learning rate of every step."""
    recipes = [r for r in start() if len(r["shape"]) in axes]
    parameters, after, rates = [made(r).requires_grad_() for r in recipes], {}, []
    optimizer = make(parameters)
    scheduler = schedule(optimizer) if schedule else None
    for t in range(1, 11):
        for p, g in zip(parameters, slopes([p.detach() for p in parameters], t)):
            p.grad = g
        if clip:
            clip(parameters)
        rates.append(rounded(optimizer.param_groups[0]["lr"]) if scheduler else 0.0)
        optimizer.step()
        if scheduler:
            scheduler.step()
        if t in (1, 10):
            after[t] = [p.detach().clone() for p in parameters]
    return {"start": recipes, "rates": rates if scheduler else [], **records(one=after[1], ten=after[10])}


def trained(module, inputs, labels, make, integers=(), schedule=None, forward=None):
    """Ten steps: the first logits and gradients, all losses, and the final parameters, statistics and evaluation logits."""
    filling, recipes, forward = filled(module), placed(inputs), forward or module
    x, y = [made(r) for r in recipes], torch.tensor(labels)
    optimizer, values = make(module.parameters()), []
    scheduler = schedule(optimizer) if schedule else None
    for step in range(10):
        optimizer.zero_grad()
        logits = forward(*x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        if step == 0:
            first, gradients = logits.detach(), [p.grad.clone() for p in module.parameters()]
        values.append(loss.detach().reshape(()))
        optimizer.step()
        if scheduler:
            scheduler.step()
    statistics = running(module)
    module.eval()
    return {"inputs": recipes, "integers": [labels] + [list(i) for i in integers], **filling,
            **records(logits=[first], gradients=gradients), **records(losses=[torch.stack(values)]),
            **records(trained=list(module.parameters())), **(records(observed=statistics) if statistics else {"observed": []}),
            **records(evaluated=[forward(*x)])}


def write(script, passes=None, steps=None, trainings=None, packages=(torch,), **others):
    """Writes the JSON file next to a script: its cases, one per line, and any other entries.

    Passes are functions and layers applied once; steps are optimizers that make ten; trainings are models trained for ten steps.
    """
    versions = {package.__name__: package.__version__.split("+")[0] for package in packages}
    parts = [f'"versions": {json.dumps(versions)}']
    for name, cases in {"passes": passes, "steps": steps, "trainings": trainings, **others}.items():
        if cases:
            lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in cases.items()]
            parts.append(f'"{name}": {{\n' + ",\n".join(lines) + "\n}")
    Path(script).with_suffix(".json").write_text("{" + ",\n".join(parts) + "}\n")
