"""Lists that are never longer than a page."""

from __future__ import annotations

from vedette.api.errors import BadRequest


def refuse_token(next_token: str) -> None:
    """Refuse a token: there is no second page that one could have been given for.

    Raises:
        BadRequest: there is one.
    """
    if next_token:
        raise BadRequest("The request is rejected because nextToken is not one that this operation has given.")
