"""AWS's command line against the server: its own parser of arguments, its own botocore, its own environment."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import REGION, Running

_UV = Path(__file__).parents[2] / ".uv/bin/uv"
UV = str(_UV) if _UV.exists() else shutil.which("uv")
TOOL = ["tool", "run", "--quiet", "--no-python-downloads", "--python", sys.executable]
"""uv's arguments to run a package's program in an environment of its own, on the Python that runs the tests."""
OFFLINE = re.compile(r"dns error|error sending request|client error \(Connect\)|Could not connect", re.IGNORECASE)

Told = subprocess.CompletedProcess[str]
Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def run() -> Callable[[dict[str, str], list[str]], Told]:
    """Runs the program in an environment."""
    if UV is None:
        pytest.fail("there is no uv to run AWS's command line with")

    def program(environment: dict[str, str], arguments: list[str]) -> Told:
        return subprocess.run([UV, *TOOL, "--from", "awscli", "aws", *arguments], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)

    return program


@pytest.fixture
def told(vedette: Running, account: str, run: Any, tmp_path: Path) -> Callable[..., Told]:
    """``aws guardduty …`` as the account."""
    environment = vedette.shell(account, tmp_path)
    tried = run(environment, ["--version"])
    if tried.returncode and OFFLINE.search(tried.stderr):
        pytest.skip(f"AWS's command line cannot be downloaded: {tried.stderr.strip().splitlines()[-1]}")
    assert tried.returncode == 0, tried.stderr
    return lambda *arguments: run(environment, [
        "guardduty", *arguments, "--endpoint-url", vedette.url, "--region", REGION, "--output", "json"])


@pytest.fixture
def aws(told: Callable[..., Told]) -> Aws:
    """The answer of one call, read."""
    def ask(*arguments: str) -> Any:
        done = told(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return ask


def test_a_detector_a_filter_a_list_and_tags(aws: Aws, told: Callable[..., Told], account: str, located: Any) -> None:
    detector = aws("create-detector", "--enable", "--tags", "team=blue", "--query", "DetectorId")
    assert aws("list-detectors", "--query", "DetectorIds[0]") == detector
    of = ("--detector-id", detector)
    assert aws("get-detector", *of, "--query", "[Status, Tags]") == ["ENABLED", {"team": "blue"}]

    criteria = '{"Criterion": {"severity": {"GreaterThanOrEqual": 4}}}'
    assert aws("create-filter", *of, "--name", "low", "--action", "ARCHIVE", "--finding-criteria", criteria) == {
        "Name": "low"}
    aws("update-filter", *of, "--filter-name", "low", "--rank", "3", "--description", "what is low")
    assert aws("get-filter", *of, "--filter-name", "low", "--query",
               "[Action, Rank, Description, FindingCriteria.Criterion.severity.GreaterThanOrEqual]") == [
        "ARCHIVE", 3, "what is low", 4]
    aws("delete-filter", *of, "--filter-name", "low")
    gone = told("get-filter", *of, "--filter-name", "low")
    assert gone.returncode == 255
    assert "(BadRequestException)" in gone.stderr
    assert "The request is rejected since no such resource found." in gone.stderr

    made = aws("create-ip-set", *of, "--name", "ours", "--format", "TXT", "--no-activate", "--location",
               located("ours.txt", "192.0.2.0/24"), "--query", "IpSetId")
    assert aws("list-ip-sets", *of, "--query", "IpSetIds") == [made]
    # The identifier is a path of its own, sent as one segment.
    arn = f"arn:aws:guardduty:{REGION}:{account}:detector/{detector}/ipset/{made}"
    aws("tag-resource", "--resource-arn", arn, "--tags", "a=1,b=two words")
    assert aws("list-tags-for-resource", "--resource-arn", arn) == {"Tags": {"a": "1", "b": "two words"}}
    aws("untag-resource", "--resource-arn", arn, "--tag-keys", "a")
    assert aws("get-ip-set", *of, "--ip-set-id", made, "--query", "[Status, Tags]") == ["INACTIVE", {"b": "two words"}]


def test_findings_are_listed_and_read(aws: Aws) -> None:
    detector = aws("create-detector", "--enable", "--query", "DetectorId")
    of = ("--detector-id", detector)
    kinds = {"Recon:EC2/Portscan", "Recon:IAMUser/TorIPCaller", "Backdoor:EC2/C&CActivity.B"}
    aws("create-sample-findings", *of, "--finding-types", *sorted(kinds))
    # The program walks the pages itself, one finding each.
    every = aws("list-findings", *of, "--page-size", "1", "--query", "FindingIds")
    assert len(set(every)) == len(every) == 3
    wanted = aws("list-findings", *of, "--query", "FindingIds", "--finding-criteria",
                 '{"Criterion": {"type": {"Equals": ["Recon:EC2/Portscan"]}}}')
    assert len(wanted) == 1
    read = aws("get-findings", *of, "--finding-ids", *every, "--query", "Findings[].[Id, Type, Service.Archived]")
    assert {kind for _, kind, _ in read} == kinds
    assert {(one, archived) for one, kind, archived in read if kind == "Recon:EC2/Portscan"} == {(wanted[0], False)}
    aws("archive-findings", *of, "--finding-ids", wanted[0])
    assert aws("list-findings", *of, "--query", "length(FindingIds)", "--finding-criteria",
               '{"Criterion": {"service.archived": {"Equals": ["false"]}}}') == 2
