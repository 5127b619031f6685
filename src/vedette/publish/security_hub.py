"""Findings imported into Security Hub, in its own format. Needs ``securityhub:BatchImportFindings``.

Security Hub takes a finding in the finding's Region only, and from a product only what that product may import. The
product ``aws/guardduty`` is AWS's own; elsewhere findings come from the account's ``default`` product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vedette.publish.asff import asff
from vedette.publish.aws import Client, refusal, send_in_batches
from vedette.publish.destination import ARRIVED, UNTRIED, Finding, Outcome
from vedette.publish.envelope import compact_json

_COUNT, _SIZE = 100, 6 << 20
_FINDING_SIZE = 240 << 10


class SecurityHub:
    """Security Hub of one account, in every Region that findings are of."""

    def __init__(self, *, account: str = "", endpoint_url: str | None = None) -> None:
        """``account`` is the one whose default product imports; of each finding its own when none is given."""
        self._account = account
        self._endpoint_url = endpoint_url
        self._clients: dict[str, Client] = {}

    def send(self, documents: Sequence[Finding], now: int) -> list[Outcome]:  # noqa: ARG002
        """One call for up to a hundred findings of an account and Region."""
        outcomes = [UNTRIED] * len(documents)
        # A call is for one product: that of an account in a Region.
        places: dict[tuple[str, str], list[int]] = {}
        for position, document in enumerate(documents):
            places.setdefault((self._account or document["accountId"], document["region"]), []).append(position)
        for (account, region), positions in places.items():
            sent = self._send([self._imported(documents[one], account) for one in positions], region)
            for one, outcome in zip(positions, sent, strict=True):
                outcomes[one] = outcome
        return outcomes

    def _imported(self, document: Finding, account: str) -> dict[str, Any]:
        written = asff(document)
        partition, region = document["partition"], document["region"]
        product = f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default"
        # Names that begin with aws/ are kept for AWS's own products.
        fields = {name.removeprefix("aws/"): value for name, value in written["ProductFields"].items()
                  if not name.startswith("aws/securityhub/")}
        return {**written, "ProductArn": product, "ProductName": "Vedette", "CompanyName": "Vedette",
                "ProductFields": fields}

    def _send(self, findings: list[dict[str, Any]], region: str) -> list[Outcome]:
        client = self._clients.get(region)
        if client is None:
            client = self._clients[region] = Client("securityhub", self._endpoint_url, region)
        outcomes = [
            Outcome("never", f"more than {_FINDING_SIZE} bytes") if _size(one) > _FINDING_SIZE else UNTRIED
            for one in findings]
        going = [place for place, outcome in enumerate(outcomes) if outcome is UNTRIED]
        sent = send_in_batches([findings[place] for place in going], _size, _COUNT, _SIZE,
                               lambda batch: _imported(batch, client.call("batch_import_findings", Findings=batch)))
        for place, outcome in zip(going, sent, strict=True):
            outcomes[place] = outcome
        return outcomes


def _imported(batch: list[dict[str, Any]], answer: Mapping[str, Any]) -> list[Outcome]:
    failed = {one["Id"]: one for one in answer.get("FailedFindings", ())}
    return [_refused(failed[one["Id"]]) if one["Id"] in failed else ARRIVED for one in batch]


def _refused(failed: Mapping[str, Any]) -> Outcome:
    outcome = refusal(failed.get("ErrorCode", ""), failed.get("ErrorMessage", ""))
    # A finding that does not meet the format does not do so later.
    return Outcome("never", outcome.reason) if failed.get("ErrorCode") == "InvalidInput" else outcome


def _size(finding: dict[str, Any]) -> int:
    return len(compact_json(finding))
