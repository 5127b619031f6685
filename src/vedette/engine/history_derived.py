"""What the records of the event history say that is no column of it: told once, when they are read."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from vedette.logs.kinds import LogKind


class Derived(NamedTuple):
    """A column that is told from others."""

    told: pl.Expr
    among: pl.Expr | None = None
    """The only rows that say any, where to tell it takes long; None: all may."""


def _of(service: str, told: pl.Expr) -> Derived:
    return Derived(told, pl.col("event_source") == service)


DERIVED: dict[LogKind, dict[str, Derived]] = {
    LogKind.CLOUDTRAIL: {
        # The bucket that a call to S3 is about, and so on.
        "bucket": _of("s3.amazonaws.com", pl.coalesce(
            pl.col("request").str.json_path_match("$.bucketName"),
            pl.col("resources").str.extract(r"arn:[a-z-]+:s3:::([^/\"\\*?]+)"))),
        "cluster": _of("eks.amazonaws.com", pl.coalesce(
            pl.col("request").str.json_path_match("$.clusterName"), pl.col("request").str.json_path_match("$.name"))),
        # A request may give a function's ARN.
        "function": _of("lambda.amazonaws.com", pl.col("request").str.json_path_match("$.functionName").str.replace(
            r"^.*:function:", "")),
        "database": _of("rds.amazonaws.com", pl.coalesce(
            pl.col("request").str.json_path_match("$.dBInstanceIdentifier"),
            pl.col("request").str.json_path_match("$.dBClusterIdentifier"))),
        # Whose the credentials are: a session's role, or the principal itself.
        "issuer": Derived(pl.when(pl.col("principal_type") == "AssumedRole").then(
            pl.col("session").str.json_path_match("$.sessionIssuer.arn")).otherwise(pl.col("principal_arn"))),
    },
    LogKind.VPC_FLOW: {},
    LogKind.DNS: {},
    # ``namespace/name`` of the pod that a request is about.
    LogKind.EKS_AUDIT: {
        "pod": Derived(pl.concat_str("namespace", "name", separator="/"), pl.col("resource") == "pods")},
    LogKind.RDS: {},
}
"""By their names, which no column of the log has."""


def derive(rows: pl.DataFrame, log: LogKind, names: Collection[str] | None = None) -> pl.DataFrame:
    """Rows with derived columns added: all of the log's, unless some are named."""
    for name, (told, among) in DERIVED[log].items():
        if names is not None and name not in names:
            continue
        if among is None:
            rows = rows.with_columns(told.alias(name))
            continue
        places = rows.select(one=among.fill_null(value=False))["one"].arg_true()
        found = rows[places].select(told.alias(name))[name]
        rows = rows.with_columns(
            pl.repeat(None, rows.height, dtype=pl.String, eager=True).scatter(places, found).alias(name))
    return rows


def read_for(log: LogKind, names: Collection[str]) -> set[str]:
    """The columns of a log that must be read to have these, derived ones among them."""
    read: set[str] = set()
    for name in names:
        if name not in DERIVED[log]:
            read.add(name)
            continue
        told, among = DERIVED[log][name]
        read |= set(told.meta.root_names()) | set([] if among is None else among.meta.root_names())
    return read
