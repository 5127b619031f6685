"""The command line: names and options; what they do is in `vedette.commands`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

# Parallelism comes from worker processes; a thread pool in each would only fight over the cores.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import typer

from vedette.errors import VedetteError

app = typer.Typer(name="vedette", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="An open, self-hosted Amazon GuardDuty: threats in the logs AWS already writes.")


@app.command()
def scan(
    location: Annotated[str, typer.Argument(help="A file, a folder, a glob, or s3://bucket/prefix.")],
    kind: Annotated[list[str] | None, typer.Option(
        help="Only logs of this kind: cloudtrail, vpc-flow or dns. May be repeated.")] = None,
    threat_list: Annotated[list[str] | None, typer.Option(
        metavar="LOC[:FORMAT]", help="A threat list: path, https:// or s3://. May be repeated.")] = None,
    trusted_list: Annotated[list[str] | None, typer.Option(
        metavar="LOC[:FORMAT]", help="A trusted list, which always wins. May be repeated.")] = None,
    feeds: Annotated[list[Path] | None, typer.Option(
        help="Threat feeds: a TOML file, or a folder <category>/<file>. May be repeated.")] = None,
    inventory: Annotated[list[Path] | None, typer.Option(
        help="What AWS's describe calls printed: a JSON file or a folder of them. May be repeated.")] = None,
    aws_ranges: Annotated[str | None, typer.Option(help="AWS's ip-ranges.json; else a dated snapshot is used.")] = None,
    geo_city: Annotated[Path | None, typer.Option(help="A city or country database (MMDB).")] = None,
    geo_asn: Annotated[Path | None, typer.Option(help="An ASN or ISP database (MMDB).")] = None,
    state: Annotated[str | None, typer.Option(
        help="Keep ledger, memory and findings here (a folder, or postgresql://…): a second run reads only what is new",
    )] = None,
    since: Annotated[str | None, typer.Option(help="Only records from this time on (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Only records before this time (ISO 8601).")] = None,
    min_severity: Annotated[str, typer.Option(help="low, medium, high, critical, or a number.")] = "low",
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default: one a core.")] = None,
    format: Annotated[str, typer.Option(help="table, json, jsonl, ocsf or asff.")] = "table",  # noqa: A002
    output: Annotated[Path | None, typer.Option(help="Write the findings to this file.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Another S3 than Amazon's.")] = None,
    exit_code: Annotated[bool, typer.Option(
        "--exit-code", help="Exit with 3 when a finding at or above --min-severity is new.")] = False,
) -> None:
    """Find threats in a folder or bucket of AWS logs. Findings go to stdout, progress and summary to stderr."""
    from vedette.commands.knowledge import KnowledgeOptions
    from vedette.commands.options import kinds_from, period_from
    from vedette.commands.scan import ScanOptions, severity_from
    from vedette.commands.scan import scan as run
    from vedette.publish.formats import checked_format

    raise typer.Exit(run(ScanOptions(
        location=location, endpoint_url=endpoint_url, kinds=kinds_from(kind),
        knowledge=KnowledgeOptions(
            threat_lists=threat_list or (), trusted_lists=trusted_list or (), feeds=feeds or (),
            aws_ranges=aws_ranges, inventory=inventory or (), geo_city=geo_city, geo_asn=geo_asn),
        state=state, period=period_from(since, until), min_severity=severity_from(min_severity), jobs=jobs,
        format=checked_format(format), output=output, exit_code=exit_code)))


@app.command()
def simulate(
    into: Annotated[Path, typer.Option(help="A new folder.")],
    names: Annotated[list[str] | None, typer.Argument(
        metavar="TYPE|STORY", help="Finding types, or parts of stories' titles.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 0,
    scale: Annotated[int, typer.Option(min=0, help="Days' worth of ordinary work to write as well.")] = 0,
) -> None:
    """Write logs in their native formats, with the findings they must produce."""
    from vedette.commands.simulate import simulate as run

    run(names or [], into, seed=seed, scale=scale, out=sys.stdout)


new_app = typer.Typer(no_args_is_help=True, help="Scaffold what a developer adds.")
app.add_typer(new_app, name="new")


@new_app.command("detector")
def new_detector(name: Annotated[str, typer.Argument(help="Folder and name: api/key_backdoor.")]) -> None:
    """Write a detector file that runs, to be changed into yours."""
    from vedette.commands.new import new_detector as run

    print(f"wrote {run(name)}: change it, then run: pytest tests/detectors -k {name.rpartition('/')[2]}")


intel_app = typer.Typer(no_args_is_help=True, help="Threat and trusted lists, feeds, AWS ranges, geography.")
app.add_typer(intel_app, name="intel")


@intel_app.command("status")
def intel_status(
    threat_list: Annotated[list[str] | None, typer.Option(metavar="LOC[:FORMAT]")] = None,
    trusted_list: Annotated[list[str] | None, typer.Option(metavar="LOC[:FORMAT]")] = None,
    feeds: Annotated[list[Path] | None, typer.Option()] = None,
    aws_ranges: Annotated[str | None, typer.Option()] = None,
    geo_city: Annotated[Path | None, typer.Option()] = None,
    geo_asn: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Load what the options name; say what it is and how old."""
    from vedette.commands.intel import status
    from vedette.commands.knowledge import KnowledgeOptions

    status(KnowledgeOptions(threat_lists=threat_list or (), trusted_lists=trusted_list or (), feeds=feeds or (),
                            aws_ranges=aws_ranges, geo_city=geo_city, geo_asn=geo_asn), sys.stdout)


