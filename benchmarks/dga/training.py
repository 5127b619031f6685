"""Trains the model: counts pieces of names into tables, then fits the network to what the tables say.

Names are told by tables that were counted without them, else the network would learn to trust the tables too much:
both kinds of names are cut into `PARTS`, generated ones by family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from benchmarks.dga.families import Family, invented
from benchmarks.dga.lists import Name, generated, registered, words_of_none
from benchmarks.dga.ordinary import TAUGHT, ordinary
from vedette.baselines.generated_names import (
    HASHED,
    SYMBOLS,
    THREES,
    VERSION,
    Bytes,
    Floats,
    Model,
    Network,
    Pieces,
    Tables,
    ends_of,
    features,
    pieces,
)

PARTS = 4
OF_FAMILY = 1_000
"""Names of each family."""
INVENTED, OF_INVENTED = 600, 80
SLIPS = 0.15
"""Of the chosen names, how many slips and other leftovers are added."""
HIDDEN = (64, 32)
EPOCHS, BATCH, RATE, DECAY = 10, 1024, 2e-3, 1e-5

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """Names that weigh as much as any other group's."""

    names: Sequence[Name]
    generated: bool
    weight: float


def groups(
    families: Sequence[Family], chosen: Sequence[Name], every: Sequence[str], rng: Random,
) -> list[Group]:
    """What is taught: families, families that nobody wrote, and, in portions, chosen names."""
    found = [Group(generated(family, OF_FAMILY, rng, every), generated=True, weight=1.0) for family in families]
    spare = words_of_none(every)
    for _ in range(INVENTED):
        make = invented(rng, spare)
        some = registered({make(rng, ()): None for _ in range(OF_INVENTED)})
        found.append(Group(some, generated=True, weight=len(families) / INVENTED))
    mixed = [*chosen, *ordinary(chosen, int(SLIPS * len(chosen)), TAUGHT, rng)]
    rng.shuffle(mixed)
    weight = sum(one.weight for one in found) / 40
    found += [Group(mixed[start::40], generated=False, weight=weight) for start in range(40)]
    return found


def trained(taught: Sequence[Group], seed: int) -> Model:
    """The model of these groups."""
    rng = np.random.default_rng(seed)
    part = np.empty(len(taught), np.int64)
    for kind in (True, False):
        of_kind = [number for number, group in enumerate(taught) if group.generated is kind]
        part[rng.permutation(of_kind)] = np.arange(len(of_kind)) % PARTS
    read = [_Read.of(group) for group in taught]
    told, is_generated, weights = [], [], []
    for one in range(PARTS):
        tables = tables_of([each for each, place in zip(read, part, strict=True) if place != one])
        for each, group, place in zip(read, taught, part, strict=True):
            if place == one:
                told.append(features(each.pieces, each.ends, tables))
                is_generated.append(np.full(len(group.names), group.generated, np.float32))
                weights.append(np.full(len(group.names), group.weight / len(group.names), np.float32))
    network = fitted(np.concatenate(told), np.concatenate(is_generated), np.concatenate(weights), rng)
    return Model(tables_of(read), network)


@dataclass(frozen=True, slots=True)
class _Read:
    pieces: Pieces
    ends: npt.NDArray[np.int64]
    group: Group

    @classmethod
    def of(cls, group: Group) -> _Read:
        return cls(pieces([label for label, _ in group.names]), ends_of([end for _, end in group.names]), group)

    def count(self, which: str, size: int) -> Doubles:
        """How often each piece stands in the names, in shares of the group's weight."""
        at = self.pieces
        inside = np.zeros(len(at.threes) + 1, np.int64)
        inside[at.begins[0::2]] += 1
        inside[at.begins[1::2]] -= 1
        codes = getattr(at, which)[np.cumsum(inside[:-1]) > 0]
        found: Doubles = np.bincount(codes, minlength=size).astype(np.float64) * (self.group.weight / len(codes))
        return found


