"""AWS Signature Version 4, the verifying side: in the Authorization header or presigned in the query.

The body's own SHA-256 is always what must have been signed: UNSIGNED-PAYLOAD is refused, over TLS too, since none of
GuardDuty's clients sends it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

import msgspec

from vedette.api.errors import ApiError

ALGORITHM = "AWS4-HMAC-SHA256"

SKEW = 300_000
"""How far (ms) a client's clock may be off."""

LONGEST_EXPIRY = 604_800
"""Seconds that a presigned request may be good for: a week."""

_DATE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SECONDS = re.compile(r"\d{1,6}", re.ASCII)
_PLAIN_PATH = re.compile(rb"[A-Za-z0-9/_.~-]*")


class MissingTokenError(ApiError):
    """The request is not signed."""

    CODE = "MissingAuthenticationTokenException"
    STATUS = 403


class IncompleteSignatureError(ApiError):
    """The request is signed, but not so that it could be verified."""

    CODE = "IncompleteSignatureException"
    STATUS = 403


class UnrecognizedClientError(ApiError):
    """There is no such access key, or no longer."""

    CODE = "UnrecognizedClientException"
    STATUS = 403


class InvalidSignatureError(ApiError):
    """The signature is another's, of another request, or of another time."""

    CODE = "InvalidSignatureException"
    STATUS = 403


class Request(msgspec.Struct, frozen=True):
    """A request as it came over the wire."""

    method: str
    raw_path: bytes
    """Still percent-encoded, without the query."""
    query: bytes
    headers: Mapping[bytes, Sequence[bytes]]
    """As `headers_of`."""
    body: bytes = b""
    tls: bool = False
    """The client sent it over TLS, to this server or to a proxy before it."""

    def header(self, name: bytes) -> Sequence[bytes]:
        """The values of a header, in order."""
        return self.headers.get(name, ())


def headers_of(pairs: Iterable[tuple[bytes, bytes]]) -> Mapping[bytes, Sequence[bytes]]:
    """The values of each header, in order. Names are in small letters, as ASGI gives them."""
    found: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        if name in found:
            found[name].append(value)
        else:
            found[name] = [value]
    return found


class Caller(msgspec.Struct, frozen=True):
    """Whose signature it is, and for what it was made."""

    access_key_id: str
    region: str
    service: str


