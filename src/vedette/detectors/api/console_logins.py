"""One user signs in to the console from places that nobody can travel between in that time.

*The attack.* A password was phished or bought. While its owner works, somebody on another continent signs in with it,
with a second factor too when that was asked for as well.

*How it is told.* Two successful sign-ins of the same IAM user, or of root, whose places are too far apart for the time
between them: further than an airliner comes, from the nearer edges of the areas in which the addresses are held to be.

*What ordinary work looks the same.* Somebody who turns on a VPN to another continent between two sign-ins, or whose
traffic leaves through another of the company's offices: put those addresses on a trusted list. A user shared by people
in several countries, which is a fault of its own.

*What is not it.* Sign-ins that failed. Neighbouring places: mobile networks, VPN nodes and offices move people by some
hundred kilometres. Addresses of one network in one country; an IPv4 and an IPv6 address in one country; addresses of
which only the country is known, in the same country. Several sign-in endpoints, which say where AWS is and not where
the person is. ``AWS Internal``. Federated people and Identity Center, whose sign-ins are in the log of whoever knows
them; their console sessions are handed out again and again without anybody signing in.

*Where it is blind.* Without a database of cities (MMDB): then nothing is known of places. An attacker in the same part
of the world, or who hides behind an address there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import msgspec

from vedette.detectors.declare import Memory, Row, calls, keyed_detector
from vedette.detectors.finding_type import GEO, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import Given, federated_user, iam_user, role_session, story
from vedette.simulate.place_file import place

# 1. The finding type.

CONSOLE_LOGIN_SUCCESS_B = FindingType(
    name="UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B",
    severity=MEDIUM,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="{principal} signed in to the console from {here} and from {there} within {span}.",
    description="{principal} signed in to the console of account {account} from {there} and, within {span}, from "
    "{here} ({source}), {distance} km apart. Second factor: {mfa}.",
    attack=("T1078.004",),
    remedy="Ask the user whether both sign-ins were theirs. If not, change the password, end the sessions, check the "
    "second factor, and look at what was done after the sign-in that was not. If an address is a VPN's or an office's, "
    "put it on a trusted list.",
    needs=(GEO,),
)

# 2. Settings.

_FASTEST_KMH = 900.0
"""An airliner's cruising speed; nobody's journey from door to door comes near it."""
_NEAREST_KM = 800.0
"""Nodes of a company's or VPN's egress in neighbouring countries lie up to that far apart (London, Zurich), and city
databases err by some hundred kilometres."""
_COUNTRY_RADIUS_KM = 1000.0
"""Of an address of which only the country is known: most databases then give the country's middle."""
_MOST_PLACES = 24
"""Remembered of a user within that time; the oldest goes first."""

# 3. The logic.

_EARTH_KM: float = 6371.0
"""The Earth's mean radius."""


class Login(msgspec.Struct, frozen=True):
    """The last sign-in from a place."""

    at: int
    lat: float
    lon: float
    radius: float
    """Kilometres."""
    country: str
    city: str
    asn: str
    ip: str
    mfa: bool
    evidence: Evidence

    @property
    def name(self) -> str:
        """The place, for a sentence."""
        return ", ".join(part for part in (self.city, self.country) if part) or self.ip


class Logins(Memory):
    """Of a user: the last sign-in from each place."""

    seen: list[Login] = []
    """The oldest first."""

    def expire(self, watermark: int) -> bool:
        """What is too long ago for any later sign-in to be impossible."""
        self.seen = [login for login in self.seen if not _anywhere_since(login, watermark)]
        return not self.seen

    def merge(self, other: Logins) -> Logins:
        """Of each place the later one."""
        return Logins(_latest([*self.seen, *other.seen]))


def _latest(logins: Sequence[Login]) -> list[Login]:
    by_place: dict[tuple[float, float, bool], Login] = {}
    for login in sorted(logins, key=lambda one: (one.at, one.evidence)):
        # Addresses of both versions are kept apart: they are compared with others by rules of their own.
        key = (login.lat, login.lon, ":" in login.ip)
        by_place.pop(key, None)
        by_place[key] = login
    return list(by_place.values())[-_MOST_PLACES:]


