"""``vedette types``: every finding type that a detector here produces, or everything about one."""

from __future__ import annotations

import difflib
import inspect
import textwrap
from typing import TextIO

from vedette.detectors.catalogue import Catalogue, catalogue
from vedette.detectors.finding_type import FindingType
from vedette.errors import CatalogueError
from vedette.publish.severity import band_of

_WIDTH = 110


def list_types(out: TextIO) -> None:
    """A line for each type: name, severity band, plan, log kinds."""
    known = catalogue()
    rows = [("TYPE", "SEVERITY", "PLAN", "LOGS"), *(
        (name, _severity(kind), str(kind.plan), ", ".join(_kinds(known, name))) for name, kind in known.types.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), file=out)
    print(f"{len(known.types)} finding types, {len(known.detectors)} detectors; * the detector judges the severity",
          file=out)
    if known.broken:
        print(f"{len(known.broken)} detector files cannot be loaded: `vedette coverage` says why", file=out)


def show_type(name: str, out: TextIO) -> None:
    """Everything that is known of one type.

    Raises:
        CatalogueError: no detector here produces it; the message names the nearest.
    """
    known = catalogue()
    kind = known.types.get(name) or known.types.get(_same_but_case(known, name))
    if kind is None:
        near = difflib.get_close_matches(name, known.types, n=3, cutoff=0.5)
        near = near or [one for one in known.types if name.lower() in one.lower()][:3]
        hint = f"did you mean {', '.join(near)}?" if near else "`vedette types` lists those there are"
        raise CatalogueError(f"no detector here produces this finding type; {hint}", where=name[:100])
    print(kind.name, file=out)
    _say("severity", f"{_severity(kind)}" + (f": {kind.severity_note}" if kind.severity_note else ""), out)
    _say("plan", str(kind.plan), out)
    _say("resource", kind.resource, out)
    _say("logs", ", ".join(_kinds(known, kind.name)), out)
    _say("title", kind.title, out)
    _say("description", kind.description, out)
    _say("ATT&CK", ", ".join(f"{one} https://attack.mitre.org/techniques/{one.replace('.', '/')}/"
                             for one in kind.attack), out)
    _say("what to do", kind.remedy, out)
    if kind.needs:
        _say("needs", " and ".join(" or ".join(sorted(need)) for need in kind.needs), out)
    for one in known.detectors_of(kind.name):
        print(f"\ndetector {one.name}" + (", with a memory" if one.keyed else ""), file=out)
        if one.doc:
            _say("", one.doc, out)
    modules = {one.module.removeprefix("vedette.detectors.") for one in known.detectors_of(kind.name)}
    for module in sorted(modules & known.modules.keys()):
        print(f"\n{module}", file=out)
        print(textwrap.indent(inspect.getdoc(known.modules[module]) or "", "  "), file=out)
    told = [one for module, one in known.stories() if module in modules]
    own = [one.title for one in told if any(expected.type == kind.name for expected in one.expected or ())]
    quiet = [one.title for one in told if one.expected == ()]
    for heading, titles in (("fires in these stories", own), ("stays silent in these", quiet)):
        if titles:
            print(f"\n{heading}", file=out)
            for title in titles:
                print(f"  {title}", file=out)


def _say(label: str, text: str, out: TextIO) -> None:
    start = f"  {label}: " if label else "  "
    print(textwrap.fill(" ".join(text.split()), _WIDTH, initial_indent=start, subsequent_indent="    "), file=out)


def _severity(kind: FindingType) -> str:
    return f"{band_of(kind.severity)} ({kind.severity:g})" + ("*" if kind.severity_note else "")


def _kinds(known: Catalogue, name: str) -> list[str]:
    return sorted({kind.value for one in known.detectors_of(name) for kind in one.kinds})


def _same_but_case(known: Catalogue, name: str) -> str:
    return next((one for one in known.types if one.lower() == name.lower()), "")