@intel_app.command("check")
def intel_check(
    file: Annotated[str, typer.Argument(metavar="LOC[:FORMAT]", help="A list: path, https:// or s3://.")],
    trusted: Annotated[bool, typer.Option("--trusted", help="Hold it to the limits of a trusted list.")] = False,
) -> None:
    """Say whether a list is sound, and if not, which line is wrong."""
    from vedette.commands.intel import check

    check(file, "trusted" if trusted else "threat", sys.stdout)


@intel_app.command("feeds")
def intel_feeds() -> None:
    """The open feeds that Vedette knows by name, for a feeds file."""
    from vedette.commands.intel import feeds

    feeds(sys.stdout)


findings_app = typer.Typer(no_args_is_help=True, help="What was found: list, one finding, the records behind it.")
app.add_typer(findings_app, name="findings")

_State = Annotated[str, typer.Option(help="The state that `scan --state` kept: a folder, or postgresql://…")]


@findings_app.command("list")
def findings_list(
    state: _State,
    where: Annotated[list[str] | None, typer.Option(
        metavar="CONDITION", help="path=value, path!=value, path>=n; * and ? are wildcards. May be repeated.")] = None,
    type: Annotated[str | None, typer.Option(help="A finding type; * and ? are wildcards.")] = None,  # noqa: A002
    min_severity: Annotated[str, typer.Option(help="low, medium, high, critical, or a number.")] = "low",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    format: Annotated[str, typer.Option(help="table, json, jsonl, ocsf or asff.")] = "table",  # noqa: A002
) -> None:
    """List findings, the newest first."""
    from vedette.commands.findings import list_findings
    from vedette.commands.scan import severity_from
    from vedette.publish.formats import checked_format

    list_findings(state, where=where or (), type=type, min_severity=severity_from(min_severity), limit=limit,
                  format=checked_format(format), out=sys.stdout)


@findings_app.command("show")
def findings_show(
    finding: Annotated[str, typer.Argument(help="Its id, the first digits of it, or its ARN.")],
    state: _State,
    format: Annotated[str, typer.Option(help="report, json, jsonl, ocsf or asff.")] = "report",  # noqa: A002
) -> None:
    """Tell one finding: what happened, to what, by whom, why it fired, what to do."""
    from vedette.commands.findings import show_finding
    from vedette.publish.formats import checked_format

    show_finding(state, finding, format if format == "report" else checked_format(format), sys.stdout)


@findings_app.command("evidence")
def findings_evidence(
    finding: Annotated[str, typer.Argument(help="Its id, the first digits of it, or its ARN.")],
    state: _State,
    with_location: Annotated[bool, typer.Option(
        "--with-location", help="Before each record a line: # object:position")] = False,
    endpoint_url: Annotated[str | None, typer.Option(help="Another S3 than Amazon's.")] = None,
) -> None:
    """Print the raw log records behind a finding, one a line. Exits with 1 when some are gone or have changed."""
    from vedette.commands.findings import show_evidence

    raise typer.Exit(show_evidence(
        state, finding, sys.stdout, sys.stderr, with_location=with_location, endpoint_url=endpoint_url))


@app.command("dead-letters")
def dead_letters(
    state: _State,
    limit: Annotated[int, typer.Option(min=0, help="At most so many one by one; all are counted.")] = 100,
    format: Annotated[str, typer.Option(help="table or json.")] = "table",  # noqa: A002
) -> None:
    """What of the logs could not be read, and why."""
    from vedette.commands.dead_letters import dead_letters as run

    run(state, limit=limit, format=format, out=sys.stdout)


@app.command()
def types(
    type: Annotated[str | None, typer.Argument(help="A finding type, to be told everything about it.")] = None,  # noqa: A002
) -> None:
    """The finding types that the detectors here produce."""
    from vedette.commands.types import list_types, show_type

    if type is None:
        list_types(sys.stdout)
    else:
        show_type(type, sys.stdout)


@app.command()
def coverage(
    state: _State,
    threat_list: Annotated[list[str] | None, typer.Option(metavar="LOC[:FORMAT]")] = None,
    trusted_list: Annotated[list[str] | None, typer.Option(metavar="LOC[:FORMAT]")] = None,
    feeds: Annotated[list[Path] | None, typer.Option()] = None,
    inventory: Annotated[list[Path] | None, typer.Option()] = None,
    aws_ranges: Annotated[str | None, typer.Option()] = None,
) -> None:
    """What was read, where it has gaps, and which finding types are blind, and why. Give the scans' own options."""
    from vedette.commands.coverage import coverage as run
    from vedette.commands.knowledge import KnowledgeOptions

    run(state, KnowledgeOptions(threat_lists=threat_list or (), trusted_lists=trusted_list or (), feeds=feeds or (),
                                inventory=inventory or (), aws_ranges=aws_ranges), sys.stdout)


@app.command()
def demo() -> None:
    """The two classic demonstrations, end to end: a listed address, and stolen instance credentials."""
    from vedette.commands.demo import demo as run

    raise typer.Exit(run(sys.stdout))


def main() -> None:
    """The program. A user's mistake is one sentence and exit code 2, never a traceback."""
    try:
        app()
    except VedetteError as error:
        print(f"vedette: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        print("vedette: stopped; what was committed is kept", file=sys.stderr)
        sys.exit(130)
