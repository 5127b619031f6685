"""A report as one HTML page that needs nothing else, runs nothing, and prints well."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape

from vedette.investigate.case import moment
from vedette.investigate.report import Report
from vedette.publish.plain_text import visible

_STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.5 system-ui, sans-serif; color: #16191f; background: #fff; margin: 2rem auto; max-width: 60rem;
  padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; }
h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid #d1d5db; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #eaeded; }
th { font-weight: 600; }
.first { font-weight: 600; white-space: nowrap; }
.said { color: #414d5c; }
@media print {
  body { margin: 0; max-width: none; font-size: 11px; }
  h2 { break-after: avoid; }
  tr, li { break-inside: avoid; }
}
"""


def page_of(report: Report) -> str:
    """The page. Everything in it that is not written here is escaped, and made visible first."""
    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    about = f"Investigation of {report.kind.lower()} in account {report.account}, {report.region}."
    when = f"Looked at: {moment(report.since)} to {moment(report.until)}."
    parts = [
        "<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width">', '<meta name="referrer" content="no-referrer">',
        f"<title>{_safe(report.title)}</title>", f"<style>{_STYLE}</style>", "</head>", "<body>", "<main>",
        f"<h1>{_safe(report.title)}</h1>",
        f'<p class="said">{_safe(f"{about} {when}")}</p>',
        _facts([("Risk", f"{report.risk}. {' '.join(report.risk_reasons)}"),
                ("Confidence", f"{report.confidence}. {' '.join(report.confidence_reasons)}")]),
        _list("What was seen", report.observations),
        _list("What could not be looked at", report.unseen),
        _table("Evidence", ("Verdict", "What", "Why"), [
            (one.verdict, one.title, one.narrative) for one in report.exhibits]),
        _table("What to do", ("When", "What", "Why"), [
            (one.priority.replace("_", " ").lower(), one.title, "\n".join((one.said, *one.commands)))
            for one in report.actions]),
        _table("Phases of the attack", ("Phase", "Technique", "Finding types"), [
            (f"{phase.name} ({phase.tactic})", f"{one.id} {one.name}", ", ".join(one.types))
            for phase in report.phases for one in phase.techniques]),
        _table("Timeline", ("When", "What"), [(moment(one.time), one.said) for one in report.timeline]),
        _table("Involved", ("What", "Name", "Role", "Findings"), [
            (one.kind, one.value, one.role, str(one.findings)) for one in report.involved]),
        _table("Indicators", ("Kind", "Value"), [*report.indicators]),
        _table("Findings", ("Last seen", "Severity", "Type", "Title", "Id"), [
            (moment(one.last_seen), f"{one.severity:g}", one.type + (" (archived)" if one.archived else ""), one.title,
             one.id) for one in report.findings]),
        "</main>", "</body>", "</html>"]
    return "\n".join(part for part in parts if part) + "\n"


def _safe(text: str) -> str:
    return escape(visible(text), quote=True)


def _lines(text: str) -> str:
    return "<br>".join(map(_safe, text.split("\n")))


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    told = "".join(f"<tr><th scope=\"row\">{_safe(name)}</th><td>{_safe(value)}</td></tr>" for name, value in rows)
    return f"<table>{told}</table>"


def _list(title: str, lines: Sequence[str]) -> str:
    told = "".join(f"<li>{_safe(line)}</li>" for line in lines)
    return f"<h2>{title}</h2><ul>{told}</ul>" if lines else ""


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    names = "".join(f'<th scope="col">{name}</th>' for name in head)
    told = "".join("<tr>" + f'<td class="first">{_lines(row[0])}</td>'
                   + "".join(f"<td>{_lines(cell)}</td>" for cell in row[1:]) + "</tr>" for row in rows)
    return f"<h2>{title}</h2><table><thead><tr>{names}</tr></thead><tbody>{told}</tbody></table>"