def verify(request: Request, now: int, secret_of: Callable[[str], str | None]) -> Caller:
    """Who signed the request.

    Args:
        request: as it came.
        now: milliseconds since the epoch.
        secret_of: the secret of an access key id; None when there is no such key.

    Raises:
        ApiError: it is not signed, or not well; each kind and text as AWS has it.
    """
    signed, secret = check_claim(request, now, secret_of)
    body = sha256(request.body).hexdigest()
    for said in request.header(b"x-amz-content-sha256"):
        if said != body.encode():
            raise InvalidSignatureError(
                "The header X-Amz-Content-Sha256 is not the SHA-256 of the body, which must be signed.")
    canonical = canonical_request(request, signed.headers, body)
    right = signature(canonical, signed.date, signed.region, signed.service, secret)
    if not hmac.compare_digest(right, signed.signature):
        raise InvalidSignatureError(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.")
    return Caller(signed.key, signed.region, signed.service)


def check_claim(request: Request, now: int, secret_of: Callable[[str], str | None]) -> tuple[_Claimed, str]:
    """What a request says of its signature, and the secret it must have been made with; the body plays no part.

    Raises:
        ApiError: as `verify`.
    """
    signed = _claimed(request, _pairs(request.query))
    secret = secret_of(signed.key)
    if secret is None:
        raise UnrecognizedClientError("The security token included in the request is invalid.")
    signed.check_time(now)
    return signed, secret


def canonical_request(request: Request, signed_headers: Sequence[str], body_hash: str) -> bytes:
    """The request in the one spelling that is signed.

    Raises:
        InvalidSignatureError: a header that was signed is not there.
    """
    headers = b""
    for name in map(str.encode, signed_headers):
        values = request.header(name)
        if not values:
            raise InvalidSignatureError(
                f"The request has no header {name.decode()[:40]!r}, which the signature covers.")
        headers += b"%b:%b\n" % (name, b",".join([b" ".join(value.split()) for value in values]))
    path = normal_path(request.raw_path)
    if not _PLAIN_PATH.fullmatch(path):
        path = quote_from_bytes(path, safe="/~").encode()
    query = "&".join(sorted_query(_pairs(request.query)))
    return b"\n".join((
        request.method.encode(), path, query.encode(), headers, ";".join(signed_headers).encode(), body_hash.encode()))


def normal_path(raw: bytes) -> bytes:
    """The path without ``//``, ``/.`` and ``/..``; nothing is decoded.

    >>> normal_path(b"//a/./b/../c%2Fd/")
    b'/a/c%2Fd/'
    >>> normal_path(b"*")
    b'/*'
    """
    if not raw.startswith(b"/"):
        raw = b"/" + raw
    if b"//" not in raw and b"/." not in raw:
        return raw
    kept: list[bytes] = []
    for part in raw.split(b"/"):
        if part == b"..":
            del kept[-1:]
        elif part not in (b"", b"."):
            kept.append(part)
    return b"/" + b"/".join(kept) + (b"/" if raw.endswith(b"/") and kept else b"")


def sorted_query(pairs: Sequence[tuple[bytes, bytes]]) -> list[str]:
    """``name=value`` each, encoded as AWS does and in its order, without the signature itself."""
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    return [f"{name}={value}" for name, value in encoded if name != "X-Amz-Signature"]


def signature(canonical: bytes, date: str, region: str, service: str, secret: str) -> str:
    """The signature, in hexadecimal, of a canonical request made at ``date`` (``20150830T123600Z``)."""
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    to_sign = f"{ALGORITHM}\n{date}\n{scope}\n{sha256(canonical).hexdigest()}"
    return _hmac(_signing_key(secret, date[:8], region, service), to_sign).hex()


class _Claimed(msgspec.Struct, frozen=True):
    """What a request says of its own signature."""

    key: str
    day: str
    region: str
    service: str
    date: str
    headers: tuple[str, ...]
    signature: str
    expires: int | None
    """Seconds, when it is presigned."""

    def check_time(self, now: int) -> None:
        """Refuse what was signed too long ago, or is yet to come.

        Raises:
            InvalidSignatureError: so it is.
        """
        made = _moment(self.date)
        if self.day != self.date[:8]:
            raise InvalidSignatureError(
                f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                f"'{self.day[:40]}' != '{self.date[:8]}', from '{self.date}'.")
        if made > now + SKEW:
            raise InvalidSignatureError(
                f"Signature not yet current: {self.date} is still later than {_shown(now + SKEW)} "
                f"({_shown(now)} + 5 min.)")
        good_for = SKEW if self.expires is None else self.expires * 1000
        if made < now - good_for:
            raise InvalidSignatureError(
                f"Signature expired: {self.date} is now earlier than {_shown(now - good_for)} "
                f"({_shown(now)} - {good_for // 1000} s)")


def _claimed(request: Request, query: Sequence[tuple[bytes, bytes]]) -> _Claimed:
    given = request.header(b"authorization")
    presigned = {name.decode("latin-1"): value.decode("latin-1") for name, value in query if name.startswith(b"X-Amz-")}
    if given and "X-Amz-Algorithm" in presigned:
        raise IncompleteSignatureError("The request is signed twice: in the Authorization header and in the query.")
    if "X-Amz-Algorithm" in presigned:
        return _presigned(presigned)
    if not given:
        raise MissingTokenError("Missing Authentication Token")
    if len(given) > 1:
        raise IncompleteSignatureError("The request has more than one Authorization header.")
    algorithm, _, rest = given[0].decode("latin-1").strip().partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignatureError(f"Unsupported AWS 'algorithm': {algorithm[:40]!r}; sign with {ALGORITHM}.")
    parts: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name in parts:
            raise IncompleteSignatureError(
                f"{part.strip()[:40]!r} is not a key=value pair of the Authorization header.")
        parts[name] = value
    for name in ("Credential", "SignedHeaders", "Signature"):
        if name not in parts:
            raise IncompleteSignatureError(f"Authorization header requires '{name}' parameter.")
    dates = request.header(b"x-amz-date")
    if len(dates) != 1:
        raise IncompleteSignatureError("Authorization header requires existence of one 'X-Amz-Date' header.")
    return _checked(
        parts["Credential"], dates[0].decode("latin-1").strip(), parts["SignedHeaders"], parts["Signature"], None)


def _presigned(parts: dict[str, str]) -> _Claimed:
    if parts["X-Amz-Algorithm"] != ALGORITHM:
        raise IncompleteSignatureError(
            f"Unsupported AWS 'algorithm': {parts['X-Amz-Algorithm'][:40]!r}; sign with {ALGORITHM}.")
    names = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Expires")
    for name in names:
        if name not in parts:
            raise IncompleteSignatureError(f"AWS query-string parameters must include '{name}'.")
    expires = parts["X-Amz-Expires"]
    if not _SECONDS.fullmatch(expires) or not 1 <= int(expires) <= LONGEST_EXPIRY:
        raise IncompleteSignatureError(f"'X-Amz-Expires' must be a number of seconds from 1 to {LONGEST_EXPIRY}.")
    credential, date, headers, given, _ = (parts[name] for name in names)
    return _checked(credential, date, headers, given, int(expires))


def _checked(credential: str, date: str, signed_headers: str, given: str, expires: int | None) -> _Claimed:
    return _Claimed(
        *_scope(credential), _signed_at(date), _signed_headers(signed_headers), _hexadecimal(given), expires)


# What clients send again and again is looked at once.
@lru_cache(maxsize=256)
def _scope(credential: str) -> tuple[str, str, str, str]:
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not _REGION.fullmatch(scope[2]):
        raise IncompleteSignatureError(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request.")
    return scope[0], scope[1], scope[2], scope[3]


def _signed_at(date: str) -> str:
    if not _DATE.fullmatch(date):
        raise IncompleteSignatureError("'X-Amz-Date' must be in ISO-8601 'basic format', as 20150830T123600Z.")
    try:
        _moment(date)
    except ValueError:
        raise IncompleteSignatureError(f"'X-Amz-Date' is no date: {date[:40]}.") from None
    return date


@lru_cache(maxsize=256)
def _signed_headers(signed_headers: str) -> tuple[str, ...]:
    headers = tuple(signed_headers.split(";"))
    if list(headers) != sorted({name.lower() for name in headers}) or not signed_headers.isascii():
        raise IncompleteSignatureError("SignedHeaders must be names in small letters, sorted, each once.")
    if "host" not in headers:
        raise IncompleteSignatureError("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    return headers


def _hexadecimal(given: str) -> str:
    if not _HEX.fullmatch(given):
        raise IncompleteSignatureError("Signature must be 64 hexadecimal digits.")
    return given


def _pairs(query: bytes) -> list[tuple[bytes, bytes]]:
    split = (part.partition(b"=")[::2] for part in query.split(b"&") if part)
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, value in split]


@lru_cache(maxsize=256)
def _moment(date: str) -> int:
    year, month, day, hour, minute, second = map(
        int, (date[:4], date[4:6], date[6:8], date[9:11], date[11:13], date[13:15]))
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * 1000


def _shown(millis: int) -> str:
    return f"{datetime.fromtimestamp(millis / 1000, tz=UTC):%Y%m%dT%H%M%SZ}"


@lru_cache(maxsize=256)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
