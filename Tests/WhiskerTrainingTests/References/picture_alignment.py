"""How alike pictures are once they are aligned, in float64, for the pictures of PictureAlignmentTests.swift.

The numbers there were printed by this script, run with NumPy 2.4.6:

    pip install numpy
    python picture_alignment.py
"""

import numpy as np

SIDE, POINTS, REACH = 32, 20, 0.25
STEPS = (0.08, 0.04, 0.02, 0.01)
GRID = (np.arange(POINTS) + 0.5) / POINTS


def picture(seed, left=0.0, right=1.0, top=0.0, bottom=1.0, mirrored=False):
    """Waves seen through a window, smoothed by the mean of each pixel and its eight neighbours."""
    place = (np.arange(SIDE) + 0.5) / SIDE
    x, y = np.meshgrid(left + (place[::-1] if mirrored else place) * (right - left), top + place * (bottom - top))
    waves = np.sin(9 * x + seed) + np.sin(7 * y + 2 * seed) + np.sin(8 * (x - y) + 5 * seed) + np.sin(11 * x * y + seed)
    gray = np.pad(np.floor(128 + 30 * waves), 1, mode="edge")
    return sum(gray[dy : dy + SIDE, dx : dx + SIDE] for dy in range(3) for dx in range(3)) / 9


def sample(pixels, xs, ys):
    """Bilinear interpolation between the centres of pixels."""
    xs, ys = (np.clip(v * SIDE - 0.5, 0, SIDE - 1) for v in (xs, ys))
    columns, rows = (np.minimum(v.astype(int), SIDE - 2) for v in (xs, ys))
    right, down = (xs - columns)[None, :], (ys - rows)[:, None]
    corner = lambda dy, dx: pixels[np.ix_(rows + dy, columns + dx)]
    above = corner(0, 0) * (1 - right) + corner(0, 1) * right
    return above * (1 - down) + (corner(1, 0) * (1 - right) + corner(1, 1) * right) * down


def correlation(first, second, edges):
    xs, ys = edges[0] + GRID * (edges[1] - edges[0]), edges[2] + GRID * (edges[3] - edges[2])
    inside = [(v >= 0) & (v <= 1) for v in (xs, ys)]
    one = sample(first, xs[inside[0]], ys[inside[1]]).ravel()
    other = sample(second, GRID[inside[0]], GRID[inside[1]]).ravel()
    return np.corrcoef(one, other)[0, 1]


def aligned(first, second):
    edges, whole = [0.0, 1.0, 0.0, 1.0], (0.0, 1.0, 0.0, 1.0)
    best = correlation(first, second, edges)
    for step in STEPS if best > 0.3 else ():
        better = True
        while better:
            better = False
            for edge in range(4):
                for change in (step, -step):
                    moved = list(edges)
                    moved[edge] += change
                    if abs(moved[edge] - whole[edge]) > REACH:
                        continue
                    value = correlation(first, second, moved)
                    if value > best:
                        best, edges, better = value, moved, True
    return best


def alike(first, second):
    return max(aligned(first, second), aligned(first, second[:, ::-1]))


whole = picture(1)
for name, view in [
    ("left 0.1", picture(1, left=0.1)),
    ("right 0.92, bottom 0.9", picture(1, right=0.92, bottom=0.9)),
    ("mirrored, 0.05 to 0.95", picture(1, 0.05, 0.95, 0.05, 0.95, mirrored=True)),
    ("seed 2", picture(2)),
    ("seed 3", picture(3)),
    ("seed 4", picture(4)),
]:
    print(name, round(alike(whole, view), 6), round(alike(view, whole), 6))
