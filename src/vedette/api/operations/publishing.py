"""Publishing destinations: the bucket that a detector's findings are exported to."""

from __future__ import annotations

import secrets
from typing import Any

from vedette.api.errors import BadRequest
from vedette.api.operation import Context, operation
from vedette.api.single_page import refuse_token
from vedette.api.tagging import checked_tags
from vedette.findings.configuration import Destination
from vedette.findings.policy import EXPORT
from vedette.publish.aws import Refused
from vedette.publish.destination import DestinationError
from vedette.publish.s3_export import S3Export

NO_SUCH_DESTINATION = "The request is rejected because the one or more input parameters have invalid values."
"""Word for word: Terraform learns from it that a destination is gone."""
TAKEN = "The request is rejected because a publishing destination already exists for the current detector."


@operation("CreatePublishingDestination", changes=True)
def create_publishing_destination(
    context: Context, *, detector_id: str, destination_type: str, destination_properties: dict[str, str],
    tags: dict[str, str] | None = None, client_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """Name the detector's bucket. What is found from now on is exported to it."""
    context.detector(detector_id)
    if destination_type != "S3":
        raise BadRequest(f"The request is rejected because destinationType {destination_type!r} is not S3.")
    _refuse_second(context.store.configured(Destination, context.account, context.region))
    now = context.clock()
    made = Destination(account=context.account, region=context.region, id=secrets.token_hex(16), arn="",
                       status="PUBLISHING", created=now, updated=now, tags=checked_tags(tags))
    _direct(made, destination_properties)
    _check_access(made)
    with context.store.transaction() as batch:
        _refuse_second(batch.configured(Destination, context.account, context.region))
        batch.configure(made)
    return {"DestinationId": made.id}


@operation("DescribePublishingDestination", changes=False)
def describe_publishing_destination(context: Context, *, detector_id: str, destination_id: str) -> dict[str, Any]:
    """What a destination is, and how it fares."""
    context.detector(detector_id)
    found = _known(context.store.configuration(Destination, context.account, context.region, destination_id))
    properties = {"destinationArn": found.arn, "kmsKeyArn": found.kms_key_arn,
                  "expectedBucketOwner": found.expected_bucket_owner}
    return {
        "DestinationId": found.id,
        "DestinationType": found.type,
        "Status": found.status,
        "PublishingFailureStartTimestamp": found.failing_since,
        "DestinationProperties": {name: value for name, value in properties.items() if value},
        "Tags": found.tags,
    }


@operation("UpdatePublishingDestination", changes=True)
def update_publishing_destination(
    context: Context, *, detector_id: str, destination_id: str, destination_properties: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Change the bucket, its owner or the key; what is not named stays. What was refused is tried again at once."""
    context.detector(detector_id)
    changed = _known(context.store.configuration(Destination, context.account, context.region, destination_id))
    _direct(changed, destination_properties or {})
    _check_access(changed)
    now = context.clock()
    with context.store.transaction() as batch:
        there = _known(batch.configuration(Destination, context.account, context.region, destination_id))
        _direct(there, destination_properties or {})
        there.status, there.failing_since, there.updated = "PUBLISHING", 0, max(now, there.updated + 1)
        batch.configure(there)
        batch.hasten(EXPORT + there.id, now)
    return {}


@operation("DeletePublishingDestination", changes=True)
def delete_publishing_destination(context: Context, *, detector_id: str, destination_id: str) -> dict[str, Any]:
    """End the export. What was not sent yet is not sent any more; what is in the bucket stays."""
    context.detector(detector_id)
    with context.store.transaction() as batch:
        if not batch.unconfigure(Destination, context.account, context.region, destination_id):
            raise BadRequest(NO_SUCH_DESTINATION)
        batch.drop_publications(destination=EXPORT + destination_id)
    return {}


@operation("ListPublishingDestinations", changes=False)
def list_publishing_destinations(
    context: Context, *, detector_id: str, max_results: int = 50, next_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """The detector's destination, if it has one: there are never more pages than one."""
    context.detector(detector_id)
    refuse_token(next_token)
    return {"Destinations": [
        {"destinationId": one.id, "destinationType": one.type, "status": one.status}
        for one in context.store.configured(Destination, context.account, context.region)]}


def _direct(destination: Destination, properties: dict[str, str]) -> None:
    destination.arn = properties.get("destinationArn", destination.arn)
    destination.kms_key_arn = properties.get("kmsKeyArn", destination.kms_key_arn)
    destination.expected_bucket_owner = properties.get("expectedBucketOwner", destination.expected_bucket_owner)


def _check_access(destination: Destination) -> None:
    """Refuse what cannot be written to."""
    try:
        S3Export(destination.arn, kms_key_arn=destination.kms_key_arn,
                 expected_bucket_owner=destination.expected_bucket_owner).check(destination.account)
    except DestinationError as error:
        raise BadRequest(f"The request is rejected because destinationProperties {error}.") from error
    except Refused as refused:
        raise BadRequest(
            "The request is rejected because the destination cannot be written to: it needs s3:PutObject on the bucket"
            f" and kms:GenerateDataKey on the key ({refused.outcome.reason}).") from refused


def _refuse_second(there: list[Destination]) -> None:
    if there:
        raise BadRequest(TAKEN)


def _known(destination: Destination | None) -> Destination:
    if destination is None:
        raise BadRequest(NO_SUCH_DESTINATION)
    return destination
