"""Investigations: there is no analyst yet, so none has been made and none can be started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vedette.api.errors import NO_SUCH_RESOURCE, AccessDenied, ResourceNotFound
from vedette.api.not_enabled import not_enabled
from vedette.api.operation import Context, operation
from vedette.api.single_page import refuse_token
from vedette.findings.membership import administrator_of


@operation("CreateInvestigation", changes=True)
def create_investigation(
    context: Context, *, detector_id: str, trigger_prompt: str, client_token: str = ""  # noqa: ARG001
) -> dict[str, Any]:
    """Look into a finding or an account: refused. Members may not ask at all."""
    context.detector(detector_id)
    if administrator := administrator_of(context.store, context.account, context.region):
        raise AccessDenied(f"Only the administrator account {administrator} can create investigations.")
    raise not_enabled("Investigations")


@operation("GetInvestigation", changes=False)
def get_investigation(
    context: Context, *, detector_id: str, investigation_id: str, summary_format: str = ""  # noqa: ARG001
) -> dict[str, Any]:
    """One investigation: there is none."""
    context.detector(detector_id)
    raise ResourceNotFound(NO_SUCH_RESOURCE)


@operation("ListInvestigations", changes=False)
def list_investigations(
    context: Context, *, detector_id: str, filter_criteria: dict[str, Any] | None = None,  # noqa: ARG001
    sort_criteria: dict[str, Any] | None = None, max_results: int = 50, next_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """The detector's investigations: none."""
    context.detector(detector_id)
    refuse_token(next_token)
    return {"Investigations": []}


@operation("ListInvestigationRecords", changes=False)
def list_investigation_records(
    context: Context, *, detector_id: str, investigation_id: str, record_types: Sequence[str] = (),  # noqa: ARG001
    max_results: int = 50, next_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """The steps of an investigation: there is none."""
    context.detector(detector_id)
    raise ResourceNotFound(NO_SUCH_RESOURCE)
