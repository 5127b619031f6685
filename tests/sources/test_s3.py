import contextlib
import http.server
import multiprocessing
import re
import socket
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import pytest
from moto.backends import get_backend

from vedette.errors import SourceError
from vedette.sources import LogObject, NothingToRead, SourceSpec, open_source, open_spec, prefetched, reopen
from vedette.sources import s3 as s3_module


def put(s3, bucket, *keys, body=None):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode() if body is None else body)


def put_many(bucket, names):
    """Straight into the server, which runs in this process: over HTTP it takes long."""
    backend = get_backend("s3")["123456789012"]["global"]
    for name in names:
        backend.put_object(bucket, name, b"data")


def keys(source, bucket, **given):
    return [obj.locator.removeprefix(f"s3://{bucket}/") for obj in source.objects(**given)]


def test_a_prefix_gives_its_objects_with_size_and_version(s3, bucket, endpoint):
    put(s3, bucket, "logs/b", "logs/a/1", "other/x")
    put(s3, bucket, "logs/folder/", body=b"")  # as consoles make them
    source = open_source(f"s3://{bucket}/logs/", endpoint_url=endpoint)
    before = time.time() * 1000
    objects = list(source.objects())
    assert [obj.locator for obj in objects] == [f"s3://{bucket}/logs/a/1", f"s3://{bucket}/logs/b"]
    head = s3.head_object(Bucket=bucket, Key="logs/b")
    assert objects[1].version == head["ETag"].strip('"')
    assert objects[1].size == len("logs/b")
    assert abs(objects[1].modified - before) < 60_000


def test_a_delivery_key_says_account_and_region(s3, bucket, endpoint):
    put(s3, bucket, "AWSLogs/111122223333/CloudTrail/eu-west-1/2024/08/18/x.json.gz")
    [obj] = open_source(f"s3://{bucket}", endpoint_url=endpoint).objects()
    assert (obj.account, obj.region) == ("111122223333", "eu-west-1")


def test_a_long_listing_is_paged_and_can_be_resumed(bucket, endpoint):
    names = [f"k/{number:05}" for number in range(2350)]
    put_many(bucket, names)
    source = open_source(f"s3://{bucket}/k/", endpoint_url=endpoint)
    assert keys(source, bucket) == names
    assert keys(source, bucket, after=f"s3://{bucket}/k/02340") == names[2341:]
    assert keys(source, bucket, after=f"s3://{bucket}/k/99999") == []


def test_a_listing_is_streamed_not_gathered(s3, bucket, endpoint):
    put_many(bucket, [f"k/{number:05}" for number in range(1500)])
    listing = open_source(f"s3://{bucket}/k/", endpoint_url=endpoint).objects()
    first = next(listing)
    put(s3, bucket, "k/99999")  # made while the first page is worked on
    assert first.locator.endswith("k/00000")
    assert sum(1 for _ in listing) == 1500


@pytest.mark.parametrize("key", ["a b+c&d=é/%2F?x#y.gz", "./..//x", "trailing ", "日本/ログ.json"])
def test_any_key_can_be_listed_and_opened_by_its_locator(s3, bucket, endpoint, key):
    put(s3, bucket, key, body=b"data")
    source = open_source(f"s3://{bucket}", endpoint_url=endpoint)
    [obj] = source.objects()
    assert obj.locator == f"s3://{bucket}/{key}"
    assert source.open(obj).read() == b"data"
    assert reopen(obj.locator, endpoint_url=endpoint).read() == b"data"


def test_bytes_are_streamed_in_the_sizes_asked_for(s3, bucket, endpoint):
    data = bytes(range(256)) * 20_000
    put(s3, bucket, "big", "empty", body=data)
    put(s3, bucket, "empty", body=b"")
    source = open_source(f"s3://{bucket}", endpoint_url=endpoint)
    big, empty = source.objects()
    with source.open(big) as stream:
        assert stream.read(7) == data[:7]
        assert stream.read(3_000_000) == data[7:3_000_007]
        assert stream.read() == data[3_000_007:]
        assert stream.read(1) == b""
    assert source.open(empty).read() == b""


def test_an_object_that_changed_since_it_was_listed_is_not_read_as_the_old_one(s3, bucket, endpoint):
    put(s3, bucket, "x", body=b"old")
    source = open_source(f"s3://{bucket}", endpoint_url=endpoint)
    [obj] = source.objects()
    put(s3, bucket, "x", body=b"new")
    with pytest.raises(SourceError, match="changed since it was listed"):
        source.open(obj)
    assert reopen(obj.locator, endpoint_url=endpoint).read() == b"new"


