"""Traffic with addresses on threat lists, whoever's it is: which of it is a machine's own doing, and what it shows.

For the detectors of instances and of functions. A listed host that scans the Internet reaches open ports and is even
answered: that is no channel, so a feed's entry counts only where the near end opens the conversation (only the user's
own lists count inbound too). What a security group keeps out is background; an attempt from inside that was blocked is
news. Of a conversation's two rows in each interval only the opener's counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import polars as pl

from vedette.detectors.declare import Memory, Row
from vedette.detectors.known import Known
from vedette.detectors.signal import Evidence
from vedette.intel.categories import Category
from vedette.intel.lookup import Match
from vedette.logs.vpc_flow import TCP, UDP, Flow

OTHER_SERVICES = frozenset({20, 21, 22, 25, 53, 110, 123, 143, 465, 587, 993, 995})
"""What Tor relays' machines serve besides and no relay listens on: file transfer, SSH, mail, DNS."""

TCP_BUT: Mapping[Category, frozenset[int] | None] = {
    Category.COMMAND_AND_CONTROL: None, Category.CRYPTO_MINING: None, Category.SINKHOLE: None,
    Category.DROP_POINT: None, Category.TOR_RELAY: OTHER_SERVICES}
"""The categories that traffic is asked for; some count in TCP only, and not at these ports."""

WINDOW_MS = 3_600_000
"""A relay meets hundreds of others in an hour; a client keeps to two or three guards for weeks."""
RELAYS = 5
"""Distinct relays that must call, and distinct ones that must be called: more than a client's guards."""
HELD = 16
"""Relays remembered for each port and for the way out; `RELAYS` would do, the rest is room for expiry."""
PORTS = 8
"""Ports of the near end remembered at which relays call: a relay has one or two."""

_BARE = 44
"""Bytes a packet of RSTs and of SYN-ACKs to a scanner, which carry no options: what a machine sends unasked-for."""

_SYN, _ACK = 2, 16
_RESERVED, _CLIENT = 1024, 32_768


