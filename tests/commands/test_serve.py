"""The server as a process of its own: started from a file, asked over HTTP, stopped by signals."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.commands.conftest import MODULES, TRAIL
from vedette.api.keys import Sealer, create
from vedette.detectors.catalogue import catalogue
from vedette.findings.store import Store
from vedette.simulate.story import write

PATIENCE = 60.0
SECRET = "the-secret-of-the-webhook"


class Server:
    """``vedette serve`` with a configuration file."""

    def __init__(self, folder: Path, tables: str, **environment: str) -> None:
        self.state = folder / "state"
        self.config = folder / "vedette.toml"
        state = "" if tables.startswith("[state]") else f'[state]\nlocation = "{self.state}"\n'
        self.config.write_text(state + tables)
        self.log_file = folder / "log"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vedette", "serve", "--config", str(self.config)], stdout=subprocess.DEVNULL,
                stderr=log, env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment})

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.endswith("}")]

    def said(self, event: str) -> dict[str, Any]:
        """The first line of that event, as soon as it is there."""
        return until(lambda: next((line for line in self.log() if line["event"] == event), None),
                     lambda: self.process.poll() is not None)

    @property
    def url(self) -> str:
        return str(self.said("listening")["url"])

    def get(self, path: str, context: ssl.SSLContext | None = None, **headers: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.url + path, headers=headers), timeout=20, context=context
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, line: str) -> float:
        """The figure of one line of ``/metrics``; 0 when it is not there."""
        _, text = self.get("/metrics")
        return next((float(one.rpartition(" ")[2]) for one in text.splitlines() if one.startswith(line + " ")), 0.0)

    def stop(self, *signals: int) -> int:
        for number in signals:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def until(ask: Callable[[], Any], hopeless: Callable[[], bool] = lambda: False) -> Any:
    """What ``ask`` says once it says something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := ask()):
        if hopeless():
            found = ask()
            assert found, "the server has ended"
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(tables: str = "[server]\nport = 0\n", **environment: str) -> Server:
        started.append(Server(tmp_path, tables, **environment))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


class Receiver:
    """A web server that keeps what it is sent."""

    def __init__(self, answer: threading.Event) -> None:
        got: list[bytes] = []
        asked = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.append(self.rfile.read(int(self.headers["content-length"])))
                asked.set()
                answer.wait(PATIENCE)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.got, self.asked = got, asked
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def answering() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def receiver(answering: threading.Event) -> Iterator[Receiver]:
    made = Receiver(answering)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    """Logs that show a trail being stopped."""
    told = [one for module, one in catalogue().stories() if module in MODULES and one.expected]
    write(told, tmp_path / "stories")
    return tmp_path / "stories" / "logs"


def with_source_and_hook(logs: Path, receiver: Receiver) -> str:
    return (f'[server]\nport = 0\n[[source]]\nkind = "folder"\nlocation = "{logs}"\n'
            f'[[publish]]\nkind = "webhook"\nname = "hook"\nurl = "{receiver.url}"\nsecret = "env:HOOK"\n'
            'timeout_seconds = 60\n[log]\nlevel = "debug"\n')


def client(server: Server, key: tuple[str, str], region: str) -> Any:
    return boto3.client("guardduty", endpoint_url=server.url, region_name=region, aws_access_key_id=key[0],
                        aws_secret_access_key=key[1], config=Config(retries={"max_attempts": 0}))


