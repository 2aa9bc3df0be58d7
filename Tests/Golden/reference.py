"""Every layer, loss and optimizer, and whole models, by PyTorch in float64: python3 Tests/Golden/reference.py

Writes reference_layers.json, reference_losses.json, reference_optimizers.json and reference_models.json beside itself, the same bytes
each time. Inputs are recipes, scale * spread(shape, offset) + shift, which both sides follow. Of an array are kept its largest magnitude,
a sum weighted by spread, and its numbers, or some of them if there are many.
"""
import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

WHOLE, PLACES = 8, 5  # arrays up to WHOLE numbers are kept whole, of larger ones PLACES
PERIOD = 1000  # after how many numbers the weights of a sum repeat


# Inputs and records


def of(*shape, scale=1.0, shift=0.0, offset=0):
    return {"shape": list(shape), "offset": offset, "scale": scale, "shift": shift}


def made(recipe):
    return recipe["scale"] * spread(*recipe["shape"], offset=recipe["offset"]) + recipe["shift"]


def placed(inputs):
    """The recipes of inputs, which may be bare shapes, each with numbers of its own."""
    recipes = [i if isinstance(i, dict) else of(*i) for i in inputs]
    return [r | {"offset": 131 * k} for k, r in enumerate(recipes)]


def rounded(x):
    return float(f"{float(x):.14g}")


def largest(tensor):
    return tensor.abs().max().item()


def record(tensor, top):
    """What is kept of an array. One that is 0 but for rounding, as some gradients are by their formula, is measured by the largest of all."""
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
    """The running statistics that training moves."""
    parts = [m for m in module.modules() if getattr(m, "running_mean", None) is not None and m.training]
    return [b for m in parts for b in (m.running_mean, m.running_var)]


def passed(f, inputs, integers=(), module=None, training=True):
    """Outputs, and the gradients of the sum of all outputs times fixed weights in inputs and parameters."""
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


# Operations


def attention(q, k, v, allowed=None, mask=None):
    if allowed is not None:
        mask = torch.zeros(allowed.shape).masked_fill(~allowed, -math.inf)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def recurrent(cell, x, weights, states, lengths=None, reverse=False):
    """Each sequence by itself, up to its length and from its last element if reversed; what is left of a row is 0."""
    count, time = x.shape[:2]
    outputs, finals = [], []
    for n, length in enumerate(lengths or [time] * count):
        one = x[n:n + 1, :length]
        start = [s[n:n + 1][None] for s in states]
        y, *final = cell(one.flip(1) if reverse else one, start if len(start) > 1 else start[0], weights,
                         True, 1, 0.0, True, False, True)
        outputs.append(F.pad(y.flip(1) if reverse else y, (0, 0, 0, time - length)))
        finals.append([f[0] for f in final])
    return (torch.cat(outputs), *[torch.cat(f) for f in zip(*finals)])


