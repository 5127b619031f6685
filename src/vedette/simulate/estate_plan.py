"""What an estate consists of: accounts, networks, machines, people, and the addresses they work from."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vedette.errors import VedetteError
from vedette.simulate.addresses import ACCOUNT, REGION, VPC
from vedette.simulate.identifiers import hex_id
from vedette.simulate.network import Instance, described, described_functions, function, instance

ACCOUNTS = {
    "prod": ACCOUNT, "staging": "222233334444", "data": "333344445555", "shared": "555566667777",
    "security": "666677778888",
}
_SECOND_REGION = {"prod": "eu-west-1", "data": "eu-west-1"}
_PUBLIC = {"us-east-1": "52.20", "eu-west-1": "52.208"}
"""Where EC2's Elastic IP addresses in a Region begin."""

_PUBLIC_6 = {"us-east-1": "2600:1f18:42", "eu-west-1": "2a05:d018:42"}

_MACHINES = {"web": 4, "app": 8, "worker": 6, "db": 2, "monitor": 1, "bastion": 1}
"""Machines of each kind in a network."""
_SPECIAL = (
    # in a company's estate: the network that has it, what it is for, how many
    ("prod", "stream", 1), ("prod", "media", 1), ("shared", "mail", 1), ("shared", "vpn", 1), ("data", "crawler", 1),
    ("shared", "ci", 2), ("shared", "resolver", 1), ("shared", "windows", 2), ("security", "scanner", 1),
    ("data", "backup", 1), ("staging", "load", 1),
)
_FUNCTIONS = ("orders", "reports")
"""Functions in each network."""
_ON_THE_INTERNET = frozenset({"web", "bastion", "stream", "media", "mail", "vpn", "crawler"})
_ROLES = 21
"""Roles at work in each network: of machines, functions, tasks, services, pipelines and the monitoring vendor."""
_MOST_ACCOUNTS = 12
"""Their networks have addresses of their own in EC2's ranges; there is no room for more."""

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
    functions: tuple[Instance, ...]
    """Lambda functions that work in it, by their interfaces."""

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
class Size:
    """How large a company's estate is."""

    accounts: int = 5
    principals: int = 200
    """People, and roles at work."""
    instances: int = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """The estate."""

    networks: tuple[Network, ...]
    people: tuple[Person, ...]

    def of(self, *kinds: str) -> list[Machine]:
        """The machines of these kinds in all networks."""
        return [machine for network in self.networks for machine in network.machines if machine.kind in kinds]

    def network(self, name: str) -> Network:
        """The network of that name, or the first."""
        return next((network for network in self.networks if network.name == name), self.networks[0])

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
            for call, document in described_functions(*network.functions).items():
                documents[f"{place}-{call}"] = document
        return documents


def plan(seed: int, size: Size | None = None) -> Plan:
    """The estate of a seed; with a ``size``, a company's, with machines for all that companies have machines for.

    Raises:
        VedetteError: there is no estate of that size.
    """
    rng = random.Random(f"plan/{seed}")  # noqa: S311 - nothing here is secret
    accounts = dict(ACCOUNTS)
    if size is not None:
        if not 1 <= size.accounts <= _MOST_ACCOUNTS:
            raise VedetteError(f"is {size.accounts}; an estate has 1 to {_MOST_ACCOUNTS} accounts", where="--accounts")
        accounts |= {f"team-{number}": f"7{number:03}88889999" for number in range(len(ACCOUNTS), size.accounts)}
        accounts = dict(list(accounts.items())[:size.accounts])
    places = [(name, account, REGION) for name, account in accounts.items()]
    places += [(name, accounts[name], region) for name, region in _SECOND_REGION.items() if name in accounts]
    machines = [_MACHINES] * len(places) if size is None else _machines_of(size, [name for name, _, _ in places])
    networks = tuple(
        _network(number + 1, name, account, region, kinds, rng)
        for number, ((name, account, region), kinds) in enumerate(zip(places, machines, strict=True))
    )
    people = len(_FIRST) if size is None else size.principals - _ROLES * len(places) - len(_SPECIAL)
    if people < 1:
        least = _ROLES * len(places) + len(_SPECIAL) + 1
        raise VedetteError(f"is too few: {len(places)} networks have {least - 1} roles at work; give {least} or more",
                           where="--principals")
    return Plan(networks, tuple(_person(number, sorted(accounts.values()), rng) for number in range(people)))


