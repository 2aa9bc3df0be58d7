"""Makes saving.safetensors with the reference implementation of the format, for Tests/FilesTests/SavingGoldenTests.swift.

Needs the packages safetensors and numpy. Without arguments it writes the file, always the same bytes. With the name of a saved
file it prints the contents of that file instead:

    python3 Tests/Golden/saving.py
    python3 Tests/Golden/saving.py model.safetensors
"""

import pathlib
import sys

import numpy
import safetensors
from safetensors.numpy import save_file


def make(path):
    tensors = {
        "layers.0.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 8,
        "layers.0.bias": numpy.array([numpy.pi, -0.0, numpy.inf, -numpy.inf, numpy.nan, 5e-324]),
        "scalar": numpy.array(1 / 3),
        "empty": numpy.zeros((0, 4), dtype=numpy.float32),
        "größe.重み \"quoted\"\\\n": numpy.array([1.5], dtype=numpy.float32),
        "steps": numpy.array([3], dtype=numpy.int64),
        "half": numpy.array([1, 2], dtype=numpy.float16),
        "flags": numpy.array([True, False, True]),
    }
    versions = f"safetensors {safetensors.__version__}, numpy {numpy.__version__}"
    save_file(tensors, path, metadata={"made with": versions})


def show(path):
    with safetensors.safe_open(path, framework="numpy") as file:
        for key, text in sorted((file.metadata() or {}).items()):
            print(f"{key}: {text if len(text) < 70 else text[:70] + ' …'}")
        for name in file.keys():
            tensor = file.get_tensor(name)
            print(f"{name}  {tensor.dtype} {list(tensor.shape)}  sum {tensor.sum(dtype=numpy.float64):.6f}")


if len(sys.argv) > 1:
    show(sys.argv[1])
else:
    make(pathlib.Path(__file__).with_suffix(".safetensors"))
