"""Triage of a finding: its status, who works on it, comments, and what was done with it by whom.

An analyst may change it: that is an analyst's work, and nothing that is found, suppressed, published or exported
depends on it. What else is done with findings is an admin's: archiving ends their export, and feedback weighs in
investigations.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from msgspec import Meta, Struct

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.console.seen import AT_ONCE, OneFinding, SomeFindings, document_of, documents_of, rows_of
from vedette.api.errors import NO_SUCH_RESOURCE, ApiError, BadRequest, Conflict, ResourceNotFound
from vedette.api.operation import Context
from vedette.findings.activity import COMMENTS, KEPT
from vedette.findings.configuration import ApiKey
from vedette.findings.review import comment, triage
from vedette.findings.rows import Handling, TriageStatus
from vedette.findings.store import Reader

LONGEST_COMMENT = 4096
"""Characters; as long as a comment on feedback."""


class TriagePage(OneFinding, frozen=True, kw_only=True):
    """Some of what was done with a finding."""

    offset: Annotated[int, Meta(ge=0, le=KEPT)] = 0
    limit: Annotated[int, Meta(ge=1, le=KEPT)] = 50


Assignee = Annotated[str, Meta(max_length=300)]
"""One of `get_assignees`; empty: nobody."""


class Triaged(OneFinding, frozen=True, kw_only=True):
    """What is to be said of a finding; what is left out stays."""

    status: TriageStatus | None = None
    assignee: Assignee | None = None


class Stand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Where the work on a finding stands."""

    status: TriageStatus
    assignee: Assignee


class Change(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What is to be said of one of several findings; what is left out stays."""

    id: Annotated[str, Meta(max_length=300)]
    status: TriageStatus | None = None
    assignee: Assignee | None = None
    only_if: Stand | None = None
    """Where it must stand for that: a change that is taken back undoes no other that came after it."""


class SomeTriaged(Asked, frozen=True, kw_only=True):
    """What is to be said of several findings."""

    detector_id: Annotated[str, Meta(max_length=300)]
    changes: Annotated[list[Change], Meta(min_length=1, max_length=AT_ONCE)]


class Commented(OneFinding, frozen=True, kw_only=True):
    """A comment."""

    text: Annotated[str, Meta(max_length=LONGEST_COMMENT)]


@endpoint("GET", "/findings/{id}/triage", from_outside=False)
def get_triage(context: Context, asked: TriagePage) -> dict[str, Any]:
    """Where the work on a finding stands, and what was done with it, the newest first."""
    context.detector(asked.detector_id)
    document_of(context, asked, context.store)
    handling = context.store.handling([asked.id]).get(asked.id, Handling())
    done = context.store.activities(asked.id, asked.offset, asked.limit)
    return {
        "status": handling.status,
        "assignee": handling.assignee,
        "suppressedBy": handling.suppressed_by,
        "activity": [
            {"time": one.time, "what": one.what, "value": one.value, "text": one.text, "account": one.by.account,
             "by": one.by.name, "accessKeyId": one.by.access_key_id} for one in done.some],
        "total": done.kept,
        "forgotten": done.forgotten,
    }


@endpoint("POST", "/findings/{id}/triage", changes=True, for_analysts=True)
def update_triage(context: Context, asked: Triaged) -> dict[str, Any]:
    """Change status or assignee. What is said already is not said again."""
    context.detector(asked.detector_id)
    with context.store.transaction() as batch:
        document = document_of(context, asked, batch)
        _refuse_strangers(asked.assignee, _people(batch, context.account))
        triage(batch, document, asked.status, asked.assignee, context.person, context.clock())
    return {}


@endpoint("POST", "/triage/changes", changes=True, for_analysts=True)
def update_triage_of_findings(context: Context, asked: SomeTriaged) -> dict[str, Any]:
    """Change status or assignee of several: one that cannot be changed is told, and stops no other."""
    context.detector(asked.detector_id)
    changed: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    with context.store.transaction() as batch:
        ids = {one.id for one in asked.changes}
        documents, people = documents_of(context, ids, batch), _people(batch, context.account)
        handled = batch.handling(ids)
        for one in asked.changes:
            before = handled.get(one.id, Handling())
            try:
                if one.id not in documents:
                    raise ResourceNotFound(NO_SUCH_RESOURCE)
                _refuse_strangers(one.assignee, people)
                if one.only_if is not None and one.only_if != _stand(before):
                    raise Conflict("The request is rejected because somebody has changed it since.")
            except ApiError as error:
                failed.append({"id": one.id, "message": str(error)})
                continue
            handled[one.id] = triage(
                batch, documents[one.id], one.status, one.assignee, context.person, context.clock())
            changed.append({"id": one.id, "before": _stand(before), "after": _stand(handled[one.id])})
    return {"changed": changed, "failed": failed}


@endpoint("POST", "/findings/{id}/comments", changes=True, for_analysts=True)
def create_comment(context: Context, asked: Commented) -> dict[str, Any]:
    """Add a comment, which stays as it is."""
    text = asked.text.strip()
    if not text:
        raise BadRequest("The request is rejected because the comment says nothing.")
    context.detector(asked.detector_id)
    with context.store.transaction() as batch:
        document = document_of(context, asked, batch)
        if batch.comments([asked.id]).get(asked.id, 0) >= COMMENTS:
            raise BadRequest(
                f"The request is rejected because the finding has {COMMENTS} comments, and can have no more.")
        comment(batch, document, text, context.person, context.clock())
    return {}


@endpoint("GET", "/assignees", from_outside=False)
def get_assignees(context: Context, asked: Asked) -> dict[str, Any]:  # noqa: ARG001
    """Who can be given a finding."""
    return {"assignees": _people(context.store, context.account)}


@endpoint("POST", "/triage", from_outside=False)
def list_triage(context: Context, asked: SomeFindings) -> dict[str, Any]:
    """Where the work on each of some findings stands; ids of none that the account sees are passed over."""
    context.detector(asked.detector_id)
    ids = [one.id for one in rows_of(context, asked)]
    handled, comments = context.store.handling(ids), context.store.comments(ids)
    return {"triage": [
        {"id": one, "status": handled.get(one, Handling()).status, "assignee": handled.get(one, Handling()).assignee,
         "comments": comments.get(one, 0)} for one in ids]}


@endpoint("POST", "/comments", from_outside=False)
def list_last_comments(context: Context, asked: SomeFindings) -> dict[str, Any]:
    """The newest comment on each of some findings; those that have none, or are not seen, are passed over."""
    context.detector(asked.detector_id)
    ids = [one.id for one in rows_of(context, asked)]
    found = context.store.last_comments(ids)
    return {"comments": [
        {"id": one, "time": found[one].time, "text": found[one].text, "account": found[one].by.account,
         "by": found[one].by.name} for one in ids if one in found]}


def _stand(handling: Handling) -> Stand:
    return Stand(status=handling.status, assignee=handling.assignee)


def _refuse_strangers(assignee: str | None, people: Collection[str]) -> None:
    if assignee and assignee not in people:
        raise BadRequest(
            f"The request is rejected because {assignee[:80]!r} is neither a console user of the account nor "
            "the owner of an access key: GET /vedette/v1/assignees names them.")


def _people(store: Reader, account: str) -> list[str]:
    """Console users of an account, and owners of access keys that are more than deliver logs."""
    users = {one.name for one in store.console_users() if one.account == account}
    keys = {one.name or one.id for one in store.configured(ApiKey, account)
            if not one.revoked and one.role != "ingest"}
    return sorted(users | keys)
