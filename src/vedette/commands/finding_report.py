"""One finding for a person to read, in the groups that GuardDuty's console has."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from vedette.detectors.catalogue import catalogue
from vedette.detectors.signal import Evidence
from vedette.findings.words import UNKNOWN
from vedette.logs.times import format_time
from vedette.publish.plain_text import visible
from vedette.publish.severity import band_of
from vedette.publish.summary import short_time
from vedette.publish.table import Line

WIDEST = 110
_SHOWN = 10
"""Records named in a report; `vedette findings evidence` prints them all."""

_ACTOR = ("callerType", "remoteIpDetails", "domainDetails", "remoteAccountDetails", "userAgent")
"""Members of an action that say who acted."""

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def report_lines(finding: Mapping[str, Any], evidence: Sequence[Evidence]) -> Iterator[Line]:
    """The report, for `vedette.publish.table.write_lines`."""
    service = finding["service"]
    band = band_of(finding["severity"])
    yield band, band, f" ({finding['severity']:g})  {visible(finding['type'])}"
    yield from _paragraph(finding["title"], "")
    groups = (
        ("What happened", _happened(finding)),
        ("Resource", _facts({name: value for name, value in finding["resource"].items() if name != "resourceType"})),
        ("Actor", _facts(_actor(finding))),
        ("Action", _facts(_action(service["action"]))),
        ("Evidence", _evidence(finding, evidence)),
        ("Why it fired", _why(finding)),
        ("What to do", _remedy(finding["type"])),
    )
    for title, lines in groups:
        written = list(lines)
        if written:
            yield None, "", ""
            yield None, "", title
            yield from written


def _happened(finding: Mapping[str, Any]) -> Iterator[Line]:
    service = finding["service"]
    yield from _paragraph(finding["description"])
    times = "once" if service["count"] == 1 else f"{service['count']} times"
    first, last = short_time(service["eventFirstSeen"]), short_time(service["eventLastSeen"])
    yield _line(f"seen {times}, {first}" + (f" to {last}" if last != first else "") + " UTC")
    account, region = finding["accountId"] or UNKNOWN, finding["region"] or UNKNOWN
    yield _line(f"account {account}, Region {region}, the resource is the {service['resourceRole'].lower()}")
    yield _line(f"finding {finding['id']}" + (", archived" if service["archived"] else ""))


def _facts(value: Any, name: str = "") -> Iterator[Line]:
    """Every leaf as ``name: value``, under headings where things come in lists."""
    if isinstance(value, Mapping):
        if set(value) == {"key", "value"}:
            yield _line(f"{name} {value['key']}: {value['value']}".strip())
            return
        for key, inner in value.items():
            said = _WORD.sub(" ", key).lower().removesuffix(" details")
            yield from _facts(inner, _joined(name, said))
    elif isinstance(value, list) and all(not isinstance(inner, Mapping | list) for inner in value):
        if value:
            yield _line(f"{name}: {', '.join(map(str, value))}")
    elif isinstance(value, list):
        for inner in value:
            yield from _facts(inner, name.removesuffix("s"))
    else:
        yield _line(f"{name}: {str(value).lower() if isinstance(value, bool) else value}")


def _joined(name: str, inner: str) -> str:
    """``remote ip`` and ``ip address`` as ``remote ip address``."""
    outer, own = name.split(), inner.split()
    shared = next(size for size in range(min(len(outer), len(own)), -1, -1) if outer[len(outer) - size:] == own[:size])
    return " ".join([*outer, *own[shared:]])


def _actor(finding: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for block in finding["service"]["action"].values():
        if isinstance(block, Mapping):
            found |= {name: block[name] for name in _ACTOR if name in block}
    return found


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"kind": action["actionType"].replace("_", " ").lower()}
    for block in action.values():
        if isinstance(block, Mapping):
            written |= {name: value for name, value in block.items() if name not in _ACTOR}
    return written


def _evidence(finding: Mapping[str, Any], evidence: Sequence[Evidence]) -> Iterator[Line]:
    for threat in finding["service"].get("evidence", {}).get("threatIntelligenceDetails", ()):
        names = ", ".join(threat.get("threatNames", ()))
        yield _line(f"on the list {threat['threatListName']}" + (f": {names}" if names else ""))
    if not evidence:
        return
    yield _line(f"{len(evidence)} log records are kept" if len(evidence) > 1 else "one log record is kept")
    for one in evidence[:_SHOWN]:
        yield _line(f"  {short_time(format_time(one.time))}  {one.object}:{one.position}")
    if len(evidence) > _SHOWN:
        yield _line(f"  … and {len(evidence) - _SHOWN} more")
    yield _line(f"vedette findings evidence {finding['id'][:12]} prints them")


def _why(finding: Mapping[str, Any]) -> Iterator[Line]:
    name = finding["type"]
    for one in catalogue().detectors_of(name):
        yield _line(f"detector {one.name}")
        if one.doc:
            yield from _paragraph(one.doc.partition("\n\n")[0])
    yield from _facts(msgspec.json.decode(finding["service"]["additionalInfo"]["value"] or "{}"))
    if kind := catalogue().types.get(name):
        if kind.severity_note:
            yield from _paragraph(f"Severity: {kind.severity_note}")
        yield _line(f"ATT&CK: {', '.join(kind.attack)}")


def _remedy(name: str) -> Iterator[Line]:
    kind = catalogue().types.get(name)
    yield from _paragraph(kind.remedy if kind else "No detector of this Vedette produces the type any more.")


def _paragraph(text: str, indent: str = "  ") -> Iterator[Line]:
    width = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    said = visible(" ".join(text.split()))
    for line in textwrap.wrap(said, max(width, 40), initial_indent=indent, subsequent_indent=indent):
        yield None, "", line


def _line(text: str) -> Line:
    return None, "", f"  {visible(text)}"
