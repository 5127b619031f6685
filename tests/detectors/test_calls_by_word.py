"""What single words in a record mean: the system in a user agent, looking around or taking, S3's acts."""

from __future__ import annotations

from typing import Any

import pytest

from vedette.detectors.api.listed_callers import looks_around
from vedette.detectors.api.pentest_distributions import system_of
from vedette.detectors.s3_calls import S3Act, is_s3_data, s3_act
from vedette.logs.cloudtrail import ApiCall, from_object


@pytest.mark.parametrize(("system", "agent"), [
    ("kali", "aws-cli/1.18.69 Python/3.8.5 Linux/5.7.0-kali1-amd64 botocore/1.16.19"),
    ("kali", "aws-cli/2.9.19 Python/3.11.2 Linux/6.12.25-amd64 source/x86_64.kali.2023 prompt/off"),
    ("kali", "[Boto3/1.9.1 Python/3.7.4 Linux/5.2.0-kali2-amd64 Botocore/1.12.1]"),
    ("kali", "aws-sdk-java/1.11.590 Linux/5.10.0-kali7-amd64 OpenJDK_64-Bit_Server_VM/25.212-b03 java/1.8.0_212"),
    ("kali", "Boto3/1.34.0 md/Botocore#1.34.0 ua/2.0 os/linux#6.6.9+kali-amd64 md/arch#x86_64 lang/python#3.11.8"),
    ("kali", "aws-cli/2.22.0 md/awscrt#0.23.1 ua/2.0 os/linux#6.11.2-amd64 md/arch#x86_64 md/distrib#kali.2024"),
    ("kali", "aws-sdk-dotnet-coreclr/3.7 ua/2.0 os/Kali_GNU/Linux_Rolling#2023.1 md/ARCH#X64 lang/.NET_Core#6.0.0"),
    ("kali", "AWSPowerShell.Common/4.1.2 .NET_Core/6.0.0 OS/Linux_5.14.0-kali4-amd64_#1_SMP PowerShellCore/7.2"),
    ("parrot", "aws-cli/2.1.22 Python/3.7.3 Linux/5.10.0-6parrot1-amd64 exe/x86_64.parrot.4 prompt/off"),
    ("pentoo", "aws-cli/1.19.1 Python/3.8.8 Linux/5.11.0-pentoo botocore/1.20.1"),
    ("", "aws-cli/2.17.32 md/awscrt#0.21.2 ua/2.0 os/linux#6.8.0-1014-generic md/distrib#ubuntu.24"),
    ("", "kali/1.0 Boto3/1.35.20 os/linux#6.1.109"),
    ("", "Boto3/1.35.20 os/linux#6.1.0 app/kali-tools"),
    ("", "Boto3/1.35.20 os/linux#6.1.0-kalibrated-amd64"),
    ("", "aws-cli/2.1.22 Python/3.7.3 Linux/5.10.0 exe/x86_64.amzn.2 prompt/off command/kali.list"),
    ("", "Parrot-Anafi/1.7 aws-sdk-go-v2/1.30.4 os/linux lang/go#1.22.6"),
    ("", "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0"),
    ("", ""),
])
def test_a_user_agent_names_a_system_only_where_it_names_its_system(system: str, agent: str) -> None:
    assert system_of(agent) == system


def test_a_hostile_user_agent_names_none() -> None:
    assert system_of("os/linux#" * 100_000) == ""
    assert system_of("exe/" + "x" * 1_000_000) == ""


def _call(source: str, name: str, **more: Any) -> ApiCall:
    return from_object({"eventTime": "2026-03-02T09:00:00Z", "eventSource": source, "eventName": name, **more})


@pytest.mark.parametrize(("looks", "source", "name", "more"), [
    (True, "iam.amazonaws.com", "ListUsers", {"readOnly": True}),
    (True, "ec2.amazonaws.com", "DescribeInstances", {}),
    (True, "sts.amazonaws.com", "GetCallerIdentity", {"readOnly": True}),
    (False, "secretsmanager.amazonaws.com", "GetSecretValue", {"readOnly": True}),
    (False, "ssm.amazonaws.com", "GetParametersByPath", {"readOnly": True}),
    (False, "ec2.amazonaws.com", "GetPasswordData", {"readOnly": True}),
    (False, "sts.amazonaws.com", "AssumeRole", {"readOnly": True}),
    (False, "kms.amazonaws.com", "Decrypt", {"readOnly": True}),
    (False, "ec2.amazonaws.com", "RunInstances", {"readOnly": False}),
    (False, "signin.amazonaws.com", "ConsoleLogin", {"readOnly": False}),
    (False, "example.amazonaws.com", "ListAndDelete", {"readOnly": False}),
])
def test_looking_around_takes_nothing(looks: bool, source: str, name: str, more: dict[str, Any]) -> None:
    assert looks_around(_call(source, name, **more)) is looks


@pytest.mark.parametrize(("data", "source", "name", "more"), [
    (True, "s3.amazonaws.com", "GetObject", {"eventCategory": "Data"}),
    (True, "s3.amazonaws.com", "GetObject", {"managementEvent": False}),
    (True, "s3.amazonaws.com", "GetObject", {}),
    (False, "s3.amazonaws.com", "ListBuckets", {}),
    (False, "s3.amazonaws.com", "PutBucketPolicy", {"eventCategory": "Management", "managementEvent": True}),
    (False, "dynamodb.amazonaws.com", "GetItem", {"eventCategory": "Data"}),
])
def test_s3_data_events_are_told(data: bool, source: str, name: str, more: dict[str, Any]) -> None:
    assert is_s3_data(_call(source, name, **more)) is data


@pytest.mark.parametrize(("act", "name"), [
    (S3Act.DISCOVERY, "ListObjects"), (S3Act.DISCOVERY, "HeadObject"), (S3Act.DISCOVERY, "GetObjectAcl"),
    (S3Act.EXFILTRATION, "GetObject"), (S3Act.EXFILTRATION, "CopyObject"),
    (S3Act.EXFILTRATION, "SelectObjectContent"), (S3Act.IMPACT, "PutObject"), (S3Act.IMPACT, "DeleteObjects"),
    (S3Act.IMPACT, "PutObjectAcl"),
])
def test_s3_acts(act: S3Act, name: str) -> None:
    assert s3_act(_call("s3.amazonaws.com", name)) is act
