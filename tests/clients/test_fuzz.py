"""Requests that no client sends: the server answers all of them, and never with a fault of its own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import normpath
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.model import OperationModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients.conftest import BUCKET, REGION, Running
from tests.clients.model import COMMON_ERRORS, MODEL, errors_of, faults
from tests.clients.requests_of import HUGE, Asked, Values, requests_of
from tests.clients.test_boto3 import LEFT_OUT

BRIEF, LONG = 60, 300
"""Requests for each operation: in every run, and when there is time."""

TYPES = ["Recon:EC2/Portscan", "Recon:IAMUser/TorIPCaller", "Backdoor:EC2/C&CActivity.B"]
ATTRIBUTES = ["severity", "type", "id", "accountId", "region", "updatedAt", "service.archived", "service.count",
              "resource.instanceDetails.tags.key", "service.action.networkConnectionAction.remoteIpDetails.ipAddressV4",
              "no.such.attribute"]

CONDITIONS = [{"equals": ["8"]}, {"neq": ["false"]}, {"gte": 4}, {"lessThan": 1_900_000_000_000, "gt": 0},
              {"matches": ["*a?"]}, {"notMatches": ["*"], "greaterThanOrEqual": 1}]
ROOTS = sorted({MODEL.operation_model(name).http["requestUri"].split("/")[1] for name in MODEL.operation_names})
"""What the paths of the operations begin with."""


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else {}


@dataclass
class Target:
    """An account with one of everything, and a connection that is kept."""

    running: Running
    account: str
    client: Any
    detector: str = ""
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def known(self, operation: str = "") -> dict[str, list[Any]]:
        """Names of what there is, after everything that is missing was made again; save what the operation makes, of
        which there can be no second."""
        client, about = self.client, {"DetectorId": self.detector}
        if client.list_detectors()["DetectorIds"] != [self.detector]:
            self.detector = about["DetectorId"] = client.create_detector(Enable=True)["DetectorId"]
        if not client.list_findings(**about, MaxResults=1)["FindingIds"]:
            client.create_sample_findings(**about, FindingTypes=TYPES)
        if "low" not in client.list_filters(**about)["FilterNames"]:
            client.create_filter(**about, Name="low", FindingCriteria={"Criterion": {"severity": {"Gte": 4}}})
        others = ["300000000001", "300000000002"]
        client.create_members(**about, AccountDetails=[{"AccountId": one, "Email": "m@example.com"} for one in others])
        known = {
            "DetectorId": [self.detector], "FilterName": ["low"], "AccountId": [*others, self.account],
            "FindingId": client.list_findings(**about)["FindingIds"][:5], "FindingType": [*TYPES, "No:Such/Type"],
            "Email": ["m@example.com"], "Location": [f"s3://{BUCKET}/none.txt", "s3://", "file:///etc/passwd", "/etc"],
            "Format": ["TXT", "STIX"], "Action": ["NOOP", "ARCHIVE"], "Criterion key": ATTRIBUTES,
            "Name": ["low", *(f"name-{number}" for number in range(30))], "Criterion value": CONDITIONS,
            "DestinationType": ["S3"], "DestinationArn": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/a//b"],
            "KmsKeyArn": [f"arn:aws:kms:{REGION}:{self.account}:key/none"], "AttributeName": ATTRIBUTES,
            "ResourceArn": [f"arn:aws:guardduty:{REGION}:{self.account}:detector/{self.detector}",
                            f"arn:aws:guardduty:{REGION}:{self.account}:detector/{self.detector}/filter/low"],
            "NextToken": ["bG93", "AA==", "====", "-1", "eyJhIjoxfQ=="]}
        for kind, member in (("ip_set", "IpSetId"), ("threat_intel_set", "ThreatIntelSetId"),
                             ("threat_entity_set", "ThreatEntitySetId"), ("trusted_entity_set", "TrustedEntitySetId")):
            there = getattr(client, f"list_{kind}s")(**about)[f"{member}s"]
            if operation.lower() == f"create{member[:-2]}".lower():
                for one in there:
                    getattr(client, f"delete_{kind}")(**about, **{member: one})
                continue
            known[member] = there or [getattr(client, f"create_{kind}")(
                **about, Name=kind, Format="TXT", Location=f"s3://{BUCKET}/none.txt", Activate=False)[member]]
        there = [one["DestinationId"] for one in client.list_publishing_destinations(**about)["Destinations"]]
        if operation == "CreatePublishingDestination":
            for one in there:
                client.delete_publishing_destination(**about, DestinationId=one)
            return known
        known["DestinationId"] = there or [client.create_publishing_destination(
            **about, DestinationType="S3", DestinationProperties={"DestinationArn": known["DestinationArn"][0]},
        )["DestinationId"]]
        return known

    def ask(self, asked: Asked, **headers: str) -> Answer:
        """The answer to a request, signed unless ``headers`` has a signature."""
        if "Authorization" not in headers:
            headers = self.signed(asked)
        try:
            return self._told(asked, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            # The server had closed the connection that was kept: after a body that was too large, say.
            return self._told(asked, headers)

    def _told(self, asked: Asked, headers: Mapping[str, str]) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.running.url.removeprefix("http://"), timeout=60)
        try:
            self._connection.request(asked.method, asked.target, asked.body, headers)
            told = self._connection.getresponse()
            return Answer(told.status, dict(told.getheaders()), told.read())
        except (http.client.HTTPException, OSError):
            self._connection.close()
            self._connection = None
            raise

    def signed(self, asked: Asked) -> dict[str, str]:
        request = AWSRequest(asked.method, self.running.url + asked.target, {"Content-Type": "application/json"},
                             asked.body)
        SigV4Auth(Credentials(*self.running.key(self.account)), "guardduty", REGION).add_auth(request)
        return dict(request.headers.items())


@pytest.fixture(scope="module")
def target(vedette: Running) -> Target:
    account = vedette.new_account()
    return Target(vedette, account, vedette.client(account))


@pytest.fixture(autouse=True)
def without_fault(vedette: Running) -> Iterator[None]:
    """The server's log tells of no fault of its own when the test is over."""
    yield
    assert vedette.failures() == []


