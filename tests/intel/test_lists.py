"""Where lists come from, and which of them may be in force."""

import os
import socket
import ssl
import subprocess
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

from tests.aws import aws_over_http
from vedette.errors import ListError
from vedette.intel import fetch as fetching
from vedette.intel.categories import Category
from vedette.intel.formats import ListFormat
from vedette.intel.limits import ListKind, ListLimits
from vedette.intel.lists import ListSpec, load_list, load_lists, parse_list_argument


@pytest.fixture
def bucket(monkeypatch):
    with aws_over_http() as url:
        for key, value in {
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(key, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="lists")
        yield client


def test_a_list_is_read_from_a_path(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("8.8.8.8\nbad.example\n")
    loaded = load_list(ListSpec(name="bad", location=str(path), entities=True))
    assert loaded.size == 2
    assert loaded.version == subprocess.check_output(["sha256sum", path]).split()[0].decode()
    assert loaded.bytes == path.stat().st_size


def test_a_list_is_read_from_s3(bucket):
    bucket.put_object(Bucket="lists", Key="a/bad.txt", Body=b"8.8.8.8\n")
    loaded = load_list(ListSpec(name="bad", location="s3://lists/a/bad.txt", format=ListFormat.TXT))
    assert list(loaded.entries.texts()) == ["8.8.8.8"]
    with pytest.raises(ListError, match="larger than the 3 bytes"):
        load_list(ListSpec(name="bad", location="s3://lists/a/bad.txt"), ListLimits(max_file_bytes=3))
    with pytest.raises(ListError, match="cannot be fetched"):
        load_list(ListSpec(name="bad", location="s3://lists/absent"))


class _Redirecting(SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/list")
            self.end_headers()
        elif self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "https://127.0.0.1:1/list")
            self.end_headers()
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"8.8.8.8\n")
        elif self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(20):
                self.wfile.write(b"8\n")
                time.sleep(0.1)
        else:
            super().do_GET()

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def https(tmp_path, monkeypatch):
    certificate = tmp_path / "certificate.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", certificate, "-out", tmp_path / "public.pem"],
        check=False, capture_output=True,
    )
    if made.returncode:
        pytest.skip("openssl cannot make a certificate here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "public.pem", certificate)
    served = tmp_path / "served"
    served.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Redirecting, directory=str(served)))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "public.pem"))
    for word in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(word, raising=False)
    yield f"https://localhost:{server.server_port}", served
    server.shutdown()


def test_a_list_is_read_over_https_within_its_size_and_never_sent_on_to_http(https):
    address, served = https
    (served / "bad.txt").write_text("8.8.8.8\n")
    assert load_list(ListSpec(name="bad", location=f"{address}/bad.txt")).size == 1
    with pytest.raises(ListError, match="larger than"):
        fetching.fetch(f"{address}/bad.txt", 3)
    with pytest.raises(ListError, match="404"):
        fetching.fetch(f"{address}/absent.txt", 100)
    with pytest.raises(ListError, match="not https"):
        fetching.fetch(f"{address}/away", 100)


def test_only_the_hosts_named_are_asked_and_redirects_lead_to_no_others(https):
    address, served = https
    host = address.removeprefix("https://")
    (served / "bad.txt").write_text("8.8.8.8\n")
    assert fetching.fetch(f"{address}/bad.txt", 100, hosts=[host]) == b"8.8.8.8\n"
    with pytest.raises(ListError, match="at a host that lists are not fetched from"):
        fetching.fetch(f"{address}/elsewhere", 100, hosts=[host])
    with pytest.raises(ListError, match="at a host that lists are not fetched from"):
        fetching.fetch(f"{address}/bad.txt", 100, hosts=["lists.example"])


