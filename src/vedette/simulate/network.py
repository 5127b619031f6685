"""Machines in a VPC: whom they talk to, who talks to them, and which names they look up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vedette.logs.kinds import LogKind
from vedette.simulate.addresses import ACCOUNT, REGION, SUBNET, VPC
from vedette.simulate.events import Event
from vedette.simulate.flow_rows import FLOW_V2, FLOW_V5, Conversation
from vedette.simulate.identifiers import hex_id, uuid

__all__ = [
    "FLOW_V2", "FLOW_V5", "Instance", "described", "described_addresses", "described_functions", "function", "instance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A machine behind one network interface. Its log names it by the interface and the private address."""

    instance_id: str
    interface: str
    private_ip: str
    public_ip: str | None
    ipv6: str | None
    account: str
    region: str
    vpc: str
    subnet: str
    name: str

    def connects_to(
        self, ip: str, port: int, *, protocol: str = "tcp", accepted: bool = True, answered: bool = True,
        refused: bool = False, packets: int | None = None, bytes: int | None = None,  # noqa: A002
        reply_packets: int | None = None, reply_bytes: int | None = None, local_port: int | None = None,
        connections: int = 1, spread: float = 30.0, duration: float = 4.0, at: float | None = None,
        after: float = 1.0,
    ) -> list[Event]:
        """The machine opens connections to a remote host.

        ``accepted=False``: a security group or network ACL of its own dropped them (one REJECT row, no
        reply). ``answered=False``: nothing came back. ``refused``: an RST came back. ``packets`` and
        ``bytes`` are what one connection sends, the ``reply_`` ones what it gets. ``connections`` begin
        within ``spread`` seconds.
        """
        return self._talks(
            ip, protocol, started_by_host=True, remote_port=port, local_port=local_port or 0,
            accepted=accepted, answered=answered, refused=refused,
            sizes=(packets, bytes, reply_packets, reply_bytes), connections=connections, spread=spread,
            duration=duration, at=at, after=after,
        )

    def is_contacted_by(
        self, ip: str, port: int, *, protocol: str = "tcp", accepted: bool = True, answered: bool = True,
        refused: bool = False, packets: int | None = None, bytes: int | None = None,  # noqa: A002
        reply_packets: int | None = None, reply_bytes: int | None = None, remote_port: int | None = None,
        connections: int = 1, spread: float = 30.0, duration: float = 4.0, at: float | None = None,
        after: float = 1.0,
    ) -> list[Event]:
        """A remote host opens connections to this machine's ``port``; the rest as `connects_to`, reversed."""
        return self._talks(
            ip, protocol, started_by_host=False, remote_port=remote_port or 0, local_port=port,
            accepted=accepted,
            answered=answered, refused=refused, sizes=(packets, bytes, reply_packets, reply_bytes),
            connections=connections, spread=spread, duration=duration, at=at, after=after,
        )

    def pings(
        self, ip: str, *, accepted: bool = True, answered: bool = True, packets: int = 4,
        connections: int = 1,
        spread: float = 30.0, at: float | None = None, after: float = 1.0,
    ) -> list[Event]:
        """The machine sends ICMP echo requests of 84 bytes."""
        return self._talks(
            ip, "icmpv6" if ":" in ip else "icmp", started_by_host=True, remote_port=0, local_port=0,
            accepted=accepted, answered=answered, refused=False,
            sizes=(packets, packets * 84, packets, packets * 84), connections=connections, spread=spread,
            duration=4.0, at=at, after=after,
        )

    def flow(self, *, at: float | None = None, after: float = 1.0, **row: Any) -> Event:
        """One raw row of this interface's log, by AWS's field names in snake_case.

        ``start`` and ``end`` are seconds from the event's own moment (0 and 5 by default). Fields of the
        interface are filled in; ``log_status="NODATA"`` makes such a row.
        """
        return Event(LogKind.VPC_FLOW, at, {"host": self, "row": row}, after)

    def resolves(
        self, name: str, qtype: str = "A", answers: Sequence[str | tuple[str, str]] = ("52.216.10.4",),
        rcode: str = "NOERROR", *, transport: str = "UDP", port: int | None = None, at: float | None = None,
        after: float = 1.0, **fields: Any,
    ) -> Event:
        """The machine looks a name up with the VPC's resolver.

        An answer is data whose type is plain to see (an address, else a CNAME; TXT, MX, … as ``qtype`` says),
        or (type, data). ``fields`` are further ones of the record: ``firewall_rule_action="BLOCK"``.
        """
        return Event(LogKind.DNS, at, {
            "host": self, "name": name, "qtype": qtype, "answers": answers if rcode == "NOERROR" else (),
            "rcode": rcode, "transport": transport, "port": port, "more": fields,
        }, after)

    def address_like(self, remote: str) -> str:
        """The machine's own address in the family of ``remote``."""
        if ":" not in remote:
            return self.private_ip
        if self.ipv6 is None:
            raise ValueError(f"{self.instance_id} has no IPv6 address to talk to {remote} with")
        return self.ipv6

    def _talks(
        self, ip: str, protocol: str, *, started_by_host: bool, remote_port: int, local_port: int,
        accepted: bool, answered: bool, refused: bool,
        sizes: tuple[int | None, int | None, int | None, int | None],
        connections: int, spread: float, duration: float, at: float | None, after: float,
    ) -> list[Event]:
        packets, size, reply_packets, reply_size = sizes
        packets = (12 if answered and accepted else 1) if packets is None else packets
        size = packets * (180 if answered and accepted else 60) if size is None else size
        reply_packets = (max(packets - 2, 1) if answered else 1) if reply_packets is None else reply_packets
        reply_size = reply_packets * (420 if answered else 40) if reply_size is None else reply_size
        return [Event(LogKind.VPC_FLOW, at, {"host": self, "conversation": Conversation(
            host=self, remote=ip, remote_port=remote_port, local_port=local_port, protocol=protocol,
            started_by_host=started_by_host, accepted=accepted, answered=answered and not refused,
            refused=refused,
            packets=packets, bytes=size, reply_packets=reply_packets, reply_bytes=reply_size,
            connections=connections, spread=spread, duration=duration,
        )}, after)]


