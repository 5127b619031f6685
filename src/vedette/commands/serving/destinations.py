"""From the ``[[publish]]`` tables to the ways findings are sent."""

from __future__ import annotations

from typing import Any

from vedette.commands.serving import settings as tables
from vedette.publish.destination import Sender
from vedette.publish.ocsf_form import FOLDER, ocsf_line, ocsf_post


def sender_of(table: tables.Publish) -> Sender:
    """The way to one destination. Nothing is sent yet.

    Raises:
        DestinationError: what it is given names nothing.
    """
    match table:
        case tables.S3Publish():
            from vedette.publish.s3_export import S3Export

            # Findings in another form must not lie where readers of GuardDuty's look for theirs.
            form: dict[str, Any] = {"render": ocsf_line, "folder": FOLDER} if table.form == "ocsf" else {}
            return S3Export(
                table.bucket, kms_key_arn=table.kms_key, expected_bucket_owner=table.expected_bucket_owner,
                endpoint_url=table.endpoint_url, region=table.region, **form)
        case tables.EventBridgePublish():
            from vedette.publish.eventbridge import EventBridge

            return EventBridge(
                table.bus, source=table.source, endpoint_url=table.endpoint_url, region=table.region)
        case tables.SnsPublish():
            from vedette.publish.sns import Sns

            return Sns(table.topic_arn, source=table.source, endpoint_url=table.endpoint_url, region=table.region)
        case tables.SqsPublish():
            from vedette.publish.sqs import Sqs

            return Sqs(table.queue_url, source=table.source, endpoint_url=table.endpoint_url, region=table.region)
        case tables.WebhookPublish():
            from vedette.publish.webhook import Webhook

            posted: dict[str, Any] = {"render": ocsf_post} if table.form == "ocsf" else {}
            return Webhook(
                table.url.reveal(), table.secret.reveal(), insecure=table.insecure, timeout=table.timeout_seconds,
                **posted)
        case tables.SecurityHubPublish():
            from vedette.publish.security_hub import SecurityHub

            return SecurityHub(account=table.account, endpoint_url=table.endpoint_url)
        case tables.ChatPublish():
            from vedette.publish.chat import Chat

            return Chat(table.url.reveal())
