"""``vedette new detector NAME``: a detector file that runs, to be changed into yours."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from vedette.errors import VedetteError

_NAME = re.compile(r"(api|s3|network|dns|kubernetes|databases)/([a-z][a-z0-9_]{0,39})")

_DOC = '''"""What this finds, in a sentence.

*The attack.* …

*What ordinary work looks the same.* …

*Where it is blind.* …

Read api/trail_tampering.py first: it is the manual.
"""

from __future__ import annotations
'''

_CALL = '''
from vedette.detectors.declare import calls, detector
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
{bucket_import}from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, story

{constant} = FindingType(
    name="UnauthorizedAccess:{about}/{camel}.Vedette",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="{{principal}} called {{api}}{on_bucket}.",
    description="{{principal}} called {{api}} in account {{account}} from {{source}}.",
    attack=("T1078",),
    remedy="Say what the reader should do.",
)


@detector({constant}, on=calls("{service}.amazonaws.com", "{call}"))
def {function}(call: ApiCall, known: Known) -> Signal | None:
    """Say what it means when this fires."""
    if not call.succeeded:
        return None
    return about_call(call, {constant}{buckets})


_mallory = iam_user("mallory")

EXAMPLES = [
    story(
        "tell the attack",
        _mallory.calls("{service}", "{call}"{request}),
    ).fires({constant}),
    story(
        "tell what only looks like it",
        _mallory.calls("{service}", "{call}"{request}, error="AccessDenied"),
    ).silent(),
]
'''

_FRAME = '''
import polars as pl

from vedette.detectors.declare import detector, {trigger}
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import {about}
from vedette.detectors.signal import Signal
from vedette.logs.{module} import {record}
from vedette.simulate import instance, story

{constant} = FindingType(
    name="UnauthorizedAccess:EC2/{camel}.Vedette",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {{instance}} {did}.",
    description="EC2 instance {{instance}} in account {{account}} {did}.",
    attack=("T1071",),
    remedy="Say what the reader should do.",
)


def _worth_a_look(rows: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Keep few rows, and quickly: this meets every row there is."""
    return rows.filter({condition})


@detector({constant}, on={trigger}(_worth_a_look))
def {function}(row: {record}, known: Known) -> Signal | None:
    """Say what it means when this fires."""
    return {about}(row, {constant})


_web = instance("i-0123456789abcdef0")

EXAMPLES = [
    story(
        "tell the attack",
        {attack},
    ).fires({constant}),
    story(
        "tell what only looks like it",
        {ordinary},
    ).silent(),
]
'''

_REQUEST = '''
from vedette.detectors.declare import detector, kube_requests
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.kube_requests import about_request
from vedette.detectors.signal import Signal
from vedette.logs.eks_audit import KubeCall
from vedette.simulate import kube_iam, story

{constant} = FindingType(
    name="UnauthorizedAccess:Kubernetes/{camel}.Vedette",
    severity=LOW,
    plan=Plan.EKS_AUDIT_LOGS,
    resource="EKSCluster",
    title="{{principal}} asked EKS cluster {{cluster}} to {{verb}} {{target}}.",
    description="{{principal}} asked EKS cluster {{cluster}} to {{verb}} {{target}}, from {{source}}.",
    attack=("T1078",),
    remedy="Say what the reader should do.",
)


@detector({constant}, on=kube_requests("create", "examples"))
def {function}(call: KubeCall, known: Known) -> Signal | None:
    """Say what it means when this fires."""
    if not call.succeeded:
        return None
    return about_request(call, {constant})


_mallory = kube_iam("mallory")

EXAMPLES = [
    story(
        "tell the attack",
        _mallory.asks("create", "examples", "first", namespace="shop"),
    ).fires({constant}),
    story(
        "tell what only looks like it",
        _mallory.asks("create", "examples", "first", namespace="shop", code=403),
    ).silent(),
]
'''

_EVENT = '''
from vedette.detectors.database_events import about_event
from vedette.detectors.declare import database_events, detector
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.logs.rds import DbEvent, Did
from vedette.simulate import db_client, story

