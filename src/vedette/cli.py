"""The command line: names and options; what they do is in `vedette.commands`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

# Parallelism comes from worker processes; a thread pool in each would only fight over the cores.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

from cyclopts import App, CycloptsError, Parameter

from vedette import __version__
from vedette.errors import VedetteError

app = App(name="vedette", version=__version__, result_action="return_value", help_format="plaintext",
          suppress_keyboard_interrupt=False,
          help="An open, self-hosted Amazon GuardDuty: threats in the logs AWS already writes.")
investigate_app = App(name="investigate", help="Look into something that logs and findings name.")
findings_app = App(name="findings", help="What was found: list, one finding, the records behind it.")
intel_app = App(name="intel", help="Threat and trusted lists, feeds, AWS ranges, geography.")
connect_app = App(name="connect", help="What an AWS account needs so that its logs can be read.")
config_app = App(name="config", help="The configuration file of the server.")
new_app = App(name="new", help="Scaffold what a developer adds.")
keys_app = App(name="keys", help="Access keys of the server's API: who may use it, and for what.")
users_app = App(name="users", help="Users of the console: who may sign in, and as what.")
baselines_app = App(name="baselines", help="What the models know to be normal: shown, exported, forgotten.")
app.command(findings_app)
app.command(investigate_app)
app.command(baselines_app)
app.command(intel_app)
app.command(connect_app)
app.command(config_app)
app.command(new_app)
app.command(keys_app)
app.command(users_app)

State = Annotated[str, Parameter(help="The state that `scan --state` kept: a folder, or postgresql://…")]
Finding = Annotated[str, Parameter(help="Its id, the first digits of it, or its ARN.")]
Format = Annotated[str, Parameter(help="table, json, jsonl, ocsf or asff.")]
MinSeverity = Annotated[str, Parameter(help="low, medium, high, critical, or a number from 1 to 10.")]
EndpointUrl = Annotated[str | None, Parameter(help="Another S3 than Amazon's.")]

ThreatLists = Annotated[list[str] | None, Parameter(
    name="--threat-list", negative="", help="A threat list, LOCATION[:FORMAT]: path, https:// or s3://. Repeatable.")]
TrustedLists = Annotated[list[str] | None, Parameter(
    name="--trusted-list", negative="", help="A trusted list, LOCATION[:FORMAT]; it always wins, and calls and "
    "traffic from and to its addresses are no findings. Repeatable.")]
OwnEgress = Annotated[list[str] | None, Parameter(
    name="--own-egress", negative="",
    help="A network (CIDR) that traffic of yours leaves through: machines' credentials may be used there. Repeatable.")]
OwnEndpoints = Annotated[list[str] | None, Parameter(
    name="--own-endpoint", negative="", help="A VPC endpoint of another account that is yours too. Repeatable.")]
OwnAccounts = Annotated[list[str] | None, Parameter(
    name="--own-account", negative="", help="An affiliated account: what is used there is less severe, what "
    "is shared with it is no custom rule's finding. Repeatable.")]
DepartmentTags = Annotated[list[str] | None, Parameter(
    name="--department-tag", negative="", help="The key of a tag that says to which department a user or a role "
    "belongs; of several, the first that is there counts. Repeatable; default: department, team.")]
SharedEgressAfter = Annotated[int, Parameter(
    help="Machines used from one place after which it is taken for a shared way out; 0: none is.")]
ExposedKeyLists = Annotated[list[str] | None, Parameter(
    name="--exposed-keys", negative="",
    help="A list of exposed access keys, by id or SHA-256: path, https:// or s3://. Repeatable.")]
Feeds = Annotated[list[Path] | None, Parameter(
    negative="", help="Threat feeds: a TOML file, or a folder <category>/<file>. Repeatable.")]
InventoryFiles = Annotated[list[Path] | None, Parameter(
    name="--inventory", negative="",
    help="What AWS's describe calls printed: a JSON file or a folder of them. Repeatable.")]
DescribeRegions = Annotated[list[str] | None, Parameter(
    name="--describe-region", negative="",
    help="Ask AWS itself what is in this Region (describe calls that only read, kept for six hours). Repeatable.")]
AwsRangesFile = Annotated[str | None, Parameter(help="AWS's ip-ranges.json; else a dated snapshot is used.")]
GeoCity = Annotated[Path | None, Parameter(help="A city or country database (MMDB).")]
GeoAsn = Annotated[Path | None, Parameter(help="An ASN or ISP database (MMDB).")]
KeyFile = Annotated[Path | None, Parameter(
    help="What secrets are sealed with; default: vedette.key in the state folder, made when there is none.")]


@app.command
def scan(
    location: Annotated[str, Parameter(help="A file, a folder, a glob, or s3://bucket/prefix.")],
    *,
    kind: Annotated[list[str] | None, Parameter(
        negative="", help="Only logs of this kind: cloudtrail, vpc-flow or dns. Repeatable.")] = None,
    threat_list: ThreatLists = None,
    trusted_list: TrustedLists = None,
    exposed_keys: ExposedKeyLists = None,
    feeds: Feeds = None,
    inventory: InventoryFiles = None,
    describe_region: DescribeRegions = None,
    own_egress: OwnEgress = None,
    own_endpoint: OwnEndpoints = None,
    own_account: OwnAccounts = None,
    shared_egress_after: SharedEgressAfter = 3,
    department_tag: DepartmentTags = None,
    aws_ranges: AwsRangesFile = None,
    geo_city: GeoCity = None,
    geo_asn: GeoAsn = None,
    state: Annotated[str | None, Parameter(
        help="Keep ledger, memory and findings in this folder or postgresql://… database: a second run reads only "
        "what is new.")] = None,
    custom_rule: Annotated[list[str] | None, Parameter(
        negative="", help="A custom detection rule to use, by id, or all of them: all. They are off otherwise, except "
        "where the state has them associated. Repeatable.")] = None,
    since: Annotated[str | None, Parameter(help="Only records from this time on (ISO 8601).")] = None,
    until: Annotated[str | None, Parameter(help="Only records before this time (ISO 8601).")] = None,
    min_severity: MinSeverity = "low",
    jobs: Annotated[int | None, Parameter(help="Worker processes; default: one a core.")] = None,
    format: Format = "table",  # noqa: A002
    output: Annotated[Path | None, Parameter(help="Write the findings to this file.")] = None,
    endpoint_url: EndpointUrl = None,
    exit_code: Annotated[bool, Parameter(
        negative="", help="Exit with 3 when a finding at or above --min-severity is new.")] = False,
    profile: Annotated[bool, Parameter(
        negative="", help="Say at the end what each detector cost: CPU time, its share, records.")] = False,
) -> int:
    """Find threats in a folder or bucket of AWS logs.

    Findings go to stdout, progress and summary to stderr.
    """
    from vedette.commands.knowledge import KnowledgeOptions
    from vedette.commands.options import custom_rules_from, jobs_from, kinds_from, period_from
    from vedette.commands.scan import ScanOptions, severity_from
    from vedette.commands.scan import scan as run
    from vedette.detectors.exemptions import exemptions_of
    from vedette.detectors.known import department_keys
    from vedette.publish.formats import checked_format

    return run(ScanOptions(
        location=location, endpoint_url=endpoint_url, kinds=kinds_from(kind),
        knowledge=KnowledgeOptions(
            threat_lists=threat_list or (), trusted_lists=trusted_list or (),
            exposed_keys=exposed_keys or (), feeds=feeds or (), aws_ranges=aws_ranges, inventory=inventory or (),
            describe_regions=describe_region or (), geo_city=geo_city, geo_asn=geo_asn, exempt=exemptions_of(
                own_egress or (), own_endpoint or (), own_account or (), shared_egress_after),
            departments=department_keys(department_tag)),
        state=state, custom_rules=custom_rules_from(custom_rule), period=period_from(since, until),
        min_severity=severity_from(min_severity),
        jobs=jobs_from(jobs), format=checked_format(format), output=output, exit_code=exit_code,
        profile=profile))


@findings_app.command(name="list")
def findings_list(
    *,
    state: State,
    where: Annotated[list[str] | None, Parameter(
        negative="", help="path=value, path!=value, path>=n; * and ? are wildcards. Repeatable.")] = None,
    type: Annotated[str | None, Parameter(help="A finding type; * and ? are wildcards.")] = None,  # noqa: A002
    min_severity: MinSeverity = "low",
    limit: Annotated[int, Parameter(help="At most so many, the newest.")] = 50,
    format: Format = "table",  # noqa: A002
) -> None:
    """List findings, the newest first."""
    from vedette.commands.findings import list_findings
    from vedette.commands.options import limit_from
    from vedette.commands.scan import severity_from
    from vedette.publish.formats import checked_format

    list_findings(state, where=where or (), type=type, min_severity=severity_from(min_severity),
                  limit=limit_from(limit), format=checked_format(format), out=sys.stdout)


@findings_app.command(name="show")
def findings_show(
    finding: Finding,
    *,
    state: State,
    format: Annotated[str, Parameter(help="report, json, jsonl, ocsf or asff.")] = "report",  # noqa: A002
) -> None:
    """Tell one finding: what happened, to what, by whom, why it fired, what to do."""
    from vedette.commands.findings import show_finding
    from vedette.publish.formats import checked_format

    show_finding(state, finding, format if format == "report" else checked_format(format), sys.stdout)


@findings_app.command(name="evidence")
def findings_evidence(
    finding: Finding,
    *,
    state: State,
    with_location: Annotated[bool, Parameter(
        negative="", help="Before each record a line: # object:position")] = False,
    endpoint_url: EndpointUrl = None,
) -> int:
    """Print the raw log records behind a finding, one a line.

    Exits with 1 when some are gone or have changed.
    """
    from vedette.commands.findings import show_evidence

    return show_evidence(
        state, finding, sys.stdout, sys.stderr, with_location=with_location, endpoint_url=endpoint_url)


@investigate_app.command(name="entity")
def investigate_entity(
    kind: Annotated[str, Parameter(help="ip, principal, role-session, access-key, user-agent, instance, interface, "
                                        "bucket, cluster, kubernetes-user, pod, database, database-user, function, "
                                        "domain or account.")],
    value: Annotated[str, Parameter(help="As logs and findings name it.")],
    /,
    *,
    state: State,
    since: Annotated[str, Parameter(help="A date or a moment, UTC.")],
    until: Annotated[str, Parameter(help="A date or a moment, UTC; not included.")],
    history: Annotated[Path | None, Parameter(
        help="The folder of the event history; in the state's folder, `history`, unless given.")] = None,
    archive: Annotated[str | None, Parameter(help="Where hours of it were moved to: s3://bucket/prefix.")] = None,
    endpoint_url: EndpointUrl = None,
    geo_city: GeoCity = None,
    geo_asn: GeoAsn = None,
    json: Annotated[bool, Parameter(negative="", help="All of it, as JSON.")] = False,
) -> None:
    """Tell what is known of an entity: when it was seen, what it did, whom it met, which findings name it."""
    from vedette.commands.investigate import Place, show_entity
    from vedette.commands.knowledge import KnowledgeOptions

    show_entity(Place(state, history, archive, endpoint_url), kind, value, since, until,
                KnowledgeOptions(geo_city=geo_city, geo_asn=geo_asn), sys.stdout, as_json=json)


@investigate_app.command(name="search")
def investigate_search(
    *,
    state: State,
    since: Annotated[str, Parameter(help="A date or a moment, UTC.")],
    until: Annotated[str, Parameter(help="A date or a moment, UTC; not included.")],
    log: Annotated[str | None, Parameter(
        help="cloudtrail, vpc-flow, dns, eks-audit or rds; all of them unless given.")] = None,
    where: Annotated[list[str] | None, Parameter(
        negative="", help="A condition on a column of the log: COLUMN=VALUE, or != ^ (begins with) !^ : (contains) !: "
        "> >= < <= in place of =; without a value, records that have none, or (!=) one. Of several = on one column one "
        "must hold. Repeatable.")] = None,
    entity: Annotated[list[str] | None, Parameter(
        negative="", help="What records name, KIND=VALUE as of `investigate entity`. Repeatable: all of them.")] = None,
    text: Annotated[list[str] | None, Parameter(
        negative="", help="What stands in a column that names anything, as it is written here. Repeatable.")] = None,
    count: Annotated[list[str] | None, Parameter(
        negative="", help="A column of the log whose commonest values are counted. Repeatable.")] = None,
    limit: Annotated[int, Parameter(help="Records that are shown, the newest; all are counted.")] = 20,
    history: Annotated[Path | None, Parameter(
        help="The folder of the event history; in the state's folder, `history`, unless given.")] = None,
    archive: Annotated[str | None, Parameter(help="Where hours of it were moved to: s3://bucket/prefix.")] = None,
    endpoint_url: EndpointUrl = None,
    json: Annotated[bool, Parameter(negative="", help="All of it, as JSON.")] = False,
) -> None:
    """Look for records of all logs in the event history: how many, when, and the newest."""
    from vedette.commands.investigate import Place
    from vedette.commands.search import Wish, show_records

    show_records(Place(state, history, archive, endpoint_url),
                 Wish(since, until, log, where or (), entity or (), text or (), count or (), limit), sys.stdout,
                 as_json=json)


@investigate_app.command(name="report")
def investigate_report(
    investigation: Annotated[str, Parameter(help="Its id, as `create-investigation` gave it.")],
    /,
    *,
    state: State,
    html: Annotated[Path | None, Parameter(help="Write it to this file, as a page that prints well.")] = None,
) -> None:
    """Print the report of an investigation that was asked for over the API."""
    from vedette.commands.investigate import show_report

    show_report(state, investigation, html, sys.stdout)


@app.command
def dead_letters(
    *,
    state: State,
    limit: Annotated[int, Parameter(help="At most so many one by one; all are counted.")] = 100,
    format: Annotated[str, Parameter(help="table or json.")] = "table",  # noqa: A002
) -> None:
    """What of the logs could not be read, and why."""
    from vedette.commands.dead_letters import dead_letters as run
    from vedette.commands.options import limit_from

    run(state, limit=limit_from(limit), format=format, out=sys.stdout)


@app.command
def coverage(
    *,
    state: State,
    threat_list: ThreatLists = None,
    trusted_list: TrustedLists = None,
    exposed_keys: ExposedKeyLists = None,
    feeds: Feeds = None,
    inventory: InventoryFiles = None,
    aws_ranges: AwsRangesFile = None,
    geo_city: GeoCity = None,
) -> None:
    """What was read, where it has gaps, and which finding types are blind, and why.

    Give the options that the scans were given.
    """
    from vedette.commands.coverage import coverage as run
    from vedette.commands.knowledge import KnowledgeOptions

    run(state, KnowledgeOptions(threat_lists=threat_list or (), trusted_lists=trusted_list or (), feeds=feeds or (),
                                exposed_keys=exposed_keys or (), inventory=inventory or (), aws_ranges=aws_ranges,
                                geo_city=geo_city), sys.stdout)


@baselines_app.command(name="show")
def baselines_show(
    what: Annotated[str | None, Parameter(help="principal or host; nothing: which models know how much.")] = None,
    name: Annotated[str | None, Parameter(
        help="A principal's ARN or a part of it; nothing: all are listed. A host's interface or instance.")] = None,
    /,
    *,
    state: State,
) -> None:
    """Tell what is normal: for a principal with its peers' and the account's counts beside it, for a host."""
    from vedette.commands.baselines import show

    show(state, what, name, sys.stdout)


@baselines_app.command(name="export")
def baselines_export(
    *,
    state: State,
    principal: Annotated[str | None, Parameter(help="Only of this one: its ARN.")] = None,
    output: Annotated[Path | None, Parameter(help="Write to this file.")] = None,
) -> None:
    """Write what is known to be normal as JSON lines, each with the version of its form."""
    from vedette.commands.baselines import export

    export(state, principal, output, sys.stdout)


@baselines_app.command(name="forget")
def baselines_forget(
    what: Annotated[str, Parameter(help="principal")],
    name: Annotated[str, Parameter(help="Its ARN.")],
    /,
    *,
    state: State,
) -> None:
    """Forget what is normal for a principal; the server may run. What it does from then on is learned anew."""
    from vedette.commands.baselines import forget

    forget(state, what, name, sys.stdout)


@intel_app.command(name="status")
def intel_status(
    *,
    threat_list: ThreatLists = None,
    trusted_list: TrustedLists = None,
    exposed_keys: ExposedKeyLists = None,
    feeds: Feeds = None,
    aws_ranges: AwsRangesFile = None,
    geo_city: GeoCity = None,
    geo_asn: GeoAsn = None,
) -> None:
    """Load what the options name; say what it is and how old."""
    from vedette.commands.intel import status
    from vedette.commands.knowledge import KnowledgeOptions

    status(KnowledgeOptions(threat_lists=threat_list or (), trusted_lists=trusted_list or (), feeds=feeds or (),
                            exposed_keys=exposed_keys or (), aws_ranges=aws_ranges, geo_city=geo_city,
                            geo_asn=geo_asn), sys.stdout)


@intel_app.command(name="check")
def intel_check(
    file: Annotated[str, Parameter(help="A list, LOCATION[:FORMAT]: path, https:// or s3://.")],
    *,
    trusted: Annotated[bool, Parameter(negative="", help="Hold it to the limits of a trusted list.")] = False,
) -> None:
    """Say whether a list is sound, and if not, which line is wrong."""
    from vedette.commands.intel import check

    check(file, "trusted" if trusted else "threat", sys.stdout)


@intel_app.command(name="feeds")
def intel_feeds() -> None:
    """The open feeds that Vedette knows by name, for a feeds file."""
    from vedette.commands.intel import feeds

    feeds(sys.stdout)


@app.command
def types(
    type: Annotated[str | None, Parameter(help="A finding type, to be told everything about it.")] = None,  # noqa: A002
    /,
) -> None:
    """The finding types that the detectors here produce."""
    from vedette.commands.types import list_types, show_type

    if type is None:
        list_types(sys.stdout)
    else:
        show_type(type, sys.stdout)


LogBucket = Annotated[str, Parameter(help="The bucket that logs are delivered to.")]
LogPrefix = Annotated[str, Parameter(help="Only objects whose key begins so.")]
LogGroups = Annotated[list[str] | None, Parameter(
    name="--log-group", negative="", help="A CloudWatch Logs group to read as well. Repeatable.")]


@connect_app.command(name="aws")
def connect_aws(
    *,
    bucket: LogBucket,
    trust: Annotated[list[str], Parameter(
        negative="", help="Who may take the role: the ARN of the role that Vedette runs as. Repeatable.")],
    prefix: LogPrefix = "",
    log_group: LogGroups = None,
    kms_key: Annotated[list[str] | None, Parameter(
        negative="", help="The ARN of a KMS key that logs are encrypted with. Repeatable.")] = None,
    into: Annotated[Path, Parameter(help="A new folder.")] = Path("vedette-aws"),
) -> None:
    """Write the Terraform and the CloudFormation that point an account at Vedette: a role that only reads, a queue."""
    from vedette.commands.connect import Connection, write_connection

    write_connection(Connection(bucket, prefix, trust, log_group or (), kms_key or ()), into, sys.stdout)


@connect_app.command(name="check")
def connect_check(
    *,
    bucket: LogBucket,
    prefix: LogPrefix = "",
    queue: Annotated[str | None, Parameter(help="The URL of the queue of notifications.")] = None,
    log_group: LogGroups = None,
    endpoint_url: EndpointUrl = None,
    region: Annotated[str | None, Parameter(help="The Region of the queue and the groups.")] = None,
) -> int:
    """Say what is there and what is missing. Exit code 3: something is."""
    from vedette.commands.connect import Connection, check_connection

    return check_connection(Connection(bucket, prefix, (), log_group or ()), sys.stdout, queue=queue,
                            endpoint_url=endpoint_url, region=region)


@app.command
def serve(
    *,
    config: Annotated[Path, Parameter(help="The configuration file; `config options` tells what it may hold.")],
) -> int:
    """Read sources as logs arrive, publish findings and answer GuardDuty's API, until SIGTERM or SIGINT.

    The first signal ends it in order, the second at once.
    """
    from vedette.commands.serve import serve as run

    return run(config)


@config_app.command(name="check")
def config_check(file: Annotated[Path, Parameter(help="The configuration file.")], /) -> None:
    """Check a configuration file without starting anything."""
    from vedette.commands.config import check_config

    check_config(file, sys.stdout)


@config_app.command(name="options")
def config_options() -> None:
    """Print every table and key of the configuration file, as Markdown."""
    from vedette.commands.config import print_options

    print_options(sys.stdout)


@app.command
def backup(
    *,
    state: Annotated[str, Parameter(help="The folder of the state; the server may run.")],
    into: Annotated[Path, Parameter(help="A new file; its SHA-256 is put beside it.")],
) -> None:
    """Copy the state as it is at one moment: findings, lists, settings, sealed keys; not the key file."""
    from vedette.commands.backup import backup as run

    run(state, into, sys.stdout)


@app.command
def restore(
    file: Annotated[Path, Parameter(help="What `backup` wrote, its .sha256 beside it.")],
    *,
    into: Annotated[Path, Parameter(help="A new or empty folder.")],
) -> None:
    """Make a state folder of a backup."""
    from vedette.commands.backup import restore as run

    run(file, into, sys.stdout)


@new_app.command(name="detector")
def new_detector(name: Annotated[str, Parameter(help="Folder and name: api/key_backdoor.")], /) -> None:
    """Write a detector file that runs, to be changed into yours."""
    from vedette.commands.new import new_detector as run

    print(f"wrote {run(name)}: change it, then run: pytest tests/detectors -k {name.rpartition('/')[2]}")


@keys_app.command(name="create")
def keys_create(
    *,
    account: Annotated[str, Parameter(help="The AWS account it belongs to: twelve digits.")],
    role: Annotated[str, Parameter(
        help="admin, analyst (reads, and triages findings) or ingest (delivers logs only).")],
    name: Annotated[str, Parameter(help="Whose it is.")] = "",
    state: State,
    key_file: KeyFile = None,
) -> None:
    """Make an access key. Its secret is printed now and never again."""
    from vedette.commands.keys import create_key

    create_key(state, key_file, account, role, name, sys.stdout, sys.stderr)


@keys_app.command(name="list")
def keys_list(*, state: State) -> None:
    """List access keys, the revoked ones too."""
    from vedette.commands.keys import list_keys

    list_keys(state, sys.stdout)


@keys_app.command(name="revoke")
def keys_revoke(key: Annotated[str, Parameter(help="Its access key id.")], /, *, state: State) -> None:
    """End an access key for good."""
    from vedette.commands.keys import revoke_key

    revoke_key(state, key, sys.stdout)


User = Annotated[str, Parameter(help="The user's name.")]


@users_app.command(name="create")
def users_create(
    name: Annotated[str, Parameter(help="What the user signs in with.")],
    /,
    *,
    account: Annotated[str, Parameter(help="The AWS account that the user sees: twelve digits.")],
    role: Annotated[str, Parameter(help="admin, or analyst (reads, and triages findings).")],
    state: State,
) -> None:
    """Make a user of the console.

    The password, of at least twelve characters, is asked for; without a terminal it is the first line of stdin.
    """
    from vedette.commands.users import add_user

    add_user(state, name, account, role, sys.stdin, sys.stdout, sys.stderr)


@users_app.command(name="list")
def users_list(*, state: State) -> None:
    """List the console's users, and when each was last seen."""
    from vedette.commands.users import list_users

    list_users(state, sys.stdout)