def _user(call: ApiCall, known: Known) -> str | None:
    who = call.identity
    if who.type not in ("IAMUser", "Root") or not call.succeeded or call.response.get("ConsoleLogin") != "Success":
        return None
    return f"{who.account_id or call.account}/{who.arn or who.principal_id or who.user_name or ''}"


@keyed_detector(
    CONSOLE_LOGIN_SUCCESS_B, on=calls("signin.amazonaws.com", "ConsoleLogin"), key=_user, memory=Logins,
)
def console_logins_far_apart(rows: Sequence[Row[ApiCall]], memory: Logins, known: Known) -> Iterator[Signal]:
    """A user signed in from two places that are too far apart."""
    for row in rows:
        login = _login(row, known)
        if login is None:
            continue
        impossible = [(distance, one) for one in memory.seen if (distance := _too_far(one, login))]
        if impossible:
            yield _said(row, login, impossible)
        memory.seen = _latest([one for one in [*memory.seen, login] if not _anywhere_since(one, login.at)])


def _login(row: Row[ApiCall], known: Known) -> Login | None:
    call = row.record
    facts = known.geo.of(call.source_ip)
    if facts is None or facts.lat is None or facts.lon is None or known.intel.is_trusted_ip(call.source_ip):
        return None
    if not (-90 <= facts.lat <= 90 and -180 <= facts.lon <= 180):
        return None
    radius = facts.radius or 0.0
    return Login(
        at=row.time, lat=facts.lat, lon=facts.lon, radius=radius if facts.city else max(radius, _COUNTRY_RADIUS_KM),
        country=facts.country_name or facts.country_code, city=facts.city, asn=facts.asn, ip=call.source_ip,
        mfa=call.additional.get("MFAUsed") == "Yes", evidence=row.evidence)


def _anywhere_since(login: Login, time: int) -> bool:
    """By that time the user could have come to the other side of the Earth."""
    return (time - login.at) * _FASTEST_KMH / 3_600_000 > math.pi * _EARTH_KM


def _too_far(one: Login, other: Login) -> int:
    """Kilometres between two sign-ins that nobody could travel in the time; 0 when somebody could, or need not."""
    if one.country == other.country and (
            not one.city or not other.city or (":" in one.ip) != (":" in other.ip)
            or (one.asn and one.asn == other.asn)):
        return 0
    distance = _kilometres(one, other)
    travelled = distance - one.radius - other.radius
    hours = abs(other.at - one.at) / 3_600_000
    return round(distance) if travelled >= _NEAREST_KM and travelled > _FASTEST_KMH * hours else 0


def _kilometres(one: Login, other: Login) -> float:
    """Along the great circle (haversine), on a sphere of the Earth's mean radius."""
    north, south = math.radians(one.lat), math.radians(other.lat)
    half = (math.sin((south - north) / 2) ** 2
            + math.cos(north) * math.cos(south) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2)
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))


