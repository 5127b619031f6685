"""A day's VPC flow logs of an estate at ordinary work, made column by column: millions of rows in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.simulate.delivery import BUCKET_MS
from vedette.simulate.estate_plan import Network, Plan
from vedette.simulate.flow_rows import FIN, FLOW_V5, PROTOCOLS, SYN, SYN_ACK, format_version
from vedette.simulate.network import Instance

Ints = npt.NDArray[Any]
"""Whole numbers, or truth values, one for each row."""
Floats = npt.NDArray[np.float64]

HOUR = 3_600_000

TCP, UDP, ICMP = PROTOCOLS["tcp"], PROTOCOLS["udp"], PROTOCOLS["icmp"]

CLIENT_HEADS = (
    "24.16", "67.180", "73.92", "98.207", "108.28", "174.44", "71.58", "86.141", "90.112", "79.201", "93.40", "151.38",
    "109.150", "126.88", "153.201", "121.94", "187.22", "189.60", "201.17", "122.163", "117.201", "49.207", "124.170",
)
"""Where the web servers' clients are: consumer networks of the world."""
_CLIENTS = 20_000
_SCANNER_HEADS = ("45.66", "77.83", "91.191", "176.65", "185.196", "194.165", "195.178")
"""Where the internet's background noise comes from (hosting companies); the security groups drop it."""
_SCANNERS = 600
_SCANNED_PORTS = (22, 23, 25, 445, 1080, 1433, 2375, 3389, 5060, 5555, 5900, 6379, 8080, 8443, 9200, 11211, 27017)
_SERVICES = (
    # AWS's own endpoints, package mirrors and the services of others that software of every kind calls
    *(f"52.216.{n}.{n * 3 % 250 + 1}" for n in range(8, 40)), *(f"52.94.{n}.{n * 7 % 250 + 1}" for n in range(10, 30)),
    *(f"151.101.{n}.67" for n in (1, 65, 129, 193)), "140.82.112.4", "140.82.113.22", "185.199.108.133",
    "104.16.132.229", "104.18.32.7", "34.107.236.155", "3.233.151.18", "18.64.79.22", "99.86.38.11",
)

_KINDS = (
    # how many of a thousand conversations are of each kind
    ("client", 300), ("service", 249), ("through-nat", 90), ("database", 190), ("scrape", 60), ("noise", 75),
    ("time", 15), ("ping", 5), ("shell", 2), ("administration", 1), ("silence", 13),
)
_ROWS = {"client": 2, "service": 2, "through-nat": 6, "database": 4, "scrape": 4, "noise": 1, "time": 2, "ping": 2,
         "shell": 2, "administration": 2, "silence": 1}
"""Rows that one conversation of a kind leaves in the logs of all the interfaces that it passes."""

_SHELLS = 60
"""Conversations by SSH in an hour, at most, however many rows are asked for: people do not type faster."""

_DAY = np.array([3, 2, 2, 2, 2, 2, 3, 4, 6, 8, 9, 9, 8, 9, 10, 10, 10, 9, 8, 7, 6, 6, 5, 4], dtype=float)
"""How busy the hours of a day (UTC) are."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows as columns: for each, interfaces by number, addresses by number in one pool."""

    interface: Ints
    source: Ints
    target: Ints
    source_port: Ints
    target_port: Ints
    protocol: Ints
    packets: Ints
    size: Ints
    start: Ints
    length: Ints
    accepted: Ints
    flags: Ints
    outgoing: Ints
    packet_source: Ints
    packet_target: Ints
    """The ends that the packet itself names: others than source and target inside a NAT gateway."""
    silent: Ints
    """0: a flow, 1: NODATA, 2: SKIPDATA."""


def flows_by_object(
    plan: Plan, start: int, hours: int, count: int, seed: int, fields: Sequence[str]
) -> Iterator[tuple[Network, int, pl.DataFrame]]:
    """Exactly ``count`` rows, as (network, start of the five minutes in ms, rows with columns ``fields``)."""
    made = _Maker(plan)
    edges = np.round(count * np.cumsum(np.resize(_DAY, hours)) / np.resize(_DAY, hours).sum()).astype(int)
    for hour, quota in enumerate(np.diff(edges, prepend=0)):
        if quota:
            rng = np.random.default_rng([seed, 2, hour])
            yield from made.hour(rng, start + hour * HOUR, int(quota), fields)


