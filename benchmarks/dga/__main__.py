"""Says what the model is worth, and writes docs/dga-model.md.

``python -m benchmarks.dga --chosen … --apart … --words … [--real …]``: lists as `benchmarks.dga.train` has them;
``--real``: a CSV of names whose family is known. For each seed the model is trained anew five times, each time without
a fifth of the families, and judges those.
"""

from __future__ import annotations

import csv
import gzip
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.dga.families import FAMILIES, Family
from benchmarks.dga.lists import Chosen, Name, chosen, generated, names, registered, words
from benchmarks.dga.ordinary import JUDGED, ordinary
from benchmarks.dga.report import page
from benchmarks.dga.train import WEIGHTS
from benchmarks.dga.training import groups, scores, trained
from vedette.baselines.generated_names import Floats, Model, model
from vedette.detectors.dns.generated_names import ENOUGH, ODD, SAMPLE, SURE, THERE, Names

PAGE = Path(__file__).resolve().parents[2] / "docs" / "dga-model.md"
FIRST_SEED, SEEDS = 10, 10
"""Seeds 1 and 2 were used while the model was made."""
FOLDS = 5
OF_FAMILY = 1_500
RATES = (1e-2, 1e-3, 1e-4)
HOST_DAYS, BENIGN_DAYS, NAMES_A_DAY = 150, 4_000, 20
BUSY = ((100, 1.0), (1_000, 1.0), (10_000, 1.0), (10_000, 0.3))
"""Names a day, and how many of them are missing, of hosts that look up much."""
ENOUGH_NAMES, BUNCHED_DAYS = 150, 1_000
"""Names of a suffix, and host-days of each, for hosts whose names are all below one suffix."""
BUSY_DAYS = {100: 400, 1_000: 100, 10_000: 10}


@dataclass(slots=True)
class Seen:
    """What one seed showed."""

    seed: int
    names: dict[str, list[float]] = field(default_factory=dict)
    """Family → AUC, then TPR at each of `RATES`."""
    days: dict[str, list[float]] = field(default_factory=dict)
    """Family → TPR of host-days at a false rate of 1e-4, and at the detector's own threshold."""
    benign: list[float] = field(default_factory=list)
    """The most that each benign host-day added up to."""
    busy: dict[tuple[int, float], list[float]] = field(default_factory=lambda: defaultdict(list))
    rates: list[float] = field(default_factory=list)
    """Of chosen names, how many seem `ODD`; a fold each."""


