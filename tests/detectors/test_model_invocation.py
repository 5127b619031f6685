"""Unusual use of AI models: what is counted, what is said of it, and what records that say nonsense change."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.playing import Played, known_in, play
from vedette.detectors.api.model_invocation import (
    ANOMALOUS_INVOCATION,
    COST_HARVESTING,
    LOOKS,
    SAMPLE,
    _asks,
    _batch,
    _bea,
    _chat,
    _dan,
    _key,
    _then,
    family,
    unusual_invocations,
)
from vedette.engine.dispatch import Dispatcher
from vedette.logs.kinds import LogKind
from vedette.logs.reading import Reading
from vedette.simulate import HOME, OUTSIDE, Event, Given, every, story
from vedette.simulate.place_file import place
from vedette.simulate.story import Story

ELSEWHERE: dict[str, Any] = {"ip": OUTSIDE, "agent": "Boto3/1.26.0 Python/3.10.6 Windows/10 Botocore/1.29.0"}
OPUS = "anthropic.claude-3-opus-20240229-v1:0"
SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0"
DAY = 86_400.0


def played(told: Story, folder: Path) -> Played:
    told.render().save(folder)
    return play(folder / "logs", known_in(folder))


def records(folder: Path) -> list[dict[str, Any]]:
    return [record for file in (folder / "logs").rglob("*.json.gz")
            for record in json.loads(gzip.decompress(file.read_bytes()))["Records"]]


@pytest.mark.parametrize(("model", "same"), [
    ("anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-haiku"),
    ("us.anthropic.claude-3-5-haiku-20241022-v1:0", "anthropic.claude-haiku"),
    ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet"),
    ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet"),
    ("arn:aws:bedrock:us-east-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0",
     "anthropic.claude-sonnet"),
    ("amazon.nova-pro-v1:0", "amazon.nova-pro"),
    ("meta.llama3-1-70b-instruct-v1:0", "meta.llama-instruct"),
    ("meta.llama3-3-70b-instruct-v1:0", "meta.llama-instruct"),
    ("openai.gpt-oss-120b-1:0", "openai.gpt-oss"),
    ("stability.sd3-5-large-v1:0", "stability.sd-large"),
    ("amazon.titan-embed-text-v2:0", "amazon.titan-embed-text"),
    ("cohere.command-r-plus-v1:0", "cohere.command-r-plus"),
])
def test_versions_sizes_and_places_of_a_model_are_one_family(model: str, same: str) -> None:
    assert family(model) == same


@pytest.mark.parametrize("model", [
    "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456",
    "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/x7y8", "pricing-2", "", ".", "/", "a/b", "us.", "1.2.3",
])
def test_ones_own_models_and_nonsense_keep_a_name(model: str) -> None:
    assert family(model) == model or "." in model


def test_a_bill_tells_what_the_records_come_to(tmp_path: Path) -> None:
    told = story("large prompts", *_then(*[
        _asks(_bea, OPUS, after=31, tokens=(190_000 + number, 2_048) if number % 2 else None, **ELSEWHERE)
        for number in range(20)]))
    (found,) = played(told, tmp_path).of(COST_HARVESTING.name)
    theirs = sorted((one for one in records(tmp_path) if one["eventName"] == "InvokeModel"
                     and one["userIdentity"].get("userName") == "bea"), key=lambda one: one["eventTime"])
    # It is said as soon as a level is come to, with what had come until then.
    upto = [one for one in theirs if one["eventTime"] <= found["service"]["eventLastSeen"].replace(".000Z", "Z")]
    tokens = [one["additionalEventData"] for one in upto if one.get("additionalEventData")]
    sums = {name: sum(one[name] for one in tokens) for name in ("inputTokens", "outputTokens")}
    assert sums["inputTokens"] >= 1_000_000
    assert sums["inputTokens"] - tokens[-1]["inputTokens"] < 1_000_000
    said = found["service"]["detection"]["anomaly"]["unusual"]["behavior"]["principal"]
    texts = {what: one["observations"]["text"] for what, one in said.items()}
    assert texts == {"invocations": [str(len(upto))], "input tokens": [f"{sums['inputTokens']:,}"],
                     "output tokens": [f"{sums['outputTokens']:,}"]}
    assert f"{sums['inputTokens']:,} input tokens" in found["description"]


def test_where_no_record_names_tokens_none_are_told(tmp_path: Path) -> None:
    told = story("many prompts", *_then(*[_asks(_bea, OPUS, after=11, **ELSEWHERE) for _ in range(150)]))
    (found,) = played(told, tmp_path).of(COST_HARVESTING.name)
    assert "token" not in json.dumps(found).lower()


@pytest.mark.parametrize("tokens", [
    "500000", True, -5_000_000, 5_000_000.5, 1 << 70, None, [5_000_000], {"n": 5_000_000}, float("1e308")])
@pytest.mark.parametrize("model", [OPUS, ["x"], {"y": 1}, None, 7, "m" * 100_000, "\x1b[2J\u202e"])
def test_nonsense_in_records_counts_for_nothing_and_breaks_nothing(tmp_path: Path, tokens: Any, model: Any) -> None:
    told = story("nonsense", *_then(*[_bea.calls(
        "bedrock", "InvokeModel", {"modelId": model}, additional={"inputTokens": tokens, "outputTokens": tokens},
        after=9, **ELSEWHERE) for _ in range(5)]))
    result = played(told, tmp_path)
    assert result.summary.dead == 0
    (found,) = result.of(ANOMALOUS_INVOCATION.name)
    assert not result.of(COST_HARVESTING.name)
    assert all(len(one["modelId"]) <= 200 for one in found["resource"].get("modelDetails", ()))


def usual(number: int) -> list[Event]:
    """Some weeks of an application that invokes a model so many times a day, and what others do."""
    return [*every(DAY, 17, lambda _: [*_then(days=1), *[_asks(_key, OPUS, after=20) for _ in range(number)]])]


@pytest.mark.parametrize(("before", "then", "bill"), [(120, 900, False), (120, 1_700, True), (0, 90, False)])
def test_far_more_is_sixteen_times_as_much_as_a_level_that_was_come_to(
    tmp_path: Path, before: int, then: int, bill: bool,
) -> None:
    told = story("more", *usual(before), *every(1.0, 1, lambda _: [
        _asks(_key, OPUS, after=2, **ELSEWHERE) for _ in range(then)], at=17 * DAY + 9_000))
    result = played(told, tmp_path)
    assert len(result.of(ANOMALOUS_INVOCATION.name)) == 1
    found = result.of(COST_HARVESTING.name)
    assert bool(found) is bill
    if bill:
        assert "it came to at least 100 invocations on earlier days" in found[0]["description"]


def kept_of(told: Story, folder: Path) -> tuple[int, int]:
    """How many invocations there are, and how many of them the detector is given."""
    told.render().save(folder)
    known = known_in(folder)
    dispatcher, total, kept = Dispatcher([unusual_invocations], known), 0, 0
    for file in (folder / "logs").rglob("*.json.gz"):
        with file.open("rb") as stream:
            for batch in Reading(stream).batches():
                if batch.kind is not LogKind.CLOUDTRAIL:
                    continue
                total += sum(call.event_name == "InvokeModel" for call in batch.structs or ())
                kept += sum(call.event_name == "InvokeModel" and unusual_invocations.key(call, known) is not None
                            for _, call, _ in dispatcher.hits(batch))
    return total, kept


def test_of_an_applications_calls_few_are_looked_at_and_of_a_persons_all(tmp_path: Path) -> None:
    many = 4_000
    total, kept = kept_of(story("an application", *[_asks(_chat, OPUS, after=2) for _ in range(many)]), tmp_path / "a")
    assert total == many
    # Five standard deviations of so many draws of one in ten.
    assert abs(kept - many / SAMPLE) < 5 * (many / SAMPLE * (1 - 1 / SAMPLE)) ** 0.5 + 5
    total, kept = kept_of(story("a person", *[_asks(_bea, OPUS, after=2) for _ in range(40)]), tmp_path / "b")
    assert kept == total == 40
    total, kept = kept_of(story("refused", *[
        _asks(_chat, OPUS, after=2, error="AccessDeniedException") for _ in range(40)]), tmp_path / "c")
    assert kept == total == 40


def test_what_a_sample_comes_to_is_called_that(tmp_path: Path) -> None:
    told = story("a role", *_then(*[
        _asks(_batch, OPUS, after=8, tokens=(30_000, 900), **ELSEWHERE) for _ in range(600)]))
    (found,) = played(told, tmp_path).of(COST_HARVESTING.name)
    said = found["service"]["detection"]["anomaly"]["unusual"]["behavior"]["principal"]
    assert said["invocations"]["observations"]["text"][0].startswith("about ")
    counted, tokens = (said[what]["observations"]["text"][0] for what in ("invocations", "input tokens"))
    number = int(counted.removeprefix("about ").replace(",", ""))
    assert number % SAMPLE == 0
    assert tokens == f"in one of {SAMPLE} calls {number // SAMPLE * 30_000:,}"


def test_a_single_call_of_a_role_from_elsewhere_is_noticed_though_not_sampled(tmp_path: Path) -> None:
    """One in ten is looked at closely: that there was a call is known of all of them."""
    for number in range(12):
        told = story("one", *_then(*[_batch.calls("s3", "ListBuckets", after=60.0 + number, **ELSEWHERE),
                                     _asks(_batch, OPUS, "Converse", after=number, **ELSEWHERE)]))
        result = played(told, tmp_path / str(number))
        assert len(result.of(ANOMALOUS_INVOCATION.name)) == 1


@pytest.mark.parametrize("places", [{}, {
    f"{HOME}/32": place("", "Netherlands", "NL", 52.0, 5.0), f"{OUTSIDE}/32": place("", "Brazil", "BR", -10.0, -52.0)}])
def test_who_opens_the_console_in_a_hotel_and_begins_with_what_others_use_is_no_finding(
    tmp_path: Path, places: dict[str, dict[str, Any]],
) -> None:
    """The page asks for all that there is; abroad too. (What other detectors make of it is theirs.)"""
    told = story("a hotel", *_then(*[_dan.calls("bedrock", name, ip=OUTSIDE, after=2) for name in LOOKS],
                                   *[_asks(_dan, SONNET, "ConverseStream", ip=OUTSIDE, after=9) for _ in range(12)]),
                 given=Given(places=places))
    result = played(told, tmp_path)
    assert not result.of(ANOMALOUS_INVOCATION.name)
    assert not result.of(COST_HARVESTING.name)
