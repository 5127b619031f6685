"""Inventory files: JSON as the AWS CLI prints it, recognised by its top-level key.

``aws ec2 describe-instances | describe-network-interfaces | describe-addresses | describe-nat-gateways |
describe-vpc-endpoints``, ``aws s3api list-buckets | get-bucket-tagging | get-bucket-encryption | get-bucket-acl |
get-bucket-policy | get-public-access-block``, ``aws iam list-roles | get-account-authorization-details``, ``aws eks
describe-cluster``, ``aws lambda list-functions | get-function`` and ``aws rds describe-db-instances``. What these do
not print comes from names: the account is the twelve digits in a file's or folder's name, the bucket what follows the
call (``get-bucket-acl.my-logs.json``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from vedette.errors import InventoryError
from vedette.inventory import buckets
from vedette.inventory.described import (
    BUCKET,
    CALLS,
    Place,
    arn_parts,
    cluster,
    described,
    function,
    function_tags,
    role,
    user,
)
from vedette.inventory.fact import Fact, fact
from vedette.inventory.inventory import Inventory
from vedette.inventory.item import Item, Misshapen

_FILE = 256 << 20
"""Bytes of one file, at most."""
_FILES = 10_000
_ACCOUNT_IN_NAME = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)
_REGION_IN_NAME = re.compile(r"(?<![a-z0-9])(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-[a-z]+)+-\d(?!\d)", re.ASCII)
_BUCKET_IN_NAME = re.compile(r"(?:.*[-._])?get-(?:bucket-[a-z]+(?:-status)?|public-access-block)[._-](?P<bucket>.+)")
_OWNED = ("OwnerId", "NetworkInterfaceOwnerId")
_CLUSTER, _FUNCTION, _USERS, _ROLES = "cluster", "Configuration", "UserDetailList", "RoleDetailList"
_BY_KEY = {call.key: call for call in CALLS}


def load_inventory(paths: Sequence[Path]) -> Inventory:
    """The inventory of files, and of folders with the ``.json`` files below them. See `read_inventory`."""
    return Inventory(read_inventory(paths))


def read_inventory(paths: Sequence[Path]) -> Iterator[Fact]:
    """The facts of inventory files. Each is as of its file's time of change.

    A file that names no account belongs to the one account that the other files of its folder name, if it is one.

    Raises:
        InventoryError: a path cannot be read, or is not what AWS prints; it names the file and the key.
    """
    for folder in paths:
        files = [_loaded(path) for path in _files(folder)]
        by_folder: dict[Path, set[str]] = {}
        for one in files:
            by_folder.setdefault(one.path.parent, set()).update(one.accounts)
        for one in files:
            accounts = one.accounts or by_folder[one.path.parent]
            place = Place(next(iter(accounts)) if len(accounts) == 1 else "", one.region)
            try:
                yield from one.facts(place)
            except Misshapen as error:
                raise InventoryError(f"{error}: give what the AWS CLI prints as JSON", where=str(one.path)) from error


class _File(NamedTuple):
    path: Path
    document: Item
    observed: int
    accounts: frozenset[str]
    region: str

    def facts(self, place: Place) -> Iterator[Fact]:
        for key, call in _BY_KEY.items():
            if key in self.document:
                yield from described(call, self.document, place, self.observed)
                return
        if _CLUSTER in self.document:
            yield from cluster(self.document.child(_CLUSTER), self.observed)
            return
        if _FUNCTION in self.document:
            configuration = self.document.child(_FUNCTION)
            yield from function(configuration, self.observed)
            yield from function_tags(configuration.text("FunctionArn"), self.document.child("Tags"), self.observed)
            return
        if _USERS in self.document or _ROLES in self.document:
            for one in self.document.items(_USERS):
                yield from user(one, self.observed)
            for one in self.document.items(_ROLES):
                yield from role(one, self.observed)
            return
        for key, read in _SETTINGS.items():
            if key in self.document:
                field, value = read(self.document)
                yield fact(f"bucket/{self._bucket()}", field, value, self.observed)
                return
        known = ", ".join([*_BY_KEY, _CLUSTER, _FUNCTION, _USERS, *_SETTINGS])
        raise Misshapen("the document", f"the output of a known call, with one of {known}")

    def _bucket(self) -> str:
        found = _BUCKET_IN_NAME.fullmatch(self.path.stem)
        if found is None or not BUCKET.fullmatch(found["bucket"]):
            raise Misshapen("the file's name", "get-bucket-….<bucket>.json, which says whose setting it is")
        return found["bucket"]


def _tags(document: Item) -> tuple[str, Any]:
    return "tags", {one.text("Key"): one.text("Value") for one in document.items("TagSet") if one.text("Key")}


def _policy(document: Item) -> tuple[str, Any]:
    parsed = buckets.policy_text(str(document.value["Policy"]))
    if parsed is None:
        raise Misshapen("Policy", "a policy's JSON text")
    return "policy", buckets.policy(parsed)


_SETTINGS: Mapping[str, Callable[[Item], tuple[str, Any]]] = {
    "TagSet": _tags,
    "ServerSideEncryptionConfiguration": lambda document: (
        "encryption", buckets.encryption(document.child("ServerSideEncryptionConfiguration"))),
    "PublicAccessBlockConfiguration": lambda document: (
        "publicAccessBlock", buckets.access_block(document.child("PublicAccessBlockConfiguration"))),
    "Grants": lambda document: ("acl", buckets.grants(document.items("Grants"))),
    "Policy": _policy,
}


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        found = sorted(one for one in path.rglob("*.json") if one.is_file())
    except OSError as error:
        raise InventoryError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    if not found:
        raise InventoryError("holds no .json file: give what aws ec2 describe-instances and its like print",
                             where=str(path))
    if len(found) > _FILES:
        raise InventoryError(f"holds more than {_FILES} .json files: give the folder of the inventory", where=str(path))
    return found


def _loaded(path: Path) -> _File:
    where = str(path)
    try:
        status = path.stat()
        if status.st_size > _FILE:
            raise InventoryError(f"is larger than {_FILE >> 20} MB: give one file for each Region", where=where)
        value = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise InventoryError(f"cannot be read: {error.strerror or error}", where=where) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InventoryError(f"is not JSON ({error}): give what the AWS CLI prints with --output json",
                             where=where) from error
    if not isinstance(value, dict):
        raise InventoryError("is not a JSON object: give what the AWS CLI prints with --output json", where=where)
    in_name = next((found[0] for part in (path.name, path.parent.name) if (found := _ACCOUNT_IN_NAME.search(part))), "")
    region = next((found[0] for part in (path.name, path.parent.name) if (found := _REGION_IN_NAME.search(part))), "")
    accounts = frozenset({in_name} if in_name else _named_accounts(value))
    return _File(path, Item(value, strict=True), status.st_mtime_ns // 1_000_000, accounts, region)


def _named_accounts(document: Mapping[str, Any]) -> set[str]:
    """The accounts that a document's resources say they are of."""
    found: set[str] = set()
    for key in _BY_KEY:
        listed = document.get(key)
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict):
                found.update(str(one[name]) for name in _OWNED if name in one)
                if (arn := arn_parts(str(one.get("Arn")))) is not None:
                    found.add(arn[2])
    return {account for account in found if _ACCOUNT_IN_NAME.fullmatch(account)}
