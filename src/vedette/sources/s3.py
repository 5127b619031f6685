"""Log objects on S3, or on any store that speaks its protocol.

Needs ``s3:ListBucket`` on the bucket and ``s3:GetObject`` on the objects. Credentials and Region come from
where every AWS client takes them. boto3 is imported with the first request; each process has its own client.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from vedette.errors import SourceError
from vedette.sources.aws import asked, told
from vedette.sources.delivery import promise
from vedette.sources.log_object import LogObject, NothingToRead, SourceSpec

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

T = TypeVar("T")

_BUFFER = 1 << 20
_RESUMES = 5
"""Connections that may break one after another without a byte in between, before an object is given up."""
_PAUSE = 0.2
"""Seconds before the first resumption; doubled for each that follows without a byte."""
_NO_SUCH = frozenset({"NoSuchBucket", "NoSuchKey", "404", "NotFound"})
_DENIED = frozenset({"AccessDenied", "403", "Forbidden", "AllAccessDisabled", "AccountProblem"})
_BAD_KEYS = frozenset({
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "RequestExpired",
    "TokenRefreshRequired", "AuthorizationHeaderMalformed", "RequestTimeTooSkewed",
})
_ELSEWHERE = frozenset({"PermanentRedirect", "301", "MovedPermanently", "IllegalLocationConstraintException"})
_CHANGED = frozenset({"PreconditionFailed", "412"})


class S3Source:
    """Objects below a prefix. ``location`` is ``s3://bucket`` or ``s3://bucket/prefix``."""

    far = True

    def __init__(self, location: str, endpoint_url: str | None = None) -> None:
        self.spec = SourceSpec("s3", location, endpoint_url)
        self.name = location
        self._bucket, self._prefix = _parts(location)
        self._client = _Client(endpoint_url)

    def objects(self, after: str = "") -> Iterator[LogObject]:
        """As `Source.objects`, in the order of keys, a page of at most 1,000 in memory.

        ``after`` (a locator) resumes a listing behind the object that was listed last.
        """
        last = _parts(after)[1] if after else ""
        found = bool(after)
        while True:
            # By the last key, not by a token: a token may expire while a page is worked on for hours.
            page = self._page(last)
            for item in page.get("Contents", ()):
                last = item["Key"]
                if last.endswith("/") and not item["Size"]:  # a folder, as consoles make them
                    continue
                found = True
                yield _log_object(self._bucket, item)
            if not page.get("IsTruncated") or not page.get("Contents"):
                break
        if not found:
            raise NothingToRead("holds no objects: check the prefix", where=self.name)

    def _page(self, last: str) -> ListObjectsV2OutputTypeDef:
        behind: Any = {"StartAfter": last} if last else {}
        return _asked(self.name, lambda: self._client().list_objects_v2(
            Bucket=self._bucket, Prefix=self._prefix, **behind))

    def open(self, obj: LogObject) -> BinaryIO:
        """As `Source.open`. A broken connection is resumed where it broke."""
        return _stream(self._client, obj.locator, obj.version)


def open_key(locator: str, endpoint_url: str | None = None) -> BinaryIO:
    """An object as it is now, by its locator.

    Raises:
        SourceError: it is gone or cannot be read.
    """
    return _stream(_Client(endpoint_url), locator, "")


class _Client:
    """A client made when first asked for: boto3 imports slowly, and clients cannot change processes."""

    def __init__(self, endpoint_url: str | None) -> None:
        self._endpoint_url = endpoint_url
        self._lock = threading.Lock()
        self._made: S3Client | None = None

    def __call__(self) -> S3Client:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> S3Client:
        import boto3.session
        from botocore.config import Config

        return boto3.session.Session().client("s3", endpoint_url=self._endpoint_url, config=Config(
            retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=60,
            max_pool_connections=16,
            # Stores that only speak S3 do not know the newer checksums.
            response_checksum_validation="when_required", request_checksum_calculation="when_required",
        ))


