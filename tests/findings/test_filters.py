import csv
from fnmatch import fnmatchcase
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.findings.documents import document
from vedette.errors import VedetteError
from vedette.findings.attributes import INDEXED, PROMOTED, filter_paths, index_key, values_of
from vedette.findings.filters import FilterError, FindingCriteria
from vedette.findings.wildcard import tidied, wildcard_match

REFERENCE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "guardduty"


def matches(found, **criterion):
    return FindingCriteria.parse({"criterion": {key.replace("__", "."): op for key, op in criterion.items()}}).matches(
        found)


def test_the_paths_are_guardduty_s():
    file = REFERENCE / "filter-attributes.csv"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    with file.open(newline="") as lines:
        theirs = {line["json_field"]: line["kind"] for line in csv.DictReader(lines)}
    ours = {path.name: path.kind for path in filter_paths().values()}
    assert theirs.items() <= ours.items()


def test_paths_keep_their_numbers():
    # Databases hold the numbers. Lines may be added below; whoever changes the first 622 breaks those databases.
    lines = files("vedette.findings").joinpath("filter_attributes.txt").read_bytes().splitlines()
    first = sha256(b"\n".join(lines[:622])).hexdigest()
    assert first == "e43ca58d5a3dfd050839ea7997de99bc9ddf542b94b79758d3c705c49e404507"
    assert [path.number for path in filter_paths().values()] == list(range(1, len(lines) + 1))


def test_promoted_paths_are_filterable():
    assert PROMOTED.keys() <= filter_paths().keys()


def test_values_are_flattened_from_lists_and_each_is_there_once():
    values = values_of(document(1, resource={"instanceDetails": {"networkInterfaces": [
        {"publicIp": "192.0.2.1", "ipv6Addresses": ["::1", "::2"]}, {"publicIp": "192.0.2.1", "ipv6Addresses": []}]}}))
    assert values["resource.instanceDetails.networkInterfaces.publicIp"] == {"192.0.2.1": None}
    assert values["resource.instanceDetails.networkInterfaces.ipv6Addresses"] == {"::1": None, "::2": None}


def test_times_are_milliseconds_whether_written_as_text_or_as_seconds():
    values = values_of(document(1, createdAt="2026-11-24T08:00:07.120Z", resource={
        "s3BucketDetails": [{"createdAt": 1700000000.5}], "instanceDetails": {"launchTime": "soon"}}))
    # 2026-11-24 is day 20781 of the epoch.
    created = (20781 * 86400 + 8 * 3600 + 7) * 1000 + 120
    assert values["createdAt"] == {str(created): float(created)}
    assert values["resource.s3BucketDetails.createdAt"] == {"1700000000500": 1700000000500.0}
    assert values["resource.instanceDetails.launchTime"] == {"soon": None}


def test_fields_spelled_otherwise_on_the_wire_are_found():
    values = values_of(document(
        1, resource={"kubernetesDetails": {"kubernetesWorkloadDetails": {"hostIPC": True}}},
        action={"rdsLoginAttemptAction": {"LoginAttributes": [{"user": "admin"}]}}))
    assert values["resource.kubernetesDetails.kubernetesWorkloadDetails.hostIpc"] == {"true": None}
    assert values["service.action.rdsLoginAttemptAction.loginAttributes.user"] == {"admin": None}


@pytest.mark.parametrize("additional", [
    {"value": '{"threatListName":"mine","sample":true}', "type": "default"},
    {"threatListName": "mine", "sample": True},
])
def test_additional_info_is_read_in_both_its_forms(additional):
    values = values_of(document(1, additionalInfo=additional))
    assert values["service.additionalInfo.threatListName"] == {"mine": None}
    assert values["service.additionalInfo.sample"] == {"true": None}


def test_additional_info_that_is_no_json_is_only_text():
    values = values_of(document(1, additionalInfo={"value": "{", "type": "default"}))
    assert values["service.additionalInfo.value"] == {"{": None}


def test_a_long_value_is_cut_for_the_index_and_stays_different():
    one, other = "x" * 5000, "x" * 4999 + "y"
    assert index_key("x" * INDEXED) == "x" * INDEXED
    assert len({index_key(one), index_key(other), index_key(one[:-1])}) == 3
    assert max(len(index_key(text)) for text in (one, other)) <= INDEXED


def test_no_criteria_match_every_finding():
    assert all(FindingCriteria.parse(data).matches(document()) for data in ({}, {"criterion": {}}, {"criterion": None}))


@pytest.mark.parametrize("op", ["equals", "eq"])
def test_one_of_the_values_is_enough(op):
    assert matches(document(), region={op: ["us-east-1", "eu-west-1"]})
    assert not matches(document(), region={op: ["us-east-1"]})
    assert not matches(document(), region={op: ["EU-WEST-1"]})


def test_every_path_and_every_operator_must_hold():
    assert matches(document(count=5), service__count={"gte": 5, "lt": 6}, region={"eq": ["eu-west-1"]})
    assert not matches(document(count=5), service__count={"gte": 5, "lt": 5})
    assert not matches(document(count=5), service__count={"gte": 5}, region={"eq": ["us-east-1"]})


@pytest.mark.parametrize("op", ["notEquals", "neq"])
def test_not_equals_holds_when_none_is_there(op):
    addresses = {"instanceDetails": {"networkInterfaces": [{"publicIp": "192.0.2.1"}, {"publicIp": "192.0.2.2"}]}}
    path = "resource__instanceDetails__networkInterfaces__publicIp"
    assert not matches(document(resource=addresses), **{path: {op: ["192.0.2.2"]}})
    assert matches(document(resource=addresses), **{path: {op: ["192.0.2.3"]}})
    assert matches(document(), **{path: {op: ["192.0.2.2"]}})


