"""Prints the figures that LearningRateScheduleTests.swift expects of one-cycle and of cosine with warm-up.

Without PyTorch installed, the formulas of its documentation are evaluated instead, in double precision:

    python3 one_cycle.py
"""
from math import cos, pi

try:
    import torch
    from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, OneCycleLR, SequentialLR
except ImportError:
    torch = None


def anneal(start, end, part):
    return end + (start - end) / 2 * (1 + cos(pi * part))


def one_cycle(peak, total, share=0.3, div=25, final_div=1e4):
    """The rates of PyTorch's OneCycleLR with cosine annealing in two phases."""
    if torch:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
        schedule = OneCycleLR(optimizer, peak, total, pct_start=share, div_factor=div, final_div_factor=final_div,
                              cycle_momentum=False)
        return run(optimizer, schedule, total)
    top = share * total - 1
    first = peak / div
    return [anneal(first, peak, step / top) if step <= top
            else anneal(peak, first / final_div, (step - top) / (total - 1 - top)) for step in range(total)]


def warm_cosine(peak, total, warmup):
    """A linear rise from 1 / (warmup + 1) of the rate, then half a cosine to 0."""
    if torch:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
        schedule = SequentialLR(optimizer, [
            LinearLR(optimizer, start_factor=1 / (warmup + 1), total_iters=warmup),
            CosineAnnealingLR(optimizer, total - warmup)], milestones=[warmup])
        return run(optimizer, schedule, total)
    return [peak * (step + 1) / (warmup + 1) if step < warmup
            else anneal(peak, 0, (step - warmup) / (total - warmup)) for step in range(total)]


def run(optimizer, schedule, total):
    rates = []
    for _ in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def show(name, rates, steps):
    print(name, ", ".join(f"({step}, {rates[step]:.12g})" for step in steps))


show("one-cycle", one_cycle(0.01, 40), (0, 1, 5, 10, 11, 12, 20, 30, 38, 39))
show("one-cycle, settings", one_cycle(0.5, 7, share=0.45, div=10, final_div=100), range(7))
show("warm-up", warm_cosine(0.01, 40, 4), (0, 1, 3, 4, 5, 22, 39))
