"""``vedette scan`` and what it tells a user who made a mistake."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.aws import aws_over_http
from vedette.findings.database import FILE

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
TRAIL = "Stealth:IAMUser/CloudTrailLoggingDisabled"


def call(number: int, name: str = "StopLogging", **changes: object) -> dict[str, object]:
    return {
        "eventVersion": "1.11", "eventTime": f"2024-08-02T08:{number % 60:02d}:24Z", "eventName": name,
        "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "bob", "principalId": "AIDABOB",
                         "arn": "arn:aws:iam::111122223333:user/bob", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
        "requestParameters": {"name": "main"}, "responseElements": None, "userAgent": "aws-cli/2",
        "eventID": f"id-{number}", "eventType": "AwsApiCall", "recipientAccountId": "111122223333", "readOnly": False,
        "eventCategory": "Management", "managementEvent": True, **changes,
    }


def delivered(path: Path, *calls: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps({"Records": calls}).encode()))


@pytest.fixture
def logs(tmp_path):
    folder = tmp_path / "logs"
    delivered(folder / "a.json.gz", call(1))
    return folder


def found(said):
    return [json.loads(line) for line in said.out.splitlines()]


def sentence(said) -> str:
    """The one line that a refused command says."""
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("vedette: ")
    assert said.err.endswith("\n")
    assert said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err
    return said.err.removeprefix("vedette: ").strip()


def test_findings_go_to_stdout_and_the_summary_to_stderr(vedette, logs):
    said = vedette("scan", str(logs), "--format", "jsonl")
    assert said.code == 0
    assert [one["type"] for one in found(said)] == [TRAIL]
    assert "read 1 objects" in said.err
    assert "1 cloudtrail" in said.err


@pytest.mark.parametrize(("arguments", "words"), [
    (["{tmp}/nowhere"], ["{tmp}/nowhere", "does not exist"]),
    (["{tmp}/empty"], ["{tmp}/empty", "holds no log files"]),
    (["{tmp}/logs/*.parquet"], ["no file matches"]),
    (["ftp://host/logs"], ["ftp://host/logs", "s3://bucket/prefix"]),
    (["{logs}", "--format", "xml"], ["--format", "'xml' is not a format", "jsonl"]),
    (["{logs}", "--kind", "cloudwatch"], ["--kind", "'cloudwatch' is not a log kind", "vpc-flow"]),
    (["{logs}", "--since", "yesterday"], ["--since", "'yesterday", "2026-03-02"]),
    (["{logs}", "--until", "2024-02-30"], ["--until"]),
    (["{logs}", "--min-severity", "severe"], ["--min-severity", "'severe' is not low, medium, high, critical"]),
    (["{logs}", "--jobs", "0"], ["jobs"]),
    (["{logs}", "--jobs", "many"], ["jobs"]),
    (["{logs}", "--colour"], ["--colour"]),
    ([], ["location"]),
    (["{logs}", "--output", "{tmp}/no/such/folder.json"], ["--output", "there is no folder {tmp}/no/such"]),
    (["{logs}", "--output", "{logs}"], ["--output", "is a folder"]),
    (["{logs}", "--state", "{logs}/a.json.gz"], ["{logs}/a.json.gz"]),
    (["{logs}", "--threat-list", "{tmp}/none.txt"], ["{tmp}/none.txt"]),
    (["{logs}", "--inventory", "{tmp}/none.json"], ["{tmp}/none.json"]),
    (["{logs}", "--geo-city", "{logs}/a.json.gz"], ["{logs}/a.json.gz"]),
])
def test_a_mistake_is_one_sentence_and_exit_code_2(vedette, logs, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    filled = [one.format(tmp=tmp_path, logs=logs) for one in arguments]
    told = sentence(vedette("scan", *filled))
    for word in words:
        assert word.format(tmp=tmp_path, logs=logs).lower() in told.lower()


def test_a_state_of_a_newer_vedette_is_refused(vedette, logs, tmp_path):
    state = tmp_path / "state"
    assert vedette("scan", str(logs), "--state", str(state)).code == 0
    with sqlite3.connect(state / FILE) as database:
        (table, column), = database.execute(
            "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c where m.name like '%version%'")
        database.execute(f"update {table} set {column} = '9999'")
    assert str(state) in sentence(vedette("scan", str(logs), "--state", str(state)))


def test_a_state_that_is_no_database_is_refused(vedette, logs, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / FILE).write_bytes(b"not a database, but long enough to be one" * 50)
    assert str(tmp_path / "state") in sentence(vedette("scan", str(logs), "--state", str(tmp_path / "state")))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_what_may_not_be_read_or_written_is_refused(vedette, logs, tmp_path):
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o000)
    try:
        assert "may not be read" in sentence(vedette("scan", str(shut)))
        assert "this user may not" in sentence(vedette("scan", str(logs), "--output", str(shut / "x")))
        assert str(shut) in sentence(vedette("scan", str(logs), "--state", str(shut / "state")))
    finally:
        shut.chmod(0o700)


def test_a_bucket_that_cannot_be_reached_or_read_is_refused(vedette, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nobody")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with aws_over_http() as url:
        told = sentence(vedette("scan", "s3://not-there-4711/logs", "--endpoint-url", url))
    assert "s3://not-there-4711/logs" in told
    assert "does not exist" in told


def test_when_no_object_can_be_read_the_scan_fails(vedette, tmp_path, monkeypatch):
    """All are listed, and gone before they are opened."""
    from vedette.sources.folder import FolderSource

    delivered(tmp_path / "a.json.gz", call(1))
    listed = FolderSource.objects

    def objects(self):
        every = list(listed(self))
        (tmp_path / "a.json.gz").unlink(missing_ok=True)
        return iter(every)

    monkeypatch.setattr(FolderSource, "objects", objects)
    said = vedette("scan", str(tmp_path), "--jobs", "1", "--format", "jsonl")
    assert said.code == 2
    assert "none of its 1 objects could be read" in said.err


def test_the_same_record_in_two_trails_counts_once(vedette, tmp_path):
    delivered(tmp_path / "trail-1" / "x.json.gz", call(1), call(2))
    delivered(tmp_path / "trail-2" / "y.json.gz", call(2), call(1))
    (tmp_path / "again.jsonl").write_text(json.dumps(call(1)) + "\n")
    (one,) = found(vedette("scan", str(tmp_path), "--format", "jsonl"))
    assert one["service"]["count"] == 2
    (alone,) = found(vedette("scan", str(tmp_path / "trail-1"), "--format", "jsonl"))
    assert (alone["id"], alone["service"]["count"]) == (one["id"], 2)


def test_good_records_are_used_whatever_lies_beside_them(vedette, logs, tmp_path):
    delivered(logs / "b.json.gz", call(2))
    whole = (logs / "b.json.gz").read_bytes()
    for name, data in {
        "cut.gz": whole[:-9], "cut.json": gzip.decompress(whole)[:-200], "noise.gz": b"\x1f\x8b" + b"\xff" * 50,
        "empty": b"", "nul": b"\0" * 1000, "deep.json": b"[" * 100_000, "README.md": b"# hello\n\n- a\n",
        "other.jsonl": b'{"a":1}\n' * 50, "half.parquet": b"PAR1" + b"\0" * 40, "latin": "é\n".encode("latin-1"),
    }.items():
        (logs / name).write_bytes(data)
    state = str(tmp_path / "state")
    said = vedette("scan", str(logs), "--format", "jsonl", "--state", state)
    assert said.code == 0
    (one,) = found(said)
    assert one["service"]["count"] == 2
    letters = json.loads(vedette("dead-letters", "--state", state, "--format", "json").out)["letters"]
    bad = {one["file"].rpartition("/")[2]: one for one in letters}
    assert set(bad) == {"cut.gz", "cut.json", "noise.gz", "empty", "nul", "deep.json", "README.md", "other.jsonl",
                        "half.parquet", "latin"}
    assert len(letters) == len(bad)
    assert all(one["reason"] for one in letters)


def test_a_second_run_reads_only_what_is_new(vedette, logs, tmp_path):
    state = str(tmp_path / "state")
    assert len(found(vedette("scan", str(logs), "--state", state, "--format", "jsonl"))) == 1
    again = vedette("scan", str(logs), "--state", state, "--format", "jsonl")
    assert (again.code, again.out) == (0, "")
    assert "read 0 objects" in again.err
    assert "1 objects were read before" in again.err
    delivered(logs / "b.json.gz", call(2))
    (one,) = found(vedette("scan", str(logs), "--state", state, "--format", "jsonl"))
    assert one["service"]["count"] == 2


def test_exit_code_3_says_that_a_finding_is_new(vedette, logs, tmp_path):
    state = str(tmp_path / "state")
    assert vedette("scan", str(logs), "--exit-code", "--min-severity", "high").code == 0
    assert vedette("scan", str(logs), "--state", state, "--exit-code").code == 3
    assert vedette("scan", str(logs), "--state", state, "--exit-code").code == 0
    delivered(logs / "b.json.gz", call(2))
    assert vedette("scan", str(logs), "--state", state, "--exit-code").code == 0, "a repeat is not new"
    assert vedette("scan", str(logs)).code == 0, "nobody asked"


def test_a_period_holds_its_first_moment_and_not_its_last(vedette, tmp_path):
    delivered(tmp_path / "x.json.gz", *(call(number) for number in range(5)))

    def count(*period):
        said = vedette("scan", str(tmp_path), "--format", "jsonl", *period)
        return sum(one["service"]["count"] for one in found(said))

    assert count() == 5
    assert count("--since", "2024-08-02T08:02:24Z") == 3
    assert count("--until", "2024-08-02T08:02:24Z") == 2
    assert count("--since", "2024-08-02T10:01:24+02:00", "--until", "2024-08-02T08:03:24Z") == 2
    assert count("--since", "2024-08-02", "--until", "2024-08-03") == 5
    assert count("--until", "2024-08-02") == 0


def test_a_severity_and_a_kind_leave_out_the_others(vedette, logs):
    assert len(found(vedette("scan", str(logs), "--format", "jsonl", "--min-severity", "low"))) == 1
    assert found(vedette("scan", str(logs), "--format", "jsonl", "--min-severity", "9")) == []
    said = vedette("scan", str(logs), "--format", "jsonl", "--kind", "dns", "--kind", "vpc-flow")
    assert (said.out, "1 records left out" in said.err) == ("", True)
    assert len(found(vedette("scan", str(logs), "--format", "jsonl", "--kind", "cloudtrail"))) == 1


@pytest.mark.parametrize("narrow", [["--kind", "dns"], ["--since", "2025-01-01"], ["--until", "2024-01-01"]])
def test_what_was_left_out_is_still_there_for_the_next_run(vedette, logs, tmp_path, narrow):
    state = str(tmp_path / "state")
    assert found(vedette("scan", str(logs), "--format", "jsonl", "--state", state, *narrow)) == []
    assert len(found(vedette("scan", str(logs), "--format", "jsonl", "--state", state))) == 1
    assert "1 objects were read before" in vedette("scan", str(logs), "--state", state).err


def test_findings_go_to_a_file(vedette, logs, tmp_path):
    out = tmp_path / "found.jsonl"
    out.write_text("old\n" * 100)
    said = vedette("scan", str(logs), "--format", "jsonl", "--output", str(out))
    assert (said.code, said.out) == (0, "")
    assert [json.loads(line)["type"] for line in out.read_text().splitlines()] == [TRAIL]


def test_a_file_that_is_full_is_one_sentence(vedette, logs):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    assert "/dev/full: cannot be written" in vedette("scan", str(logs), "--output", "/dev/full").err


def program(*arguments: str, **how):
    return subprocess.Popen([sys.executable, "-m", "vedette", *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **how)


def test_the_module_is_the_program(logs):
    running = program("scan", str(logs), "--format", "jsonl")
    out, err = running.communicate(timeout=120)
    assert (running.returncode, json.loads(out)["type"]) == (0, TRAIL)
    running = program("scan", str(logs / "nowhere"))
    out, err = running.communicate(timeout=120)
    assert (running.returncode, out) == (2, "")
    assert "does not exist" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("many", [1, 400])
def test_a_reader_that_goes_away_is_no_error_to_tell(tmp_path, many):
    known = call(1)["userIdentity"]
    users = [call(1, eventID=f"u{n}", userIdentity=known | {"userName": f"u{n}", "principalId": f"p{n}"})
             for n in range(many)]
    delivered(tmp_path / "x.json.gz", *users)
    running = program("scan", str(tmp_path), "--format", "jsonl")
    running.stdout.close()
    err = running.stderr.read()
    assert running.wait(timeout=120) == 141
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_ctrl_c_while_the_program_is_loaded_is_one_line():
    """Pressed at the very moment when it imports its commands."""
    pressed = """