def main() -> None:
    """Measure, print as it goes, write the page."""
    given = _arguments()
    lists, every = chosen(given.chosen, given.apart), words(given.words)
    seen = []
    for seed in range(FIRST_SEED, FIRST_SEED + given.seeds):
        one = _crossed(lists, every, seed)
        seen.append(one)
        print(seed, *(round(float(np.mean([row[place] for row in one.names.values()])), 4) for place in range(4)),
              *(round(float(np.mean([row[place] for row in one.days.values()])), 4) for place in range(2)),
              f"{np.mean(np.array(one.benign) >= ENOUGH):.1e}", flush=True)
    shipped = _shipped(lists, given)
    PAGE.write_text(page(seen, shipped, _speed(lists), WEIGHTS.stat().st_size, _counts(lists, every)), encoding="utf-8")


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    for name in ("chosen", "apart", "words"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    return parser.parse_args()


def folds(seed: int) -> list[list[Family]]:
    """All families in five parts, each with as many of each kind as can be; twins stay together."""
    together: dict[str, list[Family]] = defaultdict(list)
    for family in FAMILIES:
        together[family.group].append(family)
    order = list(together.values())
    Random(seed).shuffle(order)
    order.sort(key=lambda some: some[0].kind)
    return [[family for some in order[part::FOLDS] for family in some] for part in range(FOLDS)]


def judged(lists: Chosen, rng: Random) -> list[Name]:
    """Chosen names that nothing was taught from: as many of either list, and what might be mistaken for others."""
    count = min(len(lists.held), len(lists.other))
    some = [*rng.sample(lists.held, count), *rng.sample(lists.other, count)]
    return some + ordinary(some, count // 3, JUDGED, rng)


def _crossed(lists: Chosen, every: Sequence[str], seed: int) -> Seen:
    seen, rng = Seen(seed), Random(seed)
    benign = judged(lists, rng)
    days: dict[str, list[float]] = {}
    for fold, held in enumerate(folds(seed)):
        taught = [family for family in FAMILIES if family not in held]
        made = trained(groups(taught, lists.taught, every, Random(f"{seed}/{fold}")), seed)
        theirs = np.sort(scores(made, benign))
        seen.rates.append(float((theirs >= ODD).mean()))
        bounds = [np.quantile(theirs, 1 - rate) for rate in RATES]
        chance = np.random.default_rng([seed, fold])
        for family in held:
            found = scores(made, generated(family, OF_FAMILY, Random(f"{seed}/{family.name}"), every))
            auc = float(np.searchsorted(theirs, found).mean() / len(theirs))
            seen.names[family.name] = [auc, *(float((found > bound).mean()) for bound in bounds)]
            days[family.name] = [_day(chance.choice(found, NAMES_A_DAY), 1.0, chance) for _ in range(HOST_DAYS)]
        seen.benign += [_day(chance.choice(theirs, NAMES_A_DAY), 1.0, chance) for _ in range(BENIGN_DAYS)]
        for count, missing in BUSY:
            seen.busy[count, missing] += [
                _day(chance.choice(theirs, count), missing, chance) for _ in range(BUSY_DAYS[count] // FOLDS)]
    bound = float(np.quantile(seen.benign, 1 - 1e-4))
    for name, totals in days.items():
        seen.days[name] = [float(np.mean(np.array(totals) > bound)), float(np.mean(np.array(totals) >= ENOUGH))]
    return seen


def _day(ratios: Floats, missing: float, chance: np.random.Generator) -> float:
    """The most that a host's names add up to, by the detector's own memory; each name is of another domain."""
    memory, most = Names(), 0.0
    gone, drawn = chance.random(len(ratios)) < missing, chance.random(len(ratios))
    heard = np.where(gone, (ratios >= ODD) | (drawn < SAMPLE), (ratios >= SURE) | ((ratios >= ODD) & (drawn < THERE)))
    for place in np.flatnonzero(heard).tolist():
        most = max(most, memory.asked(str(place), float(ratios[place]), DAY, exists=not gone[place]))
    return most


DAY = 1_772_442_000_000


@dataclass(frozen=True, slots=True)
class Shipped:
    """What the model that is shipped says of real names, none of which it was taught."""

    benign: dict[str, list[float]]
    """List → how many of its names reach each bound."""
    real: dict[str, tuple[int, list[float]]]
    """Family, or list → names, and how many of them reach each bound."""
    bounds: list[float]
    bunched: dict[str, float]
    """Public suffix → how many host-days of `NAMES_A_DAY` missing names below it alone reach the threshold."""


def _shipped(lists: Chosen, given: Namespace) -> Shipped:
    made = model()
    both = scores(made, judged(lists, Random(0)))
    bounds = [ODD, *(float(np.quantile(both, 1 - rate)) for rate in RATES)]

    def reach(some: Sequence[Name]) -> list[float]:
        found = scores(made, some)
        return [float((found > bound).mean()) for bound in bounds]

    real = {"generated names of the second list": names(given.apart, "1")}
    if given.real:
        real |= dict(_real(given.real))
    return Shipped({"first list, held part": reach(lists.held), "second list": reach(lists.other)},
                   {name: (len(some), reach(some)) for name, some in real.items() if some}, bounds,
                   _bunched(made, [*lists.held, *lists.other]))


def _bunched(made: Model, some: Sequence[Name]) -> dict[str, float]:
    by_suffix: dict[str, list[Name]] = defaultdict(list)
    for one in some:
        by_suffix[one[1]].append(one)
    chance, found = np.random.default_rng(0), {}
    for suffix, theirs in by_suffix.items():
        if len(theirs) >= ENOUGH_NAMES:
            ratios = scores(made, theirs)
            days = [_day(chance.choice(ratios, NAMES_A_DAY), 1.0, chance) for _ in range(BUNCHED_DAYS)]
            found[suffix] = float(np.mean(np.array(days) >= ENOUGH))
    return found


def _real(path: Path) -> Iterator[tuple[str, list[Name]]]:
    found: dict[str, list[str]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in csv.reader(file, delimiter="\x01"):
            if line[-1] == "1":
                found[line[1].removeprefix("Domain used by ").partition(" (")[0]].append(line[0])
    yield from sorted((family, registered(some)) for family, some in found.items())


def _speed(lists: Chosen) -> tuple[list[float], list[float]]:
    """Names a second of the model, and of a loop that only splits each name at its dots."""
    some = (lists.taught + lists.held)[: 1 << 17]
    labels, ends = [label for label, _ in some], [end for _, end in some]
    full = [".".join(one) for one in some]
    made, ours, loops = model(), [], []
    for _ in range(7):
        begun = time.process_time()
        made.ratios(labels, ends)
        middle = time.process_time()
        for name in full:
            name.split(".")
        ours.append(len(some) / (middle - begun))
        loops.append(len(some) / (time.process_time() - middle))
    return ours, loops


def _counts(lists: Chosen, every: Sequence[str]) -> dict[str, int]:
    return {"taught": len(lists.taught), "held": len(lists.held), "other": len(lists.other), "words": len(every)}


if __name__ == "__main__":
    main()
