"""A bucket's settings: what each says of encryption and of public access, and the entry that a finding shows."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from vedette.inventory.item import Item

_PUBLIC_GROUPS = frozenset({
    "http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
})
_READS = frozenset({"READ", "FULL_CONTROL"})
_WRITES = frozenset({"WRITE", "FULL_CONTROL"})
_BLOCKS = ("ignorePublicAcls", "restrictPublicBuckets", "blockPublicAcls", "blockPublicPolicy")
_READING = ("s3:get", "s3:list", "s3:head")
_WRITING = ("s3:put", "s3:delete", "s3:restore", "s3:replicate", "s3:abort")
READ, WRITE = "allowsPublicReadAccess", "allowsPublicWriteAccess"
NOT_BLOCKED = dict.fromkeys(_BLOCKS, False)


class Setting(NamedTuple):
    """A setting's value, and when it was seen."""

    value: Any
    seen: int


def access_block(item: Item) -> dict[str, bool]:
    """A public access block in a finding's words; what it does not name is off."""
    return {name: bool(item.flag(name[0].upper() + name[1:])) for name in _BLOCKS}


def encryption(item: Item) -> dict[str, str] | None:
    """Default encryption in a finding's words, of a ``ServerSideEncryptionConfiguration``."""
    for rule in item.items("Rules") or item.items("Rule"):
        default = rule.child("ApplyServerSideEncryptionByDefault")
        if kind := default.text("SSEAlgorithm"):
            key = default.text("KMSMasterKeyID")
            return {"encryptionType": kind, "kmsMasterKeyArn": key} if key else {"encryptionType": kind}
    return None


def grants(given: list[Item]) -> dict[str, bool]:
    """What an access control list lets everyone do."""
    public = {
        one.text("Permission") for one in given if one.child("Grantee").text("URI") in _PUBLIC_GROUPS
    }
    return {READ: not public.isdisjoint(_READS), WRITE: not public.isdisjoint(_WRITES)}


def canned_acl(name: str) -> dict[str, bool]:
    """What a canned access control list lets everyone do."""
    return {
        READ: name in {"public-read", "public-read-write", "authenticated-read"}, WRITE: name == "public-read-write",
    }


def policy(document: Item) -> dict[str, bool] | None:
    """What a bucket policy lets everyone do. None: it depends on conditions, which are not judged here."""
    reads = writes = doubtful = False
    for statement in document.items("Statement"):
        if statement.value.get("Effect") != "Allow" or not _anyone(statement.value.get("Principal")):
            continue
        actions = [action.lower() for action in statement.texts("Action")]
        if statement.value.get("Condition") or not actions:
            doubtful = True
            continue
        reads |= any(action.startswith(_READING) or action in {"*", "s3:*"} for action in actions)
        writes |= any(action.startswith(_WRITING) or action in {"*", "s3:*"} for action in actions)
    if doubtful and not (reads and writes):
        return None
    return {READ: reads, WRITE: writes}


def policy_text(text: str) -> Item | None:
    """A policy document of its JSON text; None when it is none."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return Item(value) if isinstance(value, dict) else None


def bucket_entry(name: str, known: dict[str, Setting], account_block: dict[str, bool] | None) -> dict[str, Any]:
    """The ``s3BucketDetails`` entry of what is known, times in epoch seconds."""
    def value(field: str) -> Any:
        return known[field].value if field in known else None

    entry: dict[str, Any] = {"arn": f"arn:{partition(value('region') or '')}:s3:::{name}", "name": name}
    entry["type"] = "Destination"
    if (created := value("createdAt")) is not None:
        entry["createdAt"] = created / 1000
    if owner := value("owner"):
        entry["owner"] = {"id": owner}
    if tags := value("tags"):
        entry["tags"] = [{"key": key, "value": text} for key, text in sorted(tags.items())]
    if encrypted := value("encryption"):
        entry["defaultServerSideEncryption"] = encrypted
    if access := _public_access(value("acl"), value("policy"), value("publicAccessBlock"), account_block):
        entry["publicAccess"] = access
    return entry


def _public_access(
    acl: dict[str, bool] | None, by_policy: dict[str, bool] | None, block: dict[str, bool] | None,
    account_block: dict[str, bool] | None,
) -> dict[str, Any] | None:
    bucket = {
        name: found for name, found in (
            ("accessControlList", acl), ("bucketPolicy", by_policy), ("blockPublicAccess", block)) if found is not None
    }
    permissions: dict[str, Any] = {"bucketLevelPermissions": bucket} if bucket else {}
    if account_block is not None:
        permissions["accountLevelPermissions"] = {"blockPublicAccess": account_block}
    if not permissions:
        return None
    return {"permissionConfiguration": permissions, "effectivePermission": _effective(
        acl, by_policy, block, account_block)}


def _effective(
    acl: dict[str, bool] | None, by_policy: dict[str, bool] | None, block: dict[str, bool] | None,
    account_block: dict[str, bool] | None,
) -> str:
    """``PUBLIC`` or ``NOT_PUBLIC`` where what is known proves it, else ``UNKNOWN``."""
    def blocked(name: str) -> bool | None:
        if (block or {}).get(name) or (account_block or {}).get(name):
            return True
        return None if block is None or account_block is None else False

    ways = ((acl, blocked("ignorePublicAcls")), (by_policy, blocked("restrictPublicBuckets")))
    open_ways = [None if allows is None and stop is not True else
                 False if stop or not any((allows or {}).values()) else (True if stop is False else None)
                 for allows, stop in ways]
    if any(open_ways):
        return "PUBLIC"
    return "UNKNOWN" if None in open_ways else "NOT_PUBLIC"


def _anyone(principal: Any) -> bool:
    if isinstance(principal, dict):
        principal = principal.get("AWS")
    return principal == "*" or (isinstance(principal, list) and "*" in principal)


def partition(region: str) -> str:
    """The AWS partition of a Region; ``aws`` when it is not known."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
