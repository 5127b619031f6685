"""What an account may not do itself while another administers it."""

from __future__ import annotations

from vedette.api.errors import BadRequest
from vedette.api.operation import Context
from vedette.findings.membership import administrator_of
from vedette.findings.store import Batch


def refuse_member(batch: Batch, context: Context, what: str) -> None:
    """Refuse what is the administrator's: it ``manages lists``, say.

    Raises:
        BadRequest: the account has an administrator.
    """
    if administrator_of(batch, context.account, context.region):
        raise BadRequest(
            f"The request is rejected because the current account is a member: its administrator account {what}.")
