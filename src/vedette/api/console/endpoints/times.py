"""When findings were seen: the times of the log records that are kept behind each.

The event history could tell of more only by judging its records once more: no row of it says which finding it made.
"""

from __future__ import annotations

from typing import Any

from vedette.api.console.endpoint import endpoint
from vedette.api.console.seen import SomeFindings, rows_of
from vedette.api.operation import Context
from vedette.findings.fold import EVIDENCE_KEPT


@endpoint("POST", "/times", from_outside=False)
def list_times(context: Context, asked: SomeFindings) -> dict[str, Any]:
    """The known times of some findings; ids of none that the account sees are passed over."""
    context.detector(asked.detector_id)
    rows = rows_of(context, asked)
    known = context.store.evidence_times([one.id for one in rows])
    return {"times": [
        {"id": one.id, "count": one.count, "firstSeen": one.first_seen, "lastSeen": one.last_seen,
         "known": known.get(one.id, []), "gap": _gap(known.get(one.id, []))} for one in rows]}


def _gap(times: list[int]) -> dict[str, int] | None:
    """Between the first records and the last of a finding there were others, if as many are kept as ever are."""
    if len(times) < 2 * EVIDENCE_KEPT:
        return None
    return {"since": times[EVIDENCE_KEPT - 1], "until": times[-EVIDENCE_KEPT]}
