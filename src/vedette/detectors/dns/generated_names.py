"""An instance looks up one name after another that is not there and that no person would have chosen.

*The attack.* Malware whose controllers are taken down again and again computes hundreds of names a day, from the date
and a key, and tries them in turn; its owner needs to register but one of them.

*How it shows.* Names of registered domains that do not exist (NXDOMAIN), one after another, made of letters that do not
follow each other in names which people choose. A model (``docs/dga-model.md``) tells of each registered label how many
times likelier it is among generated names. The logarithms add up, each bounded, each domain once a day; a name that
seems generated and does exist counts when several were missing before it: that may be the one that was registered. No
single name is enough.

*What ordinary traffic looks the same.* Names below one domain count once, whatever stands in front: what virus scanners
and block lists are asked, reverse names, Kubernetes' and others' search lists. A browser's probes of one label, and
names of private zones, are under no registered domain. What clouds, hosters and dynamic DNS providers hand out is left
alone, as are international names, and what a popularity or trusted list has. Slips of the keyboard, stale trackers and
services that were closed are names that people chose. Crawlers, link checkers and mail filters meet thousands of dead
names, of which some are odd: the more of the others an instance has asked for in a day, the odder a name must be to
count. Only questions for addresses count: mail servers ask for the mail exchangers of whatever spammers write.

*Where it is blind.* Some families whose names are of words, of syllables or of six letters; families that live below
dynamic DNS providers; names that are all registered; whoever asks past the VPC's resolver. A host whose dead names are
all below .info, a service that checks addresses which strangers type in, and a sinkhole's own tests may look like
malware: suppress the finding for such an instance. Names that others ask for through a resolver endpoint are no
instance's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
import polars as pl

from vedette.baselines.generated_names import model
from vedette.detectors.declare import Memory, Row, keyed_detector, lookups
from vedette.detectors.finding_type import HIGH, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_lookup
from vedette.detectors.signal import Evidence, Signal
from vedette.intel.domains import registration, registrations
from vedette.logs.resolver_dns import Lookup
from vedette.simulate import Given, every, instance, story
from vedette.simulate.events import Event

GENERATED = FindingType(
    name="Trojan:EC2/DGADomainRequest.B",
    severity=HIGH,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {instance} looks up names that seem to be generated, such as {domain}.",
    description="EC2 instance {instance} asked the VPC's resolver for {count} names of different domains that seem to "
    "be made by a machine and that do not exist, within {hours}; among them {sample}.",
    attack=("T1568.002",),
    remedy="Find out what on the instance asks for these names. If you do not know it, isolate the instance, keep its "
    "disk and memory for analysis, and replace the credentials of its role.",
)

ODD = 1.0
"""Log-likelihood ratio from which on a name seems generated. Of names that people chose, 3 in 100 reach it."""
MOST = 3.0
"""What one name can count: six are needed at least. Beyond 3 the model is surer of itself than 1 in 100 odd names that
people chose, abbreviations above all, allow."""
ENOUGH = 17.0
"""Of twenty dead names that people chose, one host-day in 10,000 adds up to 11; correlated ones (one language, one
trade) to more."""
SURE = 6.0
"""A name that exists seems generated from here on: of those that people chose, 3 in 10,000 do."""
SEVERAL = 4
"""Names that were missing before one that exists counts."""
DEEPER = 0.6
"""What an odd name must have more to count, for each other name (below) that the host asked for in a day."""
OTHERS = 5
"""So many of them at most: what a name must have then few have that people chose, and half of the generated ones."""
SAMPLE = 1 / 32
"""How many of the other names that are missing are looked at: each of them stands for all."""
THERE = 1 / 4
"""The same of odd names that exist: they tell of hosts that ask for very many names."""
DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)
"""After which a name is forgotten, and within which a host is told of once."""

HELD = 128
"""Names remembered of a host: many more than are needed, so that one that is tried again counts once."""
KEPT = 24
"""Records kept as evidence, and names shown."""

_FOR_ADDRESSES = frozenset({"", "A", "AAAA", "ANY", "HTTPS"})


def _seem_generated(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Odd names."""
    return frame.filter(pl.col("query_name").map_batches(_odd, return_dtype=pl.Boolean, is_elementwise=True))


