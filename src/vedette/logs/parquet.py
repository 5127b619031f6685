"""Parquet objects: flow logs and Security Lake, recognised by their columns."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator

import msgspec
import polars as pl

from vedette.logs import ocsf, vpc_flow
from vedette.logs.kinds import Batch, DeadLetter, Limits, LogKind

_ROWS = 250_000
"""Rows read at once: bounds memory, whatever the object's own row groups are."""
_BROKEN = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)
"""What Polars raises for a corrupt object; some damage makes its native code panic."""


def read_parquet(data: bytes, limits: Limits) -> Iterator[Batch]:
    """The object's rows in batches; a corrupt object, or one of another kind, is a dead letter."""
    try:
        columns = pl.read_parquet_schema(io.BytesIO(data))
        height = int(pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item())
    except _BROKEN as error:
        yield _dead(f"corrupt Parquet ({error})")
        return
    is_ocsf = ocsf.recognise_record(columns)
    if not is_ocsf and not vpc_flow.recognise_columns(list(columns)):
        yield _dead(f"Parquet of no log that Vedette reads (columns {', '.join(columns)[:120]})")
        return
    if height > limits.expansion // 16:
        yield _dead(f"{height} rows: more than {limits.expansion} bytes of records")
        return
    for first in range(0, height, _ROWS):
        try:
            frame = pl.scan_parquet(io.BytesIO(data)).slice(first, _ROWS).collect()
        except _BROKEN as error:
            yield _dead(f"corrupt Parquet from row {first} on ({error})")
            return
        if is_ocsf:
            yield from ocsf.read_parquet(frame, limits, first)
        else:
            yield vpc_flow.read_parquet(frame, limits, first)


def rows_json(data: bytes, rows: Collection[int]) -> dict[int, str]:
    """Some rows of a Parquet object as JSON, to show as evidence; those that it has not or cannot tell are left out."""
    found: dict[int, str] = {}
    for row in rows:
        try:
            told = pl.scan_parquet(io.BytesIO(data)).slice(row, 1).collect().to_dicts() if row >= 0 else []
        except _BROKEN:
            continue
        if told:
            found[row] = msgspec.json.encode(told[0], enc_hook=str).decode()
    return found


def _dead(reason: str) -> Batch:
    return Batch(LogKind.VPC_FLOW, dead=[DeadLetter(-1, reason[:300])])