@users_app.command(name="remove")
def users_remove(name: User, /, *, state: State) -> None:
    """Remove a user; all sessions end."""
    from vedette.commands.users import drop_user

    drop_user(state, name, sys.stdout)


@users_app.command(name="link")
def users_link(
    name: User,
    /,
    *,
    state: State,
    url: Annotated[str, Parameter(help="Where the server is.")] = "http://127.0.0.1:8470",
) -> None:
    """Print a link that signs a user in without a password: once, within ten minutes."""
    from vedette.commands.users import print_link

    print_link(state, name, url, sys.stdout)


simulate_app = App(name="simulate", help="Made logs: attacks with the findings they must produce, an estate at work.")
app.command(simulate_app)


@simulate_app.default
def simulate(
    *names: Annotated[str, Parameter(help="Finding types, or parts of stories' titles.")],
    into: Annotated[Path, Parameter(help="A new folder.")],
    seed: Annotated[int, Parameter(help="The same seed writes the same bytes.")] = 0,
    scale: Annotated[int, Parameter(help="Days' worth of ordinary work to write as well.")] = 0,
) -> None:
    """Write logs in their native formats, with the findings they must produce."""
    from vedette.commands.simulate import simulate as run

    run(names, into, seed=seed, scale=scale, out=sys.stdout)


