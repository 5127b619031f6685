"""Lists of exposed credentials: what they may hold, and what is refused."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from vedette.errors import VedetteError
from vedette.intel import exposed_keys
from vedette.intel.exposed_keys import ExposedKeys, load_exposed

KEY = "AKIAIOSFODNN7EXAMPLE"
USER = "arn:aws:iam::111122223333:user/ann"


def _list(folder: Path, text: str | bytes, name: str = "leaked.txt") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_keys_principals_arns_and_digests_are_found_and_nothing_else(tmp_path: Path) -> None:
    digest = sha256(b"AKIAI44QH8DHBEXAMPLE").hexdigest()
    exposed = load_exposed([_list(tmp_path, (
        f"# leaked in March\n\n{KEY} # on a forum\r\n{USER}\nAROAJ2UCCR6DPCEXAMPLE\n{digest.upper()}\n"
        f"sha256:{sha256(b'ASIAIOSFODNN7EXAMPLE').hexdigest()}\n"))])
    for one in (KEY, USER, "AROAJ2UCCR6DPCEXAMPLE", "AKIAI44QH8DHBEXAMPLE", "ASIAIOSFODNN7EXAMPLE"):
        assert exposed.naming(one) == ("leaked",)
    for other in ("", "AKIAIOSFODNN7EXAMPLF", KEY.lower(), f" {KEY}", digest):
        assert exposed.naming(other) == ()
    assert exposed


def test_a_list_keeps_no_key_in_clear(tmp_path: Path) -> None:
    exposed = load_exposed([_list(tmp_path, f"{KEY}\n")])
    assert KEY not in repr(exposed.lists)
    assert exposed.lists[0].digests == {sha256(KEY.encode()).digest()}


def test_each_list_that_has_it_is_named(tmp_path: Path) -> None:
    exposed = load_exposed([_list(tmp_path, f"{KEY}\n", "one.txt"), _list(tmp_path, f"{KEY}\n{USER}\n", "two.txt")])
    assert exposed.naming(KEY) == ("one", "two")
    assert exposed.naming(USER) == ("two",)


@pytest.mark.parametrize(("text", "where"), [
    (f"{KEY}\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n", "leaked.txt:2"),
    (f"# keys\n{KEY},wJalrXUtnFEMI\n", "leaked.txt:2"),
    ("akiaiosfodnn7example\n", "leaked.txt:1"),
    ("arn:aws:s3:::acme-ledger\n", "leaked.txt:1"),
    (f"{KEY} {KEY}\n", "leaked.txt:1"),
    ("a" * 63 + "\n", "leaked.txt:1"),
    ("", "leaked.txt"),
    ("# nothing yet\n", "leaked.txt"),
    (b"\xff\xfe", "leaked.txt"),
])
def test_what_is_no_entry_is_refused_with_its_line_and_is_not_repeated(
    text: str | bytes, where: str, tmp_path: Path
) -> None:
    with pytest.raises(VedetteError) as refused:
        load_exposed([_list(tmp_path, text)])
    assert refused.value.where == where
    assert "wJalrXUtnFEMI" not in str(refused.value)


def test_a_list_has_a_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposed_keys, "MAX_ENTRIES", 2)
    text = "".join(f"AKIAIOSFODNN7EXAMPL{number}\n" for number in range(3))
    with pytest.raises(VedetteError, match="one too many"):
        load_exposed([_list(tmp_path, text)])
    assert load_exposed([_list(tmp_path, text.partition("\n")[2])]).naming("AKIAIOSFODNN7EXAMPL2")


def test_without_a_list_nothing_is_exposed() -> None:
    assert not ExposedKeys()
    assert ExposedKeys().naming(KEY) == ()