def instance(
    instance_id: str, *, interface: str | None = None, private_ip: str = "10.0.1.5",
    public_ip: str | None = None,
    ipv6: str | None = None, account: str = ACCOUNT, region: str = REGION, vpc: str = VPC,
    subnet: str = SUBNET,
    name: str = "",
) -> Instance:
    """A machine. Its interface's id follows from its own unless given."""
    return Instance(
        instance_id=instance_id, interface=interface or hex_id("eni-", instance_id), private_ip=private_ip,
        public_ip=public_ip, ipv6=ipv6, account=account, region=region, vpc=vpc, subnet=subnet, name=name,
    )


def function(
    name: str, *, private_ip: str = "10.0.1.90", account: str = ACCOUNT, region: str = REGION, vpc: str = VPC,
    subnet: str = SUBNET,
) -> Instance:
    """A Lambda function in a VPC, by its interface: in logs that name instances it has none."""
    return Instance(
        instance_id="-", interface=hex_id("eni-", "function", name), private_ip=private_ip, public_ip=None, ipv6=None,
        account=account, region=region, vpc=vpc, subnet=subnet, name=name,
    )


def described_functions(*functions: Instance, sharing: Sequence[str] = ()) -> Mapping[str, Any]:
    """What a story is given when the inventory has these functions: what ``describe-network-interfaces`` and
    ``list-functions`` print. Those in ``sharing`` use the interface of the first."""
    first = functions[0]
    names = [*((one.name, one) for one in functions), *((name, first) for name in sharing)]
    return {
        "describe-network-interfaces": {"NetworkInterfaces": [{
            "NetworkInterfaceId": one.interface, "OwnerId": one.account, "InterfaceType": "lambda",
            "Status": "in-use", "RequesterManaged": False, "PrivateIpAddress": one.private_ip,
            "Description": f"AWS Lambda VPC ENI-{one.name}-{uuid('eni', one.name)}", "SubnetId": one.subnet,
            "VpcId": one.vpc, "AvailabilityZone": f"{one.region}a",
            "Groups": [{"GroupId": hex_id("sg-", one.name), "GroupName": one.name}],
        } for one in functions]},
        "list-functions": {"Functions": [{
            "FunctionName": name, "FunctionArn": f"arn:aws:lambda:{one.region}:{one.account}:function:{name}",
            "Runtime": "python3.12", "Role": f"arn:aws:iam::{one.account}:role/{name}-role", "Handler": "main.handler",
            "Description": f"Does {name}", "LastModified": "2026-01-20T10:11:12.000+0000", "Version": "$LATEST",
            "RevisionId": uuid("revision", name), "VpcConfig": {
                "SubnetIds": [one.subnet], "SecurityGroupIds": [hex_id("sg-", one.name)], "VpcId": one.vpc},
        } for name, one in names]},
    }


def described(*machines: Instance) -> Mapping[str, Any]:
    """What a story is given when the inventory has these machines: what ``describe-instances`` prints."""
    return {"describe-instances": {"Reservations": [_reservation(machine) for machine in machines]}}


def described_addresses(*addresses: str, account: str = ACCOUNT) -> Mapping[str, Any]:
    """What a story is given when these are all of an account's Elastic IP addresses."""
    return {"describe-addresses": {"Addresses": [
        {
            "PublicIp": address, "AllocationId": hex_id("eipalloc-", address), "Domain": "vpc",
            "NetworkInterfaceOwnerId": account, "NetworkInterfaceId": hex_id("eni-", "eip", address),
            "AssociationId": hex_id("eipassoc-", address),
        }
        for address in addresses
    ]}}


def _reservation(machine: Instance) -> dict[str, Any]:
    interface: dict[str, Any] = {
        "NetworkInterfaceId": machine.interface, "OwnerId": machine.account, "Status": "in-use",
        "PrivateIpAddress": machine.private_ip,
        "PrivateDnsName": f"ip-{machine.private_ip.replace('.', '-')}.ec2.internal",
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": machine.private_ip}],
        "SubnetId": machine.subnet, "VpcId": machine.vpc, "Groups": [
            {"GroupId": hex_id("sg-", machine.vpc), "GroupName": "default"}
        ],
        "Ipv6Addresses": [{"Ipv6Address": machine.ipv6}] if machine.ipv6 else [],
    }
    described: dict[str, Any] = {
        "InstanceId": machine.instance_id, "ImageId": hex_id("ami-", machine.account),
        "InstanceType": "t3.medium",
        "LaunchTime": "2026-02-11T08:14:02+00:00", "State": {"Code": 16, "Name": "running"},
        "Placement": {"AvailabilityZone": f"{machine.region}a", "Tenancy": "default"},
        "PrivateIpAddress": machine.private_ip, "SubnetId": machine.subnet, "VpcId": machine.vpc,
        "NetworkInterfaces": [interface],
        "Tags": [{"Key": "Name", "Value": machine.name}] if machine.name else [],
    }
    if machine.public_ip:
        described["PublicIpAddress"] = machine.public_ip
        interface["Association"] = {"PublicIp": machine.public_ip, "IpOwnerId": "amazon"}
    return {
        "ReservationId": hex_id("r-", machine.instance_id), "OwnerId": machine.account,
        "Instances": [described],
    }
