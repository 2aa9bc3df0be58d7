#!/usr/bin/env python3
"""Compares the vectors that `ch07 section 7.6 --from FOLDER` gives 53 sentences with PyTorch's.

pip install torch safetensors; python3 Tests/Scripts/sentences.py FOLDER --program .build/debug/ch07
FOLDER holds model.safetensors, config.json and tokenizer.json of a BERT-like encoder of sentences, such as all-MiniLM-L6-v2. The texts are
cut into pieces by the code below, and again by the package tokenizers if it is installed."""
import argparse
import json
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import safetensors.torch
import torch
from torch.nn import functional as F

SENTENCES = """The cat sleeps on the warm windowsill.
A kitten is napping in the sun.
Interest rates were raised again in March.
The central bank has made borrowing more expensive!
Add salt, pepper & a little lemon (optional); then let the soup simmer for 20–25 minutes.
WHY ARE YOU SHOUTING?
why are you shouting?
Don't worry, it's only a test — isn't it?
Café, naïve, façade, jalapeño, Zürich, Ærøskøbing, Łódź
Cafe, naive, facade, jalapeno, Zurich
Ångström's unit is 1e-10 m; Å is also a letter, and so is Å.
İstanbul'da hava nasıl?
Στην αρχή ήταν ο λόγος. ΛΌΓΟΣ
Съешь же ещё этих мягких французских булок, да выпей чаю.
東京は日本の首都です。
北京是中国的首都。
한국어 문장도 있습니다.
هذه جملة عربية.
זהו משפט בעברית.
हिन्दी में एक वाक्य।
I love this 😀!!!
👩‍👩‍👧‍👦 family emoji with joiners, 👍🏽 and a flag 🇫🇷
Email me at first.last+tag@example.com or visit https://www.example.org/path?query=1#top
The antidisestablishmentarianism of floccinaucinihilipilification
pneumonoultramicroscopicsilicovolcanoconiosis
3.14159265358979 is not 22/7
In 1969, 2 people walked on the Moon; 600,000,000 watched.
$1,234.56 is 15% of $8,230.40
x² + y² = z², √2 ≈ 1.41421, ∑ 1/n² = π²/6
ﬁne ligatures, ½ fractions, Ⅻ numerals, ™ and ®
"Quotes", ‘curly’, “double”, «guillemets», ‹single›
a-b_c/d\\e|f~g`h^i
tabs	and   many    spaces
zero\u200bwidth and soft\u00adhyphen
e\u0301 is e with a combining accent, é is one scalar
ALLCAPS lowercase MiXeD CamelCase snake_case kebab-case
The quick brown fox jumps over the lazy dog.
Der schnelle braune Fuchs springt über den faulen Hund.
Le vif renard brun saute par-dessus le chien paresseux.
[MASK] is a special token, and [mask] is not.
Dr. Smith et al. (2019) wrote: "See Fig. 3a, pp. 12-15."
C++ and C# are not C; F# is not F.
?!?!?!
.
0
ß STRASSE straße ẞ
œuvre, cœur, Œuvre; æther
🙂
Ｆｕｌｌｗｉｄｔｈ ｔｅｘｔ
The end…""".split("\n") + ["word " * 300, "x" * 101, "y" * 100]


