"""``filterCriteria`` of coverage and malware scans: a list of criteria, each a key and a condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vedette.api.errors import BadRequest


def refuse_incomplete(filter_criteria: Mapping[str, Any] | None) -> None:
    """Refuse criteria that say only half of what they are for.

    Raises:
        BadRequest: one has no ``criterionKey`` or no ``filterCondition``.
    """
    for one in (filter_criteria or {}).get("filterCriterion", ()):
        if not one.get("criterionKey") or not one.get("filterCondition"):
            raise BadRequest("The request is rejected because a filterCriterion lacks criterionKey or filterCondition.")
