"""Data leaves in the names of look-ups: below a domain whose name servers an attacker runs, each carries a piece.

*The attack.* Where nothing may connect to the outside, names are still resolved. iodine, dnscat2, DNSExfiltrator,
Cobalt Strike, or ten lines of shell around ``dig`` write what they steal as labels of names that nobody has asked for
before; the VPC's resolver itself takes it to the attacker's server.

*How it shows.* For each instance and registered domain, `vedette.baselines.dns_information` estimates how many bytes of
code the names carry that are new within a day. What a host's name may be made of, 16 bytes, is no excess; of names
that are asked for anything but addresses half of that is not. Excess adds up over an hour, and over a day for tunnels
that take their time. Small pieces have no excess; they count by themselves once they are many in a day, if no name is
asked for twice as resolvers of C libraries and monitors do.

*What ordinary traffic looks the same.* Block lists, origin-ASN queries and reverse names are made of addresses, which
carry nothing; virus scanners' hashes, measurements and delivery networks are known by their domain
(`vedette.intel.name_services`), others' hash lists by their answers. What a search list adds a suffix to does not
exist and is a whole name. Below AWS's and other platforms' names nobody has a name server of his own. Names of hosts,
buckets, balancers, DKIM selectors, trackers and previews are short or come again. What several instances ask for alike
is a product's telemetry, and stays that for two weeks. A product that fewer than five instances have, and that looks up
long hashes below a domain that no list knows, is found, and so is who goes round hundreds of hosts named by hashes more
slowly than once in three hours: put the domain on a trusted list.

*Where it is blind.* The same tunnel from five instances at once; domains that a list has as very popular; data written
as words, addresses, numbers or UUIDs; pieces below seven bytes; small pieces that are asked for twice; names that do
not exist and end like another's name; whoever asks a resolver other than the VPC's.
"""

from __future__ import annotations

import re
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import blake2b

import msgspec
import polars as pl

from vedette.baselines.dns_information import DAY, HOUR, SLOT_MS, Sender, code_of
from vedette.detectors.declare import Memory, Row, keyed_detector, lookups
from vedette.detectors.dns.domain_reputation import POPULAR
from vedette.detectors.dns_names import INSIDE
from vedette.detectors.finding_type import HIGH, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_lookup
from vedette.detectors.signal import Evidence, Signal
from vedette.intel.domains import is_top_level, registered_domain
from vedette.intel.name_services import asks_by_name
from vedette.intel.shared_names import PLATFORMS, shared_by
from vedette.logs.resolver_dns import Lookup
from vedette.simulate import Given, every, instance, story
from vedette.simulate.network import Instance

DATA_EXFILTRATION = FindingType(
    name="Trojan:EC2/DNSDataExfiltration",
    severity=HIGH,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {instance} looks up names below {tunnel} that carry encoded data.",
    description="EC2 instance {instance} looked up {names} new names below {tunnel} within {window}, which carry about "
    "{bytes} bytes of encoded data, for example {domain}.",
    attack=("T1048.003", "T1071.004"),
    remedy="Find out what on the instance asks for these names. If it is a product of yours, put its domain on a "
    "trusted list. If you do not know it, isolate the instance, block the domain with Route 53 Resolver DNS Firewall, "
    "replace the credentials of the instance's role, and find out what has left.",
)

HOST = 16
"""Bytes that the name of a host may be made of: an MD5. Longer ones are rare, and few are asked for."""
IDENTIFIER = 8
"""The same of names that are asked for text, mail servers, aliases: selectors and challenges."""
LEAST = 7
"""Bytes from which a name is looked at: distributions, balancers, pods and shards have shorter ones."""

IN_AN_HOUR = 220
"""Bytes of excess. Of pieces of 28 bytes or more, not over 500 have left by then."""
NAMES_IN_AN_HOUR = 4
"""A page with one long name, and what it redirects to, is no tunnel."""
IN_A_DAY = 1_000
"""The same, slowly: less than a fifth of what a tunnel of 233 bytes an hour takes out in a day, so that pieces of 20
bytes are enough."""
NAMES_IN_A_DAY = 12
SMALL_IN_A_DAY = 4_000
"""Bytes of names that have no excess; three quarters of what that tunnel takes out."""
ONCE = 0.9
"""So many of the look-ups are new names, where small ones count."""
ROUND = 18
"""Slots over which small names must have come: who goes round many hosts has begun again in three hours."""