@pytest.mark.parametrize(("ops", "bound", "holds"), [
    (("greaterThan", "gt"), 443, False), (("greaterThan", "gt"), 442, True),
    (("greaterThanOrEqual", "gte"), 443, True), (("greaterThanOrEqual", "gte"), 444, False),
    (("lessThan", "lt"), 443, False), (("lessThan", "lt"), 444, True),
    (("lessThanOrEqual", "lte"), 443, True), (("lessThanOrEqual", "lte"), 442, False),
])
def test_numbers_are_ordered(ops, bound, holds):
    action = {"networkConnectionAction": {"localPortDetails": {"port": 443}}}
    path = "service__action__networkConnectionAction__localPortDetails__port"
    for op in ops:
        assert matches(document(action=action), **{path: {op: bound}}) is holds
        assert not matches(document(), **{path: {op: bound}})
    assert matches(document(action=action), **{path: {"eq": ["443"]}})


def test_booleans_are_written_as_texts():
    assert matches(document(archived=True), service__archived={"eq": ["true"]})
    assert not matches(document(archived=True), service__archived={"eq": ["false"]})
    assert matches(document(archived=True), service__archived={"eq": ["false", "true"]})


@pytest.mark.parametrize(("severity", "band"), [
    (1.0, "Low"), (3.9, "Low"), (4.0, "Medium"), (6.9, "Medium"), (7.0, "High"), (8, "High"), (8.9, "High"),
    (9.0, "Critical"), (10.0, "Critical")])
def test_whole_severities_are_bands(severity, band):
    bands = {"Low": ["1", "2", "3"], "Medium": ["4", "5", "6"], "High": ["7", "8"], "Critical": ["9", "10"]}
    found = document(severity=severity)
    assert [name for name, texts in bands.items() if matches(found, severity={"eq": texts})] == [band]
    assert not matches(found, severity={"neq": bands[band]})


def test_a_severity_with_a_fraction_is_that_severity():
    assert matches(document(severity=7.5), severity={"eq": ["7.5"]})
    assert not matches(document(severity=7.4), severity={"eq": ["7.5"]})
    assert matches(document(severity=7.5), severity={"gte": 7})
    assert not matches(document(severity=7.5), severity={"gte": 8})


def test_wildcards_match_the_whole_text():
    assert matches(document(), type={"matches": ["Recon:*"]})
    assert matches(document(), type={"matches": ["nothing", "*/Port????"]})
    assert not matches(document(), type={"matches": ["Recon:"]})
    assert not matches(document(), type={"notMatches": ["*Portscan"]})
    assert matches(document(), type={"notMatches": ["*.Custom"]})


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_wildcards_do_what_fnmatch_does(pattern, text):
    assert wildcard_match(pattern, text) is fnmatchcase(text, pattern)
    assert wildcard_match(tidied(pattern), text) is fnmatchcase(text, pattern)


def test_a_pattern_of_many_stars_takes_no_time():
    assert not wildcard_match("*a" * 500 + "b", "a" * 20_000)


@pytest.mark.parametrize(("data", "where", "said"), [
    ([], None, "criteria are"),
    ({"criteria": {}}, None, "criteria are"),
    ({"criterion": []}, "criterion", "must be an object"),
    ({"criterion": {str(number): {} for number in range(51)}}, "criterion", "51 paths"),
    ({"criterion": {"service.cuont": {"eq": ["1"]}}}, "service.cuont", "did you mean service.count"),
    ({"criterion": {"x" * 1000: {"eq": ["1"]}}}, "x" * 100, "is no path"),
    ({"criterion": {"type": ["a"]}}, "type", "object with an operator"),
    ({"criterion": {"type": {}}}, "type", "object with an operator"),
    ({"criterion": {"type": {"like": ["a"]}}}, "type", "'like' is no operator"),
    ({"criterion": {"type": {"eq": "a"}}}, "type", "eq takes a list"),
    ({"criterion": {"type": {"eq": [1]}}}, "type", "eq takes a list"),
    ({"criterion": {"type": {"equals": []}}}, "type", "equals takes 1 to 50"),
    ({"criterion": {"type": {"equals": ["a"] * 51}}}, "type", "equals takes 1 to 50"),
    ({"criterion": {"type": {"matches": ["a"] * 6}}}, "type", "matches takes 1 to 5"),
    ({"criterion": {"type": {"eq": ["a" * 1025]}}}, "type", "at most 1024"),
    ({"criterion": {"severity": {"matches": ["7*"]}}}, "severity", "matches takes texts"),
    ({"criterion": {"severity": {"eq": ["High"]}}}, "severity", "eq takes numbers"),
    ({"criterion": {"severity": {"gte": "7"}}}, "severity", "gte takes one whole number"),
    ({"criterion": {"severity": {"gte": True}}}, "severity", "gte takes one whole number"),
    ({"criterion": {"severity": {"gte": 2**63}}}, "severity", "gte takes one whole number"),
    ({"criterion": {"updatedAt": {"eq": ["2024-01-01"]}}}, "updatedAt", "milliseconds"),
])
def test_wrong_criteria_are_named_by_path_and_operator(data, where, said):
    with pytest.raises(FilterError, match=said) as caught:
        FindingCriteria.parse(data)
    assert caught.value.where == where
    assert isinstance(caught.value, VedetteError)
