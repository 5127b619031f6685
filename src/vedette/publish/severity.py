"""The bands of a finding's severity, as GuardDuty names them."""

from __future__ import annotations

from typing import Literal

Band = Literal["Low", "Medium", "High", "Critical"]

BANDS: tuple[tuple[float, Band], ...] = ((9.0, "Critical"), (7.0, "High"), (4.0, "Medium"), (0.0, "Low"))
"""The least severity of each band, the worst first."""


def band_of(severity: float) -> Band:
    """The band of a severity.

    >>> band_of(8)
    'High'
    """
    return next((band for least, band in BANDS if severity >= least), "Low")