COMMON = 5
"""Instances of the account that ask for names of this kind within a day: then it is a product's way."""
COMMON_MS = timedelta(days=14) // timedelta(milliseconds=1)
"""It stays that for so long: machines are replaced, and rest on Sundays."""
QUIET_MS = 3_600_000
"""A tunnel is one occurrence an hour."""

CLIENTS = 8
"""Instances remembered of a domain."""
KEPT = 24
"""Records kept as evidence."""
SHOWN = 5
"""Names shown."""

_FOR_ADDRESSES = frozenset({"", "A", "AAAA", "HTTPS", "SVCB"})
_DIGESTS = frozenset({26, 32, 40, 52, 56, 63})
"""Letters of an MD5, a SHA-1 or a SHA-256, in base32 or hexadecimal; 63 is what fits of the last."""
_DAY_MS = DAY * SLOT_MS

_CODED = (r"(?:[a-z][0-9]+[a-z]|[0-9][a-z]+[0-9])|[bcdfghjklmnpqrstvwxz]{5}|[0-9]{14}|\\[0-3]")
"""What every name that carries something has in it: digits among letters, no vowels, very long numbers, octets."""
_NOBODYS = rf"(?:{'|'.join(map(re.escape, (*INSIDE, *(f'.{name}' for name in PLATFORMS))))})$"
_SHORTEST = 16
"""Letters of a name that has `LEAST` bytes in it, and a domain."""


