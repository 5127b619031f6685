"""``vedette findings``, on a state made by a real scan."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import boto3
import msgspec
import pytest

from tests.aws import aws_over_http
from tests.commands.conftest import TRAIL, Scanned, scanned_into
from vedette.commands.findings import show_finding
from vedette.commands.scan import ScanOptions, scan
from vedette.commands.where import criteria_from
from vedette.errors import VedetteError
from vedette.findings.store import Store


def listed(vedette, scanned, *options):
    said = vedette("findings", "list", "--state", scanned.state, "--format", "jsonl", *options)
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


def trail_finding(vedette, scanned):
    return listed(vedette, scanned, "--type", TRAIL)[0]


def test_the_list_is_what_the_scan_found_and_newest_first(vedette, scanned):
    found = listed(vedette, scanned)
    assert TRAIL in {one["type"] for one in found}
    assert [one["updatedAt"] for one in found] == sorted((one["updatedAt"] for one in found), reverse=True)


@pytest.mark.parametrize(("options", "there"), [
    (["--where", f"type={TRAIL}"], True),
    (["--where", f"type!={TRAIL}"], False),
    (["--type", "Stealth:*"], True),
    (["--type", "Policy:*"], False),
    (["--where", "type=Policy:*", "--where", f"type={TRAIL}"], True),
    (["--where", "service.count>=1"], True),
    (["--where", "service.count<1"], False),
    (["--where", "severity<=3"], True),
    (["--min-severity", "high"], False),
    (["--where", "updatedAt>=2020-01-01"], True),
    (["--where", "updatedAt<2020-01-01T00:00:00Z"], False),
    (["--where", "service.action.awsApiCallAction.serviceName=*.amazonaws.com", "--where", "severity>=1"], True),
    (["--where", "service.action.awsApiCallAction.serviceName=ec2.amazonaws.com"], False),
])
def test_conditions_choose(vedette, scanned, options, there):
    assert (TRAIL in {one["type"] for one in listed(vedette, scanned, *options)}) is there


@pytest.mark.parametrize(("condition", "said"), [
    ("nonsense", "is no condition"),
    ("service.cuont=1", "service.count"),
    ("severity>=high", "not a whole number"),
    ("updatedAt>=yesterday", "not an ISO 8601 time"),
])
def test_a_condition_that_cannot_be_used_is_one_sentence_and_exit_2(vedette, scanned, condition, said):
    got = vedette("findings", "list", "--state", scanned.state, "--where", condition)
    assert got.code == 2
    assert said in got.err
    assert len(got.err.splitlines()) == 1


def test_a_comparison_given_twice_is_refused():
    with pytest.raises(VedetteError, match="twice"):
        criteria_from(["service.count>=1", "service.count>=2"])


def test_a_limit_says_that_there_is_more(vedette, scanned):
    assert len(listed(vedette, scanned)) > 1
    said = vedette("findings", "list", "--state", scanned.state, "--limit", "1", "--format", "jsonl")
    assert len(said.out.splitlines()) == 1
    assert "there are more" in said.err


def test_no_match_says_so(vedette, scanned):
    assert vedette("findings", "list", "--state", scanned.state, "--type", "None").out == "no findings\n"


def test_a_mistyped_state_is_refused_and_nothing_is_made(vedette, tmp_path):
    said = vedette("findings", "list", "--state", str(tmp_path / "typo"))
    assert said.code == 2
    assert "holds no state" in said.err
    assert not (tmp_path / "typo").exists()


def test_where_a_record_does_not_say_its_account_the_report_says_so(vedette, tmp_path):
    record = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "a", "stage": "ResponseComplete",
              "requestURI": "/api/v1/pods", "verb": "list", "user": {"username": "system:anonymous"},
              "objectRef": {"resource": "pods"}, "responseStatus": {"code": 200},
              "requestReceivedTimestamp": "2026-03-02T09:00:00Z"}
    (tmp_path / "audit.json").write_text(json.dumps(record))
    state = str(tmp_path / "state")
    scanned = vedette("scan", str(tmp_path / "audit.json"), "--state", state, "--format", "jsonl", "--jobs", "1")
    said = vedette("findings", "show", json.loads(scanned.out)["id"][:12], "--state", state)
    assert "account unknown, Region unknown" in " ".join(said.out.split())


def test_the_report_has_guarddutys_groups_and_what_to_do(vedette, scanned):
    one = trail_finding(vedette, scanned)
    said = vedette("findings", "show", one["id"][:12], "--state", scanned.state)
    assert said.code == 0
    headings = [line for line in said.out.splitlines() if line and not line.startswith(" ")]
    assert [line for line in headings if line in {
        "What happened", "Resource", "Actor", "Action", "Evidence", "Why it fired", "What to do"}] == [
        "What happened", "Resource", "Actor", "Action", "Evidence", "Why it fired", "What to do"]
    for text in (TRAIL, one["resource"]["accessKeyDetails"]["userName"], "api.trail_tampering.trail_disabled",
                 "T1562.008", "start the trail again", one["id"],
                 one["service"]["action"]["awsApiCallAction"]["remoteIpDetails"]["ipAddressV4"]):
        assert text in " ".join(said.out.split())


def test_a_finding_is_named_by_its_arn_too_and_shown_as_json(vedette, scanned):
    one = trail_finding(vedette, scanned)
    said = vedette("findings", "show", one["arn"], "--state", scanned.state, "--format", "json")
    assert json.loads(said.out) == one


@pytest.mark.parametrize(("named", "why"), [
    ("0123456789abcdef0123456789abcdef", "no finding has that id"), ("not-an-id", "is no finding's id"),
    ("*", "is no finding's id"), ("ABCDEF", "is no finding's id"), ("", "is no finding's id"),
])
@pytest.mark.parametrize("command", ["show", "evidence"])
def test_an_unknown_id_is_one_sentence_and_exit_2(vedette, scanned, command, named, why):
    said = vedette("findings", command, named, "--state", scanned.state)
    assert said.code == 2
    assert why in said.err
    assert len(said.err.splitlines()) == 1


def test_an_ambiguous_prefix_lists_the_candidates(vedette, tmp_path):
    scanned = scanned_into(tmp_path)
    with Store.open(scanned.state) as store:
        ids = store.list().ids
        # Another finding whose id begins as the first one's.
        first = ids[0]
        document = store.get([first])[0]
        twin = first[:8] + ("0" if first[8] != "0" else "1") + first[9:]
        row = store.finding_row([first])[first]
        with store.transaction() as batch:
            batch.put_finding(msgspec.structs.replace(row, id=twin), document | {"id": twin}, b"", [])
    with pytest.raises(VedetteError, match="several findings") as refused:
        show_finding(scanned.state, first[:8], "report", sys.stdout)
    assert first[:12] in str(refused.value)
    assert twin[:12] in str(refused.value)


def test_evidence_is_the_raw_records_as_they_stand_in_the_logs(vedette, scanned):
    one = trail_finding(vedette, scanned)
    said = vedette("findings", "evidence", one["id"], "--state", scanned.state, "--with-location")
    assert said.code == 0
    lines = said.out.splitlines()
    assert len(lines) == 2 * one["service"]["count"]
    for place, record in zip(lines[::2], lines[1::2], strict=True):
        path, _, position = place.removeprefix("# ").rpartition(":")
        with gzip.open(path) as stream:
            assert json.load(stream)["Records"][int(position)] == json.loads(record)


def test_a_record_whose_file_is_gone_or_changed_is_named_and_the_others_are_printed(vedette, tmp_path):
    scanned = scanned_into(tmp_path)
    one = trail_finding(vedette, scanned)
    before = vedette("findings", "evidence", one["id"], "--state", scanned.state, "--with-location").out.splitlines()
    files = list(dict.fromkeys(line[2:].rpartition(":")[0] for line in before[::2]))
    assert len(files) >= 3, "the stories lay their records in several files"
    Path(files[0]).unlink()
    with Path(files[1]).open("ab") as stream:
        stream.write(b" ")
    said = vedette("findings", "evidence", one["id"], "--state", scanned.state, "--with-location")
    assert said.code == 1
    assert "does not exist" in said.err
    assert "has changed since it was read" in said.err
    kept = [line for line in before if line.startswith("# ") and line[2:].rpartition(":")[0] not in files[:2]]
    assert [line for line in said.out.splitlines() if line.startswith("# ")] == kept


def test_the_program_itself_runs_and_fails_without_a_traceback(scanned):
    run = subprocess.run(
        [sys.executable, "-m", "vedette", "findings", "show", "zz", "--state", scanned.state],
        capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr == ("vedette: zz: is no finding's id: give its 32 hexadecimal digits, or the first of them\n")


def test_evidence_in_a_bucket_is_fetched_and_a_changed_object_is_named(
        vedette, tmp_path, monkeypatch, capsys):
    scanned = scanned_into(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with aws_over_http() as url:
        s3 = boto3.client("s3", endpoint_url=url)
        s3.create_bucket(Bucket="logs")
        for path in scanned.logs.rglob("*.gz"):
            s3.put_object(Bucket="logs", Key=str(path.relative_to(scanned.logs)), Body=path.read_bytes())
        state = str(tmp_path / "from-s3")
        scan(ScanOptions("s3://logs/", endpoint_url=url, state=state, jobs=1, output=tmp_path / "found.txt"))
        capsys.readouterr()  # the server's banner
        one = next(one for one in listed(vedette, Scanned(scanned.logs, state)) if one["type"] == TRAIL)
        evidence = ("findings", "evidence", one["id"], "--state", state, "--endpoint-url", url)
        said = vedette(*evidence, "--with-location")
        assert said.code == 0, said.err
        places = [line for line in said.out.splitlines() if line.startswith("# s3://logs/")]
        assert len(places) == one["service"]["count"]
        s3.put_object(Bucket="logs", Key=places[0].removeprefix("# s3://logs/").rpartition(":")[0], Body=b"other")
        said = vedette(*evidence)
        assert said.code == 1
        assert "changed" in said.err
        assert len(said.out.splitlines()) < len(places)