@simulate_app.command(name="estate")
def simulate_estate(
    *,
    into: Annotated[Path, Parameter(help="A new folder.")],
    days: Annotated[int, Parameter(help="How many, from Monday 2026-03-02 on.")] = 1,
    seed: Annotated[int, Parameter(help="The same seed writes the same bytes.")] = 1,
    accounts: Annotated[int, Parameter(help="Accounts; the first and the third have a second Region.")] = 5,
    principals: Annotated[int, Parameter(help="People, and roles at work.")] = 200,
    instances: Annotated[int, Parameter(help="Machines of all kinds.")] = 100,
    with_: Annotated[list[str] | None, Parameter(
        name="--with", negative="", help="A finding type whose story happens in it at some time. Repeatable.")] = None,
) -> None:
    """Write days of a company's ordinary work, much of which looks bad, and the findings that are to be in it."""
    from vedette.commands.simulate import simulate_estate as run
    from vedette.simulate.estate_plan import Size

    run(into, days=days, seed=seed, size=Size(accounts, principals, instances), stories=with_ or (), out=sys.stdout)


@app.command
def demo(
    *,
    stay: Annotated[bool, Parameter(
        negative="", help="Keep the server up until Enter is pressed, and print a link to its console.")] = False,
) -> int:
    """The two classic demonstrations, end to end: a listed address, and stolen instance credentials."""
    from vedette.commands.demo import demo as run
    from vedette.commands.demo import until_enter

    if stay and not sys.stdin.isatty():
        raise VedetteError("needs a terminal, on which Enter ends it", where="--stay")
    return run(sys.stdout, until_enter if stay else None)


def main(arguments: Sequence[str] | None = None) -> None:
    """The program. A user's mistake is one sentence and exit code 2, never a traceback."""
    try:
        code = app(sys.argv[1:] if arguments is None else arguments, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        print(f"vedette: {' '.join(str(error).split())} (try: vedette --help)", file=sys.stderr)
        sys.exit(2)
    except VedetteError as error:
        print(f"vedette: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        print("vedette: stopped; what was committed is kept", file=sys.stderr)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
