"""Where an address is and whose it is, from any MMDB files that the user has."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb
import msgspec

from vedette.errors import ListError
from vedette.intel.addresses import ipv4_number


class GeoFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the files say of an address; empty or None where they say nothing."""

    country_code: str = ""
    """ISO 3166-1, two letters."""
    country_name: str = ""
    city: str = ""
    lat: float | None = None
    lon: float | None = None
    radius: float | None = None
    """Kilometres around the coordinates within which the address is held to be."""
    asn: str = ""
    """The number alone: ``16509``."""
    asn_org: str = ""
    isp: str = ""
    org: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing is known."""
        return self == _NOTHING


_NOTHING = GeoFacts()
_NO_PLACES = re.compile("country|asn|isp|domain|connection|anonymous", re.IGNORECASE)
"""Names of databases that have no coordinates."""


class GeoFile(msgspec.Struct, frozen=True, kw_only=True):
    """An MMDB file, as ``vedette intel status`` names it."""

    location: str
    type: str
    """As the file names itself: ``GeoLite2-City``."""
    built_at: int
    """Milliseconds since the epoch."""


class Geo:
    """MMDB files, of places and of networks. Each may hold the other's facts too."""

    def __init__(self, readers: list[tuple[Path, maxminddb.Reader]]) -> None:
        self._readers = [reader for _, reader in readers]
        self.files = tuple(
            GeoFile(
                location=str(path), type=reader.metadata().database_type,
                built_at=reader.metadata().build_epoch * 1000,
            )
            for path, reader in readers
        )
        self.of = lru_cache(1 << 16)(self._of)
        """``(ip: str) -> GeoFacts | None``: what is known of the address; None when nothing, or no address."""

    @classmethod
    def open(cls, city_mmdb: Path | None = None, asn_mmdb: Path | None = None) -> Geo:
        """Open MaxMind's, DB-IP's or IPinfo's files, or any of such a schema. With neither, nothing is known.

        Raises:
            ListError: a file cannot be read, or is no MMDB.
        """
        return cls.of_files([path for path in (city_mmdb, asn_mmdb) if path is not None])

    @classmethod
    def of_files(cls, paths: Sequence[Path]) -> Geo:
        """Open these files; where two say the same, the first counts. Raises as `open`."""
        return cls([(path, _open(path)) for path in paths])

    @property
    def has_places(self) -> bool:
        """A file is loaded that is of cities, not of countries or networks alone."""
        return any(not _NO_PLACES.search(file.type) for file in self.files)

    def close(self) -> None:
        """Give the files back."""
        for reader in self._readers:
            reader.close()

    def _of(self, ip: str) -> GeoFacts | None:
        # The reader itself takes 8.8.8 for 8.8.0.8, as inet_aton does.
        if ":" not in ip and ipv4_number(ip) < 0:
            return None
        facts: dict[str, Any] = {}
        for file, reader in zip(self.files, self._readers, strict=True):
            try:
                record = reader.get(ip)
            except ValueError:  # no address, or an IPv6 one in a file of IPv4
                continue
            except maxminddb.InvalidDatabaseError as error:
                raise ListError(f"is damaged: {error}", where=file.location) from None
            if isinstance(record, Mapping):
                facts = {**_read(record), **facts}
        found = msgspec.convert(facts, GeoFacts)
        return None if found.is_empty else found


def _open(path: Path) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(str(path))
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise ListError(f"is not an MMDB file that can be read: {error}", where=str(path)) from None


def _read(record: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a record, whichever maker's: MaxMind and DB-IP nest, IPinfo is flat."""
    country, city, location = record.get("country"), record.get("city"), record.get("location")
    place = location if isinstance(location, Mapping) else record
    asn = _text(record.get("autonomous_system_number")) or _text(record.get("asn"))
    facts: dict[str, Any] = {
        "country_code": _inner(country, "iso_code") or _text(record.get("country_code")) or _two_letters(country),
        "country_name": _name(country) or _text(record.get("country_name"))
        or ("" if _two_letters(country) else _text(country)),
        "city": _name(city) or _text(city),
        "lat": _number(place.get("latitude"), place.get("lat")),
        "radius": _number(place.get("accuracy_radius"), place.get("radius")),
        "lon": _number(place.get("longitude"), place.get("lng"), place.get("lon")),
        "asn": asn.upper().removeprefix("AS"),
        "asn_org": _text(record.get("autonomous_system_organization")) or _text(record.get("as_name"))
        or (_text(record.get("name")) if asn else ""),
        "isp": _text(record.get("isp")),
        "org": _text(record.get("organization")) or _text(record.get("org")),
    }
    return {key: value for key, value in facts.items() if value not in ("", None)}


def _inner(value: Any, key: str) -> str:
    return _text(value.get(key)) if isinstance(value, Mapping) else ""


def _name(value: Any) -> str:
    """The English name of a MaxMind place."""
    return _inner(value.get("names"), "en") if isinstance(value, Mapping) else ""


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _two_letters(value: Any) -> str:
    """IPinfo's ``country`` is the code in some files and the name in others."""
    return value if isinstance(value, str) and len(value) == 2 and value.isupper() else ""


def _number(*values: Any) -> float | None:
    """The first of the values that is a number, or a text of one (IPinfo)."""
    for value in values:
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        if math.isfinite(number):
            return number
    return None
