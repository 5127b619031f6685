"""What an object's name promises: AWS's delivery layouts name the account, the Region and the time.

Layouts: ``AWSLogs/[o-org/]<account>/<service>/<region>/YYYY/MM/DD/``, Hive partitions of flow logs
(``aws-account-id=…/aws-region=…/year=…/month=…/day=…/hour=…``), Security Lake
(``region=…/accountId=…/eventDay=…``), and the file names
``<account>_<service>_<region>_…_YYYYMMDDTHHmmZ_….gz`` where the folders were lost.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

DELIVERY_WINDOW = timedelta(minutes=20)
"""How long before the time in its name an object's first event may lie. CloudTrail delivers within about
15 minutes; flow logs aggregate for up to 10 and publish every 5. Later records are the engine's to bear."""

_WINDOW = DELIVERY_WINDOW // timedelta(milliseconds=1)

_REGION = r"(?:[a-z]{2}|us-gov|us-iso[a-z]?|eu-isoe|eusc)(?:-[a-z]+)+-\d{1,2}"
_FOLDERS = re.compile(rf"(?:^|/)AWSLogs/(?:o-[a-z0-9]{{10,32}}/)?(\d{{12}})/[^/]+/(?:({_REGION})/)?")
_FILE = re.compile(rf"(\d{{12}})_[A-Za-z0-9-]+_(?:({_REGION})_)?[^/]*$")
_ACCOUNT = re.compile(r"(?:^|/)(?:aws-account-id|accountId|account_id|accountid)=(\d{12})(?:/|$)")
_ACCOUNT_REGION = re.compile(rf"(?:^|/)(?:aws-region|region)=({_REGION})(?:/|$)")

_STAMP = re.compile(r"_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z(?:[_.][^/]*)?$")
_DAY = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/(?:(\d\d)/)?")
_HIVE_DAY = re.compile(r"(?:^|/)year=(\d{4})/month=(\d\d?)/day=(\d\d?)/(?:hour=(\d\d?)/)?")
_EVENT_DAY = re.compile(r"(?:^|/)eventDay=(\d{4})-?(\d\d)-?(\d\d)(?:/|$)")


class Promise(NamedTuple):
    """What a name tells; empty or None where it tells nothing."""

    account: str
    region: str
    start: int | None


def promise(name: str) -> Promise:
    """Read an object's path or key.

    >>> promise("AWSLogs/111122223333/CloudTrail/eu-west-1/2024/08/18/"
    ...         "111122223333_CloudTrail_eu-west-1_20240818T1305Z_aBcDeFgHiJkLmNoP.json.gz")
    Promise(account='111122223333', region='eu-west-1', start=1723985100000)
    """
    folder, _, file = name.rpartition("/")
    # A partition may come last.
    around = _of_folder(f"{folder if '=' not in file else name}/")
    account, region = around.account, around.region
    if found := _FILE.match(file):
        account, region = account or found[1], region or found[2] or ""
    stamp = _STAMP.search(file)
    start = _moment(stamp.groups()) if stamp else None
    return Promise(account, region, around.start if start is None else start - _WINDOW)


@lru_cache(10_000)
def _of_folder(folder: str) -> Promise:
    """The same of the folders, each followed by a slash: many objects lie in one."""
    account = region = ""
    if found := _FOLDERS.search(folder):
        account, region = found[1], found[2] or ""
    if found := _ACCOUNT.search(folder):
        account = found[1]
    if found := _ACCOUNT_REGION.search(folder):
        region = found[1]
    return Promise(account, region, _start(folder))


def _start(folder: str) -> int | None:
    for form, window in ((_HIVE_DAY, _WINDOW), (_EVENT_DAY, 0), (_DAY, _WINDOW)):
        # The last such folder: an outer one may be the date of a copy.
        found = list(form.finditer(folder))
        if found and (moment := _moment(found[-1].groups())) is not None:
            return moment - window
    return None


def _moment(parts: tuple[str | None, ...]) -> int | None:
    year, month, day, hour, minute = (int(part or 0) for part in (*parts, None, None)[:5])
    if year < 2000:  # AWS delivers no older logs, and the window must not reach before the epoch.
        return None
    try:
        return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        return None
