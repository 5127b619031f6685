"""Trains the model that is shipped: ``python -m benchmarks.dga.train --chosen … --apart … --words …``.

``--chosen``: names that people chose; what is taught. ``--apart``: a list whose names are kept for judging.
``--words``: English words, from which families draw. See `benchmarks.dga.lists` for the forms.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from random import Random

from benchmarks.dga.families import FAMILIES
from benchmarks.dga.lists import chosen, words
from benchmarks.dga.training import groups, save, trained

WEIGHTS = Path(__file__).resolve().parents[2] / "src/vedette/baselines/generated_names.npz"
SEED = 0


def main() -> None:
    """Train and write."""
    parser = ArgumentParser(description=__doc__)
    for name in ("chosen", "apart", "words"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    taught = groups(FAMILIES, chosen(given.chosen, given.apart).taught, words(given.words), Random(SEED))
    save(trained(taught, SEED), WEIGHTS)
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
