"""What an open feed's entries are known for."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """A feed's category. The value is what a feeds file and a feeds folder write."""

    COMMAND_AND_CONTROL = "command-and-control"
    CRYPTO_MINING = "crypto-mining"
    TOR_EXIT = "tor-exit"
    TOR_RELAY = "tor-relay"
    """Guard and authority nodes: what a Tor client connects to."""
    SCANNER = "scanner"
    PHISHING = "phishing"
    DROP_POINT = "drop-point"
    """Hosts that hold stolen credentials and data."""
    SINKHOLE = "sinkhole"
    """Black holes that a seized malicious name points to."""
    DRIVE_BY = "drive-by"
    """Hosts that a download or exploit comes from."""
    DGA = "dga"
    """Names that malware generates."""
    MALICIOUS = "malicious"
    """Bad for a reason that the feed does not tell apart."""
    ABUSED_DOMAIN = "abused-domain"
    """Known names that are often abused: free hosting, tunnels, dynamic DNS."""
    SUSPICIOUS_DOMAIN = "suspicious-domain"
    """Names of low reputation."""
    POPULAR_DOMAIN = "popular-domain"
    """Names by how many use them. It says nothing bad: it keeps what everybody uses from being called suspicious."""
    DOMAIN_AGE = "domain-age"
    """Registered domains, and since when each is registered."""

    @classmethod
    def parse(cls, text: str) -> Category:
        """The category of that name: case, ``_`` and ``-`` make no difference.

        Raises:
            ValueError: there is no such category; the message names those there are.
        """
        try:
            return cls(text.strip().lower().replace("_", "-"))
        except ValueError:
            raise ValueError(f"{text[:60]!r} is not a category; one of {', '.join(cls)}") from None


HARMFUL = frozenset({
    Category.COMMAND_AND_CONTROL, Category.DRIVE_BY, Category.DROP_POINT, Category.MALICIOUS, Category.PHISHING,
    Category.SCANNER,
})
"""Feeds whose hosts do harm. A mining pool, a sinkhole or a bad name's address is no sign that its owner calls APIs."""

STANDING = frozenset({Category.POPULAR_DOMAIN, Category.DOMAIN_AGE})
"""Categories whose feeds tell a number of each name, and nothing bad of any; see `vedette.intel.standing`."""
