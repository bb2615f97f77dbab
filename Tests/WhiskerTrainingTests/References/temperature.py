"""What SciPy makes of a table of logits and labels: the temperature that minimises the cross-entropy.

The numbers in TemperatureTests.swift were printed by this script, run with SciPy and NumPy:

    pip install scipy numpy
    python temperature.py

The expected calibration error is that of Guo et al. 2017, eq. 3, with 15 bins that are open below and closed above. The threshold is
found by brute force over all numbers of answers.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

SAMPLES, CLASSES = 240, 5
i, c = np.arange(SAMPLES)[:, None], np.arange(CLASSES)[None, :]
labels = (np.arange(SAMPLES) * 7 + np.arange(SAMPLES) // 5) % CLASSES
mixed = ((i * 37 + c * 101 + i * c * 13) % 97) / 32
right = (c == labels[:, None]) & (i % 8 != 0)

for factor, gain in ((4, 3), (0.25, 3), (4, 0)):
    logits = (mixed + np.where(right, gain, 0)) * factor

    def loss(inverse):
        return -log_softmax(logits * inverse, axis=1)[np.arange(SAMPLES), labels].mean()

    def error(inverse):
        probabilities = np.exp(log_softmax(logits * inverse, axis=1))
        confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
        total = 0.0
        for m in range(1, 16):
            inside = (confidence > (m - 1) / 15) & (confidence <= m / 15)
            if inside.any():
                total += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
        return total

    best = minimize_scalar(loss, bounds=(1 / 20, 1 / 0.05), method="bounded", options={"xatol": 1e-13}).x
    print("factor", factor, "gain", gain, "temperature", 1 / best)
    print("  loss", loss(1), loss(best), "error", error(1), error(best))
    probabilities = np.exp(log_softmax(logits * best, axis=1))
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    print("  accuracy", correct.mean())
    for threshold in sorted(set(np.round(confidence, 12))):
        answered = confidence >= threshold - 1e-12
        if answered.sum() >= 50 and correct[answered].mean() >= 0.95:
            print("  answered", answered.sum(), "accuracy", correct[answered].mean(), "from", threshold)
            break
    else:
        print("  no threshold")
