"""How findings are written: the formats by name.

``table`` for people; ``json`` an array and ``jsonl`` a line each of GuardDuty's own findings; ``ocsf`` a line each, as
log pipelines take them; ``asff`` an array, as ``aws securityhub batch-import-findings --findings file://…`` takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TextIO

import msgspec

from vedette.errors import VedetteError
from vedette.publish.plain_text import escaped_json
from vedette.publish.table import write_table

Finding = Mapping[str, Any]
"""GuardDuty's wire JSON, decoded."""

_ENCODER = msgspec.json.Encoder()


def checked_format(name: str) -> str:
    """``name``, if it is a format.

    Raises:
        VedetteError: it is none; the message names those there are.
    """
    if name not in _WRITERS:
        raise VedetteError(f"{name!r} is not a format: give {', '.join(_WRITERS)}", where="--format")
    return name


def write_findings(findings: Sequence[Finding], format: str, out: TextIO) -> None:  # noqa: A002
    """Write findings, in their order, to ``out`` in a format that `checked_format` knows."""
    _WRITERS[checked_format(format)](findings, out)


def json_text(value: Any, *, indent: int = 0) -> str:
    """JSON that a terminal can be shown: indented by ``indent``, or on one line."""
    encoded = _ENCODER.encode(value)
    return escaped_json((msgspec.json.format(encoded, indent=indent) if indent else encoded).decode())


def _write_array(documents: Iterable[Any], out: TextIO) -> None:
    before = "["
    for document in documents:
        out.write(before + "\n  " + json_text(document, indent=2).replace("\n", "\n  "))
        before = ","
    out.write("[]\n" if before == "[" else "\n]\n")


def _write_lines(findings: Sequence[Finding], out: TextIO) -> None:
    out.writelines(json_text(finding) + "\n" for finding in findings)


def _write_asff(findings: Sequence[Finding], out: TextIO) -> None:
    from vedette.publish.asff import asff

    _write_array(map(asff, findings), out)


def _write_ocsf(findings: Sequence[Finding], out: TextIO) -> None:
    from vedette.detectors.catalogue import catalogue
    from vedette.publish.ocsf import ocsf

    types = catalogue().types
    out.writelines(json_text(ocsf(one, types[one["type"]].attack if one["type"] in types else ())) + "\n"
                   for one in findings)


_WRITERS: Mapping[str, Callable[[Sequence[Finding], TextIO], None]] = {
    "table": write_table,
    "json": _write_array,
    "jsonl": _write_lines,
    "ocsf": _write_ocsf,
    "asff": _write_asff,
}