import runpy, sys
class Key:
    def find_spec(self, name, *_):
        if name == "vedette.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Key())
runpy.run_module("vedette", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", pressed], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (130, "vedette: stopped\n")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_stops_without_a_traceback_and_the_next_run_goes_on(vedette, tmp_path, jobs):
    logs, state = tmp_path / "logs", str(tmp_path / "state")
    for number in range(60):
        delivered(logs / f"{number:02d}.json.gz", *(call(number, eventID=f"{number}-{n}") for n in range(400)))
    running = program("scan", str(logs), "--state", state, "--jobs", jobs, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (Path(state) / FILE).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=120)
    if running.returncode == 0:
        pytest.skip("the scan was quicker than the key")
    assert running.returncode == 130
    assert "stopped; what was committed is kept" in err
    assert "Traceback" not in err
    vedette("scan", str(logs), "--state", state)
    listed = json.loads(vedette("findings", "list", "--state", state, "--format", "json").out)
    assert [one["service"]["count"] for one in listed] == [60 * 400]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared test data are not here")
def test_a_folder_of_all_sorts_of_files_is_read(vedette, tmp_path):
    state = str(tmp_path / "state")
    said = vedette("scan", str(SHARED), "--format", "jsonl", "--state", state)
    assert said.code == 0
    assert found(said)
    assert "0 unreadable objects" in said.err
    told = json.loads(vedette("dead-letters", "--state", state, "--format", "json", "--limit", "9999").out)
    files = [one["file"] for one in told["letters"]]
    for path in SHARED.rglob("*"):
        if path.name in {"LICENSE", "COPYING"} or path.suffix in {".md", ".txt", ".yaml"}:
            assert files.count(str(path)) == 1, path
