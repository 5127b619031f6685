"""What an estate consists of: accounts, networks, machines, people, and the addresses they work from."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vedette.simulate.addresses import ACCOUNT, REGION, VPC
from vedette.simulate.identifiers import hex_id
from vedette.simulate.network import Instance, described, instance

ACCOUNTS = {
    "prod": ACCOUNT, "staging": "222233334444", "data": "333344445555", "shared": "555566667777",
    "security": "666677778888",
}
_SECOND_REGION = {"prod": "eu-west-1", "data": "eu-west-1"}
_PUBLIC = {"us-east-1": "52.20", "eu-west-1": "52.208"}
"""Where EC2's Elastic IP addresses in a Region begin."""

_MACHINES = {"web": 4, "app": 8, "worker": 6, "db": 2, "monitor": 1, "bastion": 1}
"""Machines of each kind in a network."""
_ON_THE_INTERNET = frozenset({"web", "bastion"})

_CITIES = (
    # hours from UTC, where the office's and the homes' addresses begin (consumer and business ISPs)
    (0, "81.2.69", "86.134"), (1, "82.64.110", "90.35"), (1, "80.187.64", "91.12"), (-5, "71.190.200", "73.142"),
    (-8, "50.233.46", "76.126"), (9, "126.74.12", "126.209"),
)
_FIRST = ("ada", "ben", "chloe", "dev", "elif", "femi", "grace", "hugo", "ines", "jun", "kofi", "lena", "marco",
          "nadia", "otto", "priya", "quinn", "rosa", "sven", "tara", "umar", "vera", "wei", "xenia", "yuki", "zoe",
          "arjun", "bianca", "cyrus", "dalia")
_LAST = ("moreau", "okafor", "lindgren", "tanaka", "schmidt", "rossi")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, what it is for, and the NAT gateway that it reaches the internet by if it has no address."""

    host: Instance
    kind: str
    role: str


@dataclass(frozen=True, slots=True)
class Network:
    """A VPC."""

    name: str
    account: str
    region: str
    vpc: str
    prefix: str
    """``10.1``: the first half of its addresses."""
    machines: tuple[Machine, ...]
    nat: Instance
    endpoint: str
    """The id of its VPC endpoint for S3."""

    def of(self, kind: str) -> list[Machine]:
        """Its machines of a kind."""
        return [machine for machine in self.machines if machine.kind == kind]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here."""

    email: str
    user: str
    utc_offset: int
    office: str
    home: str
    accounts: tuple[str, ...]
    permission_set: str
    iam_user: bool
    """Has a user in IAM, and not an SSO account only."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The estate."""

    networks: tuple[Network, ...]
    people: tuple[Person, ...]

    def inventory(self) -> Mapping[str, Any]:
        """The describe calls of each account and Region, by file name."""
        documents: dict[str, Any] = {}
        for network in self.networks:
            hosts = [machine.host for machine in network.machines]
            place = f"{network.account}-{network.region}"
            documents[f"{place}-describe-instances"] = described(*hosts)["describe-instances"]
            documents[f"{place}-describe-addresses"] = {"Addresses": [
                _elastic(host) for host in (*hosts, network.nat) if host.public_ip
            ]}
            documents[f"{place}-describe-nat-gateways"] = {"NatGateways": [{
                "NatGatewayId": network.nat.instance_id, "VpcId": network.vpc, "SubnetId": network.nat.subnet,
                "State": "available", "ConnectivityType": "public", "NatGatewayAddresses": [{
                    "AllocationId": hex_id("eipalloc-", network.nat.public_ip),
                    "NetworkInterfaceId": network.nat.interface, "PrivateIp": network.nat.private_ip,
                    "PublicIp": network.nat.public_ip, "IsPrimary": True, "Status": "succeeded",
                }],
            }]}
        return documents


def plan(seed: int) -> Plan:
    """The estate of a seed."""
    rng = random.Random(f"plan/{seed}")  # noqa: S311 - nothing here is secret
    places = [(name, account, REGION) for name, account in ACCOUNTS.items()]
    places += [(name, ACCOUNTS[name], region) for name, region in _SECOND_REGION.items()]
    networks = tuple(
        _network(number + 1, name, account, region, rng) for number, (name, account, region) in enumerate(places)
    )
    return Plan(networks, tuple(_person(number, rng) for number in range(len(_FIRST))))


def _network(number: int, name: str, account: str, region: str, rng: random.Random) -> Network:
    vpc = VPC if number == 1 else hex_id("vpc-", account, region)
    prefix = f"10.{number}"
    machines: list[Machine] = []
    for subnet, (kind, count) in enumerate(_MACHINES.items()):
        machines += [
            Machine(instance(
                hex_id("i-", name, region, kind, place), private_ip=f"{prefix}.{subnet}.{20 + place}",
                public_ip=_elastic_address(number, subnet + place, region, rng)
                if kind in _ON_THE_INTERNET else None,
                account=account, region=region, vpc=vpc, subnet=hex_id("subnet-", account, region, kind),
                name=f"{name}-{kind}-{place}",
            ), kind, f"{name}-{kind}")
            for place in range(count)
        ]
    nat = instance(
        hex_id("nat-", name, region), private_ip=f"{prefix}.0.9",
        public_ip=_elastic_address(number, 15, region, rng), account=account, region=region, vpc=vpc,
        subnet=hex_id("subnet-", account, region, "web"), name=f"{name}-nat",
    )
    return Network(
        name, account, region, vpc, prefix, tuple(machines), nat, hex_id("vpce-", account, region, "s3")
    )


def _elastic_address(number: int, place: int, region: str, rng: random.Random) -> str:
    return f"{_PUBLIC[region]}.{number * 16 + place}.{rng.randrange(1, 255)}"


def _elastic(host: Instance) -> dict[str, Any]:
    return {
        "PublicIp": host.public_ip, "AllocationId": hex_id("eipalloc-", host.public_ip), "Domain": "vpc",
        "AssociationId": hex_id("eipassoc-", host.public_ip), "NetworkInterfaceId": host.interface,
        "NetworkInterfaceOwnerId": host.account, "PrivateIpAddress": host.private_ip,
    }


def _person(number: int, rng: random.Random) -> Person:
    offset, office, home = _CITIES[number % len(_CITIES)]
    name = f"{_FIRST[number]}.{rng.choice(_LAST)}"
    return Person(
        email=f"{name}@corp.example", user=name, utc_offset=offset, office=f"{office}.{number % 3 + 10}",
        home=f"{home}.{rng.randrange(1, 250)}.{rng.randrange(2, 250)}",
        accounts=tuple(rng.sample(sorted(ACCOUNTS.values()), k=2)),
        permission_set=rng.choice(("Developer", "Developer", "ReadOnly", "DataEngineer", "Operations")),
        iam_user=number % 5 == 0,
    )