class _Maker:
    """The estate's interfaces and addresses as numbers, and rows of them."""

    def __init__(self, plan: Plan) -> None:
        self.networks = plan.networks
        hosts: list[Instance] = []
        self.pool: list[str] = []
        self.by_network: list[dict[str, Ints]] = []
        self.nats: list[int] = []
        for network in plan.networks:
            kinds: dict[str, list[int]] = {}
            for machine in network.machines:
                kinds.setdefault(machine.kind, []).append(len(hosts))
                hosts.append(machine.host)
            self.nats.append(len(hosts))
            hosts.append(network.nat)
            self.by_network.append({kind: np.array(numbers) for kind, numbers in kinds.items()})
        self.hosts = hosts
        self.network_of = np.array([
            number for number, network in enumerate(plan.networks) for _ in range(len(network.machines) + 1)
        ])
        self.own = self._add([host.private_ip for host in hosts])
        rng = np.random.default_rng(7)
        self.clients = self._add(_addresses(rng, CLIENT_HEADS, _CLIENTS))
        self.scanners = self._add(_addresses(rng, _SCANNER_HEADS, _SCANNERS))
        self.services = self._add(list(_SERVICES))
        self.clocks = self._add(["162.159.200.1", "216.239.35.0", "129.6.15.28"])
        self.offices = self._add(sorted({person.office for person in plan.people}))
        self.addresses = pl.Series("address", self.pool, dtype=pl.String)

    def hour(
        self, rng: np.random.Generator, begin: int, quota: int, fields: Sequence[str]
    ) -> Iterator[tuple[Network, int, pl.DataFrame]]:
        """The rows of the hour that begins at ``begin``, in the objects that deliver them."""
        rows_of_thousand = sum(share * _ROWS[kind] for kind, share in _KINDS)
        sizes = {kind: quota * share // rows_of_thousand + 1 for kind, share in _KINDS}
        for kind in ("shell", "administration"):
            sizes["service"] += max(0, sizes[kind] - _SHELLS)
            sizes[kind] = min(sizes[kind], _SHELLS)
        blocks = [
            block for kind, size in sizes.items() for block in self._conversations(rng, kind, size, begin // 1000)
        ]
        columns = {
            name: np.concatenate([getattr(block, name) for block in blocks]) for name in _Block.__slots__
        }
        kept = np.sort(rng.permutation(columns["start"].size)[:quota])
        columns = {name: values[kept] for name, values in columns.items()}
        five = columns["start"] // (BUCKET_MS // 1000)
        network = self.network_of[columns["interface"]]
        order = np.lexsort((columns["start"], five, network))
        frame = self._frame({name: values[order] for name, values in columns.items()}, fields)
        group = network[order] * 10**9 + five[order]
        edges = np.concatenate(([0], np.flatnonzero(np.diff(group)) + 1, [group.size]))
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            number, slot = divmod(int(group[first]), 10**9)
            yield self.networks[number], slot * BUCKET_MS, frame.slice(first, last - first)

    def _conversations(
        self, rng: np.random.Generator, kind: str, n: int, begin: int
    ) -> Iterator[_Block]:
        """``n`` conversations of a kind, spread over the networks (the first is the busiest)."""
        places = rng.choice(len(self.networks), size=n, p=_shares(len(self.networks)))
        near = np.empty(n, dtype=np.int64)
        far = np.empty(n, dtype=np.int64)
        user = {"client": ("web",), "service": ("web", "bastion"), "through-nat": ("app", "worker"),
                "database": ("app", "worker"), "scrape": ("monitor",), "noise": ("web", "bastion"),
                "time": ("web", "bastion"), "ping": ("monitor",), "shell": ("bastion",), "administration": ("bastion",),
                "silence": ("db", "app")}[kind]
        peer = {"database": ("db",), "scrape": ("web", "app", "worker", "db"), "ping": ("app",),
                "shell": ("app",)}.get(kind, ())
        for number, kinds in enumerate(self.by_network):
            here = np.flatnonzero(places == number)
            near[here] = rng.choice(np.concatenate([kinds[name] for name in user]), size=here.size)
            if peer:
                far[here] = rng.choice(np.concatenate([kinds[name] for name in peer]), size=here.size)
        start = begin + rng.integers(0, 3600, size=n)
        high = rng.integers(32768, 61000, size=n)
        if kind == "client":
            # A few clients come often and most seldom.
            far = self.clients[(_CLIENTS * rng.random(n) ** 3).astype(int)]
            port = np.where(rng.random(n) < 0.93, 443, 80)
            yield from self._both(rng, near, far, port, high, start, opened_here=False)
        elif kind == "service":
            far = rng.choice(self.services, size=n)
            yield from self._both(rng, near, far, np.full(n, 443), high, start, opened_here=True)
        elif kind == "through-nat":
            far = rng.choice(self.services, size=n)
            yield from self._through_nat(rng, near, far, high, start)
        elif kind in ("database", "scrape", "shell"):
            port = np.full(n, {"database": 5432, "scrape": 9100, "shell": 22}[kind])
            talk = 40 if kind == "shell" else 1
            yield from self._both(rng, near, self.own[far], port, high, start, opened_here=True, talk=talk)
            if kind != "shell":
                yield from self._both(rng, far, self.own[near], port, high, start, opened_here=False)
        elif kind == "administration":
            far = rng.choice(self.offices, size=n)
            yield from self._both(rng, near, far, np.full(n, 22), high, start, opened_here=False, talk=40)
        elif kind == "noise":
            yield self._block(
                near, rng.choice(self.scanners, size=n), self.own[near], rng.integers(1024, 65535, size=n),
                rng.choice(_SCANNED_PORTS, size=n), np.ones(n), np.where(rng.random(n) < 0.7, 40, 44), start,
                outgoing=False, accepted=False, flags=SYN,
            )
        elif kind == "time":
            far = rng.choice(self.clocks, size=n)
            for out in (True, False):
                yield self._row(
                    near, far, np.full(n, 123), np.full(n, 123), np.ones(n), np.full(n, 76), start, out, UDP, 0
                )
        elif kind == "ping":
            nothing = np.zeros(n)
            for out in (True, False):
                yield self._row(
                    near, self.own[far], nothing, nothing, np.full(n, 4), np.full(n, 336), start, out, ICMP, 0
                )
        else:
            nothing = np.zeros(n)
            yield self._block(
                near, nothing, nothing, nothing, nothing, nothing, nothing, start, outgoing=False,
                silent=np.where(rng.random(n) < 0.995, 1, 2),
            )

    def _both(
        self, rng: np.random.Generator, near: Ints, far: Ints, port: Ints, high: Ints,
        start: Ints, *, opened_here: bool, talk: int = 1,
    ) -> Iterator[_Block]:
        """Requests and answers of TCP connections, as the interfaces ``near`` log them.

        ``talk``: how many times as much is said as to a web server.
        """
        n = near.size
        asked = 6 + rng.poisson(8 * talk, size=n)
        answered = 5 + rng.poisson(12 * talk, size=n)
        length = rng.integers(0, 55, size=n)
        local, remote = (high, port) if opened_here else (port, high)
        for out in (True, False):
            asks = out is opened_here
            packets = asked if asks else answered
            size = packets * (rng.integers(60, 300, size=n) if asks else rng.integers(200, 1300, size=n))
            yield self._row(
                near, far, local, remote, packets, size, start, out, TCP, (SYN if asks else SYN_ACK) | FIN, length
            )

    def _through_nat(
        self, rng: np.random.Generator, near: Ints, far: Ints, high: Ints, start: Ints
    ) -> Iterator[_Block]:
        """Connections of machines without a public address: two rows of their own, four of the NAT gateway's."""
        n = near.size
        yield from self._both(rng, near, far, np.full(n, 443), high, start, opened_here=True)
        nat = np.array(self.nats)[self.network_of[near]]
        inner, gateway = self.own[near], self.own[nat]
        outer = rng.integers(1024, 65535, size=n)
        https = np.full(n, 443)
        asked, answered = 6 + rng.poisson(8, size=n), 5 + rng.poisson(12, size=n)
        sizes = asked * rng.integers(60, 300, size=n), answered * rng.integers(200, 1300, size=n)
        ask, answer = (asked, sizes[0], SYN | FIN), (answered, sizes[1], SYN_ACK | FIN)
        for source, target, source_port, target_port, (packets, size, flags), out, ends in (
            (inner, gateway, high, https, ask, False, (inner, far)),
            (gateway, far, outer, https, ask, True, (gateway, far)),
            (far, gateway, https, outer, answer, False, (far, gateway)),
            (gateway, inner, https, high, answer, True, (far, inner)),
        ):
            yield self._block(
                nat, source, target, source_port, target_port, packets, size, start, outgoing=out, flags=flags,
                packet_ends=ends,
            )

    def _row(
        self, near: Ints, far: Ints, local_port: Ints, remote_port: Ints,
        packets: Ints, size: Ints, start: Ints, out: bool, protocol: int, flags: int,
        length: Ints | None = None,
    ) -> _Block:
        here = self.own[near]
        source, target = (here, far) if out else (far, here)
        source_port, target_port = (local_port, remote_port) if out else (remote_port, local_port)
        return self._block(
            near, source, target, source_port, target_port, packets, size, start, outgoing=out, protocol=protocol,
            flags=flags, length=length,
        )

    def _block(
        self, interface: Ints, source: Ints, target: Ints, source_port: Ints,
        target_port: Ints, packets: Ints, size: Ints, start: Ints, *, outgoing: bool,
        accepted: bool = True, protocol: int = TCP, flags: int = 0, length: Ints | None = None,
        packet_ends: tuple[Ints, Ints] | None = None, silent: Ints | None = None,
    ) -> _Block:
        n = interface.size
        # A row ends with the minute at the latest.
        length = np.minimum(np.full(n, 2) if length is None else length, 59 - start % 60)
        return _Block(
            interface, source, target, source_port, target_port, np.full(n, protocol), packets, size, start, length,
            np.full(n, accepted), np.full(n, flags), np.full(n, outgoing),
            *(packet_ends or (source, target)),
            np.zeros(n, dtype=np.int64) if silent is None else silent,
        )

    def _frame(self, columns: dict[str, Ints], fields: Sequence[str]) -> pl.DataFrame:
        """The columns asked for, as AWS names them; what a row without a flow has not is null."""
        n = columns["silent"].size
        host = pl.Series(columns["interface"])
        always: dict[str, Callable[[], pl.Series]] = {
            "version": lambda: pl.Series([str(format_version(tuple(fields)))]).new_from_index(0, n),
            "account-id": lambda: self._of_host("account").gather(host),
            "interface-id": lambda: self._of_host("interface").gather(host),
            "start": lambda: _numbers(columns["start"]),
            "end": lambda: _numbers(columns["start"] + columns["length"]),
            "log-status": lambda: pl.Series(["OK", "NODATA", "SKIPDATA"]).gather(_numbers(columns["silent"])),
            "vpc-id": lambda: self._of_host("vpc").gather(host),
            "subnet-id": lambda: self._of_host("subnet").gather(host),
            "instance-id": lambda: self._of_host("instance_id").gather(host),
            "region": lambda: self._of_host("region").gather(host),
        }
        of_flows: dict[str, Callable[[], pl.Series]] = {
            "srcaddr": lambda: self._address(columns["source"]),
            "dstaddr": lambda: self._address(columns["target"]),
            "srcport": lambda: _numbers(columns["source_port"]),
            "dstport": lambda: _numbers(columns["target_port"]),
            "protocol": lambda: _numbers(columns["protocol"]), "packets": lambda: _numbers(columns["packets"]),
            "bytes": lambda: _numbers(columns["size"]),
            "action": lambda: pl.Series(["REJECT", "ACCEPT"]).gather(_numbers(columns["accepted"])),
            "tcp-flags": lambda: _numbers(columns["flags"]),
            "flow-direction": lambda: pl.Series(["ingress", "egress"]).gather(_numbers(columns["outgoing"])),
            "pkt-srcaddr": lambda: self._address(columns["packet_source"]),
            "pkt-dstaddr": lambda: self._address(columns["packet_target"]),
            "type": lambda: pl.Series(["IPv4"]).new_from_index(0, n),
        }
        flow = pl.Series(columns["silent"] == 0)
        made = []
        for name in fields:
            if name in of_flows:
                values = of_flows[name]()
                column = values.zip_with(flow, pl.Series([None], dtype=values.dtype).new_from_index(0, n))
            elif name in always:
                column = always[name]()
            elif name in FLOW_V5:
                column = pl.Series([None], dtype=pl.String).new_from_index(0, n)
            else:
                raise ValueError(f"the estate's flow log has no field {name!r}")
            made.append(column.alias(name))
        return pl.DataFrame(made)

    def _of_host(self, name: str) -> pl.Series:
        values = [getattr(host, name) for host in self.hosts]
        if name == "instance_id":  # a NAT gateway's interface belongs to no instance
            values = [value if value.startswith("i-") else None for value in values]
        return pl.Series(values, dtype=pl.String)

    def _address(self, numbers: Ints) -> pl.Series:
        return self.addresses.gather(_numbers(numbers))

    def _add(self, addresses: Sequence[str]) -> Ints:
        """Put addresses into the pool; their numbers."""
        first = len(self.pool)
        self.pool += addresses
        return np.arange(first, len(self.pool))


def _addresses(rng: np.random.Generator, heads: Sequence[str], count: int) -> list[str]:
    """``count`` addresses that begin with one of ``heads`` (two or three of their four numbers)."""
    picked = rng.integers(0, len(heads), size=count).tolist()
    last = rng.integers(1, 255, size=(count, 2)).tolist()
    return [
        f"{heads[head]}.{b}" if heads[head].count(".") == 2 else f"{heads[head]}.{a}.{b}"
        for head, (a, b) in zip(picked, last, strict=True)
    ]


def _numbers(values: Ints) -> pl.Series:
    return pl.Series(values.astype(np.int64))


def _shares(networks: int) -> Floats:
    """How much of the traffic each network has: the first most."""
    weights = 1 / np.arange(1, networks + 1)
    shares: Floats = weights / weights.sum()
    return shares
