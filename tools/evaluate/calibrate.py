"""Temperature and familiarity constants, fitted on left-out sessions.

The temperature comes from held-out leaves of learnt sessions alone. What makes a
new orchard different is measured by c, the cosine to the nearest setting in which the said class was learnt, put
into standard units first: distance from the median of held-out leaves of learnt
sessions, in deviations that a few odd pictures do not widen. In those units the
constants of the throw-away models of the class-session table can be carried over to
a delivered model, which has its own median and deviation.
"""

import numpy as np

from .confidence import mixed, softmax, trusted
from .measures import calibration_error, sure_and_wrong

# How often an answer with 80 % confidence may be wrong, of all pictures of each part that was not learnt from.
ALLOWED = 0.03


def temperature(logits: np.ndarray, goal: np.ndarray) -> float:
    """The temperature with the best likelihood, by a fine search."""
    grid = np.exp(np.linspace(np.log(0.3), np.log(8), 120))
    return float(grid[int(np.argmin([likelihood(softmax(logits / t), goal) for t in grid]))])


def likelihood(p: np.ndarray, goal: np.ndarray) -> float:
    """Mean negative log-likelihood."""
    return float(-np.log(p[np.arange(len(goal)), goal] + 1e-9).mean())


def standard(cosine: np.ndarray, same: np.ndarray, model: list[str]) -> np.ndarray:
    """c in units of each model's own held-out leaves of learnt sessions (same)."""
    out = np.zeros(len(cosine))
    model = np.array(model)
    for name in np.unique(model):
        mine = model == name
        middle, deviation = centre(cosine[mine & same])
        out[mine] = (cosine[mine] - middle) / deviation
    return out


def centre(cosine: np.ndarray) -> tuple[float, float]:
    """Median of familiar pictures, and their median distance from it as the standard deviation that it is where c is normal."""
    middle = float(np.median(cosine))
    return middle, float(1.4826 * np.median(np.abs(cosine - middle)) + 1e-6)


def search(logits: np.ndarray, units: np.ndarray, goal: np.ndarray, same: np.ndarray, far: list[np.ndarray],
           allowed: float = ALLOWED) -> tuple[float, float, float, float]:
    """(temperature, bias and slope in standard units, floor): honest on learnt sessions, as far as caution elsewhere leaves it.

    Of all that keep sure-and-wrong within allowed in every far part, the one with
    the least calibration error on learnt sessions (same). The floor is the least trust
    under which the far answers of known classes still are as likely as can be. Steeper slopes
    than these gain little and lean on a few pictures.
    """
    t = temperature(logits[same], goal[same])
    known = (goal >= 0) & np.any(far, axis=0)
    bare = softmax(logits / t)
    floors = np.arange(0, 0.71, 0.05)
    # Told of all far pictures alike: what is left to the cosine is only to be surer than this.
    floor = float(floors[int(np.argmin([likelihood(mixed(bare[known], f), goal[known]) for f in floors]))])
    best = (np.inf, t, -4.0, 0.0, round(floor, 2))
    for slope in (0.5, 1.0, 1.5, 2.0, 3.0, 4.0):
        for bias in np.arange(-4, 16.1, 0.25):
            p = mixed(bare, trusted(units, bias, slope, floor))
            sure, right = p.max(-1), p.argmax(-1) == goal
            if any(sure_and_wrong(sure[part], right[part]) > allowed for part in far):
                break  # more bias is only surer
            error = calibration_error(sure[same], right[same])
            if error < best[0]:
                best = (error, t, float(bias), slope, round(floor, 2))
    return best[1:]


def carried(bias: float, slope: float, floor: float, cosine: np.ndarray) -> dict:
    """The manifest's familiarity entry for a model whose familiar pictures give these c."""
    middle, deviation = centre(cosine)
    return {"measure": "setting", "bias": round(bias - slope * middle / deviation, 4), "weight": round(slope / deviation, 4),
            "floor": floor, "threshold": 0.0}
