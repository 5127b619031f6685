"""What was analysed of objects, as usage counts it: by log kind. S3's data events, by the bucket they are about, and
flow records of Lambda functions count apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vedette.engine.mapping import ObjectRead
from vedette.findings.receptions import Heard
from vedette.findings.rows import LAMBDA_NETWORK, S3_DATA, Usage
from vedette.logs.kinds import LogKind


def analysed(reads: Iterable[ObjectRead]) -> Iterator[Usage]:
    """What was analysed of each object. Its bytes count for the kind that most of its records are of.

    An object's S3 data events have as large a part of its bytes as of its calls; so have functions' flow records.
    """
    for read in reads:
        most = max(read.records, key=read.records.__getitem__, default="")
        for kind, records in read.records.items():
            size = read.size if kind == most else 0
            if kind == LogKind.CLOUDTRAIL:
                for bucket, events in read.buckets.items():
                    yield _usage(read, S3_DATA, events, size * events // records, bucket)
                left = records - sum(read.buckets.values())
                size -= sum(size * events // records for events in read.buckets.values())
                if not left:
                    continue
                records = left
            if kind == LogKind.VPC_FLOW and read.of_functions:
                part = size * read.of_functions // records
                yield _usage(read, LAMBDA_NETWORK, read.of_functions, part)
                records, size = records - read.of_functions, size - part
                if not records:
                    continue
            yield _usage(read, kind, records, size)


def heard(reads: Iterable[ObjectRead]) -> Iterator[Heard]:
    """Which logs each object had, told apart as they are counted, and from when to when its records are."""
    for read in reads:
        if read.first_time is not None and read.last_time is not None:
            for kind in {one.kind for one in analysed([read])}:
                account, region = _home(read)
                yield Heard(account=account, region=region, kind=kind, first=read.first_time, last=read.last_time)


def _home(read: ObjectRead) -> tuple[str, str]:
    """The account and Region that an object counts for."""
    return read.object.account or read.account, read.object.region or read.region


def _usage(read: ObjectRead, kind: str, records: int, size: int, resource: str = "") -> Usage:
    account, region = _home(read)
    return Usage(account=account, region=region, kind=kind, resource=resource, records=records, bytes=size)
