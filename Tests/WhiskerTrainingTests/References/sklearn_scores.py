"""What scikit-learn makes of a table of logits and labels.

The numbers in EvaluationTests.swift were printed by this script, run with scikit-learn and NumPy:

    pip install scikit-learn numpy
    python sklearn_scores.py

Class 0 occurs and is never predicted, class 6 is predicted and never occurs. The expected calibration error is that of
Guo et al. 2017, eq. 3, with 15 bins that are open below and closed above.
"""

import numpy as np
from sklearn.metrics import classification_report, confusion_matrix, log_loss, top_k_accuracy_score

SAMPLES, CLASSES = 60, 7
i, c = np.arange(SAMPLES)[:, None], np.arange(CLASSES)[None, :]
labels = (np.arange(SAMPLES) * 5 + np.arange(SAMPLES) // 7) % 6
logits = ((i * 37 + c * 101 + i * c * 13) % 97) / 32
logits = logits + np.where((c == labels[:, None]) & (i % 3 != 0), 2, 0) - np.where(c == 0, 10, 0)
powers = np.exp(logits - logits.max(axis=1, keepdims=True))
probabilities = powers / powers.sum(axis=1, keepdims=True)
predicted = probabilities.argmax(axis=1)

print("confusion", confusion_matrix(labels, predicted, labels=range(CLASSES)).tolist())
print("loss", log_loss(labels, probabilities, labels=range(CLASSES)))
for k in (1, 3, 5):
    print("top", k, top_k_accuracy_score(labels, probabilities, k=k, labels=range(CLASSES)))
for name, row in classification_report(labels, predicted, output_dict=True, zero_division=0).items():
    print(name, row if name == "accuracy" else list(row.values()))

confidence, correct = probabilities.max(axis=1), predicted == labels
error = 0.0
for m in range(1, 16):
    inside = (confidence > (m - 1) / 15) & (confidence <= m / 15)
    if inside.any():
        error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
print("ece", error)
losses = -np.log(probabilities[np.arange(SAMPLES), labels])
worst = [int(s) for s in np.argsort(-losses, kind="stable") if not correct[s]][:4]
print("worst", worst, losses[worst].tolist(), confidence[worst].tolist())
