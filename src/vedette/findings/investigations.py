"""Investigations as the store keeps them: what was asked, and where the report is."""

from __future__ import annotations

from typing import ClassVar, Literal

from vedette.findings.configuration import Configured


class Investigation(Configured, kw_only=True):
    """An investigation of an account in a Region. What it came to is set when it is completed."""

    KIND: ClassVar[str] = "investigation"

    prompt: str
    started: int
    """ms."""
    status: Literal["RUNNING", "COMPLETED", "FAILED"] = "RUNNING"
    ended: int = 0
    error: str = ""
    """Why it failed."""
    subject: str = ""
    """What is looked into, as JSON."""
    report: str = ""
    """The digest of the report (`Reader.content`)."""
    title: str = ""
    kind: str = ""
    risk: str = ""
    confidence: str = ""
    finding_id: str = ""
    about: str = ""
    """The account that it is about."""
