"""The console's own files: what Vite built, served from memory under a strict Content-Security-Policy.

Only what was in the folder at the start is served, by its exact path: no request reaches the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from vedette.api.sigv4 import normal_path

INDEX = "index.html"

ASSETS = b"/assets/"
"""Files below have a hash of their content in their names."""

NOT_BUILT = (b"The console was not built into this Vedette: run `npm ci && npm run build` in the folder console/ of "
             b"its source, and start the server again. The API is here all the same.\n")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

SECURE_FOR = b"max-age=31536000"
"""How long a browser that came over TLS comes over nothing else: a year."""

_NOTHING = b"there is nothing at this path\n"

_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)

_KINDS = {
    ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8", ".json": "application/json", ".png": "image/png", ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json", ".woff": "font/woff",
    ".woff2": "font/woff2"}
_CODINGS = {".br": b"br", ".gz": b"gzip"}
"""What a file beside another holds, and the better of them first."""


@dataclass(frozen=True, slots=True)
class _File:
    kind: bytes
    tag: bytes
    plain: bytes
    coded: dict[bytes, bytes]


class ConsoleFiles:
    """An ASGI app for all paths that nobody else serves."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` holds the bundle; the one in the package unless given."""
        self._files = _read(folder or Path(str(files("vedette"))) / "console" / "dist")

    @property
    def built(self) -> bool:
        """There is a bundle."""
        return b"/" in self._files

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        """Answer one request."""
        if scope["type"] != "http":
            return
        status, headers, body = self._answer(scope)
        headers += [(b"content-length", str(len(body)).encode()), *_HEADERS]
        if over_tls(scope):
            headers.append((b"strict-transport-security", SECURE_FOR))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, scope: Any) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        path = unquote_to_bytes(normal_path(scope["raw_path"]))
        found = self._files.get(path)
        if scope["method"] not in ("GET", "HEAD"):
            return _said(404, _NOTHING) if found is None else _said(
                405, b"only GET is served here\n", (b"allow", b"GET, HEAD"))
        if found is not None:
            return self._sent(scope, path, found)
        page = self._files.get(b"/")
        if page is None and (path == b"/" or _wants_page(scope)):
            return _said(404, NOT_BUILT)
        # The console's own pages; a file that an earlier bundle had must not be one.
        if page is not None and _wants_page(scope) and not path.startswith(ASSETS):
            return self._sent(scope, b"/", page)
        return _said(404, _NOTHING)

    @staticmethod
    def _sent(scope: Any, path: bytes, file: _File) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        lasting = path.startswith(ASSETS)
        headers = [(b"content-type", file.kind), (b"etag", file.tag), (b"vary", b"accept-encoding"), (
            b"cache-control", b"public, max-age=31536000, immutable" if lasting else b"no-cache")]
        if file.tag in _values(scope, b"if-none-match"):
            return 304, headers, b""
        accepted = _values(scope, b"accept-encoding")
        coding = next((one for one in file.coded if one in accepted), None)
        if coding is None:
            return 200, headers, file.plain
        return 200, [*headers, (b"content-encoding", coding)], file.coded[coding]


def over_tls(scope: Any) -> bool:
    """The client speaks TLS to this server, or to a proxy that says so: then cookies and pages are for TLS alone."""
    return scope.get("scheme") == "https" or any(
        value.lower() == b"https" for name, value in scope["headers"] if name == b"x-forwarded-proto")


def _read(folder: Path) -> dict[bytes, _File]:
    """The files by path; that of `INDEX` is ``/``."""
    found: dict[bytes, _File] = {}
    for file in sorted(folder.rglob("*")) if (folder / INDEX).is_file() else ():
        kind = _KINDS.get(file.suffix)
        if kind is None or not file.is_file():
            continue
        content = file.read_bytes()
        beside = {coding: file.with_name(file.name + suffix) for suffix, coding in _CODINGS.items()}
        coded = {coding: one.read_bytes() for coding, one in beside.items() if one.is_file()}
        path = file.relative_to(folder).as_posix()
        tag = f'"{sha256(content).hexdigest()[:32]}"'.encode()
        found[b"/" if path == INDEX else f"/{path}".encode()] = _File(kind.encode(), tag, content, coded)
    return found


def _said(status: int, text: bytes, *headers: tuple[bytes, bytes]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    return status, [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *headers], text


def _wants_page(scope: Any) -> bool:
    return b"text/html" in _values(scope, b"accept")


def _values(scope: Any, header: bytes) -> set[bytes]:
    """The values in a header that has several, without their parameters; ``q=0`` is no value."""
    found = set()
    for name, value in scope["headers"]:
        if name == header:
            for one in value.split(b","):
                said, _, parameter = one.strip().partition(b";")
                if parameter.replace(b" ", b"").rstrip(b".0") != b"q=":
                    found.add(said.strip().removeprefix(b"W/"))
    return found
