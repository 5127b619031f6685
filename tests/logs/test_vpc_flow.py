from __future__ import annotations

import io
from ipaddress import IPv4Address, IPv6Address

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.logs import parquet
from vedette.logs.kinds import Limits
from vedette.logs.vpc_flow import ALWAYS, FIELDS, oriented, read_lines, read_parquet, recognise, to_flows

LIMITS = Limits()
V2 = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
ROW = "2 123456789012 eni-0a1b2c3d 10.0.0.5 8.8.8.8 40000 443 6 10 840 1700000000 1700000059 ACCEPT OK"


def read(text: str | bytes, limits: Limits = LIMITS, first_line: int = 1):
    data = text.encode() if isinstance(text, str) else text
    layout = recognise(data)
    assert layout is not None
    return read_lines(data, first_line, layout, limits)


def rows(*lines: str, header: str = V2) -> str:
    return "\n".join((header, *lines)) + "\n"


# --- formats

def test_the_default_format_is_read_with_its_header_and_without() -> None:
    for text, position in ((rows(ROW), 2), (ROW + "\n", 1)):
        (flow,) = to_flows(read(text).frame)
        assert (flow.srcaddr, flow.dstaddr, flow.srcport, flow.dstport) == ("10.0.0.5", "8.8.8.8", 40000, 443)
        assert (flow.packets, flow.bytes, flow.protocol, flow.action) == (10, 840, 6, "ACCEPT")
        assert (flow.time, flow.end_time) == (1700000000000, 1700000059000)
        assert (flow.account_id, flow.interface_id, flow.position) == ("123456789012", "eni-0a1b2c3d", position)


def test_a_cloudwatch_export_is_read_with_its_timestamps() -> None:
    batch = read(f"2023-11-14T22:13:20.000Z {ROW}\n2023-11-14T22:13:21.000Z {ROW}\n")
    assert batch.dead is None
    assert batch.frame["srcaddr"].to_list() == ["10.0.0.5", "10.0.0.5"]
    assert batch.frame["position"].to_list() == [1, 2]


def test_crlf_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    text = b"\xef\xbb\xbf" + rows(ROW, ROW).replace("\n", "\r\n").encode()
    batch = read(text)
    assert not batch.dead
    assert batch.frame["position"].to_list() == [2, 3]


def test_a_missing_last_line_end_loses_nothing() -> None:
    assert read(rows(ROW, ROW).rstrip("\n")).records == 2


def test_header_names_may_be_written_with_underscores() -> None:
    assert read(rows(ROW, header=V2.replace("-", "_"))).frame["interface_id"].to_list() == ["eni-0a1b2c3d"]


@pytest.mark.parametrize("text", [
    "", "hello world\n", '{"Records": []}\n', "a b c d e f g h i j k l m n\n",
    "srcaddr\n10.0.0.1\n", "GET / HTTP/1.1\n", "timestamp level logger message\n",
])
def test_other_texts_are_not_recognised(text: str) -> None:
    assert recognise(text.encode()) is None


def test_the_format_is_recognised_behind_a_broken_first_line() -> None:
    assert recognise(b"garbage\n" + ROW.encode() + b"\n") is not None


text_values = st.from_regex(r"[A-Za-z0-9:/._]{1,20}", fullmatch=True).filter(lambda value: value != "-")
addresses = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number))),
    st.integers(0, 2**128 - 1).map(lambda number: str(IPv6Address(number))),
)
SPECIAL = {
    "action": st.sampled_from(["ACCEPT", "REJECT"]), "log_status": st.just("OK"), "start": st.integers(0, 2**33),
    "end": st.integers(0, 2**33), "packets": st.integers(0, 2**63 - 1), "bytes": st.integers(0, 2**63 - 1),
    "srcaddr": addresses, "dstaddr": addresses, "pkt_srcaddr": addresses, "pkt_dstaddr": addresses,
    "version": st.integers(2, 10),
}