def test_an_object_that_is_gone_is_said_so(s3, bucket, endpoint):
    put(s3, bucket, "x")
    source = open_source(f"s3://{bucket}", endpoint_url=endpoint)
    [obj] = source.objects()
    s3.delete_object(Bucket=bucket, Key="x")
    with pytest.raises(SourceError, match="does not exist any more") as caught:
        source.open(obj)
    assert str(caught.value).startswith(f"s3://{bucket}/x: ")


def test_an_empty_prefix_is_told_apart(bucket, endpoint):
    with pytest.raises(NothingToRead, match="holds no objects"):
        list(open_source(f"s3://{bucket}/nothing/", endpoint_url=endpoint).objects())


def test_a_bucket_that_does_not_exist_is_said_so(endpoint):
    with pytest.raises(SourceError, match="the bucket does not exist"):
        list(open_source("s3://no-such-bucket-here/x", endpoint_url=endpoint).objects())


def test_a_bucket_name_that_cannot_be_is_said_so(endpoint):
    with pytest.raises(SourceError, match="no valid bucket name"):
        list(open_source("s3://not a bucket/x", endpoint_url=endpoint).objects())


def test_missing_credentials_are_said_so(endpoint, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SourceError, match="no AWS credentials were found: set AWS_PROFILE"):
        list(open_source("s3://bucket/x", endpoint_url=endpoint).objects())


