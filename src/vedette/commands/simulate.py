"""``vedette simulate``: logs in their native formats, with the findings they must produce."""

from __future__ import annotations

import difflib
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from vedette.detectors.catalogue import catalogue
from vedette.detectors.finding_type import Plan
from vedette.errors import VedetteError
from vedette.logs.times import format_time
from vedette.simulate.company import Company, write_company
from vedette.simulate.estate import write_estate
from vedette.simulate.estate_plan import Size
from vedette.simulate.render import EXPOSED
from vedette.simulate.story import Story, write

CALLS, FLOWS, LOOKUPS = 30_000, 200_000, 100_000
"""Records of ordinary work in an estate of ``--scale 1``: about what a small company's accounts write in a day."""


def simulate(names: Sequence[str], into: Path, *, seed: int, scale: int, out: TextIO) -> None:
    """Write the stories that ``names`` choose, and ``scale`` times a day of ordinary work, below ``into``."""
    if not names and not scale:
        raise VedetteError("give a finding type, a part of a story's title, or --scale", where="simulate")
    _check_new(into)
    chosen = list({told.title: told for name in names for told in _named(name)}.values())
    if chosen:
        write(chosen, into, seed=seed)
        for told in chosen:
            print(f"story: {told.title}", file=out)
    if scale:
        write_estate(into, seed=seed, days=1, cloudtrail=scale * CALLS, flows=scale * FLOWS, dns=scale * LOOKUPS)
        print(f"estate: {scale * CALLS:,} API calls, {scale * FLOWS:,} flows, {scale * LOOKUPS:,} look-ups", file=out)
    print(_advice(into, chosen), file=out)


def simulate_estate(
    into: Path, *, days: int, seed: int, size: Size, stories: Sequence[str], out: TextIO,
) -> None:
    """Write so many days of a company's estate, with a story of each of these types somewhere in them."""
    if days < 1:
        raise VedetteError(f"is {days}; give 1 or more", where="--days")
    _check_new(into)
    chosen = list({told.title: told for name in stories for told in _named(name)[:1]}.values())
    company = Company(seed=seed, days=days, size=size, stories=chosen)
    for one in company.injected:
        print(f"story: {one.story.title}, at {format_time(one.start)}", file=out)
    records: Counter[str] = Counter()
    for written in write_company(into, company):
        records.update(written)
    told = ", ".join(f"{number:,} {kind}" for kind, number in records.items())
    print(f"estate: {days} days of {size.accounts} accounts, {size.principals} principals and {size.instances} "
          f"instances: {told}, and the jobs among them that look bad", file=out)
    print(f"what must be found: {into / 'expected.json'}", file=out)
    print(_advice(into, chosen), file=out)


def _check_new(into: Path) -> None:
    if into.exists() and any(into.iterdir()):
        raise VedetteError("is not empty: logs of two runs would mix; give a new folder", where=str(into))


def _advice(into: Path, chosen: Sequence[Story]) -> str:
    options = [*known_options(into), *_rules(chosen)]
    return f"written to {into}; scan it with: vedette scan {shlex.join([str(into / 'logs'), *options])}"


def _rules(chosen: Sequence[Story]) -> list[str]:
    """The option without which stories of custom detection rules find nothing."""
    types = (catalogue().types.get(one.type) for told in chosen for one in told.expected or ())
    return ["--custom-rule", "all"] if any(
        kind is not None and kind.plan is Plan.CUSTOM_DETECTION_RULES for kind in types) else []


def _named(name: str) -> list[Story]:
    """The stories that fire a type, or whose title or file has ``name`` in it."""
    stories = catalogue().stories()
    if name in catalogue().types:
        return [told for _, told in stories if any(one.type == name for one in told.expected or ())]
    found = [told for module, told in stories if name.lower() in told.title.lower() or name == module]
    if not found:
        near = difflib.get_close_matches(name, list(catalogue().types), n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise VedetteError(f"no story is called that, and no detector here produces such a type{hint}", where=name)
    return found


def known_options(into: Path) -> list[str]:
    """The options with which a scan knows what the stories take as known."""
    options: list[str] = []
    for path in sorted((into / "lists").glob("*.txt")):
        options += [f"--{'trusted' if path.name.startswith('trusted') else 'threat'}-list", str(path)]
    for option, below in (("--feeds", "feeds"), ("--inventory", "inventory"), ("--exposed-keys", EXPOSED)):
        if (into / below).exists():
            options += [option, str(into / below)]
    for path in sorted((into / "geo").glob("*.mmdb"))[-1:]:
        options += ["--geo-city", str(path)]
    return options
