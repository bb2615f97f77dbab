"""Logits of the ImageNet networks of torchvision and timm, with weights that follow a formula.

The numbers in ImageNetImportTests.swift were printed by this script, run with PyTorch 2.13.0, torchvision 0.28.0 and timm 1.0.31
(float32, CPU):

    pip install torch torchvision timm
    python imagenet_networks.py

The test repeats the formulas, and writes the tensors in the order and under the names of the networks' state dicts.
"""

import numpy as np
import timm
import torch
import torchvision

CLASSES = 5


def uniform(count, phase):
    """Numbers between -0.5 and 0.5, a hash of their index and the phase."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(phase * 40503 % 2**32)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(2246822519)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(3266489917)
    return (x ^ (x >> np.uint32(16))).astype(np.float64) / 2**32 - 0.5


def values(name, shape, phase):
    u = uniform(int(np.prod(shape)), phase)
    if name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
        return 1 + 0.5 * u
    if len(shape) == 1:
        return 0.2 * u
    return u * np.sqrt(9 / np.prod(shape[1:]))


def fill(network):
    tensors = [(n, t) for n, t in network.state_dict().items() if t.ndim > 0]
    with torch.no_grad():
        for phase, (name, tensor) in enumerate(tensors):
            tensor.copy_(torch.tensor(values(name, tensor.shape, phase).astype(np.float32).reshape(tensor.shape)))
    return network.eval()


def picture(height, width):
    u = uniform(height * width * 3, 12345)
    return np.floor((u + 0.5) * 256).reshape(1, height, width, 3)


def normalized(pixels, mean, deviation):
    x = (pixels - np.array(mean)) / np.array(deviation)
    return torch.tensor(x.astype(np.float32)).permute(0, 3, 1, 2)


def show(name, network, height, width, mean, deviation):
    with torch.no_grad():
        logits = fill(network)(normalized(picture(height, width), mean, deviation))[0]
    count = sum(p.numel() for p in network.parameters())
    print(f'("{name}", {height}, {width}, {count}, {[round(v, 6) for v in logits.tolist()]}),')


torch.set_num_threads(1)
imagenet = [255 * m for m in (0.485, 0.456, 0.406)], [255 * s for s in (0.229, 0.224, 0.225)]
for index, (height, width) in enumerate([(64, 64), (66, 60), (65, 61), (72, 88), (56, 97)]):
    network = timm.create_model(f"tf_efficientnet_lite{index}", num_classes=CLASSES)
    show(f"efficientnet-lite{index}", network, height, width, 127, 128)
for name in ["mobilenet_v2", "resnet18", "resnet34", "resnet50"]:
    network = getattr(torchvision.models, name)(num_classes=CLASSES)
    show(name.replace("_", "-"), network, 64, 72, *imagenet)
for name, own in [("mobilenetv2_100", "mobilenet-v2"), ("resnet50", "resnet50")]:
    network = timm.create_model(name, num_classes=CLASSES)
    show(own, network, 64, 72, *imagenet)
