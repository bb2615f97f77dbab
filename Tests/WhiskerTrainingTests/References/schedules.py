"""Prints the figures that LearningRateScheduleTests.swift and ExponentialMovingAverageTests.swift expect.

Run with Keras 3.15 on TensorFlow 2.21: python3 schedules.py
"""
import keras
import tensorflow as tf

cosine = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=40, alpha=0.1)
print("cosine", [float(cosine(step)) for step in (0, 1, 10, 20, 39, 40, 50)])


def plateau(losses, **settings):
    """The rate of each epoch, and of the one after the last, if validations gave these losses."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    callback = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", **settings)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        rates.append(float(model.optimizer.learning_rate))
        callback.on_epoch_end(epoch, {"val_loss": loss})
    return rates + [float(model.optimizer.learning_rate)]


losses = [1.0, 0.9, 0.95, 0.91, 0.8, 0.80005, 0.7999, 0.85, 0.9, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
print("plateau", plateau(losses, factor=0.5, patience=2))
print("cooldown", plateau(losses, factor=0.5, patience=1, cooldown=2, min_delta=0.05, min_lr=0.02))
print("patience 0", plateau(losses, factor=0.9, patience=0))

step = tf.Variable(0.0)
variable = tf.Variable(1.0)
average = tf.train.ExponentialMovingAverage(0.6, num_updates=step)
average.apply([variable])
kept = []
for number in range(1, 9):
    step.assign(number)
    variable.assign(number * number)
    average.apply([variable])
    kept.append(float(average.average(variable)))
print("average", kept)
