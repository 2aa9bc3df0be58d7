"""Small models of PyTorch under the names that GPT-2's and BERT's weights are published with, and texts as pieces of words.

pip install torch safetensors tokenizers; python3 Tests/Golden/transformer_weights.py
Writes transformer_weights.json with logits, states and pieces, transformer_gpt2.safetensors (F32), transformer_gpt2_f16.safetensors,
transformer_gpt2_bf16.safetensors and transformer_bert.safetensors."""
from pathlib import Path

import safetensors
import safetensors.torch
import tokenizers
import torch
from torch import nn
from torch.nn import functional as F

from recording import spread, trained, write

torch.set_default_dtype(torch.float32)
V, D, HEADS, LAYERS, PLACES, HIDDEN = 11, 8, 2, 2, 6, 24
TEXTS = [[3, 1, 4, 1, 5, 9], [2, 6, 5, 3]]
TYPES = [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1]]


def numbers(shape, place, around=0.0):
    scale = 0.3 if len(shape) == 1 else 0.6
    return (scale * spread(*shape, offset=1000 + 37 * place) + around).float()


def attention(q, k, v, mask):
    q, k, v = (x.unflatten(2, (HEADS, -1)).transpose(1, 2) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)


def padded(rows):
    longest = max(map(len, rows))
    return torch.tensor([r + [0] * (longest - len(r)) for r in rows])


# GPT-2: matrices of linear maps are stored as [in, out], queries, keys and values side by side.


def gpt2_weights():
    shapes = {"wte.weight": (V, D), "wpe.weight": (PLACES, D)}
    for i in range(LAYERS):
        h = f"h.{i}."
        shapes |= {h + "ln_1.weight": (D,), h + "ln_1.bias": (D,), h + "attn.c_attn.weight": (D, 3 * D),
                   h + "attn.c_attn.bias": (3 * D,), h + "attn.c_proj.weight": (D, D), h + "attn.c_proj.bias": (D,),
                   h + "ln_2.weight": (D,), h + "ln_2.bias": (D,), h + "mlp.c_fc.weight": (D, HIDDEN),
                   h + "mlp.c_fc.bias": (HIDDEN,), h + "mlp.c_proj.weight": (HIDDEN, D), h + "mlp.c_proj.bias": (D,)}
    shapes |= {"ln_f.weight": (D,), "ln_f.bias": (D,)}
    return {name: numbers(shape, place, 1.0 if "ln_" in name and name.endswith("weight") else 0.0)
            for place, (name, shape) in enumerate(shapes.items())}


