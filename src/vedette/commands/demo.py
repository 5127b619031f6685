"""``vedette demo``: GuardDuty's two classic demonstrations, end to end, through a bucket and real files."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec

from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.engine.pipeline import Street
from vedette.errors import VedetteError
from vedette.findings.store import Store
from vedette.simulate.network import described, instance
from vedette.simulate.principals import instance_session
from vedette.simulate.story import Given, Story, every, story
from vedette.sources import open_source

LISTED = "9.9.77.140"
BADBOB = "81.2.69.142"

PING = "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom"
STOLEN = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"

_victim = instance("i-0a1b2c3d4e5f60001", private_ip="10.0.1.15", public_ip="54.210.33.12", name="victim")
_role = instance_session(_victim, role="web-app")
_given = Given(inventory=described(_victim))

_pings = story(
    "the instance pings a listed address", every(60, 5, lambda _: _victim.pings(LISTED, packets=6)), given=_given)
_at_home = story(
    "the role's session works on its own instance",
    _role.calls("s3", "ListBuckets"), _role.calls("ec2", "DescribeInstances"), given=_given)
_badbob = story(
    "badbob uses the same session from outside",
    _role.calls("s3", "ListBuckets", ip=BADBOB),
    [_role.calls(service, name, ip=BADBOB, error=error) for service, name, error in (
        ("iam", "GetUser", "AccessDenied"), ("iam", "ListUsers", "AccessDenied"), ("iam", "CreateUser", "AccessDenied"),
        ("dynamodb", "ListTables", None), ("ec2", "DescribeInstances", None), ("secretsmanager", "ListSecrets", None),
        ("sts", "GetCallerIdentity", None))],
    given=_given)


def demo(out: TextIO) -> int:
    """Play both, say what was found, and whether it is what had to be found. Returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="vedette-demo-") as folder, _bucket(out) as bucket:
        stage = _Stage(Path(folder), bucket, out)
        good = [_listed_address(stage, out), _stolen_credentials(stage, out)]
    print("Both demonstrations went as they must." if all(good) else "A demonstration did NOT go as it must.", file=out)
    return 0 if all(good) else 1


def _listed_address(stage: _Stage, out: TextIO) -> bool:
    print(f"\n(a) A threat list names one address, {LISTED}; an instance pings it.\n", file=out)
    listed = stage.put("lists/demo-threat-list.txt", f"{LISTED}\n".encode())
    found = stage.scan("a", _pings, threat_lists=[listed])
    _show(found, out)
    trusted = stage.put("lists/demo-trusted-list.txt", f"{LISTED}\n".encode())
    spared = stage.scan("a", _pings, threat_lists=[listed], trusted_lists=[trusted])
    print(f"  With {LISTED} on the trusted list as well: {len(spared)} findings.", file=out)
    return [one["type"] for one in found] == [PING] and not spared


def _stolen_credentials(stage: _Stage, out: TextIO) -> bool:
    print(f"\n(b) badbob, at {BADBOB}, uses the credentials of an instance's role.\n", file=out)
    silent = stage.scan("b-home", _at_home)
    print(f"  The session used from the instance itself: {len(silent)} findings.", file=out)
    found = stage.scan("b-away", _badbob)
    _show(found, out)
    return [one["type"] for one in found] == [STOLEN] and not silent


@dataclass(frozen=True, slots=True)
class _Bucket:
    name: str
    endpoint_url: str


class _Stage:
    """Where a demonstration plays: a bucket that holds logs and lists."""

    def __init__(self, folder: Path, bucket: _Bucket, out: TextIO) -> None:
        import boto3

        self._folder = folder
        self._bucket = bucket
        self._out = out
        self._s3 = boto3.client("s3", endpoint_url=bucket.endpoint_url)

    def put(self, key: str, content: bytes) -> str:
        """Put an object in the bucket; returns its location."""
        self._s3.put_object(Bucket=self._bucket.name, Key=key, Body=content)
        print(f"  put s3://{self._bucket.name}/{key}", file=self._out)
        return f"s3://{self._bucket.name}/{key}"

    def scan(
        self, prefix: str, told: Story, threat_lists: Sequence[str] = (), trusted_lists: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Put the story's logs below ``prefix``, scan them, and return the findings."""
        rendered = told.render()
        inventory = self._folder / f"{prefix}.json"
        for name, content in rendered.files.items():
            if name.startswith("logs/"):
                self._s3.put_object(Bucket=self._bucket.name, Key=f"{prefix}/{name}", Body=content)
            elif name.startswith("inventory/"):
                inventory.write_bytes(content)
        known, geo = gather(KnowledgeOptions(
            inventory=[inventory], threat_lists=threat_lists, trusted_lists=trusted_lists))
        source = open_source(f"s3://{self._bucket.name}/{prefix}/logs/", endpoint_url=self._bucket.endpoint_url)
        with Store.in_memory() as store:
            summary = Street(store, known, geo).run(source)
            records = ", ".join(f"{number} {kind} records" for kind, number in summary.records.items())
            print(f"  scanned {source.name}: {records}", file=self._out)
            return store.get(sorted(summary.changed))


def _show(findings: list[dict[str, Any]], out: TextIO) -> None:
    for one in findings:
        print(f"\n  {one['type']}  severity {one['severity']:g}  count {one['service']['count']}", file=out)
        print(f"  {one['title']}", file=out)
        print(f"  {one['description']}", file=out)
        print(f"  from {one['service']['eventFirstSeen']} to {one['service']['eventLastSeen']}", file=out)
        for group in ("resource", "service"):
            print(f"  {group}:", file=out)
            for line in msgspec.json.format(msgspec.json.encode(one[group]), indent=2).decode().splitlines()[1:-1]:
                print(f"    {line}", file=out)
        print(file=out)


@contextmanager
def _bucket(out: TextIO) -> Iterator[_Bucket]:
    """A bucket on this machine: moto's server stands in for S3, on loopback, for as long as the demonstration."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        raise VedetteError("needs moto to stand in for S3: pip install 'vedette[demo]'", where="demo") from None
    import boto3

    os.environ |= {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_DEFAULT_REGION": "us-east-1"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    endpoint_url = f"http://127.0.0.1:{port}"
    os.environ["AWS_ENDPOINT_URL"] = endpoint_url
    boto3.client("s3", endpoint_url=endpoint_url).create_bucket(Bucket="vedette-demo")
    print(f"A bucket stands at {endpoint_url}/vedette-demo (moto in place of S3).", file=out)
    try:
        yield _Bucket("vedette-demo", endpoint_url)
    finally:
        server.stop()
