"""An instance looks up a name of low reputation: listed as bad without saying for what, abused by many, young, unknown.

*The attack.* Campaigns use a name for days: bought yesterday, below a dynamic DNS provider or a tunnel, or free of
charge. It is on no list of controllers yet, but its neighbourhood and its age give it away.

*What ordinary traffic looks the same.* A name of whom many are customers (a code host, a content network, a bucket's
endpoint) gets on lists by what one of them did: a name that a popularity list ranks, or the small table of shared
names has, is never called malicious or suspicious, and a list that has a whole platform is not believed. What is
below a dynamic DNS provider belongs to one person, however popular the provider; if that is the home office, put its
name on a trusted list. Mail servers look up young names and their mail records: only questions for addresses count,
except for names that are listed as malicious. Crawlers, security scanners and resolvers that others forward to ask for
all sorts of names on behalf of others: a suppression rule is the way out. Mistyped names that somebody has parked are
told of only if a list has them.

*Where it is blind.* Without a feed of one of its categories; without lists of popularity and age it knows only what
feeds have. A domain whose age no list tells is not young. Nothing is learned of what is rare here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from vedette.detectors.declare import detector, lookups
from vedette.detectors.dns_names import INSIDE, reads_mail_policy
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan, feeds
from vedette.detectors.known import Known
from vedette.detectors.say import about_lookup
from vedette.detectors.signal import Signal
from vedette.intel.categories import Category
from vedette.intel.domains import registered_domain
from vedette.intel.lookup import Match
from vedette.intel.shared_names import is_platform, shared_by
from vedette.logs.resolver_dns import Lookup
from vedette.simulate import Given, instance, story

_LOOK = (
    "Find out what on the instance asked for this name, and since when. If you know it, put it on a trusted list; if "
    "you do not, isolate the instance, keep its disk and memory for analysis, and replace its role's credentials."
)


def _type(name: str, severity: float, needs: frozenset[str], note: str = "") -> FindingType:
    return FindingType(
        name=f"Impact:EC2/{name}.Reputation", severity=severity, plan=Plan.FOUNDATIONAL, resource="Instance",
        title="EC2 instance {instance} looks up {domain}, {why}.",
        description="EC2 instance {instance} asked the VPC's resolver for {domain}, {why}.",
        attack=("T1071.004",), remedy=_LOOK, needs=(needs,), severity_note=note,
    )


ABUSED = _type("AbusedDomainRequest", MEDIUM, feeds(Category.ABUSED_DOMAIN, Category.MALICIOUS),
               "Low for a name that very many use")
BITCOIN = _type("BitcoinDomainRequest", HIGH, feeds(
    Category.MALICIOUS, Category.SUSPICIOUS_DOMAIN, Category.DOMAIN_AGE, Category.POPULAR_DOMAIN))
MALICIOUS = _type("MaliciousDomainRequest", HIGH, feeds(Category.MALICIOUS))
SUSPICIOUS = _type("SuspiciousDomainRequest", LOW, feeds(Category.SUSPICIOUS_DOMAIN, Category.DOMAIN_AGE))

POPULAR = 100_000
"""Names of this rank or better have been in use by many for long. Campaigns reach the tail of a list of a million, but
hardly its first tenth."""

YOUNG = 30
"""Days since its registration in which a domain that looks odd is suspicious: most malicious ones are used, and
taken down, within their first month."""

FRESH = 7
"""Days in which that alone is suspicious: a server has little to do with a domain of last week."""

_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)

_FOR_ADDRESSES = frozenset({"", "A", "AAAA", "ANY", "CNAME", "HTTPS", "SRV", "SVCB"})
"""What is asked by who wants to connect."""

_COIN = re.compile(
    r"(?:^|[^a-z])(?:xmr|btc|eth|ltc|zec|rvn)(?:[^a-z]|$)|xmrig|monero|bitcoin|ethereum|litecoin|dogecoin|hashrate|"
    r"(?:^|[^a-z])miners?(?:[^a-z]|$)|(?:^|[^a-z])mining|(?:coin|crypto|hash|xmr|btc|eth)-?(?:pool|miner|wallet|mining)")
"""Names that speak of cryptocurrency. It decides what a name of low reputation is for, never that it has one."""

_MINING = r"xmr(?:ig|pool)|(?:^|[.-])xmr[.-]|monero|cryptonight|randomx|(?:mining|miners?|btc|eth|xmr|zec|rvn)-?pool"
"""Names that speak of nothing but mining: enough where a popularity list does not have them."""

_LURE = re.compile(
    r"login|signin|secure|verif|account|update|support|paypal|apple|icloud|microsoft|office365|amazon|aws")
"""Words with which names pose as somebody else's."""

_ODD = re.compile(r"-.*-|\d.*\d.*\d|[b-df-hj-np-tv-xz]{5}|^.{20}")
"""A name that nobody would choose to be remembered by: hyphens, digits, consonants, length."""

