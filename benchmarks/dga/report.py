"""The model's card: what it was made from, how, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.dga.families import FAMILIES
from benchmarks.dga.training import HIDDEN, INVENTED, OF_FAMILY, OF_INVENTED
from vedette.detectors.dns.generated_names import ENOUGH, ODD

if TYPE_CHECKING:
    from benchmarks.dga.__main__ import Seen, Shipped

_HEAD = """# The model of generated names

<!-- Written by `python -m benchmarks.dga`. -->

`src/vedette/baselines/generated_names.py` says of a registered domain's label how much likelier it is among names that
malware generates than among names that people choose. `Trojan:EC2/DGADomainRequest.B` adds up what it says.

**Form.** Tables of the label's pieces of three, four and five characters, what the label is made of, and its top-level
domain, into a network with layers of {hidden} units; {size:,} bytes in all. No library but NumPy.

**Trained** by `python -m benchmarks.dga.train` on {taught:,} names that people chose and slips of some, on
{of_family:,} names of each of {families} families that are written in `benchmarks/dga/families.py`, and on
{of_invented} names of each of {invented} families that chance invents: these weigh as much as the others, and keep the
model from learning by heart. Names below private suffixes (clouds, hosters, dynamic DNS) and international ones are
neither taught nor judged.

**Lists.** Names that people chose: Chromium's HSTS preload list, as the Python package `hstspreload` 2025.1.1 (BSD-3)
has it; families' words: Debian's `wamerican-small` (SCOWL). For judging only: the 20,000 names of `matthoffman/degas`
(MIT), of which {other:,} chosen and the generated ones are used. No list is shipped, only the weights.

**Split**, fixed before the first training: of the chosen names, by the digest of the label, eight parts of ten are
taught and two ({held:,} names) are held; nothing is taught from degas, and no label that it has. Families: five folds,
drawn by the seed, alike in kinds, twins together; a model never saw the family that it judges, nor its words. What may
be mistaken (slips, abbreviations, numbers) is made with other numbers for judging than for teaching.

**Looks.** Fifteen cross-validations with seeds 1 and 2, on a taught tenth in the place of the held part, chose the
sizes of the layers and the detector's numbers. The held part, degas and the seeds from 10 on were looked at once, for
this page; 150 names of either kind of degas had been read before. The families were the same throughout, so that no
family was kept from the person who made the model. Shapes called *-like*, and those of Mirai, Mad Max and Panda Banker,
are of families of which degas has names, a few of which had been read.
"""

_SEEDS = """\
Macro averages over {families} families. Per name: the area below the curve, and the true-positive rate at false ones
of 1e-2, 1e-3 and 1e-4. Per host-day of 20 missing names, by the detector's own memory: the rate at a false one of 1e-4,
and at its threshold ({enough:g}), with the false rate that was seen there."""

_BUNCHED = """\
Real dead names come in bunches. By the model that is shipped, host-days of 20 missing names, all chosen names below one
public suffix, of {suffixes} suffixes: those of {above} reach the threshold at all ({shown})."""

_OTHERS = """\
The model that is shipped, on names that it was not taught. The bounds: `ODD`, then false rates of 1e-2, 1e-3 and 1e-4
among the chosen names of both lists and what may be mistaken."""

_SPEED = """\
{size:,} bytes of weights (may be 524,288). {ours:.2f} million names a second on one core ({least:.2f}–{most:.2f} in
seven rounds); a loop that only splits each name at its dots reached {loops:.2f} million in the same rounds."""

_AFTER = """
**Where it misses.** Per name: families of words and of syllables, whose names people might choose, and short names of
letters, which abbreviations resemble; twenty of them together show most, but seldom Virut (six letters), Vawtrak
(syllables of two letters) and Ngioweb (affixes and halves of words). Twenty dead names below `.info` alone, which
families love, may be taken for generated ones: the top-level domain weighs too much there. What was tried, as macro
average of TPR at 1e-3 with seed 1: layers of 32 and 16, 48 and 24, 64 and 32 units .675, .675, .683; twice the epochs
.676; 200 or 1,500 invented families .673, .673; twice the slips .673; ten times the decay .672; 2,000 names a family
.678; eight parts in the place of four .680.

