"""What every log kind's reader gives and takes: kinds, batches of records, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import polars as pl



class LogKind(StrEnum):
    """The logs Vedette reads. The value is what ``--kind`` takes."""

    CLOUDTRAIL = "cloudtrail"
    VPC_FLOW = "vpc-flow"
    DNS = "dns"
    EKS_AUDIT = "eks-audit"
    RDS = "rds"


class DeadLetter(msgspec.Struct, frozen=True):
    """A record, or the rest of a file, that could not be read, and why.

    ``position`` is the record's place in its object (see `Batch`); -1 means the object as a whole.
    ``sample`` is at most 200 characters of what stood there, for a person to look at.
    """

    position: int
    reason: str
    sample: str = ""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on hostile input. Sizes in bytes."""

    block: int = 8 << 20
    """How much decompressed text is worked on at once."""
    record: int = 4 << 20
    """A longer record is a dead letter: CloudTrail's own limit is 256 KB, a flow line has a few hundred bytes."""
    document: int = 256 << 20
    """A longer single JSON document or Parquet object is a dead letter."""
    expansion: int = 4 << 30
    """Decompressed size of one object at which reading stops (a gzip bomb); the rest is a dead letter."""
    unreadable: int = 2_000_000
    """Unreadable records after which an object that has fewer readable ones is not read on."""
    dead_letters: int = 1000
    """Dead letters kept one by one for an object; beyond that only their number is kept."""


@dataclass(slots=True)
class Batch:
    """A block of one object's records, in the order they stand in it.

    ``positions[i]`` is where record *i* stands: the line number (from 1) in a text of lines, the index (from 0) in a
    JSON array or ``Records`` document, the row number (from 0) in Parquet. It finds the raw record again.
    Exactly one of ``structs`` (CloudTrail, EKS audit, RDS) and ``frame`` (flow, DNS: the columns that log's module
    documents, plus ``position``) is set.
    """

    kind: LogKind
    structs: Sequence[Any] | None = None
    positions: Sequence[int] = ()
    frame: pl.DataFrame | None = None
    dead: list[DeadLetter] | None = None
    passed_over: int = 0
    """Records that are none of ours by design: digest files, NODATA and SKIPDATA rows."""

    @property
    def records(self) -> int:
        """How many records were read."""
        if self.frame is not None:
            return self.frame.height
        return len(self.structs or ())
