"""Findings as messages to people, in chats and by mail, through Apprise (the extra ``[chat]``).

A message tells of at most ten findings, a line or two each: a storm of findings is not a storm of messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vedette.findings.chunks import chunks
from vedette.publish.destination import ARRIVED, DestinationError, Finding, Outcome, whole_or_untried
from vedette.publish.plain_text import visible
from vedette.publish.severity import BANDS, band_of
from vedette.publish.summary import actor_in_words, resource_in_words

_AT_ONCE = 10
_TIMEOUT = 30

_LOUDNESS = {"Low": "info", "Medium": "warning", "High": "failure", "Critical": "failure"}

# What chats read as links, mentions and commands; names in a finding may be an attacker's.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "ˋ"})


class Chat:
    """One address that Apprise understands, such as ``slack://…`` or ``mailtos://…``."""

    def __init__(self, url: str) -> None:
        """Addresses hold secrets: what is raised and reported does not show them.

        Raises:
            DestinationError: Apprise is not installed, or does not understand the address.
        """
        try:
            import apprise
        except ImportError as error:
            raise DestinationError("needs Apprise: install vedette[chat]", where="chat") from error
        self._kind = url.partition(":")[0][:30]
        self._apprise: Any = apprise.Apprise()
        if not self._apprise.add(url):
            raise DestinationError("is no address that Apprise understands: see its list of services",
                                   where=f"{self._kind}://…")

    def send(self, documents: Sequence[Finding], now: int) -> list[Outcome]:  # noqa: ARG002
        """One message for up to ten findings."""
        outcomes: list[Outcome] = []
        for group in chunks(documents, _AT_ONCE):
            if not self._notify(group):
                failed = Outcome("later", f"{self._kind}: the service did not take the message")
                return outcomes + whole_or_untried(failed, len(group), len(documents) - len(outcomes))
            outcomes += [ARRIVED] * len(group)
        return outcomes

    def _notify(self, group: Sequence[Finding]) -> bool:
        worst = band_of(max(finding["severity"] for finding in group))
        return bool(self._apprise.notify(
            title=subject(group), body="\n\n".join(map(text_of, group)), notify_type=_LOUDNESS[worst],
            body_format="text", timeout=_TIMEOUT))


def subject(group: Sequence[Finding]) -> str:
    """The head of a message about these findings."""
    if len(group) == 1:
        return _safe(f"{band_of(group[0]['severity'])}: {group[0]['title']}")
    bands = [band_of(finding["severity"]) for finding in group]
    counted = ", ".join(f"{bands.count(band)} {band.lower()}" for _, band in BANDS if band in bands)
    return f"{len(group)} findings ({counted})"


def text_of(finding: Finding) -> str:
    """A finding in a few lines."""
    band = band_of(finding["severity"])
    return "\n".join(map(_safe, (
        f"{band} {finding['severity']:g} · {finding['type']}",
        finding["title"],
        f"{resource_in_words(finding)} ← {actor_in_words(finding)} · {finding['service']['count']} ×",
        f"{finding['accountId']} {finding['region']} · {finding['id']}")))


def _safe(text: str) -> str:
    return visible(text).translate(_HARMLESS)