def values_of(name: str) -> st.SearchStrategy:
    if name in SPECIAL:
        return SPECIAL[name]
    kind = FIELDS[name]
    top = {pl.UInt16(): 65535, pl.UInt8(): 255}.get(kind)
    return st.integers(0, top) if top else text_values


@st.composite
def logs(draw):
    chosen = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=2, max_size=12, unique=True))
    fields = draw(st.permutations(list(dict.fromkeys([*chosen, "start", "srcport", "dstaddr"]))))
    table = draw(st.lists(st.fixed_dictionaries({
        name: values_of(name) if name in {"start", "log_status", "dstaddr"} else st.none() | values_of(name)
        for name in fields
    }), min_size=1, max_size=8))
    return fields, table


@settings(max_examples=150, deadline=None)
@given(logs(), st.booleans())
def test_any_fields_in_any_order_come_back_as_they_were_written(log, spoiled: bool) -> None:
    fields, table = log
    lines = [" ".join("-" if row[name] is None else str(row[name]) for name in fields) for row in table]
    if spoiled:
        lines.insert(len(lines) // 2, "no flow")
    batch = read(rows(*lines, header=" ".join(name.replace("_", "-") for name in fields)))
    assert len(batch.dead or ()) == spoiled
    assert batch.frame.height == len(table)
    for name in fields:
        if name in {"version", "log_status"}:
            assert name not in batch.frame.columns
        elif name != "end":
            assert batch.frame[name].to_list() == [row[name] for row in table]
    for name in ALWAYS:
        assert batch.frame.schema[name] == FIELDS[name]


@pytest.mark.parametrize("spoil", ["", "garbage"])
def test_fields_that_aws_has_yet_to_publish_are_left_out(spoil: str) -> None:
    header = "srcaddr position dstaddr local start timestamp"
    batch = read(rows("10.0.0.1 a 10.0.0.2 b 1700000000 c", spoil, header=header))
    assert batch.frame.columns == [*ALWAYS, "position"]
    row = batch.frame.select("srcaddr", "dstaddr", "start", "position").row(0)
    assert row == ("10.0.0.1", "10.0.0.2", 1700000000, 2)


# --- rows without data and broken rows

@pytest.mark.parametrize("spoil", ["", "garbage"])
def test_rows_without_data_are_counted_and_passed_over(spoil: str) -> None:
    nothing = "2 123456789012 eni-0a1b2c3d - - - - - - - 1700000000 1700000059 - {}"
    batch = read(rows(nothing.format("NODATA"), ROW, nothing.format("SKIPDATA"), spoil))
    assert (batch.records, batch.passed_over) == (1, 2)


def test_rows_without_data_are_known_by_their_addresses_when_the_format_has_no_status() -> None:
    batch = read(rows("- - 1700000000", "10.0.0.1 10.0.0.2 1700000000", header="srcaddr dstaddr start"))
    assert (batch.records, batch.passed_over) == (1, 1)


BROKEN = {
    "short": (b"2 123456789012 eni-1 10.0.0.5", "4 fields where the format has 14"),
    "long": (ROW.encode() + b" more", "15 fields where the format has 14"),
    "text for a port": (ROW.replace("443", "https").encode(), "dstport must be a whole number up to 65535 or -"),
    "port out of range": (ROW.replace("40000", "70000").encode(), "srcport must be a whole number up to 65535 or -"),
    "negative port": (ROW.replace("40000", "-1").encode(), "srcport must be a whole number up to 65535 or -"),
    "protocol out of range": (ROW.replace(" 6 ", " 256 ").encode(), "protocol must be a whole number up to 255 or -"),
    "64-bit overflow": (ROW.replace("840", str(2**63)).encode(),
                        f"bytes must be a whole number up to {2**63 - 1} or -"),
    "negative bytes": (ROW.replace("840", "-840").encode(), "bytes must be zero or more"),
    "negative time": (ROW.replace("1700000000", "-5").encode(), "start must be seconds since 1970"),
    "absurd time": (ROW.replace("1700000000", str(2**62)).encode(), "start must be seconds since 1970"),
    "unknown status": (ROW.replace("OK", "FINE").encode(), "log-status must be OK, NODATA or SKIPDATA"),
    "unknown action": (ROW.replace("ACCEPT", "MAYBE").encode(), "action must be ACCEPT, REJECT or -"),
    "NUL": (ROW.replace("8.8.8.8", "8.8\0.8.8").encode(), "NUL bytes"),
    "not UTF-8": (ROW.encode().replace(b"8.8.8.8", b"\xff\xfe"), "not UTF-8"),
    "absurd address": (ROW.replace("8.8.8.8", "8" * 5000).encode(), "dstaddr must be an IP address or -"),
    "another header": (b"srcaddr dstaddr start end", "a header line unlike the first"),
    "no time": (ROW.replace("1700000000 1700000059", "- -").encode(),
                "start and end are missing: the row cannot be placed in time"),
    "too long": (b"x" * 20_000, "record longer than 10000 bytes"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_line_is_named_and_the_others_are_read(name: str) -> None:
    line, reason = BROKEN[name]
    text = b"\n".join((V2.encode(), ROW.encode(), line, ROW.encode(), b""))
    batch = read(text, Limits(record=10_000))
    assert batch.frame["position"].to_list() == [2, 4]
    assert [(letter.position, letter.reason) for letter in batch.dead] == [(3, reason)]
    assert len(batch.dead[0].sample) <= 200
    assert batch.dead[0].sample.startswith(line[:10].decode("utf-8", "replace"))


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_does_not_depend_on_its_neighbours(name: str) -> None:
    """The quick way and the careful way agree, so that blocks may be cut anywhere."""
    line, reason = BROKEN[name]
    layout = recognise(V2.encode() + b"\n")
    alone = read_lines(line + b"\n", 5, layout, Limits(record=10_000))
    assert (alone.records, [(letter.position, letter.reason) for letter in alone.dead]) == (0, [(5, reason)])


def test_a_short_line_is_found_when_the_last_field_may_be_absent() -> None:
    header = "srcaddr dstaddr start traffic-path"
    batch = read(rows("10.0.0.1 10.0.0.2 1700000000 -", "10.0.0.1 10.0.0.2 1700000000", header=header))
    assert batch.frame["position"].to_list() == [2]
    assert [letter.position for letter in batch.dead] == [3]


def test_header_lines_in_the_middle_and_blank_lines_are_skipped() -> None:
    batch = read(rows(ROW, V2, "", ROW))
    assert batch.frame["position"].to_list() == [2, 5]
    assert not batch.dead


def test_a_later_block_counts_its_lines_from_where_it_starts() -> None:
    layout = recognise(rows(ROW).encode())
    assert read_lines(f"{ROW}\n{ROW}\n".encode(), 101, layout, LIMITS).frame["position"].to_list() == [101, 102]
    assert read_lines(f"{ROW}\nx\n{ROW}\n".encode(), 101, layout, LIMITS).frame["position"].to_list() == [101, 103]


def test_one_time_stands_for_the_other_when_the_format_has_only_one() -> None:
    (flow,) = to_flows(read(rows("10.0.0.1 10.0.0.2 1700000007", header="srcaddr dstaddr end")).frame)
    assert (flow.start, flow.end) == (1700000007, 1700000007)


def test_a_format_without_any_time_gives_dead_letters_only() -> None:
    batch = read(rows("10.0.0.1 10.0.0.2", header="srcaddr dstaddr"))
    assert batch.records == 0
    assert "cannot be placed in time" in batch.dead[0].reason


def test_very_many_broken_lines_are_counted_but_not_all_kept() -> None:
    batch = read(rows(ROW, *["x"] * 500), Limits(dead_letters=10))
    assert len(batch.dead) == 500
    assert [letter.position for letter in batch.dead[:10]] == list(range(3, 13))
    assert len(set(map(id, batch.dead[10:]))) == 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_no_bytes_can_crash_the_reader_or_lose_a_good_line(junk: list[bytes]) -> None:
    lines = [V2.encode()]
    for piece in junk:
        lines += [piece.replace(b"\n", b" "), ROW.encode()]
    batch = read(b"\n".join(lines) + b"\n")
    assert batch.records == len(junk)


# --- orientation

def frame_of(*flows: dict) -> pl.DataFrame:
    base = {"interface_id": "eni-1", "srcport": 1000, "dstport": 2000, "start": 1700000000, "end": 1700000001}
    names = list(dict.fromkeys(name for flow in flows for name in flow))
    table = pl.DataFrame([{**dict.fromkeys(names), **base, **flow} for flow in flows], infer_schema_length=None)
    return read_parquet(table, LIMITS).frame


def ends(*flows: dict, known=None) -> list[tuple]:
    return oriented(frame_of(*flows), known).select("local", "remote", "outgoing").collect().rows()


def test_the_flow_direction_field_decides_first() -> None:
    out = {"srcaddr": "8.8.8.8", "dstaddr": "10.0.0.1", "flow_direction": "egress"}
    assert ends(out, {**out, "flow_direction": "ingress"}) == [
        ("8.8.8.8", "10.0.0.1", True), ("10.0.0.1", "8.8.8.8", False),
    ]


@pytest.mark.parametrize("address", [
    "10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.7.7", "100.64.0.1", "100.127.3.4", "198.18.0.1", "fd00:ec2::5",
])
def test_the_private_address_of_the_two_is_local(address: str) -> None:
    public = "2600::1" if ":" in address else "9.9.9.9"
    assert ends({"srcaddr": address, "dstaddr": public}, {"srcaddr": public, "dstaddr": address}) == [
        (address, public, True), (address, public, False),
    ]


@pytest.mark.parametrize("other", ["172.32.0.1", "172.15.0.1", "100.128.0.1", "100.63.0.1", "192.169.0.1", "11.0.0.1",
                                   "169.254.169.254", "224.0.0.251", "255.255.255.255", "172.160.0.1"])
def test_addresses_that_only_look_private_or_are_never_an_interfaces_are_remote(other: str) -> None:
    assert ends({"srcaddr": other, "dstaddr": "10.0.0.1"}) == [("10.0.0.1", other, False)]


def test_a_known_address_decides_between_two_private_ones_and_two_public_ones() -> None:
    inside = {"srcaddr": "10.0.0.9", "dstaddr": "10.0.0.1"}
    outside = {"srcaddr": "9.9.9.9", "dstaddr": "8.8.8.8"}
    for known in (
        {"eni-1": ["10.0.0.1", "9.9.9.9"]},
        pl.DataFrame({"interface_id": ["eni-1", "eni-1"], "address": ["10.0.0.1", "9.9.9.9"]}),
    ):
        assert ends(inside, outside, known=known) == [("10.0.0.1", "10.0.0.9", False), ("9.9.9.9", "8.8.8.8", True)]


def test_a_known_public_address_beats_the_private_one_of_the_two() -> None:
    assert ends({"srcaddr": "10.0.0.9", "dstaddr": "9.9.9.9"}, known={"eni-1": ["9.9.9.9"]}) == [
        ("9.9.9.9", "10.0.0.9", False),
    ]


def test_an_address_known_of_another_interface_decides_nothing() -> None:
    assert ends({"srcaddr": "10.0.0.9", "dstaddr": "10.0.0.1"}, known={"eni-2": ["10.0.0.1"]}) == [(None, None, None)]


def test_the_address_in_all_rows_of_the_interface_is_local() -> None:
    talk = [{"srcaddr": "10.0.0.1", "dstaddr": "10.0.0.9"}, {"srcaddr": "10.0.0.8", "dstaddr": "10.0.0.1"}]
    assert ends(*talk) == [("10.0.0.1", "10.0.0.9", True), ("10.0.0.1", "10.0.0.8", False)]


def test_one_peer_only_leaves_it_undecided() -> None:
    talk = [{"srcaddr": "10.0.0.1", "dstaddr": "10.0.0.9"}, {"srcaddr": "10.0.0.9", "dstaddr": "10.0.0.1"}]
    assert ends(*talk) == [(None, None, None)] * 2


def test_each_interface_and_each_address_family_is_looked_at_apart() -> None:
    talk = [
        {"srcaddr": "2600::1", "dstaddr": "2600::9"}, {"srcaddr": "10.0.0.1", "dstaddr": "10.0.0.9"},
        {"srcaddr": "2600::8", "dstaddr": "2600::1"}, {"srcaddr": "10.0.0.8", "dstaddr": "10.0.0.1"},
        {"interface_id": "eni-2", "srcaddr": "10.0.0.9", "dstaddr": "10.0.0.1"},
        {"interface_id": "eni-2", "srcaddr": "10.0.0.9", "dstaddr": "10.0.0.2"},
    ]
    assert [row[0] for row in ends(*talk)] == ["2600::1", "10.0.0.1", "2600::1", "10.0.0.1", "10.0.0.9", "10.0.0.9"]


def test_behind_a_middle_box_remote_is_the_true_far_end_and_local_stays_the_interfaces_own() -> None:
    through = {"srcaddr": "10.0.1.5", "dstaddr": "10.0.0.220", "pkt_srcaddr": "10.0.1.5", "pkt_dstaddr": "9.9.9.9"}
    back = {"srcaddr": "10.0.0.220", "dstaddr": "10.0.1.5", "pkt_srcaddr": "9.9.9.9", "pkt_dstaddr": "10.0.1.5"}
    assert ends(through, back, known={"eni-1": ["10.0.1.5"]}) == [
        ("10.0.1.5", "9.9.9.9", True), ("10.0.1.5", "9.9.9.9", False),
    ]
    assert ends(through, known={"eni-1": ["10.0.0.220"]}) == [("10.0.0.220", "10.0.1.5", False)]


def test_ports_follow_the_ends() -> None:
    frame = oriented(frame_of({"srcaddr": "9.9.9.9", "dstaddr": "10.0.0.1", "srcport": 5, "dstport": 22})).collect()
    assert frame.select("local_port", "remote_port").row(0) == (22, 5)


def test_an_empty_frame_can_be_oriented() -> None:
    assert oriented(read(V2 + "\n").frame, {"eni-1": ["10.0.0.1"]}).collect().height == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from(["eni-1", "eni-2", None]),
    st.none() | st.sampled_from(["10.0.0.1", "10.0.0.2", "9.9.9.9", "fd00::1"]),
    st.none() | st.sampled_from(["10.0.0.1", "10.0.0.2", "8.8.8.8", "2600::1"]),
    st.sampled_from(["egress", "ingress", None]),
), min_size=1, max_size=8))
def test_local_and_remote_are_always_the_two_addresses_of_the_row(table: list[tuple]) -> None:
    flows = [dict(zip(("interface_id", "srcaddr", "dstaddr", "flow_direction"), row, strict=True)) for row in table]
    frame = oriented(frame_of(*flows), {"eni-1": ["10.0.0.1"]}).collect()
    for row in frame.iter_rows(named=True):
        ways = {True: ("srcaddr", "dstaddr"), False: ("dstaddr", "srcaddr"), None: None}[row["outgoing"]]
        expected = (row[ways[0]], row[ways[1]]) if ways else (None, None)
        assert (row["local"], row["remote"]) == expected


