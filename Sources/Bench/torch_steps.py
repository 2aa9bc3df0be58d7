"""The rival of `bench steps`: one step of each model in PyTorch, on batches of the same shape, with two threads.

usage: torch_steps.py [NAME …]               prints  NAME<TAB>milliseconds of a step  (the median over two seconds)
       torch_steps.py --parameters [NAME …]  prints  NAME<TAB>number of the model's parameters
"""
import copy, os, statistics, sys, time
import torch
import torch.nn as nn
import torch.nn.functional as F

sys.dont_write_bytecode = True  # no folder of compiled files among the sources
import torch_generate as gpt2
import torch_images as images
import torch_sequences as sequences
from torch_images import channels_last, dense
from torch_sample import UNet, alpha_bar

torch.manual_seed(0)
torch.set_num_threads(int(os.environ.get("DEEP_LEARNING_THREADS", 2)))
STEPS = {}


def rival(make):
    """Registers a function that makes a model and its step, under the name of the Swift step."""
    STEPS[make.__name__] = make
    return make


def adam(model, rate=1e-3, betas=(0.9, 0.999), decay=0.0):
    return torch.optim.AdamW(model.parameters(), rate, betas, weight_decay=decay, fused=True)


def descent(model, optimizer, loss, clip=None):
    """A training step; it returns the loss before it."""
    def step():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        return value.detach()
    return model, step


def call(model, run):
    """A step that only calls the model."""
    return model.eval(), torch.inference_mode()(run)


def classification(model, x, rate=1e-3, decay=0.0, classes=10, smoothing=0.0, clip=None):
    model, x = channels_last(model, x) if x.dim() == 4 else (model, x)
    y = torch.arange(len(x)) % classes
    loss = lambda: F.cross_entropy(model(x), y, label_smoothing=smoothing)
    return descent(model, adam(model, rate, decay=decay), loss, clip)


def next_symbol(model, pieces, optimizer, clip=None):
    x, y = pieces[:, :-1].contiguous(), pieces[:, 1:].flatten()
    return descent(model, optimizer, lambda: F.cross_entropy(model(x).flatten(0, 1), y), clip)


@rival
def mlp():
    return classification(dense([784, 256, 128, 10]), torch.randn(128, 784))

@rival
def regularized():
    return classification(images.Regularized(), torch.randn(128, 784), decay=1e-4, smoothing=0.1, clip=1.0)

@rival
def wgan_gp():
    critic = dense([784, 512, 256, 1], lambda: nn.LeakyReLU(0.2))
    real, fake = torch.randn(128, 784), torch.randn(128, 784)

    def loss():
        share = torch.rand(128, 1)
        between = torch.lerp(fake, real, share).requires_grad_()
        slope, = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
        return critic(fake).mean() - critic(real).mean() + 10 * (slope.norm(dim=1) - 1).square().mean()
    return descent(critic, adam(critic, 1e-4, (0.0, 0.999)), loss)

@rival
def vae():
    model, x = images.VAE(), torch.rand(128, 784)
    return descent(model, adam(model), lambda: model.loss(x))

@rival
def lenet():
    return classification(images.LeNet(), torch.randn(128, 1, 28, 28))

@rival
def cifar():
    return classification(images.Cifar(), torch.randn(32, 3, 32, 32), decay=1e-4)

@rival
def resnet8():
    return classification(images.ResNet8(), torch.randn(64, 3, 32, 32), decay=1e-2)

@rival
def separable():
    return classification(images.Separable(), torch.randn(64, 3, 32, 32), decay=1e-2)

@rival
def bilstm():
    model, y = sequences.Sentiment(), torch.arange(64) % 2
    lengths = torch.tensor([49] + [5 + n * 29 % 45 for n in range(1, 64)])
    x = torch.randint(1, 1000, (64, 49)) * (torch.arange(49) < lengths[:, None])
    return descent(model, adam(model, decay=1e-4), lambda: F.cross_entropy(model(x, lengths), y), clip=1.0)

@rival
def gru():
    model = sequences.Characters(nn.GRU, 64, 64, 128)
    return next_symbol(model, torch.randint(64, (32, 65)), adam(model))

@rival
def lstm():
    model = sequences.Characters(nn.LSTM, 65, 64, 256)
    return next_symbol(model, torch.randint(65, (32, 65)), adam(model, 4e-3), clip=1.0)

@rival
def translator():
    model, lengths = sequences.Translator(), torch.tensor([9 - n % 4 for n in range(64)])
    source = torch.randint(30, (64, 9)) * (torch.arange(9) < lengths[:, None])
    digits, end = torch.randint(10, (64, 6)), torch.full((64, 1), 10)
    inputs, y = torch.cat([end + 1, digits], 1), torch.cat([digits, end], 1).flatten()
    loss = lambda: F.cross_entropy(model(source, lengths, inputs).flatten(0, 1), y)
    return descent(model, adam(model, 3e-3), loss, clip=1.0)

