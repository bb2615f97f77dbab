"""Trains a network of `whisker train` with PyTorch and prints the images per second of every epoch but the first.

    train_torch.py NETWORK MNIST_FOLDER EPOCHS

Networks whose names end in -64 train on noise of 64x64 in colour and two classes. `residual-64` is the preset with batches
of 64, `vgg-64` has four convolutions. With colours, both memory formats are tried, and the faster one is printed.

The batches are gathered from a tensor in memory, which is faster than any DataLoader.
"""

import statistics
import sys
import time

import torch
from torch import nn

from samples import samples


class Residual(nn.Module):
    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        return x + self.body(x)


def normalized(channels, filters, stride=1):
    convolution = nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(filters), nn.ReLU()]


def group(channels, filters):
    convolution, *rest = normalized(channels, filters)
    block = Residual(*normalized(filters, filters), *normalized(filters, filters))
    return [convolution, nn.MaxPool2d(2), *rest, block]


def stage(channels, filters):
    return [nn.Conv2d(channels, filters, 3), nn.ReLU(), nn.MaxPool2d(2)]


def layers(name, channels, classes):
    first, second = stage(channels, 32), stage(32, 64)
    dense = [nn.LazyLinear(128), nn.ReLU(), nn.Dropout(0.5)]
    last = nn.LazyLinear(classes)
    return {
        "dropout-cnn": lambda: [*first, nn.Dropout(0.25), nn.Flatten(), *dense, last],
        "mnist-convnet": lambda: [*first, *second, nn.Flatten(), nn.Dropout(0.5), last],
        "deep-dropout-cnn": lambda: [
            *first, *second, nn.Flatten(), *dense, nn.Linear(128, 64), nn.ReLU(), last],
        "residual": lambda: [
            *normalized(channels, 24, 2), *group(24, 48), *group(48, 96), *group(96, 192),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), last],
        "vgg": lambda: [*first, *second, *stage(64, 128), *stage(128, 128), nn.Flatten(), *dense, last],
    }[name.removesuffix("-64")]()


def train(name, images, labels, epochs, memory_format):
    """Returns the images per second of every epoch but the first."""
    network = nn.Sequential(*layers(name, images.shape[1], int(labels.max()) + 1))
    images = images.contiguous(memory_format=memory_format)
    network(images[:2])
    network = network.to(memory_format=memory_format)
    optimizer = torch.optim.Adam(network.parameters(), eps=1e-7)
    loss = nn.CrossEntropyLoss()
    batch = 64 if name == "residual-64" else 128
    paces = []
    for epoch in range(epochs):
        start = time.perf_counter()
        for rows in torch.randperm(len(labels)).split(batch):
            optimizer.zero_grad()
            loss(network(images[rows]), labels[rows]).backward()
            optimizer.step()
        if epoch > 0:
            paces.append(len(labels) / (time.perf_counter() - start))
    return paces


name, folder, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
images, labels = samples(name, folder)
labels = torch.from_numpy(labels).long()
images = torch.from_numpy(images).permute(0, 3, 1, 2)
formats = [torch.contiguous_format] + ([torch.channels_last] if images.shape[1] > 1 else [])
paces = [train(name, images, labels, epochs, memory_format) for memory_format in formats]
print(*max(paces, key=statistics.median), sep="\n", flush=True)
