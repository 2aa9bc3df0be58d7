"""Reference values of chapter 2: python3 Tests/Golden/backprop.py

Needs PyTorch; recording.py has the shared code. backprop_listing.py has the values from NumPy's random stream.
"""
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler

from foundations import mlp
from recording import Parts, layer, optimized, spread, trained, write


def deep(rescaling, residual):
    def forward(self, x):
        for A in self.layers:
            y = torch.tanh(rescaling(A(x)))
            x = x + y if residual else y
        return x

    return Parts(forward, layers=[nn.Linear(5, 5) for _ in range(3)])


def scaled(multiplier):
    def forward(self, x):
        return self.layers[2](multiplier * F.relu(self.layers[1](F.relu(self.layers[0](x)))))

    return Parts(forward, layers=[nn.Linear(3, 6), nn.Linear(6, 6), nn.Linear(6, 2)])


def networks():
    return {
        "HandWrittenNetwork": layer(mlp(5, 6, 2), (7, 5)),
        "TanhNetwork": layer(mlp(2, 4, 2, f=nn.Tanh), (7, 2)),
        "LayerRun": layer(nn.Sequential(*mlp(4, 5, 3, 2)[1:5]), (6, 4)),
        "ScaledNetwork": layer(scaled(0.5), (5, 3)),
        "DeepNetwork, rescaled over the batch": layer(deep(lambda z: F.batch_norm(z, None, None, training=True), False), (6, 5)),
        "DeepNetwork, rescaled over the neurons, residual": layer(deep(lambda z: F.layer_norm(z, [5]), True), (6, 5)),
    }


# Optimizers


class Rule:
    """An optimizer by its formula: `rule(p, g, state, t)` returns the new parameters."""

    def __init__(self, parameters, rule):
        self.parameters, self.rule, self.t = parameters, rule, 0
        self.states = [[torch.zeros_like(p), torch.zeros_like(p)] for p in parameters]

    def step(self):
        self.t += 1
        with torch.no_grad():
            for p, state in zip(self.parameters, self.states):
                p.copy_(self.rule(p.clone(), p.grad, state, self.t))


def lars(w, g, v, t, rate=2.0, momentum=0.9, trust=0.02, decay=0.1):
    """You, Gitman and Ginsburg (2017), algorithm 1."""
    v[0] = momentum * v[0] + rate * trust * w.norm() / (g.norm() + decay * w.norm()) * (g + decay * w)
    return w - v[0]


def moments(g, s, t, b1=0.9, b2=0.999):
    """Adam's corrected moments."""
    s[0], s[1] = b1 * s[0] + (1 - b1) * g, b2 * s[1] + (1 - b2) * g * g
    return s[0] / (1 - b1**t), s[1] / (1 - b2**t)


def lamb(x, g, s, t, rate=0.05, decay=0.1):
    """You et al. (2020), algorithm 2, with the identity for phi."""
    m, v = moments(g, s, t)
    u = m / (v.sqrt() + 1e-6) + decay * x
    return x - rate * x.norm() / u.norm() * u


def lion(x, g, m, t, rate=0.01, b1=0.9, b2=0.99, decay=0.3):
    """Chen et al. (2023), algorithm 2."""
    new = x - rate * (torch.sign(b1 * m[0] + (1 - b1) * g) + decay * x)
    m[0] = b2 * m[0] + (1 - b2) * g
    return new


def muon(p, g, m, t, rate=0.05, decay=0.1, momentum=0.9, share=0.05):
    """PyTorch's Newton-Schulz steps for matrices, and Adam for the rest."""
    if p.ndim != 2:
        a, v = moments(g, m, t)
        return p - share * rate * a / (v.sqrt() + 1e-8)
    m[0] = momentum * m[0] + (1 - momentum) * g
    update = torch.optim._muon._zeropower_via_newtonschulz(momentum * m[0] + (1 - momentum) * g, (3.4445, -4.775, 2.0315), 5, 1e-7)
    return (1 - rate * decay) * p - rate * max(1, p.shape[0] / p.shape[1]) ** 0.5 * update


def adam_inside(p, g, s, t, rate=0.05, epsilon=1e-3):
    m, v = moments(g, s, t)
    return p - rate * m / (v + epsilon).sqrt()


