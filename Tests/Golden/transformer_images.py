"""Reference values of chapter 7's networks for images: python3 Tests/Golden/transformer_images.py writes transformer_images.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Formula, Parts, layer, of, trained, write


def patch_embedding(side, channels, d):
    """Patches by PyTorch's own unfolding, which reads a patch channel by channel, row by row."""
    return Parts(lambda self, x: self.projection(F.unfold(x, side, stride=side).transpose(1, 2)),
                 projection=nn.Linear(channels * side**2, d))


def attention(d, h):
    def forward(self, x):
        q, k, v = (p(x).unflatten(2, (h, -1)).transpose(1, 2) for p in (self.query, self.key, self.value))
        return self.output(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    return Parts(forward, **{name: nn.Linear(d, d) for name in ("query", "key", "value", "output")})


def block(d, h, hidden):
    def forward(self, x):
        y = x + self.attention(self.attention_norm(x))
        return y + self.narrowing(F.gelu(self.widening(self.network_norm(y))))

    return Parts(forward, attention_norm=nn.LayerNorm(d), attention=attention(d, h), network_norm=nn.LayerNorm(d),
                 widening=nn.Linear(d, hidden), narrowing=nn.Linear(hidden, d))


def vision_transformer(image, side, d, h, blocks, classes):
    count = (image // side) ** 2

    def forward(self, x):
        token = self.token.table.expand(len(x), 1, d)
        x = torch.cat([token, self.embedding(x)], 1) + self.positions.table
        for part in self.blocks:
            x = part(x)
        return self.head(self.norm(x)[:, 0])

    return Parts(forward, embedding=patch_embedding(side, 3, d), token=Formula(None, table=(d,)),
                 positions=Formula(None, table=(count + 1, d)), blocks=[block(d, h, 4 * d) for _ in range(blocks)],
                 norm=nn.LayerNorm(d), head=nn.Linear(d, classes))


def adam(parameters):
    # A large epsilon: the gradient of a key's bias is 0 up to rounding, of which Adam would make whole steps.
    return torch.optim.Adam(parameters, lr=1e-2, eps=1e-3)


if __name__ == "__main__":
    images, labels = of(3, 3, 8, 8), [2, 0, 1]
    write(__file__, {
        "PatchEmbedding": layer(patch_embedding(2, 3, 5), (2, 3, 4, 6)),
        "VisionTransformer": layer(vision_transformer(8, 4, 6, 2, 1, 3), of(2, 3, 8, 8, scale=0.5)),
    }, trainings={"VisionTransformer, Adam": trained(vision_transformer(8, 4, 6, 2, 2, 3), [images], labels, adam)})
