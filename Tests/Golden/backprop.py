"""Reference values of chapter 2, from PyTorch in float64: python backprop.py > backprop.json"""
import json

import numpy as np
import torch
from torch.optim import lr_scheduler

from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

STEPS = 50
SHAPES = [(4, 3), (5,), (2, 6)]


def start():
    return [spread(*shape, offset=20 * i) for i, shape in enumerate(SHAPES)]


def gradient(parameters, t):
    """a (p - 1/2) with curvatures a from 1/2 to 3/2, and noise that decays: large gradients first, small ones later."""
    return [
        (1 + spread(*p.shape, offset=300 + 20 * i) / 2) * (p - 0.5) + 4 * spread(*p.shape, offset=1000 + 97 * t + 20 * i) / t
        for i, p in enumerate(parameters)
    ]


def flat(tensors):
    return torch.cat([torch.as_tensor(t).reshape(-1) for t in tensors]).tolist()


def optimized(make, only_matrices=False):
    """The parameters after 1, 10 and all steps."""
    parameters = [p.clone().requires_grad_() for p in start() if p.ndim == 2 or not only_matrices]
    optimizer, result = make(parameters), []
    for t in range(1, STEPS + 1):
        for p, g in zip(parameters, gradient([p.detach() for p in parameters], t)):
            p.grad = g
        optimizer.step()
        if t in (1, 10, STEPS):
            result.append(flat([p.detach() for p in parameters]))
    return result


def from_torch():
    # PyTorch orthogonalizes in bfloat16. Here it is to stay in float64, which is what the formula says.
    torch.Tensor.bfloat16 = lambda self: self.clone()
    optim = torch.optim
    return {
        "SGD": optimized(lambda p: optim.SGD(p, lr=0.05)),
        "Momentum": optimized(lambda p: optim.SGD(p, lr=0.05, momentum=0.9)),
        "Nesterov": optimized(lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
        "AdaGrad": optimized(lambda p: optim.Adagrad(p, lr=0.1)),
        "RMSProp": optimized(lambda p: optim.RMSprop(p, lr=0.02)),
        "Adam": optimized(lambda p: optim.Adam(p, lr=0.05)),
        "AdamW": optimized(lambda p: optim.AdamW(p, lr=0.05, weight_decay=0.3)),
        "AMSGrad": optimized(lambda p: optim.Adam(p, lr=0.05, amsgrad=True)),
        "Muon": optimized(lambda p: optim.Muon(p, lr=0.05, weight_decay=0.1, momentum=0.9), only_matrices=True),
    }


class FromPaper:
    """An optimizer of the papers, in numpy: `rule(p, g, state, t)` returns the new parameters."""

    def __init__(self, parameters, rule):
        self.parameters, self.rule, self.t = parameters, rule, 0
        self.states = [[np.zeros(p.shape), np.zeros(p.shape)] for p in parameters]

    def step(self):
        self.t += 1
        for p, state in zip(self.parameters, self.states):
            new = self.rule(p.detach().numpy(), p.grad.numpy(), state, self.t)
            p.data = torch.tensor(new)


def lars(w, g, state, t, rate=2.0, momentum=0.9, trust=0.02, decay=0.1):
    """You, Gitman and Ginsburg (2017), algorithm 1."""
    local = trust * np.linalg.norm(w) / (np.linalg.norm(g) + decay * np.linalg.norm(w))
    state[0] = momentum * state[0] + rate * local * (g + decay * w)
    return w - state[0]


def lamb(x, g, state, t, rate=0.05, b1=0.9, b2=0.999, eps=1e-6, decay=0.1):
    """You et al. (2020), algorithm 2, with the identity for phi."""
    state[0] = b1 * state[0] + (1 - b1) * g
    state[1] = b2 * state[1] + (1 - b2) * g * g
    r = state[0] / (1 - b1**t) / (np.sqrt(state[1] / (1 - b2**t)) + eps)
    u = r + decay * x
    return x - rate * np.linalg.norm(x) / np.linalg.norm(u) * u


def lion(x, g, state, t, rate=0.01, b1=0.9, b2=0.99, decay=0.3):
    """Chen et al. (2023), algorithm 2."""
    c = b1 * state[0] + (1 - b1) * g
    new = x - rate * (np.sign(c) + decay * x)
    state[0] = b2 * state[0] + (1 - b2) * g
    return new


def from_papers():
    return {
        name: optimized(lambda p, rule=rule: FromPaper(p, rule)) for name, rule in
        {"LARS": lars, "LAMB": lamb, "Lion": lion}.items()
    }


def rates(make, rate, steps, **extra):
    """The learning rate of every step."""
    optimizer, result = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate), []
    scheduler = make(optimizer)
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return result


def warmup_cosine(optimizer):
    return lr_scheduler.SequentialLR(optimizer, milestones=[15], schedulers=[
        lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=15),
        lr_scheduler.CosineAnnealingLR(optimizer, T_max=45, eta_min=1e-5)])


def schedules():
    return {
        "step decay": rates(lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3), 0.2, 40),
        "cosine annealing": rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=40, eta_min=1e-3), 0.2, 41),
        "warm-up and cosine": rates(warmup_cosine, 3e-3, 61),
        "one cycle": rates(lambda o: lr_scheduler.OneCycleLR(o, max_lr=1e-3, total_steps=83), 1e-3, 82),
    }


def plateau():
    losses = [1 / (1 + t) + 0.2 * float(spread(1, offset=t)) for t in range(60)]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, result = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=4, min_lr=0.01), []
    for loss in losses:
        scheduler.step(loss)
        result.append(optimizer.param_groups[0]["lr"])
    return {"losses": losses, "rates": result}


def three_schedulers():
    """Listing 2.5 as printed, and with the cosine stepped once an epoch: the learning rate of every step."""
    result = {}
    for name in ["as printed", "cosine once an epoch", "one cycle alone"]:
        optimizer = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=1e-3, weight_decay=0.01)
        lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.1)
        cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=1e-6)
        cycle = lr_scheduler.OneCycleLR(optimizer, max_lr=1e-3, total_steps=469 * 10)
        seen = []
        for _ in range(10):
            for _ in range(469):
                seen.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                cycle.step() if len(seen) < 4690 else None
                if name == "as printed":
                    cosine.step()
            if name == "cosine once an epoch":
                cosine.step()
        result[name] = {"peak": max(seen), "every 67th": seen[::67]}
    return result


if __name__ == "__main__":
    import warnings
    warnings.filterwarnings("ignore")
    parts = {
        "torch": torch.__version__, "numpy": np.__version__, "optimizers": from_torch() | from_papers(),
        "schedules": schedules(), "plateau": plateau(), "threeSchedulers": three_schedulers(),
    }
    print("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in parts.items()) + "\n}")
