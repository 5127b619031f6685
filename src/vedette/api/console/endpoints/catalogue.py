"""What there is to be found, and by what it can be sought."""

from __future__ import annotations

from typing import Any

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.operation import Context
from vedette.findings.attributes import filter_paths


@endpoint("GET", "/attributes")
def get_attributes(context: Context, asked: Asked) -> dict[str, Any]:  # noqa: ARG001
    """What finding criteria can name."""
    return {"attributes": sorted(filter_paths())}
