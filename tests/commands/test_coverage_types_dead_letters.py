"""``vedette coverage``, ``types`` and ``dead-letters``."""

from __future__ import annotations

import json

import pytest

from tests.commands.conftest import TRAIL
from vedette.commands.coverage import Stream
from vedette.detectors.catalogue import catalogue
from vedette.findings.rows import LedgerEntry

HOUR = 3_600_000


def entry(first, last, *, records=1):
    return LedgerEntry(source="s", object=f"{first}", version="1", kind="cloudtrail", records=records,
                       first_time=first, last_time=last)


def gaps_of(*spans):
    stream = Stream()
    for first, last in spans:
        stream.add(entry(first, last))
    return stream.gaps()


def test_neighbouring_hours_have_no_gap():
    assert gaps_of((0, HOUR - 1), (HOUR, HOUR + 1), (2 * HOUR + 5, 2 * HOUR + 6)) == []


def test_a_gap_is_the_whole_hours_in_between():
    assert gaps_of((0, 10), (4 * HOUR + 30, 4 * HOUR + 40)) == [(HOUR, 4 * HOUR)]


def test_a_long_object_covers_the_hours_between_its_first_and_last_record():
    assert gaps_of((0, 10 * HOUR), (5 * HOUR, 5 * HOUR), (11 * HOUR, 12 * HOUR)) == []


def test_objects_without_records_cover_nothing_and_the_order_makes_no_difference():
    stream = Stream()
    for one in (entry(4 * HOUR, 4 * HOUR), entry(None, None, records=0), entry(0, 0)):
        stream.add(one)
    assert stream.gaps() == [(HOUR, 4 * HOUR)]
    assert (stream.objects, stream.records) == (3, 2)


def test_coverage_says_what_was_read_and_what_is_blind_and_why(vedette, scanned, tmp_path):
    said = vedette("coverage", "--state", scanned.state)
    assert said.code == 0
    assert "cloudtrail 111122223333 us-east-1" in said.out
    assert "2 dead letters" in said.out
    sections = {line: [] for line in said.out.splitlines() if line.startswith("blind, ")}
    current = None
    for line in said.out.splitlines():
        if line in sections:
            current = line
        elif current and line.startswith("  "):
            sections[current].append(line.strip())
    blind = {name: reason for reason, names in sections.items() for name in names}
    assert TRAIL not in blind
    for name in catalogue().types:
        kinds = {kind for one in catalogue().detectors_of(name) for kind in one.kinds}
        if kinds == {"vpc-flow"}:
            assert "no vpc-flow logs were read" in blind[name]
    total = len(catalogue().types)
    assert f"{total - len(blind)} of {total} finding types can fire" in said.out


def test_a_threat_list_opens_the_eyes_of_the_types_that_need_one(vedette, scanned, tmp_path):
    name = "Recon:IAMUser/MaliciousIPCaller.Custom"
    if name not in catalogue().types:
        pytest.skip(f"no detector here produces {name}")
    threats = tmp_path / "bad.txt"
    threats.write_text("198.51.100.7\n")
    without = vedette("coverage", "--state", scanned.state).out
    having = vedette("coverage", "--state", scanned.state, "--threat-list", str(threats)).out
    assert f"  {name}\n" in without
    assert f"  {name}\n" not in having


def test_dead_letters_name_file_place_and_reason_with_a_harmless_sample(vedette, scanned):
    said = vedette("dead-letters", "--state", scanned.state)
    assert said.code == 0
    assert said.out.startswith("2 dead letters\n")
    assert str(scanned.logs / "junk.log") in said.out
    assert "whole object: not a log that Vedette reads" in said.out
    assert "record 0: broken JSON" in said.out
    assert "garbage \\x1b[31m" in said.out
    assert "\x1b" not in said.out


def test_dead_letters_as_json_count_all_and_list_up_to_the_limit(vedette, scanned):
    made = json.loads(vedette("dead-letters", "--state", scanned.state, "--format", "json", "--limit", "1").out)
    assert (made["count"], len(made["letters"])) == (2, 1)
    assert sum(made["reasons"].values()) == 2


def test_a_format_that_dead_letters_do_not_have_is_refused(vedette, scanned):
    said = vedette("dead-letters", "--state", scanned.state, "--format", "ocsf")
    assert (said.code, "give table or json" in said.err) == (2, True)


def test_types_has_a_line_for_each_type_of_the_catalogue(vedette):
    lines = vedette("types").out.splitlines()
    names = [line.split()[0] for line in lines[1:1 + len(catalogue().types)]]
    assert names == list(catalogue().types)
    assert f"{len(names)} finding types" in lines[1 + len(names)]


def test_a_type_is_told_with_everything_its_file_says(vedette):
    said = vedette("types", TRAIL).out
    kind = catalogue().type(TRAIL)
    flat = " ".join(said.split())
    for text in (kind.title, kind.description, kind.remedy, *kind.attack, "Low (2)", "cloudtrail",
                 "api.trail_tampering.trail_disabled", "a stolen key deletes the trail", "the same call is denied"):
        assert " ".join(text.split()) in flat


@pytest.mark.parametrize("name", [TRAIL[:-3], "CloudTrailLogging"])
def test_an_unknown_type_gets_a_guess_and_exit_2(vedette, name):
    said = vedette("types", name)
    assert said.code == 2
    assert f"did you mean {TRAIL}" in said.err


def test_case_makes_no_difference_to_a_type(vedette):
    assert vedette("types", TRAIL.lower()).out.startswith(TRAIL)
