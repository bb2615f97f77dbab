"""Heat maps by Grad-CAM in PyTorch, from its gradients, for the network of torch_residual.py and for EfficientNet-Lite0.

The numbers in HeatMapImportTests.swift were printed by this script, run with PyTorch 2.15.0 (float32, CPU):

    pip install torch
    python grad_cam.py ../../../../shared/models
"""

import json
import sys

import numpy as np
import torch
from torch.nn import functional as F

import torch_residual

# The stages of EfficientNet-Lite0: expansion, filters, blocks, stride, kernel.
STAGES = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]


def heat_map(activations, logit):
    """Selvaraju et al., equations 1 and 2, divided by the maximum unless that is 0."""
    (gradient,) = torch.autograd.grad(logit, activations, retain_graph=True)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    found = (weights * activations).sum(dim=1)[0].relu()
    return (found / found.max().clamp(min=1e-30)).detach()


def show(name, found):
    print(name, list(found.shape), [round(v, 6) for v in found.flatten().tolist()])


def residual():
    network = torch_residual.network.requires_grad_(False)
    start = torch.nn.functional.hardswish(network.stem(torch_residual.picture())).requires_grad_()
    block = network.layer1(start)
    last = F.silu(network.depthwise(network.layer2(block)))
    logits = network.fc(network.pool(last).flatten(1))[0]
    for label in range(3):
        show(f"residual, layer 7, class {label}", heat_map(last, logits[label]))
    show("residual, layer 3, class 0", heat_map(block, logits[0]))
    show("residual, layer 3, class 2", heat_map(block, logits[2]))


def inside():
    """Layers in the residual blocks, by their paths in Whisker. The input of the second convolution is the output of a ReLU."""
    network = torch_residual.network.requires_grad_(False)
    kept, (one, other) = {}, (network.layer1[0], network.layer2[0])

    def keep(name):
        return lambda module, given, output: kept.update({name: output})

    one.conv2.register_forward_pre_hook(lambda module, given: kept.update({"2.body.2": given[0]}))
    other.conv1.register_forward_hook(keep("4.body.0"))
    other.bn2.register_forward_hook(keep("4.body.4"))
    other.downsample[0].register_forward_hook(keep("4.shortcut.0"))
    logits = network(torch_residual.picture().requires_grad_())[0]
    for path, output in kept.items():
        for label in range(3):
            show(f"residual, layer {path}, class {label}", heat_map(output, logits[label]))


def tensor(path, name):
    """A tensor of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        start, rest = file.tell(), header[name]
        first, end = rest["data_offsets"]
        file.seek(start + first)
        kind = {"U8": np.uint8, "F32": np.float32}[rest["dtype"]]
        return torch.tensor(np.frombuffer(file.read(end - first), kind).reshape(rest["shape"]))


def same(x, kernel, stride):
    pads = []
    for extent in (x.shape[3], x.shape[2]):
        total = max((-(-extent // stride) - 1) * stride + kernel - extent, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)


def lite0(folder):
    state = torch.load(f"{folder}/efficientnet-lite0.pth", map_location="cpu", weights_only=True)
    images, expected = (tensor(f"{folder}/efficientnet-lite0-reference.safetensors", name) for name in ("images", "logits"))

    def norm(x, name):
        values = [state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *values, eps=1e-3)

    def convolution(x, name, kernel=1, stride=1, groups=1):
        return F.conv2d(same(x, kernel, stride), state[f"{name}.weight"], stride=stride, groups=groups)

    for image in (0, 5):
        pixels = images[image].float().permute(2, 0, 1)[None]
        x = ((pixels - 127) / 128).requires_grad_()
        x = norm(convolution(x, "_conv_stem", 3, 2), "_bn0").clamp(0, 6)
        kept, block = {}, 0
        for expansion, filters, count, first_stride, kernel in STAGES:
            for index in range(count):
                name, stride, before = f"_blocks.{block}", first_stride if index == 0 else 1, x
                if expansion > 1:
                    x = norm(convolution(x, f"{name}._expand_conv"), f"{name}._bn0").clamp(0, 6)
                x = convolution(x, f"{name}._depthwise_conv", kernel, stride, x.shape[1])
                x = norm(x, f"{name}._bn1").clamp(0, 6)
                x = norm(convolution(x, f"{name}._project_conv"), f"{name}._bn2")
                if x.shape == before.shape:
                    x = x + before
                kept[block] = x
                block += 1
        last = norm(convolution(x, "_conv_head"), "_bn1").clamp(0, 6)
        logits = (F.linear(last.mean(dim=(2, 3)), state["_fc.weight"], state["_fc.bias"]))[0]
        print("error of the logits", (logits - expected[image]).abs().max().item())
        label = logits.argmax().item()
        show(f"lite0, image {image}, class {label}", heat_map(last, logits[label]))
        if image == 0:
            show(f"lite0, image {image}, class {label}, block 14", heat_map(kept[14], logits[label]))


residual()
inside()
lite0(sys.argv[1])