def deformed(x, weight, offsets, bias, stride=1, padding=0, dilation=1):
    """The sum over the places of the kernel of what grid_sample reads there."""
    height, width = x.shape[2:]
    k, (rows, columns) = weight.shape[2], offsets.shape[2:]
    y = bias.reshape(1, -1, 1, 1)
    for place in range(k * k):
        row = torch.arange(rows).reshape(1, -1, 1) * stride - padding + place // k * dilation + offsets[:, 2 * place]
        column = torch.arange(columns).reshape(1, 1, -1) * stride - padding + place % k * dilation
        column = column + offsets[:, 2 * place + 1]
        y = y + torch.einsum("nchw,oc->nohw", sampled(x, row, column), weight[:, :, place // k, place % k])
    return y


def sampled(x, rows, columns):
    height, width = x.shape[2:]
    grid = torch.stack([2 * columns / (width - 1) - 1, 2 * rows / (height - 1) - 1], dim=-1)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=True)


def by_statistics(x, mean, variance, scale, shift):
    along = (1, -1) + (1,) * (x.ndim - 2)
    mean, variance, scale, shift = (t.reshape(along) for t in (mean, variance, scale, shift))
    return (x - mean) / (variance + 1e-5).sqrt() * scale + shift


def with_moments(x, scale, shift, f=lambda y: y):
    """Batch normalization, and the moments of the batch, which are constants."""
    others = [axis for axis in range(x.ndim) if axis != 1]
    return (f(F.batch_norm(x, None, None, scale, shift, training=True)), x.mean(others).detach(),
            x.var(others, unbiased=False).detach())


def instance(x, scale, shift):
    return F.instance_norm(x, weight=scale, bias=shift)


ACTIVATIONS = {"relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": F.silu, "gelu": F.gelu,
               "leakyReLU": lambda x: F.leaky_relu(x, 0.2), "identity": lambda x: x}


def operations():
    cases = {}

    def case(name, f, *inputs, integers=()):
        cases[name] = passed(f, inputs, integers)

    x, w, b = (2, 4, 7, 6), (6, 4, 3, 2), (6,)
    case("convolution, one axis", F.conv1d, (2, 3, 9), (4, 3, 3), (4,))
    case("convolution, one axis, stride 2, padding 2, dilation 3, groups 2",
         lambda x, w, b: F.conv1d(x, w, b, 2, 2, 3, 2), (2, 4, 11), (6, 2, 3), (6,))
    case("convolution, two axes", F.conv2d, x, w, b)
    case("convolution, stride 2, padding 1", lambda x, w, b: F.conv2d(x, w, b, 2, 1), x, w, b)
    case("convolution, dilation 2, no bias", lambda x, w: F.conv2d(x, w, dilation=2), x, w)
    case("convolution, stride 3, padding 2, dilation 2, groups 2", lambda x, w, b: F.conv2d(x, w, b, 3, 2, 2, 2), x, (6, 2, 3, 2), b)
    case("convolution, a filter for each channel", lambda x, w, b: F.conv2d(x, w, b, 1, 2, 1, 5), (2, 5, 9, 8), (5, 1, 5, 5), (5,))
    case("convolution, 1 by 1", F.conv2d, (3, 5, 4, 3), (7, 5, 1, 1), (7,))
    case("convolution, 3 by 3 with many channels", lambda x, w, b: F.conv2d(x, w, b, padding=1), (2, 33, 14, 32), (34, 33, 3, 3), (34,))
    case("transposedConvolution, one axis, stride 2, padding 1, output padding 1",
         lambda x, w, b: F.conv_transpose1d(x, w, b, 2, 1, 1), (2, 3, 5), (3, 4, 3), (4,))
    case("transposedConvolution, two axes", F.conv_transpose2d, (2, 4, 3, 5), (4, 3, 3, 2), (3,))
    case("transposedConvolution, stride 3, padding 1, output padding 2, dilation 2, groups 2",
         lambda x, w, b: F.conv_transpose2d(x, w, b, 3, 1, 2, 2, 2), (2, 4, 3, 4), (4, 3, 2, 3), (6,))

    case("maxPooled1D, window 3, stride 2, padding 1", lambda x: F.max_pool1d(x, 3, 2, 1), (2, 3, 9))
    case("maxPooled2D, window 2", lambda x: F.max_pool2d(x, 2), (2, 3, 7, 6))
    case("maxPooled2D, window 3, stride 2, padding 1", lambda x: F.max_pool2d(x, 3, 2, 1), (2, 3, 7, 8))
    case("averagePooled1D, window 3, stride 2, padding 1", lambda x: F.avg_pool1d(x, 3, 2, 1), (2, 3, 9))
    case("averagePooled2D, window 2", lambda x: F.avg_pool2d(x, 2), (2, 3, 7, 6))
    case("averagePooled2D, window 3, stride 1, padding 1", lambda x: F.avg_pool2d(x, 3, 1, 1), (2, 3, 5, 4))
    case("globalAveragePooled2D", lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1), (2, 3, 5, 4))

    factors = lambda *shape: of(*shape, scale=0.5, shift=1.0)
    case("batchNormalized, rows", with_moments, (6, 5), factors(5), (5,))
    case("batchNormalized, images", with_moments, of(3, 4, 5, 3, scale=2.0, shift=1.0), factors(4), (4,))
    for name in ["relu", "silu", "gelu", "leakyReLU"]:
        case(f"batchNormalized, images, then {name}",
             lambda x, s, t, f=ACTIVATIONS[name]: with_moments(x, s, t, f), (3, 4, 5, 3), factors(4), (4,))
    case("batchNormalized, rows, by known statistics", by_statistics, (6, 5), (5,), factors(5), factors(5), (5,))
    case("batchNormalized, images, by known statistics", by_statistics, (2, 3, 4, 5), (3,), factors(3), factors(3), (3,))
    case("layerNormalized, rows", lambda x, s, t: F.layer_norm(x, [7], s, t), (2, 3, 7), factors(7), (7,))
    case("layerNormalized, images", lambda x, s, t: F.layer_norm(x, [3, 4, 5], s, t), (2, 3, 4, 5), factors(3, 4, 5), (3, 4, 5))
    case("layerNormalized, then gelu", lambda x, s, t: F.gelu(F.layer_norm(x, [9], s, t)), (5, 9), factors(9), (9,))
    case("groupNormalized, 3 groups", lambda x, s, t: F.group_norm(x, 3, s, t), (2, 6, 4, 3), factors(6), (6,))
    case("groupNormalized, 2 groups of rows, then silu", lambda x, s, t: F.silu(F.group_norm(x, 2, s, t)), (4, 6), factors(6), (6,))
    case("instanceNormalized", instance, (2, 3, 5, 4), factors(3), (3,))
    case("localResponseNormalized", lambda x: F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2),
         of(2, 7, 2, 3, scale=20.0))

    case("softmax, last axis", lambda x: F.softmax(x, -1), of(3, 2, 7, scale=4.0))
    case("softmax, first axis", lambda x: F.softmax(x, 0), of(5, 3, scale=4.0))
    case("logSoftmax, last axis", lambda x: F.log_softmax(x, -1), of(3, 2, 7, scale=4.0))
    case("logSoftmax, middle axis", lambda x: F.log_softmax(x, 1), of(2, 6, 3, scale=4.0))
    for name, f in ACTIVATIONS.items():
        case(f"activated, {name}", f, of(5, 7, scale=3.0))
    case("softplus", F.softplus, of(5, 7, scale=3.0))
    case("erf", torch.erf, of(5, 7, scale=2.0))
    named = {"identity": lambda x: x, "step": lambda x: (x > 0) + 0 * x, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "ReLU": F.relu,
             "Leaky ReLU": F.leaky_relu, "GELU": F.gelu, "GELU (tanh form)": lambda x: F.gelu(x, approximate="tanh"), "square": torch.square}
    for name, f in named.items():
        case(f"Activation, {name}", f, of(4, 5, scale=3.0))

    q, k, v = (2, 3, 5, 4), (2, 3, 7, 4), (2, 3, 7, 6)
    flags = [int(n % 3 != 1) for n in range(35)]
    allowed = torch.tensor(flags).reshape(5, 7) > 0
    case("scaledDotProductAttention", attention, q, k, v)
    case("scaledDotProductAttention, no batch", attention, (5, 4), (7, 4), (7, 6))
    case("scaledDotProductAttention, a mask of forbidden keys", lambda *t: attention(*t, allowed=allowed), q, k, v, integers=[flags])
    case("scaledDotProductAttention, a mask of numbers", lambda q, k, v, m: attention(q, k, v, mask=m), q, k, v, (2, 1, 5, 7))
    case("scaledDotProductAttention, causal", lambda *t: attention(*t, allowed=torch.ones(6, 6).tril() > 0),
         (2, 6, 4), (2, 6, 4), (2, 6, 4))
    case("scaledDotProductAttention, causal, fewer queries than keys",
         lambda *t: attention(*t, allowed=torch.ones(5, 7).tril(2) > 0), q, k, v)

    lengths = [6, 2, 4]
    for name, cell, gates, states in [("rnn", torch.rnn_tanh, 1, 1), ("lstm", torch.lstm, 4, 2), ("gru", torch.gru, 3, 1)]:
        shapes = [(3, 6, 4), (gates * 5, 4), (gates * 5, 5), (gates * 5,), (gates * 5,)] + [(3, 5)] * states
        for variant, limits, reverse in [("", None, False), (", lengths", lengths, False), (", lengths, reversed", lengths, True)]:
            case(name + variant, lambda x, *t, c=cell, n=limits, r=reverse: recurrent(c, x, t[:4], t[4:], n, r), *shapes,
                 integers=[limits or []])
    case("embedding", lambda table: F.embedding(torch.tensor([[3, 0, 3], [5, 1, 3]]), table), (6, 4), integers=[[3, 0, 3, 5, 1, 3]])
    masks = [1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0]
    case("invertedDropout, given mask", lambda h: torch.tensor(masks).reshape(3, 4) / 0.6 * h, (3, 4), integers=[masks])
    case("bilinearSamples", lambda x, r, c: sampled(x, r[:, :, None], c[:, :, None])[..., 0].transpose(1, 2),
         (2, 3, 5, 4), of(2, 9, scale=3.4, shift=2.1), of(2, 9, scale=2.9, shift=1.6))
    for stride, padding, dilation in [(1, 1, 1), (2, 1, 2)]:
        side = [(n + 2 * padding - 2 * dilation - 1) // stride + 1 for n in (5, 4)]
        case(f"deformableConvolution, stride {stride}, padding {padding}, dilation {dilation}",
             lambda x, w, o, b, s=(stride, padding, dilation): deformed(x, w, o, b, *s),
             (2, 2, 5, 4), (3, 2, 3, 3), of(2, 18, *side, scale=1.7), (3,))
    return cases


# Layers and networks, their parts in the order in which the library lists them


class Formula(nn.Module):
    """A function of named parameters of these shapes."""

    def __init__(self, f, **shapes):
        super().__init__()
        self.names, self.f = list(shapes), f
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.zeros(shape)))

    def forward(self, x):
        return self.f(x, *[getattr(self, name) for name in self.names])


