"""Runs inference of dropout-cnn on images in memory with ONNX Runtime, and prints the images per second.

    evaluate_onnx.py RUNS

The weights are noise, the images too: neither changes the time.
"""

import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

COUNT, BATCH = 60_032, 128
random = np.random.default_rng(0)


def weights(name, *shape):
    return numpy_helper.from_array(random.standard_normal(shape, np.float32) / 10, name)


nodes = [
    helper.make_node("Conv", ["images", "w0", "b0"], ["conv"]),
    helper.make_node("Relu", ["conv"], ["relu"]),
    helper.make_node("MaxPool", ["relu"], ["pool"], kernel_shape=[2, 2], strides=[2, 2]),
    helper.make_node("Flatten", ["pool"], ["flat"]),
    helper.make_node("Gemm", ["flat", "w1", "b1"], ["dense"], transB=1),
    helper.make_node("Relu", ["dense"], ["dense_relu"]),
    helper.make_node("Gemm", ["dense_relu", "w2", "b2"], ["logits"], transB=1),
    helper.make_node("Softmax", ["logits"], ["classes"]),
]
graph = helper.make_graph(
    nodes, "dropout-cnn",
    [helper.make_tensor_value_info("images", TensorProto.FLOAT, [BATCH, 1, 28, 28])],
    [helper.make_tensor_value_info("classes", TensorProto.FLOAT, [BATCH, 10])],
    [weights("w0", 32, 1, 3, 3), weights("b0", 32), weights("w1", 128, 5408), weights("b1", 128),
     weights("w2", 10, 128), weights("b2", 10)])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
images = random.random((COUNT, 1, 28, 28), np.float32)
for run in range(int(sys.argv[1]) + 1):
    start = time.perf_counter()
    for first in range(0, COUNT, BATCH):
        session.run(None, {"images": images[first:first + BATCH]})
    pace = COUNT / (time.perf_counter() - start)
    if run > 0:
        print(pace, flush=True)