def listed(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """The openers' rows with a listed address at the far end, for all detectors: one of many is asked about once."""
    return known.intel.listed_ips(_openers_rows(frame), "remote", list(TCP_BUT), custom=True)


def _openers_rows(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Without what was kept out, and without rows that answer, by the rule that gives a flow its ``initiator``.

    The slice keeps the optimiser from asking the lists about the rows that are dropped here, which is what costs.
    """
    source, target = pl.col("srcport"), pl.col("dstport")
    answers = ((source < _RESERVED) & (target >= _RESERVED)) | ((source < _CLIENT) & (target >= _CLIENT))
    if "tcp_flags" in frame.collect_schema().names():
        flags = pl.col("tcp_flags")
        told = ((flags & _SYN) != 0) & (pl.col("protocol") != UDP)
        answers = pl.when(told.fill_null(value=False)).then((flags & _ACK) != 0).otherwise(answers)
    let_through = (pl.col("action") != "REJECT").fill_null(value=True)
    return frame.filter((let_through | pl.col("outgoing")) & ~answers.fill_null(value=False)).slice(0)


def on_users_list(flow: Flow, known: Known) -> list[Match]:
    """What the user's own lists say of a row: traffic passed, or was tried from inside."""
    return [match for match in known.intel.threats_of_ip(flow.remote) if match.list.custom] if _openers(flow) else []


def on_feeds(flow: Flow, known: Known) -> Iterator[tuple[Category, list[Match]]]:
    """Each category that a row's far end is of, to which the near end opened, or tried to open, a conversation."""
    if not (flow.outgoing and flow.protocol in {TCP, UDP} and _openers(flow)):
        return
    matches = known.intel.threats_of_ip(flow.remote)
    for category, but in TCP_BUT.items():
        if but is not None and (flow.protocol != TCP or flow.remote_port in but):
            continue
        if found := [match for match in matches if not match.list.custom and match.list.category is category]:
            yield category, found


def among_relays(flow: Flow, known: Known) -> bool:
    """The row may be a relay's talk with another."""
    return (flow.protocol == TCP and flow.action == "ACCEPT" and _openers(flow)
            and flow.remote_port not in OTHER_SERVICES and flow.local_port not in OTHER_SERVICES
            and any(match.list.category is Category.TOR_RELAY for match in known.intel.threats_of_ip(flow.remote)))


def _openers(flow: Flow) -> bool:
    """The row is of the packets of whoever opened the conversation; where nobody can tell, the near end's are."""
    if flow.initiator:
        return flow.outgoing == (flow.initiator == "local")
    return flow.outgoing and (flow.protocol not in {TCP, UDP} or flow.bytes > _BARE * flow.packets)


class RelayTraffic(Memory):
    """Tor relays that called and were called in the last hour, with the latest record of each."""

    callers: dict[int, dict[str, Evidence]] = {}
    """The near end's port -> relay -> record."""
    called: dict[str, Evidence] = {}
    quiet_until: int = 0
    """After a signal, until when (ms) nothing more is said: a busy relay would say the same every minute."""

    def expire(self, watermark: int) -> bool:
        """Forget what is older than the window."""
        self.forget(watermark)
        return not self.callers and not self.called and self.quiet_until <= watermark

    def forget(self, now: int) -> None:
        """Drop what lies before the window that ends now."""
        self.called = _recent(self.called, now)
        self.callers = {port: kept for port, relays in self.callers.items() if (kept := _recent(relays, now))}

    def merge(self, other: RelayTraffic) -> RelayTraffic:
        """The relays of both."""
        ports = sorted(self.callers.keys() | other.callers.keys())[:PORTS]
        return RelayTraffic(
            {port: _latest(self.callers.get(port, {}), other.callers.get(port, {})) for port in ports},
            _latest(self.called, other.called), max(self.quiet_until, other.quiet_until))


class Forwarded(msgspec.Struct, frozen=True):
    """A near end forwards for Tor, as its traffic of an hour shows."""

    flow: Flow
    """The last of it."""
    evidence: list[Evidence]
    words: dict[str, str]


def forwards(rows: Sequence[Row[Flow]], memory: RelayTraffic) -> Iterator[Forwarded]:
    """Several Tor relays connect to one port of what connects to several Tor relays."""
    for row in rows:
        flow = row.record
        if row.time < memory.quiet_until:
            continue
        memory.forget(row.time)
        if flow.outgoing:
            _remember(memory.called, flow.remote, row.evidence)
        elif flow.local_port in memory.callers or len(memory.callers) < PORTS:
            _remember(memory.callers.setdefault(flow.local_port or 0, {}), flow.remote, row.evidence)
        port = next((port for port, relays in sorted(memory.callers.items()) if len(relays) >= RELAYS), None)
        if port is None or len(memory.called) < RELAYS:
            continue
        yield Forwarded(
            flow, sorted({*memory.called.values(), *memory.callers[port].values()}),
            {"callers": str(len(memory.callers[port])), "called": str(len(memory.called)), "relay_port": str(port)})
        memory.callers, memory.called, memory.quiet_until = {}, {}, row.time + WINDOW_MS


def _recent(relays: dict[str, Evidence], now: int) -> dict[str, Evidence]:
    return {relay: seen for relay, seen in relays.items() if seen.time >= now - WINDOW_MS}


def _latest(one: dict[str, Evidence], other: dict[str, Evidence]) -> dict[str, Evidence]:
    newest = sorted([*one.items(), *other.items()], key=lambda item: item[1])
    return dict(list(dict(newest).items())[-HELD:])


def _remember(relays: dict[str, Evidence], relay: str, evidence: Evidence) -> None:
    if relay in relays or len(relays) < HELD:
        relays[relay] = evidence
