"""Losses and weights of a small fixed network after five steps of Keras's Adam and SGD.

The numbers in KerasTests.swift were printed by this script, run with Keras 3.15.1 on TensorFlow 2.21.0 (float32, CPU):

    pip install tensorflow-cpu==2.21.0
    python keras_steps.py

Weights and pictures follow formulas that KerasTests.swift repeats. Dense weights are in the order channel, row, column,
as in Whisker and PyTorch, and are converted here to Keras's order row, column, channel.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf

SIDE, FILTERS, UNITS, CLASSES, BATCH, STEPS = 8, 4, 6, 3, 5, 5
POOLED = (SIDE - 2) // 2


def weights(shape, layer):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return (0.4 * np.sin(0.7 * i + layer)).astype(np.float32).reshape(shape)


def images(step):
    i = np.arange(BATCH * SIDE * SIDE, dtype=np.int64)
    return ((i * 37 + i * i % 101 + step * 53) % 256).astype(np.float32).reshape(BATCH, SIDE, SIDE, 1) / 255 - 0.5


def labels(step):
    return (np.arange(BATCH) * 2 + step) % CLASSES


def build():
    layers = keras.layers
    net = keras.Sequential([
        layers.Input((SIDE, SIDE, 1)),
        layers.Conv2D(FILTERS, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(UNITS, activation="relu"),
        layers.Dense(CLASSES),
    ])
    conv = weights((FILTERS, 1, 3, 3), 0).transpose(2, 3, 1, 0)
    hidden = weights((UNITS, FILTERS, POOLED, POOLED), 4).transpose(2, 3, 1, 0).reshape(-1, UNITS)
    out = weights((CLASSES, UNITS), 6).T
    net.set_weights([conv, weights((FILTERS,), 1), hidden, weights((UNITS,), 5), out, weights((CLASSES,), 7)])
    return net


def back(net):
    conv, conv_bias, hidden, hidden_bias, out, out_bias = net.get_weights()
    hidden = hidden.reshape(POOLED, POOLED, FILTERS, UNITS).transpose(3, 2, 0, 1)
    return [conv.transpose(3, 2, 0, 1), conv_bias, hidden, hidden_bias, out.T, out_bias]


def run(name, optimizer):
    net = build()
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    losses = []
    for step in range(STEPS):
        with tf.GradientTape() as tape:
            loss = loss_of(labels(step), net(images(step), training=True))
        optimizer.apply(tape.gradient(loss, net.trainable_weights), net.trainable_weights)
        losses.append(float(loss))
    print(name, "losses", [round(l, 7) for l in losses])
    for w in back(net):
        flat = w.reshape(-1).astype(np.float64)
        print(" ", w.shape, "first", round(flat[0], 7), "last", round(flat[-1], 7),
              "sum", round(flat.sum(), 6), "sum of magnitudes", round(np.abs(flat).sum(), 6))


run("adam", keras.optimizers.Adam(0.01))
run("sgd", keras.optimizers.SGD(0.05, momentum=0.9))
decaying = keras.optimizers.SGD(0.05, momentum=0.9, weight_decay=0.5)
decaying.exclude_from_weight_decay(var_names=["bias"])
run("sgd with weight decay", decaying)
