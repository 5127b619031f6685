"""How long an entity's profile takes: ``python -m benchmarks.investigate [--records 100000000] [--folder DIR]``.

Makes an event history of thirty days, nine tenths of it flows, the rest calls, as its upkeep leaves it: an hour's small
files merged, days summed. Prints for the busiest entities of each kind, and for quiet ones, the median and the 95th
percentile of the seconds that their profile takes: for thirty whole days; for a time that begins and ends within a day;
and for one that begins within a day and ends now, late on a day that is not over. Nothing is kept from one profile to
the next but the disk's cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import polars as pl

from vedette.detectors.known import Known
from vedette.engine.history_files import counting_files, write_merged
from vedette.engine.history_names import note_names
from vedette.engine.history_rows import SCHEMAS
from vedette.findings.store import Store
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import load_inventory
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.profile import Sources, profile
from vedette.investigate.sightings import Past
from vedette.investigate.summing import sum_up
from vedette.logs.kinds import LogKind

DAYS = 30
BEGIN = 1_767_225_600_000
HOUR = 3_600_000
END = BEGIN + DAYS * 24 * HOUR
NOW = END - 60_000
LATER = END + 400 * 24 * HOUR
ACCOUNT = "111122223333"
HOSTS, REMOTES, PRINCIPALS = 2000, 200_000, 500
ROUNDS = 7
RARE = "198.51.100.77"
"""An address that is met in one hour."""

ASKED = (
    (EntityKind.IP, RARE, "an address of one hour"),
    (EntityKind.IP, "104.63.0.191", "an address that some hosts meet"),
    (EntityKind.IP, "24.0.0.1", "the address that is met most"),
    (EntityKind.IP, "10.0.0.2", "the resolver that all hosts ask"),
    (EntityKind.IP, "10.1.3.132", "a host's address"),
    (EntityKind.IP, "10.1.0.2", "the second host's address"),
    (EntityKind.IP, "10.1.0.1", "the first host's address"),
    (EntityKind.IP, "203.0.113.1", "the address that calls most"),
    (EntityKind.INSTANCE, "i-00000000000000384", "an instance"),
    (EntityKind.INSTANCE, "i-00000000000000001", "the busiest instance"),
    (EntityKind.INTERFACE, "eni-00000000000000002", "the second interface"),
    (EntityKind.PRINCIPAL, f"arn:aws:iam::{ACCOUNT}:user/user-1", "the busiest user"),
    (EntityKind.ACCESS_KEY, "AKIA0000000000000001", "the busiest access key"),
    (EntityKind.ACCESS_KEY, "AKIA0000000000000499", "a quiet access key"),
    (EntityKind.USER_AGENT, "tool/3", "a usual user agent"),
    (EntityKind.USER_AGENT, "tool/99", "a rare user agent"),
    (EntityKind.BUCKET, "bucket-7", "a bucket"),
    (EntityKind.ACCOUNT, ACCOUNT, "the account"),
)


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="vedette-history-"))
    try:
        if not (folder / "made").exists():
            made(folder, given.records)
            (folder / "made").touch()
        measured(folder)
    finally:
        if given.folder is None:
            shutil.rmtree(folder)


def made(folder: Path, records: int) -> None:
    """A history of about so many records."""
    rng = np.random.default_rng(0)
    hours = DAYS * 24
    begun = time.perf_counter()
    for hour in range(hours):
        for log, rows in ((LogKind.VPC_FLOW, _flows(rng, hour, records * 10 // 11 // hours)),
                          (LogKind.CLOUDTRAIL, _calls(rng, hour, records // 11 // hours))):
            day = time.strftime("%Y-%m-%d", time.gmtime((BEGIN + hour * HOUR) / 1000))
            place = folder / log / f"day={day}" / f"hour={hour % 24:02}"
            place.mkdir(parents=True)
            path = place / f"{hour:024x}.parquet"
            write_merged(rows.select(name for name in SCHEMAS[log] if name in rows.columns), log, path)
            os.utime(path, (BEGIN / 1000, BEGIN / 1000))
    print(f"made in {time.perf_counter() - begun:.0f} s: {_size(folder, '*.parquet')}", flush=True)
    worked = time.process_time()
    note_names(folder, threading.Event())
    print(f"names noted in {time.process_time() - worked:.0f} s of CPU: {_size(folder, '*.names')}", flush=True)
    worked = time.process_time()
    sum_up(folder, LATER, threading.Event())
    print(f"summed in {time.process_time() - worked:.0f} s of CPU: {_size(folder, '*.sums*')}, "
          f"tallies {_size(folder, '*.tallies*')}", flush=True)


def measured(folder: Path) -> None:
    """Print what profiles take."""
    known = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=load_inventory([]))
    records = sum(pl.scan_parquet(counting_files(folder / log), schema=SCHEMAS[log], missing_columns="insert").select(
        pl.len()).collect().item() for log in (LogKind.VPC_FLOW, LogKind.CLOUDTRAIL))
    print(f"{records} records\n| of | records | whole days: median, p95 (s) | CPU (s) | within days (s) | CPU (s) "
          "| until now (s) | CPU (s) |")
    with Store.in_memory() as store:
        sources = Sources(store, Past(folder), known, known.inventory)
        with_today_open(folder)
        until_now = {place: _taken(sources, Entity(kind, value), BEGIN + 7 * HOUR + 1, NOW)
                     for place, (kind, value, _) in enumerate(ASKED)}
        sum_up(folder, LATER, threading.Event())
        for place, (kind, value, said) in enumerate(ASKED):
            entity = Entity(kind, value)
            told = profile(sources, entity, BEGIN, END)
            count = sum(bucket.count for one in told.activity for bucket in one.buckets)
            figures = [*_taken(sources, entity, BEGIN, END),
                       *_taken(sources, entity, BEGIN + 7 * HOUR + 1, END - 5 * HOUR - 1), *until_now[place]]
            print(f"| {said} ({kind}) | {count} | {' | '.join(figures)} |", flush=True)


def with_today_open(folder: Path) -> None:
    """Leave of the last day what its upkeep had made of it just before an hour ago."""
    for path in folder.glob(f"*/day={time.strftime('%Y-%m-%d', time.gmtime(NOW / 1000))}/*"):
        if path.is_file():
            path.unlink()
    sum_up(folder, NOW - HOUR, threading.Event())


def _taken(sources: Sources, entity: Entity, since: int, until: int) -> tuple[str, str]:
    taken, worked = [], []
    for _ in range(ROUNDS):
        begun, cpu = time.perf_counter(), time.process_time()
        profile(sources, entity, since, until)
        taken.append(time.perf_counter() - begun)
        worked.append(time.process_time() - cpu)
    return f"{np.median(taken):.2f}, {np.percentile(taken, 95):.2f}", f"{np.median(worked):.2f}"


def _size(folder: Path, names: str) -> str:
    sizes = [path.stat().st_size for path in folder.rglob(names)]
    return f"{sum(sizes) / 1e6:.0f} MB in {len(sizes)} files"


def _flows(rng: np.random.Generator, hour: int, count: int) -> pl.DataFrame:
    host = rng.zipf(1.3, count) % HOSTS
    outgoing = rng.random(count) < 0.5
    kind = rng.random(count)
    local = pl.Series([f"10.1.{number // 256}.{number % 256}" for number in range(HOSTS)])
    far = pl.Series(["10.0.0.2", RARE, *(
        f"{23 + number % 180}.{number // 7 % 250}.{number // 1750 % 250}.{number % 250}" for number in range(REMOTES))])
    remote = np.where(kind < 0.1, 0, 2 + rng.zipf(1.2, count) % REMOTES)
    if hour == 400:
        remote[:50] = 1
    start = (BEGIN + hour * HOUR) // 1000 + rng.integers(0, 3600, count)
    # From the host's side to the other's, or the other way round.
    ends = [local.gather(host), far.gather(remote)]
    ports = [pl.Series(rng.integers(32768, 60999, count)).cast(pl.UInt16),
             pl.Series(np.where(remote == 0, 53, 443)).cast(pl.UInt16)]
    sent = pl.Series(outgoing)
    numbers = [f"{number:017x}" for number in range(HOSTS)]
    frame = pl.DataFrame({
        "time": start * 1000, "account_id": pl.repeat(ACCOUNT, count, eager=True),
        "interface_id": pl.Series([f"eni-{number}" for number in numbers]).gather(host),
        "srcaddr": ends[0].zip_with(sent, ends[1]), "dstaddr": ends[1].zip_with(sent, ends[0]),
        "srcport": ports[0].zip_with(sent, ports[1]), "dstport": ports[1].zip_with(sent, ports[0]),
        "packets": rng.integers(1, 200, count), "bytes": rng.integers(40, 100_000, count), "start": start,
        "end": start + 60, "instance_id": pl.Series([f"i-{number}" for number in numbers]).gather(host),
        "flow_direction": np.where(outgoing, "egress", "ingress")})
    return frame.sort("start").with_columns(
        protocol=pl.lit(6, pl.UInt8), region=pl.lit("eu-west-1"), vpc_id=pl.lit("vpc-0123456789abcdef0"),
        action=pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.lit("REJECT")).otherwise(pl.lit("ACCEPT")),
        object=pl.lit(f"s3://logs/AWSLogs/{ACCOUNT}/flows-{hour}.log.gz"), object_version=pl.lit("v1"),
        position=pl.int_range(pl.len(), dtype=pl.UInt32))


def _calls(rng: np.random.Generator, hour: int, count: int) -> pl.DataFrame:
    who = rng.zipf(1.5, count) % PRINCIPALS
    names = [("ec2", "DescribeInstances"), ("s3", "GetObject"), ("s3", "PutObject"), ("sts", "AssumeRole"),
             ("kms", "Decrypt"), ("iam", "ListUsers"), ("lambda", "Invoke"), ("logs", "PutLogEvents")]
    what = rng.integers(0, len(names), count)
    times = BEGIN + hour * HOUR + np.sort(rng.integers(0, HOUR, count))
    agents = np.where(rng.random(count) < 1e-4, 99, rng.integers(0, 20, count))
    numbers = rng.integers(0, 1 << 62, (count, 2)).tolist()
    return pl.DataFrame({
        "time": times, "account": [ACCOUNT] * count, "region": ["eu-west-1"] * count,
        "event_source": [f"{names[one][0]}.amazonaws.com" for one in what],
        "event_name": [names[one][1] for one in what],
        "event_id": [f"{a:016x}{b:016x}" for a, b in numbers], "principal_type": ["IAMUser"] * count,
        "principal_id": [f"AIDA{one:016}" for one in who],
        "principal_arn": [f"arn:aws:iam::{ACCOUNT}:user/user-{one}" for one in who],
        "principal_account": [ACCOUNT] * count, "user_name": [f"user-{one}" for one in who],
        "access_key_id": [f"AKIA{one:016}" for one in who],
        "source_ip": [f"203.0.113.{one % 250}" for one in who], "user_agent": [f"tool/{one}" for one in agents],
        "error_code": [None if one else "AccessDenied" for one in rng.integers(0, 30, count)],
        "request": [f'{{"bucketName": "bucket-{a % 300}", "key": "data/{b % 100_000_007}/part-{a % 1009}.parquet"}}'
                    for a, b in numbers],
        "object": [f"s3://logs/AWSLogs/{ACCOUNT}/calls-{hour}.json.gz"] * count, "object_version": ["v1"] * count,
        "position": np.arange(count, dtype=np.uint32)})


if __name__ == "__main__":
    main()