@rival
def attention():
    model, x = sequences.Attention(512, 8, bias=False), torch.randn(32, 128, 512)
    return call(model, lambda: model(x))

@rival
def transformer():
    return classification(sequences.TextClassifier(), torch.randint(10_000, (32, 64)), 1e-4, 0.01, classes=2)

@rival
def gpt():
    model = sequences.GPT()
    return next_symbol(model, torch.randint(65, (12, 65)), adam(model, decay=0.01))

@rival
def vit():
    return classification(sequences.VisionTransformer(), torch.randn(64, 3, 32, 32), decay=0.05)

@rival
def decode():
    generation = gpt2.Generation(gpt2.GPT().eval(), 1)

    def step():
        if generation.position == 512 + 64:
            generation.position = 512  # the later symbols are replaced
        generation.write()
    return call(generation.model, step)

@rival
def dcgan():
    G, D = channels_last(images.generator(), images.discriminator())
    adam_G, adam_D = (adam(model, 2e-4, (0.5, 0.999)) for model in (G, D))
    real = 2 * torch.rand(64, 1, 28, 28) - 1

    def step():
        with torch.no_grad():
            fake = G(torch.randn(64, 100, 1, 1))
        adam_D.zero_grad()
        loss_D = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
        loss_D.backward()
        adam_D.step()
        adam_G.zero_grad()
        D.requires_grad_(False)  # only G learns from this loss
        loss_G = F.softplus(-D(G(torch.randn(64, 100, 1, 1)))).mean()
        loss_G.backward()
        D.requires_grad_(True)
        adam_G.step()
        return (loss_D + loss_G).detach()
    return nn.ModuleList([G, D]), step

@rival
def vq_vae():
    model, x = channels_last(images.VectorQuantizedVAE(), torch.rand(64, 1, 28, 28))
    model.restart(x)
    return descent(model, adam(model), lambda: model.loss(x))

@rival
def ddpm():
    model, x = channels_last(UNet(), torch.randn(32, 1, 28, 28))

    def loss():
        t, noise = torch.randint(1000, (32,)), torch.randn_like(x)
        share = alpha_bar[t][:, None, None, None]
        return F.mse_loss(model(share.sqrt() * x + (1 - share).sqrt() * noise, t), noise)
    return descent(model, adam(model, 2e-4), loss)

@rival
def denoise():
    model, x = channels_last(UNet(), torch.randn(64, 1, 28, 28))
    t = torch.arange(64)
    return call(model, lambda: model(x, t))

@rival
def detector():
    model, x = channels_last(images.GridDetector(), torch.rand(16, 3, 32, 32))
    rows = (16 * torch.arange(16)[:, None] + torch.tensor([2, 9])).flatten()  # two objects in each image
    boxes, labels, exists = torch.rand(32, 4), torch.arange(32) % 4, torch.zeros(256).index_fill(0, rows, 1)

    def loss():
        y = model(x)
        existence = F.binary_cross_entropy_with_logits(y[:, 0], exists, reduction="sum")
        found = y[rows]
        error = F.mse_loss(found[:, 1:5], boxes, reduction="sum")
        return (existence + 5 * error + F.cross_entropy(found[:, 5:], labels, reduction="sum")) / 16
    return descent(model, adam(model, 3e-3), loss)

@rival
def dqn():
    model = dense([4, 64, 64, 2])
    target = copy.deepcopy(model)
    states, following = torch.rand(15_000, 4), torch.rand(15_000, 4)
    actions, continues = torch.randint(2, (15_000, 1)), (torch.arange(15_000) % 20 != 0).float()

    def loss():
        drawn = torch.randint(15_000, (64,))
        with torch.no_grad():
            y = 1 + 0.99 * continues[drawn] * target(following[drawn]).amax(1)
        return F.huber_loss(model(states[drawn]).gather(1, actions[drawn]).squeeze(1), y)
    return descent(model, adam(model), loss)


def milliseconds(step, seconds=2.0, least=5):
    """The median of the steps in two seconds, behind two for warming up."""
    step(), step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < least:
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


if __name__ == "__main__":
    names = [word for word in sys.argv[1:] if word != "--parameters"]
    if unknown := [name for name in names if name not in STEPS]:
        sys.exit(f"torch_steps.py: unknown step '{unknown[0]}'; the steps are {' '.join(STEPS)}")
    for name in names or STEPS:
        model, step = STEPS[name]()
        count = sum(p.numel() for p in model.parameters())
        print(name, count if "--parameters" in sys.argv else f"{milliseconds(step):.3f}", sep="\t", flush=True)
