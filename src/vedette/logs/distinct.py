"""Columns of values that come again and again: told once each, and by number wherever they stand.

What most columns of a log say is one of a few things. Numbering takes less time than making a column of text, and such
a column is written in a fraction of the time. Its type is an `Enum` of its own, which stands for text: `as_text`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

Codes = npt.NDArray[np.uint32]

FEW = 10_000
"""More different texts than these are not numbered: knowing them would take more than writing them."""


def texts(name: str, values: Sequence[str | None]) -> pl.Series:
    """A column of text, numbered if it has few different ones."""
    return pl.Series(name, values, pl.String).cast(_kind(dict.fromkeys(values)))


def lists(column: pl.Series) -> pl.Series:
    """A column of lists of text, numbered if they have few different ones."""
    if len(column) > FEW:
        return column
    kind = _kind(column.explode().unique(maintain_order=True).to_list())
    return column if kind == pl.String else column.cast(pl.List(kind))


def filled(own: pl.Series, other: Callable[[], pl.Series]) -> pl.Series:
    """A column of text, and what another says where it says nothing. The other is asked for only if it is needed."""
    if isinstance(own.dtype, pl.Enum) and not own.null_count() and "" not in own.dtype.categories:
        return own  # told by what is numbered: no row need be looked at
    lacks = own.is_null() | (own == "")
    return other().cast(pl.String).zip_with(lacks, own.cast(pl.String)).alias(own.name) if lacks.any() else own


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with text where texts are numbered."""
    return frame.with_columns(
        pl.col(name).cast(pl.String if isinstance(kind, pl.Enum) else pl.List(pl.String))
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Enum) or (isinstance(kind, pl.List) and isinstance(kind.inner, pl.Enum)))


def _kind(different: Collection[str | None]) -> pl.DataType:
    told = [value for value in different if value is not None]
    return pl.Enum(told) if len(told) <= FEW else pl.String()
