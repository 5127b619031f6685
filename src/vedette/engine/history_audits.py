"""How audit events become rows of the event history."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from vedette.logs.eks_audit import KubeCall

COLUMNS: dict[str, pl.DataType] = {
    "time": pl.Int64(), "account_id": pl.String(), "region": pl.String(), "cluster": pl.String(),
    "audit_id": pl.String(), "stage": pl.String(), "verb": pl.String(), "request_uri": pl.String(),
    "username": pl.String(), "groups": pl.List(pl.String()), "impersonated": pl.String(),
    "source_ips": pl.List(pl.String()), "user_agent": pl.String(), "resource": pl.String(),
    "subresource": pl.String(), "namespace": pl.String(), "name": pl.String(), "code": pl.UInt16(),
    "request": pl.String(), "response": pl.String(), "position": pl.UInt32(),
}
"""``request`` and ``response`` are JSON, as the event has them."""


def audit_frame(calls: Sequence[KubeCall], positions: Sequence[int]) -> pl.DataFrame:
    """Events as rows, each with its place in the object."""
    rows = [(
        call.time, call.account_id or None, call.region or None, call.cluster or None, call.audit_id, call.stage,
        call.verb, call.request_uri, call.who.username, call.who.groups or None,
        call.impersonated.username if call.impersonated else None, call.source_ips, call.user_agent,
        call.about.resource or None, call.about.subresource or None, call.about.namespace or None,
        call.about.name or None, call.code if 0 < call.code < 1 << 16 else None, _json(call.raw_request),
        _json(call.raw_response), position,
    ) for call, position in zip(calls, positions, strict=True)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _json(raw: bytes | memoryview) -> str | None:
    text = bytes(raw)
    return None if text == b"null" else text.decode("utf-8", "replace")
