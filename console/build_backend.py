"""What builds the package: hatchling, after the console's bundle was built. An editable install builds no bundle."""

from __future__ import annotations

from typing import Any

import bundle
from hatchling.build import (
    build_editable,
    get_requires_for_build_editable,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from hatchling.build import build_sdist as _build_sdist
from hatchling.build import build_wheel as _build_wheel
from hatchling.build import get_requires_for_build_sdist as _for_sdist
from hatchling.build import get_requires_for_build_wheel as _for_wheel

__all__ = [
    "build_editable", "build_sdist", "build_wheel", "get_requires_for_build_editable", "get_requires_for_build_sdist",
    "get_requires_for_build_wheel", "prepare_metadata_for_build_editable", "prepare_metadata_for_build_wheel",
]

Settings = dict[str, Any] | None


def _node() -> list[str]:
    return [] if bundle.is_current() or bundle.node() is not None else [bundle.WHEEL]


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """What must be installed: a node too, where the bundle is to be built and the system has none."""
    return [*_for_wheel(config_settings), *_node()]


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """The same."""
    return [*_for_sdist(config_settings), *_node()]


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """The wheel, with the bundle inside."""
    bundle.build()
    return str(_build_wheel(wheel_directory, config_settings, metadata_directory))


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """The sources, with the bundle, so that whoever builds a wheel of them needs no node."""
    bundle.build()
    return str(_build_sdist(sdist_directory, config_settings))
