"""A look-up as the generators make it, and as the detector and the parser take it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from vedette.logs.resolver_dns import Answer, Lookup
from vedette.logs.times import format_time

START = 1_775_001_600_000
"""2026-04-01T00:00:00Z."""
HOUR = 3_600_000
ACCOUNT, REGION, VPC = "111122223333", "eu-west-1", "vpc-0d5e8a7bdc91aabb0"


class Question(NamedTuple):
    """A look-up: when, by which machine (a number), and what it was told."""

    time: int
    client: int
    name: str
    kind: str = "A"
    rcode: str = "NOERROR"
    answer: str = ""

    @property
    def instance(self) -> str:
        return f"i-{self.client:017x}"

    @property
    def answer_kind(self) -> str:
        return self.kind if self.kind != "NULL" else "TYPE10"

    def lookup(self, record: str) -> Lookup:
        """As the parser would give it."""
        answers = (Answer(self.answer, self.answer_kind, "IN"),) if self.answer else ()
        return Lookup(time=self.time // 1000 * 1000, query_name=self.name.lower(), account_id=ACCOUNT, region=REGION,
                      vpc_id=VPC, query_type=self.kind, rcode=self.rcode, answers=answers, instance_id=self.instance,
                      record=record)

    def line(self) -> bytes:
        """As Route 53 Resolver writes it."""
        answers = [{"Rdata": self.answer, "Type": self.answer_kind, "Class": "IN"}] if self.answer else []
        return msgspec.json.encode({
            "version": "1.100000", "account_id": ACCOUNT, "region": REGION, "vpc_id": VPC,
            "query_timestamp": format_time(self.time)[:19] + "Z", "query_name": self.name + ".",
            "query_type": self.kind, "query_class": "IN", "rcode": self.rcode, "answers": answers,
            "srcaddr": f"10.{self.client >> 16 & 255}.{self.client >> 8 & 255}.{self.client & 255}",
            "srcport": str(32768 + self.time // 7 % 28000), "transport": "UDP", "srcids": {"instance": self.instance},
        })
