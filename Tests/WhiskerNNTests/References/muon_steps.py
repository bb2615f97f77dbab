"""Losses and weights of the small fixed network of keras_steps.py after five steps of Muon.

The numbers in MuonTests.swift were printed by this script, run with PyTorch 2.15.0 (CPU):

    pip install torch
    python muon_steps.py

torch.optim.Muon orthogonalizes in bfloat16, whose rounding the iteration amplifies. Here its formula is computed in double precision.
"""

import numpy as np
import torch
from torch import nn

SIDE, FILTERS, UNITS, CLASSES, BATCH, STEPS = 8, 4, 6, 3, 5, 5
POOLED = (SIDE - 2) // 2
RATE, DECAY, MOMENTUM = 0.02, 0.5, 0.95


def weights(shape, phase):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return torch.tensor((0.4 * np.sin(0.7 * i + phase)).astype(np.float32).reshape(shape))


def images(step):
    i = np.arange(BATCH * SIDE * SIDE, dtype=np.int64)
    pixels = ((i * 37 + i * i % 101 + step * 53) % 256).astype(np.float32).reshape(BATCH, 1, SIDE, SIDE)
    return torch.tensor(pixels / 255 - 0.5)


def labels(step):
    return torch.tensor((np.arange(BATCH) * 2 + step) % CLASSES)


def orthogonal(matrix):
    x = matrix / (np.linalg.norm(matrix) + 1e-7)
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x


net = nn.Sequential(
    nn.Conv2d(1, FILTERS, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(FILTERS * POOLED * POOLED, UNITS),
    nn.ReLU(), nn.Linear(UNITS, CLASSES))
with torch.no_grad():
    for parameter, phase in zip(net.parameters(), [0, 1, 4, 5, 6, 7]):
        parameter.copy_(weights(tuple(parameter.shape), phase))
hidden = net[4].weight
others = [p for p in net.parameters() if p is not hidden]
adam = torch.optim.AdamW(
    [{"params": [p for p in others if p.ndim > 1], "weight_decay": DECAY},
     {"params": [p for p in others if p.ndim == 1], "weight_decay": 0}], lr=RATE / 10)
mean = np.zeros(tuple(hidden.shape))
losses = []
for step in range(STEPS):
    loss = nn.functional.cross_entropy(net(images(step)), labels(step))
    net.zero_grad()
    loss.backward()
    for group in adam.param_groups:
        group["eps"] = 1e-7 / (1 - 0.999 ** (step + 1)) ** 0.5
    adam.step()
    gradient = hidden.grad.numpy().astype(np.float64)
    mean = MOMENTUM * mean + (1 - MOMENTUM) * gradient
    update = orthogonal(MOMENTUM * mean + (1 - MOMENTUM) * gradient)
    with torch.no_grad():
        hidden.mul_(1 - RATE * DECAY).sub_(torch.tensor(RATE * update, dtype=torch.float32))
    losses.append(float(loss.detach()))
print(torch.__version__, "losses", [round(l, 7) for l in losses])
for parameter in net.parameters():
    flat = parameter.detach().numpy().reshape(-1).astype(np.float64)
    print(f"        .init(first: {flat[0]:.7f}, last: {flat[-1]:.7f}, sum: {flat.sum():.6f}, "
          f"magnitudes: {np.abs(flat).sum():.6f}),")