{constant} = FindingType(
    name="UnauthorizedAccess:RDS/{camel}.Vedette",
    severity=LOW,
    plan=Plan.RDS_LOGIN_EVENTS,
    resource="RDSDBInstance",
    title="{{principal}} logged in to database {{database}}.",
    description="{{principal}} logged in to database {{database}} from {{source}}.",
    attack=("T1078",),
    remedy="Say what the reader should do.",
)


@detector({constant}, on=database_events(Did.LOGGED_IN))
def {function}(event: DbEvent, known: Known) -> Signal | None:
    """Say what it means when this fires."""
    if event.user != "mallory":
        return None
    return about_event(event, {constant}, identity=(event.user,))


EXAMPLES = [
    story(
        "tell the attack",
        db_client("mallory", "10.0.1.7").logs_in(),
    ).fires({constant}),
    story(
        "tell what only looks like it",
        db_client("ann", "10.0.1.7").logs_in(),
    ).silent(),
]
'''

_OTHERS = {"kubernetes": _REQUEST, "databases": _EVENT}

_CALLS = {
    "api": {
        "about": "IAMUser", "service": "ec2", "call": "ExampleCall", "request": "", "on_bucket": "", "buckets": "",
        "bucket_import": "",
    },
    "s3": {
        "about": "S3", "service": "s3", "call": "PutBucketExample", "request": ', {"bucketName": "acme-ledger"}',
        "on_bucket": " on bucket {bucket}", "buckets": ", buckets=(bucket_of(call),)",
        "bucket_import": "from vedette.detectors.s3_calls import bucket_of\n",
    },
}

_FRAMES = {
    "network": {
        "trigger": "flows", "about": "about_flow", "module": "vpc_flow", "record": "Flow",
        "did": "talks to {remote_ip} port {remote_port}",
        "condition": 'pl.col("outgoing") & (pl.col("remote_port") == 31337)',
        "attack": '_web.connects_to("9.9.4.20", 31337)', "ordinary": '_web.connects_to("9.9.4.20", 443)',
    },
    "dns": {
        "trigger": "lookups", "about": "about_lookup", "module": "resolver_dns", "record": "Lookup",
        "did": "looks up {domain}",
        "condition": 'pl.col("query_name") == "example.test"',
        "attack": '_web.resolves("example.test")', "ordinary": '_web.resolves("example.com")',
    },
}


def new_detector(name: str, root: Path | None = None) -> Path:
    """Write ``detectors/NAME.py``; returns its path. ``name`` is folder/file, as ``api/trail_tampering``."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise VedetteError("give folder/name, as api/key_backdoor: the folder api, s3, network, dns, kubernetes or "
                           "databases, the name in lower case with underscores", where=name)
    folder = (root or Path(__file__).resolve().parents[1] / "detectors") / match[1]
    path = folder / f"{match[2]}.py"
    if not folder.is_dir():
        raise VedetteError("there is no such folder: run this in a checkout of Vedette", where=str(folder))
    if path.exists():
        raise VedetteError("exists already", where=str(path))
    body = _OTHERS.get(match[1]) or (_FRAME if match[1] in _FRAMES else _CALL)
    template, parts = _DOC + body, (_FRAMES | _CALLS).get(match[1], {})
    if keyword.iskeyword(match[2]) or re.search(
            rf"\b{match[2]}\b", template.format(constant="", camel="", function="", **parts), re.IGNORECASE):
        raise VedetteError(f"{match[2]!r} is a word that the file itself uses: take another", where=name)
    camel = "".join(word.capitalize() for word in match[2].split("_"))
    path.write_text(template.format(constant=match[2].upper(), camel=camel, function=match[2], **parts),
                    encoding="utf-8")
    return path
