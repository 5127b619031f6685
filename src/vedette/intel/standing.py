"""How popular a name is and since when its domain is registered, as lists tell it that their makers publish for that.

Popularity: ``rank,domain``, as Tranco and Cisco Umbrella write it, or with a header, as Majestic does. Age:
``domain,created``, the day as ``2026-02-27``, with or without a header; what follows the day is passed over. Either
may lie in a zip of one file.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from vedette.errors import ListError
from vedette.intel.addresses import U32
from vedette.intel.categories import Category
from vedette.intel.entries import DOMAIN
from vedette.intel.formats import check_size, decode
from vedette.intel.limits import ListLimits

DAY = 86_400_000
"""Milliseconds."""

_HEADERS = {
    Category.POPULAR_DOMAIN: (("domain",), ("globalrank", "rank")),
    Category.DOMAIN_AGE: (
        ("domain", "domain_name", "domainname"),
        ("created", "created-date", "created_date", "creation_date", "createddate", "create_date", "registered",
         "date"),
    ),
}
"""What the two columns may be called, in lower case: the name's, the number's."""

_PLACES = {Category.POPULAR_DOMAIN: (1, 0), Category.DOMAIN_AGE: (0, 1)}
"""Where the two columns stand without a header."""

_WHAT = {Category.POPULAR_DOMAIN: "rank,domain", Category.DOMAIN_AGE: "domain,created (2026-02-27)"}
_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class NameNumbers:
    """Names, distinct, lower case and without a trailing dot, and a number of each: a rank, or the day since 1970."""

    names: pl.Series
    numbers: U32
    ignored: dict[str, int]
    """Why a line was passed over -> how many were."""


def read_standing(data: bytes, category: Category, *, name: str, limits: ListLimits) -> NameNumbers:
    """What a list of this category (one of `vedette.intel.categories.STANDING`) tells.

    Of a name that stands there twice, the better rank and the later day count.

    Raises:
        ListError: over a limit, not text, or most of it unreadable; ``where`` is ``name:line``.
    """
    data = _unzipped(data, name, limits.max_file_bytes) if data.startswith(b"PK\x03\x04") else data
    check_size(data, limits, name)
    frame = pl.DataFrame({"text": decode(data, name).split("\n")}).with_row_index("line", offset=1)
    frame = frame.with_columns(pl.col("text").str.strip_chars())
    frame = frame.filter((pl.col("text") != "") & ~pl.col("text").str.starts_with("#"))
    (named, numbered), frame = _columns(frame, category)
    fields = pl.col("text").str.splitn(",", max(named, numbered) + 2)
    frame = frame.with_columns(fields.alias("fields")).select(
        "line", "text",
        pl.col("fields").struct.field(f"field_{named}").str.strip_chars(' "').str.to_lowercase()
        .str.strip_suffix(".").alias("name"),
        _number(pl.col("fields").struct.field(f"field_{numbered}").str.strip_chars(' "'), category).alias("number"),
    )
    sound = (pl.col("name").str.contains(DOMAIN) & pl.col("number").is_not_null()).fill_null(value=False)
    wrong = frame.filter(~sound)
    if wrong.height * 2 > frame.height or not frame.height:
        line, text = wrong.row(0)[:2] if wrong.height else (1, "")
        raise ListError(f"{text[:80]!r} is not {_WHAT[category]}", where=f"{name}:{line}")
    best = pl.col("number").min() if category is Category.POPULAR_DOMAIN else pl.col("number").max()
    rows = frame.filter(sound).group_by("name").agg(best).sort("name")
    passed = {"unreadable": wrong.height, "repeated": frame.height - wrong.height - rows.height}
    return NameNumbers(
        rows["name"], rows["number"].cast(pl.UInt32).to_numpy(), {why: count for why, count in passed.items() if count})


def _columns(frame: pl.DataFrame, category: Category) -> tuple[tuple[int, int], pl.DataFrame]:
    """Where the name and the number stand, and the rows without the header."""
    first = frame["text"][0] if frame.height else ""
    header = [word.strip(' "').lower() for word in first.split(",")[:_COLUMNS]]
    found = [next((header.index(word) for word in words if word in header), None) for words in _HEADERS[category]]
    if found[0] is None or found[1] is None:
        return _PLACES[category], frame
    return (found[0], found[1]), frame[1:]


def _number(text: pl.Expr, category: Category) -> pl.Expr:
    if category is Category.POPULAR_DOMAIN:
        rank = text.cast(pl.UInt32, strict=False)
        return pl.when(rank > 0).then(rank)
    # Nothing was registered before 1970, and a day of the next century is a mistake.
    day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32)
    return pl.when(day.is_between(0, 47_481)).then(day).cast(pl.UInt32)


def _unzipped(data: bytes, name: str, max_bytes: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [one for one in archive.infolist() if not one.is_dir()]
            if len(files) != 1:
                raise ListError(f"is a zip of {len(files):,} files, not of one", where=name)
            with archive.open(files[0]) as file:
                content = file.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ListError(f"cannot be unzipped: {error}", where=name) from None
    if len(content) > max_bytes:
        raise ListError(f"is larger, unzipped, than the {max_bytes:,} bytes that are allowed", where=name)
    return content


def nothing() -> NameNumbers:
    """Of no name anything."""
    return NameNumbers(pl.Series("name", [], pl.String), np.empty(0, np.uint32), {})
