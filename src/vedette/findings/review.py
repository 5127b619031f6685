"""What people say of findings: archived, not archived after all, useful or not, where the work stands, comments; and
what follows for the outbox.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from vedette.findings.activity import Activity, Deed, Person
from vedette.findings.policy import EXPORT, Policy
from vedette.findings.rows import Handling, TriageStatus
from vedette.findings.store import Batch

Document = dict[str, Any]


def archive(batch: Batch, policy: Policy, documents: Iterable[Document], by: Person, now: int) -> None:
    """Put findings away: what has not been exported of them yet is not exported, while they stay so."""
    changed = _marked(documents, archived=True)
    batch.amend(changed)
    for document in changed:
        for export in _exports(policy, document):
            batch.withhold((document["id"],), export)
    _note(batch, changed, "ARCHIVED", by, now)


def unarchive(batch: Batch, policy: Policy, documents: Iterable[Document], by: Person, now: int) -> None:
    """Take findings out again, suppressed ones too: they are exported at the next interval, and repeats published."""
    changed = _marked(documents, archived=False)
    batch.amend(changed)
    for one, handling in batch.handling([document["id"] for document in changed]).items():
        if handling.suppressed_by:
            batch.handle(one, msgspec.structs.replace(handling, suppressed_by=""))
    for document in changed:
        period = policy.period(document["accountId"], document["region"])
        batch.publish(document["id"], _exports(policy, document), now, period)
    _note(batch, changed, "UNARCHIVED", by, now)


def judge(
    batch: Batch, documents: Iterable[Document], feedback: Literal["USEFUL", "NOT_USEFUL"], comments: str, by: Person,
    now: int,
) -> None:
    """Keep whether findings were of use, in place of what was said before."""
    changed = [
        {**document, "service": {**document["service"], "userFeedback": feedback}} for document in documents]
    batch.amend(changed)
    handled = batch.handling([document["id"] for document in changed])
    for document in changed:
        before = handled.get(document["id"], Handling())
        batch.handle(document["id"], msgspec.structs.replace(before, feedback=feedback, comments=comments))
    _note(batch, changed, "FEEDBACK", by, now, feedback, comments)


def triage(
    batch: Batch, document: Document, status: TriageStatus | None, assignee: str | None, by: Person, now: int,
) -> Handling:
    """Say where the work on a finding stands, and who does it (empty: nobody); None leaves it as it is.

    Returns what is said of it now.
    """
    before = batch.handling([document["id"]]).get(document["id"], Handling())
    after = before
    if status is not None and status != before.status:
        after = msgspec.structs.replace(after, status=status)
        _note(batch, [document], "STATUS", by, now, status)
    if assignee is not None and assignee != before.assignee:
        after = msgspec.structs.replace(after, assignee=assignee)
        _note(batch, [document], "ASSIGNEE", by, now, assignee)
    if after != before:
        batch.handle(document["id"], after)
    return after


def comment(batch: Batch, document: Document, text: str, by: Person, now: int) -> None:
    """Keep a comment on a finding."""
    _note(batch, [document], "COMMENT", by, now, text=text)


def _note(
    batch: Batch, documents: Iterable[Document], what: Deed, by: Person, now: int, value: str = "", text: str = "",
) -> None:
    batch.note([one["id"] for one in documents], Activity(time=now, what=what, value=value, text=text, by=by))


def _marked(documents: Iterable[Document], *, archived: bool) -> list[Document]:
    """Those of the documents that this changes, changed."""
    return [
        {**document, "service": {**document["service"], "archived": archived}} for document in documents
        if document["service"]["archived"] is not archived]


def _exports(policy: Policy, document: Document) -> list[str]:
    return [name for name in policy.destinations(document["accountId"], document["region"])
            if name.startswith(EXPORT)]