def test_logs_that_arrive_become_findings_over_the_api_and_at_the_webhook(serve, stories, receiver, answering,
                                                                          tmp_path):
    answering.set()
    logs = tmp_path / "logs"
    logs.mkdir()
    server = serve(with_source_and_hook(logs, receiver), HOOK=SECRET)
    assert server.get("/readyz") == (200, "ready\n")
    assert server.metric('vedette_findings{severity="Low"}') == 0
    stories.rename(logs / "dropped")
    event = json.loads(until(lambda: [one for one in list(receiver.got) if TRAIL.encode() in one])[0])
    finding = event["detail"]
    with Store.open(server.state) as store:
        made, secret = create(store, Sealer(server.state / "vedette.key"), finding["accountId"], "admin", "", 0)
    asked = client(server, (made.id, secret), finding["region"])
    detector = asked.create_detector(Enable=True)["DetectorId"]
    assert detector == finding["service"]["detectorId"]
    read = asked.get_findings(DetectorId=detector, FindingIds=[finding["id"]])
    assert [one["Type"] for one in read["Findings"]] == [TRAIL]
    source = f'source="{logs}"'
    assert server.metric(f"vedette_source_objects_total{{{source}}}") > 0
    assert server.metric(f'vedette_source_records_total{{kind="cloudtrail",{source}}}') > 0
    assert server.metric(f"vedette_source_up{{{source}}}") == 1
    assert sum(server.metric(f'vedette_findings{{severity="{band}"}}') for band in ("Low", "Medium", "High")) > 0
    until(lambda: server.metric('vedette_outbox_waiting_findings{destination="hook"}') == 0)
    assert server.metric('vedette_api_requests_total{operation="GetFindings",status="200"}') == 1
    assert server.metric('vedette_api_request_seconds_count{operation="GetFindings"}') == 1
    assert server.stop(signal.SIGTERM) == 0
    told = [line for line in server.log() if line["event"] == "request"]
    assert [(line["operation"], line["status"]) for line in told] == [("CreateDetector", 200), ("GetFindings", 200)]
    assert told[1]["request_id"] == read["ResponseMetadata"]["RequestId"]
    text = server.log_file.read_text()
    assert SECRET not in text
    assert secret not in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_order_with_0(serve, number):
    server = serve()
    assert server.get("/healthz") == (200, "alive\n")
    assert server.stop(number) == 0
    assert [line["event"] for line in server.log()] == ["starting", "listening", "stopping", "stopped"]


def test_a_request_under_way_is_answered_before_it_stops(serve):
    server = serve()
    port = server.said("listening")["port"]
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(b"POST /detector HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n{")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        server.said("stopping")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.sendall(b"}")
        assert connection.recv(100).startswith(b"HTTP/1.1 403 ")
    assert server.process.wait(PATIENCE) == 0


def test_a_second_signal_ends_it_at_once_with_1(serve, stories, receiver):
    """The webhook takes the finding and does not answer."""
    server = serve(with_source_and_hook(stories, receiver), HOOK=SECRET)
    assert receiver.asked.wait(PATIENCE)
    server.process.send_signal(signal.SIGTERM)
    server.said("stopping")
    time.sleep(1)
    assert server.process.poll() is None, "it waits for what is being sent"
    assert server.stop(signal.SIGTERM) == 1
    assert server.log()[-1]["event"] == "cut off"


def test_what_was_cut_off_is_sent_after_a_restart(serve, stories, receiver, answering):
    server = serve(with_source_and_hook(stories, receiver), HOOK=SECRET)
    assert receiver.asked.wait(PATIENCE)
    server.process.kill()
    server.process.wait()
    answering.set()
    receiver.got.clear()
    again = serve(with_source_and_hook(stories, receiver), HOOK=SECRET)
    until(lambda: [one for one in list(receiver.got) if TRAIL.encode() in one])
    assert again.stop(signal.SIGTERM) == 0


def test_unsigned_requests_are_refused_and_counted_without_what_they_ask(serve):
    server = serve()
    status, text = server.get("/detector?secret=in-the-query")
    assert (status, json.loads(text)["message"]) == (403, "Missing Authentication Token")
    assert server.get("/detector/a/b/c/d/e/f")[0] == 403
    assert server.get("/elsewhere")[0] == 404
    assert server.metric('vedette_api_requests_total{operation="ListDetectors",status="403"}') == 1
    assert server.metric('vedette_api_requests_total{operation="unknown",status="403"}') == 1
    assert server.stop(signal.SIGTERM) == 0
    assert "in-the-query" not in server.log_file.read_text()