class Parts(nn.Module):
    """Parts by name, in their order, and what is done with them: f(parts, x)."""

    def __init__(self, f, **parts):
        super().__init__()
        self.f = f
        for name, part in parts.items():
            setattr(self, name, nn.ModuleList(part) if isinstance(part, list) else part)

    def forward(self, x):
        return self.f(self, x)


def mlp(*widths, f=nn.ReLU):
    layers = []
    for n, m in zip(widths, widths[1:]):
        layers += [nn.Linear(n, m), f()]
    return nn.Sequential(nn.Flatten() if f is nn.ReLU else nn.Identity(), *layers[:-1])


def mixer_layer(tokens=4, token_width=5, hidden=6, channel_width=7):
    def forward(self, x):
        x = x + self.token_mixing(self.token_norm(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channel_mixing(self.channel_norm(x))

    return Parts(forward, token_norm=nn.LayerNorm(hidden), token_mixing=mlp(tokens, token_width, tokens, f=nn.GELU),
                 channel_norm=nn.LayerNorm(hidden), channel_mixing=mlp(hidden, channel_width, hidden, f=nn.GELU))


def mixer():
    def forward(self, images):
        return self.head(self.norm(self.layers(self.embedding(F.unfold(images, 2, stride=2).transpose(1, 2)))).mean(1))

    return Parts(forward, embedding=nn.Linear(8, 6), layers=nn.Sequential(mixer_layer(), mixer_layer()), norm=nn.LayerNorm(6),
                 head=nn.Linear(6, 3))


def spline_layer(inputs, outputs, intervals=5, degree=3):
    """A layer of a Kolmogorov-Arnold network on [-1, 1], its B-splines as sums of truncated powers."""
    def forward(x, base, coefficients):
        h = 2 / intervals
        u = (x[..., None] + 1) / h + degree - torch.arange(intervals + degree)
        bumps = sum((-1) ** j * math.comb(degree + 1, j) * F.relu(u - j) ** degree for j in range(degree + 2))
        return F.silu(x) @ base.T + torch.einsum("nim,oim->no", bumps / math.factorial(degree), coefficients)

    return Formula(forward, base=(outputs, inputs), coefficients=(outputs, inputs, intervals + degree))


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


def normalized_mlp(widths, kind):
    def forward(self, x):
        for A, norm in zip(self.layers, self.norms):
            x = F.relu(norm(A(x)))
        return self.layers[-1](x)

    return Parts(forward, layers=[nn.Linear(n, m) for n, m in zip(widths, widths[1:])], norms=[kind(n) for n in widths[1:-1]])


def separable(inputs, outputs, stride=1, bias=True, padding=1):
    return nn.Sequential(nn.Conv2d(inputs, inputs, 3, stride, padding, groups=inputs, bias=bias), nn.Conv2d(inputs, outputs, 1, bias=bias))


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


def normalized(inputs, outputs, kernel, stride=1):
    return nn.Sequential(conv(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs))


def residual_block(inputs, outputs, stride=1, is_residual=True):
    def forward(self, x):
        h = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(h + self.shortcut(x) if is_residual else h)

    changes = is_residual and (inputs != outputs or stride != 1)
    return Parts(forward, conv1=conv(inputs, outputs, 3, stride), norm1=nn.BatchNorm2d(outputs), conv2=conv(outputs, outputs, 3),
                 norm2=nn.BatchNorm2d(outputs), shortcut=normalized(inputs, outputs, 1, stride) if changes else nn.Identity())


def bottleneck(inputs, width, stride=1, first=False):
    def forward(self, x):
        h = F.relu(self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x))))))
        return F.relu(self.norm3(self.conv3(h)) + self.shortcut(x))

    changes = inputs != 4 * width or stride != 1
    return Parts(forward, conv1=conv(inputs, width, 1, stride if first else 1), norm1=nn.BatchNorm2d(width),
                 conv2=conv(width, width, 3, 1 if first else stride), norm2=nn.BatchNorm2d(width), conv3=conv(width, 4 * width, 1),
                 norm3=nn.BatchNorm2d(4 * width), shortcut=normalized(inputs, 4 * width, 1, stride) if changes else nn.Identity())


