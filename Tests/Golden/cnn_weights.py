"""A narrow ResNet-18 of PyTorch: its weights in cnn_weights.safetensors, its outputs in cnn_weights.json.

pip install torch safetensors; python3 Tests/Golden/cnn_weights.py
The names are those of torchvision's resnet18: conv1, bn1, layer1 to layer4, downsample, fc."""
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn

from recording import spread, write

torch.set_default_dtype(torch.float32)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class ResNet18(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        for i in range(1, 5):
            stage = nn.Sequential(
                BasicBlock(widths[i - 1], widths[i], 1 if i == 1 else 2), BasicBlock(widths[i], widths[i], 1))
            setattr(self, f"layer{i}", stage)
        self.fc = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def trainable(*modules):
    return sum(p.numel() for module in modules for p in module.parameters() if p.requires_grad)


def listing(model):
    """Freezes as Listing 4.7 does and returns the parameters left to train."""
    for p in model.parameters():
        p.requires_grad = False
    model.fc = nn.Sequential(nn.Dropout(0.3), nn.Linear(model.fc.in_features, 10))
    counts = {"total": sum(p.numel() for p in model.parameters()), "phase1": trainable(model)}
    for p in [*model.layer3.parameters(), *model.layer4.parameters()]:
        p.requires_grad = True
    return counts | {"phase2": trainable(model)}


def main():
    torch.manual_seed(4)
    model = ResNet18(2, 10)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for step in range(20):  # moves statistics, factors and offsets away from their initial values
        loss = nn.functional.cross_entropy(model(torch.randn(16, 3, 64, 64) + 0.5), torch.arange(16) % 10)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    safetensors.torch.save_file(model.state_dict(), Path(__file__).with_suffix(".safetensors"))

    x = spread(2, 3, 64, 64).float() + 0.5
    model.eval()
    logits = model(x)
    for p in model.parameters():
        p.requires_grad = False
    model.train()
    training = model(x)
    logits = {
        "evaluation": logits.flatten().tolist(), "training": training.flatten().tolist(),
        "movedMean": model.bn1.running_mean.tolist(), "movedVariance": model.layer4[1].bn2.running_var.tolist(),
    }
    write(__file__, packages=(torch, safetensors), network=logits, counts=listing(ResNet18(64, 1000)))


if __name__ == "__main__":
    main()
