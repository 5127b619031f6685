"""A finding's evidence and explanation over real HTTP, of findings that a real server or scan made."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest

from tests.api.browsers import Browser, make_user, signed_in
from tests.api.serving import ACCOUNT, Served, now, serving
from tests.aws import aws_over_http, be_nobody
from tests.commands.conftest import MODULES, TRAIL
from tests.engine.test_service import HandedOut, running, until
from tests.findings.documents import document, put
from tests.playing import known_in
from vedette.api.console.endpoints import finding as served_finding
from vedette.api.operation import Followed, Running
from vedette.commands.scan import ScanOptions, scan
from vedette.detectors.catalogue import catalogue
from vedette.detectors.signal import Evidence
from vedette.engine import evidence as engine_evidence
from vedette.engine.history import History
from vedette.findings.configuration import DetectorSettings, Member
from vedette.findings.filters import FindingCriteria
from vedette.findings.fold import detector_id
from vedette.findings.store import Store
from vedette.logs.times import format_time, parse_time
from vedette.simulate.story import write

REGION = "us-east-1"
DETECTOR = detector_id(ACCOUNT, REGION)
PENTOO = "PenTest:IAMUser/PentooLinux"


def told_into(folder: Path) -> Path:
    write([one for module, one in catalogue().stories() if module in MODULES and one.expected], folder)
    return folder / "logs"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with logs, a state and a history, as a server leaves them."""
    folder = tmp_path_factory.mktemp("watched")
    logs = told_into(folder)
    (logs / "AWSLogs" / "999999999999" / "CloudTrail").mkdir(parents=True)
    for name in ("half.json", "AWSLogs/999999999999/CloudTrail/half.json", f"AWSLogs/{ACCOUNT}/CloudTrail/half.json"):
        (logs / name).write_text('{"Records":[{"eventVersion":"1.0"')
    paths = sorted(path for path in logs.rglob("*") if path.is_file())
    with Store.open(folder / "state") as store:
        history = History(folder / "history", store)
        feed = HandedOut("trail", logs)
        feed.hand_out(*paths)
        with running(store, known_in(folder), feed, history=history):
            until(lambda: feed.released == 1, 60)
        history.close()
        with store.transaction() as batch:
            batch.configure(DetectorSettings(account=ACCOUNT, region=REGION, id=DETECTOR))
    return folder


@pytest.fixture
def served(watched: Path, tmp_path: Path) -> Iterator[Served]:
    """A server of a copy of it; the evidence lies where the first one read it."""
    shutil.copytree(watched / "state", tmp_path / "state")
    shutil.copytree(watched / "history", tmp_path / "history")
    with Store.open(tmp_path / "state") as store:
        history = History(tmp_path / "history", store)
        with serving(tmp_path, running=Running(history=history, history_days=3650)) as server:
            yield server
        history.close()


def one_of(store: Store, kind: str) -> str:
    (found,) = store.list(FindingCriteria.parse({"criterion": {"type": {"equals": [kind]}}})).ids
    return found


def asked(browser: Browser, one: str, what: str, **query: Any) -> Any:
    answer = browser.get(f"/vedette/v1/findings/{one}/{what}?{urlencode({'detectorId': DETECTOR, **query})}",
                         X_Vedette_Region=REGION)
    return answer.body if answer.status == 200 else (answer.status, answer.body["__type"])


def test_evidence_is_the_records_as_they_stand_in_the_log(served: Served) -> None:
    browser, one = signed_in(served, role="analyst"), one_of(served.store, TRAIL)
    kept = served.store.evidence(one)
    page = asked(browser, one, "evidence")
    assert page["total"] == len(page["records"]) == len(kept) == 10
    for here, record in zip(kept, page["records"], strict=True):
        with gzip.open(here.object) as log:
            raw = json.load(log)["Records"][here.position]
        assert json.loads(record["text"]) == raw
        assert record | {"text": ""} == {
            "time": here.time, "object": here.object, "position": here.position, "version": here.version,
            "log": "cloudtrail", "text": "", "truncated": False, "missing": None}
    assert asked(browser, one, "evidence", offset=4, limit=3)["records"] == page["records"][4:7]
    assert asked(browser, one, "evidence", offset=52) == {"total": 10, "records": []}