def _said(row: Row[ApiCall], login: Login, impossible: Sequence[tuple[int, Login]]) -> Signal:
    others = [one for _, one in impossible]
    distance, last = impossible[-1]
    factors = {one.mfa for one in (*others, login)}
    minutes = -(-(row.time - last.at) // 60_000)
    return about_call(
        row.record, CONSOLE_LOGIN_SUCCESS_B, evidence=sorted({row.evidence, *(one.evidence for one in others)}),
        first_seen=min(one.at for one in others),
        words={
            "here": login.name, "there": last.name, "distance": f"{distance:,}",
            "span": f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{max(minutes, 1)} min",
            "mfa": "used each time" if factors == {True} else "not used" if factors == {False} else
            f"used from {last.name if last.mfa else login.name} only" if len(others) == 1 else "not used each time",
        },
        additional={"mfaUsed": factors == {True}})


# 4. EXAMPLES.

_BERLIN, _LAGOS, _HAMBURG, _ZURICH = "81.2.69.160", "102.89.2.10", "91.10.2.3", "85.1.2.3"
_VPN, _GERMANY, _SIX, _BRITAIN, _BRAZIL = "9.9.4.20", "9.9.77.140", "2a02:8109::21", "51.6.1.1", "200.160.1.1"
_GIVEN = Given(trusted_ips=(_VPN,), places={
    "81.2.69.0/24": place("Berlin", "Germany", "DE", 52.52, 13.4, asn=3320),
    "91.10.0.0/16": place("Hamburg", "Germany", "DE", 53.55, 9.99, asn=3320),
    "85.1.0.0/16": place("Zurich", "Switzerland", "CH", 47.37, 8.54, asn=3303),
    "102.89.0.0/16": place("Lagos", "Nigeria", "NG", 6.45, 3.39, asn=29465),
    "9.9.4.0/24": place("Ashburn", "United States", "US", 39.04, -77.49, asn=14618),
    "9.9.77.0/24": place("", "Germany", "DE", 51.3, 9.49, radius=500),
    "51.6.0.0/16": place("", "United Kingdom", "GB", 54.0, -2.0),
    "200.160.0.0/16": place("", "Brazil", "BR", -10.0, -55.0),
    "2a02:8109::/32": place("Munich", "Germany", "DE", 48.14, 11.58, asn=31334),
})
_ann = iam_user("ann", ip=_BERLIN)
_federated = federated_user("ann", "broker", ip=_BERLIN)
_sso = role_session("AWSReservedSSO_admin_0123456789abcdef", "ann@acme.example", ip=_BERLIN)

EXAMPLES = [
    story(
        "a user signs in from Berlin, and half an hour later from Lagos without a second factor",
        _ann.console_login(),
        _ann.console_login(ip=_LAGOS, mfa=False, at=1800),
        given=_GIVEN,
    ).fires(CONSOLE_LOGIN_SUCCESS_B, {
        "resource.accessKeyDetails.userName": "ann",
        "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4": _LAGOS,
        "title": "IAM user ann signed in to the console from Lagos, Nigeria and from Berlin, Germany within 30 min.",
    }, count=1),
    story(
        "the one who is at home signs in again: one finding, counted twice",
        _ann.console_login(ip=_LAGOS),
        _ann.console_login(at=600),
        _ann.console_login(ip=_LAGOS, at=3600),
        given=_GIVEN,
    ).fires(CONSOLE_LOGIN_SUCCESS_B, count=2),
    story(
        "a user signs in from somewhere in Brazil, too",
        _ann.console_login(),
        _ann.console_login(ip=_BRAZIL, at=1800),
        given=_GIVEN,
    ).fires(CONSOLE_LOGIN_SUCCESS_B),
    story(
        "a wrong password from Lagos, and a flight there",
        _ann.console_login(),
        _ann.console_login(ip=_LAGOS, success=False, at=1800),
        _ann.console_login(ip=_LAGOS, at=12 * 3600),
        given=_GIVEN,
    ).silent(),
    story(
        "roaming, an office next door, both IP versions, an address in the middle of the country, a trusted VPN, and "
        "several sign-in endpoints",
        _ann.console_login(region="eu-central-1"),
        _ann.console_login(ip=_HAMBURG, region="us-east-1"),
        _ann.console_login(ip=_ZURICH, region="ap-southeast-2", at=600),
        _ann.console_login(ip=_SIX, at=900),
        _ann.console_login(ip=_GERMANY, at=1200),
        _ann.console_login(ip=_BRITAIN, at=1400),
        _ann.console_login(ip=_VPN, at=1500),
        _ann.console_login(at=1700),
        _ann.console_login(ip="AWS Internal", at=1800),
        given=_GIVEN,
    ).silent(),
    story(
        "two people, and people who come through a provider of identities",
        _ann.console_login(),
        iam_user("bea", ip=_LAGOS).console_login(),
        _federated.console_login(), _federated.console_login(ip=_LAGOS),
        _sso.console_login(), _sso.console_login(ip=_LAGOS),
        given=_GIVEN,
    ).silent(),
]
