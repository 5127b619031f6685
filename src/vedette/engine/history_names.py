"""What a file of the event history names, in a small file beside it: who looks for something opens no others.

The names of a file are kept as sorted numbers of 32 bits, of which different names may have the same: a file without
the number does not hold the name. A file that has none beside it may hold anything.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl

from vedette.engine.history_files import MANY, SMALL, counting, hours_of, is_being_merged, names_beside
from vedette.engine.history_rows import SCHEMAS
from vedette.engine.history_writer import unwritable, write_whole
from vedette.errors import HistoryError
from vedette.logs.kinds import LogKind

_HEAD = b"vedette1"


def _requested(service: str, *paths: str) -> pl.Expr:
    told = pl.coalesce(*(pl.col("request").str.json_path_match(path) for path in paths))
    return pl.when(pl.col("event_source") == service).then(told)


BUCKET = pl.when(pl.col("event_source") == "s3.amazonaws.com").then(pl.coalesce(
    pl.col("request").str.json_path_match("$.bucketName"),
    pl.col("resources").str.extract(r"arn:[a-z-]+:s3:::([^/\"\\*?]+)")))
"""The bucket that a call to S3 is about."""

CLUSTER = _requested("eks.amazonaws.com", "$.clusterName", "$.name")
FUNCTION = _requested("lambda.amazonaws.com", "$.functionName").str.replace(r"^.*:function:", "")
"""A function's name, of which a request may give the ARN."""
DATABASE = _requested("rds.amazonaws.com", "$.dBInstanceIdentifier", "$.dBClusterIdentifier")

POD = pl.when(pl.col("resource") == "pods").then(pl.concat_str("namespace", "name", separator="/"))
"""``namespace/name`` of the pod that a request is about."""

SESSION = r"^(arn:[^:]*:sts::[^:]*:assumed-role/[^/]+/)"
"""How the ARNs of a role's sessions begin."""

NAMES: dict[LogKind, tuple[pl.Expr, ...]] = {
    LogKind.CLOUDTRAIL: (
        pl.col("source_ip"), pl.col("principal_arn"), pl.col("principal_arn").str.extract(SESSION),
        pl.col("principal_id"), pl.col("principal_id").str.extract("^([^:]*):"),
        pl.col("principal_id").str.extract(":([^:]*)$"), pl.col("access_key_id"), pl.col("user_agent"), BUCKET, CLUSTER,
        FUNCTION, DATABASE),
    LogKind.VPC_FLOW: tuple(map(pl.col, (
        "srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "interface_id", "instance_id"))),
    LogKind.DNS: tuple(map(pl.col, ("srcaddr", "answers", "instance_id", "query_name"))),
    LogKind.EKS_AUDIT: (
        *map(pl.col, ("source_ips", "username", "impersonated", "user_agent", "cluster")), POD),
    LogKind.RDS: tuple(map(pl.col, ("source", "instance", "cluster", "user"))),
}
"""What of a log's rows is named. Of the names that are looked up those above them are named too."""


def note_names(history: Path, stop: threading.Event) -> int:
    """Put the names beside each file that has none yet and will not be merged. Returns how many got them.

    Ends early when ``stop`` is set.

    Raises:
        HistoryError: a file cannot be read or written.
    """
    noted = 0
    for kind in LogKind:
        for hour in hours_of(history / kind):
            try:
                for path in _unnoted(hour):
                    if stop.is_set():
                        return noted
                    noted += 1
                    write_names(path, kind)
            except OSError as error:
                raise unwritable(hour, error) from error
    return noted


def write_names(path: Path, log: LogKind) -> None:
    """Put the names beside a file.

    Raises:
        HistoryError: it cannot be read, or they cannot be written.
    """
    try:
        rows = pl.scan_parquet(path, schema=SCHEMAS[log], missing_columns="insert", hive_partitioning=False, glob=False)
        read = sorted({name for one in NAMES[log] for name in one.meta.root_names()})
        frame = rows.select(read).collect()
    except pl.exceptions.PolarsError as error:
        raise HistoryError(f"a file of the event history cannot be read: {error}", where=str(path)) from error
    numbers = np.unique(np.fromiter(map(_number, _names(frame, log)), np.uint32))
    write_whole(names_beside(path), _HEAD + numbers.tobytes())


def may_name(path: Path, names: Sequence[str]) -> bool:
    """A file may hold rows that name one of these."""
    try:
        with names_beside(path).open("rb") as file:
            if file.read(len(_HEAD)) != _HEAD:
                return True
            numbers = np.fromfile(file, np.uint32)
    except OSError:
        return True
    wanted = np.fromiter(map(_number, names), np.uint32)
    places = np.searchsorted(numbers, wanted)
    return bool((numbers[np.minimum(places, len(numbers) - 1)] == wanted).any()) if len(numbers) else False


def above(name: str) -> Iterator[str]:
    """A looked-up name and those above it."""
    while name:
        yield name
        name = name.partition(".")[2]


def _unnoted(hour: Path) -> list[Path]:
    if is_being_merged(hour):
        return []
    files = [path for path in counting(hour) if path.suffix == ".parquet"]
    small = [path for path in files if path.stat().st_size < SMALL]
    waiting = set(small) if len(small) >= MANY else set()
    return [path for path in files if path not in waiting and not names_beside(path).exists()]


def _names(frame: pl.DataFrame, log: LogKind) -> Iterable[str]:
    found: set[str] = set()
    for one in NAMES[log]:
        told = frame.select(one.alias("told"))["told"]
        if isinstance(told.dtype, pl.List):
            told = told.explode(empty_as_null=True)
        found.update(told.drop_nulls().unique())
    if log is LogKind.DNS:
        found = {higher for name in found for higher in above(name)}
    return found


def _number(name: str) -> int:
    return crc32(name.encode("utf-8", "surrogatepass"))
