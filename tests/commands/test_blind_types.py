"""``vedette coverage`` says of each type whether it can fire now, and why not."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from vedette.commands import coverage
from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.detectors.catalogue import catalogue
from vedette.detectors.known import Known
from vedette.intel.aws_ranges import AwsRanges
from vedette.logs.kinds import LogKind
from vedette.simulate import described, instance
from vedette.simulate.place_file import mmdb, place

EMR = "Recon:EC2/PortProbeEMRUnprotectedPort"
CUSTOM = "Recon:IAMUser/MaliciousIPCaller.Custom"
FEED = "Recon:IAMUser/MaliciousIPCaller"
TOR = "UnauthorizedAccess:EC2/TorClient"
TRAIL = "Stealth:IAMUser/CloudTrailLoggingDisabled"
ALL = set(LogKind)
TELLING = {"popular_domain": "1,example.com\n", "domain_age": "example.com,2026-02-27\n"}
"""Feeds that tell a number of each name, by category."""


def _known(folder: Path, *, threats: str = "", inventory: bool = False, places: bool = False, **feeds: str) -> Known:
    (folder / "bad.txt").write_text(threats)
    for category, entries in feeds.items():
        into = folder / "feeds" / category.replace("_", "-")
        into.mkdir(parents=True)
        (into / f"{category}.txt").write_text(entries)
    (folder / "instances.json").write_text(json.dumps(described(instance("i-0123456789abcdef0"))["describe-instances"]))
    (folder / "city.mmdb").write_bytes(mmdb("City", {
        "9.9.4.0/24": place("Ashburn", "United States", "US", 39.0, -77.5)}))
    known, _ = gather(KnowledgeOptions(
        threat_lists=[str(folder / "bad.txt")] if threats else [], feeds=[folder / "feeds"] if feeds else [],
        inventory=[folder / "instances.json"] if inventory else [],
        geo_city=folder / "city.mmdb" if places else None))
    return known


def _blind(known: Known, read: set[LogKind] | None = None) -> dict[str, str]:
    """Type -> why it is blind, as printed."""
    out = io.StringIO()
    coverage._blind(catalogue(), ALL if read is None else read, known, out)
    blind, reason = {}, ""
    for line in out.getvalue().splitlines():
        if line.startswith("blind, "):
            reason = line.removeprefix("blind, ").removesuffix(":")
        elif line.startswith("  "):
            blind[line.strip()] = reason
    total = len(catalogue().types)
    assert f"{total - len(blind)} of {total} finding types can fire" in out.getvalue()
    return blind


def test_with_all_logs_only_the_types_that_need_something_are_blind(tmp_path: Path) -> None:
    blind = _blind(_known(tmp_path))
    assert set(blind) == {name for name, kind in catalogue().types.items() if kind.needs and "OutsideAWS" not in name}
    assert blind[CUSTOM] == "no threat list is loaded (--threat-list)"
    assert blind[TOR] == "no feed of category tor-relay is loaded (--feeds)"
    assert blind[EMR] == (
        "no feed of category malicious, scanner is loaded (--feeds) and no inventory is loaded (--inventory)")


def test_one_feed_of_several_is_enough(tmp_path: Path) -> None:
    blind = _blind(_known(tmp_path, phishing="198.51.100.7\n"))
    assert FEED not in blind
    assert TOR in blind
    assert CUSTOM in blind, "a feed is no list of the user's own"


def test_a_list_of_the_users_own_is_no_feed(tmp_path: Path) -> None:
    blind = _blind(_known(tmp_path, threats="198.51.100.7\n"))
    assert CUSTOM not in blind
    assert FEED in blind


def test_of_each_need_one_must_be_there(tmp_path: Path) -> None:
    assert _blind(_known(tmp_path, inventory=True))[EMR] == "no feed of category malicious, scanner is loaded (--feeds)"


def test_the_other_half_is_missed_as_well(tmp_path: Path) -> None:
    assert _blind(_known(tmp_path, scanner="198.51.100.7\n"))[EMR] == "no inventory is loaded (--inventory)"


def test_with_everything_loaded_nothing_is_missing(tmp_path: Path) -> None:
    needed = {one for kind in catalogue().types.values() for need in kind.needs for one in need}
    categories = {one.partition(":")[2].replace("-", "_") for one in needed if one.startswith("feed:")}
    known = _known(tmp_path, threats="198.51.100.7\n", inventory=True, places=True,
                   **(dict.fromkeys(categories, "198.51.100.7\n") | TELLING))
    assert _blind(known) == {}


def test_without_a_database_of_cities_nobody_is_far_from_anywhere(tmp_path: Path) -> None:
    logins = "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B"
    assert _blind(_known(tmp_path))[logins] == "no database of cities is loaded (--geo-city)"
    assert logins not in _blind(_known(tmp_path, places=True))


def test_logs_that_were_not_read_are_named_with_what_is_not_loaded(tmp_path: Path) -> None:
    blind = _blind(_known(tmp_path), {LogKind.DNS})
    assert blind[TRAIL] == "no cloudtrail logs were read"
    assert blind[TOR] == "no vpc-flow logs were read and no feed of category tor-relay is loaded (--feeds)"


def test_without_any_range_of_awss_nothing_is_outside(tmp_path: Path) -> None:
    known = _known(tmp_path)
    empty = Known(intel=known.intel, aws=AwsRanges([], 0, "an empty file"), inventory=known.inventory)
    outside = [name for name, reason in _blind(empty).items() if "AWS's address ranges are empty" in reason]
    assert outside == [name for name in catalogue().types if name.endswith("OutsideAWS")]


@pytest.mark.parametrize("name", [EMR, FEED])
def test_types_tells_what_a_type_needs(name: str, vedette) -> None:
    said = " ".join(vedette("types", name).out.split())
    assert "needs: " in said
    assert "feed:scanner" in said
    assert (" and inventory" in said) == (name == EMR)