def rmsprop_inside(p, g, s, t, rate=0.02, beta=0.9, epsilon=1e-3):
    s[0] = beta * s[0] + (1 - beta) * g * g
    return p - rate * g / (s[0] + epsilon).sqrt()


def clip_norm(parameters, most=2.0):
    """Clipping by its formula; clip_grad_norm_ adds 1e-6 to the norm."""
    norm = nn.utils.get_total_norm([p.grad for p in parameters])
    for p in parameters:
        p.grad *= min(1, most / norm)


def optimizers():
    """PyTorch orthogonalizes in bfloat16; here it stays in float64, as in the formula."""
    torch.Tensor.bfloat16 = lambda self: self.clone()
    o, s = torch.optim, lr_scheduler
    rule = lambda r: lambda parameters: Rule(parameters, r)
    descent = lambda parameters: o.SGD(parameters, lr=0.1)
    of_groups = lambda p: o.Adam([{"params": [one], "lr": rate} for one, rate in zip(p, [0.05, 0.1, 0.025])])
    return {
        "Momentum": optimized(lambda p: o.SGD(p, lr=0.05, momentum=0.9)),
        "Nesterov": optimized(lambda p: o.SGD(p, lr=0.05, momentum=0.8, nesterov=True)),
        "AdaGrad": optimized(lambda p: o.Adagrad(p, lr=0.1)),
        "RMSProp": optimized(lambda p: o.RMSprop(p, lr=0.02)),
        "RMSProp, epsilon inside the root": optimized(rule(rmsprop_inside)),
        "AdamByFormula": optimized(lambda p: o.Adam(p, lr=0.05)),
        "AdamByFormula, weight decay": optimized(lambda p: o.AdamW(p, lr=0.05, weight_decay=0.3)),
        "AdamByFormula, epsilon inside the root": optimized(rule(adam_inside)),
        "AMSGrad": optimized(lambda p: o.Adam(p, lr=0.05, betas=(0.9, 0.9), amsgrad=True)),
        "Muon": optimized(rule(muon)),
        "Muon, matrices alone": optimized(lambda p: o.Muon(p, lr=0.05, weight_decay=0.1, momentum=0.9), axes=(2,)),
        "LARS": optimized(rule(lars)),
        "LAMB": optimized(rule(lamb)),
        "Lion": optimized(rule(lion)),
        "clipped, by norm": optimized(descent, clip_norm),
        "clipped, by value": optimized(descent, lambda p: nn.utils.clip_grad_value_(p, 0.5)),
        "PerParameterRates": optimized(of_groups),
        "stepDecay": optimized(descent, schedule=lambda q: s.StepLR(q, 3, 0.3)),
        "cosineAnnealing": optimized(descent, schedule=lambda q: s.CosineAnnealingLR(q, 10, 1e-3)),
        "warmupCosine": optimized(descent, schedule=lambda q: s.SequentialLR(q, milestones=[3], schedulers=[
            s.LinearLR(q, start_factor=0.1, total_iters=3), s.CosineAnnealingLR(q, T_max=7, eta_min=1e-3)])),
        "eachEpoch": optimized(descent, schedule=lambda q: s.StepLR(q, 2, 0.5)),
        "oneCycle": optimized(descent, schedule=lambda q: s.OneCycleLR(q, 0.1, total_steps=11, cycle_momentum=False)),
    }


def plateau():
    """The learning rates of ReduceLROnPlateau for losses that fall with fluctuations."""
    losses = [1 / (1 + t) + 0.2 * float(spread(1, offset=t)) for t in range(60)]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, result = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=4, min_lr=0.01), []
    for loss in losses:
        scheduler.step(loss)
        result.append(optimizer.param_groups[0]["lr"])
    return {"losses": losses, "rates": result}


def three_schedulers():
    """The learning rates of Listing 2.5 as printed, with the cosine stepped once per epoch, and with one cycle alone."""
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
    momentum = trained(mlp(12, 16, 8, 4), [(9, 12)], [2, 0, 1, 3, 3, 0, 1, 2, 2], lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9))
    write(__file__, networks(), optimizers(), {"MLP, Momentum": momentum}, plateau=plateau(), threeSchedulers=three_schedulers())