def resnet(block, expansion, depths, width, classes, large=True):
    channels, stages = width, []
    for stage, depth in enumerate(depths):
        blocks = []
        for place in range(depth):
            blocks.append(block(channels, width << stage, 2 if place == 0 and stage > 0 else 1))
            channels = expansion * (width << stage)
        stages.append(nn.Sequential(*blocks))
    stem = normalized(3, width, 7, 2) if large else normalized(3, width, 3)

    def forward(self, x):
        h = F.relu(self.stem(x))
        h = F.max_pool2d(h, 3, 2, 1) if large else h
        for stage in self.stages:
            h = stage(h)
        return self.head(h.mean((2, 3)))

    return Parts(forward, stem=stem, stages=stages, head=nn.Linear(channels, classes))


def mini_resnet(classes, width):
    sizes = [(width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2)]
    return Parts(lambda self, x: self.head(self.blocks(F.relu(self.stem(x))).mean((2, 3))), stem=normalized(3, width, 3),
                 blocks=nn.Sequential(*[residual_block(*size) for size in sizes]), head=nn.Linear(4 * width, classes))


def partly_frozen(network, trained):
    """All parts of a residual network but these are frozen, and run in evaluation mode."""
    for part in [network.stem, *network.stages, network.head]:
        if not any(part is t for t in trained(network)):
            part.requires_grad_(False).eval()
    return network


def block_stack(is_normalized):
    def forward(self, x):
        for b in self.blocks:
            h = b.norm2(b.conv2(F.relu(b.norm1(b.conv1(x))))) if is_normalized else b.conv2(F.relu(b.conv1(x)))
            x = x + h
        return x

    return Parts(forward, blocks=[residual_block(3, 3) for _ in range(2)])


def parametric(kernel, filters, blocks, classes):
    widths = [3] + [filters << min(i, 2) for i in range(blocks)]
    pairs = list(zip(widths, widths[1:]))

    def forward(self, x):
        for c, n in zip(self.convolutions, self.norms):
            x = F.max_pool2d(F.relu(n(c(x))), 2)
        return self.output(x.mean((2, 3)))

    return Parts(forward, convolutions=[nn.Conv2d(a, b, kernel, padding=kernel // 2) for a, b in pairs],
                 norms=[nn.BatchNorm2d(b) for _, b in pairs], output=nn.Linear(widths[-1], classes))


def convolution_block(inputs, outputs):
    def forward(self, x):
        for c, n in zip(self.convolutions, self.norms):
            x = F.relu(n(c(x)))
        return F.max_pool2d(x, 2)

    return Parts(forward, convolutions=[nn.Conv2d(a, outputs, 3, padding=1) for a in (inputs, outputs)],
                 norms=[nn.BatchNorm2d(outputs) for _ in range(2)])


def color_network(classes):
    """The network of Listing 4.6, with nothing dropped."""
    return Parts(lambda self, x: self.output(F.relu(self.hidden(self.blocks(x).mean((2, 3))))),
                 blocks=nn.Sequential(*[convolution_block(a, b) for a, b in [(3, 64), (64, 128), (128, 256)]]),
                 hidden=nn.Linear(256, 128), output=nn.Linear(128, classes))


def lenet5(classes):
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes))


def alexnet(w, hidden, classes):
    second, third = w // 3 * 8, w * 4
    response = lambda: nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)
    return nn.Sequential(
        nn.Conv2d(3, w, 11, 4), nn.ReLU(), response(), nn.MaxPool2d(3, 2), nn.Conv2d(w, second, 5, padding=2, groups=2), nn.ReLU(),
        response(), nn.MaxPool2d(3, 2), nn.Conv2d(second, third, 3, padding=1), nn.ReLU(),
        nn.Conv2d(third, third, 3, padding=1, groups=2), nn.ReLU(), nn.Conv2d(third, second, 3, padding=1, groups=2), nn.ReLU(),
        nn.MaxPool2d(3, 2), *mlp(second * 36, hidden, hidden, classes))


def vgg16(width, hidden, classes):
    layers, channels = [], 3
    for stage, depth in enumerate([2, 2, 3, 3, 3]):
        for _ in range(depth):
            layers += [nn.Conv2d(channels, width << min(stage, 3), 3, padding=1), nn.ReLU()]
            channels = width << min(stage, 3)
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, *mlp(channels, hidden, hidden, classes))


def excitation(channels, hidden):
    return Parts(lambda self, x: x * torch.sigmoid(self.excite(F.silu(self.squeeze(x.mean((2, 3))))))[..., None, None],
                 squeeze=nn.Linear(channels, hidden), excite=nn.Linear(hidden, channels))