def refusal(answer: Answer, codes: frozenset[str]) -> str:
    """The code of a refusal, which is as clients read it."""
    assert 400 <= answer.status < 500, (answer.status, answer.body[:500])
    assert answer.headers["content-type"] == "application/json"
    told = answer.json
    assert told.keys() == {"message", "__type"}
    assert told["__type"] == answer.headers["x-amzn-errortype"]
    assert told["__type"] in codes, told
    assert isinstance(told["message"], str)
    assert 0 < len(told["message"]) < 5_000
    assert "Traceback" not in told["message"]
    assert answer.headers["x-amzn-requestid"]
    return str(told["__type"])


def leads_elsewhere(target: str) -> bool:
    """Whether the path is out of what GuardDuty has, or names by its dots another operation's resource."""
    path = target.partition("?")[0]
    return bool({".", ".."} & {*path.split("/")}) or normpath(path).lstrip("/").partition("/")[0] not in ROOTS


def held(operation: OperationModel, target: Target, examples: int, *, always_the_same: bool) -> None:
    """Ask for the operation again and again: each answer is the model's, or a refusal of the model's kinds."""
    codes, values = errors_of(operation) | COMMON_ERRORS, Values(target.known(operation.name))
    good = operation.http.get("responseCode", 200)

    @settings(max_examples=examples, deadline=None, derandomize=always_the_same, database=None,
              suppress_health_check=list(HealthCheck))
    @given(requests_of(operation, values))
    def hold(asked: Asked) -> None:
        answer = target.ask(asked)
        if leads_elsewhere(asked.target):
            assert answer.status < 500
        elif answer.status == good:
            found = set(faults(operation.output_shape, answer.json, operation.name))
            assert found <= LEFT_OUT
        else:
            refusal(answer, codes)

    hold()


@pytest.mark.parametrize("name", MODEL.operation_names)
def test_every_request_is_answered_as_the_model_says(target: Target, name: str) -> None:
    held(MODEL.operation_model(name), target, BRIEF, always_the_same=True)


@pytest.mark.long
@pytest.mark.parametrize("name", MODEL.operation_names)
def test_every_request_is_answered_as_the_model_says_at_length(target: Target, name: str) -> None:
    held(MODEL.operation_model(name), target, LONG, always_the_same=False)


def test_a_path_that_is_too_long_is_refused_and_the_next_is_served(target: Target) -> None:
    answer = target.ask(Asked("GET", "/detector/" + "x" * 100_000, b""))
    assert 400 <= answer.status < 500
    assert target.ask(Asked("GET", "/detector", b"")).status == 200


