"""Probably wrong labels by cleanlab, the library of the authors of confident learning.

The values in ConfidentLearningTests.swift were printed by this script, run with cleanlab 2.9.0 and NumPy 2.4.6:

    pip install cleanlab numpy
    python cleanlab_issues.py

The probabilities are those of a formula, so that the test can compute them as well.
"""

import numpy as np
from cleanlab.filter import find_label_issues

COUNT, CLASSES = 60, 3


def probabilities():
    index = np.arange(COUNT)
    logits = np.stack([np.sin(index * (3 + 2 * k) + k) * 3 for k in range(CLASSES)], axis=1)
    odds = np.exp(logits)
    return odds / odds.sum(axis=1, keepdims=True)


values = probabilities()
labels = values.argmax(axis=1)
# Every seventh label is another class.
labels[::7] = (labels[::7] + 1) % CLASSES
issues = find_label_issues(
    labels, values, filter_by="confident_learning", return_indices_ranked_by="normalized_margin", n_jobs=1)
print(list(map(int, issues)))
