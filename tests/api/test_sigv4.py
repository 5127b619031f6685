"""Signature Version 4: AWS's own suite, botocore as the signing side, and every way to be refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from vedette.api.errors import ApiError
from vedette.api.sigv4 import (
    Caller,
    IncompleteSignatureError,
    InvalidSignatureError,
    MissingTokenError,
    Request,
    UnrecognizedClientError,
    canonical_request,
    headers_of,
    normal_path,
    verify,
)
from vedette.logs.times import parse_time

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
MADE = parse_time("2015-08-30T12:36:00Z")
WHEN = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


def secret_of(key: str) -> str | None:
    return SECRET if key == KEY else None


def read(raw: bytes) -> Request:
    """A request of the suite, which is not always good HTTP: spaces and letters in the path, headers of many lines."""
    head, _, body = raw.partition(b"\n\n")
    first, *lines = head.rstrip(b"\n").split(b"\n")
    method, _, rest = first.partition(b" ")
    path, _, query = rest.removesuffix(b" HTTP/1.1").partition(b"?")
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in b" \t":
            headers[-1] = (headers[-1][0], headers[-1][1] + b"\n" + line)
        else:
            name, _, value = line.partition(b":")
            headers.append((name.lower(), value))
    return Request(method.decode(), path, query, headers_of(headers), body)


def test_aws_own_suite_passes(botocore_source: Path) -> None:
    cases = sorted((botocore_source / "tests/unit/auth/aws4_testsuite").rglob("*.sreq"))
    assert len(cases) == 34
    for case in cases:
        # One signed request of the suite (…-session-token) bears another case's signature: the .authz has its own.
        authorization = case.with_suffix(".authz").read_bytes()
        request = with_header(read(case.read_bytes()), b"authorization", lambda _, own=authorization: own)
        canonical = case.with_suffix(".creq").read_bytes().strip()
        names = canonical.splitlines()[-2].decode().split(";")
        assert canonical_request(request, names, canonical.splitlines()[-1].decode()) == canonical, case.stem
        assert verify(request, MADE, secret_of) == Caller(KEY, "us-east-1", "service"), case.stem
        forged = replace(request, method="PUT")
        with pytest.raises(InvalidSignatureError):
            verify(forged, MADE, secret_of)


def signed(
    method: str = "GET", path: str = "/detector", body: bytes = b"", *, expires: int | None = None,
    secret: str = SECRET, key: str = KEY, after: int = 0, headers: dict[str, str] | None = None,
) -> Request:
    """A request as botocore signs it, ``after`` seconds after MADE."""
    made = AWSRequest(method, f"https://guardduty.example{path}", data=body, headers={
        "Host": "guardduty.example", **(headers or {})})
    credentials = Credentials(key, secret)
    auth = (botocore.auth.SigV4Auth(credentials, "guardduty", "eu-west-1") if expires is None
            else botocore.auth.SigV4QueryAuth(credentials, "guardduty", "eu-west-1", expires=expires))
    now = (WHEN + timedelta(seconds=after)).replace(tzinfo=None)
    with patch("botocore.auth.get_current_datetime", return_value=now):
        auth.add_auth(made)
    prepared = made.prepare()
    address, _, query = prepared.url.removeprefix("https://guardduty.example").partition("?")
    sent = [(name.lower().encode(), value if isinstance(value, bytes) else value.encode())
            for name, value in prepared.headers.items()]
    if expires is not None:
        sent = [(name, value) for name, value in sent if name != b"x-amz-date"]
    return Request(method, address.encode(), query.encode(), headers_of(sent), body)


def with_header(request: Request, name: bytes, change: Callable[[bytes], bytes]) -> Request:
    return replace(request, headers=dict(request.headers) | {name: list(map(change, request.header(name)))})


def test_what_botocore_signs_is_verified() -> None:
    arn = quote("arn:aws:guardduty:eu-west-1:111122223333:detector/ab", safe="")
    for request in (
        signed(), signed("POST", "/detector/d/findings", b'{"maxResults": 5}'), signed(path=f"/tags/{arn}"),
        signed("DELETE", f"/tags/{arn}?tagKeys=b&tagKeys=a%20b&tagKeys=%C3%A9"), signed(path="/detector", expires=60),
        signed(path=f"/tags/{arn}?tagKeys=a%2Fb", expires=604_800),
    ):
        assert verify(request, MADE, secret_of) == Caller(KEY, "eu-west-1", "guardduty")


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(lambda text: text not in "."),
       st.lists(st.tuples(st.text("abX-é/ ", min_size=1, max_size=4), st.text("a=&é+~ ", max_size=4)), max_size=3))
def test_any_label_and_query_that_botocore_signs_is_verified(label: str, pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    path = f"/detector/{quote(label, safe='')}" + ("?" + query if query else "")
    assert verify(signed(path=path), MADE, secret_of).access_key_id == KEY


def test_a_changed_request_is_refused() -> None:
    request = signed("POST", "/detector/d/findings?a=b", b"{}")
    changed = (
        replace(request, body=b"{ }"), replace(request, raw_path=b"/detector/e/findings"),
        replace(request, query=b"a=c"), replace(request, query=b"a=b&c="), replace(request, method="PUT"),
        with_header(request, b"host", lambda value: value + b"s"),
        with_header(request, b"x-amz-date", lambda value: value.replace(b"123600", b"123601")),
        with_header(request, b"authorization", lambda value: value.replace(b"eu-west-1", b"eu-west-2")),
        with_header(request, b"authorization", lambda value: value[:-1] + (b"0" if value[-1:] != b"0" else b"1")),
        replace(request, headers={name: values for name, values in request.headers.items() if name != b"host"}),
    )
    for one in changed:
        with pytest.raises(InvalidSignatureError):
            verify(one, MADE, secret_of)
    assert verify(request, MADE, secret_of)


def test_a_wrong_secret_and_an_unknown_key_are_told_apart() -> None:
    with pytest.raises(InvalidSignatureError, match="Check your AWS Secret Access Key"):
        verify(signed(secret="other"), MADE, secret_of)
    with pytest.raises(UnrecognizedClientError, match="security token included in the request is invalid"):
        verify(signed(key="AKIDOTHER"), MADE, secret_of)


@pytest.mark.parametrize(("after", "good"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_clock_may_be_five_minutes_off(after: int, good: bool) -> None:
    request = signed(after=after)
    if good:
        assert verify(request, MADE, secret_of)
    else:
        with pytest.raises(InvalidSignatureError, match="Signature expired" if after < 0 else "not yet current"):
            verify(request, MADE, secret_of)


def test_a_presigned_request_is_good_until_it_expires_and_no_longer() -> None:
    request = signed(expires=900)
    assert verify(request, MADE + 900_000, secret_of)
    with pytest.raises(InvalidSignatureError, match="Signature expired"):
        verify(request, MADE + 901_000, secret_of)
    with pytest.raises(InvalidSignatureError, match="not yet current"):
        verify(request, MADE - 301_000, secret_of)
    with pytest.raises(IncompleteSignatureError, match="604800"):
        verify(signed(expires=604_801), MADE, secret_of)
    with pytest.raises(InvalidSignatureError, match="does not match"):
        verify(replace(request, query=request.query.replace(b"Expires=900", b"Expires=901")), MADE, secret_of)


def test_an_unsigned_body_is_refused() -> None:
    request = signed("POST", "/detector", b"{}", headers={"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"})
    with pytest.raises(InvalidSignatureError, match="SHA-256 of the body"):
        verify(request, MADE, secret_of)


def test_a_request_without_signature_is_told_so() -> None:
    with pytest.raises(MissingTokenError) as told:
        verify(Request("GET", b"/detector", b"", {b"host": [b"x"]}), MADE, secret_of)
    assert (told.value.STATUS, told.value.CODE) == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize(("old", "new", "told"), [
    (b"AWS4-HMAC-SHA256", b"AWS4-ECDSA-P256-SHA256", "algorithm"),
    (b"/aws4_request", b"", "5 slash-delimited"),
    (b"/eu-west-1/", b"/eu west/", "5 slash-delimited"),
    (b"host;", b"", "'Host' must be"),
    (b"host;x-amz-date", b"x-amz-date;host", "sorted"),
    (b"host;x-amz-date", b"Host;x-amz-date", "small letters"),
    (b"Signature=", b"Signature=x", "64 hexadecimal"),
    (b"Signature=", b"Sign=", "'Signature'"),
    (b"SignedHeaders=", b"Credential=", "key=value"),
    (b", SignedHeaders=", b", Signed", "key=value"),
    (b"Credential=", b"\xff\xfe=", "'Credential'"),
])
def test_a_malformed_authorization_is_told_what_is_wrong(old: bytes, new: bytes, told: str) -> None:
    request = with_header(signed(), b"authorization", lambda value: value.replace(old, new))
    with pytest.raises(IncompleteSignatureError, match=told):
        verify(request, MADE, secret_of)


@pytest.mark.parametrize("date", [
    b"", b"2015-08-30T12:36:00Z", b"20151330T123600Z", b"20150830T256000Z", b"00000101T000000Z"])
def test_a_date_that_is_none_is_told(date: bytes) -> None:
    with pytest.raises(IncompleteSignatureError, match="X-Amz-Date"):
        verify(with_header(signed(), b"x-amz-date", lambda _: date), MADE, secret_of)


def test_two_signatures_are_refused() -> None:
    request, presigned = signed(), signed(expires=60)
    with pytest.raises(IncompleteSignatureError, match="twice"):
        verify(replace(request, query=presigned.query), MADE, secret_of)
    twice = {b"authorization": [*request.header(b"authorization")] * 2}
    with pytest.raises(IncompleteSignatureError, match="more than one"):
        verify(replace(request, headers=dict(request.headers) | twice), MADE, secret_of)


@given(st.binary(max_size=200), st.binary(max_size=60), st.binary(max_size=60))
def test_no_rubbish_is_anything_but_refused(authorization: bytes, date: bytes, query: bytes) -> None:
    headers = [(b"host", b"x"), (b"authorization", b"AWS4-HMAC-SHA256 " + authorization), (b"x-amz-date", date)]
    with pytest.raises(ApiError):
        verify(Request("GET", b"/", query, headers_of(headers)), MADE, secret_of)


@pytest.mark.parametrize(("raw", "path"), [
    (b"", b"/"), (b"/", b"/"), (b"/../..", b"/"), (b"/a/..", b"/"), (b"//a//b/", b"/a/b/"),
    (b"/a/%2E%2E/b", b"/a/%2E%2E/b"), (b"/a/./b/../c", b"/a/c"), (b"/a..b/.c", b"/a..b/.c"),
])
def test_paths_are_made_normal_without_being_decoded(raw: bytes, path: bytes) -> None:
    assert normal_path(raw) == path
