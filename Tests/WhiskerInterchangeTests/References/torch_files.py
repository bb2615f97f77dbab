"""Small files of torch.save in base64, which TorchFileTests.swift reads.

Printed with PyTorch 2.13.0:

    pip install torch
    python torch_files.py
"""

import base64
import collections
import io
import os

import torch

grid = torch.arange(12, dtype=torch.float32).reshape(3, 4)
state = collections.OrderedDict(
    [
        ("z", torch.nn.Parameter(grid / 4)),
        ("transposed", grid.T),
        ("part", grid[1:, 1:3]),
        ("half", torch.tensor([1.5, -0.25], dtype=torch.float16)),
        ("brain", torch.tensor([1.5, -3.0], dtype=torch.bfloat16)),
        ("double", torch.tensor([[0.1]], dtype=torch.float64)),
        ("long", torch.tensor(-7)),
        ("flags", torch.tensor([True, False])),
    ]
)


class Command:
    def __reduce__(self):
        return (os.system, ("true",))


def show(name, value, **options):
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    print(name, base64.b64encode(stream.getvalue()).decode(), "\n")


show("archive", state)
show("pickles", {"epoch": 3, "best": 0.5, "state_dict": state}, _use_new_zipfile_serialization=False)
show("command", {"state_dict": state, "x": Command()}, _use_new_zipfile_serialization=False)
