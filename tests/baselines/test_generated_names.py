"""The model of generated names: what it says of plain cases, and that it says it however it is asked."""

from __future__ import annotations

from importlib.resources import files
from random import Random

import numpy as np
import pytest
from benchmarks.dga.families import FAMILIES, Family
from benchmarks.dga.lists import generated

from vedette.baselines import generated_names
from vedette.baselines.generated_names import model

CHOSEN = ("wikipedia", "stackoverflow", "nytimes", "deutschebahn", "openstreetmap", "xkcd", "bbc", "1und1", "t-online")
FREE_OF_WORDS = [family for family in FAMILIES if family.kind in {"letters", "digits"} and not family.words]


def test_names_that_people_chose_do_not_seem_generated() -> None:
    assert model().ratios(CHOSEN, ["com"] * len(CHOSEN)).max() < 0


@pytest.mark.parametrize("family", FREE_OF_WORDS, ids=lambda one: one.name)
def test_names_of_random_letters_mostly_do(family: Family) -> None:
    names = generated(family, 200, Random(1), ())
    ratios = model().ratios([label for label, _ in names], [end for _, end in names])
    assert np.median(ratios) > (0 if family.name == "virut" else 1)


def test_a_name_is_judged_alike_alone_and_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = [*CHOSEN, "a", "-", "x" * 63, "0" * 63, "a_b", "xkqzvbtrwmp"] * 20
    ends = ["com", "co.uk", "xyz", "travel", "de"] * (len(labels) // 5)
    whole = model().ratios(labels, ends)
    alone = np.concatenate([model().ratios([label], [end]) for label, end in zip(labels, ends, strict=True)])
    monkeypatch.setattr(generated_names, "_BLOCK", 7)
    assert np.allclose(whole, alone, atol=1e-3)
    assert np.allclose(whole, model().ratios(labels, ends), atol=1e-3)


def test_letters_are_read_in_either_case() -> None:
    assert model().ratios(["XkqZvb"], ["com"]) == model().ratios(["xkqzvb"], ["com"])


def test_no_names_are_no_ratios() -> None:
    assert model().ratios([], []).tolist() == []


def test_the_weights_are_small_and_of_this_version() -> None:
    weights = files("vedette.baselines") / "generated_names.npz"
    assert len(weights.read_bytes()) <= 512 << 10
    with weights.open("rb") as file, np.load(file) as saved:
        assert int(saved["version"]) == generated_names.VERSION


def test_weights_of_another_version_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_names, "VERSION", generated_names.VERSION + 1)
    with pytest.raises(ValueError, match="weights of version"):
        model.__wrapped__()