# --- flows

@pytest.mark.parametrize(("fields", "initiator"), [
    ({"protocol": 6, "tcp_flags": 2}, "local"), ({"protocol": 6, "tcp_flags": 3}, "local"),
    ({"protocol": 6, "tcp_flags": 18}, "remote"), ({"protocol": 6, "tcp_flags": 19}, "remote"),
    ({"protocol": 6, "tcp_flags": 0, "srcport": 22, "dstport": 50000}, "remote"),
    ({"protocol": 6, "srcport": 50000, "dstport": 443}, "local"),
    ({"protocol": 17, "srcport": 53, "dstport": 40000}, "remote"),
    ({"protocol": 6, "srcport": 40000, "dstport": 8080}, "local"),
    ({"protocol": 6, "srcport": 40000, "dstport": 50000}, ""),
    ({"protocol": 17, "srcport": 123, "dstport": 123}, ""),
    ({"protocol": 1, "srcport": 0, "dstport": 0}, ""),
])
def test_who_opened_the_conversation(fields: dict, initiator: str) -> None:
    (flow,) = to_flows(oriented(frame_of({"srcaddr": "10.0.0.1", "dstaddr": "9.9.9.9", **fields})).collect())
    assert (flow.outgoing, flow.initiator) == (True, initiator)


