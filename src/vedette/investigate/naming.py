"""Where the records of each log name entities: one table, for finding an entity's records and for what else they name.

A `Naming` says which columns to read, how to pick the rows that may name an entity (quickly, while a file is read), and
what each row names in full. Rows are picked first; then derived columns (`vedette.engine.history_derived`) are added,
and what they name is compared exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

import polars as pl

from vedette.investigate.entity import Entity, EntityKind
from vedette.logs.kinds import LogKind
from vedette.logs.rds import Did


class Naming(NamedTuple):
    """How a log's records name entities of a kind."""

    kind: EntityKind
    columns: tuple[str, ...]
    told: pl.Expr
    """What a row names: text, or a list of texts. Of derived columns too."""
    may: Callable[[str], pl.Expr]
    """The rows that may name a value: all that do, and perhaps others."""
    many: bool = False
    """``told`` is a list."""
    noted: Callable[[str], Sequence[str]] | None = None
    """Of which one is among the names of a file (`vedette.engine.history_names`) that holds such rows; None: they are
    not noted."""
    answers_to: Callable[[str], pl.Expr] | None = None
    """The rows that name a value although ``told`` is another text; None: they name what they tell."""
    heard: pl.Expr | None = None
    """Texts, or lists of them, that rows answer to most often; only how quick it is depends on it."""

    def names(self, value: str) -> pl.Expr:
        """The rows that name the value."""
        same = self.told.list.contains(value) if self.many else self.told == value
        if self.answers_to is not None:
            same = same.fill_null(value=False) | self.answers_to(value).fill_null(value=False)
        return same.fill_null(value=False)


class LogNames(NamedTuple):
    """What the records of a log say, beyond what they name."""

    namings: tuple[Naming, ...]
    columns: tuple[str, ...]
    """Read of every record."""
    told: tuple[str, ...]
    """Columns, derived ones among them, that say all that a profile tells of a record: beside when it was, whether it
    failed, what was called, and how many bytes it is about."""
    failed: pl.Expr
    """It did not succeed: an error, a rejection, no answer."""
    service: pl.Expr | None = None
    name: pl.Expr | None = None
    """What was called; None: nothing is called in this log."""
    account: str = "account_id"
    """The column with the account whose log it is."""


_ADDRESS = r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+$"
_ROLE = re.compile(r"arn:([a-z-]+):iam::(\d{12}):role/(?:.*/)?([^/]+)$", re.ASCII)


def _itself(value: str) -> Sequence[str]:
    return (value,)


def _column(kind: EntityKind, name: str) -> Naming:
    noted = None if kind is EntityKind.ACCOUNT else _itself
    return Naming(kind, (name,), pl.col(name), lambda value: pl.col(name) == value, noted=noted)


def _list(kind: EntityKind, name: str) -> Naming:
    return Naming(
        kind, (name,), pl.col(name), lambda value: pl.col(name).list.contains(value), many=True, noted=_itself)


def _address(name: str) -> Naming:
    """A column that holds addresses, and other texts at times."""
    told = pl.when(pl.col(name).str.contains(_ADDRESS)).then(pl.col(name))
    return Naming(EntityKind.IP, (name,), told, lambda value: pl.col(name) == value, noted=_itself)


def _requested(kind: EntityKind, service: str, column: str) -> Naming:
    """What calls of a service name in their requests."""
    return Naming(
        kind, ("event_source", "request"), pl.col(column),
        lambda value: (pl.col("event_source") == service) & pl.col("request").str.contains(value, literal=True),
        noted=_itself)


_BUCKET = Naming(
    EntityKind.BUCKET, ("event_source", "request", "resources"), pl.col("bucket"),
    lambda value: (pl.col("event_source") == "s3.amazonaws.com") & (
        pl.col("request").str.contains(value, literal=True) | pl.col("resources").str.contains(value, literal=True)),
    noted=_itself)

_IS_SESSION = pl.col("principal_type") == "AssumedRole"


def _in_a_session_of(value: str) -> pl.Expr:
    """An account has one role of a name, whatever its path."""
    if role := _ROLE.match(value):
        return pl.col("principal_arn").str.starts_with(_sessions(role))
    return _has_id(value)


def _sessions(role: re.Match[str]) -> str:
    """How the ARNs of a role's sessions begin."""
    return f"arn:{role[1]}:sts::{role[2]}:assumed-role/{role[3]}/"


def _has_id(value: str) -> pl.Expr:
    return (pl.col("principal_id") == value) | pl.col("principal_id").str.starts_with(f"{value}:")


_PRINCIPAL = Naming(
    EntityKind.PRINCIPAL, ("principal_type", "principal_arn", "principal_id", "session"), pl.col("issuer"),
    lambda value: (pl.col("principal_arn") == value) | _in_a_session_of(value),
    noted=lambda value: (value, _sessions(role)) if (role := _ROLE.match(value)) else (value,),
    answers_to=lambda value: (
        pl.col("issuer").is_null() & _in_a_session_of(value) if _ROLE.match(value) else _has_id(value)),
    heard=pl.concat_list("principal_id", pl.col("principal_id").str.extract("^([^:]*):")))
_ROLE_SESSION = Naming(
    EntityKind.ROLE_SESSION, ("principal_type", "principal_arn", "principal_id"),
    pl.when(_IS_SESSION).then(pl.col("principal_arn")),
    lambda value: (pl.col("principal_arn") == value) | (pl.col("principal_id") == value),
    noted=_itself,
    answers_to=lambda value: _IS_SESSION & (pl.col("principal_id") == value),
    heard=pl.when(_IS_SESSION).then(pl.col("principal_id")))
