"""Investigations: what they say follows from what there is, and boto3 can ask for them."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from botocore.exceptions import ClientError

from tests.api.accounts import MODEL, NOON, Account, fits, joined
from tests.api.serving import Served, now, serving
from tests.investigate.conftest import Delivered
from tests.playing import known_in
from vedette.api.errors import AccessDenied, ResourceNotFound
from vedette.commands.investigate import show_report
from vedette.commands.serving.investigating import investigating
from vedette.detectors.catalogue import catalogue
from vedette.engine.history_writer import write_rows
from vedette.errors import VedetteError
from vedette.findings.configuration import DetectorSettings
from vedette.findings.database import FILE
from vedette.findings.investigations import Investigation
from vedette.findings.store import Store
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.inquiry import investigate
from vedette.investigate.investigator import Investigator, report_of
from vedette.investigate.looking import seen_by
from vedette.investigate.profile import profile
from vedette.investigate.prompt import Subject, subject_of
from vedette.investigate.report import Exhibit, Report
from vedette.investigate.report_data import records_of, summary_data
from vedette.investigate.report_page import page_of
from vedette.investigate.report_text import text_of
from vedette.investigate.sightings import Past
from vedette.investigate.tactics import TACTICS, TECHNIQUES, phase_of
from vedette.logs.times import format_time, parse_time
from vedette.publish.severity import band_of

ID = "1ab2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
ACCOUNT, REGION = "111122223333", "eu-west-1"


def findings(delivered: Delivered) -> list[dict[str, Any]]:
    return delivered.store.get(delivered.store.list(limit=10_000).ids)


def report_on(delivered: Delivered, finding: dict[str, Any], *, blind: bool = False) -> Report:
    sources = seen_by(delivered.store, None if blind else Past(delivered.history), delivered.known,
                      finding["accountId"], finding["region"])
    asked = parse_time(finding["service"]["eventLastSeen"]) + 3_600_000
    return investigate(sources, Subject(kind="FINDING", finding_id=finding["id"]), finding["accountId"],
                       finding["region"], asked)


def one_of_each(delivered: Delivered) -> list[dict[str, Any]]:
    found = {one["type"]: one for one in findings(delivered)}
    return [found[name] for name in sorted(found)]


def test_every_technique_that_a_type_names_is_known() -> None:
    named = {(kind.name, one) for kind in catalogue().types.values() for one in kind.attack}
    assert {one for _, one in named} == TECHNIQUES.keys()
    assert all(set(one.tactics) <= TACTICS.keys() for one in TECHNIQUES.values())
    assert all(phase_of(*one) in TECHNIQUES[one[1]].tactics for one in named)


@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.long)])
def test_a_report_of_each_type_fits_the_model_and_names_only_what_there_is(delivered: Delivered, step: int) -> None:
    ids = {one["id"] for one in findings(delivered)}
    for finding in one_of_each(delivered)[::step]:
        report = report_on(delivered, finding)
        record = MODEL.shape_for("InvestigationRecord")
        fits(MODEL.shape_for("InvestigationSummaryData"), summary_data(report), "summaryData")
        for one in records_of(report, "Look", 1, 2):
            fits(record, one, "record")
        assert {named for one in report.exhibits for named in one.findings} <= ids
        assert {one.finding for one in report.timeline} <= ids | {""}
        assert {one.id for one in report.findings} <= ids
        assert {technique.id for phase in report.phases for technique in phase.techniques} <= set(TECHNIQUES)
        assert report.timeline == sorted(report.timeline)
        assert finding["id"] in text_of(report)
        band = band_of(finding["severity"])
        risks = ("Info", "Low", "Medium", "High", "Critical")
        assert abs(risks.index(report.risk) - risks.index(band)) <= 1
        assert report_on(delivered, finding) == report


def test_without_a_history_it_says_so(delivered: Delivered) -> None:
    for finding in one_of_each(delivered)[:10]:
        report = report_on(delivered, finding, blind=True)
        assert any("No event history is kept" in one for one in report.unseen)
        assert report.confidence in ("Low", "Medium")
        assert not any(one.title.startswith("What access-key") for one in report.exhibits)


def with_habits(
    delivered: Delivered, folder: Path, finding: dict[str, Any], source: str, calls: list[tuple[str, str]],
    days: int,
) -> Report:
    """The finding looked into where its access key had called these each day before."""
    shutil.copytree(delivered.history, folder)
    key = finding["resource"]["accessKeyDetails"]["accessKeyId"]
    row = {"account": finding["accountId"], "region": finding["region"], "access_key_id": key,
           "source_ip": source, "object": "before", "object_version": "1"}
    begin = parse_time(finding["service"]["eventFirstSeen"])
    for day in range(1, days + 1):
        moment = begin - day * 86_400_000
        when = format_time(moment)
        path = folder / "cloudtrail" / f"day={when[:10]}" / f"hour={when[11:13]}" / "before.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [{**row, "event_source": service, "event_name": name, "time": moment, "position": number,
                 "event_id": f"before-{day}-{number}"} for number, (service, name) in enumerate(calls)]
        write_rows(pl.DataFrame(rows, schema_overrides={"position": pl.UInt32}), path)
    sources = seen_by(delivered.store, Past(folder), delivered.known, finding["accountId"], finding["region"])
    return investigate(sources, Subject(kind="FINDING", finding_id=finding["id"]), finding["accountId"],
                       finding["region"], parse_time(finding["service"]["eventLastSeen"]) + 1)


def test_what_is_new_speaks_for_a_threat_and_what_is_usual_against_it(alone: Delivered, tmp_path: Path) -> None:
    [finding] = findings(alone)
    action = finding["service"]["action"]["awsApiCallAction"]
    key, address = finding["resource"]["accessKeyDetails"]["accessKeyId"], action["remoteIpDetails"]["ipAddressV4"]

    other = [("ec2.amazonaws.com", "DescribeTags")]
    sources = seen_by(alone.store, Past(alone.history), alone.known, finding["accountId"], finding["region"])
    told = profile(sources, Entity(EntityKind.ACCESS_KEY, key), parse_time(finding["service"]["eventFirstSeen"]),
                   parse_time(finding["service"]["eventLastSeen"]) + 1)
    assert (action["serviceName"], action["api"]) in {(one.service, one.name) for one in told.calls}

    def verdict(report: Report, title: str) -> str | None:
        return next((one.verdict for one in report.exhibits if one.title == title), None)

    new = with_habits(alone, tmp_path / "new", finding, "192.0.2.99", other, 30)
    assert verdict(new, f"{address} is new for access-key {key}") == "THREAT"
    assert verdict(new, f"What access-key {key} called") == "THREAT"
    assert any(action["api"] in one.said for one in new.timeline)
    same = [(one.service, one.name) for one in told.calls]
    usual = with_habits(alone, tmp_path / "usual", finding, address, same, 30)
    assert verdict(usual, f"{address} is known for access-key {key}") == "BENIGN"
    assert verdict(usual, f"What access-key {key} called") == "BENIGN"
    short = with_habits(alone, tmp_path / "short", finding, "192.0.2.99", other, 10)
    assert verdict(short, f"{address} is new for access-key {key}") is None
    assert any("too little" in one for one in short.unseen)


def test_a_finding_of_another_account_is_not_there(delivered: Delivered) -> None:
    finding = findings(delivered)[0]
    sources = seen_by(delivered.store, Past(delivered.history), delivered.known, "999999999999", finding["region"])
    with pytest.raises(Exception, match="not there"):
        investigate(sources, Subject(kind="FINDING", finding_id=finding["id"]), "999999999999", finding["region"], 1)


def test_accounts_and_entities_are_looked_into(delivered: Delivered) -> None:
    finding = next(one for one in findings(delivered) if one["resource"].get("accessKeyDetails"))
    account, region = finding["accountId"], finding["region"]
    own = [one for one in findings(delivered) if (one["accountId"], one["region"]) == (account, region)]
    asked = max(parse_time(one["service"]["eventLastSeen"]) for one in own) + 1
    own = [one for one in own if parse_time(one["service"]["eventLastSeen"]) >= asked - 90 * 86_400_000]
    sources = seen_by(delivered.store, Past(delivered.history), delivered.known, account, region)
    key = Entity(EntityKind.ACCESS_KEY, finding["resource"]["accessKeyDetails"]["accessKeyId"])
    for subject in (Subject(kind="ACCOUNT", account=account), Subject(kind="ORGANIZATION", account=account),
                    Subject(kind="ACCOUNT", account=account, entity=key)):
        report = investigate(sources, subject, account, region, asked)
        fits(MODEL.shape_for("InvestigationSummaryData"), summary_data(report), "summaryData")
        for one in records_of(report, "Look", 1, 2):
            fits(MODEL.shape_for("InvestigationRecord"), one, "record")
        assert sum(report.severities.values()) == report.total == sum(week.count for week in report.weeks)
        if subject.entity is None:
            assert report.total == len(own)
            assert {one.name: one.count for one in report.types}[finding["type"]] == sum(
                one["type"] == finding["type"] for one in own)


@pytest.mark.parametrize(("prompt", "expected"), [
    (f"Investigate finding {ID} in account {ACCOUNT}", Subject(kind="FINDING", finding_id=ID)),
    (f"arn:aws:guardduty:eu-west-1:{ACCOUNT}:detector/{'e' * 32}/finding/{ID}",
     Subject(kind="FINDING", finding_id=ID)),
    (f"Analyze findings in account with id {ACCOUNT}.", Subject(kind="ACCOUNT", account=ACCOUNT)),
    ("Analyze findings in my organization", Subject(kind="ORGANIZATION", account="000000000001")),
    ("what about this account?", Subject(kind="ACCOUNT", account="000000000001")),
    ("Who is 198.51.100.7?", Subject(kind="ACCOUNT", account="000000000001",
                                     entity=Entity(EntityKind.IP, "198.51.100.7"))),
    ("look at (i-0123456789abcdef0),", Subject(kind="ACCOUNT", account="000000000001",
                                              entity=Entity(EntityKind.INSTANCE, "i-0123456789abcdef0"))),
    ("bucket logs", Subject(kind="ACCOUNT", account="000000000001", entity=Entity(EntityKind.BUCKET, "logs"))),
    (f"arn:aws:iam::{ACCOUNT}:role/x/deploy", Subject(
        kind="ACCOUNT", account="000000000001",
        entity=Entity(EntityKind.PRINCIPAL, f"arn:aws:iam::{ACCOUNT}:role/x/deploy"))),
    ("AKIAIOSFODNN7EXAMPLE", Subject(kind="ACCOUNT", account="000000000001",
                                     entity=Entity(EntityKind.ACCESS_KEY, "AKIAIOSFODNN7EXAMPLE"))),
    ("tell me something", None), (f"finding {'0' * 32} of account {ACCOUNT}", None), ("v1.2.3", None),
    ("\x00" * 9, None),
])
def test_a_prompt_names_what_is_looked_into(prompt: str, expected: Subject | None) -> None:
    assert subject_of(prompt, "000000000001", lambda one: one == ID) == expected


# Over the API.


def enabled(store: Store, number: str, moment: list[int]) -> Account:
    account = Account(store, number, moment).with_detector()
    settings = account.settings
    assert settings
    settings.features["AI_ANALYST"].enabled = True
    with store.transaction() as batch:
        batch.configure(settings)
    return account


@pytest.fixture
def memory() -> Iterator[Store]:
    with Store.in_memory() as store:
        yield store


def investigator(store: Store, folder: Path) -> Investigator:
    known = known_in(folder)
    return Investigator(store, None, lambda *_: known, lambda: NOON + 5)


def test_the_feature_must_be_on_and_members_may_not(memory: Store) -> None:
    account = Account(memory, ACCOUNT, [NOON]).with_detector()
    assert "AI_ANALYST" in account.refused("CreateInvestigation", trigger_prompt="this account")
    member = enabled(memory, "200000000002", [NOON])
    joined(account, member)
    with pytest.raises(AccessDenied, match=account.id):
        member("CreateInvestigation", trigger_prompt="this account")


def test_what_is_not_recognised_is_refused(memory: Store) -> None:
    account = enabled(memory, ACCOUNT, [NOON])
    assert "names no finding" in account.refused("CreateInvestigation", trigger_prompt="Look")
    assert "neither this account" in account.refused("CreateInvestigation", trigger_prompt="account 444455556666")
    assert account("ListInvestigations") == {"Investigations": []}


def test_ten_a_day_and_a_hundred_in_all(memory: Store) -> None:
    moment = [NOON]
    account = enabled(memory, ACCOUNT, moment)
    for day in range(10):
        moment[0] = NOON + day * 86_400_000
        for _ in range(10):
            account("CreateInvestigation", trigger_prompt="this account")
        assert "10 investigations" in account.refused("CreateInvestigation", trigger_prompt="this account")
    moment[0] += 30 * 86_400_000
    assert "100 in all" in account.refused("CreateInvestigation", trigger_prompt="this account")
    other = enabled(memory, "444455556666", moment)
    other("CreateInvestigation", trigger_prompt="this account")


def test_they_are_listed_by_conditions_and_seen_by_their_own_and_by_the_administrator(
    memory: Store, tmp_path: Path
) -> None:
    head, member, stranger = (enabled(memory, one, [NOON]) for one in (ACCOUNT, "200000000002", "300000000003"))
    made = member("CreateInvestigation", trigger_prompt="this account")["InvestigationId"]
    joined(head, member)
    mine = head("CreateInvestigation", trigger_prompt="this account")["InvestigationId"]
    doing = investigator(memory, tmp_path)
    assert doing.step()
    done = {"criterion": {"STATUS": {"equals": ["COMPLETED"]}}}
    [one] = head("ListInvestigations", filter_criteria=done)["Investigations"]
    assert one["riskLevel"] == "Info"
    assert doing.step()
    assert not doing.step()
    assert {one["investigationId"] for one in head("ListInvestigations")["Investigations"]} == {made, mine}
    assert [one["investigationId"] for one in member("ListInvestigations")["Investigations"]] == [made]
    assert stranger("ListInvestigations")["Investigations"] == []
    assert not head("ListInvestigations", filter_criteria={"criterion": {"RISK_LEVEL": {"notEquals": ["Info"]}}})[
        "Investigations"]
    assert head("GetInvestigation", investigation_id=made)["Investigation"]["status"] == "COMPLETED"
    for account in (stranger, member):
        with pytest.raises(ResourceNotFound):
            account("GetInvestigation", investigation_id=mine)
        with pytest.raises(ResourceNotFound):
            account("ListInvestigationRecords", investigation_id=mine)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        stop = threading.Event()
        doing = Investigator(server.store, None, lambda *_: known_in(tmp_path / "nothing"), now)
        thread = threading.Thread(target=investigating(doing), args=(stop,))
        thread.start()
        yield server
        stop.set()
        thread.join(10)


def test_boto3_asks_for_an_investigation_and_reads_it(served: Served) -> None:
    client = served.client()
    detector = client.create_detector(Enable=True, Features=[{"Name": "AI_ANALYST", "Status": "ENABLED"}])["DetectorId"]
    client.create_sample_findings(DetectorId=detector, FindingTypes=["Recon:EC2/Portscan"])
    [finding] = client.list_findings(DetectorId=detector)["FindingIds"]
    asked = {"DetectorId": detector, "InvestigationId": client.create_investigation(
        DetectorId=detector, TriggerPrompt=f"Investigate finding {finding}")["InvestigationId"]}
    deadline = time.monotonic() + 30
    while (told := client.get_investigation(**asked)["Investigation"])["Status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert told["Status"] == "COMPLETED"
    assert told["RiskLevel"] == "Info"  # it is a sample
    assert told["Scope"] == {"InvestigationType": "FINDING", "FindingId": finding}
    assert "It is a sample" in told["Summary"]
    structured = client.get_investigation(**asked, SummaryFormat="STRUCTURED")["Investigation"]
    assert "Summary" not in structured
    assert structured["SummaryData"]["FindingType"] == "Recon:EC2/Portscan"
    pages = list(client.get_paginator("list_investigation_records").paginate(**asked, PaginationConfig={"PageSize": 3}))
    records = [one for page in pages for one in page["Records"]]
    assert [one["RecordId"] for one in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    assert {one["Type"] for one in records} == {"UPDATE", "FETCH", "OBSERVATION", "ANALYSIS", "METADATA"}
    assert client.list_investigation_records(**asked, RecordTypes=["METADATA"])["Records"] == records[-1:]
    listed = client.list_investigations(DetectorId=detector, FilterCriteria={"Criterion": {
        "FINDING_ID": {"Equals": [finding]}}}, SortCriteria={"AttributeName": "RISK_LEVEL", "OrderBy": "ASC"})
    assert [one["InvestigationId"] for one in listed["Investigations"]] == [asked["InvestigationId"]]
    text, page = io.StringIO(), served.folder / "report.html"
    show_report(str(served.folder / "state"), asked["InvestigationId"], None, text)
    assert text.getvalue() == told["Summary"] + "\n"
    show_report(str(served.folder / "state"), asked["InvestigationId"], page, text)
    assert "Recon:EC2/Portscan" in page.read_text()
    with pytest.raises(VedetteError, match=asked["InvestigationId"]):
        show_report(str(served.folder / "state"), "ab", None, text)
    with pytest.raises(ClientError, match="AccessDenied"):
        served.client("analyst").create_investigation(DetectorId=detector, TriggerPrompt="this account")
    assert served.client("analyst").get_investigation(**asked)["Investigation"]["Status"] == "COMPLETED"


def test_what_a_killed_server_left_undone_is_done_by_the_next(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        account = enabled(store, ACCOUNT, [NOON])
        made = account("CreateInvestigation", trigger_prompt="this account")["InvestigationId"]
    assert (tmp_path / "state" / FILE).is_file()
    begun = tmp_path / "begun"
    child = subprocess.Popen([sys.executable, "-c", (
        "import sys, time\nfrom pathlib import Path\nfrom vedette.findings.store import Store\n"
        "from vedette.investigate.investigator import Investigator\n"
        "def known(*_):\n    Path(sys.argv[2]).touch()\n    time.sleep(60)\n"
        "Investigator(Store.open(sys.argv[1]), None, known, lambda: 1).step()\n"), str(tmp_path / "state"), str(begun)])
    deadline = time.monotonic() + 60
    while not begun.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with Store.open(tmp_path / "state") as store:
        doing = investigator(store, tmp_path / "nothing")
        assert doing.step()
        assert not doing.step()
        found = store.configuration(Investigation, ACCOUNT, REGION, made)
        assert found
        assert found.status == "COMPLETED"
        assert report_of(store, found)


def test_one_that_cannot_be_done_fails_and_says_why(memory: Store, tmp_path: Path) -> None:
    account = enabled(memory, ACCOUNT, [NOON])
    with memory.transaction() as batch:
        batch.configure(Investigation(
            account=ACCOUNT, region=REGION, id="ab", started=NOON, prompt=f"finding {ID}",
            subject=msgspec.json.encode(Subject(kind="FINDING", finding_id=ID)).decode()))
    assert investigator(memory, tmp_path).step()
    told = account("GetInvestigation", investigation_id="ab")["Investigation"]
    assert told["status"] == "FAILED"
    assert "not there any more" in told["error"]
    assert account("ListInvestigationRecords", investigation_id="ab")["Records"] == []
    assert memory.configuration(DetectorSettings, ACCOUNT, REGION, account.detector)


# As a page.

HOSTILE = "<script>alert(1)</script>\"'&\u202e\x1b[31m<img src=x onerror=alert(1)>\n</style>"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def test_a_page_runs_nothing_and_shows_hostile_text_as_text(delivered: Delivered) -> None:
    finding = next(one for one in findings(delivered) if one["resource"].get("accessKeyDetails"))
    report = report_on(delivered, finding)
    plain = Tags()
    plain.feed(page_of(report))

    def poisoned(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: poisoned(one) for name, one in value.items()}
        if isinstance(value, list):
            return [poisoned(one) for one in value]
        return value

    text = json.loads(msgspec.json.encode(report))
    for name in ("title", "account", "region", "finding_type"):
        text[name] = HOSTILE
    for exhibit in text["exhibits"]:
        exhibit["title"] = exhibit["narrative"] = HOSTILE
    for part, field in (("timeline", "said"), ("involved", "value"), ("findings", "title"), ("actions", "said")):
        for one in text[part]:
            if isinstance(one, dict):
                one[field] = HOSTILE
    text["observations"] = text["unseen"] = [HOSTILE]
    hostile = msgspec.convert(text, Report)
    page = page_of(hostile)
    seen = Tags()
    seen.feed(page)
    assert seen.tags <= plain.tags | {"ul", "li"}
    assert seen.attributes == plain.attributes
    assert seen.tags.isdisjoint({"script", "img", "link", "iframe", "a", "form"})
    assert "<script" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert page.count("</style>") == 1
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert HOSTILE not in text_of(hostile)
    assert "\x1b" not in text_of(hostile)


def test_commands_are_written_for_plain_names_only() -> None:
    from vedette.investigate.advice import actions_of
    from vedette.investigate.report import Involved

    def of(name: str) -> list[str]:
        involved = [Involved(kind=EntityKind.BUCKET, value=name, role="resource", findings=1)]
        return [command for one in actions_of([], involved, "High", [], list[Exhibit]()) for command in one.commands]

    assert of("logs") == ["aws s3api get-public-access-block --bucket logs"]
    assert of("logs; rm -rf /") == of("$(id)") == of("-x") == of("a\nb") == []
