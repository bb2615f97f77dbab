"""Logits of a small residual network in Keras, with weights that follow formulas.

The numbers in ResidualImportTests.swift were printed by this script, run with Keras 3.15.1 on JAX (float32, CPU):

    pip install keras jax
    KERAS_BACKEND=jax python keras_residual.py

The test repeats the formulas, writes the tensors under the names that this script prints, and imports them.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np
from keras import layers

HEIGHT, WIDTH, CLASSES = 10, 8, 3


def conv(x, filters, size, stride=1):
    return layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)


def block(x, filters, stride):
    y = layers.BatchNormalization(epsilon=1e-3)(conv(x, filters, 3, stride))
    y = layers.BatchNormalization(epsilon=1e-3)(conv(layers.ReLU()(y), filters, 3))
    if stride > 1:
        x = layers.BatchNormalization(epsilon=1e-3)(conv(x, filters, 1, stride))
    return layers.ReLU()(layers.Add()([y, x]))


def network():
    image = keras.Input((HEIGHT, WIDTH, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="relu6")(image)
    x = block(block(x, 4, 1), 6, 2)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = layers.Flatten()(layers.Activation("silu")(x))
    x = layers.BatchNormalization(epsilon=1e-3)(x)
    return keras.Model(image, layers.Dense(CLASSES, use_bias=False)(x))


def values(shape, phase):
    """0.4 sin(0.7 i + phase)"""
    i = np.arange(np.prod(shape), dtype=np.float64)
    return (0.4 * np.sin(0.7 * i + phase)).astype(np.float32).reshape(shape)


def picture():
    i = np.arange(HEIGHT * WIDTH * 3, dtype=np.int64)
    return ((i * 37 + i * i % 101) % 256).astype(np.float32).reshape(1, HEIGHT, WIDTH, 3) / 255 - 0.5


model = network()
for phase, variable in enumerate(model.weights):
    # Factors of batch norms and variances are near 1.
    is_factor = variable.path.endswith(("gamma", "variance"))
    variable.assign(values(variable.shape, phase) + (1 if is_factor else 0))
    print(variable.path, list(variable.shape))
print("logits", np.asarray(model(picture()))[0].tolist())