def pushed(server: Server, path: str, key: tuple[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
    request = AWSRequest("POST", server.url + path, data=body)
    SigV4Auth(Credentials(*key), "guardduty", "eu-west-1").add_auth(request)
    try:
        with urllib.request.urlopen(
            urllib.request.Request(request.url, body, dict(request.headers.items()), method="POST"), timeout=PATIENCE
        ) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_logs_that_are_pushed_become_findings_before_they_are_answered(serve, stories):
    server = serve('[server]\nport = 0\n[[source]]\nkind = "push"\nname = "agents"\n')
    server.said("listening")
    sealer = Sealer(server.state / "vedette.key")
    with Store.open(server.state) as store:
        keys = {}
        for role in ("ingest", "analyst"):
            made, secret = create(store, sealer, "111122223333", role, "", 0)
            keys[role] = made.id, secret
    logs = [file for file in stories.rglob("*.json.gz") if b"StopLogging" in gzip.decompress(file.read_bytes())]
    body = gzip.decompress(logs[0].read_bytes())
    status, answer = pushed(server, "/ingest/agents", keys["ingest"], body)
    assert (status, answer["deadLetters"]) == (200, 0)
    assert answer["records"] > 0
    with Store.open(server.state) as store:
        assert TRAIL in {found["type"] for found in store.get(store.list().ids)}
    assert pushed(server, "/ingest/agents", keys["analyst"], body)[0] == 403
    assert pushed(server, "/ingest/agents", (keys["ingest"][0], "x" * 40), body)[0] == 403
    assert pushed(server, "/ingest/others", keys["ingest"], body)[0] == 404
    assert server.get("/ingest/agents")[0] == 405
    assert server.metric('vedette_source_objects_total{source="push/agents"}') == 1
    assert server.stop(signal.SIGTERM) == 0


def test_a_list_made_over_the_api_is_activated_from_the_folder_that_allows_it(serve, tmp_path):
    allowed = tmp_path / "lists"
    allowed.mkdir()
    (allowed / "ours.txt").write_text("198.51.100.7\n")
    (tmp_path / "secret.txt").write_text("198.51.100.8\n")
    server = serve(f'[server]\nport = 0\n[lists]\napi_folder = "{allowed}"\n')
    server.said("listening")
    with Store.open(server.state) as store:
        made, secret = create(store, Sealer(server.state / "vedette.key"), "111122223333", "admin", "", 0)
    asked = client(server, (made.id, secret), "eu-west-1")
    detector = asked.create_detector(Enable=True)["DetectorId"]
    for file, status in ((allowed / "ours.txt", "ACTIVE"), (tmp_path / "secret.txt", "ERROR")):
        one = asked.create_threat_intel_set(DetectorId=detector, Name=file.stem, Format="TXT", Location=str(file),
                                            Activate=True)["ThreatIntelSetId"]
        until(lambda one=one, status=status: asked.get_threat_intel_set(
            DetectorId=detector, ThreatIntelSetId=one)["Status"] == status)


def test_metrics_are_for_those_with_the_token(serve):
    server = serve('[server]\nport = 0\nmetrics_token = "env:TOKEN"\n', TOKEN="t0ken")
    assert server.get("/metrics")[0] == 401
    assert server.get("/metrics", Authorization="Bearer t0kem")[0] == 401
    status, text = server.get("/metrics", Authorization="Bearer t0ken")
    assert (status, "vedette_database_up 1.0" in text) == (200, True)
    assert server.get("/healthz")[0] == 200


def test_metrics_are_refused_beyond_this_machine_without_a_token(serve):
    server = serve('[server]\nport = 0\nhost = "0.0.0.0"\nallow_plain_http_elsewhere = true\n')
    status, text = server.get("/metrics")
    assert (status, "set [server] metrics_token" in text) == (403, True)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(1))
            .not_valid_after(datetime.now(UTC) + timedelta(1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256()))
    (tmp_path / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    for file, cipher in (("key.pem", serialization.NoEncryption()),
                         ("locked.pem", serialization.BestAvailableEncryption(b"password"))):
        (tmp_path / file).write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher))
    return tmp_path / "certificate.pem"


def tls(certificate: Path, key: str) -> str:
    return f'tls_certificate = "{certificate}"\ntls_key = "{certificate.with_name(key)}"\n'


def test_with_a_certificate_it_speaks_tls(serve, certificate):
    server = serve('[server]\nhost = "localhost"\nport = 0\n' + tls(certificate, "key.pem"))
    assert server.said("listening")["url"].startswith("https://")
    port = server.said("listening")["port"]
    trusting = ssl.create_default_context(cafile=str(certificate))
    with urllib.request.urlopen(f"https://localhost:{port}/healthz", timeout=20, context=trusting) as answer:
        assert answer.read() == b"alive\n"
    assert server.stop(signal.SIGTERM) == 0


def refused(serve: Callable[..., Server], tables: str, **environment: str) -> str:
    server = serve(tables, **environment)
    assert server.process.wait(PATIENCE) == 2
    said = [line for line in server.log_file.read_text().splitlines() if not line.startswith("{")]
    assert len(said) == 1, said
    return said[0]


