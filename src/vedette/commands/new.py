"""``vedette new detector NAME``: a detector file that runs, to be changed into yours."""

from __future__ import annotations

import re
from pathlib import Path

from vedette.errors import VedetteError

_NAME = re.compile(r"(api|s3|network|dns)/([a-z][a-z0-9_]*)$")

_DOC = '''"""What the attacker does, in a sentence or two.

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
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate.principals import iam_user
from vedette.simulate.story import story

{constant} = FindingType(
    name="Custom:IAMUser/{camel}",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="{{principal}} called {{api}}.",
    description="{{principal}} called {{api}} in account {{account}} from {{source}}.",
    attack=("T1078",),
    remedy="Say what the reader should do.",
)


@detector({constant}, on=calls("ec2.amazonaws.com", "ExampleCall"))
def {function}(call: ApiCall, known: Known) -> Signal | None:
    """Say what it means when this fires."""
    return about_call(call, {constant}) if call.succeeded else None


_mallory = iam_user("mallory")

EXAMPLES = [
    story("tell the attack", _mallory.calls("ec2", "ExampleCall")).fires({constant}),
    story("tell what only looks like it", _mallory.calls("ec2", "ExampleCall", error="AccessDenied")).silent(),
]
'''

_FRAME = '''
import polars as pl

from vedette.detectors.declare import {trigger}, detector
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import {about}
from vedette.detectors.signal import Signal
from vedette.logs.{module} import {record}
from vedette.simulate.network import instance
from vedette.simulate.story import story

{constant} = FindingType(
    name="Custom:EC2/{camel}",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {{instance}} did something.",
    description="EC2 instance {{instance}} in account {{account}} did something.",
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
    story("tell the attack", {attack}).fires({constant}),
    story("tell what only looks like it", {ordinary}).silent(),
]
'''

_FRAMES = {
    "network": {
        "trigger": "flows", "about": "about_flow", "module": "vpc_flow", "record": "Flow",
        "condition": 'pl.col("remote_port") == 31337', "attack": '_web.connects_to("9.9.4.20", 31337)',
        "ordinary": '_web.connects_to("9.9.4.20", 443)',
    },
    "dns": {
        "trigger": "lookups", "about": "about_lookup", "module": "resolver_dns", "record": "Lookup",
        "condition": 'pl.col("query_name") == "example.test"', "attack": '_web.resolves("example.test")',
        "ordinary": '_web.resolves("example.com")',
    },
}


def new_detector(name: str, root: Path | None = None) -> Path:
    """Write ``detectors/NAME.py``; returns its path. ``name`` is folder/file, as ``api/trail_tampering``."""
    match = _NAME.match(name)
    if match is None:
        raise VedetteError("give folder/name, as api/key_backdoor: the folder api, s3, network or dns, the name in "
                           "lower case with underscores", where=name)
    folder = (root or Path(__file__).resolve().parents[1] / "detectors") / match[1]
    path = folder / f"{match[2]}.py"
    if not folder.is_dir():
        raise VedetteError("there is no such folder: run this in a checkout of Vedette", where=str(folder))
    if path.exists():
        raise VedetteError("exists already", where=str(path))
    camel = "".join(word.capitalize() for word in match[2].split("_"))
    words = {"constant": match[2].upper(), "camel": camel, "function": match[2]}
    frame = _FRAMES.get(match[1])
    body = _FRAME.format(**words, **frame) if frame else _CALL.format(**words)
    path.write_text(_DOC + body, encoding="utf-8")
    return path
