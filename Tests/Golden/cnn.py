"""Reference values of chapter 4: python3 Tests/Golden/cnn.py

Needs PyTorch; recording.py has the shared code. cnn_weights.py makes the weights in a file.
"""
import torch
from torch import nn
from torch.nn import functional as F

from foundations import mlp
from recording import Cases, Formula, Parts, layer, of, optimized, trained, write


def deformed(x, weight, offsets, bias, stride=1, padding=0, dilation=1):
    """The sum over the kernel's places of the values that grid_sample reads there."""
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


def mini_resnet(classes, width, blocks=1):
    """The residual network of 6 blocks and 2 layers for small images."""
    stages = [(width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2)]
    sizes = [size for a, b, stride in stages for size in [(a, b, stride)] + [(b, b, 1)] * (blocks - 1)]
    return Parts(lambda self, x: self.head(self.blocks(F.relu(self.stem(x))).mean((2, 3))), stem=normalized(3, width, 3),
                 blocks=nn.Sequential(*[residual_block(*size) for size in sizes]), head=nn.Linear(4 * width, classes))


def partly_frozen(network, trained):
    """A residual network in which all but the given parts are frozen and run in evaluation mode."""
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


def parametric(kernel, filters, blocks, classes, first=None):
    """The network of Listing 4.8; the first kernel may have another size."""
    widths, kernels = [3] + [filters << min(i, 2) for i in range(blocks)], [first or kernel] + [kernel] * (blocks - 1)
    pairs = list(zip(widths, widths[1:]))

    def forward(self, x):
        for c, n in zip(self.convolutions, self.norms):
            x = F.max_pool2d(F.relu(n(c(x))), 2)
        return self.output(x.mean((2, 3)))

    return Parts(forward, convolutions=[nn.Conv2d(a, b, k, padding=k // 2) for (a, b), k in zip(pairs, kernels)],
                 norms=[nn.BatchNorm2d(b) for _, b in pairs], output=nn.Linear(widths[-1], classes))


def convolution_block(inputs, outputs):
    def forward(self, x):
        for c, n in zip(self.convolutions, self.norms):
            x = F.relu(n(c(x)))
        return F.max_pool2d(x, 2)

    return Parts(forward, convolutions=[nn.Conv2d(a, outputs, 3, padding=1) for a in (inputs, outputs)],
                 norms=[nn.BatchNorm2d(outputs) for _ in range(2)])


def color_network(classes):
    """The network of Listing 4.6 without dropout."""
    return Parts(lambda self, x: self.output(F.relu(self.hidden(self.blocks(x).mean((2, 3))))),
                 blocks=nn.Sequential(*[convolution_block(a, b) for a, b in [(3, 64), (64, 128), (128, 256)]]),
                 hidden=nn.Linear(256, 128), output=nn.Linear(128, classes))


def lenet5(classes):
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes))


def lenet_like(classes):
    return nn.Sequential(nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(3), nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(256, 200), nn.ReLU(), nn.Linear(200, classes))


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



def networks():
    """Batches and images are large enough for several numbers per channel of the last maps: batch normalization maps any two
    numbers to plus and minus one, and only rounding is left of their gradient."""
    image, small = (2, 3, 8, 8), (2, 3, 6, 5)
    last = lambda n: [n.stages[3], n.head]
    return {
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
        "LeNet, LeNet-like, evaluation": layer(lenet_like(10), (2, 1, 28, 28), training=False),
        "AlexNet, evaluation": layer(alexnet(12, 6, 3), (1, 3, 227, 227), training=False),
        "VGG16, evaluation": layer(vgg16(3, 5, 4), (2, 3, 32, 32), training=False),
        "ResNet, residual blocks": layer(resnet(residual_block, 1, [2, 1, 1, 1], 3, 4), (5, 3, 48, 48)),
        "ResNet, residual blocks, evaluation": layer(resnet(residual_block, 1, [1, 1, 1, 1], 3, 4, False), image, training=False),
        "ResNet, bottleneck blocks, evaluation": layer(resnet(bottleneck, 4, [1, 2, 1, 1], 2, 4, False), (2, 3, 16, 16), training=False),
        "ResNet, 18 layers, evaluation": layer(resnet(residual_block, 1, [2, 2, 2, 2], 2, 4), (2, 3, 64, 64), training=False),
        "MiniResNet": layer(mini_resnet(4, 4), (2, 3, 16, 16)),
        "TransferNetwork": layer(resnet(residual_block, 1, [1, 1, 1, 1], 3, 5, False), (2, 3, 16, 16)),
        "PartlyFrozen": layer(partly_frozen(resnet(residual_block, 1, [1, 1, 1, 1], 3, 5, False), last), (2, 3, 16, 16)),
        "ParametricNetwork": layer(parametric(3, 2, 2, 3), (3, 3, 8, 8)),
        "ParametricNetwork, larger kernel first": layer(parametric(3, 2, 2, 3, first=5), (4, 3, 8, 8)),
        "ColorImageNetwork": layer(color_network(10), (4, 3, 16, 16)),
        "ConvNeXt": layer(convnext(3), image),
        "EfficientNet, evaluation": layer(efficient_net(3), image, training=False),
        "MobileNetwork, evaluation": layer(mobile_network(3), image, training=False),
    }


