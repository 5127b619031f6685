import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.errors import SourceError
from vedette.sources import NothingToRead, SourceSpec, open_source, open_spec, prefetched, reopen
from vedette.sources.delivery import DELIVERY_WINDOW, promise

WINDOW = int(DELIVERY_WINDOW.total_seconds() * 1000)
DAY = 86_400_000
AUGUST_18 = 1723939200000  # 2024-08-18T00:00:00Z


def put(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def names(location, root):
    return [os.path.relpath(obj.locator, root) for obj in open_source(str(location)).objects()]


def test_a_folder_gives_all_files_below_it_in_order(tmp_path):
    put(tmp_path, "b/2.json", "b/1.json", "a.log", "c/d/e/f.gz")
    assert names(tmp_path, tmp_path) == ["a.log", "b/1.json", "b/2.json", "c/d/e/f.gz"]


def test_an_object_says_where_it_is_how_big_and_of_which_version(tmp_path):
    put(tmp_path, "a.log")
    os.utime(tmp_path / "a.log", ns=(1, 1_700_000_000_123_456_789))
    [obj] = open_source(str(tmp_path)).objects()
    assert obj.locator == str(tmp_path / "a.log")
    assert (obj.size, obj.modified, obj.version) == (5, 1_700_000_000_123, "5-1700000000123456789")


def test_a_version_changes_with_the_content(tmp_path):
    put(tmp_path, "a.log")
    source = open_source(str(tmp_path))
    [before] = source.objects()
    (tmp_path / "a.log").write_bytes(b"longer than before")
    [after] = source.objects()
    assert after.locator == before.locator
    assert after.version != before.version


def test_hidden_files_and_databases_are_passed_over(tmp_path):
    put(tmp_path, ".hidden/x", ".x", "vedette.db", "vedette.db-wal", "vedette.db-shm", "s/a.SQLITE3", "db.log",
        "a.db.gz")
    assert names(tmp_path, tmp_path) == ["a.db.gz", "db.log"]


def test_links_below_the_folder_are_not_followed_even_in_a_loop(tmp_path):
    put(tmp_path, "logs/a", "outside/secret")
    (tmp_path / "logs" / "loop").symlink_to(tmp_path / "logs")
    (tmp_path / "logs" / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "logs" / "file").symlink_to(tmp_path / "outside" / "secret")
    assert names(tmp_path / "logs", tmp_path) == ["logs/a"]


def test_a_link_given_directly_is_followed(tmp_path):
    put(tmp_path, "real/a")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "one").symlink_to(tmp_path / "real" / "a")
    assert names(tmp_path / "link", tmp_path) == ["link/a"]
    assert names(tmp_path / "one", tmp_path) == ["one"]


def test_pipes_and_sockets_are_no_log_objects(tmp_path):
    put(tmp_path, "a")
    os.mkfifo(tmp_path / "pipe")
    assert names(tmp_path, tmp_path) == ["a"]
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        names(tmp_path / "pipe", tmp_path)


def test_a_pipe_that_took_a_files_place_is_refused_and_not_waited_for(tmp_path):
    put(tmp_path, "a")
    source = open_source(str(tmp_path))
    [obj] = source.objects()
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    with pytest.raises(SourceError, match="no file any more"):
        source.open(obj)


@pytest.mark.parametrize(("pattern", "expected"), [
    ("*.gz", ["1.gz"]),
    ("**/*.gz", ["1.gz", "a/2.gz", "a/b/3.gz"]),
    ("a/**", ["a/2.gz", "a/b/3.gz", "a/b/4.log"]),
    ("a/*", ["a/2.gz", "a/b/3.gz", "a/b/4.log"]),  # a folder that matches is read whole
    ("[ab]/?.gz", ["a/2.gz"]),
    ("**/b/**/*.log", ["a/b/4.log"]),
    ("**/**/*.log", ["a/b/4.log"]),
])
def test_a_glob_pattern_selects(tmp_path, pattern, expected):
    put(tmp_path, "1.gz", "a/2.gz", "a/b/3.gz", "a/b/4.log", "a/.hidden/5.gz")
    assert names(tmp_path / pattern, tmp_path) == expected


def test_a_name_that_exists_is_no_pattern(tmp_path):
    put(tmp_path, "[a]/x", "a/y")
    assert names(tmp_path / "[a]", tmp_path) == ["[a]/x"]


def test_a_pattern_lists_only_folders_that_can_match(tmp_path, monkeypatch):
    put(tmp_path, "a/logs/1.gz", "b/private/2.gz")
    listed = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(Path(path).name) or scandir(path))
    assert names(tmp_path / "*/logs/*.gz", tmp_path) == ["a/logs/1.gz"]
    assert listed == [tmp_path.name, "a", "logs", "b"]


