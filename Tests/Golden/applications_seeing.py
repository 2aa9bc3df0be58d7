"""Reference values of § 12.1: run it to write applications_seeing.json.

Needs PyTorch; what the scripts share is in recording.py. Detectors return one row for each place: grid, anchor, row, column.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Parts, layer, of, write

case = Cases()


def convolutions(channels, kernel=3):
    """Convolutions without bias, each followed by a batch normalization, in the order of our parameters."""
    return nn.ModuleList(nn.Sequential(nn.Conv2d(a, b, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(b))
                         for a, b in zip(channels, channels[1:]))


def levels(parts, x):
    maps = []
    for part in parts:
        maps.append(F.relu(part(x)))
        x = F.max_pool2d(maps[-1], 2)
    return maps


def cell_rows(maps, anchors):
    n, g = len(maps), maps.shape[-1]
    return maps.reshape(n, anchors, -1, g, g).permute(0, 1, 3, 4, 2).reshape(n, anchors * g * g, -1)


def features(w):
    return convolutions([3, w, 2 * w, 4 * w, 4 * w])


def classifier(w, k):
    return Parts(lambda self, x: self.head(levels(self.features, x)[3].mean((2, 3))), features=features(w), head=nn.Linear(4 * w, k))


def grid_detector(w, k):
    return Parts(lambda self, x: cell_rows(self.head(levels(self.features, x)[3]), 1).flatten(0, 1),
                 features=features(w), head=nn.Conv2d(4 * w, 5 + k, 1))


def single_shot(w, c, anchors):
    def forward(self, x):
        maps = levels(self.features, x)
        return torch.cat([cell_rows(head(maps[2 + s]), anchors) for s, head in enumerate(self.heads)], 1).flatten(0, 1)

    return Parts(forward, features=features(w), heads=[nn.Conv2d(4 * w, anchors * (5 + c), 3, padding=1) for _ in range(2)])


def unet(w, k, levels_down, skips):
    widths = [w << i for i in range(levels_down + 1)]

    def forward(self, x):
        maps = []
        for part in self.down:
            maps.append(F.relu(part(x)))
            x = F.max_pool2d(maps[-1], 2)
        x = F.relu(self.bottom[0](x))
        for widen, up, twin in zip(self.widen, self.up, maps[::-1]):
            x = F.relu(up(torch.cat([widen(x), twin if skips else 0 * twin], 1)))
        return self.output(x)

    order = range(levels_down)[::-1]
    return Parts(forward, down=convolutions([3] + widths[:-1]), bottom=convolutions(widths[-2:]),
                 widen=[nn.ConvTranspose2d(widths[i + 1], widths[i], 2, 2) for i in order],
                 up=nn.ModuleList(convolutions([2 * widths[i], widths[i]])[0] for i in order), output=nn.Conv2d(w, k, 1))


def window(w, k):
    def forward(self, x):
        for part in self.layers:
            x = F.relu(part(x))
        return self.output(x)

    return Parts(forward, layers=convolutions([3, w, w, w]), output=nn.Conv2d(w, k, 1))


def pyramid(w, squares, k):
    def forward(self, x):
        for part in self.backbone:
            x = F.relu(part(x))
        parts = [F.interpolate(F.relu(part(F.avg_pool2d(x, side))), size=x.shape[2:], mode="bilinear") for side, part in
                 zip(squares, self.scales)]
        return self.output(F.relu(self.fusion[0](torch.cat([x] + parts, 1))))

    return Parts(forward, backbone=convolutions([3, w, w, w]), scales=nn.ModuleList(convolutions([w, w])[0] for _ in squares),
                 fusion=convolutions([w * (1 + len(squares)), w]), output=nn.Conv2d(w, k, 1))


def restoration(w, depth):
    def forward(self, x):
        h = x
        for part in self.layers[:-1]:
            h = F.relu(part(h))
        return x + self.layers[-1](h)

    widths = [3] + [w] * (depth - 1) + [3]
    return Parts(forward, layers=[nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:])])


def map_decoder(c, channels, doublings, w):
    def forward(self, z):
        h = self.start(z)
        for widen, convolution in zip(self.widen, self.convolutions):
            h = convolution(F.silu(widen(F.silu(h))))
        return h

    return Parts(forward, start=nn.Conv2d(c, w, 3, padding=1), widen=[nn.ConvTranspose2d(w, w, 2, 2) for _ in range(doublings)],
                 convolutions=[nn.Conv2d(w, channels if i == doublings - 1 else w, 3, padding=1) for i in range(doublings)])


# The truth of the losses: rows of matched places, their boxes in code, their classes; 2 images of 16 or 80 places.
ROWS, BOXES, LABELS = [5, 22, 27], [[0.25, 0.5, 1.5, 1.25], [0.75, 0.125, 1.0, 1.875], [0.5, 0.5, 1.25, 1.25]], [2, 0, 1]


def cell_vector_loss(y):
    exists = torch.zeros(32)
    exists[ROWS] = 1
    bce = F.binary_cross_entropy_with_logits(y[:, 0], exists, reduction="sum")
    boxes = ((y[ROWS, 1:5] - torch.tensor(BOXES)) ** 2).sum()
    return (bce + 5 * boxes + F.cross_entropy(y[ROWS, 5:], torch.tensor(LABELS), reduction="sum")) / 2


def single_shot_loss(y):
    labels = torch.full((32,), 3)
    labels[ROWS] = torch.tensor(LABELS)
    boxes = ((y[ROWS, :4] - torch.tensor(BOXES)) ** 2).sum()
    return (F.cross_entropy(y[:, 4:], labels, reduction="sum") + 5 * boxes) / 2


PIXELS = [0, 2, 1, 1, 2, 0, 1, 2, 2, 1, 0, 0]

if __name__ == "__main__":
    image = (2, 3, 32, 32)
    case["SceneFeatures"] = layer(Parts(lambda self, x: levels(self.levels, x)[3], levels=features(2)), image)
    case["SceneClassifier"] = layer(classifier(2, 3), image)
    case["GridDetector"] = layer(grid_detector(2, 3), image)
    case["SingleShotDetector"] = layer(single_shot(2, 3, 1), image)
    case["SingleShotDetector, three ratios, evaluation"] = layer(single_shot(2, 3, 3), image, training=False)
    case["SegmentationUNet"] = layer(unet(2, 3, 3, True), (2, 3, 16, 16))
    case["SegmentationUNet, without skips"] = layer(unet(2, 3, 3, False), (2, 3, 16, 16))
    case["WindowNetwork"] = layer(window(3, 4), (2, 3, 7, 8))
    case["PyramidNetwork"] = layer(pyramid(3, [2, 4], 4), (2, 3, 8, 16))
    case["RestorationNetwork"] = layer(restoration(4, 3), (2, 3, 6, 7))
    case["MapDecoder"] = layer(map_decoder(4, 3, 2, 5), (2, 4, 3, 4))
    case("cellVectorLoss", cell_vector_loss, of(32, 8, scale=2))
    case("singleShotLoss", single_shot_loss, of(32, 8, scale=2))
    case("pixelCrossEntropy", lambda z: F.cross_entropy(z, torch.tensor(PIXELS).reshape(2, 2, 3)), of(2, 3, 2, 3, scale=2),
         integers=[PIXELS])
    case("pixelCrossEntropy, one class ignored",
         lambda z: F.cross_entropy(z, torch.tensor(PIXELS).reshape(2, 2, 3), ignore_index=2), of(2, 3, 2, 3, scale=2),
         integers=[PIXELS])
    case("bilinearlyUpsampled, edges", lambda x: F.interpolate(x, size=(7, 12), mode="bilinear"), (2, 3, 4, 5))
    case("bilinearlyUpsampled, corners", lambda x: F.interpolate(x, size=(7, 12), mode="bilinear", align_corners=True),
         (2, 3, 4, 5))
    write(__file__, case)
