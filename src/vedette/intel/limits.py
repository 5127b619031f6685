"""How large a list may be. GuardDuty's own limits are the defaults; each is a setting."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ListKind(StrEnum):
    """What an entry's presence on the list says of it."""

    THREAT = "threat"
    TRUSTED = "trusted"


class ListLimits(msgspec.Struct, frozen=True, kw_only=True):
    """GuardDuty's limits for an account and Region. Entries are counted as they stand in the file."""

    max_file_bytes: int = 35 * 1024 * 1024
    max_lines: int = 4_000_000
    """Lines of any sort, comments and blank ones too. Bounds memory; GuardDuty has no such limit."""
    trusted_ip_entries: int = 2_000
    threat_ip_entries: int = 250_000
    trusted_entities: int = 2_000
    """GuardDuty publishes no figure; this is the trusted IP set's."""
    threat_entities: int = 250_000
    """GuardDuty publishes no dependable figure; this is the threat IP set's."""
    trusted_lists: int = 1
    """Trusted lists in force at once: IP sets and entity sets are counted apart."""
    threat_lists: int = 6
    """Threat lists in force at once: IP sets and entity sets are counted apart."""

    def entries(self, kind: ListKind, *, entities: bool) -> int:
        """How many entries one list may have."""
        if kind is ListKind.TRUSTED:
            return self.trusted_entities if entities else self.trusted_ip_entries
        return self.threat_entities if entities else self.threat_ip_entries


FEED_LIMITS = ListLimits(
    max_file_bytes=200 * 1024 * 1024,
    max_lines=8_000_000,
    trusted_ip_entries=2_000_000,
    threat_ip_entries=2_000_000,
    trusted_entities=2_000_000,
    threat_entities=2_000_000,
    trusted_lists=1_000,
    threat_lists=1_000,
)
"""For open feeds, which GuardDuty's limits do not bind: generous, but bounded."""
