"""The inputs of all reference values."""
import math

import torch


def spread(*shape, offset=0):
    """Fixed numbers between -1 and 1 without pattern: multiples of the golden ratio, modulo 1."""
    ratio = (math.sqrt(5) - 1) / 2
    numbers = [2 * ((offset + i + 1) * ratio % 1) - 1 for i in range(math.prod(shape))]
    return torch.tensor(numbers).reshape(shape)