@pytest.mark.parametrize("hosts", [["*"], None])
def test_a_redirect_leads_inside_the_network_only_to_a_host_that_is_named(https, hosts):
    address, _ = https
    named = [address.removeprefix("https://"), *(hosts or [])] if hosts else None
    with pytest.raises(ListError, match=r"is at 127\.0\.0\.1, which is inside a network"):
        fetching.fetch(f"{address}/elsewhere", 100, hosts=named)


def test_of_all_hosts_those_inside_the_network_must_be_named(https):
    address, served = https
    (served / "bad.txt").write_text("8.8.8.8\n")
    with pytest.raises(ListError, match="inside a network: name the host in"):
        fetching.fetch(f"{address}/bad.txt", 100, hosts=["*"])
    assert fetching.fetch(f"{address}/bad.txt", 100, hosts=["*", address.removeprefix("https://")]) == b"8.8.8.8\n"


@pytest.mark.parametrize("inside", [
    "127.1", "0.0.0.0", "[::1]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "2130706433", "10.0.0.1", "100.64.0.1",
    "[64:ff9b::a00:1]", "[fe80::1]", "224.0.0.1", "168.63.129.16"])
def test_no_way_of_writing_an_address_inside_leads_there(inside):
    with pytest.raises(ListError, match="inside a network"):
        fetching.fetch(f"https://{inside}:8443/bad.txt", 100, hosts=["*"])


def test_a_name_is_looked_up_once_and_what_was_judged_is_connected_to(monkeypatch):
    """A name may stand for another address the next moment."""
    answers = iter(["8.8.8.8", "127.0.0.1"])
    asked = []

    def lookup(_host, port, *_rest, **_more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connection(address, *_rest):
        asked.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connection)
    for word in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(word, raising=False)
    with pytest.raises(fetching.AwayError, match="not in a test"):
        fetching.fetch("https://lists.example/bad.txt", 100, hosts=["*"])
    assert asked == [("8.8.8.8", 443)]


def test_a_name_with_one_address_inside_is_refused(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, port, **_: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("8.8.8.8", "192.168.1.1")])
    with pytest.raises(ListError, match=r"is at 192\.168\.1\.1"):
        fetching.fetch("https://lists.example/bad.txt", 100, hosts=["*"])


