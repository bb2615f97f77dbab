"""Logits of a small residual network in PyTorch, with weights that follow formulas.

The numbers in ResidualImportTests.swift were printed by this script, run with PyTorch 2.15.0 (float32, CPU):

    pip install torch
    python torch_residual.py

The test repeats the formulas, writes the tensors under the names that this script prints, and imports them.
"""

import numpy as np
import torch
from torch import nn

HEIGHT, WIDTH, CLASSES = 10, 8, 3


class Block(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, 1, padding=1, bias=True)
        self.layer1 = nn.Sequential(Block(4, 4, 1))
        self.layer2 = nn.Sequential(Block(4, 6, 2))
        self.depthwise = nn.Conv2d(6, 12, 3, padding=1, groups=6)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(12, CLASSES, bias=False)

    def forward(self, x):
        x = self.depthwise(self.layer2(self.layer1(nn.functional.hardswish(self.stem(x)))))
        return self.fc(self.pool(nn.functional.silu(x)).flatten(1))


def values(shape, phase):
    """0.4 sin(0.7 i + phase)"""
    i = np.arange(np.prod(shape), dtype=np.float64)
    return torch.tensor((0.4 * np.sin(0.7 * i + phase)).astype(np.float32).reshape(shape))


def picture():
    i = np.arange(HEIGHT * WIDTH * 3, dtype=np.int64)
    pixels = ((i * 37 + i * i % 101) % 256).astype(np.float32).reshape(1, HEIGHT, WIDTH, 3)
    return torch.tensor(pixels / 255 - 0.5).permute(0, 3, 1, 2)


torch.set_num_threads(1)
network = Network().eval()
for phase, (name, tensor) in enumerate(t for t in network.state_dict().items() if t[1].ndim > 0):
    # Factors of batch norms and variances are near 1.
    is_factor = tensor.ndim == 1 and name.endswith(("weight", "running_var"))
    tensor.copy_(values(tensor.shape, phase) + (1 if is_factor else 0))
    print(name, list(tensor.shape))
with torch.no_grad():
    print("logits", network(picture())[0].tolist())
