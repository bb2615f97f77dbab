"""WebP files that Pillow wrote, and what it makes of them.

The values in PillowWebPSamples.swift were printed by this script, run with Pillow 13.0.0 (libwebp 1.6.0) and NumPy 2.4.6:

    pip install pillow numpy
    python pillow_webp.py > ../PillowWebPSamples.swift

Pillow shows its first frame of an animation on the canvas. It writes such files only for frames of one size, so that the
chunks of the animations are put together here from those of single pictures.
"""

import base64
import io
import struct

import numpy as np
from PIL import Image, ImageOps

WIDTH, HEIGHT = 13, 10


def pixels(channels, colors=256):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [x * 18 + y * 2, y * 24 + x, 250 - x * 9 - y * 12, x * y * 2 + 20]
    values = np.stack(planes[:channels], axis=2)
    return (values * colors // 256 * (256 // colors)).astype(np.uint8)


def written(image, **options):
    file = io.BytesIO()
    image.save(file, "WEBP", **options)
    return file.getvalue()


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def number(value):
    return struct.pack("<I", value)[:3]


def image_chunks(file):
    """Everything behind the header, and behind VP8X where there is one."""
    return file[30:] if file[12:16] == b"VP8X" else file[12:]


def animation(frame, alpha, x, y):
    """A frame of WIDTH x HEIGHT at (x, y) of a canvas of 20 x 16, over yellow, and a second one."""
    flags = 0x02 | (0x10 if alpha else 0)
    canvas = chunk(b"VP8X", bytes([flags, 0, 0, 0]) + number(19) + number(15))
    loops = chunk(b"ANIM", bytes([0, 255, 255, 255]) + struct.pack("<H", 0))
    place = number(x // 2) + number(y // 2) + number(WIDTH - 1) + number(HEIGHT - 1)
    frames = [chunk(b"ANMF", place + number(100) + b"\0" + image_chunks(frame)) for _ in range(2)]
    return chunk(b"RIFF", b"WEBP" + canvas + loops + b"".join(frames))


def turned():
    image = Image.fromarray(pixels(3))
    exif = image.getexif()
    exif[0x0112] = 6
    return written(image, quality=90, exif=exif)


def samples():
    rgb, rgba = Image.fromarray(pixels(3)), Image.fromarray(pixels(4))
    few = Image.fromarray(pixels(3, colors=4))
    # A photo has colours that lie outside RGB after the conversion from YCbCr.
    loud = Image.fromarray(np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    yield "lossy", written(rgb, quality=80)
    yield "lossy noise", written(loud, quality=60)
    yield "lossy with alpha", written(rgba, quality=80)
    yield "lossless", written(rgb, lossless=True)
    yield "lossless with alpha", written(rgba, lossless=True, exact=True)
    yield "lossless of few colours", written(few, lossless=True)
    yield "lossy, turned by EXIF", turned()
    yield "an animation", animation(written(rgb, quality=80), False, 4, 2)
    yield "an animation with alpha", animation(written(rgba, quality=80), True, 2, 4)
    yield "an animation of RGB with alpha around it", animation(written(rgb, lossless=True), True, 6, 6)


def literal(data):
    text = base64.b64encode(data).decode()
    lines = [text[start:start + 100] for start in range(0, len(text), 100)]
    return '"""\n' + "".join(f"      {line}\n" for line in lines) + '      """'


print("/// Printed by References/pillow_webp.py: files, and their pixels as Pillow shows them, RGBA in base64.")
print("enum PillowWebPSamples {")
print("  static let all: [(name: String, width: Int, height: Int, file: String, pixels: String)] = [")
for name, file in samples():
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGBA")
    print(f'    (\n      "{name}", {image.width}, {image.height},\n      {literal(file)},')
    print(f"      {literal(image.tobytes())}\n    ),")
print("  ]\n}")