**What the figures are not.** Families are written anew from descriptions, and chosen names are popular web sites, not
names that real hosts failed to resolve: nobody publishes those. A host-day is twenty independent draws; real dead names
come in bunches (one language, one trade), for which the detector's threshold leaves some room.
"""


def page(seen: Sequence[Seen], shipped: Shipped, speed: tuple[list[float], list[float]], size: int,
         counts: Mapping[str, int]) -> str:
    """The whole page."""
    text = [_HEAD.format(
        size=size, hidden=" and ".join(map(str, HIDDEN)), of_family=OF_FAMILY, families=len(FAMILIES),
        of_invented=OF_INVENTED, invented=INVENTED, **counts)]
    text += ["## Families held out", "", *_by_seed(seen), "", "## By family", "",
             "Median over the seeds; each is judged by a model that was not taught it.", "", *_by_family(seen), "",
             "## Hosts that look up much", "", *_busy(seen), "", "## Hosts whose names are all of one kind", "",
             *_bunched(shipped), "", "## Names of others", "", *_others(shipped), "",
             "## Size and speed", "", *_speed(speed, size), _AFTER]
    return "\n".join(text).rstrip() + "\n"


def _by_seed(seen: Sequence[Seen]) -> list[str]:
    rows = [[_macro(one.names, place) for place in range(4)] + [_macro(one.days, place) for place in range(2)] + [
        float(np.mean(np.array(one.benign) >= ENOUGH))] for one in seen]
    ends: list[tuple[str, Callable[[Sequence[float]], float]]] = [("median", median), ("worst", min)]
    lines = [
        _SEEDS.format(families=len(FAMILIES), enough=ENOUGH), "",
        "| seed | AUC | 1e-2 | 1e-3 | 1e-4 | host-day, 1e-4 | host-day, threshold | false host-days |",
        "|---|---|---|---|---|---|---|---|"]
    lines += [_row(str(one.seed), row) for one, row in zip(seen, rows, strict=True)]
    for name, of in ends:
        columns = list(zip(*rows, strict=True))
        lines.append(_row(f"**{name}**", [of(column) for column in columns[:-1]] + [
            (max if name == "worst" else of)(columns[-1])]))
    total = sum(len(one.benign) for one in seen)
    above = sum(int(np.sum(np.array(one.benign) >= ENOUGH)) for one in seen)
    lines += ["", f"In all {above} of {total:,} host-days of chosen names reach the threshold."]
    return lines


def _macro(told: Mapping[str, Sequence[float]], place: int) -> float:
    return float(np.mean([row[place] for row in told.values()]))


def _row(name: str, values: Sequence[float]) -> str:
    shown = [f"{value:.3f}" for value in values[:-1]] + [f"{values[-1]:.0e}" if values[-1] else "0"]
    return f"| {name} | {' | '.join(shown)} |"


def _by_family(seen: Sequence[Seen]) -> list[str]:
    lines = ["| family | kind | AUC | 1e-2 | 1e-3 | 1e-4 | host-day, 1e-4 | host-day, threshold |",
             "|---|---|---|---|---|---|---|---|"]
    for family in FAMILIES:
        values = [[*one.names[family.name], *one.days[family.name]] for one in seen]
        middle = [median(column) for column in zip(*values, strict=True)]
        lines.append(f"| {family.name} | {family.kind} | {' | '.join(f'{value:.3f}' for value in middle)} |")
    for kind in dict.fromkeys(family.kind for family in FAMILIES):
        of_kind = [family.name for family in FAMILIES if family.kind == kind]
        values = [np.mean([one.names[name] + one.days[name] for name in of_kind], axis=0).tolist() for one in seen]
        middle = [median(column) for column in zip(*values, strict=True)]
        lines.append(f"| **{len(of_kind)} families** | {kind} | {' | '.join(f'{value:.3f}' for value in middle)} |")
    return lines


def _busy(seen: Sequence[Seen]) -> list[str]:
    lines = ["Chosen names alone; how many host-days reach the threshold.", "",
             "| names a day | of these missing | host-days | above |", "|---|---|---|---|"]
    for count, missing in seen[0].busy:
        totals = np.array([total for one in seen for total in one.busy[count, missing]])
        lines.append(f"| {count:,} | {missing:.0%} | {len(totals):,} | {int((totals >= ENOUGH).sum()):,} |")
    rates = [rate for one in seen for rate in one.rates]
    return [*lines, "", f"Of chosen names {min(rates):.1%} to {max(rates):.1%} seem odd (`ODD`, {ODD:g})."]


def _bunched(shipped: Shipped) -> list[str]:
    order = sorted(shipped.bunched.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"`{suffix}` {rate:.1%}" for suffix, rate in order[:8] if rate)
    return [_BUNCHED.format(suffixes=len(order), above=sum(rate > 0 for _, rate in order), shown=shown or "none")]


def _others(shipped: Shipped) -> list[str]:
    bounds = " | ".join(f"above {bound:.2f}" for bound in shipped.bounds)
    lines = [_OTHERS, "",
             f"| names | count | {bounds} |", "|---|---|---|---|---|---|"]
    for name, values in shipped.benign.items():
        lines.append(f"| chosen: {name} | | {' | '.join(f'{value:.4f}' for value in values)} |")
    for name, (count, values) in shipped.real.items():
        lines.append(f"| generated: {name} | {count:,} | {' | '.join(f'{value:.3f}' for value in values)} |")
    return lines


def _speed(speed: tuple[list[float], list[float]], size: int) -> list[str]:
    ours, loops = ([value / 1e6 for value in one] for one in speed)
    return [_SPEED.format(size=size, ours=median(ours), least=min(ours), most=max(ours), loops=median(loops))]
