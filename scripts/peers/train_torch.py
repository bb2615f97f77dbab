"""Trains a network of `whisker train` with PyTorch and prints the images per second of every epoch but the first.

    train_torch.py NETWORK MNIST_FOLDER EPOCHS

The batches are gathered from a tensor in memory, which is faster than any DataLoader.
"""

import sys
import time

import torch
from torch import nn

from samples import samples

name, folder, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
images, labels = samples(name, folder)
images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
labels = torch.from_numpy(labels).long()
classes = int(labels.max()) + 1
first = [nn.Conv2d(images.shape[1], 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
second = [nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]
dense = [nn.LazyLinear(128), nn.ReLU(), nn.Dropout(0.5)]
last = nn.LazyLinear(classes)
network = nn.Sequential(*{
    "dropout-cnn": [*first, nn.Dropout(0.25), nn.Flatten(), *dense, last],
    "mnist-convnet": [*first, *second, nn.Flatten(), nn.Dropout(0.5), last],
    "deep-dropout-cnn": [*first, *second, nn.Flatten(), *dense, nn.Linear(128, 64), nn.ReLU(), last],
}[name.removesuffix("-64")])
network(images[:1])
optimizer = torch.optim.Adam(network.parameters(), eps=1e-7)
loss = nn.CrossEntropyLoss()
for epoch in range(epochs):
    start = time.perf_counter()
    for rows in torch.randperm(len(labels)).split(128):
        optimizer.zero_grad()
        loss(network(images[rows]), labels[rows]).backward()
        optimizer.step()
    if epoch > 0:
        print(len(labels) / (time.perf_counter() - start), flush=True)
