"""Values of every kind of layer in PyTorch, which LayerValuesTests.swift expects of Whisker's.

    pip install torch
    python torch_layers.py > torch_layers.json

Run with PyTorch 2.15.0 on the CPU, in double precision. The layers are in Whisker's JSON. Inputs, parameters and the gradient
with respect to the output follow formulas that the test repeats. Of each tensor at most 20 values are printed, at equal distances.
"""

import json

import numpy as np
import torch
from torch import nn
from torch.nn import functional

SAMPLES = 20


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


def edges(layer, size, stride, x):
    """The padding left, right, above and below, as torch.nn.functional.pad takes it; "same" is TensorFlow's."""
    padding = layer.get("padding", 0)
    if padding != "same":
        return [padding] * 4
    sides = []
    for axis in (3, 2):
        extent, side = x.shape[axis], size[axis - 2]
        total = max(0, (-(-extent // stride) - 1) * stride + side - extent)
        sides += [total // 2, total - total // 2]
    return sides


class Convolution(nn.Module):
    def __init__(self, layer, x):
        super().__init__()
        self.layer, self.stride = layer, layer.get("stride", 1)
        groups, self.size = layer.get("groups", 1), pair(layer["kernel"])
        self.convolution = nn.Conv2d(
            x.shape[1], layer["filters"], self.size, self.stride, groups=groups, bias=layer.get("bias", True))

    def forward(self, x):
        return self.convolution(functional.pad(x, edges(self.layer, self.size, self.stride, x)))


class Pool(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer, self.size = layer, pair(layer["size"])
        self.stride = layer.get("stride", self.size[0])

    def forward(self, x):
        padding = edges(self.layer, self.size, self.stride, x)
        if self.layer["type"] == "max_pool":
            return functional.max_pool2d(functional.pad(x, padding, value=-torch.inf), self.size, self.stride)
        sums, counts = (functional.avg_pool2d(functional.pad(v, padding), self.size, self.stride)
                        for v in (x, torch.ones_like(x)))
        return sums / counts


class Norm(nn.Module):
    def __init__(self, layer, x):
        super().__init__()
        kind = nn.BatchNorm2d if x.ndim == 4 else nn.BatchNorm1d
        self.norm = kind(x.shape[1], eps=layer.get("epsilon", 1e-5), momentum=layer.get("momentum", 0.1))
        self.is_frozen = not layer.get("trainable", True)

    def forward(self, x):
        self.norm.train(self.training and not self.is_frozen)
        return self.norm(x)


class Residual(nn.Module):
    def __init__(self, layer, x):
        super().__init__()
        self.body = sequence(layer["body"], x)
        self.shortcut = sequence(layer.get("shortcut", []), x)

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Rescale(nn.Module):
    def __init__(self, layer, x):
        super().__init__()
        shape = [-1] + [1] * (x.ndim - 2)
        self.scale, self.offset = (
            torch.tensor(layer[name], dtype=torch.float64).reshape(shape) for name in ("scale", "offset"))

    def forward(self, x):
        return self.scale * x + self.offset


class Global(nn.Module):
    def __init__(self, reduce):
        super().__init__()
        self.reduce = reduce

    def forward(self, x):
        return self.reduce(x, (2, 3))


def module(layer, x):
    return {
        "convolution": lambda: Convolution(layer, x),
        "batch_norm": lambda: Norm(layer, x),
        "relu": nn.ReLU,
        "relu6": nn.ReLU6,
        "leaky_relu": lambda: nn.LeakyReLU(layer["slope"]),
        "silu": nn.SiLU,
        "hard_swish": nn.Hardswish,
        "max_pool": lambda: Pool(layer),
        "average_pool": lambda: Pool(layer),
        "global_average_pool": lambda: Global(torch.mean),
        "global_max_pool": lambda: Global(torch.amax),
        "residual": lambda: Residual(layer, x),
        "rescale": lambda: Rescale(layer, x),
        "flatten": nn.Flatten,
        "dense": lambda: nn.Linear(x.shape[1], layer["units"], bias=layer.get("bias", True)),
    }[layer["type"]]().double()


def sequence(layers, x):
    modules = []
    for layer in layers:
        modules.append(module(layer, x))
        x = modules[-1](x)
    return nn.Sequential(*modules)


def name_of(name):
    """Whisker's name: that of nn.Sequential, without the attributes of the classes above."""
    return name.replace(".convolution.", ".").replace(".norm.", ".")


def formula(count, phase):
    i = np.arange(count, dtype=np.float64)
    return np.sin(0.7 * i + phase)


def single(values):
    """As they are in single precision."""
    return values.astype(np.float32).astype(np.float64)


def fill(tensor, phase, name):
    values = 0.4 * formula(tensor.numel(), phase)
    if tensor.ndim == 1 and name.endswith(("weight", "running_var")):
        values += 1
    with torch.no_grad():
        tensor.copy_(torch.tensor(single(values)).reshape(tensor.shape))


def quoted(tensor):
    flat = tensor.detach().reshape(-1).numpy()
    return [float(f"{value:.7g}") for value in flat[::max(1, len(flat) // SAMPLES)][:SAMPLES]]


def measure(name, layers, shape, batch=3, scale=1.0, weights=1.0):
    count = batch * int(np.prod(shape))
    i = np.arange(count, dtype=np.int64)
    x = torch.tensor(single(scale * np.sin(1.3 * i + i * i % 101))).reshape([batch, *shape]).requires_grad_()
    network = sequence(layers, x)
    # This also resets the running statistics that the passes of sequence() have changed.
    tensors = [(k, t) for k, t in network.state_dict().items() if not k.endswith("num_batches_tracked")]
    for phase, (key, tensor) in enumerate(tensors):
        fill(tensor, phase, key)
    if weights != 1:
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.copy_(torch.tensor(single((weights * parameter).numpy())))
    y = network(x)
    gradient = 0.5 * np.cos(1.1 * np.arange(y.numel(), dtype=np.float64))
    y.backward(torch.tensor(single(gradient)).reshape(y.shape))
    case = {"name": name, "layers": layers, "input": shape, "batch": batch, "scale": scale, "weights": weights,
            "tensors": [name_of(key) for key, _ in tensors], "output": quoted(y), "inputGradient": quoted(x.grad),
            "gradients": {name_of(key): quoted(p.grad) for key, p in network.named_parameters()}}
    buffers = {name_of(key): quoted(t) for key, t in network.named_buffers() if "running" in key}
    if buffers:
        network.eval()
        case |= {"buffers": buffers, "evaluation": quoted(network(x))}
    return case


def convolution(filters, kernel, **options):
    return {"type": "convolution", "filters": filters, "kernel": kernel, **options}


NORM, RELU, MAP = {"type": "batch_norm"}, {"type": "relu"}, [2, 7, 6]
WIDE = convolution(17, 3, padding="same", bias=False)
CASES = [
    measure("convolution, stride 2, padding same", [convolution(3, 3, stride=2, padding="same")], MAP),
    measure("convolution, stride 2, padding same, even sides", [convolution(3, 3, stride=2, padding="same")], [2, 6, 8]),
    measure("convolution, oblong, padding 1, no bias", [convolution(4, [3, 2], padding=1, bias=False)], MAP),
    measure("convolution, no padding, stride 3", [convolution(3, 3, stride=3)], MAP),
    measure("convolution, 1x1", [convolution(5, 1)], MAP),
    measure("convolution, groups", [convolution(6, 3, padding=1, groups=2)], [4, 5, 6]),
    measure("convolution, depthwise, stride 2", [convolution(3, 5, stride=2, padding=2, groups=3, bias=False)], [3, 7, 6]),
    measure("convolution, depthwise, two filters per channel", [convolution(6, 3, padding="same", groups=3)], [3, 7, 6]),
    measure("convolution, many channels", [WIDE], [16, 7, 6], weights=0.1),
    measure("convolution, many channels, and max-pool", [convolution(17, 3, padding=1), {"type": "max_pool", "size": 2}],
            [16, 7, 6], weights=0.1),
    measure("batch norm", [NORM], MAP, batch=19),
    measure("batch norm of a vector", [NORM | {"momentum": 0.3, "epsilon": 0.001}], [5]),
    measure("batch norm, frozen", [NORM | {"trainable": False}], MAP),
    *(measure(f"batch norm and {kind['type']}", [NORM, kind], MAP, weights=5.0) for kind in (
        RELU, {"type": "relu6"}, {"type": "leaky_relu", "slope": 0.2})),
    *(measure(kind["type"], [kind], MAP, scale=8) for kind in (
        RELU, {"type": "relu6"}, {"type": "leaky_relu", "slope": 0.2}, {"type": "silu"}, {"type": "hard_swish"})),
    *(measure(f"{kind}, {words}", [{"type": kind, **options}], MAP)
      for kind in ("max_pool", "average_pool") for words, options in (
          ("2x2", {"size": 2}), ("stride 2, padding 1", {"size": 3, "stride": 2, "padding": 1}),
          ("stride 2, padding same", {"size": 3, "stride": 2, "padding": "same"}),
          ("oblong, stride 1", {"size": [2, 3], "stride": 1}))),
    measure("global average-pool", [{"type": "global_average_pool"}], MAP),
    measure("global max-pool", [{"type": "global_max_pool"}], [2, 3, 2]),
    measure("residual", [{"type": "residual", "body": [
        convolution(2, 3, padding=1, bias=False), NORM, RELU, convolution(2, 3, padding=1)]}], MAP),
    measure("residual that ends with batch norm", [{"type": "residual", "body": [
        convolution(2, 3, padding=1, bias=False), NORM]}], MAP),
    measure("residual with a shortcut", [{"type": "residual", "body": [
        convolution(3, 3, stride=2, padding="same", bias=False), NORM, {"type": "silu"}],
        "shortcut": [convolution(3, 1, stride=2, bias=False), NORM]}, RELU], MAP),
    measure("rescale", [{"type": "rescale", "scale": [2.0, -0.5], "offset": [0.25, 1.0]}], MAP),
    measure("flatten and dense", [{"type": "flatten"}, {"type": "dense", "units": 4}], [2, 3, 4]),
    measure("dense without bias", [{"type": "dense", "units": 4, "bias": False}], [7]),
]
print("[\n" + ",\n".join(json.dumps(case) for case in CASES) + "\n]")
