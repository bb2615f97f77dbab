"""What Pillow makes of some of the sample pictures in data/, averaged down.

The numbers in PillowTests.swift were printed by this script, run with Pillow 13.0.0 and NumPy 2.4.6:

    pip install pillow numpy
    python pillow_samples.py ../../../data/cats-dogs/train

Every picture is decoded at full size, turned as its EXIF block says and laid over white. `row14` and `mean` are of
exact area averaging in double precision to 28x28, of the luma of BT.601: two matrices hold the share of every pixel
under every target pixel. `half` is of Pillow's own Image.reduce(2) of the red channel, where both sides are even.
"""

import sys

import numpy as np
from PIL import Image, ImageOps

NAMES = [
    "cat/000.png",
    "cat/003.png",
    "cat/007.png",
    "cat/021.png",
    "cat/024.png",
    "cat/038.png",
    "cat/077.png",
    "cat/012.jpg",
    "cat/014.jpg",
    "cat/033.jpg",
    "cat/040.jpg",
    "cat/080.jpg",
    "cat/130.jpg",
    "dog/053.jpg",
]
SIDE = 28


def upright_rgb(path):
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode.startswith("I;16"):
        values = np.asarray(image, dtype=np.float64) * 255 / 65535
        return np.repeat(values[:, :, None], 3, axis=2)
    image = image.convert("RGBA")
    pixels = np.asarray(image, dtype=np.float64)
    alpha = pixels[:, :, 3:] / 255
    return pixels[:, :, :3] * alpha + 255 * (1 - alpha)


def shares(source, target):
    """[target, source]: how much of each source pixel lies under each target pixel, as a mean."""
    edges = np.arange(target + 1) * source / target
    left = np.maximum(edges[:-1, None], np.arange(source)[None])
    right = np.minimum(edges[1:, None], np.arange(1, source + 1)[None])
    return np.clip(right - left, 0, None) * target / source


def area(rgb):
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    height, width = luma.shape
    return shares(height, SIDE) @ luma @ shares(width, SIDE).T


def half(rgb):
    red = Image.fromarray(np.rint(rgb[:, :, 0]).astype(np.uint8))
    return np.asarray(red.reduce(2))


def row(values, digits):
    return "[" + ", ".join(f"{value:.{digits}f}" for value in values) + "]"


for name in NAMES:
    rgb = upright_rgb(f"{sys.argv[1]}/{name}")
    height, width = rgb.shape[:2]
    small = area(rgb)
    print(f'Sample("{name}", mean: {small.mean():.3f}, row14: {row(small[14, 4:24:4], 2)}', end="")
    if width % 2 == 0 and height % 2 == 0:
        values = half(rgb)
        middle = values[height // 4, width // 4 - 2:width // 4 + 3]
        print(f", halfMean: {values.mean():.3f}, half: {row(middle, 0)}", end="")
    print("),")