SEGMENTS = ["", ".", "..", "detector", "%2e%2e", "%2F", "%00", "%ff", "%", "%zz", "filter", "findings", "tags", "admin",
            "malware-scan", "custom-detection-rule", "rule", "invitation", "count", "a" * 5_000, "~", "*", "a+b", "@:"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"]


@settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(METHODS), st.sampled_from(ROOTS), st.lists(st.sampled_from(SEGMENTS), max_size=6),
       st.sampled_from(["", "?", "?a", "?maxResults=1&maxResults=2", "?nextToken=%ff", "?=", "?%00=1", "?&&=&"]),
       st.sampled_from([b"", b"{}", b"[]"]))
def test_odd_paths_and_methods_are_refused(
    target: Target, method: str, root: str, rest: list[str], query: str, body: bytes,
) -> None:
    path = "/" + "/".join([root, *rest])
    answer = target.ask(Asked(method, path + query, body))
    if method != "HEAD" and not 200 <= answer.status < 300 and not leads_elsewhere(path):
        refusal(answer, COMMON_ERRORS | {"BadRequestException", "ResourceNotFoundException", "ConflictException"})
    assert answer.status < 500


PARTS = st.sampled_from(["", "x", "AKIA", "20260101", "us-east-1", "s3", "aws4_request", "host", "host;x-amz-date", ";",
                         "0" * 64, "/", "\u00e9", "a" * 5_000])


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whoever_does_not_sign_well_is_refused(target: Target, data: st.DataObject) -> None:
    asked = Asked("GET", "/detector", b"")
    headers = target.signed(asked)
    sound = headers["Authorization"]
    kind = data.draw(st.sampled_from(["part", "cut", "parts", "nothing", "date", "text", "swapped"]))
    if kind == "part":
        pieces = sound.split("/")
        place = data.draw(st.integers(0, len(pieces) - 1))
        pieces[place] = data.draw(PARTS.filter(lambda one: one != pieces[place]))
        headers["Authorization"] = "/".join(pieces)
    elif kind == "cut":
        headers["Authorization"] = sound[:data.draw(st.integers(0, len(sound) - 1))]
    elif kind == "parts":
        headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={'/'.join(data.draw(st.lists(PARTS, max_size=6)))}, "
                                    f"SignedHeaders={data.draw(PARTS)}, Signature={data.draw(PARTS)}")
    elif kind == "date":
        headers["X-Amz-Date"] = data.draw(st.sampled_from(
            ["", "x", "20260101T000000Z", "99999999T999999Z", "00010101T000000Z", "2026-01-01T00:00:00Z"]))
    elif kind == "swapped":
        last = sound[-1]
        headers["Authorization"] = sound[:-1] + ("0" if last != "0" else "1")
    else:
        headers["Authorization"] = data.draw(st.sampled_from(["Basic eDp5", "Bearer x", "AWS4-HMAC-SHA256", ",", "=,="])
                                             if kind == "text" else st.just(""))
    headers = {name: value.encode("utf-8").decode("latin-1") for name, value in headers.items()}
    answer = target.ask(asked, **headers)
    code = refusal(answer, COMMON_ERRORS)
    assert code != "UnknownOperationException"


@pytest.mark.parametrize("text", HUGE[2:])
def test_no_text_of_a_finding_criterion_or_a_tag_does_harm(target: Target, text: str) -> None:
    """In a place where texts are kept, and asked for again."""
    target.known()
    criteria = {"criterion": {"type": {"equals": [text]}, "resource.instanceDetails.tags.key": {"matches": [text]}}}
    asked = {"name": "odd", "findingCriteria": criteria, "description": text, "tags": {"k": text}}
    for path, body in ((f"/detector/{target.detector}/findings", {"findingCriteria": criteria}),
                       (f"/detector/{target.detector}/filter", asked)):
        answer = target.ask(Asked("POST", path, json.dumps(body).encode()))
        assert answer.status == 200 or refusal(answer, frozenset({"BadRequestException"}))
    answer = target.ask(Asked("GET", f"/detector/{target.detector}/filter/odd", b""))
    if answer.status == 200:
        assert (answer.json["description"], answer.json["tags"]) == (text, {"k": text})
        target.client.delete_filter(DetectorId=target.detector, FilterName="odd")
