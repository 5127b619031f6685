"""Filters: saved criteria; those with the action ARCHIVE are suppression rules (`vedette.findings.policy`)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Literal

from vedette.api.criteria import parsed
from vedette.api.errors import NO_SUCH_RESOURCE, BadRequest
from vedette.api.membership import refuse_member
from vedette.api.operation import Context, operation
from vedette.api.tagging import checked_tags
from vedette.findings.attributes import ASSIGNEE, STATUS
from vedette.findings.configuration import Filter

MOST = 100
"""Filters of an account in a Region."""

TAKEN = "The request is rejected because a filter with the given name already exists."
TOO_MANY = f"The request is rejected because the current account has {MOST} filters, which is the most it can have."

_NAME = re.compile(r"[A-Za-z0-9._-]{3,64}")

Action = Literal["NOOP", "ARCHIVE"]


@operation("CreateFilter", changes=True)
def create_filter(
    context: Context, *, detector_id: str, name: str, finding_criteria: dict[str, Any], action: Action = "NOOP",
    description: str = "", rank: int = 1, tags: dict[str, str] | None = None, client_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """Save criteria under a name. A suppression rule holds for what is found from now on."""
    context.detector(detector_id)
    if not _NAME.fullmatch(name):
        raise BadRequest("The request is rejected because name takes 3 to 64 letters, digits, '.', '_' and '-'.")
    _check_rank(rank)
    _check_criteria(finding_criteria)
    kept = checked_tags(tags)
    now = context.clock()
    with context.store.transaction() as batch:
        refuse_member(batch, context, "manages filters")
        there = batch.configured(Filter, context.account, context.region)
        if any(one.id == name for one in there):
            raise BadRequest(TAKEN)
        if len(there) >= MOST:
            raise BadRequest(TOO_MANY)
        made = Filter(
            account=context.account, region=context.region, id=name, created=now, updated=now,
            criteria=finding_criteria, action=action, rank=rank, description=description, tags=kept)
        _check_rule(made)
        batch.configure(made)
    return {"Name": name}


@operation("GetFilter", changes=False)
def get_filter(context: Context, *, detector_id: str, filter_name: str) -> dict[str, Any]:
    """A filter, whole."""
    context.detector(detector_id)
    found = _known(context.store.configuration(Filter, context.account, context.region, filter_name))
    return {
        "Name": found.id, "Description": found.description, "Action": found.action, "Rank": found.rank,
        "FindingCriteria": found.criteria, "Tags": found.tags, "CreatedAt": found.created, "UpdatedAt": found.updated,
        "Version": found.version,
    }


@operation("UpdateFilter", changes=True)
def update_filter(
    context: Context, *, detector_id: str, filter_name: str, finding_criteria: dict[str, Any] | None = None,
    action: Action | None = None, description: str | None = None, rank: int | None = None,
) -> dict[str, Any]:
    """Change a filter; what is not named stays."""
    context.detector(detector_id)
    if rank is not None:
        _check_rank(rank)
    if finding_criteria is not None:
        _check_criteria(finding_criteria)
    now = context.clock()
    with context.store.transaction() as batch:
        refuse_member(batch, context, "manages filters")
        found = _known(batch.configuration(Filter, context.account, context.region, filter_name))
        found.criteria = found.criteria if finding_criteria is None else finding_criteria
        found.action = action or found.action
        found.description = found.description if description is None else description
        found.rank = found.rank if rank is None else rank
        found.version += 1
        found.updated = now
        _check_rule(found)
        batch.configure(found)
    return {"Name": filter_name}


@operation("DeleteFilter", changes=True)
def delete_filter(context: Context, *, detector_id: str, filter_name: str) -> dict[str, Any]:
    """Forget a filter. What it has archived stays archived."""
    context.detector(detector_id)
    with context.store.transaction() as batch:
        refuse_member(batch, context, "manages filters")
        if not batch.unconfigure(Filter, context.account, context.region, filter_name):
            raise BadRequest(NO_SUCH_RESOURCE)
    return {}


@operation("ListFilters", changes=False)
def list_filters(
    context: Context, *, detector_id: str, max_results: int = 50, next_token: str = ""
) -> dict[str, Any]:
    """The filters' names, in their order."""
    context.detector(detector_id)
    after = _after(next_token) if next_token else ""
    names = sorted(one.id for one in context.store.configured(Filter, context.account, context.region))
    rest = [name for name in names if name > after]
    page = rest[:max_results]
    return {"FilterNames": page, "NextToken": _token(page[-1]) if len(rest) > len(page) else ""}


def _token(name: str) -> str:
    return urlsafe_b64encode(name.encode()).decode()


def _after(token: str) -> str:
    try:
        name = urlsafe_b64decode(token).decode()
    except ValueError:
        name = ""
    if not _NAME.fullmatch(name):
        raise BadRequest("The request is rejected because nextToken is not one that this operation has given.")
    return name


def _check_rank(rank: int) -> None:
    if not 1 <= rank <= 100:
        raise BadRequest(f"The request is rejected because rank is 1 to 100, not {rank}.")


def _check_criteria(criteria: dict[str, Any]) -> None:
    if not parsed(criteria).conditions:
        raise BadRequest("The request is rejected because findingCriteria has no condition: it would match everything.")


def _check_rule(made: Filter) -> None:
    paths = {one.path.name for one in parsed(made.criteria).conditions} if made.action == "ARCHIVE" else set()
    if paths & {STATUS, ASSIGNEE}:
        raise BadRequest(f"The request is rejected because a suppression rule is asked of new findings, which have no "
                         f"{' or '.join(sorted(paths & {STATUS, ASSIGNEE}))} yet.")


def _known(found: Filter | None) -> Filter:
    if found is None:
        raise BadRequest(NO_SUCH_RESOURCE)
    return found
