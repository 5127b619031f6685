"""Refusing what needs an engine that this build does not have."""

from __future__ import annotations

from vedette.api.errors import BadRequest


def not_enabled(what: str) -> BadRequest:
    """The refusal; ``what`` begins a sentence and is many: ``Investigations``."""
    return BadRequest(f"The request is rejected because {what} are not enabled in this build.")
