"""Events as log files, and what a story is given as files beside them."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from vedette.logs.kinds import LogKind
from vedette.simulate import call_record, databases, kubernetes, lookup_record
from vedette.simulate.delivery import BUCKET_MS, audit_object, call_object, database_object, flow_object, lookup_object
from vedette.simulate.events import Event
from vedette.simulate.flow_rows import header, line, raw_row, rows_of
from vedette.simulate.identifiers import hex_id
from vedette.simulate.place_file import mmdb

EXPOSED = "exposed/exposed-keys.txt"
THREAT_IPS = "lists/threat-ips.txt"
THREAT_DOMAINS = "lists/threat-domains.txt"
TRUSTED_IPS = "lists/trusted-ips.txt"
TRUSTED_DOMAINS = "lists/trusted-domains.txt"


@dataclass(frozen=True, slots=True)
class Played:
    """An event with its moment. ``seed`` is different for each event: identifiers follow from it."""

    event: Event
    at_ms: int
    start_ms: int
    """When its story starts: sessions began before that."""
    seed: str
    flow_fields: tuple[str, ...]


def log_files(played: Sequence[Played], seed: str = "story") -> dict[str, bytes]:
    """The log objects that AWS would deliver for these events, below ``logs/``; their names follow from ``seed``."""
    calls: defaultdict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    lookups: defaultdict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    flows: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    audits: defaultdict[tuple[str, str, str], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    entries: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    heads: dict[str, str] = {}
    for one in played:
        fields = one.event.fields
        if one.event.kind is LogKind.CLOUDTRAIL:
            record = call_record.record_of(fields, one.at_ms, one.start_ms, one.seed)
            account, region = record["recipientAccountId"], record["awsRegion"]
            name = call_object(account, region, _bucket(one.at_ms) + BUCKET_MS, seed)
            calls[name].append((one.at_ms, record))
        elif one.event.kind is LogKind.DNS:
            record = lookup_record.record_of(fields, one.at_ms)
            name = lookup_object(record["account_id"], record["vpc_id"], _bucket(one.at_ms), seed)
            lookups[name].append((one.at_ms, record))
        elif one.event.kind is LogKind.EKS_AUDIT:
            who = fields["principal"]
            name = audit_object(who.account, who.region, who.cluster, _bucket(one.at_ms), seed)
            record = kubernetes.audit_of(fields, one.at_ms, one.seed)
            audits[name, who.account, who.cluster].append((one.at_ms, record))
        elif one.event.kind is LogKind.RDS:
            client = fields["client"]
            name = database_object(client.account, client.region, databases.group_of(client), _bucket(one.at_ms), seed)
            entries[name] += [(one.at_ms, text) for text in databases.lines_of(fields, one.at_ms, one.seed)]
        else:
            host = fields["host"]
            rows = (
                [raw_row(host, one.at_ms, fields["row"])] if "row" in fields
                else list(rows_of(fields["conversation"], one.at_ms))
            )
            for row in rows:
                moment = row["start"] * 1000
                name = _flow_object(host.account, host.region, host.vpc, one.flow_fields, _bucket(moment), seed)
                heads[name] = header(one.flow_fields)
                flows[name].append((moment, line(row, one.flow_fields)))
    files = {name: msgspec.json.encode({"Records": _in_order(records)}) for name, records in calls.items()}
    files |= {
        name: b"".join(msgspec.json.encode(record) + b"\n" for record in _in_order(records))
        for name, records in lookups.items()
    }
    files |= {
        name: kubernetes.delivered(_in_order(records), account, cluster)
        for (name, account, cluster), records in audits.items()
    }
    files |= {name: databases.delivered(_in_order(lines)) for name, lines in entries.items()}
    files |= {
        name: "".join(f"{text}\n" for text in (heads[name], *_in_order(lines))).encode()
        for name, lines in flows.items()
    }
    return {f"logs/{name}": gzip.compress(content, 6, mtime=0) for name, content in sorted(files.items())}


def given_files(
    number: int, files: Mapping[str, bytes], *, threat_ips: Sequence[str], threat_domains: Sequence[str],
    trusted_ips: Sequence[str], trusted_domains: Sequence[str], feeds: Mapping[str, Sequence[str]],
    inventory: Mapping[str, Any], exposed_keys: Sequence[str], places: Mapping[str, Mapping[str, Any]],
) -> dict[str, bytes]:
    """What story ``number`` is given, as files; a list that is among ``files`` already is continued."""
    lists = {
        EXPOSED: exposed_keys, THREAT_IPS: threat_ips, THREAT_DOMAINS: threat_domains, TRUSTED_IPS: trusted_ips,
        TRUSTED_DOMAINS: trusted_domains,
        **{f"feeds/{category}/story-{category}.txt": entries for category, entries in feeds.items()},
    }
    given: dict[str, bytes] = {}
    for name, entries in lists.items():
        if entries:
            known = files.get(name, b"").decode().split()
            given[name] = "".join(f"{entry}\n" for entry in dict.fromkeys((*known, *entries))).encode()
    for name, document in inventory.items():
        printed = msgspec.json.format(msgspec.json.encode(document), indent=2)
        given[f"inventory/{number}-{name}.json"] = printed
    if places:
        given[f"geo/{number}-City.mmdb"] = mmdb("City", places)
    return given


@lru_cache(4096)
def _flow_object(account: str, region: str, vpc: str, fields: tuple[str, ...], millis: int, seed: str) -> str:
    return flow_object(account, region, hex_id("fl-", account, vpc, fields), millis, seed)


def _bucket(millis: int) -> int:
    return millis - millis % BUCKET_MS


def _in_order(timed: list[tuple[int, Any]]) -> list[Any]:
    return [item for _, item in sorted(timed, key=lambda pair: pair[0])]
