"""Investigations as pages."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.errors import NO_SUCH_RESOURCE, ResourceNotFound
from vedette.api.investigations import found_investigation
from vedette.api.operation import Context
from vedette.investigate.investigator import report_of
from vedette.investigate.report_page import page_of


class _Named(Asked, frozen=True, kw_only=True):
    id: Annotated[str, Meta(max_length=64)]


@endpoint("GET", "/investigations/{id}/report")
def get_report(context: Context, asked: _Named) -> dict[str, str]:
    """The report as one HTML page that needs nothing else and runs nothing."""
    report = report_of(context.store, found_investigation(context, asked.id))
    if report is None:
        raise ResourceNotFound(NO_SUCH_RESOURCE)
    return {"title": report.title, "html": page_of(report)}
