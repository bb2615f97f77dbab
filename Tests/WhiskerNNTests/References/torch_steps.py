"""Losses and weights of the small fixed network of keras_steps.py after five steps of PyTorch's AdamW.

The numbers in WeightDecayTests.swift were printed by this script, run with PyTorch 2.15.0 (float32, CPU):

    pip install torch
    python torch_steps.py

Weights decay and biases do not. PyTorch adds epsilon after the bias correction of the second moment, Whisker (as Keras)
before it: each step's epsilon is divided by that correction here, so that both are the same.
"""

import numpy as np
import torch
from torch import nn

SIDE, FILTERS, UNITS, CLASSES, BATCH, STEPS = 8, 4, 6, 3, 5, 5
POOLED = (SIDE - 2) // 2


def weights(shape, phase):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return torch.tensor((0.4 * np.sin(0.7 * i + phase)).astype(np.float32).reshape(shape))


def images(step):
    i = np.arange(BATCH * SIDE * SIDE, dtype=np.int64)
    pixels = ((i * 37 + i * i % 101 + step * 53) % 256).astype(np.float32).reshape(BATCH, 1, SIDE, SIDE)
    return torch.tensor(pixels / 255 - 0.5)


def labels(step):
    return torch.tensor((np.arange(BATCH) * 2 + step) % CLASSES)


net = nn.Sequential(
    nn.Conv2d(1, FILTERS, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(FILTERS * POOLED * POOLED, UNITS),
    nn.ReLU(), nn.Linear(UNITS, CLASSES))
with torch.no_grad():
    for parameter, phase in zip(net.parameters(), [0, 1, 4, 5, 6, 7]):
        parameter.copy_(weights(tuple(parameter.shape), phase))
optimizer = torch.optim.AdamW(
    [{"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": 0.5},
     {"params": [p for p in net.parameters() if p.ndim == 1], "weight_decay": 0}], lr=0.01)
losses = []
for step in range(STEPS):
    loss = nn.functional.cross_entropy(net(images(step)), labels(step))
    optimizer.zero_grad()
    loss.backward()
    for group in optimizer.param_groups:
        group["eps"] = 1e-7 / (1 - 0.999 ** (step + 1)) ** 0.5
    optimizer.step()
    losses.append(float(loss.detach()))
print(torch.__version__, "losses", [round(l, 7) for l in losses])
for parameter in net.parameters():
    flat = parameter.detach().numpy().reshape(-1).astype(np.float64)
    print(" ", tuple(parameter.shape), "first", round(flat[0], 7), "last", round(flat[-1], 7),
          "sum", round(flat.sum(), 6), "sum of magnitudes", round(np.abs(flat).sum(), 6))
