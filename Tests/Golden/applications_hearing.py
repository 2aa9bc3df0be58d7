"""Reference values of § 12.10, hearing, captions, image and text: run it to write applications_hearing.json.

Needs PyTorch; what the scripts share is in recording.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Formula, Parts, layer, write
import transformer_gpt
from transformer_models import code, decoder_block, encoder_block

TEXTS = [[0, 1, 1], [2], [], [2, 0]]
LENGTHS = [7, 6, 7, 3]
CAPTIONS = [[0, 6, 12], [3, 3, 9], [15, 1, 2]]
DESCRIPTIONS = [[2, 0, 1, 4], [1, 0, 4], [3, 2, 1, 0, 4]]


def connectionist(z, lengths, sizes):
    blank = z.shape[2] - 1
    p = z.log_softmax(2).transpose(0, 1)
    flat = torch.tensor([s for text in TEXTS for s in text])
    losses = F.ctc_loss(p, flat, torch.tensor(lengths), torch.tensor(sizes), blank=blank, reduction="none")
    return losses


def image_text(z):
    y = torch.arange(z.shape[0])
    return (F.cross_entropy(z, y) + F.cross_entropy(z.T, y)) / 2


def transcriber(bands, width, symbols):
    def forward(self, x):
        h = x.transpose(1, 2)
        for part in self.convolutions:
            h = F.relu(part(h))
        return self.output(h.transpose(1, 2))

    return Parts(forward, convolutions=[nn.Conv1d(bands, width, 5, 2, 2), nn.Conv1d(width, width, 5, 1, 2),
                                        nn.Conv1d(width, width, 5, 1, 2)], output=nn.Linear(width, symbols + 1))


def speech(bands, d, symbols):
    """The logits after start, speech, the second task and three symbols."""
    read = torch.tensor([[symbols + 3, symbols + 1, symbols + 5, 0, 2, 1]]).repeat(2, 1)

    def forward(self, x):
        h = x.transpose(1, 2)
        for part in self.convolutions:
            h = F.gelu(part(h))
        h = h.transpose(1, 2)
        memory = self.encoder.masked(h + code(h.shape[1], d), None)
        memory = self.encoder_norm(memory)
        y = self.tokens(read)
        y = self.decoder.over(y + code(y.shape[1], d), memory, None)
        return self.output(self.decoder_norm(y))

    return Parts(forward, convolutions=[nn.Conv1d(bands, d, 5, 2, 2), nn.Conv1d(d, d, 5, 2, 2)],
                 encoder=encoder_block(d, 2, 2 * d, F.gelu), encoder_norm=nn.LayerNorm(d),
                 tokens=nn.Embedding(symbols + 6, d), decoder=decoder_block(d, 2, 2 * d, F.gelu),
                 decoder_norm=nn.LayerNorm(d), output=nn.Linear(d, symbols + 3))


def normalized(inputs, outputs, stride):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))


def captioner(channels, hidden, has_attention):
    """The mean cross-entropy of three captions of 16 words, their end being 16 and their start 17."""
    attention = Formula(None, query=(32, hidden), state=(32, channels), score=(32,)) if has_attention else None
    inputs = torch.tensor([[17] + c for c in CAPTIONS])
    labels = torch.tensor([c + [16] for c in CAPTIONS])

    def forward(self, x):
        h = x
        for part in self.convolutions:
            h = F.relu(part(h))
        grid = h.flatten(2).transpose(1, 2)
        mean = grid.mean(1)
        s, c, rows = self.bridge(mean).tanh(), self.cell_bridge(mean), []
        for t in range(inputs.shape[1]):
            context = mean
            if has_attention:
                a = self.attention
                e = torch.tanh((s @ a.query.T)[:, None] + grid @ a.state.T) @ a.score
                context = (e.softmax(1)[..., None] * grid).sum(1)
            s, c = self.decoder(torch.cat([self.embedding(inputs[:, t]), context], 1), (s, c))
            rows.append(self.output(torch.cat([s, context], 1)))
        z = torch.stack(rows, 1)
        return F.cross_entropy(z.flatten(0, 1), labels.flatten())

    parts = {"attention": attention} if has_attention else {}
    return Parts(forward, convolutions=[normalized(3, 16, 2), normalized(16, channels, 2), normalized(channels, channels, 1)],
                 bridge=nn.Linear(channels, hidden), cell_bridge=nn.Linear(channels, hidden), embedding=nn.Embedding(18, 16),
                 decoder=nn.LSTMCell(16 + channels, hidden), **parts, output=nn.Linear(hidden + channels, 17))


def image_text_model(symbols, context, d):
    """The similarities of three images with three texts, read at their ends."""
    ends = [len(text) - 1 for text in DESCRIPTIONS]
    padded = torch.tensor([text + [4] * (context - len(text)) for text in DESCRIPTIONS])

    def forward(self, x):
        for part in self.convolutions:
            x = F.relu(part(x))
        f = unit(self.image_projection(x.mean((2, 3))))
        h = self.tokens(padded) + self.positions.table[:context]
        h = self.norm(self.block(h))[torch.arange(3), ends]
        return f @ unit(self.text_projection(h)).T * self.scale.logarithm.exp()

    sizes = [(3, 16, 2), (16, 32, 2), (32, 64, 2), (64, 64, 1)]
    return Parts(forward, convolutions=[normalized(*size) for size in sizes], image_projection=nn.Linear(64, d),
                 tokens=nn.Embedding(symbols, 32), positions=Formula(None, table=(context, 32)),
                 block=transformer_gpt.block(32, 4, 128, "none"), norm=nn.LayerNorm(32),
                 text_projection=nn.Linear(32, d), scale=Formula(None, logarithm=()))


def unit(x):
    return x / (x.square().sum(-1, keepdim=True) + 1e-12).sqrt()


def passes():
    case = Cases()
    sizes = [len(text) for text in TEXTS]
    texts = TEXTS + [LENGTHS]
    case("connectionistLoss", lambda z: connectionist(z, [7] * 4, sizes).mean(), (4, 7, 4), integers=TEXTS)
    case("connectionistLoss, of each, several lengths", lambda z: connectionist(z, LENGTHS, sizes), (4, 7, 4), integers=texts)
    case("imageTextLoss", image_text, (5, 5))
    case("unitVectors", unit, (3, 4))
    return case | {
        "SequenceConvolution": layer(nn.Conv1d(3, 4, 5, 2, 2), (2, 3, 9)),
        "SpeechTranscriber": layer(transcriber(4, 6, 3), (2, 11, 4)),
        "SpeechTransformer": layer(speech(4, 8, 3), (2, 11, 4)),
        "Captioner": layer(captioner(6, 5, True), (3, 3, 32, 32)),
        "Captioner, mean of the grid": layer(captioner(6, 5, False), (3, 3, 32, 32)),
        "ImageTextModel": layer(image_text_model(5, 5, 4), (3, 3, 32, 32)),
    }


if __name__ == "__main__":
    write(__file__, passes=passes())
