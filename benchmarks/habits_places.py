"""Where the addresses of `benchmarks.habits_world` are and whose: what an MMDB of countries and networks would say.

Homes and telephones are their country's, split among a few providers; AWS and other clouds are where their Regions are.
A hosting company's ranges are in several countries, a /24 in one: as files of places have it.
"""

from __future__ import annotations

from zlib import crc32

from benchmarks.habits_catalogue import AWS, AZURE, COUNTRIES, GCP, HOSTING, TOR
from vedette.intel.geo import Geo, GeoFacts

_REGIONS = {
    "us": "US", "eu-west-1": "IE", "eu-central-1": "DE", "eu-west-2": "GB", "eu-west-3": "FR", "eu-north-1": "SE",
    "ap-south-1": "IN", "ap-southeast-1": "SG", "ap-southeast-2": "AU", "ap-northeast-1": "JP", "sa-east-1": "BR",
    "ca-central-1": "CA",
}
_HOSTED = ("US", "DE", "NL", "GB", "FR", "FI", "SG", "RU", "US", "RO")
"""Countries that a /24 of a hosting company may be in."""
_ROUTES = ("DE", "NL", "SE", "US", "CH", "RO")
"""The same of Tor's exits."""


class Places(Geo):
    """Countries and autonomous systems of the world's addresses."""

    def __init__(self) -> None:
        super().__init__([])
        self._prefixes: dict[str, tuple[tuple[str, ...], int]] = {}
        for number, one in enumerate(COUNTRIES.values()):
            for place, prefix in enumerate(one.homes):
                self._add(prefix, (one.code,), 1_000 + 10 * number + place % 3)
            self._add(one.ipv6, (one.code,), 1_000 + 10 * number)
            for prefix in one.mobiles:
                self._add(prefix, (one.code,), 1_005 + 10 * number)
            for prefix in one.vpns:
                self._add(prefix, (one.code,), 2_000 + number)
        for region, prefixes in AWS.items():
            country = _REGIONS.get(region) or _REGIONS[region.partition("-")[0]]
            for prefix in prefixes:
                self._add(prefix, (country,), 16_509)
        for prefix in AZURE:
            self._add(prefix, ("US",), 8_075)
        for prefix in GCP:
            self._add(prefix, ("US",), 396_982)
        for number, prefix in enumerate(HOSTING):
            self._add(prefix, _HOSTED, 3_000 + number // 2)
        for number, prefix in enumerate(TOR):
            self._add(prefix, _ROUTES, 4_000 + number)

    def _add(self, prefix: str, countries: tuple[str, ...], asn: int) -> None:
        # A prefix that a country's VPNs and a hosting company share is the country's.
        self._prefixes.setdefault(prefix, (countries, asn))

    def _of(self, ip: str) -> GeoFacts | None:
        parts = ip.split(":" if ":" in ip else ".")
        mark = ":" if ":" in ip else "."
        for length in (3, 2):
            found = self._prefixes.get(mark.join(parts[:length]))
            if found is not None:
                countries, asn = found
                drawn = crc32(mark.join(parts[:3]).encode()) % len(countries)
                return GeoFacts(country_code=countries[drawn], asn=str(asn))
        return None