def _machines_of(size: Size, names: Sequence[str]) -> list[dict[str, int]]:
    """How many machines of each kind each network has."""
    special: list[dict[str, int]] = [{} for _ in names]
    for name, kind, count in _SPECIAL:
        special[names.index(name) if name in names else 0][kind] = count
    left = size.instances - sum(count for _, _, count in _SPECIAL)
    least = len(_MACHINES)
    if left < least * len(names):
        raise VedetteError(f"is too few: give {least * len(names) + size.instances - left} or more for "
                           f"{len(names)} networks", where="--instances")
    kinds = []
    for place, extra in enumerate(special):
        here = left // len(names) + (place < left % len(names))
        web = min(4, here // 4)
        worker = max(1, (here - web - 3) // 3)
        kinds.append({"web": web, "app": here - web - worker - 3, "worker": worker, "db": 1, "monitor": 1,
                      "bastion": 1, **extra})
    return kinds


def _network(
    number: int, name: str, account: str, region: str, kinds: Mapping[str, int], rng: random.Random
) -> Network:
    vpc = VPC if number == 1 else hex_id("vpc-", account, region)
    prefix = f"10.{number}"
    machines: list[Machine] = []
    subnets = [*_MACHINES, *(kind for _, kind, _ in _SPECIAL)]
    for kind, count in kinds.items():
        subnet = subnets.index(kind)
        machines += [
            Machine(instance(
                hex_id("i-", name, region, kind, place), private_ip=f"{prefix}.{subnet}.{20 + place}",
                public_ip=_elastic_address(number, subnet + place, region, rng)
                if kind in _ON_THE_INTERNET else None,
                ipv6=f"{_PUBLIC_6[region]}:{number:x}{subnet:02x}::{20 + place:x}" if kind not in _MACHINES else None,
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
    functions = tuple(
        function(f"{name}-{work}", private_ip=f"{prefix}.{len(subnets)}.{20 + place}", account=account, region=region,
                 vpc=vpc, subnet=hex_id("subnet-", account, region, "functions"))
        for place, work in enumerate(_FUNCTIONS))
    return Network(
        name, account, region, vpc, prefix, tuple(machines), nat, hex_id("vpce-", account, region, "s3"), functions)


def _elastic_address(number: int, place: int, region: str, rng: random.Random) -> str:
    return f"{_PUBLIC[region]}.{number * 16 + place}.{rng.randrange(1, 255)}"


def _elastic(host: Instance) -> dict[str, Any]:
    return {
        "PublicIp": host.public_ip, "AllocationId": hex_id("eipalloc-", host.public_ip), "Domain": "vpc",
        "AssociationId": hex_id("eipassoc-", host.public_ip), "NetworkInterfaceId": host.interface,
        "NetworkInterfaceOwnerId": host.account, "PrivateIpAddress": host.private_ip,
    }


def _person(number: int, accounts: Sequence[str], rng: random.Random) -> Person:
    offset, office, home = _CITIES[number % len(_CITIES)]
    generation, first = divmod(number, len(_FIRST))
    name = f"{_FIRST[first]}{generation + 1 if generation else ''}.{rng.choice(_LAST)}"
    return Person(
        email=f"{name}@corp.example", user=name, utc_offset=offset, office=f"{office}.{number % 3 + 10}",
        home=f"{home}.{rng.randrange(1, 250)}.{rng.randrange(2, 250)}",
        accounts=tuple(rng.sample(accounts, k=min(2, len(accounts)))),
        permission_set=rng.choice(("Developer", "Developer", "ReadOnly", "DataEngineer", "Operations")),
        iam_user=number % 5 == 0,
    )
