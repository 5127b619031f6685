"""What the user vouches for: places that credentials may be used from, and accounts that are his too.

GuardDuty learns or knows these by itself: the ways out that a network's instances share, the accounts of one
administrator, VPC endpoints. Nothing is exempt unless it is named, but for a shared way out, which is learned.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import msgspec

from vedette.errors import ListError

SHARED_AFTER = 3
"""Machines used from one place after which it is a shared way out. A thief of three has been reported three times."""

_WIDEST = {4: 8, 6: 19}
"""Prefix lengths: shorter ones cover more than any company's network."""


class Exemptions(msgspec.Struct, frozen=True):
    """Of one user."""

    egress: tuple[str, ...] = ()
    """Networks (CIDR) that his machines' traffic leaves through: an office, a proxy, a hub's NAT gateways."""
    endpoints: frozenset[str] = frozenset()
    """VPC endpoints of other accounts that his machines call through."""
    accounts: frozenset[str] = frozenset()
    """Affiliated accounts: what is used there is less severe, as for the accounts that the inventory knows; what is
    shared with them alone is no finding."""
    shared_after: int = SHARED_AFTER
    """Machines used from one place after which it counts as a shared way out; 0: however many, none does."""

    def lets_out(self, ip: str) -> bool:
        """Traffic of the user's may come from the address."""
        if not self.egress:
            return False
        address = ip_address(ip)
        return any(address in network for network in _networks(self.egress))


@lru_cache(maxsize=64)
def _networks(egress: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, egress))


def exemptions_of(
    egress: Iterable[str] = (), endpoints: Iterable[str] = (), accounts: Iterable[str] = (),
    shared_after: int = SHARED_AFTER,
) -> Exemptions:
    """Exemptions as a user wrote them.

    Raises:
        ListError: something is no network, no VPC endpoint or no account, or a network is too wide.
    """
    return Exemptions(
        tuple(_network(text) for text in egress),
        frozenset(_named(text, "vpce-", "a VPC endpoint's id, such as vpce-0a1b2c3d4e5f60718") for text in endpoints),
        frozenset(_account(text) for text in accounts), shared_after)


def _network(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ListError(f"is no address and no network in CIDR form ({error})", where=text) from None
    if network.prefixlen < _WIDEST[network.version]:
        raise ListError(f"is wider than /{_WIDEST[network.version]}: name the networks that are yours", where=text)
    return str(network)


def _named(text: str, start: str, form: str) -> str:
    if not text.startswith(start) or not text[len(start):].isalnum():
        raise ListError(f"is not {form}", where=text)
    return text


def _account(text: str) -> str:
    if len(text) != 12 or not (text.isascii() and text.isdigit()):
        raise ListError("is no AWS account's number: twelve digits", where=text)
    return text