def inverted_residual(inputs, outputs, kernel, expansion, stride=1):
    wide = inputs * expansion

    def forward(self, x):
        h = F.silu(self.expansion(x)) if expansion > 1 else x
        h = self.projection(self.attention(F.silu(self.depthwise(h))))
        return x + h if h.shape == x.shape and stride == 1 else h

    depthwise = nn.Conv2d(wide, wide, kernel, stride, kernel // 2, groups=wide, bias=False)
    return Parts(forward, expansion=normalized(inputs, wide, 1) if expansion > 1 else nn.Identity(),
                 depthwise=nn.Sequential(depthwise, nn.BatchNorm2d(wide)), attention=excitation(wide, max(1, inputs // 4)),
                 projection=normalized(wide, outputs, 1))


def efficient_net(classes):
    blocks = nn.Sequential(inverted_residual(4, 5, 3, 1), inverted_residual(5, 6, 5, 2, 2), inverted_residual(6, 6, 5, 2))
    return Parts(lambda self, x: self.head(F.silu(self.top(self.blocks(F.silu(self.stem(x))))).mean((2, 3))),
                 stem=normalized(3, 4, 3), blocks=blocks, top=normalized(6, 24, 1), head=nn.Linear(24, classes))


def channels_last(norm, x):
    return norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def convnext_block(c):
    def forward(self, x):
        h = self.narrowing(F.gelu(self.widening(self.norm(self.depthwise(x).permute(0, 2, 3, 1)))))
        return x + self.scale(h).permute(0, 3, 1, 2)

    return Parts(forward, depthwise=nn.Conv2d(c, c, 7, padding=3, groups=c), norm=nn.LayerNorm(c, eps=1e-6),
                 widening=nn.Linear(c, 4 * c), narrowing=nn.Linear(4 * c, c), scale=Formula(lambda h, g: g * h, factors=(c,)))


def downsampling(a, b):
    return Parts(lambda self, x: self.convolution(channels_last(self.norm, x)), norm=nn.LayerNorm(a, eps=1e-6),
                 convolution=nn.Conv2d(a, b, 2, 2))


def convnext(classes):
    def forward(self, x):
        h = self.stages[0](channels_last(self.patch_norm, self.patches(x)))
        h = self.stages[1](self.down(h))
        return self.head(self.norm(h.mean((2, 3))))

    return Parts(forward, patches=nn.Conv2d(3, 4, 2, 2), patch_norm=nn.LayerNorm(4, eps=1e-6),
                 stages=[nn.Sequential(convnext_block(4)), nn.Sequential(convnext_block(6), convnext_block(6))],
                 down=downsampling(4, 6), norm=nn.LayerNorm(6, eps=1e-6), head=nn.Linear(6, classes))


def separable_block(a, b, stride=1):
    return Parts(lambda self, x: F.relu(self.outer(self.convolution[1](F.relu(self.inner(self.convolution[0](x)))))),
                 convolution=separable(a, b, stride, bias=False), inner=nn.BatchNorm2d(a), outer=nn.BatchNorm2d(b))


def mobile_network(classes):
    return Parts(lambda self, x: self.head(self.blocks(F.relu(self.stem(x))).mean((2, 3))), stem=normalized(3, 4, 3),
                 blocks=nn.Sequential(separable_block(4, 6, 2), separable_block(6, 5)), head=nn.Linear(5, classes))


def deformable(inputs, outputs):
    def forward(self, x):
        return deformed(x, self.own.weight, self.offsets(x), self.own.bias, 2, 1, 1)

    own = Formula(None, weight=(outputs, inputs, 3, 3), bias=(outputs,))
    return Parts(forward, own=own, offsets=nn.Conv2d(inputs, 18, 3, 2, 1))


def modules():
    neuron = lambda f: Formula(lambda x, w, b: f(x @ w + b), weights=(4,), bias=())
    image, small = (2, 3, 8, 8), (2, 3, 6, 5)
    # Batches and images are large enough for several numbers in every channel of the last maps: of two numbers, batch normalization makes
    # plus and minus one whatever they are, and what is left of a gradient is rounding.
    cases = {
        "Linear": layer(nn.Linear(5, 3), (4, 5)),
        "Linear, more axes": layer(nn.Linear(5, 3), (2, 3, 5)),
        "Neuron": layer(neuron(torch.sigmoid), (6, 4)),
        "LogisticRegression": layer(neuron(lambda z: z), (6, 4)),
        "MLP, ReLU": layer(mlp(6, 5, 4, 3), (4, 2, 3)),
        "MLP, tanh": layer(mlp(6, 5, 3, f=nn.Tanh), (4, 6)),
        "ShallowNetwork": layer(Formula(lambda x, w, b, c: torch.tanh(x @ w.T + b) @ c, w=(7, 2), b=(7,), c=(7,)), (5, 2)),
        "ChannelNorm": layer(nn.LayerNorm(6), (2, 3, 6)),
        "MixerLayer": layer(mixer_layer(), (2, 4, 6)),
        "MLPMixer": layer(mixer(), (2, 2, 4, 4)),
        "KolmogorovArnoldLayer": layer(spline_layer(3, 2), of(6, 3, scale=0.95)),
        "KolmogorovArnoldNetwork": layer(nn.Sequential(spline_layer(2, 3), spline_layer(3, 2)), of(6, 2, scale=0.5)),
        "HandWrittenNetwork": layer(mlp(5, 6, 2), (7, 5)),
        "TanhNetwork": layer(mlp(2, 4, 2, f=nn.Tanh), (7, 2)),
        "LayerRun": layer(nn.Sequential(*mlp(4, 5, 3, 2)[1:5]), (6, 4)),
        "ScaledNetwork": layer(scaled(0.5), (5, 3)),
        "DeepNetwork, rescaled over the batch": layer(deep(lambda z: F.batch_norm(z, None, None, training=True), False), (6, 5)),
        "DeepNetwork, rescaled over the neurons, residual": layer(deep(lambda z: F.layer_norm(z, [5]), True), (6, 5)),
        "BatchNormalization, rows": layer(nn.BatchNorm1d(5), (6, 5)),
        "BatchNormalization, rows, evaluation": layer(nn.BatchNorm1d(5), (6, 5), training=False),
        "BatchNormalization, images": layer(nn.BatchNorm2d(3, eps=1e-3, momentum=0.3), of(2, 3, 4, 5, scale=2.0, shift=1.0)),
        "BatchNormalization, images, evaluation": layer(nn.BatchNorm2d(3), (2, 3, 4, 5), training=False),
        "LayerNormalization, features": layer(nn.LayerNorm(6), (2, 3, 6)),
        "LayerNormalization, images": layer(nn.LayerNorm([3, 4, 5]), (2, 3, 4, 5)),
        "GroupNormalization": layer(nn.GroupNorm(2, 6), (2, 6, 3, 4)),
        "GroupNormalization, instances": layer(nn.InstanceNorm2d(3, affine=True), (2, 3, 4, 5)),
        "Dropout, evaluation": layer(nn.Dropout(0.5), (3, 4), training=False),
        "DropPath, evaluation": layer(nn.Identity(), (3, 4), training=False),
        "StochasticDepth, evaluation": layer(Parts(lambda s, x: x + 0.7 * s.branch(x), branch=nn.Linear(4, 4)), (3, 4), training=False),
        "NormalizedNetwork, batch": layer(normalized_mlp([4, 6, 5, 3], nn.BatchNorm1d), (7, 4)),
        "NormalizedNetwork, layer": layer(normalized_mlp([4, 6, 5, 3], nn.LayerNorm), (7, 4)),
        "RegularizedNetwork": layer(normalized_mlp([6, 5, 5, 3], nn.BatchNorm1d), (7, 6)),
        "RegularizedNetwork, evaluation": layer(normalized_mlp([6, 5, 5, 3], nn.BatchNorm1d), (7, 6), training=False),
        "Convolution": layer(nn.Conv2d(3, 4, 3, 2, 2, 2), (2, 3, 7, 6)),
        "Convolution, groups": layer(nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=False), (2, 4, 5, 4)),
        "TransposedConvolution": layer(nn.ConvTranspose2d(3, 2, 3, 2, 1, 1), (2, 3, 4, 5)),
        "SeparableConvolution": layer(separable(3, 5, 2), small),
        "DeformableConvolution": layer(deformable(3, 2), (2, 3, 5, 4)),
        "NormalizedConvolution": layer(normalized(3, 4, 3, 2), small),
        "ResidualBlock": layer(residual_block(3, 3), small),
        "ResidualBlock, narrower maps": layer(residual_block(3, 5, 2), small),
        "ResidualBlock, plain": layer(residual_block(3, 5, 2, False), small),
        "BottleneckBlock": layer(bottleneck(8, 2), (2, 8, 4, 3)),
        "BottleneckBlock, narrower maps": layer(bottleneck(3, 2, 2), small),
        "BottleneckBlock, stride first": layer(bottleneck(3, 2, 2, True), small),
        "BlockStack": layer(block_stack(True), small),
        "BlockStack, not normalized": layer(block_stack(False), small),
        "SqueezeAndExcitation": layer(excitation(5, 2), (2, 5, 4, 3)),
        "InvertedResidual": layer(inverted_residual(4, 4, 5, 2), (3, 4, 6, 5)),
        "InvertedResidual, stride 2": layer(inverted_residual(4, 5, 3, 3, 2), (3, 4, 6, 5)),
        "InvertedResidual, not expanded": layer(inverted_residual(4, 5, 3, 1), (3, 4, 6, 5)),
        "InvertedResidual, evaluation": layer(inverted_residual(4, 4, 5, 2), (3, 4, 6, 5), training=False),
        "ConvNeXtBlock": layer(convnext_block(4), (2, 4, 5, 6)),
        "ConvNeXtDownsampling": layer(downsampling(3, 4), (2, 3, 6, 4)),
        "SeparableBlock": layer(separable_block(3, 4, 2), small),
        "ConvolutionBlock": layer(convolution_block(3, 4), (2, 3, 6, 4)),
        "DropoutClassifier, evaluation": layer(mlp(6, 5, 4, 3), (4, 2, 3, 1), training=False),
        "LearnedFeatures": layer(nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.AvgPool2d(4), *mlp(16, 5, 3)), (3, 1, 8, 8)),
        "LeNet, LeNet-5": layer(lenet5(10), (2, 1, 28, 28)),
        "AlexNet, evaluation": layer(alexnet(12, 6, 3), (1, 3, 227, 227), training=False),
        "VGG16, evaluation": layer(vgg16(3, 5, 4), (2, 3, 32, 32), training=False),
        "ResNet, residual blocks": layer(resnet(residual_block, 1, [2, 1, 1, 1], 3, 4), (5, 3, 48, 48)),
        "ResNet, residual blocks, evaluation": layer(resnet(residual_block, 1, [1, 1, 1, 1], 3, 4, False), image, training=False),
        "ResNet, bottleneck blocks, evaluation": layer(resnet(bottleneck, 4, [1, 2, 1, 1], 2, 4, False), (2, 3, 16, 16), training=False),
        "MiniResNet": layer(mini_resnet(4, 4), (2, 3, 16, 16)),
        "TransferNetwork": layer(resnet(residual_block, 1, [1, 1, 1, 1], 3, 5, False), (2, 3, 16, 16)),
        "PartlyFrozen": layer(partly_frozen(resnet(residual_block, 1, [1, 1, 1, 1], 3, 5, False), lambda n: [n.stages[3], n.head]),
                              (2, 3, 16, 16)),
        "ParametricNetwork": layer(parametric(3, 2, 2, 3), (3, 3, 8, 8)),
        "ColorImageNetwork": layer(color_network(10), (4, 3, 16, 16)),
        "ConvNeXt": layer(convnext(3), image),
        "EfficientNet, evaluation": layer(efficient_net(3), image, training=False),
        "MobileNetwork, evaluation": layer(mobile_network(3), image, training=False),
    }
    return cases


# Losses


def losses():
    cases, z = {}, of(5, 4, scale=3.0)
    labels, likely = [3, 0, 0, 2, 1], of(5, 4, scale=0.45, shift=0.5)
    y = torch.tensor(labels)
    one_hot = F.one_hot(y, 4).double()
    targets = of(5, 4, scale=0.5, shift=0.5)

    def case(name, f, *inputs, integers=()):
        cases[name] = passed(f, inputs, integers)

    def spread_out(scores):
        """A distribution for each row: the positive numbers over their sum."""
        return scores / scores.sum(1, keepdim=True)

    def divergence(a, b):
        return F.kl_div(F.log_softmax(b, 1), F.log_softmax(a, 1), reduction="batchmean", log_target=True)

    def symmetric(a, b):
        return (divergence(a, b) + divergence(b, a)) / 2

    case("meanSquaredError", lambda a, b: F.mse_loss(a, b, reduction="sum") / 5, z, (5, 4))
    case("crossEntropy, of probabilities", lambda p: F.nll_loss(p.log(), y), likely, integers=[labels])
    case("crossEntropy, of logits", lambda z: F.cross_entropy(z, y), z, integers=[labels])
    case("crossEntropy, fused", lambda z: F.cross_entropy(z, y), z, integers=[labels])
    case("crossEntropy, fused, large logits", lambda z: F.cross_entropy(z, y), of(5, 4, scale=300.0), integers=[labels])
    case("crossEntropy, fused, smoothed", lambda z: F.cross_entropy(z, y, label_smoothing=0.1), z, integers=[labels])
    case("crossEntropy, of distributions", lambda z, t: F.cross_entropy(z, spread_out(t)), z, of(5, 4, scale=0.4, shift=0.5))
    case("crossEntropy, mixup", lambda x, w, s: F.cross_entropy(
        (s[:, None] * x + (1 - s)[:, None] * x.flip(0)) @ w.T, s[:, None] * one_hot + (1 - s)[:, None] * one_hot.flip(0)),
        (5, 6), (4, 6), of(5, scale=0.5, shift=0.5), integers=[labels])
    case("smoothedCrossEntropy", lambda z: F.cross_entropy(z, y, label_smoothing=0.2), z, integers=[labels])
    case("binaryCrossEntropy, of probabilities", lambda p, t: F.binary_cross_entropy(p, t), likely, targets)
    case("binaryCrossEntropy, of logits", lambda z, t: F.binary_cross_entropy_with_logits(z, t), z, targets)
    case("binaryCrossEntropy, fused", lambda z, t: F.binary_cross_entropy_with_logits(z, t), z, targets)
    case("binaryCrossEntropy, fused, summed", lambda z, t: F.binary_cross_entropy_with_logits(z, t, reduction="sum"), z, targets)
    fixed = made(targets)
    case("binaryCrossEntropy, fused, constant targets", lambda z: F.binary_cross_entropy_with_logits(z, fixed), z)
    case("binaryCrossEntropyOfProbabilities", lambda p, t: F.binary_cross_entropy(p, t), likely, targets)
    case("binaryCrossEntropyOfProbabilities, summed, constant targets",
         lambda p: F.binary_cross_entropy(p, fixed, reduction="sum"), likely)
    case("klDivergence", divergence, z, of(5, 4, scale=2.0))
    case("symmetricDivergence", symmetric, z, of(5, 4, scale=2.0))
    case("rDropLoss", lambda a, b: (F.cross_entropy(a, y) + F.cross_entropy(b, y)) / 2 + 0.7 * symmetric(a, b), z, of(5, 4, scale=2.0),
         integers=[labels])
    case("l1Penalty", lambda a, b: 0.3 * (a.norm(1) + b.norm(1)), (4, 3), (5,))
    case("l2Penalty", lambda a, b: 0.15 * (a.norm(2) ** 2 + b.norm(2) ** 2), (4, 3), (5,))
    case("ElasticNet", lambda t: 0.3 * (0.4 * t.norm(1) + 0.6 / 2 * t.norm(2) ** 2), (7,))
    case("negativeLogPosterior", lambda w, X, y: F.mse_loss(X @ w, y, reduction="sum") / 0.6 + w.square().sum() / 1.4, (3,), (6, 3), (6,))
    return cases


# Optimizers


def start():
    return [of(4, 3), of(5, offset=20), of(2, 6, offset=40)]


def slopes(parameters, t):
    """The gradient of step t: curvatures from 1/2 to 3/2 around 1/2, and noise that decays."""
    return [
        (1 + spread(*p.shape, offset=300 + 20 * i) / 2) * (p - 0.5) + 4 * spread(*p.shape, offset=1000 + 97 * t + 20 * i) / t
        for i, p in enumerate(parameters)
    ]


def optimized(make, clip=None, schedule=None):
    """The parameters after one step and after ten, and the learning rate of every step."""
    parameters, after, rates = [made(r).requires_grad_() for r in start()], {}, []
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
    return {"start": start(), "rates": rates if scheduler else [], **records(one=after[1], ten=after[10])}


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


def groups(optimizer, rates):
    return lambda parameters: optimizer([{"params": [p], "lr": rate} for p, rate in zip(parameters, rates) if rate])


def clip_norm(parameters, most=2.0):
    """Clipping as its formula has it; clip_grad_norm_ adds 1e-6 to the norm."""
    norm = nn.utils.get_total_norm([p.grad for p in parameters])
    for p in parameters:
        p.grad *= min(1, most / norm)


def optimizers():
    """PyTorch orthogonalizes in bfloat16; here that stays in float64, which is what the formula says."""
    torch.Tensor.bfloat16 = lambda self: self.clone()
    o, s = torch.optim, torch.optim.lr_scheduler
    rule = lambda r: lambda parameters: Rule(parameters, r)
    descent = lambda parameters: o.SGD(parameters, lr=0.1)
    return {
        "GradientDescent": optimized(lambda p: o.SGD(p, lr=0.05)),
        "Momentum": optimized(lambda p: o.SGD(p, lr=0.05, momentum=0.9)),
        "Nesterov": optimized(lambda p: o.SGD(p, lr=0.05, momentum=0.8, nesterov=True)),
        "ShrinkingGradientDescent": optimized(lambda p: o.SGD(p, lr=0.05, weight_decay=0.3)),
        "AdaGrad": optimized(lambda p: o.Adagrad(p, lr=0.1)),
        "RMSProp": optimized(lambda p: o.RMSprop(p, lr=0.02)),
        "RMSProp, epsilon inside the root": optimized(rule(rmsprop_inside)),
        "Adam": optimized(lambda p: o.Adam(p, lr=0.05)),
        "Adam, other constants": optimized(lambda p: o.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3)),
        "Adam, weight decay": optimized(lambda p: o.AdamW(p, lr=0.05, weight_decay=0.3)),
        "AdamByFormula": optimized(lambda p: o.Adam(p, lr=0.05)),
        "AdamByFormula, weight decay": optimized(lambda p: o.AdamW(p, lr=0.05, weight_decay=0.3)),
        "AdamByFormula, epsilon inside the root": optimized(rule(adam_inside)),
        "AdamWithL2": optimized(lambda p: o.Adam(p, lr=0.05, weight_decay=0.3)),
        "AMSGrad": optimized(lambda p: o.Adam(p, lr=0.05, betas=(0.9, 0.9), amsgrad=True)),
        "Muon": optimized(rule(muon)),
        "LARS": optimized(rule(lars)),
        "LAMB": optimized(rule(lamb)),
        "Lion": optimized(rule(lion)),
        "Clipped": optimized(lambda p: o.Adam(p, lr=0.05), clip_norm),
        "clipped, by norm": optimized(descent, clip_norm),
        "clipped, by value": optimized(descent, lambda p: nn.utils.clip_grad_value_(p, 0.5)),
        "PerParameterRates": optimized(groups(o.Adam, [0.05, 0.1, 0.025])),
        "ParameterGroups": optimized(groups(o.AdamW, [0.05, 0, 0.02])),
        "GradientRecorder": optimized(lambda p: o.SGD(p, lr=0.05, momentum=0.9)),
        "stepDecay": optimized(descent, schedule=lambda q: s.StepLR(q, 3, 0.3)),
        "cosineAnnealing": optimized(descent, schedule=lambda q: s.CosineAnnealingLR(q, 10, 1e-3)),
        "warmupCosine": optimized(descent, schedule=lambda q: s.SequentialLR(q, milestones=[3], schedulers=[
            s.LinearLR(q, start_factor=0.1, total_iters=3), s.CosineAnnealingLR(q, T_max=7, eta_min=1e-3)])),
        "eachEpoch": optimized(descent, schedule=lambda q: s.StepLR(q, 2, 0.5)),
        "oneCycle": optimized(descent, schedule=lambda q: s.OneCycleLR(q, 0.1, total_steps=11, cycle_momentum=False)),
    }