@pytest.mark.parametrize(("location", "said"), [
    ("nowhere", "does not exist"),
    ("nowhere/*.gz", "does not exist"),
    ("empty", "holds no log files"),
    ("*.gz", "no file matches"),
    ("file/below", "through a file"),
    ("loop", "leads to itself"),
])
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path, location, said):
    (tmp_path / "empty").mkdir()
    put(tmp_path, "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(SourceError, match=said) as caught:
        names(tmp_path / location, tmp_path)
    assert "\n" not in str(caught.value)
    assert location.split("/")[0] in str(caught.value) or "*" in location


def test_an_empty_folder_is_told_apart_so_that_a_watch_can_wait(tmp_path):
    with pytest.raises(NothingToRead):
        list(open_source(str(tmp_path)).objects())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_an_error_not_a_gap(tmp_path):
    put(tmp_path, "a/1", "b/2")
    (tmp_path / "b").chmod(0)
    try:
        with pytest.raises(SourceError, match="may not be read"):
            names(tmp_path, tmp_path)
    finally:
        (tmp_path / "b").chmod(0o700)


@pytest.mark.parametrize(("location", "said"), [
    ("", "empty"), ("a\0b", "NUL"), ("gs://bucket/x", "s3://bucket/prefix"), ("https://h/x", "endpoint URL"),
    ("s3://", "names no bucket"), ("s3:///key", "names no bucket"), ("~nobody-of-that-name/x", "home"),
])
def test_a_location_of_no_known_kind_is_refused(location, said):
    with pytest.raises(SourceError, match=said):
        open_source(location)


def test_bytes_come_as_they_are_by_object_by_locator_and_by_spec(tmp_path):
    data = bytes(range(256)) * 1000
    (tmp_path / "x.gz").write_bytes(data)
    source = open_source(str(tmp_path))
    [obj] = source.objects()
    with source.open(obj) as stream:
        assert stream.read(10) == data[:10]
        assert stream.read() == data[10:]
    with reopen(obj.locator) as stream:
        assert stream.read() == data
    spec = msgspec.msgpack.decode(msgspec.msgpack.encode(source.spec), type=SourceSpec)
    with open_spec(spec).open(obj) as stream:
        assert stream.read() == data


def test_a_name_that_is_no_utf8_has_a_locator_that_can_be_stored_and_opened(tmp_path):
    raw = os.fsencode(tmp_path) + b"/caf\xe9\n.log"
    try:
        Path(os.fsdecode(raw)).write_bytes(b"data")
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    [obj] = open_source(str(tmp_path)).objects()
    assert obj.locator.encode().startswith(b"file://")
    with reopen(obj.locator) as stream:
        assert stream.read() == b"data"


def test_a_file_that_is_gone_is_said_so_and_the_others_are_read(tmp_path):
    put(tmp_path, "a", "b", "c")
    source = open_source(str(tmp_path))
    objects = list(source.objects())
    (tmp_path / "b").unlink()
    outcomes = list(prefetched(source, objects))
    assert [isinstance(stream, SourceError) for _, stream in outcomes] == [False, True, False]
    assert [obj for obj, _ in outcomes] == objects
    assert outcomes[2][1].read() == b"c"


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="no file at hand that cannot be read once it is open")
def test_a_disk_that_fails_while_a_file_is_read_is_said_in_one_sentence():
    with reopen("/proc/self/mem") as stream, pytest.raises(SourceError) as refused:
        stream.read(10)
    assert str(refused.value) == "/proc/self/mem: cannot be read: Input/output error"


def test_many_files_are_listed(tmp_path):
    for folder in range(100):
        (tmp_path / str(folder)).mkdir()
        for number in range(100):
            (tmp_path / str(folder) / f"{number}.gz").touch()
    assert len({obj.locator for obj in open_source(str(tmp_path)).objects()}) == 10_000


@pytest.mark.parametrize(("name", "account", "region", "start"), [
    (("AWSLogs/111122223333/CloudTrail/eu-west-1/2024/08/18/"
      "111122223333_CloudTrail_eu-west-1_20240818T1305Z_aBcDeFgHiJkLmNoP.json.gz"),
     "111122223333", "eu-west-1", AUGUST_18 + (13 * 60 + 5) * 60_000 - WINDOW),
    ("trail/AWSLogs/o-exampleorgid/111122223333/CloudTrail/us-gov-west-1/2024/08/18/x.json.gz",
     "111122223333", "us-gov-west-1", AUGUST_18 - WINDOW),
    (("AWSLogs/111122223333/vpcflowlogs/ap-southeast-2/2024/08/18/"
      "111122223333_vpcflowlogs_ap-southeast-2_fl-1234abcd_20240818T1620Z_fe123456.log.gz"),
     "111122223333", "ap-southeast-2", AUGUST_18 + (16 * 60 + 20) * 60_000 - WINDOW),
    ("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2024/08/18/07/x.log.gz",
     "111122223333", "eu-west-1", AUGUST_18 + 7 * 3_600_000 - WINDOW),
    (("AWSLogs/111122223333/vpcdnsquerylogs/vpc-0abc/2024/08/18/"
      "111122223333_vpcdnsquerylogs_vpc-0abc_20240818T0000Z_1234abcd.log.gz"),
     "111122223333", "", AUGUST_18 - WINDOW),
    (("AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/year=2024/month=08/day=18/"
      "hour=03/part.parquet"), "111122223333", "us-east-1", AUGUST_18 + 3 * 3_600_000 - WINDOW),
    ("aws/CLOUD_TRAIL_MGMT/2.0/region=us-east-1/accountId=111122223333/eventDay=20240818/x.gz.parquet",
     "111122223333", "us-east-1", AUGUST_18),
    ("111122223333_CloudTrail_eu-west-1_20240818T0030Z_x.json.gz",
     "111122223333", "eu-west-1", AUGUST_18 + 30 * 60_000 - WINDOW),
    ("/case/2024/08/19/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/08/18/x.gz",
     "111122223333", "eu-west-1", AUGUST_18 - WINDOW),
    ("/tmp/some.log", "", "", None),
    ("/data/2024/13/45/some.log", "", "", None),
    ("/data/0001/01/01/some.log", "", "", None),
    ("x_20249918T9999Z_y.gz", "", "", None),
])
def test_a_delivery_name_promises_account_region_and_time(name, account, region, start):
    assert promise(name) == (account, region, start)


@given(st.text(max_size=200))
def test_any_name_can_be_asked(name):
    promised = promise(name)
    assert promised.start is None or promised.start > 946_000_000_000 - WINDOW
