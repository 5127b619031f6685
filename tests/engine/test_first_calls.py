"""Of calls that are alike the first is given, of a sample all, whatever is read together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.detectors.declare import SPAN, Detector, KubeRequests, calls_unlike, kube_requests
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.engine import first_requests
from vedette.engine.dispatch import Dispatcher
from vedette.engine.first_requests import Asking, FirstRequests
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.cloudtrail import ApiCall, decode_record
from vedette.logs.eks_audit import NOWHERE, Envelope, KubeCall
from vedette.logs.eks_audit import decode_record as decode_event
from vedette.logs.kinds import Batch, LogKind

KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
KIND = FindingType(name="Discovery:S3/AnomalousBehavior", severity=LOW, plan=Plan.S3_DATA_EVENTS, resource="S3Bucket",
                   title="", description="", attack=(), remedy="")


def by_bucket(call: ApiCall, known: Known) -> tuple[str, ...] | None:
    return None if call.request.get("bucketName") == "none" else (str(call.request.get("bucketName")),)


def is_even(call: ApiCall) -> bool:
    return int(call.event_id, 16) % 2 == 0


ASKING = Detector(name="test", types=(KIND,), judge=lambda call, known: None, on=(
    calls_unlike(by_bucket, about={"s3.amazonaws.com": ("bucketName",)}, counted=is_even),))


def call(number: int, bucket: object, source: str = "s3.amazonaws.com") -> ApiCall:
    return decode_record(json.dumps({
        "eventTime": f"2026-03-02T09:00:{number:02}Z", "eventSource": source, "eventName": "GetObject",
        "eventID": f"{number:032x}", "requestParameters": {"key": "x" * 50, "bucketName": bucket},
        "additionalEventData": {"bytesTransferredOut": number}, "resources": [{"ARN": "a"}],
    }).encode())


def given_of(batches: list[list[ApiCall]], detector: Detector = ASKING) -> list[ApiCall]:
    dispatcher = Dispatcher([detector], KNOWN)
    return [found for calls in batches for _, found, _ in dispatcher.hits(
        Batch(LogKind.CLOUDTRAIL, structs=calls, positions=range(len(calls))))]


NUMBERS = st.lists(st.tuples(st.integers(0, 59), st.sampled_from(["a", "b", "none", 7, None])),
                   unique_by=lambda one: one[0])


@given(NUMBERS, st.lists(st.integers(0, 20), max_size=4))
def test_the_sample_is_given_whatever_is_read_together_and_nothing_twice(
    made: list[tuple[int, object]], cuts: list[int],
) -> None:
    calls = [call(*one) for one in made]
    edges = [0, *sorted(cuts), len(calls)]
    batches = [calls[since:until] for since, until in pairwise(edges)]
    found = [int(one.event_id, 16) for one in given_of(batches)]
    assert len(found) == len(set(found))
    wanted = {number: bucket for number, bucket in made if bucket != "none"}
    assert {number for number in found if number % 2 == 0} == {number for number in wanted if number % 2 == 0}
    assert set(found) <= wanted.keys()
    for bucket in set(map(str, wanted.values())):
        assert min(number for number, one in wanted.items() if str(one) == bucket) in found


def test_a_record_keeps_what_the_detector_looks_at_and_nothing_else() -> None:
    (found,) = given_of([[call(3, "a")]])
    assert found.request == {"bucketName": "a"}
    assert found.additional == {"bytesTransferredOut": 3}
    assert found.resources == []


def test_what_is_about_nothing_that_is_asked_for_comes_bare_and_is_not_counted() -> None:
    found = given_of([[call(number, "a", "ec2.amazonaws.com") for number in range(1, 9)]])
    assert [one.event_id[-1] for one in found] == ["1"]
    assert found[0].request == {}


def test_a_detector_that_counts_nothing_is_given_the_first_alone() -> None:
    without = replace(ASKING, on=(calls_unlike(by_bucket, about={"s3.amazonaws.com": ("bucketName",)}),))
    assert [one.event_id[-1] for one in given_of([[call(number, "a") for number in range(1, 9)]], without)] == ["1"]


def _asks(number: int, name: str, cluster: str = "", at: str = "", objects: Mapping[str, object] | None = None,
          ) -> KubeCall:
    return decode_event(json.dumps({
        "auditID": f"{number:08x}", "verb": "get", "stage": "ResponseComplete", "requestURI": f"/{name}",
        "user": {"username": "system:node:a"}, "objectRef": {"resource": "secrets", "name": name},
        "requestReceivedTimestamp": at or f"2026-03-02T09:00:{number:02}.000000Z", **(objects or {})}).encode(),
        Envelope("111122223333", f"/aws/eks/{cluster}/cluster", "kube-apiserver-audit-1") if cluster else NOWHERE)


BY_NAME = Detector(name="test", types=(KIND,), judge=lambda call, known: None, on=(
    kube_requests("get", "secrets", alike=lambda call, known: (
        (call.about.name,) if call.about.name != "none" else None)),))


# Close together, in one millisecond too; in three parts of a day; and at the ends of time.
_MOMENTS = st.one_of(
    st.builds("2026-03-02T{:02}:00:00.{:06}Z".format, st.sampled_from([9, 11, 12, 23]), st.integers(0, 2_100)),
    st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.9985-01:00"]))


@given(st.lists(st.tuples(st.integers(0, 59), st.sampled_from(["a", "b", "none"]), st.sampled_from(["", "x", "y"]),
                          _MOMENTS), unique_by=lambda one: one[0]), st.integers(0, 20))
def test_of_requests_to_a_cluster_the_first_of_its_like_is_given(
    made: list[tuple[int, str, str, str]], cut: int,
) -> None:
    calls = [_asks(*one) for one in made]
    dispatcher = Dispatcher([BY_NAME], KNOWN)
    given = [found for part in (calls[:cut], calls[cut:]) for _, found, _ in dispatcher.hits(
        Batch(LogKind.EKS_AUDIT, structs=part, positions=range(len(part))), "here")]

    def like(call: KubeCall) -> tuple[str, str, int]:
        return call.about.name, call.cluster, call.time // (SPAN * 1000)

    for kind in set(map(like, calls)):
        first = min((one.time, one.record) for one in calls if like(one) == kind)
        stamps = [(one.time, one.record) for one in given if like(one) == kind]
        assert stamps == ([] if kind[0] == "none" else sorted(stamps, reverse=True))
        assert kind[0] == "none" or stamps[-1] == first


def test_requests_of_elsewhere_are_not_alike() -> None:
    dispatcher = Dispatcher([BY_NAME], KNOWN)
    batch = Batch(LogKind.EKS_AUDIT, structs=[_asks(1, "a")], positions=[0])
    assert [len(list(dispatcher.hits(batch, home))) for home in ("a", "b", "a")] == [1, 1, 0]
    dispatcher.first_requests.forget()
    assert len(list(dispatcher.hits(batch, "a"))) == 1


ALL_ALIKE = replace(BY_NAME, name="all alike", on=(
    kube_requests("get", "secrets", alike=lambda call, known: ("all",)),
    kube_requests("get", "secrets", alike=lambda call, known: (call.about.name,) if call.about.name == "b" else None)))


def test_each_detector_is_given_the_first_of_what_it_takes_for_alike() -> None:
    dispatcher = Dispatcher([BY_NAME, ALL_ALIKE], KNOWN)
    batch = Batch(LogKind.EKS_AUDIT, structs=[_asks(number, name) for number, name in enumerate("abab")],
                  positions=range(4))
    assert [(position, detector.name) for position, _, detector in dispatcher.hits(batch, "here")] == [
        (0, "test"), (0, "all alike"), (1, "test"), (1, "all alike")]


@pytest.mark.parametrize("memo", [1, 2, 5])
def test_what_is_forgotten_since_it_is_much_is_given_again_and_nothing_is_lost(
    memo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_requests, "_MEMO", memo)
    dispatcher = Dispatcher([BY_NAME], KNOWN)
    names = "abcabcabdabcddaabb"
    batch = Batch(LogKind.EKS_AUDIT, structs=[_asks(number, name) for number, name in enumerate(names)],
                  positions=range(len(names)))
    given = [position for position, _, _ in dispatcher.hits(batch, "here")]
    assert {names.index(name) for name in "abcd"} <= set(given)
    assert len(given) == len(set(given))


def _given(first: FirstRequests, calls: Sequence[KubeCall], alike: Callable[[KubeCall, Known], tuple[str, ...]],
           ) -> list[bool]:
    """Whether each is given to a detector."""
    rule = KubeRequests(frozenset({"secrets"}), frozenset({"get"}), alike)
    asking = Asking(0, own=True, firsts=((rule, BY_NAME),), always=())
    return [given == [BY_NAME] for given in first.of(calls, [asking] * len(calls), "here")]


@pytest.mark.parametrize("where", ["requestObject", "responseObject"])
def test_requests_with_different_objects_are_not_taken_for_the_same(where: str) -> None:
    first, asked = FirstRequests(KNOWN), list[str]()

    def alike(call: KubeCall, known: Known) -> tuple[str, ...]:
        asked.append(call.audit_id)
        return (str(call.resulting("spec")),)

    calls = [_asks(number, "x", objects={where: {"spec": spec}} if spec else {})
             for number, spec in enumerate(["a", "b", "a", "", "b", "c"])]
    assert _given(first, calls, alike) == [True, True, False, True, False, True]
    # What a template makes is looked at once; of answers, which are never the same, each is.
    assert len(asked) == (4 if where == "requestObject" else 6)


def test_long_requests_are_judged_alike_and_not_remembered_word_by_word() -> None:
    first = FirstRequests(KNOWN)
    calls = [msgspec.structs.replace(_asks(number, f"{'x' * 200_000}{number}"), request_uri="/x")
             for number in range(3)]
    assert _given(first, calls, lambda call, known: ("all",)) == [True, False, False]
    held = {name: getattr(first, name) for name in vars(first) if name != "_known"}
    assert len(str(held)) < 10_000
