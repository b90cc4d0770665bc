"""What train.copies found: pictures that show one thing, joined to sets."""

import csv
from pathlib import Path

FOUND = Path(__file__).with_name("copies.csv")


class Sets:
    """Names tied to sets, each called by its first name."""

    def __init__(self):
        self.first: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The set of a name; a new name is a set of its own."""
        while self.first.setdefault(name, name) != name:
            name = self.first[name]
        return name

    def tie(self, a: str, b: str) -> bool:
        """Joins two names' sets; False where they were joined already."""
        low, high = sorted((self.of(a), self.of(b)))
        self.first[high] = low
        return low != high


def pairs(path: Path | None = None) -> list[tuple[str, str]]:
    """The paths of each pair that ties pictures of one thing."""
    with open(path or FOUND, newline="") as f:
        return [(line["path"], line["copy"]) for line in csv.DictReader(f)]


def things() -> dict[str, str]:
    """Path → thing, of the pictures that show what others show too."""
    return sets(pairs())


def sets(ties) -> dict[str, str]:
    """Tied name → its set."""
    whole = Sets()
    for a, b in ties:
        whole.tie(a, b)
    return {name: whole.of(name) for name in whole.first}
