"""The API over real HTTP: who may do what, requests that come twice, what goes wrong, what the audit log tells."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.api.serving import ACCOUNT, REGION, Served, serving
from vedette.api import asgi
from vedette.api.audit import LARGEST, Audit, AuditError, Entry
from vedette.api.keys import revoke
from vedette.api.operation import Operation, operations
from vedette.api.protocol import guardduty
from vedette.errors import StoreError, VedetteError
from vedette.findings.configuration import ClientToken, DetectorSettings

NOW = 1_700_000_000_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        yield server


def replaced(served: Served, name: str, handler: Any, *, changes: bool = False) -> None:
    """Serve an operation by another function."""
    served.api._operations = {**served.api._operations, name: Operation(handler, changes)}


def ask(
    served: Served, method: str, path: str, body: bytes = b"", *, role: str | None = "admin",
    service: str = "guardduty", region: str = REGION, headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], Any]:
    """One request by hand: status, headers, the decoded body. Not signed when no role is given."""
    host = served.url.removeprefix("http://")
    request = AWSRequest(method, served.url + path, data=body, headers={"Host": host, **(headers or {})})
    if role is not None:
        botocore.auth.SigV4Auth(Credentials(*served.key(role)), service, region).add_auth(request)
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request(method, path, body or None, dict(request.headers.items()))
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    named = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, named, json.loads(data) if data else None


def code_of(call: Any) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def test_boto3_makes_lists_tags_and_deletes_a_detector(served: Served) -> None:
    client = served.client()
    assert client.list_detectors()["DetectorIds"] == []
    made = client.create_detector(Enable=True, Tags={"team": "blue"})["DetectorId"]
    assert client.list_detectors()["DetectorIds"] == [made]
    assert [page["DetectorIds"] for page in client.get_paginator("list_detectors").paginate()] == [[made]]
    arn = f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{made}"
    client.tag_resource(ResourceArn=arn, Tags={"a/b": "c d"})
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "blue", "a/b": "c d"}
    assert client.untag_resource(ResourceArn=arn, TagKeys=["team", "a/b"])["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {}
    client.delete_detector(DetectorId=made)
    assert client.list_detectors()["DetectorIds"] == []


def test_account_and_region_are_the_callers(served: Served) -> None:
    made = served.client().create_detector(Enable=True)["DetectorId"]
    assert served.client(region="us-east-1").list_detectors()["DetectorIds"] == []
    other = served.client(account="999988887777")
    assert other.list_detectors()["DetectorIds"] == []
    with pytest.raises(ClientError, match="the input detectorId is not owned by the current account") as error:
        other.get_detector(DetectorId=made)
    assert error.value.response["Error"]["Code"] == "BadRequestException"
    assert isinstance(error.value, other.exceptions.BadRequestException)


def test_a_presigned_request_is_served(served: Served) -> None:
    request = AWSRequest("GET", f"{served.url}/detector")
    botocore.auth.SigV4QueryAuth(Credentials(*served.key()), "guardduty", REGION, expires=60).add_auth(request)
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=20)
    connection.request("GET", request.prepare().url.removeprefix(served.url))
    assert json.loads(connection.getresponse().read()) == {"detectorIds": []}
    connection.close()


def test_an_analyst_changes_nothing_and_a_shipper_sees_nothing(served: Served) -> None:
    analyst, shipper = served.client("analyst"), served.client("ingest")
    assert analyst.list_detectors()["DetectorIds"] == []
    for call in (lambda: analyst.create_detector(Enable=True), shipper.list_detectors,
                 lambda: shipper.create_detector(Enable=True)):
        assert code_of(call) == "AccessDeniedException"
    assert served.store.configured(DetectorSettings) == []
    for name, operation in operations().items():
        assert operation.changes == (not name.startswith(("Get", "List", "Describe"))), name


def test_who_may_not_is_told_that_before_what_else_is_wrong_with_the_request(served: Served) -> None:
    for body in (b"{", b'{"enable": "yes"}', b"{}"):
        assert ask(served, "POST", "/detector", body)[0] == 400
        for role in ("analyst", "ingest"):
            status, named, _ = ask(served, "POST", "/detector", body, role=role)
            assert (status, named["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert ask(served, "GET", "/detector?maxResults=x")[0] == 400
    assert ask(served, "GET", "/detector?maxResults=x", role="ingest")[0] == 403


def test_every_answer_has_an_id_of_its_own(served: Served) -> None:
    ids = [ask(served, "GET", "/detector")[1]["x-amzn-requestid"] for _ in range(20)]
    assert len(set(ids)) == 20
    for one in ids:
        assert (str(uuid.UUID(one)), uuid.UUID(one).version, uuid.UUID(one).variant) == (one, 4, uuid.RFC_4122)


def test_strangers_are_refused_as_aws_does(served: Served) -> None:
    cases = [
        (ask(served, "GET", "/detector", role=None), 403, "MissingAuthenticationTokenException"),
        (ask(served, "GET", "/detector", service="s3"), 403, "InvalidSignatureException"),
        (ask(served, "GET", "/detector", region="eu"), 403, "IncompleteSignatureException"),
        (ask(served, "GET", "/detector", headers={"X-Amz-Security-Token": "x"}), 403, "UnrecognizedClientException"),
        (ask(served, "GET", "/detector", headers={"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}), 403,
         "InvalidSignatureException"),
        (ask(served, "GET", "/nothing/here"), 404, "UnknownOperationException"),
        (ask(served, "PATCH", "/detector"), 404, "UnknownOperationException"),
        (ask(served, "GET", "/nothing", role=None), 403, "MissingAuthenticationTokenException"),
    ]
    for (status, headers, body), wanted, code in cases:
        assert (status, headers["x-amzn-errortype"], body["__type"]) == (wanted, code, code)
        assert headers["content-type"] == "application/json"
        assert len(headers["x-amzn-requestid"]) == 36


def test_a_revoked_key_is_refused_within_a_second(served: Served) -> None:
    client = served.client()
    client.list_detectors()
    revoke(served.store, served.key()[0], NOW)
    time.sleep(1.01)
    assert code_of(client.list_detectors) == "UnrecognizedClientException"


def test_bad_bodies_are_the_clients_fault(served: Served) -> None:
    json_type = {"Content-Type": "application/json"}
    for body, headers, status, code in (
        (b"{", json_type, 400, "BadRequestException"),
        (b"[" * 1_000_000, json_type, 400, "BadRequestException"),
        (b'{"enable": true}', {"Content-Type": "text/xml"}, 400, "BadRequestException"),
        (b" " * (asgi.LARGEST_BODY + 1), json_type, 413, "RequestEntityTooLargeException"),
    ):
        answer = ask(served, "POST", "/detector", body, headers=headers)
        assert (answer[0], answer[2]["__type"]) == (status, code)
    assert served.store.configured(DetectorSettings) == []


@pytest.mark.parametrize("authorization", [
    "",
    ("Authorization: AWS4-HMAC-SHA256 Credential=AKIAABCDEFGHIJKLMNOP/20260101/eu-west-1/guardduty/aws4_request, "
     f"SignedHeaders=host, Signature={'0' * 64}\r\nX-Amz-Date: 20260101T000000Z\r\n"),
])
def test_nothing_of_a_strangers_body_is_awaited(served: Served, authorization: str) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=asgi.PATIENCE / 2) as sock:
        sock.sendall(f"POST /detector HTTP/1.1\r\nHost: x\r\n{authorization}Content-Length: 1000\r\n\r\n{{".encode())
        assert sock.recv(1000).startswith(b"HTTP/1.1 403 ")


def test_a_chunked_body_is_bounded_and_a_slow_one_not_waited_for(
    served: Served, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asgi, "PATIENCE", 0.2)
    host = served.url.removeprefix("http://")
    request = AWSRequest("POST", served.url + "/detector", data=b"{")
    botocore.auth.SigV4Auth(Credentials(*served.key()), "guardduty", REGION).add_auth(request)
    signed = dict(request.headers.items())
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.putrequest("POST", "/detector")
    connection.putheader("Content-Length", "10")
    for name, value in signed.items():
        connection.putheader(name, value)
    connection.endheaders(b"{")
    assert json.loads(connection.getresponse().read())["__type"] == "RequestTimeoutException"
    connection.close()
    monkeypatch.setattr(asgi, "PATIENCE", 20)
    monkeypatch.setattr(asgi, "LARGEST_BODY", 1000)
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request("POST", "/detector", iter([b"x" * 600, b"x" * 600]),
                       {**signed, "Transfer-Encoding": "chunked"},
                       encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_the_same_token_makes_one_thing(served: Served) -> None:
    client = served.client()
    detector = client.create_detector(Enable=True, ClientToken="d")["DetectorId"]
    assert client.create_detector(Enable=True, ClientToken="d")["DetectorId"] == detector
    assert code_of(lambda: client.create_detector(Enable=False, ClientToken="d")) == "BadRequestException"
    assert code_of(lambda: client.create_detector(Enable=True, ClientToken="e")) == "BadRequestException"
    # What failed is not remembered, and another Region is another place.
    assert served.client(region="us-east-1").create_detector(Enable=True, ClientToken="d")["DetectorId"] != detector
    assert [one.id for one in served.store.configured(ClientToken)] == ["CreateDetector/d"] * 2


def test_the_same_token_at_the_same_time_makes_one_thing(served: Served) -> None:
    client = served.client()
    made = []

    def slowly(context: Any, **members: Any) -> dict[str, Any]:
        made.append(members)
        time.sleep(0.05)
        return {"DetectorId": f"d{len(made)}"}

    replaced(served, "CreateDetector", slowly, changes=True)
    with ThreadPoolExecutor(4) as pool:
        answers = [one.result()["DetectorId"] for one in [
            pool.submit(client.create_detector, Enable=True, ClientToken="t") for _ in range(4)]]
    assert answers == ["d1"] * 4
    assert made == [{"enable": True, "client_token": "t"}]


def test_old_tokens_are_dropped(served: Served) -> None:
    with served.store.transaction() as batch:
        batch.configure(ClientToken(account="1", region="r", id="CreateDetector/old", created=NOW, parameters="",
                                    answer={}))
    served.client().create_detector(Enable=True, ClientToken="new")
    assert [one.id for one in served.store.configured(ClientToken)] == ["CreateDetector/new"]


def test_a_bug_is_told_as_such_without_what_is_inside(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(context: Any, **members: Any) -> None:
        raise KeyError("s3cret detail")

    replaced(served, "ListDetectors", fails)
    status, headers, body = ask(served, "GET", "/detector")
    assert (status, body["__type"]) == (500, "InternalServerErrorException")
    assert "s3cret" not in json.dumps(body)
    assert headers["x-amzn-requestid"] in body["message"]
    log = capsys.readouterr().out
    assert "s3cret detail" in log
    assert headers["x-amzn-requestid"] in log
    replaced(served, "ListDetectors", lambda context: {"detectorIds": []})
    assert ask(served, "GET", "/detector")[0] == 500


def test_a_busy_database_and_a_users_mistake_are_told_apart(served: Served) -> None:
    def busy(context: Any, **members: Any) -> None:
        raise StoreError("the database cannot be written: database is locked")

    def mistaken(context: Any, **members: Any) -> None:
        raise VedetteError("is no path", where="criterion x")

    replaced(served, "ListDetectors", busy)
    status, _, body = ask(served, "GET", "/detector")
    assert (status, "try again" in body["message"], "locked" in body["message"]) == (500, True, False)
    replaced(served, "ListDetectors", mistaken)
    status, _, body = ask(served, "GET", "/detector")
    assert (status, body["__type"]) == (400, "BadRequestException")
    assert body["message"] == "The request is rejected because criterion x: is no path"


def test_what_nobody_serves_says_so(served: Served) -> None:
    served.api._operations = {}
    assert ask(served, "GET", "/detector")[2]["message"] == (
        "The request is rejected because ListDetectors is not enabled in this build.")


def test_who_reads_does_not_wait_for_who_writes(served: Served) -> None:
    client = served.client()
    client.list_detectors()
    with ThreadPoolExecutor(8) as pool:
        with served.store.transaction():
            waiting = [pool.submit(served.client().create_detector, Enable=True, ClientToken="t") for _ in range(8)]
            began = time.monotonic()
            while time.monotonic() - began < 0.5:
                assert client.list_detectors()["DetectorIds"] == []
            assert not any(one.done() for one in waiting)
        assert len({one.result()["DetectorId"] for one in waiting}) == 1


def test_other_paths_go_to_the_other_app_unsigned(tmp_path: Path) -> None:
    async def others(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(scope["path"]).encode()})

    with serving(tmp_path, others) as server:
        for path in ("/healthz", "/", "/detectors", "/metrics/x"):
            assert ask(server, "GET", path, role=None)[::2] == (299, path)
        for path in ("/detector", "//detector/x", "/x/../detector", "/tags/x"):
            assert ask(server, "GET", path, role=None)[0] == 403


def test_every_call_that_was_to_change_something_is_in_the_audit_log(served: Served) -> None:
    admin, analyst = served.client(), served.client("analyst")
    made = admin.create_detector(Enable=True, ClientToken="t")["DetectorId"]
    admin.list_detectors()
    code_of(lambda: analyst.delete_detector(DetectorId=made))
    ask(served, "POST", "/detector", b"{")
    ask(served, "POST", "/detector", b'{"enable": true}', role=None)
    member = {"AccountId": "1" * 12, "Email": "me@example.com"}
    code_of(lambda: admin.create_members(DetectorId="x", AccountDetails=[member]))
    first, second, third, fourth = served.audited
    assert first.pop("request_id") != second["request_id"]
    assert first.pop("time") <= second["time"]
    assert first == {
        "access_key_id": served.key()[0], "account": ACCOUNT, "region": REGION, "role": "admin",
        "operation": "CreateDetector", "source_address": "127.0.0.1", "outcome": "Success",
        "parameters": {"enable": True, "client_token": "t"}}
    assert (second["operation"], second["role"], second["outcome"], second["parameters"]) == (
        "DeleteDetector", "analyst", "AccessDeniedException", {"detector_id": made})
    assert (third["operation"], third["outcome"], "parameters" in third) == (
        "CreateDetector", "BadRequestException", False)
    assert (fourth["operation"], fourth["parameters"]["account_details"]) == (
        "CreateMembers", [{"accountId": "1" * 12, "email": "***"}])
    text = (served.folder / "audit.log").read_text()
    assert served.key()[1] not in text
    assert (served.folder / "audit.log").stat().st_mode & 0o777 == 0o600


def test_a_call_that_cannot_be_audited_is_told_as_failed(served: Served) -> None:
    log = served.folder / "audit.log"
    log.unlink()
    log.mkdir()
    status, _, body = ask(served, "POST", "/detector", b'{"enable": true}')
    assert (status, "ended with Success, but the audit log" in body["message"]) == (500, True)
    log.rmdir()
    assert ask(served, "GET", "/detector")[0] == 200


def entry(**changed: Any) -> Entry:
    return Entry(**{
        "time": NOW, "request_id": "r", "access_key_id": "A", "account": ACCOUNT, "region": REGION, "role": "admin",
        "operation": "CreateDetector", "source_address": "::1", "parameters": {}, "outcome": "Success", **changed})


def test_the_audit_log_is_its_owners_and_can_be_moved_away(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "audit.jsonl"
    audit = Audit(file)
    audit.tell(entry())
    file.rename(tmp_path / "old")
    audit.tell(entry())
    assert file.read_text() == (tmp_path / "old").read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(AuditError, match="chmod 600"):
        Audit(file)
    with pytest.raises(AuditError, match="cannot be written"):
        Audit(tmp_path)


def test_lines_of_the_audit_log_are_bounded_and_do_not_mix(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "audit.jsonl", guardduty().sensitive)
    audit.tell(entry(parameters={"a": "x" * LARGEST}))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(audit.tell, [entry(parameters={"a": "y\n" * 5000}) for _ in range(100)]))
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert lines[0]["parameters"] == {"bytes": LARGEST + 8, "sha256": lines[0]["parameters"]["sha256"]}
    assert [line["parameters"]["a"] for line in lines[1:]] == ["y\n" * 5000] * 100


def test_the_server_ends_while_a_call_is_under_way_and_the_call_is_answered(tmp_path: Path) -> None:
    begun = threading.Event()

    def slowly(context: Any, **members: Any) -> dict[str, Any]:
        begun.set()
        time.sleep(0.3)
        return {"DetectorIds": ["late"]}

    with ThreadPoolExecutor(1) as pool:
        with serving(tmp_path) as server:
            replaced(server, "ListDetectors", slowly)
            client = server.client()
            answer = pool.submit(client.list_detectors)
            assert begun.wait(10)
        assert answer.result()["DetectorIds"] == ["late"]