def test_an_endpoint_that_is_not_there_is_said_so(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused
        monkeypatch.setattr("botocore.retryhandler.delay_exponential", lambda *_, **__: 0)
        with pytest.raises(SourceError, match="endpoint cannot be reached"):
            list(open_source("s3://bucket", endpoint_url=f"http://127.0.0.1:{taken.getsockname()[1]}").objects())


@pytest.mark.parametrize("url", ["not-a-url", "127.0.0.1:9000"])
def test_an_endpoint_that_is_no_url_is_said_so(url):
    with pytest.raises(SourceError, match=re.escape(url)):
        list(open_source("s3://bucket", endpoint_url=url).objects())


class Answering(http.server.BaseHTTPRequestHandler):
    """An S3 whose answers a test chooses: ``server.answer(handler)``."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.answer(self)

    def log_message(self, *_):
        """Say nothing."""

    def reply(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def answering(answer):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.answer, server.asked = answer, []
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("status", "code", "said"), [
    (403, "AccessDenied", "need s3:ListBucket"),
    (403, "InvalidAccessKeyId", "refuses these credentials"),
    (403, "SignatureDoesNotMatch", "refuses these credentials"),
    (400, "ExpiredToken", "renew"),
    (301, "PermanentRedirect", "another Region: set AWS_REGION"),
    (418, "Teapot", "answered Teapot"),
])
def test_a_refusal_to_list_says_what_to_do(status, code, said):
    body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()
    with answering(lambda handler: handler.reply(status, body)) as server:
        source = open_source("s3://bucket/x", endpoint_url=server.url)
        with pytest.raises(SourceError, match=said) as caught:
            list(source.objects())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("status", "code", "said"), [
    (403, "AccessDenied", "need s3:GetObject"), (403, "InvalidObjectState", "Glacier"),
])
def test_a_refusal_to_read_says_what_to_do(status, code, said):
    body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()
    with answering(lambda handler: handler.reply(status, body)) as server:
        source = open_source("s3://bucket/x", endpoint_url=server.url)
        with pytest.raises(SourceError, match=said):
            source.open(LogObject("s3://bucket/x", "etag", 1, 0))


DATA = bytes(range(256)) * 10_000


def cutting(after, *, ranges=True):
    """Serves DATA, breaking each connection after ``after`` bytes."""

    def answer(handler):
        found = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(found[1]) if found and ranges else 0
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(DATA) - start))
        handler.send_header("ETag", '"v1"')
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
        handler.end_headers()
        handler.wfile.write(DATA[start:start + after])
        handler.wfile.flush()
        handler.close_connection = True

    return answer


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(s3_module, "_PAUSE", 0.001)


def test_a_broken_connection_is_resumed_where_it_broke(hurried):
    with answering(cutting(700_000)) as server:
        source = open_source("s3://bucket/x", endpoint_url=server.url)
        with source.open(LogObject("s3://bucket/x", "v1", len(DATA), 0)) as stream:
            assert stream.read() == DATA
        ranges = [headers.get("Range") for _, headers in server.asked]
    assert ranges[0] is None
    starts = [int(re.fullmatch(r"bytes=(\d+)-", one)[1]) for one in ranges[1:]]
    assert starts == sorted(set(starts))
    assert len(starts) >= 3
    assert {headers.get("If-Match") for _, headers in server.asked} == {'"v1"'}


def test_an_object_opened_by_locator_is_resumed_only_in_its_own_version(hurried):
    with answering(cutting(1_000_000)) as server:
        assert reopen("s3://bucket/x", endpoint_url=server.url).read() == DATA
        assert [headers.get("If-Match") for _, headers in server.asked] == [None] + ['"v1"'] * (len(server.asked) - 1)


def test_a_connection_that_always_breaks_is_given_up(hurried):
    with answering(cutting(0)) as server:
        source = open_source("s3://bucket/x", endpoint_url=server.url)
        stream = source.open(LogObject("s3://bucket/x", "v1", len(DATA), 0))
        with pytest.raises(SourceError, match="breaks at byte 0 of 2560000"):
            stream.read()
        assert len(server.asked) <= 10


def test_a_store_that_ignores_ranges_never_yields_bytes_twice(hurried):
    with answering(cutting(700_000, ranges=False)) as server:
        source = open_source("s3://bucket/x", endpoint_url=server.url)
        stream = source.open(LogObject("s3://bucket/x", "v1", len(DATA), 0))
        with pytest.raises(SourceError, match="ignores Range"):
            stream.read()


def test_objects_are_read_ahead_while_earlier_ones_are_worked_on():
    """No download ends before all four have begun: one after another, they would wait for ever."""
    all_begun = threading.Barrier(4, timeout=60)

    def together(handler):
        all_begun.wait()
        handler.reply(200, handler.path[-1].encode(), ETag='"v1"')

    objects = [LogObject(f"s3://bucket/{number}", "v1", 1, 0) for number in range(4)]
    with answering(together) as server:
        source = open_source("s3://bucket", endpoint_url=server.url)
        read = [stream.read() for _, stream in prefetched(source, objects, 4)]
    assert read == [b"0", b"1", b"2", b"3"]


def test_reading_ahead_stays_within_its_bytes_and_keeps_the_order():
    size = 100_000
    objects = [LogObject(f"s3://bucket/{number:03}", "v1", size, 0) for number in range(30)]
    objects.insert(7, LogObject("s3://bucket/999", "v1", 10 * size, 0))
    sizes = {obj.locator[-3:]: obj.size for obj in objects}

    def answer(handler):
        handler.reply(200, handler.path[-3:].encode() + bytes(sizes[handler.path[-3:]] - 3), ETag='"v1"')

    with answering(answer) as server:
        source = open_source("s3://bucket", endpoint_url=server.url)
        for given, (obj, stream) in enumerate(prefetched(source, iter(objects), 8, limit=3 * size), 1):
            assert stream.read(3).decode() == obj.locator[-3:]
            assert obj == objects[given - 1]
            time.sleep(0.01)  # whatever is fetched ahead has been asked for by now
            ahead = len(server.asked) - given
            assert ahead <= 3
        assert given == 31
    assert len(server.asked) == 31


def test_one_object_that_cannot_be_read_does_not_stop_the_others(s3, bucket, endpoint):
    put(s3, bucket, "a", "b", "c")
    source = open_source(f"s3://{bucket}", endpoint_url=endpoint)
    objects = list(source.objects())
    s3.delete_object(Bucket=bucket, Key="b")
    outcomes = [stream for _, stream in prefetched(source, objects)]
    assert isinstance(outcomes[1], SourceError)
    assert [outcomes[0].read(), outcomes[2].read()] == [b"a", b"c"]


def test_an_object_longer_than_listed_is_refused():
    with answering(lambda handler: handler.reply(200, b"longer", ETag='"v1"')) as server:
        source = open_source("s3://bucket", endpoint_url=server.url)
        [(_, outcome)] = prefetched(source, [LogObject("s3://bucket/x", "v1", 3, 0)])
    assert isinstance(outcome, SourceError)
    assert "is not the 3 bytes" in str(outcome)


def test_a_reader_that_stops_early_leaves_no_thread_behind(s3, bucket, endpoint):
    put(s3, bucket, *[f"{number}" for number in range(20)])
    source = open_source(f"s3://{bucket}", endpoint_url=endpoint)
    reading = prefetched(source, source.objects(), 4)
    next(reading)
    reading.close()
    deadline = time.monotonic() + 5
    while any(thread.name.startswith("ahead") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def read_in_another_process(spec, obj):
    return open_spec(spec).open(obj).read(), "boto3" in sys.modules


def test_another_process_opens_objects_by_the_sources_description(s3, bucket, endpoint):
    put(s3, bucket, "x")
    source = open_source(f"s3://{bucket}", endpoint_url=endpoint)
    [obj] = source.objects()
    assert source.spec == SourceSpec("s3", f"s3://{bucket}", endpoint)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(read_in_another_process, source.spec, obj).result() == (b"x", True)