def _carrying(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Names with code in them, below domains that can have name servers of their own."""
    name = pl.col("query_name")
    # The slice keeps the optimiser from asking all of names that are dropped here.
    some = frame.filter((name.str.len_bytes() >= _SHORTEST) & name.str.contains(_CODED)).slice(0)
    some = some.filter(~name.str.contains(_NOBODYS)).slice(0)
    return some.filter(name.map_batches(_carry, return_dtype=pl.Boolean, is_elementwise=True))


def _carry(names: pl.Series) -> pl.Series:
    found = [name for name in names.unique().drop_nulls() if sum(code_of(_below(name)).values()) >= LEAST]
    return names.is_in(pl.Series(found, dtype=pl.String).implode()).fill_null(value=False)


def _below(name: str) -> str:
    """What stands before the registered domain."""
    return name.removesuffix(registered_domain(name) or name).removesuffix(".")


def _domain(lookup: Lookup, known: Known) -> str | None:
    """The account and the registered domain; None where that is no tunnel's."""
    name = lookup.query_name
    domain = registered_domain(name)
    if domain is None or asks_by_name(name) or shared_by(domain) or known.intel.is_trusted_domain(name):
        return None
    if 0 < known.intel.rank(domain) <= POPULAR or _is_expansion(lookup) or _asks_a_list(lookup):
        return None
    return f"{lookup.account_id}/{domain}"


def _is_expansion(lookup: Lookup) -> bool:
    """A search list made it of a whole name; nobody has it."""
    below = _below(lookup.query_name)
    return lookup.rcode == "NXDOMAIN" and "." in below and (
        is_top_level(below.rpartition(".")[2]) or f".{below}".endswith(INSIDE))


def _asks_a_list(lookup: Lookup) -> bool:
    """Whether a hash is listed: it is not, or the answer is a code (RFC 5782)."""
    told = all(answer.rdata.startswith("127.") for answer in lookup.answers)
    carrying = list(code_of(_below(lookup.query_name)))
    return told and lookup.query_type == "A" and (bool(lookup.answers) or lookup.rcode == "NXDOMAIN") and (
        len(carrying) == 1 and len(carrying[0]) in _DIGESTS)


class Client(msgspec.Struct):
    """An instance that asks for names of one domain."""

    seen: int = 0
    """The last time (ms)."""
    sender: Sender = msgspec.field(default_factory=Sender)
    evidence: list[Evidence] = []
    """The latest look-ups with something new."""
    names: list[tuple[int, str]] = []
    """The latest of their names, and when."""
    quiet_until: int = 0

    def heard(self, row: Row[Lookup]) -> None:
        """Keep a look-up with something new."""
        self.evidence = [*self.evidence, row.evidence][-KEPT:]
        self.names = [*self.names, (row.time, row.record.query_name)][-SHOWN:]

    def both(self, other: Client) -> Client:
        """What two places have heard of it."""
        return Client(
            max(self.seen, other.seen), self.sender.merge(other.sender),
            sorted({*self.evidence, *other.evidence})[-KEPT:], sorted({*self.names, *other.names})[-SHOWN:],
            max(self.quiet_until, other.quiet_until))


class Clients(Memory):
    """The instances that have asked for names of one domain within a day."""

    clients: dict[str, Client] = {}
    common_until: int = 0

    def expire(self, watermark: int) -> bool:
        """Forget instances that have been silent for a day, and what the others sent before that."""
        self.clients = {name: one for name, one in self.clients.items() if one.seen > watermark - _DAY_MS}
        for one in self.clients.values():
            one.sender.expire(watermark)
        return not self.clients and self.common_until <= watermark

    def merge(self, other: Clients) -> Clients:
        """The instances of both."""
        merged = {name: self.clients[name].both(other.clients[name])
                  if name in self.clients and name in other.clients
                  else self.clients.get(name) or other.clients[name]
                  for name in sorted(self.clients.keys() | other.clients.keys())}
        return Clients(merged, max(self.common_until, other.common_until))

    def of(self, name: str, time: int) -> Client:
        """The instance, which is heard of now. Where several are, the domain becomes common."""
        one = self.clients.get(name)
        if one is None or one.seen <= time - _DAY_MS:
            self.expire(time)
            one = self.clients[name] = Client()
        one.seen = time
        if len(self.recent(time)) >= COMMON:
            self.common_until = time + COMMON_MS
        if time < self.common_until:
            latest = sorted(self.clients, key=lambda each: (self.clients[each].seen, each))[-CLIENTS:]
            self.clients = {each: Client(self.clients[each].seen) for each in sorted(latest)}
        return one

    def recent(self, time: int) -> list[str]:
        """The instances heard of within a day."""
        return [name for name, one in self.clients.items() if one.seen > time - _DAY_MS]


@keyed_detector(DATA_EXFILTRATION, on=lookups(_carrying), key=_domain, memory=Clients)
def data_exfiltration(rows: Sequence[Row[Lookup]], memory: Clients, known: Known) -> Iterator[Signal]:
    """Names below one domain carried more from one instance than names do."""
    for row in rows:
        lookup = row.record
        client = memory.of(lookup.instance_id or lookup.srcaddr, row.time)
        if row.time < memory.common_until:
            continue
        ordinary = HOST if lookup.query_type in _FOR_ADDRESSES else IDENTIFIER
        if not client.sender.observe(row.time, code_of(_below(lookup.query_name)), ordinary):
            continue
        client.heard(row)
        if row.time < client.quiet_until:
            continue
        if slots := _exceeds(client.sender, row.time):
            yield _tunnel(row, client, slots, len(memory.recent(row.time)) - 1)
            client.sender.forget()
            client.evidence, client.quiet_until = [], row.time + QUIET_MS


def _exceeds(sender: Sender, time: int) -> int:
    """The window, in slots, in which more was sent than is ordinary; 0 when there is none."""
    hour, day = sender.within(HOUR, time), sender.within(DAY, time)
    if hour.excess >= IN_AN_HOUR and hour.names >= NAMES_IN_AN_HOUR:
        return HOUR
    long = day.excess >= IN_A_DAY and day.names >= NAMES_IN_A_DAY
    small = day.size >= SMALL_IN_A_DAY and day.names >= ONCE * day.questions and sender.since(DAY, time) >= ROUND
    return DAY if long or small else 0


def _tunnel(row: Row[Lookup], client: Client, slots: int, others: int) -> Signal:
    domain, sent = registered_domain(row.record.query_name) or "", client.sender.within(slots, row.time)
    window = "an hour" if slots == HOUR else "a day"
    since = row.time - slots * SLOT_MS
    evidence = sorted({one for one in client.evidence if one.time > since})
    return about_lookup(
        row.record, DATA_EXFILTRATION, identity=(domain,), evidence=evidence, first_seen=evidence[0].time,
        words={"tunnel": domain, "names": str(sent.names), "bytes": str(sent.size), "window": window},
        additional={
            "domain": domain, "sampleNames": [name for time, name in client.names if time > since],
            "unusual": {"window": window, "newNames": sent.names, "encodedBytes": sent.size,
                        "encodedBytesBeyondIdentifiers": sent.excess},
            "usual": {"encodedBytesOfAnIdentifier": HOST, "otherInstances": others,
                      "encodedBytesBeyondIdentifiers": {"an hour": IN_AN_HOUR, "a day": IN_A_DAY}[window]},
        },
    )


_box = instance("i-0d55e1f1ceffee019", private_ip="10.0.8.21")
_mail = instance("i-0d55e1f1ceffee025", private_ip="10.0.8.25")


def _data(number: int, size: int) -> bytes:
    """Compressed or encrypted, as what is stolen mostly is."""
    return blake2b(str(number).encode(), digest_size=64).digest()[:size] + bytes(max(0, size - 64))


def _hex(number: int, size: int) -> str:
    return _data(number, size).hex()


def _base32(number: int, size: int) -> str:
    return b32encode(_data(number, size)).decode().lower().rstrip("=")


def _base64(number: int, size: int) -> str:
    return urlsafe_b64encode(_data(number, size)).decode().rstrip("=")


def _fleet(number: int) -> Instance:
    return instance(f"i-0d55e1f1ceffee1{number:02d}", private_ip=f"10.0.9.{number + 10}")


EXAMPLES = [
    story(
        "iodine: three labels of base32 in each query",
        [_box.resolves(f"0{chr(97 + n)}ba{_base32(n, 35)}.{_base32(n + 50, 35)}.{_base32(n + 90, 20)}.t.drop-zone.com",
                       "NULL", answers=(("TYPE10", "x"),), after=0.2) for n in range(9)],
    ).fires(DATA_EXFILTRATION, {
        "severity": HIGH,
        "title": "EC2 instance i-0d55e1f1ceffee019 looks up names below drop-zone.com that carry encoded data.",
        "resource.instanceDetails.instanceId": "i-0d55e1f1ceffee019",
    }, count=1),
    story(
        "dnscat2: hexadecimal, of several types, in mixed case",
        [_box.resolves(f"dnscat.{_hex(n, 31)}.{_hex(n + 60, 24).upper()}.drop-zone.com", ("TXT", "CNAME", "MX")[n % 3],
                       answers=("1f",), after=1.0) for n in range(12)],
    ).fires(DATA_EXFILTRATION, count=1),
    story(
        "DNSExfiltrator: a number and base64, as text records",
        [_box.resolves(f"{n}.{_base64(n, 45)}.{_base64(n + 70, 45)}.drop-zone.co.uk", "TXT", answers=("OK",), after=0.5)
         for n in range(12)],
    ).fires(DATA_EXFILTRATION, {
        "title": "EC2 instance i-0d55e1f1ceffee019 looks up names below drop-zone.co.uk that carry encoded data.",
    }, count=1),
    story(
        "Cobalt Strike posts what it was asked for, after hours of silence",
        [_box.resolves("5a31c09e.ns.drop-zone.com", answers=("9.9.77.141",), after=60) for _ in range(60)],
        [_box.resolves(f"post.2{_hex(n, 28)}.{_hex(n + 40, 28)}.1{n:x}.5a31c09e.ns.drop-zone.com",
                       answers=("9.9.77.141",), after=40) for n in range(9)],
    ).fires(DATA_EXFILTRATION, count=1),
    story(
        "a script around curl asks for both kinds of addresses, and nobody answers",
        [[_box.resolves(f"{_hex(n, 30)}.drop-zone.com", kind, rcode="NXDOMAIN", after=0.5) for kind in ("A", "AAAA")]
         for n in range(24)],
    ).fires(DATA_EXFILTRATION, count=1),
    story(
        "233 bytes an hour, in pieces of 26",
        every(400, 108, lambda n: _box.resolves(f"{_base32(n, 26)}.d.drop-zone.com", answers=("9.9.77.140",))),
    ).fires(DATA_EXFILTRATION, count=1),
    story(
        "a tunnel that goes on is one occurrence an hour",
        every(120, 70, lambda n: _box.resolves(f"{_hex(n, 40)}.drop-zone.com", "TXT", answers=("OK",))),
    ).fires(DATA_EXFILTRATION, count=3),
    story(
        "an occurrence in each of two domains, and from each of two instances",
        [[host.resolves(f"{_hex(n, 40)}.{domain}", "TXT", answers=("OK",), after=0.5)
          for host in (_box, _mail) for domain in ("drop-zone.com", "drop-zone.net")] for n in range(9)],
    ).fires(DATA_EXFILTRATION, findings=4, count=1),
    story(
        "a mail server looks senders up: addresses, domains and hashes in lists, whose network it is, and its policy",
        [[_mail.resolves(f"{n % 250}.{n * 7 % 250}.33.{n % 90 + 9}.zen.spamhaus.org", rcode="NXDOMAIN", after=0.2),
          _mail.resolves(f"shop{n}.mailing-house.com.multi.surbl.org", rcode="NXDOMAIN", after=0.2),
          _mail.resolves(f"{_hex(n, 20)}.ebl.hash-list.org", rcode="NXDOMAIN" if n % 9 else "NOERROR",
                         answers=("127.0.0.2",), after=0.2),
          _mail.resolves(f"{n}.4.33.{n}.origin.asn.cymru.com", "TXT", answers=("64500 | 9.9.0.0/16",), after=0.2),
          _mail.resolves(f"{n}.7.33.24.in-addr.arpa", "PTR", answers=("mx.example.",), after=0.2),
          _mail.resolves(f"{n}.7.33.24._spf.mta.crm-house.com", after=0.2),
          _mail.resolves(f"{_base32(n, 20)}._domainkey.house-{n}.com", "TXT", answers=("v=DKIM1",), after=0.2)]
         for n in range(60)],
    ).silent(),
    story(
        "a virus scanner asks for files' hashes",
        [_box.resolves(f"{_base32(n, 16)}.avqs.mcafee.com", answers=("127.0.4.8",), after=1) for n in range(30)],
        [_box.resolves(f"{_hex(n, 30)}.{_hex(n + 1, 9)}.i.sophosxl.net", "TXT", answers=("w=1",), after=1)
         for n in range(30)],
    ).silent(),
    story(
        "names of distributions, buckets, balancers, databases, machines and services of the cloud",
        [[_box.resolves(f"d{_base32(n, 8)}.cloudfront.net", after=0.1),
          _box.resolves(f"logs-{_hex(n, 16)}-{_hex(n + 1, 16)}.s3.eu-west-1.amazonaws.com", after=0.1),
          _box.resolves(f"internal-k8s-web-{_hex(n, 20)}.eu-west-1.elb.amazonaws.com", after=0.1),
          _box.resolves(f"{_hex(n, 32)}.mesh.eu-west-1.amazonaws.com", "SRV", answers=("1 1 80 x.",), after=0.1),
          _box.resolves(f"{_hex(n, 30)}.{_hex(n + 3, 30)}.blob.core.windows.net", after=0.1),
          _box.resolves(f"a{n}.{_hex(n, 30)}.dscb.akamaiedge.net", after=0.1)] for n in range(20)],
    ).silent(),
    story(
        "a search list adds the company's domain, and the cluster's, to whatever a pod asks for",
        [[_box.resolves(f"{_hex(n, 32)}.storage.vendor.com.{below}", kind, rcode="NXDOMAIN", after=0.1)
          for below in ("default.svc.cluster.local", "svc.cluster.local.acme-corp.com", "acme-corp.com")
          for kind in ("A", "AAAA")] for n in range(24)],
    ).silent(),
    story(
        "trackers, previews and shards have an identifier each, and are asked for twice",
        [[_box.resolves(name, kind, after=20) for kind in ("A", "AAAA")] for n in range(24) for name in (
            f"{_base32(n, 10)}.links.mailing-house.com", f"{_hex(n, 16)}.preview.acme-corp.dev")],
    ).silent(),
    story(
        "a long name is asked for again and again, and a page has three",
        every(30, 60, lambda n: _box.resolves(f"{_hex(n % 3, 30)}.{_hex(n % 3, 30)}.pixel.vendor.com")),
    ).silent(),
    story(
        "an agent on each of a fleet asks for hashes below its maker's domain; on a Sunday, one",
        [[_fleet(n % 6).resolves(f"{_hex(n, 24)}.rep.endpoint-maker.com", "TXT", answers=("1",), after=5)]
         for n in range(48)],
        [_fleet(1).resolves(f"{_hex(n, 24)}.rep.endpoint-maker.com", "TXT", answers=("1",),
                            after=5 if n else 12 * 86_400) for n in range(30)],
    ).silent(),
    story(
        "names made of words and numbers",
        [_box.resolves(f"customer-portal-production-{n:09d}.westeurope-applications.example.com", after=1)
         for n in range(40)],
    ).silent(),
    story(
        "a domain that the user trusts, and one that very many use",
        [[_box.resolves(f"{_hex(n, 30)}.{_hex(n + 9, 30)}.telemetry.vendor.com", "TXT", answers=("1",), after=1),
          _box.resolves(f"{_hex(n, 30)}.{_hex(n + 9, 30)}.sensor.known.com", after=1)] for n in range(20)],
        given=Given(trusted_domains=("*.telemetry.vendor.com",), feeds={"popular-domain": ("900,known.com",)}),
    ).silent(),
]
