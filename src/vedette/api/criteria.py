"""FindingCriteria of a request, and errors in it as the API tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vedette.api.errors import BadRequest
from vedette.findings.filters import FilterError, FindingCriteria


@contextmanager
def refusing() -> Iterator[None]:
    """What is wrong with criteria, an order or a token is a bad request."""
    try:
        yield
    except FilterError as error:
        raise BadRequest(f"The request is rejected because {error}.") from error


def parsed(finding_criteria: Any) -> FindingCriteria:
    """The criteria of a request.

    Raises:
        BadRequest: naming the path and the operator that are wrong.
    """
    with refusing():
        return FindingCriteria.parse(finding_criteria)
