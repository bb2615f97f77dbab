#!/usr/bin/env python3
"""Classifies pictures with a Whisker model in PyTorch: torch_predict.py MODEL.safetensors PICTURE...

Requires torch, safetensors, numpy and Pillow. Pillow's resize is not Whisker's, so probabilities agree to 1e-5 for
pictures that have the model's size already, and closely for others; proportions are stretched, as by default.
"""
import json
import math
import re
import sys

import numpy
import torch
from PIL import Image
from safetensors import safe_open
from torch import nn
from torch.nn import functional


class Window:
    """The kernel, stride and padding of a convolution or a pool."""

    def __init__(self, layer, name, stride):
        size = layer[name]
        self.size = [size, size] if isinstance(size, int) else size
        self.stride = layer.get("stride", stride or self.size[0])
        self.padding = layer.get("padding", "valid")

    def pad(self, x, value=0.0):
        pads = []
        for size, extent in reversed(list(zip(self.size, x.shape[2:]))):
            if self.padding == "same":
                total = max((-(-extent // self.stride) - 1) * self.stride + size - extent, 0)
                pads += [total // 2, total - total // 2]
            else:
                pads += [0 if self.padding == "valid" else self.padding] * 2
        return functional.pad(x, pads, value=value)


class Convolution(nn.Conv2d):
    def __init__(self, layer, weight):
        groups, window = layer.get("groups", 1), Window(layer, "kernel", 1)
        filters, channels = weight.shape[:2]
        super().__init__(
            channels * groups, filters, window.size, window.stride, groups=groups, bias=layer.get("bias", True)
        )
        self.window = window

    def forward(self, x):
        return super().forward(self.window.pad(x))


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    def _check_input_dim(self, x):
        pass  # Maps and vectors.


class Apply(nn.Module):
    """A function without parameters."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def max_pool(layer):
    window = Window(layer, "size", None)
    return Apply(lambda x: functional.max_pool2d(window.pad(x, -math.inf), window.size, window.stride))


def average_pool(layer):
    """The mean of the values that are not padding."""
    window = Window(layer, "size", None)

    def average(x):
        return functional.avg_pool2d(window.pad(x), window.size, window.stride)

    return Apply(lambda x: average(x) / average(torch.ones_like(x)))


def sequence(layers, tensors, class_count, path=""):
    def linear(layer, bias=True):
        return nn.LazyLinear(layer.get("units", class_count), bias=bias)

    kinds = {
        "convolution": lambda layer, path: Convolution(layer, tensors[f"{path}.weight"]),
        "batch_norm": lambda layer, path: BatchNorm(len(tensors[f"{path}.weight"]), eps=layer.get("epsilon", 1e-5)),
        "relu": lambda layer, path: nn.ReLU(),
        "relu6": lambda layer, path: nn.ReLU6(),
        "leaky_relu": lambda layer, path: nn.LeakyReLU(layer.get("slope", 0.01)),
        "silu": lambda layer, path: nn.SiLU(),
        "hard_swish": lambda layer, path: nn.Hardswish(),
        "max_pool": lambda layer, path: max_pool(layer),
        "average_pool": lambda layer, path: average_pool(layer),
        "global_average_pool": lambda layer, path: Apply(lambda x: x.mean((2, 3))),
        "global_max_pool": lambda layer, path: Apply(lambda x: x.amax((2, 3))),
        "dropout": lambda layer, path: nn.Dropout(layer["rate"]),
        "spatial_dropout": lambda layer, path: nn.Dropout2d(layer["rate"]),
        # PyTorch has neither, and they are identities in inference.
        "gaussian_dropout": lambda layer, path: nn.Identity(),
        "drop_connect": lambda layer, path: linear(layer),
        "flatten": lambda layer, path: nn.Flatten(),
        "dense": lambda layer, path: linear(layer, layer.get("bias", True)),
        "residual": lambda layer, path: Residual(
            *[
                sequence(layer.get(branch, []), tensors, class_count, f"{path}.{branch}.")
                for branch in ["body", "shortcut"]
            ]
        ),
    }
    return nn.Sequential(*[kinds[layer["type"]](layer, f"{path}{index}") for index, layer in enumerate(layers)])


def load(path):
    """Returns a list of nn.Sequential (the members of an ensemble, or one), the classes and the preprocessing."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        metadata = {key: json.loads(value) for key, value in file.metadata().items() if key.startswith("whisker.")}
    count = metadata.get("whisker.members")
    models = []
    for prefix in [f"members.{index}." for index in range(count)] if count else [""]:
        # last.safetensors also holds the state for resuming.
        wanted = re.compile(
            re.escape(prefix) + r"(\d+(\.(body|shortcut)\.\d+)*\.(weight|bias|running_mean|running_var))"
        )
        found = {match[1]: tensors[name] for name in tensors if (match := wanted.fullmatch(name))}
        model = sequence(metadata["whisker.network"]["layers"], found, len(metadata["whisker.classes"]))
        model.load_state_dict(found, strict=True)
        models.append(model.eval())
    return models, metadata["whisker.classes"], metadata["whisker.preprocessing"]


def predict(models, pixels):
    """Returns the mean probabilities [N, classes] of all models for uint8 pixels [N, height, width] or [N, height, width, 3]."""
    images = torch.from_numpy(numpy.asarray(pixels)).float() / 255 - 0.5
    images = images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2)
    with torch.no_grad():
        return torch.stack([model(images).softmax(1) for model in models]).mean(0)


if __name__ == "__main__":
    models, classes, want = load(sys.argv[1])
    mode = "L" if want["color_mode"] == "grayscale" else "RGB"
    for path in sys.argv[2:]:
        picture = Image.open(path).convert(mode).resize((want["width"], want["height"]), Image.Resampling.BOX)
        probabilities = predict(models, [numpy.array(picture)])[0]
        best = int(probabilities.argmax())
        print(f"{path}  {probabilities[best]:.4f}  {classes[best]}")
