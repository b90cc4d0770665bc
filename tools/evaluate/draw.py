"""Pictures for the documents: confusion matrices, reliability diagrams, curves."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402


def confusion(path: Path, table: np.ndarray, names: list[str], title: str) -> None:
    """Counts as a grid, shaded by row share."""
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    side = 1.6 + 0.62 * len(names)
    fig, ax = plt.subplots(figsize=(side, side))
    ax.imshow(share, cmap="Greens", vmin=0, vmax=1)
    for (i, j), n in np.ndenumerate(table):
        if n:
            ax.text(j, i, str(n), ha="center", va="center", color="white" if share[i, j] > 0.6 else "black", fontsize=8)
    ax.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set_xlabel("said")
    ax.set_ylabel("is")
    ax.set_title(title, fontsize=9)
    _save(fig, path)


def reliability(path: Path, curves: dict[str, tuple[np.ndarray, np.ndarray]], title: str, bins: int = 10) -> None:
    """Accuracy against confidence; the size of a dot is the number of pictures."""
    fig, ax = plt.subplots(figsize=(4.4, 4.2))
    ax.plot([0, 1], [0, 1], color="grey", lw=1, ls=":")
    for name, (sure, right) in curves.items():
        edge = np.clip((sure * bins).astype(int), 0, bins - 1)
        used = [b for b in range(bins) if (edge == b).any()]
        x = [sure[edge == b].mean() for b in used]
        y = [right[edge == b].mean() for b in used]
        n = np.array([(edge == b).sum() for b in used])
        ax.plot(x, y, lw=1)
        ax.scatter(x, y, s=8 + 120 * n / max(n.max(), 1), alpha=0.6, label=f"{name} ({len(sure)})")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_xlabel("confidence")
    ax.set_ylabel("share right")
    ax.legend(fontsize=7)
    ax.set_title(title, fontsize=9)
    _save(fig, path)


def curves(path: Path, x: np.ndarray, lines: dict[str, np.ndarray], title: str, xlabel: str, ylabel: str) -> None:
    """Plain lines over one axis."""
    fig, ax = plt.subplots(figsize=(5.2, 3.6))
    for name, y in lines.items():
        ax.plot(x, y, label=name, lw=1.3)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.legend(fontsize=7)
    ax.set_title(title, fontsize=9)
    _save(fig, path)


def _save(fig, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.tight_layout()
    # No software name or date in the file: the same numbers give the same bytes.
    fig.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(fig)
