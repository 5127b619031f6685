"""Whatever is asked of ``/vedette/v1``: an answer, or a refusal in GuardDuty's shape; never a fault of the server's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.browsers import Browser, signed_in
from tests.api.serving import ACCOUNT, REGION, serving
from tests.findings.documents import document, put
from vedette.api.console.endpoint import endpoints
from vedette.findings.attributes import filter_paths
from vedette.findings.configuration import DetectorSettings
from vedette.findings.filters import Op
from vedette.findings.fold import detector_id
from vedette.findings.rows import TriageStatus
from vedette.investigate.conditions import Operator
from vedette.investigate.entity import EntityKind
from vedette.logs.kinds import LogKind

DETECTOR = detector_id(ACCOUNT, REGION)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """An administrator who has signed in; there are some findings."""
    folder = tmp_path_factory.mktemp("fuzzed")
    state = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        state = server.url("public")
    with serving(folder, state=state) as served:
        with served.store.transaction() as batch:
            batch.configure(DetectorSettings(account=ACCOUNT, region=REGION, id=DETECTOR))
            for number in range(1, 20):
                found = document(number, detectorId=DETECTOR, severity=float(number % 9 + 1))
                put(batch, {**found, "title": "found"})
        yield signed_in(served)


TEXTS = st.one_of(
    st.text(max_size=40), st.sampled_from(["", "\0", "../../etc/passwd", "%2e%2e", "a" * 2000, "ip", "cloudtrail", "*",
                                           "\ud7ff\ue000", DETECTOR, f"{3:032x}", "1e400", "-1", "0x10", "Infinity"]))
TIMES = st.integers(0, 2_000_000_000_000)
NUMBERS = st.one_of(st.integers(), st.integers(-(2**70), 2**70), TIMES, st.floats())
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)), max_leaves=12)
PATHS = st.one_of(st.sampled_from(sorted(filter_paths())), TEXTS)
VALUES = st.one_of(st.lists(TEXTS, max_size=3), NUMBERS, ANYTHING)
CRITERIA = st.fixed_dictionaries({"criterion": st.dictionaries(
    PATHS, st.dictionaries(st.one_of(st.sampled_from([one.value for one in Op]), TEXTS), VALUES, max_size=2),
    max_size=2)})


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What can be asked, mostly."""
    return st.integers(0, 11).flatmap(lambda draw: good if draw else ANYTHING)


LIKELY = {
    "detectorId": mostly(st.just(DETECTOR)), "findingCriteria": mostly(CRITERIA), "since": mostly(TIMES),
    "until": mostly(TIMES), "buckets": mostly(st.integers(1, 200)), "top": mostly(st.integers(1, 50)),
    "attributes": mostly(st.lists(PATHS, max_size=4)), "days": mostly(st.integers(1, 366)),
    "orderBy": mostly(PATHS), "descending": mostly(st.booleans()), "nextToken": TEXTS,
    "offset": mostly(st.integers(0, 60)), "limit": mostly(st.integers(0, 60)),
    "kind": mostly(st.sampled_from([one.value for one in EntityKind])), "value": TEXTS,
    "log": mostly(st.sampled_from([one.value for one in LogKind])), "q": TEXTS, "text": mostly(TEXTS),
    "findingIds": mostly(st.lists(st.one_of(st.sampled_from([f"{3:032x}", f"{4:032x}"]), TEXTS), max_size=60)),
    "conditions": mostly(st.lists(st.fixed_dictionaries({
        "column": mostly(st.sampled_from(["event_name", "srcport", "source_ips", "read_only", "pod", "time"])),
        "operator": mostly(st.sampled_from([one.value for one in Operator])), "value": TEXTS}), max_size=3)),
    "entities": mostly(st.lists(st.fixed_dictionaries({
        "kind": mostly(st.sampled_from([one.value for one in EntityKind])), "value": TEXTS}), max_size=2)),
    "texts": mostly(st.lists(TEXTS, max_size=2)), "facets": mostly(st.lists(TEXTS, max_size=2)),
    "name": mostly(TEXTS), "query": mostly(TEXTS),
    "status": mostly(st.sampled_from(get_args(TriageStatus))), "assignee": mostly(st.sampled_from(["alice", ""])),
}
MEMBERS = st.fixed_dictionaries(LIKELY).flatmap(
    lambda all_of: st.sets(st.sampled_from(sorted(LIKELY)), max_size=1).map(
        lambda without: {name: value for name, value in all_of.items() if name not in without}))
EVERY = [
    (one.method, "/".join("{}" if part is None else part.decode() for part in one.path), one.reads.__struct_fields__)
    for some in endpoints().values() for one in some]


def fitting(members: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Those that an endpoint has: another one is refused before anything else is looked at."""
    names = {"".join([word.capitalize() if place else word for place, word in enumerate(one.split("_"))])
             for one in fields}
    return {name: value for name, value in members.items() if name in names}


def check(answer: Any) -> None:
    assert answer.status < 500, answer
    if answer.status != 200:
        assert set(answer.body) == {"message", "__type"}
        assert answer.status in (400, 403, 404, 413)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(endpoint=st.sampled_from(EVERY), members=MEMBERS, label=TEXTS, sloppy=st.booleans())
def test_no_question_is_a_fault_of_the_servers(
    browser: Browser, endpoint: Any, members: dict[str, Any], label: str, sloppy: bool,
) -> None:
    method, path, fields = endpoint
    if method == "POST":
        fields = fields + ("detector_id",) * sloppy
        body = json.dumps(fitting(members, fields)).encode("utf-8", "surrogatepass")
        check(browser.ask("POST", f"/{path.format(quote(label, safe=''))}", body))
        return
    query = {name: value if isinstance(value, str) else json.dumps(value)
             for name, value in (members if sloppy else fitting(members, fields)).items()}
    check(browser.get(f"/{path.format(quote(label, safe=''))}?{urlencode(query)}"))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(endpoint=st.sampled_from(EVERY), body=st.one_of(st.binary(max_size=200), st.just(b"[" * 100_000),
                                                       st.just(b'{"a":' * 50_000), ANYTHING.map(
    lambda one: json.dumps(one).encode("utf-8", "surrogatepass"))), query=st.binary(max_size=60))
def test_no_bytes_are_a_fault_of_the_servers(browser: Browser, endpoint: Any, body: bytes, query: bytes) -> None:
    method, path, _ = endpoint
    if method == "POST":
        check(browser.ask("POST", f"/{path.format('x')}", body))
    check(browser.get(f"/{path.format('x')}?{quote(query, safe='&=+%')}"))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(path=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60), method=st.sampled_from([
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]))
def test_no_path_is_a_fault_of_the_servers(browser: Browser, path: str, method: str) -> None:
    answer = browser.ask(method, f"/vedette/v1/{quote(path, safe='/%?&=.')}")
    assert answer.status < 500
    assert answer.status in (200, 204, 400, 403, 404)


def test_there_is_something_to_be_asked(browser: Browser) -> None:
    counted = browser.post("/vedette/v1/histogram", {
        "detectorId": DETECTOR, "since": 0, "until": 3_000_000, "buckets": 3})
    assert counted.status == 200
    assert sum(sum(one[band] for band in ("low", "medium", "high", "critical"))
               for one in counted.body["buckets"]) == 19
    preview = browser.post("/vedette/v1/preview", {"detectorId": DETECTOR, "findingCriteria": {}, "days": 1})
    assert (preview.body["matched"], preview.body["total"], preview.body["examples"]) == (0, 0, [])
