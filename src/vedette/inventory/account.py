"""The inventory of an account, asked of AWS with calls that only read, and kept in a file so that it is asked seldom.

Needs ``sts:GetCallerIdentity``, ``ec2:DescribeInstances``, ``ec2:DescribeNetworkInterfaces``,
``ec2:DescribeAddresses``, ``ec2:DescribeNatGateways``, ``ec2:DescribeVpcEndpoints``, ``eks:ListClusters``,
``eks:DescribeCluster``, ``rds:DescribeDBInstances``, ``iam:ListRoles``, ``lambda:ListFunctions``, of each function in a
VPC ``lambda:ListTags``, ``s3:ListAllMyBuckets``, and of each bucket ``s3:GetBucketTagging``,
``s3:GetEncryptionConfiguration``, ``s3:GetBucketAcl``, ``s3:GetBucketPolicy`` and ``s3:GetBucketPublicAccessBlock``;
SecurityAudit allows them.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from vedette.errors import InventoryError
from vedette.inventory import buckets
from vedette.inventory.described import CALLS, Call, Place, cluster, described, function_tags
from vedette.inventory.fact import Fact, fact
from vedette.inventory.item import Item

if TYPE_CHECKING:
    from boto3.session import Session

_VERSION = 1
_OF_REGION = ("describe-instances", "describe-network-interfaces", "describe-addresses", "describe-nat-gateways",
              "describe-vpc-endpoints")
_CALLS = {call.name: call for call in CALLS}
_NOT_SET = frozenset({
    "NoSuchTagSet", "NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
})
"""A setting that a bucket does not have."""
_NOT_TOLD = frozenset({
    "AccessDenied", "NoSuchBucket", "PermanentRedirect", "IllegalLocationConstraintException", "301",
})
"""A bucket's own policy may deny even its owner, and a bucket may go while it is asked about: then it stays unknown."""


class _Kept(msgspec.Struct):
    version: int
    asked: tuple[tuple[str, ...], str]
    """Regions and endpoint."""
    taken: int
    facts: list[Fact]


def describe_account(
    regions: Sequence[str], *, session: Callable[[], Session] | None = None, endpoint_url: str | None = None,
    cache: Path | None = None, max_age: timedelta = timedelta(hours=6),
) -> list[Fact]:
    """What is in the account of the session's credentials, in these Regions; its buckets and roles in all.

    Args:
        regions: where to look, such as ``eu-west-1``.
        session: makes the boto3 session; by default the one that AWS's configuration gives.
        endpoint_url: another endpoint than Amazon's, for all services.
        cache: a file that keeps the facts; written for this user only. Give each account its own.
        max_age: how old what the file keeps may be before AWS is asked again.

    Raises:
        InventoryError: AWS refused, or could not be reached, or the file cannot be used; it says what to do.
    """
    asked = tuple(sorted(regions)), endpoint_url or ""
    if not asked[0]:
        raise InventoryError("no Region was given to describe: name at least one, such as eu-west-1")
    now = time.time_ns() // 1_000_000
    if cache is not None and (kept := _kept(cache)) is not None:
        age = timedelta(milliseconds=now - kept.taken)
        if kept.version == _VERSION and kept.asked == asked and timedelta(0) <= age <= max_age:
            return kept.facts
    facts = list(_asked(asked[0], session, endpoint_url, now))
    if cache is not None:
        _keep(cache, _Kept(_VERSION, asked, now, facts))
    return facts


def _asked(
    regions: Sequence[str], session: Callable[[], Session] | None, endpoint_url: str | None, now: int
) -> Iterator[Fact]:
    import boto3.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=60)
    made = session() if session is not None else boto3.session.Session()

    def client(service: Any, region: str) -> Any:
        return made.client(service, region_name=region, endpoint_url=endpoint_url, config=config)

    try:
        account = str(client("sts", regions[0]).get_caller_identity()["Account"])
        for region in regions:
            ec2 = client("ec2", region)
            for name in _OF_REGION:
                yield from _listed(ec2, _CALLS[name], Place(account, region), now)
            yield from _functions(client("lambda", region), Place(account, region), now)
            yield from _clusters(client("eks", region), now)
            yield from _listed(client("rds", region), _CALLS["describe-db-instances"], Place(account, region), now)
        yield from _listed(client("iam", regions[0]), _CALLS["list-roles"], Place(account), now)
        s3 = client("s3", regions[0])
        for one in _listed(s3, _CALLS["list-buckets"], Place(account), now):
            yield one
            if one.entity.startswith("bucket/") and one.field == "account":
                yield from _settings(s3, one.entity, now)
    except ClientError as error:
        code, told = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        raise InventoryError(
            f"AWS refuses {error.operation_name} ({code}: {str(told)[:200]}): allow it, or give inventory files",
            where="inventory from AWS") from error
    except (BotoCoreError, ValueError) as error:
        raise InventoryError(f"AWS cannot be asked ({error}): check credentials, Regions and endpoint URL",
                             where="inventory from AWS") from error


