"""The recipe: everything that decides what the delivered models become, on one page.

`make train` reads nothing else but the photographs, labels.csv and ImageNet's weights.
"""

import math
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Augmentation:
    """How hard an augmented sample is altered; shares are 0..1."""

    # The cut-out leaf, fruit or other thing lies on another background.
    replace_leaf: float = 0.7
    replace_fruit: float = 0.55
    replace_other: float = 0.5
    # That background is a crop of a photograph, not made-up paper.
    scene: float = 0.45
    # Another plant's leaf is pressed to a mango leaf's shape.
    squeeze_other: float = 0.3
    # Cut-outs that lie on or before others of their class: a twig, a heap of fruit.
    clutter: float = 0.3
    # Smallest share of the frame's side that a cut-out fills.
    far: float = 0.22
    # How far light, white balance and contrast move; 1 is another phone on another day.
    colour: float = 0.8
    # Share of samples with blur, noise, darkness and compression, and how strong: 1 is a cheap phone, 3 is hardly legible.
    corrupted: float = 0.5
    corruption: float = 3.5
    # Share pressed as a phone's long photo is when it becomes a square.
    stretch: float = 0.5
    # Share left nearly as photographed.
    clean: float = 0.0


@dataclass(frozen=True)
class Plan:
    """How the learner learns."""

    epochs: float = 3.0
    batch: int = 64
    rate: float = 4e-4
    decay: float = 1e-4
    dropout: float = 0.2
    # Share of a label that is spread over the others; a leaf with a sign gives Healthy none of it.
    smoothing: float = 0.08
    # Weight of other things in the class heads, where they ask for the flat answer.
    outlier: float = 0.3
    gate_weight: float = 0.7
    # Weight of clean samples in the class heads: there the background may give the class away.
    clean_weight: float = 0.6
    # Decay of the averaged weights.
    average: float = 0.998
    seed: int = 1


@dataclass(frozen=True)
class Recipe:
    """One run: samples made, and what is learnt from them."""

    side: int = 224
    # Augmented samples, and clean ones beside them.
    samples: int = 24000
    clean_samples: int = 6000
    # How the samples are shared out between kinds.
    shares: dict = field(default_factory=lambda: {"leaf": 0.46, "fruit": 0.19, "other": 0.35})
    # Pictures from which on a label that is no class is shown as often as a class.
    full: int = 200
    # Sessions shown more or less often than their size asks: five tables of one fruit set.
    sessions: dict = field(default_factory=lambda: {s: 0.5 for s in ("20210630", "20210702", "20210703", "20210704", "20210705")})
    augmentation: Augmentation = Augmentation()
    plan: Plan = Plan()
    # Only pictures whose licence is stated where they were found.
    stated_licences: bool = False


def changed(recipe: Recipe, settings: list[str]) -> Recipe:
    """The recipe with KEY=VALUE pairs, wherever the key stands in it; for trials."""
    for setting in settings:
        key, _, value = setting.partition("=")
        for part in ("", "augmentation", "plan"):
            holder = getattr(recipe, part) if part else recipe
            if isinstance(getattr(holder, key, None), (int, float)):
                new = replace(holder, **{key: type(getattr(holder, key))(float(value))})
                recipe = replace(recipe, **{part: new}) if part else new
                break
        else:
            raise ValueError(f"cannot set {key}: it is no number of the recipe")
    return recipe


# The rate rises to its highest value from this share of it, and falls to that one in a cosine.
STARTS, ENDS = 0.05, 0.02


def warm(total: int) -> int:
    """Steps of a run of total in which the rate rises."""
    return min(100, max(1, total // 10))


def rate(plan: Plan, step: int, total: int) -> float:
    """The rate at a step (from 0)."""
    rising = warm(total)
    if step < rising:
        return plan.rate * (STARTS + (1 - STARTS) * step / rising)
    far = min(1.0, (step - rising) / max(1, total - rising))
    return plan.rate * (ENDS + (1 - ENDS) * 0.5 * (1 + math.cos(math.pi * far)))
