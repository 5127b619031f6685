"""The console's files over real HTTP: what is served, under which headers, and that nothing else ever is."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.api.serving import serving
from vedette.api.console.files import ConsoleFiles
from vedette.api.metrics import new_registry
from vedette.api.operating import Operating
from vedette.findings.store import Store

PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
SECRET = "never to be served"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "package" / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Vedette</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "app-0a1b.js").write_text("let a = 1")
    (folder / "assets" / "app-0a1b.js.br").write_bytes(b"brotli")
    (folder / "assets" / "app-0a1b.js.gz").write_bytes(b"gzip")
    (folder / "assets" / "app-0a1b.js.map").write_text(SECRET)
    (folder / "assets" / ".env").write_text(SECRET)
    (folder.parent / "secret.js").write_text(SECRET)
    (folder.parent / "assets").mkdir()
    (folder.parent / "assets" / "secret.js").write_text(SECRET)
    return folder


def served(tmp_path: Path, folder: Path) -> Iterator[str]:
    with Store.open(tmp_path / "other") as store:
        operating = Operating(store, new_registry(), stopping=lambda: False, dead=dict, token=None, exposed=False,
                              others=ConsoleFiles(folder))
        with serving(tmp_path, operating) as server:
            yield server.url


@pytest.fixture
def url(tmp_path: Path, bundle: Path) -> Iterator[str]:
    yield from served(tmp_path, bundle)


@pytest.fixture
def unbuilt(tmp_path: Path) -> Iterator[str]:
    yield from served(tmp_path, tmp_path / "nothing")


def ask(url: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.mark.parametrize("path", ["/", "/findings", "/findings/0123", "/login", "/deep/er/page?a=b", "/x.js/y"])
def test_every_page_of_the_console_is_its_one_page(url: str, path: str) -> None:
    status, headers, body = ask(url, path, Accept=PAGE)
    assert (status, body) == (200, b"<!doctype html><title>Vedette</title>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-cache"
    assert ask(url, path, Accept=PAGE, If_None_Match=headers["etag"])[0] == 304


def test_headers_keep_the_page_to_itself(url: str) -> None:
    for path in ("/", "/assets/app-0a1b.js", "/nowhere"):
        _, headers, _ = ask(url, path)
        policy = dict(one.strip().partition(" ")[::2] for one in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert not [one for one in policy.values() if "http" in one or "*" in one or "unsafe-eval" in one]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        assert "strict-transport-security" in ask(url, path, X_Forwarded_Proto="https")[1]


def test_hashed_files_are_kept_for_good_and_sent_compressed(url: str) -> None:
    path = "/assets/app-0a1b.js"
    plain = b"let a = 1"
    for accepted, coding, body in (
        ("gzip, br", "br", b"brotli"), ("gzip", "gzip", b"gzip"), ("deflate", None, plain),
        ("br;q=0, gzip;q=0.5", "gzip", b"gzip"), ("", None, plain),
    ):
        status, headers, told = ask(url, path, Accept_Encoding=accepted)
        assert (status, headers.get("content-encoding"), told) == (200, coding, body)
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert headers["vary"] == "accept-encoding"
        assert headers["content-type"] == "text/javascript; charset=utf-8"
    status, headers, told = ask(url, path, "HEAD")
    assert (status, told, headers["content-length"]) == (200, b"", "9")


def test_files_that_are_not_there_are_no_pages(url: str) -> None:
    for path, accept in (("/assets/old-ffff.js", PAGE), ("/assets/", PAGE), ("/findings", "application/json"),
                         ("/findings", "*/*"), ("/robots.txt", "*/*"), ("/findings", "text/html;q=0")):
        assert ask(url, path, Accept=accept)[0] == 404, path
    assert ask(url, "/favicon.svg")[2] == b"<svg/>"
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        status, headers, _ = ask(url, "/", method)
        assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert ask(url, "/healthz")[2] == b"alive\n"


HOSTILE = (
    "/assets/../../secret.js", "/../secret.js", "/..%2fsecret.js", "/%2e%2e/secret.js",
    "/assets/%2e%2e/%2e%2e/secret.js", "/assets/..%2f..%2fsecret.js", "/assets/%252e%252e/secret.js",
    "/assets/..\\..\\secret.js", "/assets//app-0a1b.js/..", "//secret.js", "/assets/%00", "/assets/app-0a1b.js%00.css",
    "/assets/.env", "/assets/app-0a1b.js.map", "/assets/%c0%ae%c0%ae/secret.js",
    "/assets/app-0a1b.js/../../../secret.js", "/etc/passwd", "//etc/passwd", "/file:///etc/passwd",
    "/assets/" + "../" * 40 + "etc/passwd", "/%ff%fe",
    "/assets/" + "a" * 8000, "/./assets/secret.js", "/assets/app-0a1b.js.br", "http://evil.example/secret.js",
)


@pytest.mark.parametrize("accept", ["*/*", PAGE])
def test_hostile_paths_lead_nowhere(url: str, accept: str) -> None:
    for path in HOSTILE:
        told = asked_plainly(url, path, accept)
        assert told.split(b" ")[1] in (b"200", b"400", b"403", b"404"), path
        for never in (SECRET.encode(), b"root:", b"brotli"):
            assert never not in told, path
        if told.split(b" ")[1] == b"200":
            assert b"<title>Vedette</title>" in told or b"let a = 1" in told, path


def asked_plainly(url: str, path: str, accept: str) -> bytes:
    """The whole answer to a path that no client would send so."""
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=20) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n".encode())
        told = b""
        while data := raw.recv(65536):
            told += data
    return told


def test_a_link_in_the_bundle_is_read_at_the_start_and_never_after(tmp_path: Path, bundle: Path) -> None:
    files = ConsoleFiles(bundle)
    (bundle / "assets" / "late.js").write_text(SECRET)
    assert b"/assets/late.js" not in files._files


def test_without_a_bundle_one_sentence_says_how_to_build_it(unbuilt: str) -> None:
    for path in ("/", "/findings"):
        status, headers, body = ask(unbuilt, path, Accept=PAGE)
        assert (status, headers["content-type"]) == (404, "text/plain; charset=utf-8")
        assert b"npm run build" in body
    assert ask(unbuilt, "/elsewhere")[0] == 404
    assert ask(unbuilt, "/detector")[0] == 403