def gpt2(w, tokens):
    norm = lambda x, name: F.layer_norm(x, (D,), w[name + ".weight"], w[name + ".bias"], 1e-5)
    linear = lambda x, name: x @ w[name + ".weight"] + w[name + ".bias"]
    x = w["wte.weight"][tokens] + w["wpe.weight"][:tokens.shape[1]]
    mask = torch.ones(tokens.shape[1], tokens.shape[1]).tril().bool()
    for i in range(LAYERS):
        q, k, v = linear(norm(x, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn").split(D, 2)
        x = x + linear(attention(q, k, v, mask), f"h.{i}.attn.c_proj")
        x = x + linear(F.gelu(linear(norm(x, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc"), approximate="tanh"), f"h.{i}.mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


# BERT


def bert_weights():
    e = "embeddings."
    shapes = {e + "word_embeddings.weight": (V, D), e + "position_embeddings.weight": (PLACES, D),
              e + "token_type_embeddings.weight": (2, D), e + "LayerNorm.weight": (D,), e + "LayerNorm.bias": (D,)}

    def linear(name, inputs, outputs):
        return {name + ".weight": (outputs, inputs), name + ".bias": (outputs,)}

    def norm(name):
        return {name + ".weight": (D,), name + ".bias": (D,)}

    for i in range(LAYERS):
        a = f"encoder.layer.{i}."
        for part in ("query", "key", "value"):
            shapes |= linear(a + f"attention.self.{part}", D, D)
        shapes |= linear(a + "attention.output.dense", D, D) | norm(a + "attention.output.LayerNorm")
        shapes |= linear(a + "intermediate.dense", D, HIDDEN) | linear(a + "output.dense", HIDDEN, D)
        shapes |= norm(a + "output.LayerNorm")
    shapes |= linear("pooler.dense", D, D)
    shapes = {"bert." + name: shape for name, shape in shapes.items()}
    shapes |= linear("cls.predictions.transform.dense", D, D) | norm("cls.predictions.transform.LayerNorm")
    shapes |= {"cls.predictions.bias": (V,), "cls.seq_relationship.weight": (2, D), "cls.seq_relationship.bias": (2,)}
    return {name: numbers(shape, place, 1.0 if name.endswith("LayerNorm.weight") else 0.0)
            for place, (name, shape) in enumerate(shapes.items())}


def bert(w, texts, types):
    """The states, the pooled first states, the normalized means and the logits of masked language modeling."""
    tokens, lengths = padded(texts), torch.tensor([len(t) for t in texts])
    real = torch.arange(tokens.shape[1])[None] < lengths[:, None]
    norm = lambda x, name: F.layer_norm(x, (D,), w[name + "LayerNorm.weight"], w[name + "LayerNorm.bias"], 1e-12)
    linear = lambda x, name: F.linear(x, w[name + ".weight"], w[name + ".bias"])
    e = "bert.embeddings."
    x = norm(w[e + "word_embeddings.weight"][tokens] + w[e + "position_embeddings.weight"][:tokens.shape[1]]
             + w[e + "token_type_embeddings.weight"][padded(types)], e)
    for i in range(LAYERS):
        a = f"bert.encoder.layer.{i}."
        q, k, v = (linear(x, a + f"attention.self.{part}") for part in ("query", "key", "value"))
        x = norm(x + linear(attention(q, k, v, real[:, None, None]), a + "attention.output.dense"), a + "attention.output.")
        x = norm(x + linear(F.gelu(linear(x, a + "intermediate.dense")), a + "output.dense"), a + "output.")
    mean = (x * real[..., None]).sum(1) / lengths[:, None]
    head = norm(F.gelu(linear(x, "cls.predictions.transform.dense")), "cls.predictions.transform.")
    states = torch.cat([x[i, :n] for i, n in enumerate(lengths)])
    logits = head @ w["bert.embeddings.word_embeddings.weight"].T + w["cls.predictions.bias"]
    return {"states": states, "pooled": linear(x[:, 0], "bert.pooler.dense").tanh(), "embedded": F.normalize(mean),
            "logits": torch.cat([logits[i, :n] for i, n in enumerate(lengths)])}


def recorded(tensors):
    return {name: {"shape": list(t.shape), "values": [float(f"{x:.8g}") for x in t.flatten().tolist()]}
            for name, t in tensors.items()}


# The same encoder as a module, for ten steps of momentum.


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm = nn.LayerNorm(D, 1e-12)
        self.query, self.key, self.value, self.output = (nn.Linear(D, D) for _ in range(4))
        self.network_norm = nn.LayerNorm(D, 1e-12)
        self.widening, self.narrowing = nn.Linear(D, HIDDEN), nn.Linear(HIDDEN, D)

    def forward(self, x, mask):
        y = self.output(attention(self.query(x), self.key(x), self.value(x), mask))
        x = self.attention_norm(x + y)
        return self.network_norm(x + self.narrowing(F.gelu(self.widening(x))))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions, self.types = nn.Embedding(V, D), nn.Embedding(PLACES, D), nn.Embedding(2, D)
        self.norm, self.blocks = nn.LayerNorm(D, 1e-12), nn.ModuleList([Block() for _ in range(LAYERS)])

    def forward(self):
        tokens = padded(TEXTS)
        real = torch.arange(tokens.shape[1])[None] < torch.tensor([len(t) for t in TEXTS])[:, None]
        x = self.norm(self.tokens(tokens) + self.positions.weight[:tokens.shape[1]] + self.types(padded(TYPES)))
        for block in self.blocks:
            x = block(x, real[:, None, None])
        return torch.cat([row[:len(text)] for row, text in zip(x, TEXTS)])


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.transform, self.norm = Encoder(), nn.Linear(D, D), nn.LayerNorm(D, 1e-12)
        self.bias = nn.Parameter(torch.zeros(V))

    def forward(self):
        return self.norm(F.gelu(self.transform(self.encoder()))) @ self.encoder.tokens.weight.T + self.bias


def trainings():
    torch.set_default_dtype(torch.float64)
    # Not Adam: the gradient of the keys' biases is 0 up to rounding, of which Adam makes whole steps.
    momentum = lambda parameters: torch.optim.SGD(parameters, lr=0.005, momentum=0.9)
    labels, integers = [1, 4, 1, 5, 7, 2, 6, 5, 3, 5], TEXTS + TYPES
    cases = {}
    for name, model in {"BERTEncoder, Momentum": Encoder(), "MaskedLanguageModel, Momentum": Masked()}.items():
        if isinstance(model, Masked):  # a parameter of the module itself comes first in PyTorch, ours last
            own = model.bias
            del model.bias
            model.last = nn.Module()
            model.last.bias = own
            model.forward = lambda m=model: m.norm(F.gelu(m.transform(m.encoder()))) @ m.encoder.tokens.weight.T + m.last.bias
        cases[name] = trained(model, [], labels, momentum, integers, forward=model.forward)
    return cases


# Pieces of words, by the published tokenizer program

PIECES = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "!", "'", "$", "(", ")", ",", "-", ".", "?", "…", "un",
          "##aff", "##able", "##ed", "##s", "a", "b", "##b", "##a", "cafe", "naive", "the", "dog", "##ly", "quiet", "日", "本",
          "α", "##σ", "strasse", "ß", "i", "##stanbul", "é", "Dog", "##é", "x", "##x", "1", "##2", "½", "한", "ᄒ", "##ᅡ", "##ᆫ",
          "«", "»", "🙂", "##🙂", "co", "operate", "don", "t", "`", "´"]
SENTENCES = [
    "unaffable", "The dogs, quietly!", "Café naïve: café", "aab bb ba", "日本 a日b", "İstanbul", "ΑΣ ασ ας", "Straße ß ẞ",
    "a\u200db a\u00adb", "a\u0000b\ufffda\tb\nb\r\u3000a\u2028b", "[MASK] the [mask] [CLS]", "$1.2 (12)", "x" * 100, "x" * 101,
    "co-operate don't", "한", "«the» dog…", "🙂 a🙂", "", " \t ", "`a´", "½ ⅔", "zebra the", "a\u0301b", "\ue000a\u0378",
]
PAIRS = [("the dog", "a b"), ("a b a b a b", "the"), ("the", "a b a b a b"), ("a a a a", "b b b b"), ("a a a a a", "b b b b")]


def pieces():
    def tokenizer(lowercase, accents, chinese):
        t = tokenizers.Tokenizer(tokenizers.models.WordPiece(
            {piece: i for i, piece in enumerate(PIECES)}, unk_token="[UNK]", max_input_chars_per_word=100))
        t.normalizer = tokenizers.normalizers.BertNormalizer(
            clean_text=True, handle_chinese_chars=chinese, strip_accents=accents, lowercase=lowercase)
        t.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
        t.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 4), ("[CLS]", 3))
        t.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
        return t

    cases = [{"lowercases": low, "stripsAccents": accents, "separatesIdeographs": chinese,
              "numbers": [tokenizer(low, accents, chinese).encode(s).ids for s in SENTENCES]}
             for low, accents, chinese in ((True, True, True), (False, False, True), (True, False, False))]
    t = tokenizer(True, None, True)
    t.enable_truncation(8)
    pairs = [t.encode(a, b) for a, b in PAIRS]
    return {"pieces": PIECES, "sentences": SENTENCES, "cases": cases, "firsts": [p[0] for p in PAIRS],
            "seconds": [p[1] for p in PAIRS], "pairs": [p.ids for p in pairs], "types": [p.type_ids for p in pairs],
            "cut": [t.encode(s).ids for s in SENTENCES]}


def main():
    folder = Path(__file__).parent
    w = gpt2_weights()
    tokens = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])
    buffers = {f"h.{i}.attn.bias": torch.ones(PLACES, PLACES).tril().view(1, 1, PLACES, PLACES) for i in range(LAYERS)}
    gpt = {"F32": gpt2(w, tokens)}
    safetensors.torch.save_file(w | buffers, folder / "transformer_gpt2.safetensors")
    for name, kind in {"F16": torch.float16, "BF16": torch.bfloat16}.items():
        small = {"transformer." + key: value.to(kind) for key, value in w.items()}
        file = small | {"lm_head.weight": small["transformer.wte.weight"].clone()}
        safetensors.torch.save_file(file, folder / f"transformer_gpt2_{name.lower()}.safetensors")
        gpt[name] = gpt2({key: value.to(kind).float() for key, value in w.items()}, tokens)
    w = bert_weights()
    places = {"bert.embeddings.position_ids": torch.arange(PLACES)[None]}
    safetensors.torch.save_file(w | places, folder / "transformer_bert.safetensors")
    models = {"gpt": recorded(gpt), "bert": recorded(bert(w, TEXTS, TYPES))}
    write(__file__, trainings=trainings(), packages=(torch, safetensors, tokenizers), models=models, wordPiece=pieces())


if __name__ == "__main__":
    main()
