"""A record meets the detectors that want it, each once, however much of what was asked before is remembered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.test_analysed import NOTHING_KNOWN
from vedette.detectors.declare import Detector, Session, Trigger, calls, calls_where, sessions_where
from vedette.engine import call_numbers, dispatch
from vedette.engine.dispatch import Dispatcher
from vedette.logs.cloudtrail import ApiCall, decode_record
from vedette.logs.kinds import Batch, LogKind


def wanting(name: str, *on: Trigger) -> Detector:
    return Detector(name=name, types=(), on=on, judge=lambda record, known: None)


DETECTORS = [
    wanting("named", calls("s3.amazonaws.com", "GetObject", "PutObject")),
    wanting("other service", calls("ec2.amazonaws.com", "GetObject")),
    wanting("address", calls_where("source_ip", lambda ip, known: ip.endswith("7"))),
    wanting("program", calls_where("user_agent", lambda agent, known: "kali" in agent)),
    wanting("kind", calls_where("identity_type", lambda kind, known: kind == "Root")),
    wanting("session", sessions_where(lambda one, known: one.account == "1" and one.endpoint == "vpce-1")),
    wanting("several", calls("s3.amazonaws.com", "GetObject"),
            calls_where("source_ip", lambda ip, known: ip.endswith("7")),
            calls_where("user_agent", lambda agent, known: "kali" in agent)),
]


def wanted(call: ApiCall) -> list[str]:
    """By asking each detector about the record itself."""
    who = call.identity
    asked: dict[str, Any] = {
        "source_ip": call.source_ip, "user_agent": call.user_agent, "identity_type": who.type}
    session = Session(who.principal_id or "", who.account_id or call.account, call.source_ip,
                      call.vpc_endpoint_id or "", call.vpc_endpoint_account_id or "")
    found = []
    for detector in DETECTORS:
        for trigger in detector.on:
            if hasattr(trigger, "names"):
                meets = call.event_source == trigger.source and call.event_name in trigger.names
            elif hasattr(trigger, "field"):
                meets = bool(asked[trigger.field]) and trigger.test(asked[trigger.field], NOTHING_KNOWN)
            else:
                meets = who.type == "AssumedRole" and trigger.test(session, NOTHING_KNOWN)
            if meets:
                found.append(detector.name)
                break
    return sorted(found)


def maybe(*values: str) -> st.SearchStrategy[Any]:
    return st.sampled_from([*values, None])


CALLS = st.fixed_dictionaries({
    "eventTime": st.just("2026-03-02T10:00:00Z"),
    "eventSource": st.sampled_from(["s3.amazonaws.com", "ec2.amazonaws.com"]),
    "eventName": st.sampled_from(["GetObject", "PutObject", "ListBuckets"]),
    "sourceIPAddress": st.sampled_from(["9.9.9.7", "9.9.9.8", ""]), "userAgent": maybe("kali", "boto", ""),
    "vpcEndpointId": maybe("vpce-1", "vpce-2"), "vpcEndpointAccountId": maybe("1"),
    "recipientAccountId": maybe("1", "2"),
    "userIdentity": st.none() | st.fixed_dictionaries({
        "type": maybe("Root", "AssumedRole"), "principalId": maybe("a:b"), "accountId": maybe("1", "2")}),
})


@pytest.mark.parametrize("remembered", [1, 2, 1000])
@given(records=st.lists(CALLS, max_size=12), cut=st.integers(0, 12))
def test_a_call_meets_the_detectors_that_want_it_each_once(
    remembered: int, records: list[dict[str, Any]], cut: int,
) -> None:
    found = [decode_record(msgspec.json.encode(record)) for record in records]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "_MEMO", remembered)
        patch.setattr(dispatch, "_MOST_CALLERS", remembered)
        patch.setattr(call_numbers, "_MOST", remembered)
        dispatcher = Dispatcher(DETECTORS, NOTHING_KNOWN)
        hits = [hit for first, part in ((100, found[:cut]), (100 + cut, found[cut:])) for hit in dispatcher.hits(
            Batch(LogKind.CLOUDTRAIL, structs=part, positions=range(first, first + len(part))))]
    for place, call in enumerate(found):
        mine = [(record, detector.name) for position, record, detector in hits if position == 100 + place]
        assert sorted(name for _, name in mine) == wanted(call)
        assert all(record is call for record, _ in mine)
    assert len(hits) == sum(len(wanted(call)) for call in found)
