"""Prints the losses and gradients that TargetsTests.swift expects.

They are those of PyTorch's `cross_entropy` with `label_smoothing`, and with a distribution as its target. Without PyTorch
installed, the formulas of its documentation are evaluated in double precision:

    python3 label_smoothing.py
"""
import numpy as np

try:
    import torch
    from torch.nn.functional import cross_entropy
except ImportError:
    torch = None

LOGITS = np.array([[1.5, -0.5, 0.25, 2.0], [0.0, 3.0, -1.0, 0.5], [-2.0, 0.75, 0.5, -0.25]])
LABELS = np.array([3, 0, 1])
SECOND, SHARES = np.array([1, 2, 1]), np.array([0.25, 0.5, 0.125])
EYE = np.eye(4)


def measure(target, smoothing):
    """The sum of the losses, and the gradient of their mean."""
    if torch:
        logits = torch.tensor(LOGITS, requires_grad=True)
        loss = cross_entropy(logits, torch.tensor(target), label_smoothing=smoothing)
        loss.backward()
        return 3 * float(loss.detach()), logits.grad.numpy()
    target = (1 - smoothing) * (target if target.ndim == 2 else EYE[target]) + smoothing / 4
    probabilities = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    return -(target * np.log(probabilities)).sum(), (probabilities - target) / 3


mixed = EYE[LABELS] * (1 - SHARES[:, None]) + EYE[SECOND] * SHARES[:, None]
for name, target, smoothing in [("smoothed", LABELS, 0.1), ("mixed", mixed, 0.0), ("both", mixed, 0.1)]:
    loss, gradient = measure(target, smoothing)
    print(name, round(loss, 9), [round(float(value), 7) for value in gradient.reshape(-1)])