class _Resuming(io.RawIOBase):
    """An object's bytes; a connection that breaks is taken up again at the byte where it broke."""

    def __init__(self, client: _Client, locator: str, version: str) -> None:
        super().__init__()
        self._client = client
        self._locator = locator
        self._bucket, self._key = _parts(locator)
        self._version = version
        self._place = 0
        self._size = -1
        self._body: Any = None
        self._connect()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        pause = _PAUSE
        for _ in range(_RESUMES + 1):
            if self._place >= self._size:
                return 0
            data = self._next(len(view))
            if data:
                view[: len(data)] = data
                self._place += len(data)
                return len(data)
            time.sleep(pause)
            pause *= 2
        raise SourceError(f"the connection breaks at byte {self._place} of {self._size}, again and again:"
                          " try later", where=self._locator)

    def close(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
        super().close()

    def _next(self, size: int) -> bytes:
        """Some bytes; none when the connection broke."""
        from botocore.exceptions import (
            ConnectionClosedError,
            IncompleteReadError,
            ReadTimeoutError,
            ResponseStreamingError,
        )

        try:
            if self._body is None:
                self._connect()
            return cast("bytes", self._body.read(min(size, self._size - self._place)))
        except (ConnectionClosedError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
            self._body.close()
            self._body = None
            return b""

    def _connect(self) -> None:
        wanted: dict[str, str] = {}
        if self._version:
            wanted["IfMatch"] = f'"{self._version}"'
        if self._place:
            wanted["Range"] = f"bytes={self._place}-"
        answer = _asked(self._locator, lambda: self._client().get_object(
            Bucket=self._bucket, Key=self._key, **wanted))  # type: ignore[arg-type]
        self._body = answer["Body"]
        if self._place and not answer.get("ContentRange", "").startswith(f"bytes {self._place}-"):
            raise SourceError(
                "the store cannot resume a broken download: it ignores Range", where=self._locator)
        if not self._place:
            self._size = answer["ContentLength"]
        self._version = self._version or _etag(answer.get("ETag", ""))


def _stream(client: _Client, locator: str, version: str) -> BinaryIO:
    return io.BufferedReader(_Resuming(client, locator, version), _BUFFER)


def _parts(location: str) -> tuple[str, str]:
    bucket, _, key = location[len("s3://"):].partition("/")
    if not bucket:
        raise SourceError("names no bucket: write s3://bucket/prefix", where=location)
    return bucket, key


def _etag(text: str) -> str:
    return text.strip('"')


def _log_object(bucket: str, item: Any) -> LogObject:
    account, region, start = promise(item["Key"])
    return LogObject(
        f"s3://{bucket}/{item['Key']}", _etag(item["ETag"]), item["Size"],
        int(item["LastModified"].timestamp() * 1000), start, account, region,
    )


def _asked(where: str, request: Callable[[], T]) -> T:
    return asked(where, request, _sentence, "is no valid bucket name: write s3://bucket/prefix")


def _sentence(error: Any) -> str:
    code, said = told(error)
    operation = error.operation_name
    if code == "NoSuchBucket":
        return "the bucket does not exist: check its name and the endpoint"
    if code in _NO_SUCH:
        return "does not exist any more"
    if code in _DENIED:
        if operation == "ListObjectsV2":
            return "access is denied: these credentials need s3:ListBucket on the bucket"
        return "access is denied: these credentials need s3:GetObject on it (and kms:Decrypt)"
    if code in _BAD_KEYS:
        return f"the store refuses these credentials ({code}: {said}): renew or correct them"
    if code in _ELSEWHERE:
        return "the bucket is in another Region: set AWS_REGION to it"
    if code in _CHANGED:
        return "changed since it was listed: it is read when it is listed again"
    if code == "InvalidObjectState":
        return "is archived (Glacier): restore it before it can be read"
    return f"the store answered {code or 'an error'}: {said}"
