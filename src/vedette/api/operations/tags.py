"""Tags of what is configured: detectors, filters, lists and publishing destinations, by ARN."""

from __future__ import annotations

import re
from typing import Any, get_args

from vedette.api.errors import NO_SUCH_RESOURCE, UNKNOWN_DETECTOR, AccessDenied, ApiError, BadRequest
from vedette.api.operation import Context, operation
from vedette.api.tagging import checked_tags
from vedette.findings.configuration import Destination, DetectorSettings, Filter, ListKindName, SavedList
from vedette.findings.configured import ConfigurationReader
from vedette.findings.finding import partition_of

Tagged = DetectorSettings | Filter | SavedList | Destination

_ARN = re.compile(
    r"arn:(?P<partition>[^:]+):guardduty:(?P<region>[^:]*):(?P<account>[0-9]+):"
    r"detector/(?P<detector>[^/]+)(/(?P<kind>[^/]+)/(?P<id>[^/]+))?")

_LISTS = get_args(ListKindName)


@operation("TagResource", changes=True)
def tag_resource(context: Context, *, resource_arn: str, tags: dict[str, str]) -> dict[str, Any]:
    """Give a resource tags, in place of those it has of the same keys."""
    with context.store.transaction() as batch:
        found = _resource(batch, context, "TagResource", resource_arn)
        found.tags = checked_tags({**found.tags, **tags})
        batch.configure(found)
    return {}


@operation("UntagResource", changes=True)
def untag_resource(context: Context, *, resource_arn: str, tag_keys: list[str]) -> dict[str, Any]:
    """Take tags away; keys that the resource does not have are passed over."""
    with context.store.transaction() as batch:
        found = _resource(batch, context, "UntagResource", resource_arn)
        found.tags = {key: value for key, value in found.tags.items() if key not in tag_keys}
        batch.configure(found)
    return {}


@operation("ListTagsForResource", changes=False)
def list_tags_for_resource(context: Context, *, resource_arn: str) -> dict[str, Any]:
    """A resource's tags."""
    return {"Tags": _resource(context.store, context, "ListTagsForResource", resource_arn).tags}


def _resource(store: ConfigurationReader, context: Context, action: str, arn: str) -> Tagged:
    """What the ARN names.

    Raises:
        AccessDenied: it is another account's.
        BadRequest: there is no such thing, or nothing of that kind has tags.
    """
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise BadRequest(f"The request is rejected because {arn} is not the ARN of a resource that has tags: they end "
                         f"in detector/ID, or detector/ID/KIND/ID with a KIND of {', '.join(_kinds())}.")
    if parts["account"] != context.account:
        raise AccessDenied(f"Account {context.account} is not authorized to perform: guardduty:{action} on resource: "
                           f"{arn}")
    if (parts["partition"], parts["region"]) != (partition_of(context.region), context.region):
        raise BadRequest(NO_SUCH_RESOURCE)
    detector = store.configuration(DetectorSettings, context.account, context.region, parts["detector"])
    if detector is None:
        raise BadRequest(UNKNOWN_DETECTOR)
    found: Tagged | None = detector
    if parts["kind"] is not None:
        found = _belonging(store, context, parts["kind"], parts["id"])
    if found is None:
        raise _nothing(parts["kind"])
    return found


def _belonging(
    store: ConfigurationReader, context: Context, kind: str, name: str
) -> Filter | SavedList | Destination | None:
    here = (context.account, context.region, name)
    if kind == "filter":
        return store.configuration(Filter, *here)
    if kind == "publishingDestination":
        return store.configuration(Destination, *here)
    saved = store.configuration(SavedList, *here)
    return saved if saved is not None and saved.kind == kind and saved.status != "DELETED" else None


def _nothing(kind: str) -> ApiError:
    if kind in _kinds():
        return BadRequest(NO_SUCH_RESOURCE)
    return BadRequest(f"The request is rejected because {kind!r} is no kind of resource that has tags: there are "
                      f"{', '.join(_kinds())}.")


def _kinds() -> tuple[str, ...]:
    return ("filter", "publishingDestination", *_LISTS)