class Pieces:
    """BERT's tokenizer, written down once more."""

    def __init__(self, path):
        file = json.loads(path.read_text())
        self.vocabulary, self.lower = file["model"]["vocab"], file["normalizer"]["lowercase"]
        accents = file["normalizer"]["strip_accents"]
        self.strips = self.lower if accents is None else accents

    def words(self, text):
        cleaned = ""
        for c in text:
            kind = unicodedata.category(c)
            if c in "\0\ufffd" or kind in ("Cc", "Cf", "Co") and c not in "\t\n\r":
                continue
            n = ord(c)
            ideograph = any(a <= n <= b for a, b in (
                (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
                (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F)))
            cleaned += f" {c} " if ideograph else " " if c.isspace() else c
        if self.strips:
            cleaned = "".join(c for c in unicodedata.normalize("NFD", cleaned) if unicodedata.category(c) != "Mn")
        if self.lower:
            cleaned = "".join(c.lower() for c in cleaned)
        spaced = ""
        for c in cleaned:
            sign = ord(c) < 128 and c.isprintable() and not c.isalnum() and c != " "
            spaced += f" {c} " if sign or unicodedata.category(c).startswith("P") else c
        return spaced.split()

    def encode(self, text, longest):
        ids = []
        parts = [text]
        for special in ("[MASK]", "[CLS]", "[SEP]", "[PAD]", "[UNK]"):
            parts = [p for part in parts for p in (
                [part] if part in self.vocabulary and part.startswith("[") else
                sum([[special, x] for x in part.split(special)], [])[1:])]
        for part in parts:
            ids += [self.vocabulary[part]] if part in ("[MASK]", "[CLS]", "[SEP]", "[PAD]", "[UNK]") else [
                i for word in self.words(part) for i in self.cut(word)]
        return [self.vocabulary["[CLS]"]] + ids[:longest - 2] + [self.vocabulary["[SEP]"]]

    def cut(self, word):
        unknown, ids, first = [self.vocabulary["[UNK]"]], [], 0
        if len(word) > 100:
            return unknown
        while first < len(word):
            for end in range(len(word), first, -1):
                piece = ("##" if first else "") + word[first:end]
                if piece in self.vocabulary:
                    break
            else:
                return unknown
            ids.append(self.vocabulary[piece])
            first = end
        return ids


def embedded(w, config, ids):
    """The normalized mean of the last states of one text."""
    d, heads, eps = config["hidden_size"], config["num_attention_heads"], config["layer_norm_eps"]
    norm = lambda x, name: F.layer_norm(x, (d,), w[name + ".weight"], w[name + ".bias"], eps)
    linear = lambda x, name: F.linear(x, w[name + ".weight"], w[name + ".bias"])
    e, n = "embeddings.", len(ids)
    x = norm(w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][:n]
             + w[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
    for i in range(config["num_hidden_layers"]):
        a = f"encoder.layer.{i}."
        q, k, v = (linear(x, a + f"attention.self.{p}").view(n, heads, -1).transpose(0, 1) for p in ("query", "key", "value"))
        y = ((q @ k.transpose(1, 2) / (d / heads) ** 0.5).softmax(-1) @ v).transpose(0, 1).reshape(n, d)
        x = norm(x + linear(y, a + "attention.output.dense"), a + "attention.output.LayerNorm")
        x = norm(x + linear(F.gelu(linear(x, a + "intermediate.dense")), a + "output.dense"), a + "output.LayerNorm")
    return F.normalize(x.mean(0), dim=0)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--program", default=".build/debug/ch07")
    options.add_argument("--tolerance", type=float, default=1e-4)
    chosen = options.parse_args()
    config = json.loads((chosen.folder / "config.json").read_text())
    limits = chosen.folder / "sentence_bert_config.json"
    longest = json.loads(limits.read_text())["max_seq_length"] if limits.exists() else config["max_position_embeddings"]
    pieces = Pieces(chosen.folder / "tokenizer.json")
    encoded = [pieces.encode(s, longest) for s in SENTENCES]
    try:
        from tokenizers import Tokenizer
        tokenizer = Tokenizer.from_file(str(chosen.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(longest)
        published = [tokenizer.encode(s).ids for s in SENTENCES]
        print(f"the package tokenizers cuts {sum(a == b for a, b in zip(encoded, published))} of {len(SENTENCES)} alike")
        encoded = published
    except ImportError:
        print("the package tokenizers is not installed: texts are cut by the code of this script")
    w = safetensors.torch.load_file(chosen.folder / "model.safetensors")
    with torch.no_grad():
        expected = torch.stack([embedded({k: t.double() if t.is_floating_point() else t for k, t in w.items()}, config, ids)
                                for ids in encoded])
    with tempfile.TemporaryDirectory() as folder:
        texts, out = Path(folder, "sentences.txt"), Path(folder, "out")
        texts.write_text("\n".join(SENTENCES), encoding="utf-8")
        command = [chosen.program, "section", "7.6", "--from", str(chosen.folder), "--prompt", f"@{texts}", "--out", str(out), "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = safetensors.torch.load_file(next(out.glob("*-vectors.safetensors")))["vectors"].double()
    gaps = (found - expected).abs().max(1).values
    worst = int(gaps.argmax())
    print(f"{len(SENTENCES)} sentences, {sum(map(len, encoded))} pieces: largest difference {gaps.max():.1e}, in {SENTENCES[worst][:40]!r}")
    sys.exit(not gaps.max() < chosen.tolerance)


if __name__ == "__main__":
    main()
