"""``vedette demo``: GuardDuty's two classic demonstrations, end to end: a bucket, the server, its API, an event."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

import msgspec

from vedette.api.console.files import ConsoleFiles
from vedette.commands.demo_stage import Stage, stage
from vedette.simulate.network import described, instance
from vedette.simulate.principals import instance_session
from vedette.simulate.story import Given, every, story

LISTED = "9.9.77.140"
BADBOB = "81.2.69.142"

PING = "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom"
STOLEN = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"

_victim = instance("i-0a1b2c3d4e5f60001", private_ip="10.0.1.15", public_ip="54.210.33.12", name="victim")
_role = instance_session(_victim, role="web-app")
_given = Given(inventory=described(_victim))

_pings = story(
    "the instance pings a listed address", every(60, 5, lambda _: _victim.pings(LISTED, packets=6)), given=_given)
_pings_later = story(
    "and again, two hours later",
    every(60, 5, lambda _: _victim.pings(LISTED, packets=6), at=7200), given=_given)
_at_home = story(
    "the role's session works on its own instance",
    _role.calls("s3", "ListBuckets"), _role.calls("ec2", "DescribeInstances"), given=_given)
_badbob = story(
    "badbob uses the same session from outside",
    _role.calls("s3", "ListBuckets", ip=BADBOB),
    [_role.calls(service, name, ip=BADBOB, error=error) for service, name, error in (
        ("iam", "GetUser", "AccessDenied"), ("iam", "ListUsers", "AccessDenied"), ("iam", "CreateUser", "AccessDenied"),
        ("dynamodb", "ListTables", None), ("ec2", "DescribeInstances", None), ("secretsmanager", "ListSecrets", None),
        ("sts", "GetCallerIdentity", None))],
    given=_given)


def demo(out: TextIO, stay: Callable[[], None] | None = None) -> int:
    """Play both, say what was found, and whether it is what had to be found. Returns the exit code.

    With ``stay``, a link to the console is printed, if that is built, and the server runs until ``stay`` returns.
    """
    with stage(_pings.render().files, out) as here:
        good = [_listed_address(here, out), _stolen_credentials(here, out)]
        print("Both demonstrations went as they must." if all(good) else "A demonstration did NOT go as it must.",
              file=out)
        if stay is not None:
            print(f"\nThe console, good for one sign-in within ten minutes:\n  {here.login_link()}"
                  if ConsoleFiles().built else "\nThe console is not built here, so there is no link: make console.",
                  file=out)
            print("Enter ends the server, and all of it is gone.", file=out)
            stay()
    return 0 if all(good) else 1


def until_enter() -> None:
    """Wait until Enter, or Control-C, is pressed."""
    with suppress(EOFError, KeyboardInterrupt):
        input()


def _listed_address(here: Stage, out: TextIO) -> bool:
    print(f"\n(a) A threat list names one address, {LISTED}; an instance pings it.\n", file=out)
    here.make_list("threat", "demo-threat-list", [LISTED])
    here.deliver("a", _pings)
    found = here.events(1)
    _show(found, out)
    here.make_list("trusted", "demo-trusted-list", [LISTED])
    here.deliver("a", _pings_later)
    (listed,) = here.findings() or [{}]
    spared = listed.get("Service", {}).get("Count") == found[0]["service"]["count"] if found else False
    nothing = "true" if spared else "FALSE"
    print(f"  With {LISTED} on the trusted list as well, the same pings change nothing: {nothing}.", file=out)
    return [one["type"] for one in found] == [PING] and spared


def _stolen_credentials(here: Stage, out: TextIO) -> bool:
    print(f"\n(b) badbob, at {BADBOB}, uses the credentials of an instance's role.\n", file=out)
    before = len(here.findings())
    here.deliver("b-home", _at_home)
    silent = len(here.findings()) - before
    print(f"  The session used from the instance itself: {silent} findings.", file=out)
    here.deliver("b-away", _badbob)
    found = here.events(1)
    _show(found, out)
    return [one["type"] for one in found] == [STOLEN] and not silent


def _show(findings: list[dict[str, Any]], out: TextIO) -> None:
    for one in findings:
        print(f"\n  {one['type']}  severity {one['severity']:g}  count {one['service']['count']}", file=out)
        print(f"  {one['title']}", file=out)
        print(f"  {one['description']}", file=out)
        print(f"  from {one['service']['eventFirstSeen']} to {one['service']['eventLastSeen']}", file=out)
        for group in ("resource", "service"):
            print(f"  {group}:", file=out)
            for line in msgspec.json.format(msgspec.json.encode(one[group]), indent=2).decode().splitlines()[1:-1]:
                print(f"    {line}", file=out)
        print(file=out)