def test_a_proxy_is_asked_for_no_host_that_is_known_to_be_inside(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with pytest.raises(ListError, match="inside a network"):
            fetching.fetch("https://localhost/bad.txt", 100, hosts=["*"])
        with pytest.raises(BlockingIOError):
            proxy.accept()


def test_a_list_that_is_cut_off_on_its_way_is_refused(https):
    address, _ = https
    with pytest.raises(ListError, match="ended 92 bytes early"):
        fetching.fetch(f"{address}/cut", 1000)


def test_a_server_that_never_comes_to_an_end_is_given_up(https, monkeypatch):
    address, _ = https
    monkeypatch.setattr(fetching, "DEADLINE", 0.3)
    with pytest.raises(ListError, match="not there after"):
        fetching.fetch(f"{address}/drip", 1000)


@pytest.mark.parametrize("begun", [
    b"HTTP/1.1 200 OK\r\nX: ",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8;",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n8.8.8.8\n\r\n0\r\nX: ",
])
def test_a_server_that_says_a_byte_at_a_time_between_what_is_read_is_given_up(https, monkeypatch, begun):
    address, _ = https
    cut = threading.Event()

    def drip(handler):
        handler.wfile.write(begun)
        try:
            for _ in range(1200):
                handler.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            cut.set()

    monkeypatch.setattr(_Redirecting, "do_GET", drip)
    monkeypatch.setattr(fetching, "DEADLINE", 0.5)
    with pytest.raises(ListError):
        fetching.fetch(f"{address}/bad.txt", 1000)
    assert cut.wait(10), "it was heard to its end"


@pytest.mark.parametrize("location", ["http://lists.example/bad.txt", "ftp://lists.example/x", "file:///etc/passwd"])
def test_other_schemes_are_refused(location):
    with pytest.raises(ListError, match="is not fetched: give a path, https:// or s3://"):
        load_list(ListSpec(name="bad", location=location))


def test_a_file_that_is_absent_a_folder_or_too_large_is_refused(tmp_path):
    with pytest.raises(ListError, match="No such file"):
        load_list(ListSpec(name="bad", location=str(tmp_path / "absent")))
    with pytest.raises(ListError, match="directory"):
        load_list(ListSpec(name="bad", location=str(tmp_path)))
    path = tmp_path / "big"
    path.touch()
    os.truncate(path, 36 * 1024 * 1024)
    with pytest.raises(ListError, match="larger than the 36,700,160 bytes"):
        load_list(ListSpec(name="bad", location=str(path)))


def test_guardduty_s_numbers_of_lists_hold_and_are_settings(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("8.8.8.8\n")

    def specs(count, **kind):
        return [ListSpec(name=f"l{n}", location=str(path), **kind) for n in range(count)]

    assert len(load_lists(specs(6))) == 6
    with pytest.raises(ListError, match="l6: is one too many: at most 6 threat IP sets"):
        load_lists(specs(7))
    with pytest.raises(ListError, match="at most 1 trusted entity sets"):
        load_lists(specs(2, kind=ListKind.TRUSTED, entities=True))
    assert len(load_lists(specs(7), ListLimits(threat_lists=7))) == 7
    assert len(load_lists(specs(20, category=Category.MALICIOUS, custom=False))) == 20
    with pytest.raises(ListError, match="name of two lists"):
        load_lists([*specs(1), *specs(1)])


@pytest.mark.parametrize(("argument", "location", "written", "name"), [
    ("lists/bad.txt", "lists/bad.txt", None, "bad"), ("bad.txt:stix", "bad.txt", "STIX", "bad"),
    ("s3://b/k:TXT", "s3://b/k", "TXT", "k"), ("s3://b/a/k.csv", "s3://b/a/k.csv", None, "k"),
    ("https://h:8443/x.csv:OTX_CSV", "https://h:8443/x.csv", "OTX_CSV", "x"),
    ("https://h:8443/x.csv", "https://h:8443/x.csv", None, "x"), ("a:b/c", "a:b/c", None, "c"),
    ("https://h/x?y=1", "https://h/x?y=1", None, "x"),
])
def test_an_argument_is_a_location_and_perhaps_a_format(argument, location, written, name):
    spec = parse_list_argument(argument, ListKind.TRUSTED)
    assert (spec.location, spec.format, spec.name, spec.kind) == (location, written, name, ListKind.TRUSTED)
    assert spec.entities


def test_a_bad_format_is_refused_with_the_six_good_ones():
    with pytest.raises(ListError, match="'CSV' is not a list format; one of TXT, STIX, OTX_CSV, ALIEN_VAULT, PROOF"):
        parse_list_argument("bad.txt:CSV")
    with pytest.raises(ListError, match="LOCATION"):
        parse_list_argument(":TXT")


@pytest.mark.parametrize(("text", "size"), [
    ("8.8.8.8\n", 1), ('{"type":"bundle","objects":[{"type":"ipv4-addr","value":"8.8.8.8"}]}', 1),
    ("8.8.8.8#4#2#Bad#US#City#0,0#3\n", 1), ("Indicator type, Indicator, Description\nIPv4, 8.8.8.8,\n", 1),
    ("ip, category, score, first_seen, last_seen, ports (|)\n8.8.8.8, 1, 1, a, b,\n", 1),
])
def test_a_format_that_is_not_given_is_seen_from_the_content(tmp_path: Path, text, size):
    path = tmp_path / "list"
    path.write_text(text)
    assert load_list(parse_list_argument(str(path))).size == size


def test_a_feed_has_a_category_and_a_custom_list_none():
    with pytest.raises(ListError, match="category"):
        ListSpec(name="x", location="x", custom=False)