def _sampled(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """A sample of all names, to know who asks for very many that are missing."""
    return frame.filter(pl.col("query_name").map_batches(_of_sample, return_dtype=pl.Boolean, is_elementwise=True))


def _odd(names: pl.Series) -> pl.Series:
    told = [(place, *parts) for place, parts in enumerate(registrations(names.to_list()))
            if parts and _is_judged(*parts)]
    ratios = model().ratios([label for _, label, _ in told], [suffix for _, _, suffix in told])
    kept = np.zeros(len(names), np.bool_)
    kept[[place for place, _, _ in told]] = ratios >= ODD
    return pl.Series(kept, dtype=pl.Boolean)


def _of_sample(names: pl.Series) -> pl.Series:
    return pl.Series([_in_sample(name, SAMPLE) for name in names], dtype=pl.Boolean)


def _is_judged(label: str, suffix: str) -> bool:
    return label.isascii() and not label.startswith("xn--") and not suffix.endswith("arpa")


def _in_sample(name: str, share: float) -> bool:
    return crc32(name.encode()) < share * 2**32


@lru_cache(maxsize=1 << 16)
def ratio(name: str) -> float | None:
    """The log-likelihood ratio of a name's registered label; None for names that are not judged."""
    parts = registration(name)
    if parts is None or not _is_judged(*parts):
        return None
    return float(model().ratios([parts[0]], [parts[1]])[0])


class Counted(msgspec.Struct, frozen=True):
    """A domain that seems generated."""

    domain: str
    time: int
    ratio: float
    step: float
    """What it counts."""
    exists: bool
    evidence: Evidence | None = None


class Names(Memory):
    """What a host asked for within a day."""

    counted: list[Counted] = []
    """By time."""
    others: dict[str, int] = {}
    """Domain → when it was asked for: a sample of the names that do not seem generated, or that exist."""
    quiet_until: int = 0

    def expire(self, watermark: int) -> bool:
        """Forget names of the day before."""
        since = watermark - DAY_MS
        self.counted = [one for one in self.counted if one.time > since]
        self.others = {domain: time for domain, time in self.others.items() if time > since}
        return not self.counted and not self.others and self.quiet_until <= watermark

    def merge(self, other: Names) -> Names:
        """Each domain of both once."""
        counted: dict[str, Counted] = {}
        for one in sorted((*self.counted, *other.counted), key=lambda each: (each.time, each.domain)):
            counted.setdefault(one.domain, one)
        others = {**other.others, **self.others}
        return Names(list(counted.values())[-HELD:], dict(sorted(others.items(), key=lambda item: item[1])[-OTHERS:]),
                     max(self.quiet_until, other.quiet_until))

    def asked(self, domain: str, odds: float, time: int, *, exists: bool, evidence: Evidence | None = None) -> float:
        """A name of the domain was looked up; how much the host's names add up to now."""
        self.expire(time)
        before = next((one for one in self.counted if one.domain == domain), None)
        if before is None and domain not in self.others and odds >= ODD and (
                not exists or (odds >= SURE and len(self.counted) >= SEVERAL)):
            deeper = DEEPER * len(self.others)
            step = min(odds, MOST + deeper) - deeper
            self.counted = [*self.counted, Counted(domain, time, odds, step, exists, evidence)][-HELD:]
        elif before is None or (exists and not before.exists):
            # It was not a name that is missing, or it is there after all.
            self.counted = [one for one in self.counted if one is not before]
            self.others = dict([*self.others.items(), (domain, time)][-OTHERS:])
        return self.total()

    def total(self) -> float:
        """The most that the latest names add up to, however many of them one takes."""
        total = 0.0
        for one in self.counted:
            total = max(0.0, total + one.step)
        return total


def _host(lookup: Lookup, known: Known) -> str | None:
    """An instance that asked for an address below a registered domain, and was told that there is none, or is one."""
    name, source = lookup.query_name, lookup.instance_id or lookup.srcaddr
    odds = ratio(name)
    if odds is None or lookup.query_type not in _FOR_ADDRESSES or (lookup.resolver_endpoint and not lookup.instance_id):
        return None
    missing = lookup.rcode == "NXDOMAIN" and (odds >= ODD or _in_sample(name, SAMPLE))
    exists = lookup.rcode == "NOERROR" and (odds >= SURE or (odds >= ODD and _in_sample(name, THERE)))
    if not (missing or exists) or known.intel.rank(name) or known.intel.is_trusted_domain(name):
        return None
    return f"{lookup.account_id}/{lookup.vpc_id}/{source}"


@keyed_detector(GENERATED, on=(lookups(_seem_generated), lookups(_sampled, rcode="NXDOMAIN")), key=_host, memory=Names)
def generated_names(rows: Sequence[Row[Lookup]], memory: Names, known: Known) -> Iterator[Signal]:
    """An instance looked up names that seem generated, and that are not there."""
    for row in rows:
        lookup = row.record
        domain, odds = ".".join(registration(lookup.query_name) or ()), ratio(lookup.query_name)
        if odds is None or row.time < memory.quiet_until:
            continue
        total = memory.asked(
            domain, odds, row.time, exists=lookup.rcode == "NOERROR", evidence=row.evidence)
        if total >= ENOUGH:
            yield _shown(lookup, memory.counted, total)
            memory.counted, memory.others, memory.quiet_until = [], {}, row.time + DAY_MS


def _shown(lookup: Lookup, counted: Sequence[Counted], total: float) -> Signal:
    missing = [one for one in counted if not one.exists]
    latest = counted[-KEPT:]
    hours = -(-(lookup.time - counted[0].time) // 3_600_000)
    signal = about_lookup(
        lookup, GENERATED,
        additional={
            "nonexistentDomains": len(missing), "existingDomains": len(counted) - len(missing),
            "score": round(total, 1), "threshold": ENOUGH,
            "unusual": {"domains": [
                {"domain": one.domain, "score": round(one.ratio, 1), "exists": one.exists} for one in latest]},
            "usual": {"score": f"below {ODD}"},
        },
        words={"count": str(len(missing)), "hours": "1 hour" if hours <= 1 else f"{hours} hours",
               "sample": ", ".join(one.domain for one in latest[-5:])},
    )
    evidence = [one.evidence for one in latest if one.evidence is not None]
    return msgspec.structs.replace(signal, evidence=tuple(evidence), first_seen=counted[0].time)


_client = instance("i-0b7714d2c0ffee011", private_ip="10.0.5.71")
_other = instance("i-0b7714d2c0ffee012", private_ip="10.0.5.72")
_letters = "zqxwkvjbpgfymculdrhsnotaei"


def _made(number: int) -> str:
    """Fifteen letters of no sense, below top-level domains in turn."""
    seed, text = 7_919 * number + 104_729, ""
    while len(text) < 15:
        seed = (seed * 69_069 + 12_345) % 2**32
        text += _letters[(seed >> 16) % 25]
    return f"{text}.{('com', 'net', 'org', 'info', 'biz')[number % 5]}"


def _missing(number: int, qtype: str = "A", after: float = 20.0, **fields: Any) -> Event:
    return _client.resolves(_made(number), qtype, rcode="NXDOMAIN", after=after, **fields)


def _shop(number: int) -> str:
    """A domain as people name theirs."""
    first = ("blue", "garden", "hotel", "river", "smart", "north", "photo", "green", "happy", "super")
    then = ("market", "studio", "travel", "house", "design", "kitchen", "factory", "doctor", "school", "garage")
    end = ("com", "net", "de", "org")[number % 4]
    return f"{first[number % 10]}{then[number // 10 % 10]}{number // 100 or ''}.{end}"


_PAIRS = ("quietsgathered", "usheringbirded", "gamblersmounded", "stabledgaunt", "outliveshasting", "tidiesposed",
          "disgustdisobeys", "holesinvoked", "epilepsymulched", "hystericapparels", "dishingdawned", "edgewaysrefugee",
          "bloodsgloating", "sloggedpartook", "probablebelies", "clientssubsided", "merrilyhumming", "liftedsauted")
_TYPOS = ("gooogle.com", "faceboook.com", "amazn.com", "githubb.com", "microsft.com", "wikipeda.org", "netflx.com",
          "linkedn.com", "youtub.com", "twiter.com", "redit.com", "stackoverfow.com", "dockr.com", "ubunto.com")

EXAMPLES = [
    story(
        "malware tries one name after another; none is there",
        every(20, 14, _missing),
    ).fires(GENERATED, {
        "severity": HIGH,
        "service.action.actionType": "DNS_REQUEST",
        "title": f"EC2 instance i-0b7714d2c0ffee011 looks up names that seem to be generated, such as {_made(5)}.",
        "resource.instanceDetails.instanceId": "i-0b7714d2c0ffee011",
    }, count=1),
    story(
        "the sixth name is there: its owner has registered it",
        every(20, 5, _missing), _client.resolves(_made(77)),
    ).fires(GENERATED, {
        "service.action.dnsRequestAction.domain": _made(77),
    }, count=1),
    story("a name every three hours, asked for in either family", every(10_800, 8, lambda number: [
        _missing(number, qtype) for qtype in ("A", "AAAA")])).fires(GENERATED, count=1),
    story("names of two words each, which none of them alone would show", every(30, 18, lambda number: _client.resolves(
        f"{_PAIRS[number]}.net", rcode="NXDOMAIN"))).fires(GENERATED, count=1),
    story("DNS Firewall blocks them all", every(20, 8, lambda number: _missing(number, firewall_rule_action="BLOCK")))
    .fires(GENERATED, {"service.action.dnsRequestAction.blocked": True}, count=1),
    story("a name an hour for more than a day: told of once a day",
          every(3_600, 40, _missing)).fires(GENERATED, count=2),
    story("among many names that are there", every(20, 14, lambda number: [
        _missing(number), *(_client.resolves(_shop(10 * number + each)) for each in range(6))]))
    .fires(GENERATED, count=1),
    story("two machines: two findings", every(20, 10, lambda number: [
        _missing(number), _other.resolves(_made(number + 500), rcode="NXDOMAIN")])).fires(GENERATED, findings=2),
    story("one machine asks for three of them, another for three", every(20, 3, lambda number: [
        _missing(number), _other.resolves(_made(number + 500), rcode="NXDOMAIN")])).silent(),
    story("four names are tried again and again, with and without what stands in front", every(20, 40, lambda number: [
        _missing(number % 4), _client.resolves(f"www.{_made(number % 4)}", rcode="NXDOMAIN")])).silent(),
    story("names that seem generated, and that are there: networks of advertisers, short names of services",
          every(20, 30, lambda number: _client.resolves(_made(number)))).silent(),
    story("some are there, and names below them are not", every(20, 12, lambda number: [
        _client.resolves(_made(number)), _client.resolves(f"old.{_made(number)}", rcode="NXDOMAIN")])).silent(),
    story("names that are not there for a while, and then are", every(60, 12, lambda number: [
        _missing(number), _client.resolves(_made(number))])).silent(),
    story("a server fails to answer, or has no address of the kind", every(20, 12, lambda number: [
        _client.resolves(_made(number), rcode="SERVFAIL"), _client.resolves(_made(number + 50), answers=())])).silent(),
    story("a browser's probes, and what search lists of Kubernetes and a company add", every(20, 12, lambda number: [
        _client.resolves(f"{_made(number).partition('.')[0]}{end}", rcode="NXDOMAIN") for end in (
            "", ".svc.cluster.local", ".ec2.internal", ".corp.garden-market.com", ".lan")])).silent(),
    story("what clouds, hosters and dynamic DNS providers hand out", every(20, 12, lambda number: [
        _client.resolves(f"{_made(number).partition('.')[0]}.{end}", rcode="NXDOMAIN") for end in (
            "cloudfront.net", "s3.amazonaws.com", "us-east-1.elb.amazonaws.com", "azurewebsites.net", "herokuapp.com",
            "duckdns.org", "github.io")])).silent(),
    story("a virus scanner's digests, block lists, reverse and international names", every(20, 12, lambda number: [
        _client.resolves(f"{_made(number).partition('.')[0]}.avqs.mcafee.com", rcode="NXDOMAIN"),
        _client.resolves(f"{_made(number)}.dbl.spamhaus.org", rcode="NXDOMAIN"),
        _client.resolves(f"{number}.77.9.9.in-addr.arpa", "PTR", rcode="NXDOMAIN"),
        _client.resolves(f"xn--{_made(number)}", rcode="NXDOMAIN")])).silent(),
    story("a mail server asks who takes the mail of spammers' names", every(20, 20, lambda number: [
        _missing(number, "MX"), _missing(number, "TXT")])).silent(),
    story("slips of the keyboard", *(_client.resolves(name, rcode="NXDOMAIN") for name in _TYPOS)).silent(),
    story("a link checker meets hundreds of dead names, and some odd ones among them", every(60, 480, lambda number: [
        _client.resolves(_shop(number), rcode="NXDOMAIN"),
        *([_client.resolves(f"{_PAIRS[number // 40]}.net", rcode="NXDOMAIN")] if number % 40 == 39 else [])]))
    .silent(),
    story("popular and trusted names that cannot be resolved for a while",
          every(20, 10, _missing),
          given=Given(feeds={"popular_domain": tuple(f"{9_000 + number},{_made(number)}" for number in range(5))},
                      trusted_ips=tuple(_made(number) for number in range(5, 10)))).silent(),
    story("a resolver outside forwards what others ask", every(20, 14, lambda number: _missing(
        number, srcids={"resolver_endpoint": "rslvr-in-0a1b2c3d4e5f60718"}))).silent(),
]