_SESSION_OF_INSTANCE = Naming(
    EntityKind.INSTANCE, ("principal_type", "principal_id"),
    pl.when(_IS_SESSION).then(pl.col("principal_id").str.extract(r":(i-(?:[0-9a-f]{17}|[0-9a-f]{8}))$")),
    lambda value: pl.col("principal_id").str.ends_with(f":{value}"), noted=_itself)

_CALLS = LogNames(
    (
        _address("source_ip"),
        _PRINCIPAL,
        _ROLE_SESSION,
        _column(EntityKind.ACCESS_KEY, "access_key_id"),
        _column(EntityKind.USER_AGENT, "user_agent"),
        _SESSION_OF_INSTANCE,
        _BUCKET,
        _requested(EntityKind.CLUSTER, "eks.amazonaws.com", "cluster"),
        _requested(EntityKind.FUNCTION, "lambda.amazonaws.com", "function"),
        _requested(EntityKind.DATABASE, "rds.amazonaws.com", "database"),
        _column(EntityKind.ACCOUNT, "account"),
        _column(EntityKind.ACCOUNT, "principal_account"),
    ),
    ("event_source", "event_name", "event_id", "error_code"),
    ("source_ip", "principal_type", "principal_arn", "principal_id", "principal_account", "issuer", "access_key_id",
     "user_agent", "bucket", "cluster", "function", "database"),
    pl.col("error_code").fill_null("") != "", pl.col("event_source"), pl.col("event_name"), "account")

_LOOKUPS = LogNames(
    (
        _address("srcaddr"),
        Naming(EntityKind.IP, ("answers",), pl.col("answers").list.eval(
            pl.element().filter(pl.element().str.contains(_ADDRESS))),
            lambda value: pl.col("answers").list.contains(value), many=True, noted=_itself),
        _column(EntityKind.INSTANCE, "instance_id"),
        Naming(EntityKind.DOMAIN, ("query_name",), pl.col("query_name"),
               lambda value: (pl.col("query_name") == value) | pl.col("query_name").str.ends_with(f".{value}"),
               noted=_itself,
               answers_to=lambda value: pl.col("query_name").str.ends_with(f".{value}"),
               heard=pl.concat_list(
                   pl.col("query_name").str.extract(rf"((?:[^.]+\.){{{above}}}[^.]+)$") for above in range(5))),
        _column(EntityKind.ACCOUNT, "account_id"),
    ),
    ("query_name", "query_type", "rcode"), ("srcaddr", "answers", "instance_id", "query_name"),
    pl.col("rcode").fill_null("NOERROR") != "NOERROR")

_AUDITS = LogNames(
    (
        _list(EntityKind.IP, "source_ips"),
        _column(EntityKind.KUBERNETES_USER, "username"),
        _column(EntityKind.KUBERNETES_USER, "impersonated"),
        _column(EntityKind.USER_AGENT, "user_agent"),
        _column(EntityKind.CLUSTER, "cluster"),
        Naming(EntityKind.POD, ("resource", "namespace", "name"), pl.col("pod"),
               lambda value: (pl.col("resource") == "pods") & (pl.col("name") == value.partition("/")[2]),
               noted=_itself),
        _column(EntityKind.ACCOUNT, "account_id"),
    ),
    ("verb", "resource", "subresource", "request_uri", "code"),
    ("source_ips", "username", "impersonated", "user_agent", "cluster", "pod"),
    pl.col("code").fill_null(0) >= 400,
    pl.lit("kubernetes"),
    pl.concat_str(
        pl.col("verb"), pl.coalesce("resource", pl.col("request_uri").str.extract(r"^([^?]*)")).fill_null(""),
        separator=" ") + pl.when(pl.col("subresource").is_not_null()).then(
            pl.concat_str(pl.lit("/"), "subresource")).otherwise(pl.lit("")))

_DATABASES = LogNames(
    (
        _address("source"),
        _column(EntityKind.DATABASE, "instance"),
        _column(EntityKind.DATABASE, "cluster"),
        _column(EntityKind.DATABASE_USER, "user"),
        _column(EntityKind.ACCOUNT, "account_id"),
    ),
    ("did",), ("source", "instance", "cluster", "user"), pl.col("did") == Did.FAILED, pl.lit("database"), pl.col("did"))

_FLOWS = LogNames(
    (
        *(_column(EntityKind.IP, name) for name in ("srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr")),
        _column(EntityKind.INSTANCE, "instance_id"),
        _column(EntityKind.INTERFACE, "interface_id"),
        _column(EntityKind.ACCOUNT, "account_id"),
    ),
    ("srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "flow_direction", "interface_id", "instance_id", "srcport",
     "dstport", "packets", "bytes"),
    ("srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "interface_id", "instance_id", "flow_direction"),
    pl.col("action") == "REJECT")

NAMES: Mapping[LogKind, LogNames] = {
    LogKind.CLOUDTRAIL: _CALLS, LogKind.VPC_FLOW: _FLOWS, LogKind.DNS: _LOOKUPS, LogKind.EKS_AUDIT: _AUDITS,
    LogKind.RDS: _DATABASES,
}


def namings_of(log: LogKind, kind: EntityKind) -> list[Naming]:
    """How entities of a kind are named in a log."""
    return [one for one in NAMES[log].namings if one.kind is kind]


def names(log: LogKind, entity: Entity) -> pl.Expr:
    """The rows, with derived columns, that name an entity of a kind that the log can name."""
    return reduce(or_, (one.names(entity.value) for one in namings_of(log, entity.kind)))


def logs_of(kind: EntityKind) -> tuple[LogKind, ...]:
    """The logs whose records can name entities of a kind."""
    return tuple(log for log, names in NAMES.items() if any(one.kind is kind for one in names.namings))