# Whole models


def trained(module, inputs, labels, make, integers=(), schedule=None, forward=None):
    """Ten steps: the first logits and gradients, all losses, and parameters, statistics and logits in evaluation after the last."""
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


def recurrent_classifier(tokens, lengths):
    """Embedding, an LSTM over sequences of several lengths, and a linear layer on the last state."""
    own = Formula(None, table=(7, 5), W=(24, 5), U=(24, 6), b=(24,), d=(24,))

    def forward(self, x):
        words = F.embedding(tokens, self.own.table)
        state = torch.zeros(len(lengths), 6)
        weights = [self.own.W, self.own.U, self.own.b, self.own.d]
        return self.head(recurrent(torch.lstm, words, weights, [state, state], lengths)[1])

    return Parts(forward, own=own, head=nn.Linear(6, 3))


def attention_classifier(width=8, heads=2):
    """A block of a transformer, normalized first, with causal attention; then the mean over all places, and a linear layer."""
    def forward(self, x):
        split = lambda t: t.reshape(*t.shape[:2], heads, -1).transpose(1, 2)
        h = self.norm1(x)
        q, k, v = (split(h @ w.T) for w in (self.own.query, self.own.key, self.own.value))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape)
        x = x + a @ self.own.output.T
        x = x + self.narrowing(F.gelu(self.widening(self.norm2(x))))
        return self.head(x.mean(1))

    names = ["query", "key", "value", "output"]
    return Parts(forward, norm1=nn.LayerNorm(width), own=Formula(None, **{n: (width, width) for n in names}), norm2=nn.LayerNorm(width),
                 widening=nn.Linear(width, 2 * width), narrowing=nn.Linear(2 * width, width), head=nn.Linear(width, 3))


