"""What is registered, told of one name and of many."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.intel.domains import registration, registrations

TOLD = {
    "example.com": ("example", "com"), "a.b.example.co.uk": ("example", "co.uk"), "foo.uk": ("foo", "uk"),
    "www.city.kawasaki.jp": ("city", "kawasaki.jp"), "x.y.kobe.jp": ("x", "y.kobe.jp"),
    "a.b.foo.ck": ("b", "foo.ck"), "www.ck": ("www", "ck"), "a.k12.ma.us": ("a", "k12.ma.us"),
    "_dmarc.example.de": ("example", "de"),
}
NOTHING = ("", "com", "co.uk", ".com", "a..com", "x.internal", "localhost", "home.lan", "d1.cloudfront.net",
           "b.s3.amazonaws.com", "ec2-9-9-9-9.compute-1.amazonaws.com", "mine.hopto.org", "foo.ck", f"{'a' * 252}.de")
LABELS = st.sampled_from(["com", "uk", "co", "jp", "kawasaki", "city", "ck", "www", "us", "k12", "github", "io", "s3",
                          "amazonaws", "xn--p1ai", "example", "", "a", "compute-1"])


@pytest.mark.parametrize(("name", "parts"), TOLD.items())
def test_a_registered_name_has_a_label_and_a_suffix(name: str, parts: tuple[str, str]) -> None:
    assert registration(name) == parts


@pytest.mark.parametrize("name", NOTHING)
def test_what_nobody_registered_has_neither(name: str) -> None:
    assert registration(name) is None


@settings(deadline=None)
@given(st.lists(st.lists(LABELS, max_size=5).map(".".join).filter(lambda name: not name.endswith(".")), max_size=8))
def test_many_names_are_told_as_each_alone(names: list[str]) -> None:
    told = [*names, *TOLD, *NOTHING]
    assert registrations(told) == [registration(name) for name in told]
