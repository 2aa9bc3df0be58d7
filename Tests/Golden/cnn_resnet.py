"""Reference values of § 4.4 from PyTorch in float64: python cnn_resnet.py > cnn_resnet.json"""
import json

import torch
from torch import nn
from torch.nn import functional as F

from reference import alexnet, vgg16
from spread import spread

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)


def downsample(inputs, outputs, stride):
    if inputs == outputs and stride == 1:
        return None
    return nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))


class Basic(nn.Module):
    """The block of ResNet-18, its parts in torchvision's order."""
    expansion = 1

    def __init__(self, inputs, width, stride=1):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        self.downsample = downsample(inputs, width, stride)

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + (self.downsample(x) if self.downsample else x))


class Bottleneck(nn.Module):
    """The block of ResNet-50; the stride is in the 3x3 convolution, or in the first."""
    expansion = 4

    def __init__(self, inputs, width, stride=1, first=False):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 1, stride if first else 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, 1 if first else stride), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, 4 * width, 1), nn.BatchNorm2d(4 * width)
        self.downsample = downsample(inputs, 4 * width, stride)

    def forward(self, x):
        h = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(h)) + (self.downsample(x) if self.downsample else x))


class ResNet(nn.Module):
    """torchvision's ResNet with any width."""

    def __init__(self, block, depths, width, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(3, width, 7, 2), nn.BatchNorm2d(width)
        channels, stages = width, []
        for stage, depth in enumerate(depths):
            blocks = []
            for place in range(depth):
                blocks.append(block(channels, width << stage, 2 if place == 0 and stage > 0 else 1))
                channels = block.expansion * (width << stage)
            stages.append(nn.Sequential(*blocks))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        h = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, stride=2, padding=1)
        h = self.layer4(self.layer3(self.layer2(self.layer1(h))))
        return self.fc(h.mean(dim=(2, 3)))


class Mini(nn.Module):
    """The residual network of 6n + 2 layers for images of 32x32."""

    def __init__(self, depth, classes=10, width=16):
        super().__init__()
        self.conv1, self.bn1 = conv(3, width, 3), nn.BatchNorm2d(width)
        channels, blocks = width, []
        for stage in range(3):
            for place in range((depth - 2) // 6):
                blocks.append(Basic(channels, width << stage, 2 if place == 0 and stage > 0 else 1))
                channels = width << stage
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean(dim=(2, 3)))


def leNet(channels, kernels, padding, windows, widths):
    """Convolution, ReLU and pooling twice, then linear layers with ReLU between them."""
    layers, inputs = [], 1
    for outputs, window in zip(channels, windows):
        layers += [nn.Conv2d(inputs, outputs, kernels, padding=padding), nn.ReLU(), nn.MaxPool2d(window)]
        inputs, padding = outputs, 0
    layers.append(nn.Flatten())
    for number, (n, m) in enumerate(zip(widths, widths[1:])):
        layers += [nn.Linear(n, m)] + ([nn.ReLU()] if number < len(widths) - 2 else [])
    return nn.Sequential(*layers)


def projections(tensors):
    return [(t * spread(*t.shape, offset=7)).sum().item() for t in tensors]


def recorded(module, shape, training=True):
    """Outputs in training and after it, the input's gradient, and each parameter's gradient and statistic, projected on fixed numbers."""
    numbers = (0.7 if training else 0.3) * spread(sum(p.numel() for p in module.parameters()))
    nn.utils.vector_to_parameters(numbers, module.parameters())
    x = spread(*shape, offset=100).requires_grad_()
    module.train(training)
    y = module(x)
    (y * spread(*y.shape, offset=50)).sum().backward()
    module.eval()
    statistics = [b for name, b in module.named_buffers() if "running" in name]
    return {
        "input": list(shape), "output": list(y.shape), "outputs": flat(y), "evaluated": flat(module(x)),
        "inputGradient": projections([x.grad])[0], "gradients": projections([p.grad for p in module.parameters()]),
        "statistics": projections(statistics),
    }


def count(module):
    return sum(p.numel() for p in module.parameters())


def response():
    """torch divides alpha by the size."""
    x = 20 * spread(2, 7, 2, 3)
    y = F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2)
    return {"shape": list(x.shape), "outputs": flat(y)}


values = {
    "versions": {"torch": torch.__version__},
    "basic": recorded(Basic(3, 3), (2, 3, 4, 5)),
    "basicDown": recorded(Basic(3, 5, 2), (2, 3, 6, 5)),
    "bottleneck": recorded(Bottleneck(8, 2), (2, 8, 3, 4)),
    "bottleneckDown": recorded(Bottleneck(3, 2, 2), (2, 3, 6, 5)),
    "bottleneckFirst": recorded(Bottleneck(3, 2, 2, first=True), (2, 3, 6, 5)),
    "resNet18": recorded(ResNet(Basic, [2, 2, 2, 2], 2, 4), (2, 3, 64, 64)),
    "resNet50": recorded(ResNet(Bottleneck, [3, 4, 6, 3], 2, 4), (2, 3, 64, 64)),
    "mini": recorded(Mini(8, classes=4, width=4), (2, 3, 16, 16)),
    "leNet5": recorded(leNet([6, 16], 5, 2, [2, 2], [400, 120, 84, 10]), (2, 1, 28, 28), training=False),
    "leNetLike": recorded(leNet([32, 64], 5, 0, [3, 2], [256, 200, 10]), (2, 1, 28, 28), training=False),
    "alexNet": recorded(alexnet(12, 6, 3), (1, 3, 227, 227), training=False),
    "vgg16": recorded(vgg16(3, 5, 4), (2, 3, 32, 32), training=False),
    "counts": {
        "resNet18": count(ResNet(Basic, [2, 2, 2, 2], 64, 1000)), "tenClasses": count(ResNet(Basic, [2, 2, 2, 2], 64, 10)),
        "resNet50": count(ResNet(Bottleneck, [3, 4, 6, 3], 64, 1000)), "mini8": count(Mini(8)), "mini20": count(Mini(20)),
        "mini32": count(Mini(32)),
    },
    "response": response(),
}
print("{" + ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in values.items()) + "}")
