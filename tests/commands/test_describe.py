"""`--describe-region` asks AWS itself (moto's server over HTTP) what the logs' instances are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.aws import aws_over_http
from vedette import cli
from vedette.simulate import OUTSIDE, Given, instance, story

REGION = "us-east-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    with aws_over_http() as url:
        for name, value in {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
                            "AWS_DEFAULT_REGION": REGION, "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
            monkeypatch.setenv(name, value)
        yield url


def test_an_instance_is_described_by_aws_and_the_answer_is_kept(
    aws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=aws)
    launched = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, TagSpecifications=[
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "payments"}]}])["Instances"][0]
    interface = launched["NetworkInterfaces"][0]
    host = instance(launched["InstanceId"], interface=interface["NetworkInterfaceId"],
                    private_ip=interface["PrivateIpAddress"])
    story("a ping", host.pings(OUTSIDE), given=Given(threat_ips=(OUTSIDE,))).render().save(tmp_path)

    def scanned() -> dict:
        with pytest.raises(SystemExit) as ended:
            cli.main(["scan", str(tmp_path / "logs"), "--threat-list", str(tmp_path / "lists/threat-ips.txt"),
                      "--describe-region", REGION, "--format", "jsonl"])
        assert ended.value.code == 0
        return json.loads(capsys.readouterr().out)["resource"]["instanceDetails"]

    first = scanned()
    assert first["instanceId"] == launched["InstanceId"]
    assert {"key": "Name", "value": "payments"} in first["tags"]
    ec2.terminate_instances(InstanceIds=[launched["InstanceId"]])
    assert scanned() == first, "AWS is not asked again within six hours"