def test_a_record_whose_object_is_gone_is_told_as_the_history_has_it(served: Served, watched: Path) -> None:
    browser, one = signed_in(served), one_of(served.store, PENTOO)
    (kept,) = served.store.evidence(one)
    path, aside = Path(kept.object), watched / "aside"
    with gzip.open(path) as log:
        raw = json.load(log)["Records"][kept.position]
    path.rename(aside)
    try:
        (record,) = asked(browser, one, "evidence")["records"]
        assert record["missing"].startswith("does not exist")
        row = json.loads(record["text"])
        assert (row["event_id"], row["event_name"]) == (raw["eventID"], raw["eventName"])
        assert "object" not in row
        path.write_bytes(b"something else")
        (record,) = asked(browser, one, "evidence")["records"]
        assert "changed" in record["missing"]
        shutil.rmtree(served.folder / "history" / "cloudtrail")
        (record,) = asked(browser, one, "evidence")["records"]
        assert record["text"] is None
        assert "changed" in record["missing"]
    finally:
        aside.rename(path)


def test_reading_evidence_ends_in_time_and_a_long_record_is_cut(
    served: Served, monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser, one = signed_in(served), one_of(served.store, TRAIL)
    monkeypatch.setattr(served_finding, "LONGEST", 10)
    cut = asked(browser, one, "evidence")["records"]
    assert {(len(record["text"]), record["truncated"]) for record in cut} == {(10, True)}
    monkeypatch.setattr(served_finding, "SECONDS", -1.0)
    late = asked(browser, one, "evidence")["records"]
    assert {record["text"] for record in late} == {None}
    assert all("too long" in record["missing"] for record in late)


def test_only_so_many_read_evidence_at_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, one = signed_in(served), one_of(served.store, PENTOO)
    monkeypatch.setattr(served_finding, "PATIENCE", 0.1)
    for _ in range(served_finding.READING):
        assert served_finding._reading.acquire(timeout=0)
    try:
        assert asked(browser, one, "evidence") == (429, "TooManyRequestsException")
    finally:
        served_finding._reading.release(served_finding.READING)
    assert asked(browser, one, "evidence")["total"] == 1


def test_evidence_in_a_bucket_is_read_where_its_source_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    be_nobody(monkeypatch, tmp_path / "nothing")
    logs = told_into(tmp_path)
    with aws_over_http() as url:
        s3 = boto3.client("s3", endpoint_url=url)
        s3.create_bucket(Bucket="logs")
        for path in logs.rglob("*.gz"):
            s3.put_object(Bucket="logs", Key=path.relative_to(logs).as_posix(), Body=path.read_bytes())
        scan(ScanOptions("s3://logs/", endpoint_url=url, state=str(tmp_path / "state"), jobs=1, format="jsonl",
                         output=tmp_path / "found.jsonl"))
        with Store.open(tmp_path / "state") as store, store.transaction() as batch:
            batch.configure(DetectorSettings(account=ACCOUNT, region=REGION, id=DETECTOR))
        sources = {"s3://logs/": Followed("s3", url)}
        with serving(tmp_path, running=Running(sources=sources)) as served:
            browser, one = signed_in(served), one_of(served.store, PENTOO)
            (record,) = asked(browser, one, "evidence")["records"]
            assert record["missing"] is None
            assert json.loads(record["text"])["userAgent"].count("pentoo") == 1
            key = record["object"].removeprefix("s3://logs/")
            s3.put_object(Bucket="logs", Key=key, Body=b"other")
            (record,) = asked(browser, one, "evidence")["records"]
            assert record["text"] is None
            assert record["missing"]
            s3.delete_object(Bucket="logs", Key=key)
            (record,) = asked(browser, one, "evidence")["records"]
            assert record["text"] is None


def test_objects_are_opened_once_for_records_that_follow_each_other(
    watched: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    opening = engine_evidence.open_source
    monkeypatch.setattr(engine_evidence, "open_source", lambda name: opened.append(name) or opening(name))
    path = sorted((watched / "logs").rglob("*_20260302T0905Z_*.gz"))[0]
    version = f"{path.stat().st_size}-{path.stat().st_mtime_ns}"
    kept = [Evidence(0, "", str(path), version, place) for place in (1, 0, 7, 1)]
    found = [raw for _, raw in engine_evidence.raw_evidence(kept, lambda _: None)]
    assert len(opened) == 1
    assert found[0] == found[3] != found[1]
    assert [bool(raw.missing) for raw in found] == [False, False, True, False]


def test_the_explanation_says_why_and_what_else_there_was(served: Served) -> None:
    browser, one = signed_in(served, role="analyst"), one_of(served.store, PENTOO)
    told = asked(browser, one, "explanation")
    kind = catalogue().types[PENTOO]
    assert (told["attack"], told["remedy"]) == (list(kind.attack), kind.remedy)
    assert [one["name"] for one in told["detectors"]] == [one.name for one in catalogue().detectors_of(PENTOO)]
    (found,) = served.store.get([one])
    remote = found["service"]["action"]["awsApiCallAction"]["remoteIpDetails"]["ipAddressV4"]
    assert {"kind": "ip", "value": remote, "role": "actor"} in [
        entity | {"role": "actor"} for entity in told["entities"]]
    related = {each["finding"]["id"] for each in told["related"]}
    assert one not in related
    assert one_of(served.store, "PenTest:S3/PentooLinux") in related
    assert all(each["why"].startswith("the same ") for each in told["related"])


def test_no_other_account_sees_a_finding_its_evidence_or_its_words(served: Served) -> None:
    stranger, one = signed_in(served, "eve", account="444455556666"), one_of(served.store, PENTOO)
    own = stranger.post("/detector", {"enable": True}, X_Vedette_Region=REGION).body["detectorId"]
    for what in ("evidence", "explanation"):
        assert asked(stranger, one, what) == (400, "BadRequestException")
        assert asked(stranger, one, what, detectorId=own) == (404, "ResourceNotFoundException")
        assert asked(signed_in(served, f"al-{what}"), "0" * 32, what) == (404, "ResourceNotFoundException")
    for path, body in (("histogram", {"since": 0, "until": 2_000_000_000_000, "buckets": 1}),
                       ("facets", {"attributes": ["type"]}), ("preview", {"findingCriteria": {}, "days": 366})):
        answer = stranger.post(f"/vedette/v1/{path}", {"detectorId": own, **body}, X_Vedette_Region=REGION)
        assert answer.status == 200
        assert "PenTest" not in json.dumps(answer.body)
        assert sum(one for one in json.loads(json.dumps(answer.body)).get("buckets", [{}])[0].values()
                   if isinstance(one, int) and one < 1000) == 0
        assert stranger.post(f"/vedette/v1/{path}", {"detectorId": DETECTOR, **body},
                             X_Vedette_Region=REGION).status == 400


def test_an_administrator_sees_its_members_findings_and_a_member_not_the_administrators(served: Served) -> None:
    admin = signed_in(served, "root", account="444455556666")
    own = admin.post("/detector", {"enable": True}, X_Vedette_Region=REGION).body["detectorId"]
    with served.store.transaction() as batch:
        batch.configure(Member(account="444455556666", region=REGION, id=ACCOUNT, email="a@example.com",
                               relationship="Enabled"))
        put(batch, document(7, accountId="444455556666", region=REGION, detectorId=own))
    one = one_of(served.store, PENTOO)
    assert asked(admin, one, "evidence", detectorId=own)["total"] == 1
    assert asked(admin, one, "explanation", detectorId=own)["attack"]
    counted = admin.post("/vedette/v1/facets", {"detectorId": own, "attributes": ["accountId"]},
                         X_Vedette_Region=REGION).body
    assert {each["value"]: each["count"] for each in counted["facets"]["accountId"]} == {
        ACCOUNT: 7, "444455556666": 1}
    assert asked(signed_in(served), f"{7:032x}", "evidence") == (404, "ResourceNotFoundException")


def test_a_rule_is_previewed_with_what_it_would_have_taken(served: Served) -> None:
    browser = signed_in(served, role="analyst")
    criteria = {"criterion": {"type": {"matches": ["PenTest:S3/*"]}}}
    with served.store.transaction() as batch:
        for number, age in ((1, 10), (2, 400)):
            old = document(number, accountId=ACCOUNT, region=REGION, detectorId=DETECTOR, type="PenTest:S3/KaliLinux",
                           updatedAt=format_time(now() - age * 86_400_000))
            put(batch, {**old, "title": "an old one"})
    told = browser.post("/vedette/v1/preview", {"detectorId": DETECTOR, "findingCriteria": criteria, "days": 90},
                        X_Vedette_Region=REGION).body
    recent = [one for one in served.store.get(served.store.list().ids)
              if parse_time(one["updatedAt"]) >= now() - 90 * 86_400_000]
    wanted = [one for one in recent if one["type"].startswith("PenTest:S3/")]
    assert (told["matched"], told["total"], told["days"]) == (len(wanted), len(recent), 90)
    assert told["low"] + told["medium"] + told["high"] + told["critical"] == len(wanted) >= 1
    assert [one["id"] for one in told["examples"]] == [one["id"] for one in wanted]
    assert told["examples"][0].keys() == {
        "id", "type", "title", "severity", "count", "firstSeen", "lastSeen", "archived", "accountId", "region"}


def test_dead_letters_are_those_of_ones_own_logs(served: Served) -> None:
    def named(browser: Browser) -> set[str]:
        answer = browser.get("/vedette/v1/dead-letters", X_Vedette_Region=REGION).body
        assert answer["total"] == len(answer["deadLetters"])
        return {one["object"].partition("/logs/")[2] for one in answer["deadLetters"]}

    browser = signed_in(served)
    assert named(browser) == {"half.json", f"AWSLogs/{ACCOUNT}/CloudTrail/half.json"}
    assert named(signed_in(served, "eve", account="999999999999")) == {
        "half.json", "AWSLogs/999999999999/CloudTrail/half.json"}
    page = browser.get("/vedette/v1/dead-letters?offset=1&limit=1", X_Vedette_Region=REGION).body
    assert (page["total"], len(page["deadLetters"])) == (2, 1)
    assert page["deadLetters"][0]["reason"]
    health = browser.get("/vedette/v1/health", X_Vedette_Region=REGION).body
    assert health["deadLetters"] == 2
    assert health["history"]["on"] is True
    assert health["history"]["since"] <= served.store.evidence(one_of(served.store, PENTOO))[0].time
    assert {one["plan"]: one["built"] for one in health["features"]}["FOUNDATIONAL"] is True


def test_the_catalogue_has_every_type_and_says_what_is_not_built(served: Served) -> None:
    make_user(served.store)
    browser = Browser(served.url)
    browser.sign_in()
    types = {one["type"]: one for one in browser.get("/vedette/v1/catalogue").body["types"]}
    assert {name for name, one in types.items() if one["built"]} == set(catalogue().types)
    assert len(types) >= 238
    for one in types.values():
        if not one["built"]:
            assert (one["severity"], one["title"], one["remedy"], one["detectors"]) == (None, "", "", [])
            assert one["plan"]
    assert types[TRAIL]["source"] == "cloudtrail"
    assert "type" in browser.get("/vedette/v1/attributes").body["attributes"]


def test_a_page_of_whole_findings_is_what_list_and_get_tell_in_any_order(served: Served) -> None:
    browser = signed_in(served)
    client = served.client(region=REGION)
    asked = {"detectorId": DETECTOR, "findingCriteria": {"criterion": {"severity": {"greaterThanOrEqual": 2}}},
             "orderBy": "severity", "descending": False, "limit": 2}
    found: list[dict[str, Any]] = []
    token = ""
    while True:
        page = browser.post("/vedette/v1/findings", {**asked, "nextToken": token}, X_Vedette_Region=REGION).body
        assert len(page["findings"]) <= 2
        found += page["findings"]
        token = page["nextToken"]
        if not token:
            break
    ids = client.list_findings(
        DetectorId=DETECTOR, FindingCriteria={"Criterion": {"severity": {"GreaterThanOrEqual": 2}}},
        SortCriteria={"AttributeName": "severity", "OrderBy": "ASC"})["FindingIds"]
    assert len(ids) > 2
    assert [one["id"] for one in found] == ids
    assert found == served.store.get(ids)
    refused = browser.post("/vedette/v1/findings", {**asked, "orderBy": "nothing"}, X_Vedette_Region=REGION)
    assert (refused.status, "nothing" in refused.body["message"]) == (400, True)
    other = signed_in(served, "olga", account="222233334444")
    assert other.post("/vedette/v1/findings", asked, X_Vedette_Region=REGION).status == 400
