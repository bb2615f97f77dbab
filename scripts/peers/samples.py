"""The samples that the peers train on: images [N, side, side, channels] from 0 to 1, and labels [N]."""

import gzip
import pathlib

import numpy as np


def samples(network, folder):
    if network.endswith("-64"):
        random = np.random.default_rng(0)
        # The larger networks take about ten seconds for so many.
        count = 8192 if network == "dropout-cnn-64" else 2048
        return random.random((count, 64, 64, 3), np.float32), random.integers(0, 2, count).astype(np.int32)
    images = read(folder, "train-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1).astype(np.float32) / 255
    return images, read(folder, "train-labels-idx1-ubyte", 8).astype(np.int32)


def read(folder, name, header):
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    return np.frombuffer(data[header:], np.uint8)
