"""Counts findings in groups: one pass of the database over the findings' rows, which hold all that is grouped by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, asc, case, desc, func, literal, select

from vedette.findings.filters import FindingCriteria
from vedette.findings.postings import DAY
from vedette.findings.schema import finding
from vedette.findings.selection import Selection

GroupBy = Literal["ACCOUNT", "DATE", "FINDING_TYPE", "RESOURCE", "SEVERITY"]


class Group(NamedTuple):
    """Findings that have something in common."""

    key: tuple[Any, ...]
    """ACCOUNT: (account,). DATE: (start of the UTC day in ms, severity). FINDING_TYPE: (type,). RESOURCE: (account,
    resource type, resource id, empty where nobody knows it). SEVERITY: (severity,)."""
    total: int
    latest: int
    """When the last of them was updated (ms)."""


def _first(*columns: str) -> ColumnElement[Any]:
    """The first of these columns that says something."""
    *some, last = columns
    return func.coalesce(*(func.nullif(finding.c[one], literal("")) for one in some), finding.c[last])


_RESOURCE = case(
    (finding.c.resource_type == "Instance", _first("instance_id", "interface_id")),
    (finding.c.resource_type == "Lambda", finding.c.interface_id),
    (finding.c.resource_type == "AccessKey", _first("access_key_id", "principal_id")),
    (finding.c.resource_type.in_(("S3Bucket", "S3Object")), finding.c.bucket),
    else_=literal(""))

_KEYS: Mapping[GroupBy, tuple[ColumnElement[Any], ...]] = {
    "ACCOUNT": (finding.c.account,),
    "DATE": (finding.c.updated - finding.c.updated % DAY, finding.c.severity),
    "FINDING_TYPE": (finding.c.type,),
    "RESOURCE": (finding.c.account, finding.c.resource_type, _RESOURCE),
    "SEVERITY": (finding.c.severity,),
}


def grouped(
    connection: Connection, by: GroupBy, criteria: FindingCriteria, order: Literal["ASC", "DESC"],
    limit: int | None, detectors: Collection[str] | None,
) -> list[Group]:
    """The findings that match, in groups; `vedette.findings.store.Store.statistics` says more."""
    selection = Selection(connection, criteria, detectors)
    if not selection.bits:
        return []
    turn = desc if order == "DESC" else asc
    keys = [column.label(f"key{place}") for place, column in enumerate(_KEYS[by])]
    total = func.count().label("total")
    query = (
        select(*keys, total, func.max(finding.c.updated)).where(*selection.where()).group_by(*keys)
        .order_by(*([turn(keys[0]), *keys[1:]] if by == "DATE" else [turn(total), *keys])).limit(limit))
    return [Group(tuple(key), number, latest) for *key, number, latest in connection.execute(query)]
