"""Findings as objects in a bucket, laid out as GuardDuty exports them: gzip, one finding a line.

``<prefix>/AWSLogs/<account>/GuardDuty/<region>/YYYY/MM/DD/<uuid>.jsonl.gz``. Needs ``s3:PutObject``, and
``kms:GenerateDataKey`` on the key when one is given. The same findings sent twice on a day replace their object.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Sequence
from typing import Any

from vedette.logs.times import format_time
from vedette.publish.aws import Client, Refused
from vedette.publish.destination import ARRIVED, UNTRIED, DestinationError, Finding, Outcome
from vedette.publish.envelope import compact_json, content_id

Render = Callable[[Finding], Any]
"""Makes of a finding what a line holds."""

_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:::([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:/(.*))?\Z", re.ASCII)
_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)/[A-Za-z0-9/_-]+\Z", re.ASCII)
_PREFIX = re.compile(r"[^\x00-\x1f\x7f]{0,512}\Z")


def bucket_and_prefix(arn: str) -> tuple[str, str]:
    """What ``arn:aws:s3:::bucket/prefix`` names; the prefix has no slash at its ends and may be empty.

    Raises:
        DestinationError: it is no such ARN.
    """
    found = _BUCKET_ARN.match(arn)
    if found is None or not _PREFIX.match(found[2] or ""):
        raise DestinationError("is no bucket: write arn:aws:s3:::bucket or arn:aws:s3:::bucket/prefix", where=arn[:200])
    return found[1], (found[2] or "").strip("/")


def checked_key_arn(arn: str) -> str:
    """``arn``, if it names a KMS key.

    Raises:
        DestinationError: it does not.
    """
    if not _KEY_ARN.match(arn):
        raise DestinationError("is no KMS key: write arn:aws:kms:region:account:key/id", where=arn[:200])
    return arn


class S3Export:
    """A bucket."""

    def __init__(
        self, arn: str, *, kms_key_arn: str = "", expected_bucket_owner: str = "", endpoint_url: str | None = None,
        region: str | None = None, render: Render = dict, folder: str = "GuardDuty",
    ) -> None:
        """``folder`` stands in the keys after the account; findings in another form than GuardDuty's go elsewhere.

        Raises:
            DestinationError: an ARN names nothing of its kind.
        """
        self._bucket, self._prefix = bucket_and_prefix(arn)
        self._members: dict[str, str] = {}
        if kms_key_arn:
            self._members.update(ServerSideEncryption="aws:kms", SSEKMSKeyId=checked_key_arn(kms_key_arn))
        if expected_bucket_owner:
            self._members["ExpectedBucketOwner"] = expected_bucket_owner
        self._client = Client("s3", endpoint_url, region)
        self._render = render
        self._folder = folder

    def send(self, documents: Sequence[Finding], now: int) -> list[Outcome]:
        """One object for the findings of each account and Region."""
        outcomes = [UNTRIED] * len(documents)
        for (account, region), positions in _by_place(documents).items():
            text = "".join(compact_json(self._render(documents[one])) + "\n" for one in positions)
            day = format_time(now)[:10].replace("-", "/")
            name = f"{self._place(account)}/{region}/{day}/{content_id(text)}.jsonl.gz"
            try:
                self._put(name, gzip.compress(text.encode(), mtime=0), "application/gzip")
            except Refused as refused:
                for one in positions:
                    outcomes[one] = refused.outcome
                break
            for one in positions:
                outcomes[one] = ARRIVED
        return outcomes

    def check(self, account: str) -> None:
        """Write an empty object where the account's findings will be.

        Raises:
            Refused: it cannot be written.
        """
        self._put(f"{self._place(account)}/permission-check", b"", "text/plain")

    def _place(self, account: str) -> str:
        return f"{self._prefix}/AWSLogs/{account}/{self._folder}".lstrip("/")

    def _put(self, name: str, body: bytes, content_type: str) -> None:
        self._client.call("put_object", Bucket=self._bucket, Key=name, Body=body, ContentType=content_type,
                          **self._members)


def _by_place(documents: Sequence[Finding]) -> dict[tuple[str, str], list[int]]:
    """The positions of the findings of each account and Region."""
    places: dict[tuple[str, str], list[int]] = {}
    for position, document in enumerate(documents):
        places.setdefault((document["accountId"], document["region"]), []).append(position)
    return places
