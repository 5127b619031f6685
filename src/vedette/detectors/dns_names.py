"""What the name and the type of a look-up say of why somebody asks."""

from __future__ import annotations

from vedette.logs.resolver_dns import Lookup

INSIDE = (
    ".internal", ".local", ".localdomain", ".localhost", ".lan", ".corp", ".home", ".intranet", ".private", ".svc",
    ".consul", ".test", ".invalid", ".home.arpa", ".in-addr.arpa", ".ip6.arpa",
)
"""Names that nobody outside can make resolve: never delegated in public DNS."""

_MAIL_POLICY = frozenset({"_dmarc", "_domainkey", "_mta-sts", "_smtp", "_spf", "_adsp"})
"""Labels below which a domain tells how its mail is to be checked (RFC 6376, 7489, 8460, 8461)."""


def reads_mail_policy(lookup: Lookup) -> bool:
    """A mail server reads how mail from a domain is to be checked: it has received some, and contacts nobody there."""
    return lookup.query_type == "TXT" and not _MAIL_POLICY.isdisjoint(lookup.query_name.split("."))


def aliases(lookup: Lookup) -> list[str]:
    """The names that the looked-up one was said to be an alias of, in their order; lower case, no trailing dot."""
    return [answer.rdata.lower().removesuffix(".") for answer in lookup.answers if answer.type == "CNAME"]