def _listed(client: Any, call: Call, place: Place, now: int) -> Iterator[Fact]:
    """The facts of all pages of a call; that the account was described comes once, after the last."""
    operation = call.name.replace("-", "_")
    whole: dict[str, Any] = {call.key: []}
    for page in client.get_paginator(operation).paginate() if client.can_paginate(operation) else [
        getattr(client, operation)()
    ]:
        whole[call.key].extend(page.get(call.key, ()))
        whole["Owner"] = page.get("Owner")
    yield from described(call, Item(_as_json(whole)), place, now)


def _functions(client: Any, place: Place, now: int) -> Iterator[Fact]:
    """Functions, and the tags of those in a VPC: the others are in no flow log."""
    for one in _listed(client, _CALLS["list-functions"], place, now):
        yield one
        if one.field == "subnets" and one.value != "null":
            arn = one.entity.removeprefix("function/")
            yield from function_tags(arn, Item(client.list_tags(Resource=arn)).child("Tags"), now)


def _clusters(eks: Any, now: int) -> Iterator[Fact]:
    for page in eks.get_paginator("list_clusters").paginate():
        for name in page["clusters"]:
            yield from cluster(Item(_as_json(eks.describe_cluster(name=name))).child("cluster"), now)


def _settings(s3: Any, entity: str, now: int) -> Iterator[Fact]:
    name = entity.removeprefix("bucket/")
    nothing = {buckets.READ: False, buckets.WRITE: False}
    for ask, field, read, unset in (
        (s3.get_bucket_tagging, "tags", _tags, {}),
        (s3.get_bucket_encryption, "encryption",
         lambda answer: buckets.encryption(answer.child("ServerSideEncryptionConfiguration")), None),
        (s3.get_public_access_block, "publicAccessBlock",
         lambda answer: buckets.access_block(answer.child("PublicAccessBlockConfiguration")), buckets.NOT_BLOCKED),
        (s3.get_bucket_acl, "acl", lambda answer: buckets.grants(answer.items("Grants")), None),
        (s3.get_bucket_policy, "policy", _policy, nothing),
    ):
        found, value = _setting(ask, name, read, unset)
        if found:
            yield fact(entity, field, value, now)


def _setting(ask: Any, bucket: str, read: Callable[[Item], Any], unset: Any) -> tuple[bool, Any]:
    from botocore.exceptions import ClientError

    try:
        return True, read(Item(_as_json(ask(Bucket=bucket))))
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if code in _NOT_SET:
            return True, unset
        if code in _NOT_TOLD:
            return False, None
        raise


def _tags(answer: Item) -> dict[str, str]:
    return {one.text("Key"): one.text("Value") for one in answer.items("TagSet")}


def _policy(answer: Item) -> dict[str, bool] | None:
    parsed = buckets.policy_text(str(answer.value.get("Policy", "")))
    return None if parsed is None else buckets.policy(parsed)


def _as_json(answer: dict[str, Any]) -> Any:
    """boto3's answer as the CLI prints it: times as text."""
    return msgspec.to_builtins({name: value for name, value in answer.items() if name != "ResponseMetadata"})


def _kept(cache: Path) -> _Kept | None:
    """What the file keeps; None when there is no file."""
    try:
        return msgspec.json.decode(cache.read_bytes(), type=_Kept)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InventoryError(f"cannot be read: {error.strerror or error}", where=str(cache)) from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InventoryError("is no cached inventory: delete it, or name another file", where=str(cache)) from error


def _keep(cache: Path, kept: _Kept) -> None:
    try:
        descriptor, name = tempfile.mkstemp(dir=cache.parent, prefix=f".{cache.name}.")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(msgspec.json.encode(kept))
            Path(name).replace(cache)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as error:
        raise InventoryError(f"cannot be written: {error.strerror or error}", where=str(cache)) from error
