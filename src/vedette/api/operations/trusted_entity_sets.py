"""Trusted lists of addresses and domains."""

from __future__ import annotations

from typing import Any

from vedette.api.operation import Context, operation
from vedette.api.saved_lists import ListsOf

_LISTS = ListsOf("trustedentityset", "TrustedEntitySetId", "TrustedEntitySetIds")


@operation("CreateTrustedEntitySet", changes=True)
def create_trusted_entity_set(
    context: Context, *, detector_id: str, name: str, format: str, location: str, activate: bool,  # noqa: A002
    expected_bucket_owner: str = "", tags: dict[str, str] | None = None, client_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """As `ListsOf.create`."""
    return _LISTS.create(context, detector_id, name=name, format=format, location=location, activate=activate,
                         expected_bucket_owner=expected_bucket_owner, tags=tags)


@operation("GetTrustedEntitySet", changes=False)
def get_trusted_entity_set(context: Context, *, detector_id: str, trusted_entity_set_id: str) -> dict[str, Any]:
    """As `ListsOf.get`."""
    return _LISTS.get(context, detector_id, trusted_entity_set_id, entities=True)


@operation("UpdateTrustedEntitySet", changes=True)
def update_trusted_entity_set(
    context: Context, *, detector_id: str, trusted_entity_set_id: str, name: str | None = None,
    location: str | None = None, activate: bool | None = None, expected_bucket_owner: str | None = None,
) -> dict[str, Any]:
    """As `ListsOf.update`."""
    return _LISTS.update(context, detector_id, trusted_entity_set_id, name=name, location=location, activate=activate,
                         expected_bucket_owner=expected_bucket_owner)


@operation("DeleteTrustedEntitySet", changes=True)
def delete_trusted_entity_set(context: Context, *, detector_id: str, trusted_entity_set_id: str) -> dict[str, Any]:
    """As `ListsOf.delete`."""
    return _LISTS.delete(context, detector_id, trusted_entity_set_id)


@operation("ListTrustedEntitySets", changes=False)
def list_trusted_entity_sets(
    context: Context, *, detector_id: str, max_results: int = 50, next_token: str = ""
) -> dict[str, Any]:
    """As `ListsOf.listed`."""
    return _LISTS.listed(context, detector_id, max_results, next_token)
