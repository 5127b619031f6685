"""Custom detection rules in a scan: off, or those that are asked for."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from vedette.commands.simulate import simulate
from vedette.findings.configuration import RuleAssociation
from vedette.findings.store import Store
from vedette.simulate import iam_user, story, write

KEY, TYPE = "iam-access-key-created", "Persistence:IAM/AccountManipulation"


@pytest.fixture
def logs(tmp_path: Path) -> str:
    """A key and a console password are made."""
    mallory = iam_user("mallory")
    write(story("a way back in", mallory.calls("iam", "CreateAccessKey", {"userName": "backup"}),
                mallory.calls("iam", "CreateLoginProfile", {"userName": "backup"})), tmp_path)
    return str(tmp_path / "logs")


def found(said: Any) -> list[tuple[str, int]]:
    assert said.code == 0, said.err
    findings = [json.loads(line) for line in said.out.splitlines()]
    return [(one["customDetectionRuleName"], one["service"]["count"]) for one in findings]


@pytest.mark.parametrize(("options", "wanted"), [
    ((), []),
    (("--custom-rule", KEY), [("IAMAccessKeyCreated", 1)]),
    (("--custom-rule", KEY, "--custom-rule", "iam-user-login-profile-created"), [("IAMUserLoginProfileCreated", 2)]),
    (("--custom-rule", "all"), [("IAMUserLoginProfileCreated", 2)]),
])
def test_only_the_rules_that_are_asked_for_find_anything(vedette, logs, options, wanted) -> None:
    assert found(vedette("scan", logs, "--format", "jsonl", *options)) == wanted


def test_a_rule_that_is_not_there_is_refused_with_those_that_are_near(vedette, logs) -> None:
    said = vedette("scan", logs, "--custom-rule", "iam-access-keys-created")
    assert (said.code, said.out) == (2, "")
    assert f"'iam-access-keys-created' is no custom detection rule; did you mean {KEY}" in said.err
    assert "finding-types.md" in vedette("scan", logs, "--custom-rule", "%%%").err


def test_what_the_state_has_associated_is_used_in_a_scan_too(vedette, logs, tmp_path) -> None:
    state = str(tmp_path / "state")
    with Store.open(state) as store, store.transaction() as batch:
        batch.configure(RuleAssociation(account="111122223333", region="us-east-1", id=KEY, association="a",
                                        mode="LIVE"))
    assert found(vedette("scan", logs, "--format", "jsonl", "--state", state)) == [("IAMAccessKeyCreated", 1)]
    assert "of which 1 of 36 are live" in vedette("coverage", "--state", state).out


def test_simulate_says_how_stories_of_rules_are_found(vedette, tmp_path) -> None:
    out = io.StringIO()
    simulate([TYPE], tmp_path / "made", seed=1, scale=0, out=out)
    command = out.getvalue().rpartition("scan it with: vedette ")[2].split()
    assert command[-2:] == ["--custom-rule", "all"]
    assert found(vedette(*command, "--format", "jsonl"))
    other = io.StringIO()
    simulate(["Stealth:IAMUser/CloudTrailLoggingDisabled"], tmp_path / "other", seed=1, scale=0, out=other)
    assert "--custom-rule" not in other.getvalue()
