"""Computes features of EfficientNet-Lite0 with ONNX Runtime, and prints the pictures per second of its fastest batch size.

    features_onnx.py RUNS

The weights are noise, the pictures too: neither changes the time. Batch norm is part of the weights already.
"""

import sys
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

PICTURES, BATCHES = 96, (1, 2, 4, 8, 16, 32)
# The factor of expansion, the filters, the number of blocks, and the stride and kernel of the first.
STAGES = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
          (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]
random = np.random.default_rng(0)
nodes, values = [], []


def constant(name, value):
    values.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
    return name


def convolution(source, size, channels, filters, kernel=1, stride=1, groups=1, is_activated=True):
    """Returns the name of the output and its size; padding is TensorFlow's "same"."""
    name = f"conv{len(nodes)}"
    after = -(-size // stride)
    padding = max(0, (after - 1) * stride + kernel - size)
    taps = channels // groups * kernel * kernel
    weights = random.standard_normal((filters, channels // groups, kernel, kernel)) * (2 / taps) ** 0.5
    inputs = [source, constant(f"{name}w", weights), constant(f"{name}b", random.standard_normal(filters) / 10)]
    nodes.append(helper.make_node(
        "Conv", inputs, [name], kernel_shape=[kernel] * 2, strides=[stride] * 2, group=groups,
        pads=[padding // 2] * 2 + [padding - padding // 2] * 2))
    if is_activated:
        nodes.append(helper.make_node("Clip", [name, "low", "high"], [f"{name}a"]))
        name += "a"
    return name, after


constant("low", 0)
constant("high", 6)
value, size = convolution("pictures", 224, 3, 32, 3, 2)
channels = 32
for expansion, filters, count, first_stride, kernel in STAGES:
    for index in range(count):
        stride, width = (first_stride if index == 0 else 1), channels * expansion
        body, after = value, size
        if expansion > 1:
            body, after = convolution(body, after, channels, width)
        body, after = convolution(body, after, width, width, kernel, stride, width)
        body, after = convolution(body, after, width, filters, is_activated=False)
        if stride == 1 and channels == filters:
            nodes.append(helper.make_node("Add", [value, body], [f"{body}s"]))
            body += "s"
        value, size, channels = body, after, filters
value, size = convolution(value, size, channels, 1280)
nodes.append(helper.make_node("GlobalAveragePool", [value], ["mean"]))
nodes.append(helper.make_node("Flatten", ["mean"], ["features"]))
graph = helper.make_graph(
    nodes, "lite0", [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, 224, 224])],
    [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 1280])], values)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def pace(batch):
    pictures = random.random((batch, 3, 224, 224), np.float32)
    start = time.perf_counter()
    for _ in range(PICTURES // batch):
        session.run(None, {"pictures": pictures})
    return PICTURES / (time.perf_counter() - start)


for run in range(int(sys.argv[1]) + 1):
    fastest = max(pace(batch) for batch in BATCHES)
    if run > 0:
        print(fastest, flush=True)
