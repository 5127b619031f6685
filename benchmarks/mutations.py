"""Breaks each detector's conditions one at a time; a story, or an edge of the tests, must fail each time.

``python -m benchmarks.mutations`` breaks what `MUTATIONS` lists; ``--every`` breaks every condition in the detector
files instead: each ``if`` is taken away, each side of an ``and`` or ``or`` is dropped. ``-k WORD`` takes only files
with the word in their names. Each break is made in a copy, in a process of its own. It prints the survivors and exits
with 1 when there is one, or when an entry of the list does not fit its file any more.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DETECTORS = Path("src/vedette/detectors")
_PARTS = ("src", "tests", "benchmarks")
_PATIENCE = 300.0
"""Seconds after which a check that does not end counts as one that noticed."""

MUTATIONS: tuple[tuple[str, str, str], ...] = (
    # file, what stands there once, what it becomes
    ("api/bedrock_logging", "not call.succeeded or", ""),
    ("api/bedrock_logging", 'config.get("textDataDeliveryEnabled") is not False', "False"),
    ("api/console_logins", 'not call.succeeded or call.response.get("ConsoleLogin") != "Success"', "False"),
    ("api/console_logins", "or known.intel.is_trusted_ip(call.source_ip)", ""),
    ("api/console_logins", "travelled > _FASTEST_KMH * hours", "True"),
    ("api/console_logins", "travelled >= _NEAREST_KM and", ""),
    ("api/credential_exfiltration", "if place and news and memory.admits", "if place and memory.admits"),
    ("api/credential_exfiltration", "if len(seen) >= min(shared_after, _MOST_USERS):", "if False:"),
    ("api/credential_exfiltration", "if place.place in memory.own or call.source_ip in own:", "if False:"),
    ("api/exposed_credentials", "if ours and not _naming(call, known):", "if not _naming(call, known):"),
    ("api/listed_callers", "if is_anonymous(call) and not (act is S3Act.IMPACT and call.succeeded):", "if False:"),
    ("api/listed_callers", "    elif not is_anonymous(call):", "    else:"),
    ("api/listed_callers", "return info.category in HARMFUL", "return True"),
    ("api/listed_callers", "return info.custom", "return True"),
    ("api/model_invocation", 'if not (kinds["network"] or looks):', "if False:"),
    ("api/model_invocation", 'looks = peers == "machines" and kinds["program"] and', 'looks = peers == "machines" and'),
    ("api/model_invocation", 'looks = peers == "machines" and kinds["program"] and', 'looks = kinds["program"] and'),
    ("api/model_invocation", "and not _SIGHTS.isdisjoint(burst.odd)", ""),
    ("api/model_invocation", "return total >= ENOUGH", "return True"),
    ("api/model_invocation", "if levels > burst.said.get(COST_HARVESTING.name, 0):", "if levels:"),
    ("api/model_invocation", "if len(burst.odd) >= 2 * burst.said.get(named, 0):", "if True:"),
    ("api/model_invocation", "if not call.succeeded or not weight:", "if not weight:"),
    ("api/model_invocation", "total += max((nats for kind, nats in fresh.items() if kind in DEEDS), default=0.0)",
     "total += sum(nats for kind, nats in fresh.items() if kind in DEEDS)"),
    ("api/model_invocation", "if not invokes:", "if False:"),
    ("api/model_invocation", 'return None if call.management_event is False else who', "return None"),
    ("api/model_invocation", "return (*who, call.region, call.event_name) if sampled else None", "return None"),
    ("api/password_policy", "if deletes or lost:", "if True:"),
    ("api/password_policy", "if call.error_code in _DENIED:", "if True:"),
    ("api/password_policy", "if after.reuse < before.reuse:", "if False:"),
    ("api/password_policy", "if before.hard_expiry and not after.hard_expiry:", "if False:"),
    ("api/pentest_distributions", "    if not is_s3_data(call):", "    if True:"),
    ("api/resource_credential_exfiltration", 'or ":role/aws-" in issuer.arn', ""),
    ("api/resource_credential_exfiltration", "bool(_handed_out(call) or _issued", "bool(_issued"),
    ("api/resource_credential_exfiltration", " or _issued_to(call) or _TASK", " or _TASK"),
    ("api/resource_credential_exfiltration", " or _TASK.match(session_name(call)))", ")"),
    ("api/prompt_injection", 'if _said(parts, "source", "guardrailSource") == "OUTPUT":', "if False:"),
    ("api/prompt_injection", 'or one["confidence"] != "HIGH"', ""),
    ("api/prompt_injection", 'one["type"] != "PROMPT_ATTACK" or', ""),
    ("api/root_use", 'or call.event_type == "AwsServiceEvent"', ""),
    ("api/root_use", 'if call.source_ip == "AWS Internal" or call.source_ip.endswith(".amazonaws.com"):', "if False:"),
    ("api/root_use", 'if call.event_type == "AwsConsoleSignIn" and not _signed_in(call):', "if False:"),
    ("api/trail_tampering", "if starved:", "if False:"),
    ("api/trail_tampering", "if isinstance(bucket, str) and trail.bucket and bucket != trail.bucket:", "if False:"),
    ("api/trail_tampering", "if trail.changes or was is False or making:", "if False:"),
    ("api/trail_tampering", "and getattr(trail, kept_as) is not False", ""),
    ("api/unusual_calls", "or not is_somebody(call)", ""),
    ("api/unusual_calls", "suspicion(memory.habits, who, burst) >= ENOUGH", "True"),
    ("api/unusual_calls", "WORK * min(works, WORKS)", "0.0"),
    ("api/unusual_calls", "REPORTED * min(sum(map(is_reported, apis)), REPORTS)", "0.0"),
    ("api/unusual_calls", 'REFUSED * min(burst.kinds()["denied"], REFUSALS)', "0.0"),
    ("api/unusual_calls", "if burst.is_several(UNWEIGHED) else 0.0", ""),
    ("unusual", "- sum(kinds[kind] for kind in context)", ""),
    ("api/unusual_calls", "if department := department_of(memory.departments, who, known):", "if department := '':"),
    ("departments", "return departments[one].department", 'return ""'),
    ("custom/buckets", 'one.get("Status") == "Enabled" and', ""),
    ("custom/buckets", "return days <= _RAPID_DAYS", "return True"),
    ("custom/buckets", '"NONE" in listed(', '"" in listed('),
    ("custom/databases", 'if call.request.get("masterUserPassword") is None:', "if False:"),
    ("custom/databases", 'if not is_false(call.request.get("enableIAMDatabaseAuthentication")):', "if False:"),
    ("custom/databases", 'and call.event_name.startswith("Restore"):', ":"),
    ("custom/databases", "if asked is None and", "if"),
    ("custom/databases", 'if not is_true(asked):', "if False:"),
    ("custom/defenses", 'and is_true(request.get("value"))', ""),
    ("custom/defenses", "if asked and not gone:", "if False:"),
    ("custom/defenses", 'if not is_true(request.get("disableApiTermination")) and not older:', "if False:"),
    ("custom/functions", 'request.get("principal") != "*" or', ""),
    ("custom/functions", "or any(request.get(name) for name in _NARROWING)", ""),
    ("custom/functions", 'if call.request.get("authType") != "NONE":', "if False:"),
    ("custom/identities", 'if text_of(call.additional.get("MFAUsed")).lower() != "no":', "if False:"),
    ("custom/identities", 'or found["name"] != policy', ""),
    ("custom/identities", 'if call.request.get("serviceName") != "bedrock.amazonaws.com":', "if False:"),
    ("custom/instances", "if not any(_lets_in_ssh(one) and any(map(_everywhere, _sources(one)))",
     "if not any(_lets_in_ssh(one)"),
    ("custom/instances", 'if request.get("userData") is None and request.get("attribute") != "userData":', "if False:"),
    ("custom/instances", 'if protocol == "-1":', "if False:"),
    ("custom/mail", 'if is_false(call.request.get("productionAccessEnabled")):', "if False:"),
    ("custom/mail", 'if "@" in name or kind == "EMAIL_ADDRESS":', "if False:"),
    ("custom/sharing", 'if any(one.get("group") == "all" for one in added):', "if False:"),
    ("custom/sharing", 'if "all" not in listed(request.get("valuesToAdd")) or', "if"),
    ("custom/sharing", "if not audience and not others:", "if not others:"),
    ("databases/guessing", "if not tries.told and _unusual(", "if _unusual("),
    ("databases/guessing", "and first >= max(tries.began, row.time - DAY_MS)", ""),
    ("databases/guessing", "if tries.users.get(event.user[:NAME], 0) < ENOUGH and", "if False and"),
    ("databases/guessing", "and _found(tries, event, memory.is_settled(day))", ""),
    ("databases/guessing", "tries.number >= max(AFTER_CHANGE, AS_USUAL * usual)", "tries.number >= AS_USUAL * usual"),
    ("databases/guessing", "len(tries.users) >= MANY_USERS and tries.number > usual", "False"),
    ("databases/guessing", "(settled or (is_public(event.source) and tries.number >= FEW))", "True"),
    ("databases/guessing", "return None if is_of_rds(event) else home_key(event)", "return home_key(event)"),
    ("databases/listed_callers", "if tried is not None and tried + AUTHENTICATION_MS >= row.time:", "if False:"),
    ("databases/listed_callers", "and not event.target.lower().startswith(_SYSTEM)", ""),
    ("databases/listed_callers", "return info.category in HARMFUL", "return True"),
    ("databases/unusual_data", "(done[0] is Deed.DROPPED and memory.is_own(user, event.target, day))", "False"),
    ("databases/unusual_data", "deed is Deed.DROPPED and memory.is_builder(user, day)", "False"),
    ("databases/unusual_data", "transfer.told or not (settled", "not (settled"),
    ("databases/unusual_data", "or volumes.is_settled(host_number(\"\"), day)", ""),
    ("databases/unusual_data", "if event.target.lower().startswith(_SYSTEM):", "if False:"),
    ("databases/unusual_login", "return _PLACE in news or _TOOL in news", "return True"),
    ("databases/unusual_login", "return {_PLACE, _NETWORK, _PROGRAM} <= news.keys()", "return _NETWORK in news"),
    ("databases/unusual_login", "if not _tells(news, public) or memory.is_fresh(told, day):",
     "if not _tells(news, public):"),
    ("databases/unusual_login", "if memory.is_fresh(name, day):", "if False:"),
    ("dns/data_exfiltration", "or _is_expansion(lookup)", ""),
    ("dns/data_exfiltration", "or _asks_a_list(lookup)", ""),
    ("dns/data_exfiltration", "or asks_by_name(name)", ""),
    ("dns/data_exfiltration", "or known.intel.is_trusted_domain(name)", ""),
    ("dns/data_exfiltration", "0 < known.intel.rank(domain) <= POPULAR or", ""),
    ("dns/data_exfiltration", "len(self.recent(time)) >= COMMON", "len(self.recent(time)) >= COMMON - 1"),
    ("dns/data_exfiltration", "if row.time < client.quiet_until:", "if False:"),
    ("dns/data_exfiltration", "and hour.names >= NAMES_IN_AN_HOUR", ""),
    ("dns/data_exfiltration", "day.names >= ONCE * day.questions and", ""),
    ("dns/data_exfiltration", "and sender.since(DAY, time) >= ROUND", ""),
    ("dns/domain_reputation", "if malicious and not everybodys:", "if malicious:"),
    ("dns/domain_reputation", "if malicious or abused or everybodys or not _for_address(lookup):", "if False:"),
    ("dns/domain_reputation", "if known.intel.is_trusted_domain(name) or reads_mail_policy(lookup):", "if False:"),
    ("dns/domain_reputation", "elif _speaks_of_mining(name) and", "elif"),
    ("dns/generated_names", "or lookup.query_type not in _FOR_ADDRESSES", ""),
    ("dns/generated_names", "or (lookup.resolver_endpoint and not lookup.instance_id)", ""),
    ("dns/generated_names", "or known.intel.rank(name) or known.intel.is_trusted_domain(name)", ""),
    ("dns/generated_names", "or row.time < memory.quiet_until", ""),
    ("dns/generated_names", "and len(self.counted) >= SEVERAL", ""),
    ("dns/generated_names", "or (exists and not before.exists)", ""),
    ("dns/listed_domains", "if found or tested is rule.kind:", "if found:"),
    ("dns/listed_domains", "if known.intel.is_trusted_domain(name) or reads_mail_policy(lookup):", "if False:"),
    ("dns/metadata_rebind", 'or "." not in name or', "or"),
    ("dns/metadata_rebind", "or known.intel.is_trusted_domain(name)", ""),
    ("dns/metadata_rebind", 'if answer.type in {"A", "AAAA"} and _hands_out_credentials(answer.rdata)',
     'if _hands_out_credentials(answer.rdata)'),
    ("kubernetes/anonymous_access", "if not call.succeeded or _PUBLIC.fullmatch(path):", "if not call.succeeded:"),
    ("kubernetes/anonymous_access", "if not call.succeeded or _PUBLIC.fullmatch(path):", "if _PUBLIC.fullmatch(path):"),
    ("kubernetes/bindings", "if not call.succeeded:", "if False:"),
    ("kubernetes/bindings", "if role not in _OF_EVERY_CLUSTER:", "if True:"),
    ("kubernetes/bindings", "if role in _ADMIN:", "if True:"),
    ("kubernetes/dashboards", "row.time - memory.seen <= FORGOTTEN_MS", "True"),
    ("kubernetes/dashboards", "or any(map(_lets_anybody_in, ranges))", ""),
    ("kubernetes/dashboards", 'if scheme == "internal" or (own and scheme != "internet-facing"):', "if False:"),
    ("kubernetes/exec_in_kube_system", 'call.about.namespace != "kube-system" or', ""),
    ("kubernetes/exec_in_kube_system", "or not call.succeeded", ""),
    ("kubernetes/listed_callers", 'caller.username not in ("", ANONYMOUS) and', ""),
    ("kubernetes/listed_callers", "return info.custom", "return True"),
    ("kubernetes/listed_callers", "return info.category in HARMFUL", "return True"),
    ("kubernetes/unusual_requests", "if habits.profiles[who].active else max(says)", ""),
    ("kubernetes/unusual_requests", 'if own and not any(trait.startswith(("program:", "network:"))',
     'if False and not any(trait.startswith(("program:", "network:"))'),
    ("kubernetes/unusual_requests", "and told.isdisjoint(_DEPLOYS):", ":"),
    ("kubernetes/unusual_requests", "PRIVILEGED.name not in told and MOUNTED.name not in told", "True"),
    ("kubernetes/unusual_requests", 'if kind is BOUND and role_of(call)[1] in _ADMIN:', "if False:"),
    ("kubernetes/unusual_requests", "call.verb != \"create\" or is_of_every_node(call)", "is_of_every_node(call)"),
    ("kubernetes/unusual_requests", "or is_of_every_node(call) or", "or"),
    ("kubernetes/unusual_requests", "if account:", "if False:"),
    ("kubernetes/unusual_requests", "if act is Act.ROLE and only_reads(call):", "if False:"),
    ("kubernetes/unusual_requests", "if act is Act.ROLE and only_reads(call):", "if act is Act.ROLE:"),
    ("kubernetes/unusual_requests", "* (1.0 if kind in does else LOOKS)", "* 1.0"),
    ("network/brute_force", "self.attempts = failed if failed >= NEARLY_ALL * all_of_them else 0",
     "self.attempts = failed"),
    ("network/brute_force", "ATTEMPTS_OUTSIDE if is_outside(flow.remote) else ATTEMPTS_INSIDE", "ATTEMPTS_OUTSIDE"),
    ("network/brute_force", "self.packets in PACKETS and", ""),
    ("network/brute_force", "and self.received <= received", ""),
    ("network/brute_force", "or self.received > received or", "or"),
    ("network/brute_force", "if row.time < max(peer.quiet_until, memory.quiet_until.get(group, 0)):", "if False:"),
    ("network/denial_of_service", "if one.back * ANSWERED <= one.out:", "if True:"),
    ("network/denial_of_service", "if one.plain >= one.needed or _wide(one, family):", "if one.plain >= one.needed:"),
    ("network/denial_of_service", "return of_instances(frame.filter((wanted | clock) & (packets > 0)))",
     "return (frame.filter((wanted | clock) & (packets > 0)))"),
    ("network/denial_of_service", "if row.time < memory.quiet_until.get(family, 0):", "if False:"),
    ("listed_traffic", "flow.protocol != TCP or flow.remote_port in but", "False"),
    ("listed_traffic", '(let_through | pl.col("outgoing")) & ~answers', "~answers"),
    ("listed_traffic", "if port is None or len(memory.called) < RELAYS:", "if port is None:"),
    ("listed_traffic", "if not (flow.outgoing and flow.protocol in {TCP, UDP} and _openers(flow)):", "if False:"),
    ("network/listed_addresses", "return listed(of_instances(frame), known)", "return listed(frame, known)"),
    ("network/listed_addresses", "if not threats or interface_key(flow, known) is None:", "if not threats:"),
    ("network/listed_addresses_of_functions", "return listed(of_functions(frame, known), known)",
     "return listed(frame, known)"),
    ("network/listed_addresses_of_functions", 'return ",".join(known.inventory.functions_of(flow.interface_id))',
     'return ""'),
    ("network/port_probe", "& ~port.is_in(MEANT_TO_BE_REACHED)", ""),
    ("network/port_probe", 'flow.initiator == "local" or', ""),
    ("network/port_probe", "if flow.local_port in EMR and _is_emr_node(flow, known):", "if flow.local_port in EMR:"),
    ("network/port_scan", "if host.score >= FAILED_PORTS:", "if host.score >= FAILED_PORTS + 30:"),
    ("network/port_scan", "return max(0.0, self.score - max(0, time - self.at) / LEAK_MS)", "return self.score"),
    ("network/port_scan", "or port in host.failed", ""),
    ("network/port_sweep", "FAILED_WEB_HOSTS if far and port in WEB else FAILED_HOSTS", "FAILED_HOSTS"),
    ("network/port_sweep", "return max(0.0, self.score - max(0, time - self.at) / LEAK_MS)", "return self.score"),
    ("network/port_sweep", "PORT_SWEEP if far else PORT_SCAN", "PORT_SWEEP"),
    ("network/spambot", "if len(memory.sent) >= HOSTS:", "if len(memory.sent) >= HOSTS * 9:"),
    ("network/spambot", "if memory.is_mail_server(row.time) or (", "if ("),
    ("network/spambot", "bool(flow.remote in known.aws or flow.pkt_dst_aws_service)", "False"),
    ("custom/beacons", "found.score >= SCORE", "True"),
    ("custom/beacons", "(name not in memory.callers and len(memory.callers) >= POPULAR - 1)", "False"),
    ("custom/beacons", 'prefix is None or prefix.service == "EC2"', "True"),
    ("custom/beacons", "& ~pl.col(\"remote_port\").is_in(LEFT_OUT)", ""),
    ("custom/beacons", "-1 if flow.tcp_flags else flow.local_port or -1", "-1"),
    ("network/spambot", "and is_settled(self.hosts[host], day_of(one.began))", ""),
    ("network/spambot", "now < one.began + BEGINS_MS", "True"),
    ("network/spambot", "and not memory.is_ordinary(host, day)", ""),
    ("network/spambot", "and not 0 < one.took >= now - HISTORY_MS", ""),
    ("network/spambot", "if number in GOOGLE:", "if False:"),
    ("network/unusual_port", "memory.told.get(host, -1) < day", "True"),
    ("network/unusual_port", "port in LDAP and found in (Use.UNUSUAL, Use.RESTLESS)", "False"),
    ("network/unusual_port", "& ~port.is_in([*ELSEWHERE, *RENTED])", ""),
    ("network/unusual_port", "& opened_here(columns)", ""),
    ("network/unusual_port", "talks.filter(outside(pl.col(\"remote\")))", "talks"),
    ("network/unusual_resolver", "is not Use.UNUSUAL", "is Use.OWN"),
    ("network/unusual_resolver", "if not listed or memory.told < day:", "if True:"),
    ("network/unusual_resolver", "| (pl.col(\"packets\") >= ANSWERS)", "| True"),
    ("network/unusual_resolver", "& opened_here(columns)", ""),
    ("network/unusual_volume", "and not transfer.told", ""),
    ("network/unusual_volume", "and volumes.is_settled(host, day)", ""),
    ("network/unusual_volume", "and volumes.is_new(host, place, day, PEERS)", ""),
    ("network/unusual_volume", "max(LEAST, TIMES * usual)", "LEAST"),
    ("s3/access_logging", "if disables and not was_off:", "if disables:"),
    ("s3/access_logging", "if bucket and call.succeeded else None", "if bucket else None"),
    ("s3/unusual_access", "or is_anonymous(call) or", "or"),
    ("s3/unusual_access", "if not is_somebody(call) and", "if False and"),
    ("s3/unusual_access", "odd and not _is_first_of_fleet(memory, peers) and", "odd and"),
    ("s3/unusual_access", "if is_denied(call) else [", "if False else ["),
    ("s3/unusual_access", "traits = _volumes(row, memory, who)", "traits = list[str]()"),
    ("s3/unusual_access", "if act is Act.READ:\n        levels", "if False:\n        levels"),
    ("s3/unusual_access", "number / share", "number"),
    ("s3/unusual_access", "if _more(burst, served):", "if not burst.said:"),
    ("s3/unusual_access", "suspicion(memory.habits, who, burst) >= ENOUGH", "True"),
    ("s3/unusual_access", 'burst.is_several() or burst.kinds()["volume"]', "burst.is_several()"),
    ("s3/unusual_access", 'burst.is_several() or burst.kinds()["volume"]', "True"),
    ("s3/unusual_access", "BEYOND * min(max(volumes, default=0), STEPS)", "0.0"),
    ("s3/unusual_access", 'REFUSED * min(burst.kinds()["denied"], REFUSALS)', "0.0"),
    ("s3/unusual_access", 'if profile.peers.startswith("arn:") else None', "if False else None"),
    ("s3/public_access", "if max(after) > max(before):", "if max(after) >= max(before):"),
    ("s3/public_access", 'if did == "CreateBucket" and row.time < BLOCKED_SINCE:', "if False:"),
    ("s3/public_access", '(call.account or "unknown") if call.succeeded else None', 'call.account or "unknown"'),
    ("weighing", "KNOWN * min(days / KNOWN_DAYS, 1.0)", "KNOWN"),
)


@dataclass(frozen=True)
class Break:
    """A detector file, or what several share, with one thing broken."""

    module: str
    """``network.port_scan``; ``listed_traffic``."""
    text: str
    """The whole file."""
    told: str
    """What was done."""


def listed(root: Path) -> tuple[list[Break], list[str]]:
    """What `MUTATIONS` says; and what of it does not fit any more."""
    breaks, stale = [], []
    for file, old, new in MUTATIONS:
        text = (root / DETECTORS / f"{file}.py").read_text(encoding="utf-8")
        logic, examples = _cut(text)
        if logic.count(old) != 1:
            stale.append(f"{file}: {old!r} stands there {logic.count(old)} times")
            continue
        breaks.append(Break(file.replace("/", "."), logic.replace(old, new) + examples, f"{old!r} -> {new!r}"))
    return breaks, stale


def every(root: Path) -> Iterator[Break]:
    """Every condition of every detector file: an ``if`` never taken, an ``and`` or ``or`` with a side less."""
    for path in sorted((root / DETECTORS).glob("*/[a-z]*.py")):
        text = path.read_text(encoding="utf-8")
        logic, _ = _cut(text)
        module = f"{path.parent.name}.{path.stem}"
        for node in ast.walk(ast.parse(logic)):
            if isinstance(node, ast.If):
                yield _replaced(module, text, node.test, "False")
            elif isinstance(node, ast.IfExp):
                yield _replaced(module, text, node.test, "True")
                yield _replaced(module, text, node.test, "False")
            elif isinstance(node, ast.BoolOp):
                neutral = "True" if isinstance(node.op, ast.And) else "False"
                for side in node.values:
                    yield _replaced(module, text, side, neutral)


def _replaced(module: str, text: str, node: ast.expr, new: str) -> Break:
    lines = text.encode().splitlines(keepends=True)
    ends = [sum(map(len, lines[:line - 1])) + column for line, column in (
        (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))]
    whole = text.encode()
    old = whole[ends[0]:ends[1]].decode()
    return Break(module, (whole[:ends[0]] + new.encode() + whole[ends[1]:]).decode(),
                 f"line {node.lineno}: {' '.join(old.split())!r} -> {new}")


def _cut(text: str) -> tuple[str, str]:
    """The file before and from its stories on."""
    place = text.find("\nEXAMPLES")
    return (text[:place], text[place:]) if place >= 0 else (text, "")


def survives(root: Path, one: Break) -> bool:
    """No story of the broken file, and no edge, fails."""
    with tempfile.TemporaryDirectory(prefix="vedette-mutation-") as name:
        copy = Path(name)
        _copied(root, copy)
        (copy / DETECTORS / f"{one.module.replace('.', '/')}.py").write_text(one.text, encoding="utf-8")
        try:
            done = subprocess.run(
                [sys.executable, "-B", "-m", "benchmarks.mutations", "--check", one.module], cwd=copy,
                timeout=_PATIENCE, capture_output=True, env=os.environ | {"PYTHONPATH": f"{copy / 'src'}:{copy}"})
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def _copied(root: Path, into: Path) -> None:
    for part in _PARTS:
        shutil.copytree(root / part, into / part, ignore=shutil.ignore_patterns("dist", "node_modules"))


def check(module: str) -> bool:
    """All stories and edges of a detector file come true. Runs in the copy."""
    from tests.detectors.edges import EDGES
    from tests.playing import at_path, known_in, play

    from vedette.detectors.catalogue import catalogue
    from vedette.detectors.custom_rule import custom_rules

    ours = catalogue()
    if ours.broken:
        return False
    rules = frozenset(custom_rules()) if module.startswith("custom.") else frozenset()
    telling = {module} if "." in module else _users_of(module)
    edges = [told for name in sorted(telling) for told in EDGES.get(name, ())]
    for told in [*(told for name, told in ours.stories() if name in telling), *edges]:
        with tempfile.TemporaryDirectory() as folder:
            told.render().save(Path(folder))
            played = play(Path(folder) / "logs", known_in(Path(folder)), rules=rules)
        if played.types != sorted(one.type for one in told.expected or () for _ in range(one.findings)):
            return False
        for one in told.expected or ():
            for found in played.of(one.type):
                if one.count not in (None, found["service"]["count"]):
                    return False
                if {path: at_path(found, path) for path in one.details} != dict(one.details):
                    return False
    return True


def _users_of(module: str) -> set[str]:
    """The detector files that use what several share."""
    return {f"{path.parent.name}.{path.stem}" for path in DETECTORS.glob("*/[a-z]*.py")
            if f"from vedette.detectors.{module} import" in path.read_text(encoding="utf-8")}


def main() -> int:
    """Break everything, print what nobody noticed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    parser.add_argument("--every", action="store_true", help="every condition, not only those listed")
    parser.add_argument("--check", metavar="MODULE", help="whether the stories of a detector file come true")
    parser.add_argument("-k", dest="word", default="", help="only files with this in their names")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    if asked.check:
        return 0 if check(asked.check) else 1
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="vedette-unbroken-") as name, ThreadPoolExecutor(asked.jobs) as pool:
        root = Path(name)
        _copied(ROOT, root)
        # What is compiled is copied with its file, and only the broken one is compiled again.
        for part in _PARTS:
            compileall.compile_dir(root / part, quiet=2)
        breaks, stale = (list(every(root)), []) if asked.every else listed(root)
        breaks = [one for one in breaks if asked.word in one.module]
        whole = [Break(one, (root / DETECTORS / f"{one.replace('.', '/')}.py").read_text(encoding="utf-8"), "nothing")
                 for one in sorted({one.module for one in breaks})]
        for one, sound in zip(whole, pool.map(lambda one: survives(root, one), whole), strict=True):
            if not sound:
                stale.append(f"{one.module}: its stories fail although nothing is broken")
        for one, survived in zip(breaks, pool.map(lambda one: survives(root, one), breaks), strict=True):
            if survived:
                survivors += 1
                print(f"SURVIVED {one.module}: {one.told}", flush=True)
    for told in stale:
        print(f"DOES NOT FIT {told}")
    print(f"{len(breaks)} broken, {survivors} survived, {len(stale)} of the list do not fit")
    return 1 if survivors or stale else 0


if __name__ == "__main__":
    sys.exit(main())
