"""``vedette dead-letters``: what of the logs could not be read, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from vedette.commands.state import opened
from vedette.errors import VedetteError
from vedette.findings.rows import KeptLetter
from vedette.findings.store import Store
from vedette.publish.formats import json_text
from vedette.publish.plain_text import shortened, visible

_PAGE = 1000
_SAMPLE = 100


def dead_letters(state: str, *, limit: int, format: str, out: TextIO) -> None:  # noqa: A002
    """Count all by reason, and list the first ``limit`` with file, place and sample. ``format``: table or json."""
    if format not in ("table", "json"):
        raise VedetteError(f"{format!r} is not a format: give table or json", where="--format")
    reasons: Counter[str] = Counter()
    listed: list[KeptLetter] = []
    dead = failed = 0
    with opened(state) as store:
        for letter in _letters(store):
            reasons[_kind_of(letter.reason)] += 1
            if len(listed) < limit:
                listed.append(letter)
        for entry in store.ledger():
            dead += entry.dead
            failed += entry.state == "failed"
    kept = reasons.total()
    # Of an object with very many only the first are kept one by one.
    counted = max(kept, dead + failed)
    if format == "json":
        out.write(json_text({
            "count": counted, "kept": kept, "reasons": dict(reasons.most_common()),
            "letters": [{"file": one.object, "version": one.version, "position": one.position, "reason": one.reason,
                         "sample": one.sample} for one in listed],
        }, indent=2) + "\n")
        return
    if not counted:
        print("no dead letters: everything that was read could be understood", file=out)
        return
    print(f"{counted:,} dead letters" + (f", {kept:,} of them kept" if kept < counted else ""), file=out)
    for reason, number in reasons.most_common():
        print(f"  {number:,}  {visible(reason)}", file=out)
    current = ""
    for letter in listed:
        if letter.object != current:
            current = letter.object
            print(f"\n{visible(current)}", file=out)
        place = "whole object" if letter.position < 0 else f"record {letter.position}"
        print(f"  {place}: {visible(letter.reason)}", file=out)
        if letter.sample:
            print(f"    {shortened(visible(letter.sample), _SAMPLE)}", file=out)
    if len(listed) < kept:
        print(f"\n{kept - len(listed):,} more are not listed (--limit)", file=out)


def _letters(store: Store) -> Iterator[KeptLetter]:
    after = 0
    while page := store.dead_letters(_PAGE, after):
        yield from page
        after = page[-1].seq


def _kind_of(reason: str) -> str:
    """The reason without its particulars, which stand in brackets."""
    return reason.partition(" (")[0]
