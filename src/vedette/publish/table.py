"""Findings for people: a row each where that fits the terminal, a few lines each where it does not."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from vedette.publish.plain_text import cell_width, shortened, visible
from vedette.publish.severity import Band, band_of
from vedette.publish.summary import actor_in_words, resource_in_words, short_time

ID_SHOWN = 12
"""Characters of a finding's id: enough to name it to ``vedette findings show``."""

_HEAD = ("SEVERITY", "TYPE", "RESOURCE", "ACTOR", "COUNT", "FIRST SEEN", "LAST SEEN", "ID", "TITLE")
_COUNT = _HEAD.index("COUNT")
_TITLE_AT_LEAST = 24
_STYLES: Mapping[Band, str] = {"Critical": "bold white on red", "High": "bold red", "Medium": "yellow", "Low": "cyan"}
_GAP = "  "

Line = tuple[Band | None, str, str]
"""The band that colours the line's start, the start, and the rest."""


def write_table(findings: Sequence[Mapping[str, Any]], out: TextIO) -> None:
    """Write findings in their order. Without any it says so, so that silence never looks like an answer."""
    if not findings:
        out.write("no findings\n")
        return
    terminal = out.isatty()
    write_lines(_lines(findings, shutil.get_terminal_size((100, 24)).columns if terminal else None), out)


def write_lines(lines: Iterable[Line], out: TextIO) -> None:
    """Write lines whose texts are safe already; the starts are coloured where ``out`` is a terminal."""
    if not out.isatty():
        out.writelines(f"{start}{rest}\n" for _, start, rest in lines)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False, markup=False, emoji=False)
    for band, start, rest in lines:
        console.print(Text.assemble((start, _STYLES[band] if band else ""), rest), soft_wrap=True)


def _lines(findings: Sequence[Mapping[str, Any]], width: int | None) -> Iterator[Line]:
    rows = [_cells(finding) for finding in findings]
    widths = [max(cell_width(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD) - 1)]
    used = sum(widths) + len(_GAP) * len(widths)
    if width is not None and width < used + _TITLE_AT_LEAST:
        for finding, row in zip(findings, rows, strict=True):
            yield from _block(band_of(finding["severity"]), row, width)
        return
    yield None, "", _row(_HEAD, widths)
    for finding, row in zip(findings, rows, strict=True):
        line = _row(row, widths)
        if width is not None:
            line = shortened(line, width)
        yield band_of(finding["severity"]), row[0], line[len(row[0]):]


def _cells(finding: Mapping[str, Any]) -> tuple[str, ...]:
    service = finding["service"]
    return tuple(visible(str(cell)) for cell in (
        band_of(finding["severity"]), finding["type"], resource_in_words(finding), actor_in_words(finding),
        service["count"], short_time(service["eventFirstSeen"]), short_time(service["eventLastSeen"]),
        finding["id"][:ID_SHOWN], finding["title"]))


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [_padded(cell, width, right=column == _COUNT)
              for column, (cell, width) in enumerate(zip(cells, widths, strict=False))]
    return _GAP.join([*padded, cells[-1]])


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - cell_width(cell))
    return space + cell if right else cell + space


def _block(band: Band, row: Sequence[str], width: int) -> Iterator[Line]:
    severity, name, resource, actor, count, first, last, own_id, title = row
    yield band, severity, f" {name}"
    period = first if first == last else f"{first} to {last[11:] if first[:10] == last[:10] else last}"
    for text in (title, f"{resource}  actor {actor}", f"{count}× {period}  id {own_id}"):
        yield None, "", "  " + shortened(text, max(width - 2, 20))
    yield None, "", ""