def test_equal_rows_are_one_record_wherever_they_stand_and_others_are_not() -> None:
    text = rows(ROW, ROW, ROW.replace("840", "841"))
    first, second, third = to_flows(read(text).frame)
    assert first.record == second.record != third.record
    assert len(first.record) == 16
    (line,) = to_flows(oriented(read(ROW + "\n").frame).collect())
    assert line.record == first.record


# --- Parquet

def parquet_bytes(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


PARQUET = pl.DataFrame({
    "version": [2, 2, 2], "account_id": ["123456789012"] * 3, "interface_id": ["eni-0a1b2c3d"] * 3,
    "srcaddr": ["10.0.0.5", "-", "10.0.0.5"], "dstaddr": ["8.8.8.8", "-", "8.8.8.8"], "srcport": [40000, None, 70000],
    "dstport": [443, None, 443], "protocol": [6, None, 6], "packets": [10, None, 10], "bytes": [840, None, 840],
    "start": [1700000000] * 3, "end": [1700000059] * 3, "action": ["ACCEPT", "-", "ACCEPT"],
    "log_status": ["OK", "NODATA", "OK"],
})


def test_a_parquet_object_gives_the_same_record_as_the_text() -> None:
    (batch,) = parquet.read_parquet(parquet_bytes(PARQUET), LIMITS)
    (flow,) = to_flows(batch.frame)
    assert (flow.position, batch.passed_over) == (0, 1)
    assert [(letter.position, letter.reason) for letter in batch.dead] == [
        (2, "srcport must be a whole number up to 65535 or -")
    ]
    (text,) = to_flows(read(ROW + "\n").frame)
    assert flow.record == text.record


def test_corrupt_and_foreign_parquet_are_one_dead_letter() -> None:
    sound = parquet_bytes(PARQUET)
    for data in (b"PAR1", sound[:-20], b"PAR1" + b"\0" * 100 + b"PAR1", parquet_bytes(pl.DataFrame({"a": [1]}))):
        (batch,) = parquet.read_parquet(data, LIMITS)
        assert [letter.position for letter in batch.dead] == [-1]
        assert batch.records == 0


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_in_a_parquet_object_never_raises(data) -> None:
    sound = bytearray(parquet_bytes(PARQUET))
    for _ in range(data.draw(st.integers(1, 5))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    for batch in parquet.read_parquet(bytes(sound), LIMITS):
        assert batch.records or batch.dead or batch.passed_over


def test_a_parquet_row_is_shown_as_json() -> None:
    data = parquet_bytes(PARQUET)
    found = parquet.rows_json(data, (-1, 0, 3))
    assert found.keys() == {0}
    assert '"srcaddr":"10.0.0.5"' in found[0]
