"""The catalogue: every finding type that a detector file here declares, and its detectors. Generated, never written."""

from __future__ import annotations

import importlib
import pkgutil
import traceback
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
    for package in pkgutil.iter_modules(vedette.detectors.__path__):
        if not package.ispkg:
            continue
        folder = importlib.import_module(f"vedette.detectors.{package.name}")
        for file in pkgutil.iter_modules(folder.__path__):
            name = f"{package.name}.{file.name}"
            try:
                modules[name] = importlib.import_module(f"vedette.detectors.{name}")
            except Exception:
                broken.append(Broken(name, traceback.format_exc(limit=3)))
    detectors = tuple(sorted(REGISTRY.detectors, key=lambda one: one.name))
    types: dict[str, FindingType] = {}
    for one in detectors:
        for kind in one.types:
            if types.setdefault(kind.name, kind) is not kind:
                raise CatalogueError("is declared twice, in different words", where=kind.name)
    return Catalogue(dict(sorted(types.items())), detectors, tuple(broken), modules)
