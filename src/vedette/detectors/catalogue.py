"""The catalogue: every finding type that a detector file here declares, and its detectors. Generated, never written."""

from __future__ import annotations

import importlib
import pkgutil
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import vedette.detectors
from vedette.detectors.declare import REGISTRY, Detector
from vedette.detectors.finding_type import FindingType
from vedette.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Broken:
    """A detector file that cannot be loaded: the others go on without it, and `vedette coverage` shows it."""

    module: str
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All detector files of this build."""

    types: dict[str, FindingType]
    detectors: tuple[Detector, ...]
    broken: tuple[Broken, ...]
    modules: dict[str, ModuleType]

    def detectors_of(self, type_name: str) -> tuple[Detector, ...]:
        """The detectors that can produce a type."""
        return tuple(one for one in self.detectors if any(kind.name == type_name for kind in one.types))

    def type(self, name: str) -> FindingType:
        """The type of that name.

        Raises:
            CatalogueError: no detector here produces it.
        """
        if name not in self.types:
            raise CatalogueError("no detector here produces this finding type; `vedette types` lists those that are",
                                 where=name)
        return self.types[name]

    def stories(self) -> list[tuple[str, Any]]:
        """(module name without the package, story) of every detector file's EXAMPLES."""
        return [(name, told) for name, module in sorted(self.modules.items())
                for told in getattr(module, "EXAMPLES", ())]


@cache
def catalogue() -> Catalogue:
    """Every detector file below ``vedette.detectors``' folders, loaded once."""
    modules: dict[str, ModuleType] = {}
    broken: list[Broken] = []
    for name in _files(broken):
        if module := _imported(name, broken):
            modules[name] = module
    types: dict[str, FindingType] = {}
    detectors: list[Detector] = []
    for name, module in sorted(modules.items()):
        # Of a file that broke half-way nothing counts, whatever it had declared before.
        declared = [one for one in REGISTRY.detectors if one.module == module.__name__]
        if wrong := _clash(declared, types):
            broken.append(Broken(name, wrong))
            del modules[name]
            continue
        detectors += declared
        types |= {kind.name: kind for one in declared for kind in one.types}
    return Catalogue(
        dict(sorted(types.items())), tuple(sorted(detectors, key=lambda one: one.name)), tuple(broken), modules)


def _files(broken: list[Broken]) -> Iterator[str]:
    """``folder.file`` of every detector file."""
    for package in pkgutil.iter_modules(vedette.detectors.__path__):
        if package.ispkg and (folder := _imported(package.name, broken)):
            for file in pkgutil.iter_modules(folder.__path__):
                yield f"{package.name}.{file.name}"


def _imported(name: str, broken: list[Broken]) -> ModuleType | None:
    try:
        return importlib.import_module(f"vedette.detectors.{name}")
    except Exception:
        broken.append(Broken(name, traceback.format_exc(limit=3)))
        return None


def _clash(declared: Iterable[Detector], types: Mapping[str, FindingType]) -> str:
    """Why these cannot stand beside each other and beside the types that there are; empty when they can."""
    names: set[str] = set()
    known = dict(types)
    for one in declared:
        if one.name in names:
            return f"two detectors are called {one.name}"
        names.add(one.name)
        for kind in one.types:
            if known.setdefault(kind.name, kind) != kind:
                return f"{kind.name} is declared twice, in different words"
    return ""
