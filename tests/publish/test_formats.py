"""JSON, JSON lines and the table."""

from __future__ import annotations

import io
import json
import os
import pty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.publish.made import API, each, finding
from vedette.errors import VedetteError
from vedette.publish.formats import checked_format, write_findings
from vedette.publish.plain_text import cell_width, escaped_json, shortened, visible
from vedette.publish.severity import band_of

HOSTILE = "a\x1b[31m[red]b[/red]\r\n\x9b2J\u202ec\u2028\x00"


def written(findings, form):
    out = io.StringIO()
    write_findings(findings, form, out)
    return out.getvalue()


def on_a_terminal(findings, form, columns):
    """What a terminal of so many columns is sent."""
    leader, follower = pty.openpty()
    before = os.environ.get("COLUMNS")
    os.environ |= {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    os.environ.pop("NO_COLOR", None)
    try:
        with os.fdopen(follower, "w", encoding="utf-8") as out:
            write_findings(findings, form, out)
        said = b""
        try:
            while chunk := os.read(leader, 1 << 16):
                said += chunk
        except OSError:  # nobody writes any more
            return said.decode()
        return said.decode()
    finally:
        os.close(leader)
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before


def test_json_is_an_array_of_the_findings_themselves():
    assert json.loads(written(each(), "json")) == each()
    assert json.loads(written([], "json")) == []


def test_json_lines_are_one_finding_each():
    lines = written(each(), "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == each()
    assert written([], "jsonl") == ""


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(VedetteError, match="'xml' is not a format: give table, json, jsonl, ocsf, asff"):
        checked_format("xml")


def test_an_empty_table_says_so():
    assert written([], "table") == "no findings\n"


def test_a_table_has_a_row_for_each_finding_with_all_that_identifies_it():
    head, *rows = written(each(), "table").splitlines()
    assert head.split() == ["SEVERITY", "TYPE", "RESOURCE", "ACTOR", "COUNT", "FIRST", "SEEN", "LAST", "SEEN", "ID",
                            "TITLE"]
    assert len(rows) == 4
    for row, one in zip(rows, each(), strict=True):
        assert row.startswith(band_of(one["severity"]))
        for said in (one["type"], "2026-03-02 09:00:00", "2026-03-02 09:00:02", one["id"][:12], one["title"]):
            assert said in row
    assert "bucket acme-ledger" in rows[0]
    assert "198.51.100.7" in rows[0]
    assert "i-0a11d5e7c0ffee001" in rows[1]
    assert "eni-1" in rows[2]
    assert "198.51.100.9 and 1 more" in rows[2]
    assert "drop.bad.example" in rows[3]


def test_columns_line_up():
    head, *rows = written(each(), "table").splitlines()
    assert {row.index(one["id"][:12]) for row, one in zip(rows, each(), strict=True)} == {head.index("ID  ")}


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "ocsf", "asff"])
def test_nothing_from_a_log_reaches_a_terminal_as_control(form):
    hostile = finding(API, title=HOSTILE, description=HOSTILE)
    hostile["resource"]["s3BucketDetails"][0]["name"] = HOSTILE
    text = written([hostile], form)
    assert all(one.isprintable() or one == "\n" for one in text)
    assert "[red]b[/red]" in text


def test_markup_in_a_log_is_not_obeyed_on_a_terminal():
    said = on_a_terminal([finding(API, title="[bold red]x[/] :bomb:")], "table", 300)
    assert "[bold red]x[/] :bomb:" in said


def test_a_terminal_shows_the_severity_in_colour_and_a_file_does_not():
    assert "\x1b[33mMedium\x1b[0m" in on_a_terminal([finding(API)], "table", 300)
    assert "\x1b" not in written([finding(API)], "table")


def test_a_narrow_terminal_gets_blocks_whose_lines_fit():
    said = on_a_terminal([finding(API, title="word " * 50)], "table", 70)
    assert "SEVERITY" not in said
    assert API in said
    assert all(cell_width(line) <= 70 for line in said.replace("\r", "").split("\n")[1:])


def test_a_wide_terminal_gets_a_row_cut_to_its_width():
    said = on_a_terminal([finding(API, title="word " * 50)], "table", 230).replace("\r", "").split("\n")
    assert said[0].startswith("SEVERITY")
    assert said[1].endswith("…")


@given(st.text(alphabet=st.characters()))
def test_visible_text_is_printable_and_loses_nothing_printable(text):
    shown = visible(text)
    assert shown.isprintable()
    if text.isprintable():
        assert shown == text


@given(st.text())
def test_escaped_json_means_the_same(text):
    assert json.loads(escaped_json(json.dumps(text, ensure_ascii=False))) == text


@given(st.text(), st.integers(0, 30))
def test_shortened_text_fits(text, width):
    assert cell_width(shortened(text, width)) <= width
