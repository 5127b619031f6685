"""``vedette simulate``: logs in their native formats, with the findings they must produce."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from vedette.detectors.catalogue import catalogue
from vedette.errors import VedetteError
from vedette.simulate.estate import write_estate
from vedette.simulate.story import Story, write

CALLS, FLOWS, LOOKUPS = 30_000, 200_000, 100_000
"""Records of ordinary work in an estate of ``--scale 1``: about what a small company's accounts write in a day."""


def simulate(names: Sequence[str], into: Path, *, seed: int, scale: int, out: TextIO) -> None:
    """Write the stories that ``names`` choose, and ``scale`` times a day of ordinary work, below ``into``."""
    if not names and not scale:
        raise VedetteError("give a finding type, a part of a story's title, or --scale", where="simulate")
    if into.exists() and any(into.iterdir()):
        raise VedetteError("is not empty: logs of two runs would mix; give a new folder", where=str(into))
    chosen = list({told.title: told for name in names for told in _named(name)}.values())
    if chosen:
        write(chosen, into, seed=seed)
        for told in chosen:
            print(f"story: {told.title}", file=out)
    if scale:
        write_estate(into, seed=seed, days=1, cloudtrail=scale * CALLS, flows=scale * FLOWS, dns=scale * LOOKUPS)
        print(f"estate: {scale * CALLS:,} API calls, {scale * FLOWS:,} flows, {scale * LOOKUPS:,} look-ups", file=out)
    print(f"written to {into}; scan it with: vedette scan {into / 'logs'}{_options(into)}", file=out)


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


def _options(into: Path) -> str:
    """The options with which a scan knows what the stories take as known."""
    options = [f" --{'trusted' if path.name.startswith('trusted') else 'threat'}-list {path}"
               for path in sorted((into / "lists").glob("*.txt"))]
    if (into / "feeds").is_dir():
        options.append(f" --feeds {into / 'feeds'}")
    if (into / "inventory").is_dir():
        options.append(f" --inventory {into / 'inventory'}")
    return "".join(options)
