"""Trains the network of `whisker train` with Keras and prints the images a second of every epoch but the first.

    keras_train.py MNIST_FOLDER EPOCHS
"""

import gzip
import os
import pathlib
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np


def read(name, header):
    path = pathlib.Path(sys.argv[1]) / name
    data = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    return np.frombuffer(data[header:], np.uint8)


class Pace(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if epoch > 0:
            print(len(labels) / (time.perf_counter() - self.start), flush=True)


images = read("train-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1).astype(np.float32) / 255
labels = read("train-labels-idx1-ubyte", 8).astype(np.int32)
layers = keras.layers
network = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Dropout(0.25),
    layers.Flatten(),
    layers.Dense(128, activation="relu"),
    layers.Dropout(0.5),
    layers.Dense(int(labels.max()) + 1, activation="softmax"),
])
network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
network.fit(images, labels, batch_size=128, epochs=int(sys.argv[2]), verbose=0, callbacks=[Pace()])