def tables_of(read: Sequence[_Read]) -> Tables:
    """The tables of some groups."""
    def counted(which: str, size: int, *, generated: bool) -> Doubles:
        of_kind = [one for one in read if one.group.generated is generated]
        whole = np.sum([one.count(which, size) for one in of_kind], axis=0)
        # As if there were a million pieces, however many there are.
        shares: Doubles = whole * (1e6 / whole.sum())
        return shares

    chosen3, made3 = (counted("threes", THREES, generated=kind) for kind in (False, True))
    chosen4, made4 = (counted("fours", 1 << HASHED, generated=kind) for kind in (False, True))
    chosen5 = counted("fives", 1 << HASHED, generated=False)
    cube = chosen3.reshape(-1, SYMBOLS)
    alone = chosen3.reshape(-1, SYMBOLS).sum(axis=0) / chosen3.sum()
    pairs = chosen3.reshape(SYMBOLS, SYMBOLS, SYMBOLS).sum(axis=0)
    by_one = (pairs + 20 * alone) / (pairs.sum(axis=1, keepdims=True) + 20)
    after = (cube + 5 * np.tile(by_one, (SYMBOLS, 1))) / (cube.sum(axis=1, keepdims=True) + 5)
    return Tables(
        _steps(np.log(after.ravel() + 1e-5) * 22 + 127), _steps(np.log(chosen4 + 0.05) * 30 - 40),
        _steps(np.log(chosen5 + 0.05) * 30 - 40), _steps(np.log((made3 + 1) / (chosen3 + 1)) * 25),
        _steps(np.log((made4 + 2) / (chosen4 + 2)) * 25))


def _steps(values: Doubles) -> Bytes:
    return np.clip(np.round(values), -128, 127).astype(np.int8)


def fitted(told: Floats, is_generated: Floats, weights: Floats, rng: np.random.Generator) -> Network:
    """A network that gives the logarithm of the ratio, as both kinds weigh the same (Adam, falling rate)."""
    mean, spread = told.mean(axis=0), told.std(axis=0) + 1e-3
    weights = weights / weights.mean()
    sizes = (told.shape[1], *HIDDEN, 1)
    layers = [[(rng.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32), np.zeros(b, np.float32)]
              for a, b in pairwise(sizes)]
    first = [[np.zeros_like(each) for each in layer] for layer in layers]
    second = [[np.zeros_like(each) for each in layer] for layer in layers]
    steps = EPOCHS * (len(told) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(told))
        for start in range(0, len(told) - BATCH + 1, BATCH):
            step += 1
            some = order[start : start + BATCH]
            seen = [(told[some] - mean) / spread]
            for weight, bias in layers[:-1]:
                seen.append(np.maximum(seen[-1] @ weight + bias, 0))
            out = (seen[-1] @ layers[-1][0] + layers[-1][1])[:, 0]
            back = ((1 / (1 + np.exp(-out)) - is_generated[some]) * weights[some] / BATCH)[:, None].astype(np.float32)
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            for place in (2, 1, 0):
                slopes = [seen[place].T @ back + DECAY * layers[place][0], back.sum(axis=0)]
                if place:
                    back = (back @ layers[place][0].T) * (seen[place] > 0)
                for number, slope in enumerate(slopes):
                    first[place][number] += 0.1 * (slope - first[place][number])
                    second[place][number] += 0.001 * (slope**2 - second[place][number])
                    layers[place][number] -= (rate * (first[place][number] / (1 - 0.9**step)) / (
                        np.sqrt(second[place][number] / (1 - 0.999**step)) + 1e-8)).astype(np.float32)
    # What was subtracted and divided goes into the first layer.
    weight, bias = layers[0]
    layers[0] = [(weight / spread[:, None]).astype(np.float32), (bias - (mean / spread) @ weight).astype(np.float32)]
    return Network(tuple((weight, bias) for weight, bias in layers))


def save(model: Model, path: Path) -> None:
    """Write the weights as the package reads them."""
    kept: dict[str, npt.NDArray[np.generic]] = {"version": np.array(VERSION)}
    kept |= {name: getattr(model.tables, name) for name in Tables.__dataclass_fields__}
    for number, (weights, bias) in enumerate(model.network.layers):
        kept |= {f"weights{number}": weights, f"bias{number}": bias}
    np.savez_compressed(path, **kept)  # type: ignore[arg-type]


def scores(model: Model, some: Sequence[Name]) -> Floats:
    """What the model says of names."""
    return model.ratios([label for label, _ in some], [end for _, end in some])
