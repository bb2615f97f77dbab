"""Trains dropout-cnn with Keras on a folder of photos, decoded once and then held in memory, and prints the seconds that
the whole process takes, three times over.

    train_keras_photos.py FOLDER EPOCHS
"""

import os
import subprocess
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def train(folder, epochs):
    import keras

    training, validation = keras.utils.image_dataset_from_directory(
        folder, color_mode="grayscale", image_size=(28, 28), batch_size=128, validation_split=0.2, subset="both",
        seed=0, verbose=False)
    layers = keras.layers
    network = keras.Sequential([
        layers.Input((28, 28, 1)), layers.Rescaling(1 / 255), layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2), layers.Dropout(0.25), layers.Flatten(), layers.Dense(128, activation="relu"),
        layers.Dropout(0.5), layers.Dense(len(training.class_names), activation="softmax"),
    ])
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(training.cache(), validation_data=validation.cache(), epochs=epochs, verbose=0)


if len(sys.argv) > 3:
    train(sys.argv[1], int(sys.argv[2]))
else:
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, *sys.argv, "train"], check=True)
        print(time.perf_counter() - start, flush=True)
