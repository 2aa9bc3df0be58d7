"""Reference values of chapter 1, from PyTorch in float64: python foundations.py > foundations.json"""
import json

import torch
from torch import nn
from torch.nn import functional as F

from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors]).tolist()


def fill(module):
    """Gives the module fixed parameters and returns them."""
    start = flat(module.parameters())
    values = spread(len(start), offset=13)
    nn.utils.vector_to_parameters(values, module.parameters())
    return values.tolist()


def gradients(module, loss):
    module.zero_grad()
    loss.backward()
    return flat(p.grad for p in module.parameters())


def mlp():
    widths, labels = [6, 5, 4, 3], [2, 0, 1, 1]
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    result = {"widths": widths, "labels": labels, "parameters": fill(model)}
    x, y = spread(4, 6, offset=500), torch.tensor(labels)
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3)
    result |= {"inputs": flat([x]), "logits": flat([model(x)]), "losses": [], "trained": []}
    for step in range(10):
        loss = criterion(model(x), y)
        g = gradients(model, loss)
        if step == 0:
            result["gradients"] = g
        optimizer.step()
        result["losses"].append(loss.item())
        if step in (0, 9):
            result["trained"].append(flat(model.parameters()))
    return result


def activations():
    functions = {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "ReLU": F.relu, "Leaky ReLU": F.leaky_relu, "GELU": F.gelu,
        "GELU (tanh form)": lambda z: F.gelu(z, approximate="tanh"), "softmax": lambda z: F.softmax(z, dim=0),
        "log-softmax": lambda z: F.log_softmax(z, dim=0),
    }
    grid = [-20.5, -6.25, -3.5, -1.75, -0.75179, -0.3, -1e-3, 1e-3, 0.1, 0.5, 1.25, 3.0, 7.5, 18.0]
    result = {"grid": grid, "functions": {}}
    weights = spread(len(grid), offset=40)  # softmax alone needs them: the plain sum of its slopes is 0
    result["weights"] = weights.tolist()
    for name, f in functions.items():
        z = torch.tensor(grid, requires_grad=True)
        y = f(z)
        (y * weights).sum().backward()
        result["functions"][name] = {"values": y.tolist(), "slopes": z.grad.tolist()}
    return result


def losses():
    z, t = spread(5, 4, offset=60) * 3, spread(5, 4, offset=90)
    labels, bits = [3, 0, 0, 2, 1], torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0])
    cases = {
        # nn.MSELoss averages the components of a row as well; the notes sum them.
        "mean squared error": lambda z: F.mse_loss(z, t, reduction="sum") / 5,
        "cross-entropy": lambda z: F.cross_entropy(z, torch.tensor(labels)),
        "binary cross-entropy": lambda z: F.binary_cross_entropy_with_logits(z[:, 0], bits),
    }
    result = {"predictions": flat([z]), "targets": flat([t]), "labels": labels, "bits": bits.tolist(), "cases": {}}
    for name, f in cases.items():
        x = z.clone().requires_grad_()
        loss = f(x)
        loss.backward()
        result["cases"][name] = {"value": loss.item(), "gradient": flat([x.grad])}
    return result


class MixerLayer(nn.Module):
    def __init__(self, tokens, token_width, hidden, channel_width):
        super().__init__()
        self.token_norm = nn.LayerNorm(hidden)
        self.token_mixing = nn.Sequential(nn.Linear(tokens, token_width), nn.GELU(), nn.Linear(token_width, tokens))
        self.channel_norm = nn.LayerNorm(hidden)
        self.channel_mixing = nn.Sequential(
            nn.Linear(hidden, channel_width), nn.GELU(), nn.Linear(channel_width, hidden))

    def forward(self, x):
        x = x + self.token_mixing(self.token_norm(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channel_mixing(self.channel_norm(x))


class Mixer(nn.Module):
    def __init__(self, patch, colors, tokens, hidden, token_width, channel_width, depth, classes):
        super().__init__()
        self.patch = patch
        self.embedding = nn.Linear(patch * patch * colors, hidden)
        self.layers = nn.Sequential(
            *[MixerLayer(tokens, token_width, hidden, channel_width) for _ in range(depth)])
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, classes)

    def forward(self, images):
        rows = F.unfold(images, self.patch, stride=self.patch).transpose(1, 2)
        return self.head(self.norm(self.layers(self.embedding(rows))).mean(1))


def mixer():
    model, labels = Mixer(2, 2, 4, 6, 5, 7, 2, 3), [2, 0]
    result = {"parameters": fill(model), "labels": labels}
    images, tokens = spread(2, 2, 4, 4, offset=700).requires_grad_(), spread(2, 4, 6, offset=800)
    result |= {"images": flat([images]), "tokens": flat([tokens]), "layer": flat([model.layers[0](tokens)])}
    logits = model(images)
    loss = F.cross_entropy(logits, torch.tensor(labels))
    result |= {"logits": flat([logits]), "loss": loss.item(), "gradients": gradients(model, loss)}
    result["imageGradients"] = flat([images.grad])
    return result


if __name__ == "__main__":
    parts = {"torch": torch.__version__, "mlp": mlp(), "activations": activations(), "losses": losses(), "mixer": mixer()}
    print("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in parts.items()) + "\n}")
