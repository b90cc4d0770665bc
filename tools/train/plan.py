"""What one run of training is made of, whichever library runs it."""

import math
from dataclasses import dataclass, replace

from . import blocks


@dataclass(frozen=True)
class Plan:
    """Settings of a run; --set changes them by name."""

    epochs: float = 4.0
    batch: int = 64
    rate: float = 6e-4
    decay: float = 1e-4
    smoothing: float = 0.05
    outlier: float = 0.3
    gate_weight: float = 0.7
    clean_weight: float = 0.5
    average: float = 0.998
    dropout: float = 0.2
    seed: int = 1
    # Heads begin on a straight line through what the start tells (probe.py), not at random.
    line: bool = False
    # How much a teacher's answers to the views weigh beside the names (teacher.py); 0 asks none.
    taught: float = 0.0
    # Share of the teacher's logits in the leaf head, and what is taken off its Healthy, in its logits.
    trusted: float = 0.3
    wary: float = 3.0
    # Blocks below this one are not trained, and the convolution before them never is.
    first: int = blocks.SPLIT


# The rate starts and ends at these shares of its highest value.
STARTS, ENDS = 0.05, 0.02


def warm(total: int) -> int:
    """Steps of a run of total in which the rate rises."""
    return min(100, max(1, total // 10))


def rate(plan: Plan, step: int, total: int) -> float:
    """The rate at a step (from 0): up in a line, down in a cosine."""
    rising = warm(total)
    if step < rising:
        return plan.rate * (STARTS + (1 - STARTS) * step / rising)
    far = min(1.0, (step - rising) / max(1, total - rising))
    return plan.rate * (ENDS + (1 - ENDS) * 0.5 * (1 + math.cos(math.pi * far)))


def remembered(plan: Plan, steps: float) -> float:
    """How much of the averaged weights stays after so many steps: early averages would remember the untrained start for long."""
    return min(plan.average, 1 - 1 / (1 + steps / 10))


def changed(base, settings: list[str]):
    """A recipe or plan with the KEY=VALUE pairs that it knows."""
    known = {k: type(v) for k, v in vars(base).items()}
    pairs = dict(s.split("=", 1) for s in settings)
    return replace(base, **{k: known[k](float(v)) for k, v in pairs.items() if k in known})
