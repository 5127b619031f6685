"""What tags a resource may have."""

from __future__ import annotations

from collections.abc import Mapping

from vedette.api.errors import BadRequest

MOST_TAGS = 50
"""Of one resource."""


def checked_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """All the tags that a resource is to have.

    Raises:
        BadRequest: a key begins with ``aws:``, which is AWS's own, or there are more than 50.
    """
    given = dict(tags or {})
    for key in given:
        if key.lower().startswith("aws:"):
            raise BadRequest(f"The request is rejected because the tag key {key!r} begins with 'aws:'.")
    if len(given) > MOST_TAGS:
        raise BadRequest(f"The request is rejected because a resource has at most {MOST_TAGS} tags.")
    return given
