"""``vedette findings``: list what was found, show one finding, print the records behind it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from vedette.commands.finding_report import report_lines
from vedette.commands.state import opened
from vedette.commands.where import criteria_from
from vedette.engine.evidence import raw_evidence
from vedette.errors import VedetteError
from vedette.findings.filters import FindingCriteria
from vedette.findings.store import Store
from vedette.publish.formats import json_text, write_findings
from vedette.publish.plain_text import visible
from vedette.publish.summary import short_time
from vedette.publish.table import ID_SHOWN, write_lines

_ID = re.compile(r"(?:arn:[^/]*/[^/]*/finding/)?([0-9a-f]{1,32})$", re.ASCII)

_PAGE = 500
_CANDIDATES = 10


def list_findings(
    state: str, *, where: Sequence[str], type: str | None, min_severity: float, limit: int,  # noqa: A002
    format: str, out: TextIO,  # noqa: A002
) -> None:
    """Write the findings that fit all conditions, the newest first; say on stderr when there are more."""
    criteria = criteria_from([*where, *([f"type={type}"] if type else [])])
    with opened(state) as store:
        found: list[dict[str, Any]] = []
        for one in _all(store, criteria):
            if one["severity"] < min_severity:
                continue
            if len(found) == limit:
                print(f"vedette: the newest {limit} are shown; there are more (--limit)", file=sys.stderr)
                break
            found.append(one)
    write_findings(found, format, out)


def show_finding(state: str, named: str, format: str, out: TextIO) -> None:  # noqa: A002
    """Write a report about one finding, or the finding itself in a format."""
    with opened(state) as store:
        own_id = _resolved(store, named)
        finding = store.get([own_id])[0]
        evidence = store.evidence(own_id)
    if format == "report":
        write_lines(report_lines(finding, evidence), out)
    elif format == "json":
        out.write(json_text(finding, indent=2) + "\n")
    else:
        write_findings([finding], format, out)


def show_evidence(
    state: str, named: str, out: TextIO, err: TextIO, *, with_location: bool = False, endpoint_url: str | None = None
) -> int:
    """Print the raw records behind a finding, one a line. Returns 1 when some cannot be shown, else 0.

    A record whose object is gone, or changed since it was read, is named on ``err``; the others are still printed.
    """
    with opened(state) as store:
        kept = store.evidence(_resolved(store, named))
    missing = 0
    for one, raw in raw_evidence(kept, lambda _: endpoint_url):
        place = visible(f"{one.object}:{one.position}")
        if raw.missing:
            missing += 1
            print(f"vedette: {place}: {visible(raw.missing)}", file=err)
            continue
        if with_location:
            print(f"# {place}", file=out)
        print(visible(raw.text) if out.isatty() else raw.text, file=out)
    if missing:
        print(f"vedette: {missing} of {len(kept)} records cannot be shown", file=err)
    return 1 if missing else 0


def _all(store: Store, criteria: FindingCriteria) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        page = store.list(criteria, limit=_PAGE, after=after)
        yield from store.get(page.ids)
        after = page.next_token
        if after is None:
            return


def _resolved(store: Store, named: str) -> str:
    """The one finding that an id, its first digits or an ARN names."""
    match = _ID.match(named)
    if match is None:
        raise VedetteError("is no finding's id: give its 32 hexadecimal digits, or the first of them",
                           where=visible(named[:100]))
    criteria = FindingCriteria.parse({"criterion": {"id": {"matches": [f"{match[1]}*"]}}})
    page = store.list(criteria, limit=_CANDIDATES)
    if not page.ids:
        raise VedetteError("no finding has that id; `vedette findings list` shows those there are", where=named)
    if len(page.ids) > 1:
        said = "; ".join(
            f"{one['id'][:ID_SHOWN]} {one['type']} {short_time(one['updatedAt'])}" for one in store.get(page.ids))
        more = " and more" if page.next_token else ""
        raise VedetteError(f"several findings' ids begin so: {said}{more}", where=named)
    return page.ids[0]
