"""Machines: the flow rows and look-ups that their interfaces' logs have of what they do."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.simulate.addresses import OUTSIDE
from vedette.simulate.events import Event, Happening
from vedette.simulate.flow_rows import format_version
from vedette.simulate.network import FLOW_V2, FLOW_V5, described_addresses, instance
from vedette.simulate.story import BASE_TIME_MS, story

WEB = instance("i-0123456789abcdef0", private_ip="10.0.1.5", public_ip="54.210.33.12")
START = BASE_TIME_MS // 1000


def rows(*events: Happening, fields: tuple[str, ...] = FLOW_V5) -> list[dict[str, str]]:
    files = story("x", *events, flow_fields=fields).render().files
    found = []
    for name, content in sorted(files.items()):
        if "vpcflowlogs" in name:
            head, *lines = gzip.decompress(content).decode().splitlines()
            found += [dict(zip(head.split(" "), line.split(" "), strict=True)) for line in lines]
    return found


def lookup(event: Event) -> dict[str, Any]:
    files = story("x", event).render().files
    [text] = [gzip.decompress(content) for name, content in files.items() if "vpcdnsquerylogs" in name]
    made: dict[str, Any] = json.loads(text)
    return made


def test_an_answered_connection_is_two_rows_that_mirror_each_other() -> None:
    out, back = rows(WEB.connects_to(OUTSIDE, 443, packets=10, bytes=4000, reply_packets=8, reply_bytes=9000))
    assert (out["srcaddr"], out["dstaddr"], out["dstport"]) == ("10.0.1.5", OUTSIDE, "443")
    assert (back["srcaddr"], back["dstaddr"], back["srcport"]) == (OUTSIDE, "10.0.1.5", "443")
    assert back["dstport"] == out["srcport"]
    assert 32768 <= int(out["srcport"]) <= 65535
    assert (out["packets"], out["bytes"], back["packets"], back["bytes"]) == ("10", "4000", "8", "9000")
    assert (out["flow-direction"], back["flow-direction"]) == ("egress", "ingress")
    assert {row["action"] for row in (out, back)} == {"ACCEPT"}
    assert {row["interface-id"] for row in (out, back)} == {WEB.interface}


def test_the_opener_sends_syn_and_the_other_side_syn_ack() -> None:
    out, back = rows(WEB.connects_to(OUTSIDE, 443))
    assert (int(out["tcp-flags"]) & 18, int(back["tcp-flags"]) & 18) == (2, 18)
    asked, answered = rows(WEB.is_contacted_by(OUTSIDE, 22))
    assert (asked["srcaddr"], asked["dstport"], int(asked["tcp-flags"]) & 18) == (OUTSIDE, "22", 2)
    assert (answered["srcport"], int(answered["tcp-flags"]) & 18) == ("22", 18)


def test_a_dropped_packet_is_one_rejected_row() -> None:
    for happening, direction in (
        (WEB.is_contacted_by(OUTSIDE, 22, accepted=False), "ingress"),
        (WEB.connects_to(OUTSIDE, 22, accepted=False), "egress"),
    ):
        [row] = rows(happening)
        assert (row["action"], row["flow-direction"], row["tcp-flags"], row["packets"]) == (
            "REJECT", direction, "2", "1",
        )


def test_silence_is_one_row_and_a_refusal_two_with_a_reset() -> None:
    [row] = rows(WEB.connects_to(OUTSIDE, 81, answered=False))
    assert (row["action"], row["tcp-flags"]) == ("ACCEPT", "2")
    _, reset = rows(WEB.connects_to(OUTSIDE, 81, refused=True))
    assert (reset["flow-direction"], reset["tcp-flags"]) == ("ingress", "4")


def test_connections_have_ports_of_their_own_and_begin_within_the_spread() -> None:
    found = rows(WEB.connects_to(OUTSIDE, 22, connections=500, spread=120, duration=0), fields=FLOW_V2)
    out = [row for row in found if row["srcaddr"] == WEB.private_ip]
    assert len(found) == 1000
    assert len({row["srcport"] for row in out}) == 500
    begins = [int(row["start"]) - START for row in out]
    assert min(begins) >= 0
    assert 115 <= max(begins) < 120


@given(
    duration=st.floats(0, 1000), packets=st.integers(20, 10**6), size=st.integers(1000, 10**9),
    at=st.floats(0, 10_000),
)
def test_rows_never_cross_a_minute_and_add_up_to_the_conversation(
    duration: float, packets: int, size: int, at: float
) -> None:
    found = rows(WEB.connects_to(
        OUTSIDE, 443, packets=packets, bytes=size, answered=False, duration=duration, at=at
    ), fields=FLOW_V2)
    for row in found:
        assert int(row["start"]) <= int(row["end"])
        assert int(row["start"]) // 60 == int(row["end"]) // 60
    assert sum(int(row["packets"]) for row in found) == packets
    assert sum(int(row["bytes"]) for row in found) == size
    assert int(found[0]["start"]) == int(START + round(at * 1000) / 1000)
    assert len({row["srcport"] for row in found}) == 1


def test_only_the_first_row_of_a_long_connection_has_the_syn() -> None:
    found = rows(WEB.connects_to(OUTSIDE, 443, duration=150))
    out = [int(row["tcp-flags"]) for row in found if row["flow-direction"] == "egress"]
    assert out == [2, 0, 1]


def test_pings_have_no_ports() -> None:
    out, back = rows(WEB.pings(OUTSIDE))
    assert (out["protocol"], out["srcport"], out["dstport"], out["bytes"]) == ("1", "0", "0", "336")
    assert back["dstaddr"] == WEB.private_ip


def test_ipv6_needs_an_address_to_talk_with() -> None:
    six = instance("i-0f", ipv6="2600:1f18::5")
    out, _ = rows(six.connects_to("2a04:4e42::223", 443))
    assert (out["srcaddr"], out["type"]) == ("2600:1f18::5", "IPv6")
    with pytest.raises(ValueError, match="no IPv6 address"):
        rows(WEB.connects_to("2a04:4e42::223", 443))


def test_a_raw_row_says_what_it_is_told() -> None:
    [row] = rows(WEB.flow(srcaddr="10.0.1.5", dstaddr=OUTSIDE, srcport=40000, dstport=25, protocol=6, packets=3,
                          bytes=120, tcp_flags=2, start=10, end=20, at=60))
    assert (row["start"], row["end"], row["tcp-flags"]) == (str(START + 70), str(START + 80), "2")
    assert (row["pkt-dstaddr"], row["type"], row["action"]) == (OUTSIDE, "IPv4", "ACCEPT")
    [silent] = rows(WEB.flow(log_status="NODATA"), fields=FLOW_V2)
    assert [silent[name] for name in ("srcaddr", "dstport", "bytes", "action", "log-status")] == ["-"] * 4 + ["NODATA"]
    with pytest.raises(ValueError, match="no field 'colour'"):
        rows(WEB.flow(colour="red"))


@pytest.mark.parametrize(("fields", "version"), [
    (FLOW_V2, 2), (("srcaddr", "dstaddr", "tcp-flags"), 3), (("srcaddr", "region"), 4), (FLOW_V5, 5),
])
def test_the_version_is_that_of_the_latest_field(fields: tuple[str, ...], version: int) -> None:
    assert format_version(fields) == version


def test_a_look_up_is_the_record_that_the_resolver_logs() -> None:
    record = lookup(WEB.resolves("Bad.Example", at=7))
    assert record == {
        "version": "1.100000", "account_id": WEB.account, "region": "us-east-1", "vpc_id": WEB.vpc,
        "query_timestamp": "2026-03-02T09:00:07Z", "query_name": "Bad.Example.", "query_type": "A",
        "query_class": "IN", "rcode": "NOERROR", "answers": [{"Rdata": "52.216.10.4", "Type": "A", "Class": "IN"}],
        "srcaddr": "10.0.1.5", "srcport": record["srcport"], "transport": "UDP",
        "srcids": {"instance": WEB.instance_id},
    }
    assert record["srcport"].isdigit()


def test_answers_have_the_type_that_their_data_shows() -> None:
    record = lookup(WEB.resolves("a.example", "AAAA", ["b.example.", "2600:1f18::5", "9.9.4.20", ("TXT", "hello")]))
    assert [answer["Type"] for answer in record["answers"]] == ["CNAME", "AAAA", "A", "TXT"]
    assert lookup(WEB.resolves("a.example", "TXT", ["v=spf1"]))["answers"][0]["Type"] == "TXT"


def test_a_name_that_does_not_exist_has_no_answers_and_more_fields_are_added() -> None:
    record = lookup(WEB.resolves("a.example", rcode="NXDOMAIN", firewall_rule_action="BLOCK"))
    assert record["answers"] == []
    assert record["firewall_rule_action"] == "BLOCK"


def test_described_addresses_are_an_accounts_elastic_ones() -> None:
    document = described_addresses("52.20.81.7", account="444455556666")["describe-addresses"]
    [address] = document["Addresses"]
    assert (address["PublicIp"], address["NetworkInterfaceOwnerId"]) == ("52.20.81.7", "444455556666")