def models():
    """Where batch normalization follows a layer with biases, their gradients are 0 by their formula, and rounding alone in fact. Adam's
    quotient makes whole steps of it unless epsilon is larger than such a gradient in single precision: hence 1e-3 in these two models."""
    o = torch.optim
    digits, labels = [of(6, 1, 28, 28)], [3, 0, 7, 2, 9, 1]
    tokens, lengths = [3, 0, 6, 2, 5, 1, 4, 4, 2, 6, 1, 3, 5, 0, 0, 2, 6, 0, 0, 0], [5, 5, 3, 2]
    sequence = recurrent_classifier(torch.tensor(tokens).reshape(4, 5), lengths)
    return {
        "MLP, Momentum": trained(
            mlp(12, 16, 8, 4), [(9, 12)], [2, 0, 1, 3, 3, 0, 1, 2, 2], lambda p: o.SGD(p, lr=0.05, momentum=0.9)),
        "NormalizedNetwork, Adam with weight decay": trained(
            normalized_mlp([8, 12, 10, 3], nn.BatchNorm1d), [(12, 8)], [2, 0, 1, 1, 0, 2, 2, 1, 0, 0, 1, 2],
            lambda p: o.AdamW(p, lr=1e-3, weight_decay=0.05, eps=1e-3)),
        "LeNet-5, Adam": trained(lenet5(10), digits, labels, lambda p: o.Adam(p, lr=1e-3)),
        "ColorImageNetwork, Adam with weight decay, cosineAnnealing": trained(
            color_network(10), [of(8, 3, 8, 8)], labels + [5, 8], lambda p: o.AdamW(p, lr=3e-4, weight_decay=1e-2, eps=1e-3),
            schedule=lambda q: o.lr_scheduler.CosineAnnealingLR(q, 10)),
        "MiniResNet, Momentum with an L2 penalty": trained(
            mini_resnet(10, 4), [of(6, 3, 16, 16)], labels, lambda p: o.SGD(p, lr=0.02, momentum=0.9, weight_decay=1e-2)),
        "lstm, Adam": trained(
            sequence, [], [2, 0, 1, 1], lambda p: o.Adam(p, lr=1e-3), integers=[tokens, lengths], forward=lambda: sequence(None)),
        "scaledDotProductAttention, Adam": trained(
            attention_classifier(), [(4, 5, 8)], [2, 0, 1, 1], lambda p: o.Adam(p, lr=1e-3)),
    }


def write(name, cases):
    head = json.dumps({"torch": torch.__version__.split("+")[0]})
    lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in cases.items()]
    text = "{\"versions\": " + head + ", \"cases\": {\n" + ",\n".join(lines) + "\n}}\n"
    (Path(__file__).parent / f"reference_{name}.json").write_text(text)


if __name__ == "__main__":
    write("layers", operations() | modules())
    write("losses", losses())
    write("optimizers", optimizers())
    write("models", models())