def test_what_it_cannot_start_with_is_one_sentence_and_2(serve, certificate, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused(serve, f"[server]\nport = {port}\n") == (
            f"vedette: [server]: cannot listen on 127.0.0.1 port {port}: Address already in use")
    for tables, sentence in {
        "[server]\nprt = 1\n": "[server]: there is no key 'prt': did you mean port?",
        '[server]\nhost = "0.0.0.0"\n': "[server] host: 0.0.0.0 can be reached from other machines",
        '[server]\nport = 0\nhost = "192.0.2.1"\nallow_plain_http_elsewhere = true\n':
            "[server]: cannot listen on 192.0.2.1 port 0: Cannot assign requested address",
        "[server]\n" + tls(certificate, "locked.pem"): "are no certificate and its own key",
        "[server]\n" + tls(certificate, "certificate.pem"): "are no certificate and its own key",
        '[server]\nport = 0\n[lists]\nthreat = ["/none.txt"]\n': "/none.txt",
        '[server]\nport = 0\n[geo]\ncity = "/none.mmdb"\n': "/none.mmdb",
    }.items():
        assert sentence in refused(serve, tables), tables


def test_a_state_or_key_file_that_cannot_be_used_is_told(serve, tmp_path):
    (tmp_path / "state").write_text("a file")
    assert "the state folder cannot be used" in refused(serve, "[server]\nport = 0\n")
    (tmp_path / "state").unlink()
    (tmp_path / "open.key").write_text("x")
    (tmp_path / "open.key").chmod(0o644)
    assert "others can read the key file (mode 644): chmod 600 it" in refused(
        serve, f'key_file = "{tmp_path / "open.key"}"\n[server]\nport = 0\n')


def test_a_secret_that_is_not_there_is_told_by_its_name(serve):
    hook = '[[publish]]\nkind = "webhook"\nname = "h"\nurl = "https://h.example/"\nsecret = "env:NOT_SET"\n'
    assert refused(serve, hook).endswith("[[publish]] 1, secret: the environment has no variable NOT_SET: set it")


def test_a_backup_of_a_server_that_runs_can_be_restored(serve, stories, receiver, answering, tmp_path, vedette):
    answering.set()
    server = serve(with_source_and_hook(stories, receiver), HOOK=SECRET)
    until(lambda: receiver.got)
    assert vedette("backup", "--state", str(server.state), "--into", str(tmp_path / "saved")).code == 0
    assert server.get("/readyz")[0] == 200
    assert vedette("restore", str(tmp_path / "saved"), "--into", str(tmp_path / "new")).code == 0
    with Store.open(tmp_path / "new") as store:
        assert store.list().ids


def test_it_serves_from_postgresql_too(serve, new_postgres_url, stories, tmp_path):
    url = new_postgres_url()
    server = serve(
        f'[state]\nlocation = "env:STATE"\nkey_file = "{tmp_path / "key"}"\naudit_log = "{tmp_path / "audit"}"\n'
        f'[server]\nport = 0\n[[source]]\nkind = "folder"\nlocation = "{stories}"\n', STATE=url)
    assert server.get("/readyz") == (200, "ready\n")
    until(lambda: server.metric(f'vedette_source_objects_total{{source="{stories}"}}'))
    with Store.open(url) as store:
        until(lambda: store.list().ids)
        made, secret = create(store, Sealer(tmp_path / "key"), "111122223333", "admin", "", 0)
        asked = client(server, (made.id, secret), "eu-west-1")
        assert asked.list_detectors()["DetectorIds"] == []
        asked.create_detector(Enable=True)
    assert json.loads((tmp_path / "audit").read_text())["operation"] == "CreateDetector"
    assert server.stop(signal.SIGTERM) == 0
    assert url not in server.log_file.read_text()


def test_a_person_reads_text_in_the_log(serve):
    server = serve('[server]\nport = 0\n[log]\nformat = "text"\n')
    until(lambda: "listening" in server.log_file.read_text())
    assert server.stop(signal.SIGTERM) == 0
    lines = server.log_file.read_text().splitlines()
    for event, line in zip(("starting", "listening", "stopping", "stopped"), lines, strict=True):
        assert f"] {event} " in line
        assert not line.startswith("{")
