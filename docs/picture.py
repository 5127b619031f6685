"""The README's picture: a real scan of a day in which an account is taken over, as a terminal shows it."""

from __future__ import annotations

import io
import os
import re
import tempfile
from pathlib import Path
from unittest.mock import patch

from rich.console import Console
from rich.text import Text

from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.engine.pipeline import Street
from vedette.findings.store import Store
from vedette.publish.table import write_table
from vedette.simulate import Given, described, every, iam_user, instance, instance_session, story
from vedette.sources import open_source

WIDTH = 116
STOLEN_FROM, LISTED = "81.2.69.142", "9.9.77.140"


def picture() -> str:
    """The table of findings as an SVG."""
    web = instance("i-0a1b2c3d4e5f60001", private_ip="10.0.1.15", public_ip="54.210.33.12", name="web-1")
    role, mallory = instance_session(web, role="web-app"), iam_user("mallory")
    told = story(
        "an account is taken over",
        web.resolves("rebind.example", answers=("169.254.169.254",)),
        role.calls("s3", "ListBuckets", ip=STOLEN_FROM), role.calls("iam", "ListUsers", ip=STOLEN_FROM),
        mallory.calls("s3", "PutBucketPolicy", {"bucketName": "acme-ledger", "bucketPolicy": {"Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::acme-ledger/*"}]}}),
        mallory.calls("cloudtrail", "StopLogging", {"name": "main"}),
        every(60, 3, lambda _: web.connects_to(LISTED, 443)),
        given=Given(threat_ips=(LISTED,), inventory=described(web)))
    with tempfile.TemporaryDirectory() as folder, Store.in_memory() as store:
        told.render().save(Path(folder))
        known, geo = gather(KnowledgeOptions(
            threat_lists=[f"{folder}/lists/threat-ips.txt"], inventory=[Path(folder) / "inventory"]))
        changed = Street(store, known, geo).run(open_source(f"{folder}/logs")).changed
        findings = sorted(store.get(sorted(changed)), key=lambda one: (-one["severity"], one["type"]))
    terminal = _Terminal()
    with patch.dict(os.environ, COLUMNS=str(WIDTH), TERM="xterm-256color", COLORTERM="", NO_COLOR=""):
        write_table(findings, terminal)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), legacy_windows=False)
    console.print(Text.from_ansi(terminal.getvalue()), soft_wrap=True)
    drawn = console.export_svg(title="vedette scan logs/ --threat-list threat-ips.txt", unique_id="vedette")
    # No font from somebody's server: the reader's own monospace will do.
    return re.sub(r"@font-face\s*{[^}]*}", "", drawn).replace("font-size: 20px;", "font-size: 20px; white-space: pre;")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
