"""Trains a network of `whisker train` with Keras and prints the images per second of every epoch but the first.

    train_keras.py NETWORK MNIST_FOLDER EPOCHS

NETWORK `dropout-cnn-64` is dropout-cnn on noise of 64x64 in colour and two classes.
"""

import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras

from samples import samples


class Pace(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if epoch > 0:
            print(len(labels) / (time.perf_counter() - self.start), flush=True)


name, folder, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
images, labels = samples(name, folder)
layers = keras.layers
first = [layers.Input(images.shape[1:]), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2)]
second = [layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2)]
dense = [layers.Dense(128, activation="relu"), layers.Dropout(0.5)]
last = layers.Dense(int(labels.max()) + 1, activation="softmax")
network = keras.Sequential({
    "dropout-cnn": lambda: [*first, layers.Dropout(0.25), layers.Flatten(), *dense, last],
    "mnist-convnet": lambda: [*first, *second, layers.Flatten(), layers.Dropout(0.5), last],
    "deep-dropout-cnn": lambda: [
        *first, *second, layers.Flatten(), *dense, layers.Dense(64, activation="relu"), last],
}[name.removesuffix("-64")]())
network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
network.fit(images, labels, batch_size=128, epochs=epochs, verbose=0, callbacks=[Pace()])
