#!/usr/bin/env python3
"""Classifies pictures with a Whisker model in PyTorch: torch_predict.py MODEL.safetensors PICTURE...

Requires torch, safetensors, numpy and Pillow. Pillow's resize is not Whisker's, so probabilities agree to 1e-5 for
pictures that have the model's size already, and closely for others; proportions are stretched, as by default.
"""
import json
import re
import sys

import numpy
import torch
from PIL import Image
from safetensors import safe_open
from torch import nn


def load(path):
    """Returns a list of nn.Sequential (the members of an ensemble, or one), the classes and the preprocessing."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        metadata = {key: json.loads(value) for key, value in file.metadata().items() if key.startswith("whisker.")}
    kinds = {
        "convolution": lambda layer: nn.LazyConv2d(layer["filters"], layer["kernel"]),
        "max_pool": lambda layer: nn.MaxPool2d(layer["size"]),
        "relu": lambda layer: nn.ReLU(),
        "dropout": lambda layer: nn.Dropout(layer["rate"]),
        "spatial_dropout": lambda layer: nn.Dropout2d(layer["rate"]),
        # PyTorch has neither, and they are identities in inference.
        "gaussian_dropout": lambda layer: nn.Identity(),
        "drop_connect": lambda layer: nn.LazyLinear(layer.get("units", len(metadata["whisker.classes"]))),
        "flatten": lambda layer: nn.Flatten(),
        "dense": lambda layer: nn.LazyLinear(layer.get("units", len(metadata["whisker.classes"]))),
    }
    count = metadata.get("whisker.members")
    models = []
    for prefix in [f"members.{index}." for index in range(count)] if count else [""]:
        model = nn.Sequential(*[kinds[layer["type"]](layer) for layer in metadata["whisker.network"]["layers"]])
        # last.safetensors also holds the state for resuming.
        wanted = re.compile(re.escape(prefix) + r"(\d+\.(weight|bias))")
        found = {name: wanted.fullmatch(name) for name in tensors}
        model.load_state_dict({match[1]: tensors[name] for name, match in found.items() if match}, strict=True)
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