_CATEGORIES = (Category.ABUSED_DOMAIN, Category.MALICIOUS, Category.SUSPICIOUS_DOMAIN)

_BELOW_TEST = "-rep.guarddutyc2activityb.com"
_TEST_NAMES = {f"{word}{_BELOW_TEST}": kind for word, kind in (
    ("abused", ABUSED), ("crypto", BITCOIN), ("malicious", MALICIOUS), ("suspicious", SUSPICIOUS))}
"""The names that Amazon's tester looks up; they are harmless, and need no list."""


def _worth_asking(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    """Names of feeds, names of known age, and, where popularity is known, those that speak of mining."""
    name = pl.col("query_name")
    asked = [known.intel.listed_domains(frame, "query_name", _CATEGORIES),
             known.intel.aged_domains(frame, "query_name"),
             frame.filter(name.str.contains(_BELOW_TEST, literal=True))]
    if known.intel.has(Category.POPULAR_DOMAIN):
        asked.append(frame.filter(name.str.contains(_MINING)))
    return pl.concat(asked).unique("position", keep="first", maintain_order=True)


@detector(ABUSED, BITCOIN, MALICIOUS, SUSPICIOUS, on=lookups(_worth_asking))
def low_reputation(lookup: Lookup, known: Known) -> Iterator[Signal]:
    """A name was looked up of which a feed, its age or its obscurity tell nothing good."""
    name = lookup.query_name
    if known.intel.is_trusted_domain(name) or reads_mail_policy(lookup):
        return
    if kind := next((kind for test, kind in _TEST_NAMES.items() if f".{name}".endswith(f".{test}")), None):
        yield about_lookup(lookup, kind, words={"why": "which Amazon keeps for tests of this finding"})
        return
    everybodys = 0 < known.intel.rank(name) <= POPULAR or shared_by(name) is not None
    listed = [match for match in known.intel.threats_of_domain(name) if not is_platform(match.entry)]
    malicious = _of(listed, Category.MALICIOUS)
    abused = _of(listed, Category.ABUSED_DOMAIN) if _for_address(lookup) else []
    if malicious and not everybodys:
        kind = BITCOIN if _COIN.search(name) else MALICIOUS
        yield about_lookup(lookup, kind, threats=malicious, words={"why": "which is listed as malicious"})
    elif malicious:
        yield about_lookup(lookup, ABUSED, threats=[*malicious, *abused], severity=LOW, words={
            "why": "which is listed as malicious although very many use it"})
        return
    if abused:
        yield about_lookup(lookup, ABUSED, threats=abused, severity=LOW if everybodys else None, words={
            "why": "which is known to be abused by many"})
    if malicious or abused or everybodys or not _for_address(lookup):
        return
    suspicious = _of(listed, Category.SUSPICIOUS_DOMAIN)
    if why := _suspicion(lookup, suspicious, known):
        kind = BITCOIN if _COIN.search(name) else SUSPICIOUS
        yield about_lookup(lookup, kind, threats=suspicious, words={"why": why})
    elif _speaks_of_mining(name) and known.intel.has(Category.POPULAR_DOMAIN) and not known.intel.rank(name):
        yield about_lookup(lookup, BITCOIN, words={"why": "which hardly anybody uses and speaks of mining"})


def _of(matches: list[Match], category: Category) -> list[Match]:
    return [match for match in matches if match.list.category is category]


def _for_address(lookup: Lookup) -> bool:
    return lookup.query_type in _FOR_ADDRESSES


def _suspicion(lookup: Lookup, listed: list[Match], known: Known) -> str:
    """Why the name is suspicious; empty when it is not. A feed's whole top-level domain is a hint and no evidence."""
    name = lookup.query_name
    if any("." in match.entry.removeprefix("*.") for match in listed):
        return "which is listed for its low reputation"
    registered = known.intel.registered_at(name)
    if registered is not None:
        days = (lookup.time - registered) // _DAY_MS
        # The list tells a day, of some time zone. A domain that is younger than the look-up was another one then.
        young = -1 <= days < YOUNG and (days < FRESH or bool(listed) or _looks_odd(name))
        return f"whose domain was registered {max(days, 0)} days before" if young else ""
    if listed and known.intel.has(Category.POPULAR_DOMAIN) and not known.intel.rank(name):
        return "which hardly anybody uses and whose top-level domain is known for abuse"
    return ""


def _looks_odd(name: str) -> bool:
    own = (registered_domain(name) or name).partition(".")[0]
    return bool(_LURE.search(own) or _ODD.search(own))


def _speaks_of_mining(name: str) -> bool:
    return re.search(_MINING, name) is not None and not name.endswith(INSIDE)


_client = instance("i-0e55b9ccf4ffee008", private_ip="10.0.5.62")


def _given(**of: str) -> Given:
    """Feeds by category, each with its entries, a blank between two. The stories play on 2026-03-02."""
    return Given(feeds={category.replace("_", "-"): tuple(entries.split()) for category, entries in of.items()})


_TLD = "*.top"

EXAMPLES = [
    story("Amazon's tester looks up its four names, with no list loaded",
          *(_client.resolves(name) for name in _TEST_NAMES))
    .fires(ABUSED).fires(BITCOIN).fires(MALICIOUS).fires(SUSPICIOUS),
    story("names that only resemble those", _client.resolves("abused-rep.guarddutyc2activityb.com.example"),
          _client.resolves("very-abused-rep.guarddutyc2activityb.com.example")).silent(),
    story(
        "a feed has the name as malicious; whatever it is asked for, gone or blocked",
        _client.resolves("cdn.Campaign.example"), _client.resolves("campaign.example", "TXT", answers=("x",)),
        _client.resolves("campaign.example", rcode="NXDOMAIN", firewall_rule_action="BLOCK"),
        given=_given(malicious="campaign.example"),
    ).fires(MALICIOUS, {
        "severity": HIGH, "service.action.dnsRequestAction.blocked": True,
        "service.evidence.threatIntelligenceDetails.threatListName": "story-malicious",
        "title": "EC2 instance i-0e55b9ccf4ffee008 looks up campaign.example, which is listed as malicious.",
    }, count=3),
    story(
        "the tail of a popularity list is no excuse", _client.resolves("campaign.example"),
        given=_given(malicious="campaign.example", popular_domain="500000,campaign.example"),
    ).fires(MALICIOUS),
    story(
        "a feed has what very many use, by rank or by the table of shared names: told of, but not as malicious",
        _client.resolves("www.files.example"), _client.resolves("gist.githubusercontent.com"),
        given=_given(malicious="files.example gist.githubusercontent.com", popular_domain="50000,files.example"),
    ).fires(ABUSED, {"severity": LOW}, count=2),
    story(
        "that the provider is popular says nothing of a name below it", _client.resolves("c2.hopto.org"),
        given=_given(malicious="c2.hopto.org", popular_domain="900,hopto.org"),
    ).fires(MALICIOUS),
    story("a pool that a feed calls malicious", _client.resolves("xmr-eu1.obscure.example"),
          given=_given(malicious="obscure.example")).fires(BITCOIN, {"severity": HIGH}),
    story("a bucket is malicious, and others are not",
          _client.resolves("dropper.s3.amazonaws.com"), _client.resolves("ours.s3.us-east-1.amazonaws.com"),
          _client.resolves("s3.amazonaws.com"), given=_given(malicious="dropper.s3.amazonaws.com"))
    .fires(MALICIOUS, count=1),
    story("an instance of a stranger, which AWS's naming makes look like a suffix",
          _client.resolves("ec2-9-9-77-140.compute-1.amazonaws.com"),
          given=_given(malicious="ec2-9-9-77-140.compute-1.amazonaws.com")).fires(MALICIOUS),
    story(
        "below a dynamic DNS provider, however popular, and through a tunnel",
        _client.resolves("home.hopto.org"), _client.resolves("1f2e.ngrok.app", "AAAA", answers=("2600::1",)),
        given=_given(abused_domain="hopto.org ngrok.app", popular_domain="900,hopto.org"),
    ).fires(ABUSED, {"severity": MEDIUM}, count=2),
    story(
        "the home office's dynamic name, which a trusted list has", _client.resolves("office.hopto.org"),
        given=Given(trusted_ips=("office.hopto.org",), feeds={"abused-domain": ("hopto.org",)}),
    ).silent(),
    story("an abused service that very many use", _client.resolves("www.share.example"),
          given=_given(abused_domain="share.example", popular_domain="900,share.example"))
    .fires(ABUSED, {"severity": LOW}),
    story("a feed has all of a platform: content networks and AWS's own endpoints are everybody's",
          _client.resolves("d1234.cloudfront.net"), _client.resolves("sqs.us-east-1.amazonaws.com"),
          _client.resolves("ours.s3.amazonaws.com"), _client.resolves("ours.azureedge.net"),
          given=_given(abused_domain="cloudfront.net amazonaws.com s3.amazonaws.com azureedge.net")).silent(),
    story("a name is listed as malicious and for abuse", _client.resolves("c2.hopto.org"),
          given=_given(malicious="c2.hopto.org", abused_domain="hopto.org")).fires(MALICIOUS).fires(ABUSED),
    story("a feed has the name for its low reputation", _client.resolves("odd.example"),
          given=_given(suspicious_domain="odd.example")).fires(SUSPICIOUS, {"severity": LOW}),
    story("what is popular is never suspicious",
          _client.resolves("www.odd.example"), _client.resolves("www.dropbox.com"),
          given=_given(suspicious_domain="odd.example www.dropbox.com", popular_domain="50000,odd.example",
                       domain_age="odd.example,2026-03-01 www.dropbox.com,2026-03-01")).silent(),
    story("a pool of low reputation", _client.resolves("pool.monero-fast.example"),
          given=_given(suspicious_domain="monero-fast.example")).fires(BITCOIN),
    story("a domain of last week", _client.resolves("status.plain.example"), _client.resolves("plain.example"),
          given=_given(domain_age="plain.example,2026-02-25"))
    .fires(SUSPICIOUS, {
        "title": "EC2 instance i-0e55b9ccf4ffee008 looks up plain.example, whose domain was registered 5 days before.",
    }, count=2),
    story("a domain of today, by a list whose day begins elsewhere", _client.resolves("plain.example"),
          given=_given(domain_age="plain.example,2026-03-03")).fires(SUSPICIOUS),
    story("a young domain that poses as another, one that nobody would choose, one below an abused top-level domain",
          _client.resolves("paypal-login.example"), _client.resolves("qxvbkzr.example"), _client.resolves("plain.top"),
          given=_given(suspicious_domain=_TLD,
                       domain_age="paypal-login.example,2026-02-10 qxvbkzr.example,2026-02-10 plain.top,2026-02-10"))
    .fires(SUSPICIOUS, count=3),
    story("a young domain that speaks of mining", _client.resolves("btc-pool.example"),
          given=_given(domain_age="btc-pool.example,2026-03-01")).fires(BITCOIN),
    story("domains that are older, that are plain at three weeks, that were registered after they were looked up",
          _client.resolves("secure-login.example"), _client.resolves("plain.example"),
          _client.resolves("later.example"),
          given=_given(domain_age="secure-login.example,2025-11-20 plain.example,2026-02-10 later.example,2026-04-01"))
    .silent(),
    story("registered again: the last time counts", _client.resolves("again.example"),
          given=_given(domain_age="again.example,2011-05-01 again.example,2026-03-01")).fires(SUSPICIOUS),
    story("a domain that hardly anybody uses, below a top-level domain known for abuse", _client.resolves("plain.top"),
          given=_given(suspicious_domain=_TLD, popular_domain="1,search.example")).fires(SUSPICIOUS),
    story("below that top-level domain, but ranked, or old", _client.resolves("known.top"), _client.resolves("old.top"),
          given=_given(suspicious_domain=_TLD, popular_domain="700000,known.top", domain_age="old.top,2012-01-01"))
    .silent(),
    story("the top-level domain alone is no evidence", _client.resolves("plain.top"),
          given=_given(suspicious_domain=_TLD)).silent(),
    story("a pool that is on no list, popularity known", _client.resolves("pool.xmrpool.example"),
          given=_given(popular_domain="1,search.example")).fires(BITCOIN),
    story("a pool that many know, a host of one's own that is called so, and what no list of popularity tells of",
          _client.resolves("pool.xmrpool.example"), _client.resolves("monero.lab.internal"),
          _client.resolves("monero.bucket.s3.amazonaws.com.ec2.internal", rcode="NXDOMAIN"),
          given=_given(popular_domain="400000,xmrpool.example")).silent(),
    story("a pool, where popularity is not known", _client.resolves("pool.xmrpool.example"),
          given=_given(suspicious_domain="odd.example")).silent(),
    story(
        "a mail server meets young and abused names: who takes their mail, and how it is to be checked",
        _client.resolves("plain.example", "MX", answers=("10 mx.plain.example.",)),
        _client.resolves("plain.example", "TXT", answers=("v=spf1 -all",)),
        _client.resolves("home.hopto.org", "MX", answers=()),
        _client.resolves("_dmarc.campaign.example", "TXT", answers=("v=DMARC1; p=none",)),
        _client.resolves("campaign.example.dbl.spamhaus.org", answers=("127.0.1.2",)),
        _client.resolves("140.77.9.9.zen.spamhaus.org", answers=("127.0.0.4",)),
        given=_given(malicious="campaign.example 9.9.77.140", abused_domain="hopto.org",
                     domain_age="plain.example,2026-03-01"),
    ).silent(),
    story(
        "what a search list makes of it, a reverse name, and an alias of an abused name",
        _client.resolves("campaign.example.ec2.internal", rcode="NXDOMAIN"),
        _client.resolves("c2.hopto.org.svc.cluster.local", rcode="NXDOMAIN"),
        _client.resolves("140.77.9.9.in-addr.arpa", "PTR", answers=("campaign.example.",)),
        _client.resolves("www.ours.example", answers=("ours.herokuapp.com.", "9.9.77.141")),
        given=_given(malicious="campaign.example 9.9.77.140", abused_domain="hopto.org herokuapp.com"),
    ).silent(),
]
