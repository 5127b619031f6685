"""Write the table of letter pairs that `vedette.baselines.dns_information` has.

Counted in the words of AWS's API models (operations, shapes and what their documentation says) and the names of the
Public Suffix List, which bring other languages in; each distinct word once. A digit of the table is what the second
letter costs after the first, in halves of a bit; ``0`` stands for the beginning or end of a word.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections import Counter
from pathlib import Path

import botocore
from publicsuffixlist import PSLFILE

LETTERS = "^abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"[A-Z]?[a-z]{3,}")


def words() -> set[str]:
    found: set[str] = set()
    for path in sorted((Path(botocore.__file__).parent / "data").rglob("service-2.json.gz")):
        model = json.loads(gzip.decompress(path.read_bytes()))
        text = " ".join([*model["operations"], *model["shapes"],
                         *(one.get("documentation", "") for one in model["shapes"].values())])
        found.update(word.lower() for word in _WORD.findall(re.sub(r"<[^>]*>|https?:\S*", " ", text)))
    for line in Path(PSLFILE).read_text(encoding="utf-8").splitlines():
        if line.isascii() and not line.startswith("//"):
            found.update(re.findall(r"[a-z]{3,}", line))
    return found


def table(known: set[str]) -> list[str]:
    pairs = Counter(pair for word in known for pair in zip(f"^{word}", f"{word}^", strict=True))
    rows = []
    for first in LETTERS:
        total = sum(pairs[first, second] for second in LETTERS) + len(LETTERS)
        rows.append("".join(
            DIGITS[min(round(-2 * math.log2((pairs[first, second] + 1) / total)), 35)] for second in LETTERS))
    return rows


if __name__ == "__main__":
    print(*table(words()), sep="\n")