def functions(case):
    case("localResponseNormalized", lambda x: F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2),
         of(2, 7, 2, 3, scale=20.0))
    case("bilinearSamples", lambda x, r, c: sampled(x, r[:, :, None], c[:, :, None])[..., 0].transpose(1, 2),
         (2, 3, 5, 4), of(2, 9, scale=3.4, shift=2.1), of(2, 9, scale=2.9, shift=1.6))
    for stride, padding, dilation in [(1, 1, 1), (2, 1, 2), (1, 0, 1)]:
        side = [(n + 2 * padding - 2 * dilation - 1) // stride + 1 for n in (5, 4)]
        case(f"deformableConvolution, stride {stride}, padding {padding}, dilation {dilation}",
             lambda x, w, o, b, s=(stride, padding, dilation): deformed(x, w, o, b, *s),
             (2, 2, 5, 4), (3, 2, 3, 3), of(2, 18, *side, scale=1.7), (3,))
    for ours, theirs in [("nearest", "replicate"), ("reflect", "reflect"), ("circular", "circular")]:
        case(f"padded, {ours}", lambda x, mode=theirs: F.pad(x, (2, 2, 2, 2), mode=mode), (1, 2, 4, 5))
    case("patches, stride 3, padding 2, dilation 2", lambda x: F.unfold(x, 3, dilation=2, padding=2, stride=3), (2, 3, 7, 7))
    case("maxPooling, window 3, stride 1, dilation 2", lambda x: F.max_pool2d(x, 3, 1, dilation=2), (1, 2, 7, 8))


def trainings():
    """Adam's epsilon is 1e-3 where batch normalization follows a layer with biases; regularization.py says why."""
    o = torch.optim
    digits, labels = [of(6, 1, 28, 28)], [3, 0, 7, 2, 9, 1]
    return {
        "LeNet-5, Adam": trained(lenet5(10), digits, labels, lambda p: o.Adam(p, lr=1e-3)),
        "ColorImageNetwork, Adam with weight decay, cosineAnnealing": trained(
            color_network(10), [of(8, 3, 8, 8)], labels + [5, 8], lambda p: o.AdamW(p, lr=3e-4, weight_decay=1e-2, eps=1e-3),
            schedule=lambda q: o.lr_scheduler.CosineAnnealingLR(q, 10)),
        "MiniResNet, Momentum with an L2 penalty": trained(
            mini_resnet(10, 4), [of(6, 3, 16, 16)], labels, lambda p: o.SGD(p, lr=0.02, momentum=0.9, weight_decay=1e-2)),
    }


def optimizers():
    o = torch.optim
    two_groups = lambda p: o.AdamW([{"params": [p[0]], "lr": 0.05}, {"params": [p[2]], "lr": 0.02}])
    return {
        "ParameterGroups": optimized(two_groups),
        "GradientRecorder": optimized(lambda p: o.SGD(p, lr=0.05, momentum=0.9)),
    }


def counts():
    """The parameter counts of Listing 4.8's four networks, in order."""
    count = lambda module: sum(p.numel() for p in module.parameters())
    sizes = [(3, 32, 3), (5, 32, 3), (3, 64, 3), (3, 32, 5)]
    return {
        "resNet18": count(resnet(residual_block, 1, [2, 2, 2, 2], 64, 1000)),
        "resNet50": count(resnet(bottleneck, 4, [3, 4, 6, 3], 64, 1000)),
        "miniResNets": [count(mini_resnet(10, 16, blocks)) for blocks in (1, 3, 5)],
        "ablation": [count(parametric(*size, classes=10)) for size in sizes],
    }


if __name__ == "__main__":
    cases = Cases()
    functions(cases)
    write(__file__, networks() | cases, optimizers(), trainings(), counts=counts())
