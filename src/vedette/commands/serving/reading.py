"""Reads the configuration file: what is wrong with it is one sentence that names file, table and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from vedette.commands.serving.reference import bare, in_words, structs
from vedette.commands.serving.secret_text import SecretText
from vedette.commands.serving.settings import CloudWatchSource, PushSource, Settings, Source
from vedette.engine.history_archive import Archive
from vedette.errors import HistoryError, VedetteError

LONGEST = 1 << 20
"""Bytes of a configuration file."""

_AT = re.compile(r"(.*?)(?: - at `\$(.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_GIVEN = {"int": "a number", "float": "a number with a fraction", "str": "a text", "bool": "true or false",
          "list": "an array", "dict": "a table", "datetime": "a date", "date": "a date", "time": "a time"}


class SettingsError(VedetteError):
    """The configuration file cannot be used; ``where`` names file, table and key."""


def read_settings(path: Path) -> Settings:
    """What a configuration file says.

    Raises:
        SettingsError: the first thing that is wrong with it.
    """
    document = _document(path)
    try:
        settings = msgspec.convert(document, Settings, dec_hook=_made)
    except msgspec.ValidationError as error:
        raise _told(path, document, str(error)) from None
    _check(path, settings)
    return settings


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(data) > LONGEST:
        raise SettingsError(f"is longer than {LONGEST} bytes, which no configuration file is", where=str(path))
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise SettingsError(f"is not UTF-8 text: byte {error.start} belongs to no character", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"is not TOML: {error}", where=str(path)) from None


def _made(kind: type, value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"Expected `str`, got `{type(value).__name__}`")  # noqa: TRY004
    if kind is SecretText:
        return SecretText.found(value)
    if not value or "\0" in value:
        raise ValueError("is no path")
    return Path(value)


def _told(path: Path, document: dict[str, Any], message: str) -> SettingsError:
    said = _AT.fullmatch(message)
    what, place = (said[1], said[2] or "") if said else (message, "")
    steps = [step[1] if step[1] is not None else int(step[2]) for step in _STEP.finditer(place)]
    value, kind = _at(document, steps)
    where = _where(path, steps)
    if unknown := _UNKNOWN.fullmatch(what):
        known = _known(kind, value)
        close = get_close_matches(unknown[1], known, 1)
        right = f"did you mean {close[0]}?" if close else f"give {', '.join(known)}"
        return SettingsError(f"there is no {'key' if steps else 'table'} {unknown[1]!r}: {right}", where=where)
    if missing := _MISSING.fullmatch(what):
        if missing[1] == "kind":
            return SettingsError(f"has no kind: give {_tags(kind)}", where=where)
        return SettingsError(f"has no {missing[1]}, which it must have", where=where)
    if len(steps) == 3 and steps[-1] == "kind":
        _, of = _at(document, steps[:-1])
        return SettingsError(f"{value!r} is none: give {_tags(of)}", where=where)
    if kind is None:
        return SettingsError(f"cannot be used: {what}", where=where)
    if len(steps) == 1 and isinstance(bare(kind), inspect.VarTupleType):
        return SettingsError(f"is not an array of tables: write [[{steps[0]}]]", where=where)
    if what.startswith(("the ", "is empty")) and bare(kind) == inspect.CustomType(SecretText):
        return SettingsError(what, where=where)
    right = in_words(kind)
    if isinstance(bare(kind), inspect.CustomType) and isinstance(value, str):
        return SettingsError(f"cannot be used: give {right}", where=where)
    if isinstance(value, str | int | float) and bare(kind) != inspect.CustomType(SecretText):
        shown = str(value).lower() if isinstance(value, bool) else repr(value)[:80]
        return SettingsError(f"{shown} cannot be used: give {right}", where=where)
    return SettingsError(f"{_GIVEN.get(type(value).__name__, 'this')} cannot be used: give {right}", where=where)


def _at(document: Any, steps: list[Any]) -> tuple[Any, inspect.Type | None]:
    """The value in a place of the document, and the type that belongs there."""
    kind: inspect.Type | None = inspect.type_info(Settings)
    for step in steps:
        if isinstance(kind, inspect.Metadata | inspect.UnionType):
            kind = bare(kind)
        if isinstance(step, int):
            kind = kind.item_type if isinstance(kind, inspect.VarTupleType) else None
        else:
            kind = _field(kind, step, document)
        document = document[step]
    return document, kind


def _field(kind: inspect.Type | None, name: str, table: Any) -> inspect.Type | None:
    return next((key.type for one in _tables(kind, table) for key in one.fields if key.name == name), None)


def _known(kind: inspect.Type | None, table: Any) -> list[str]:
    return [key.name for one in _tables(kind, table) for key in one.fields]


def _tables(kind: inspect.Type | None, table: Any) -> list[inspect.StructType]:
    """The table that belongs in a place, going by its ``kind`` where there is a choice."""
    some = structs(kind) if kind is not None else []
    return some if len(some) < 2 else [one for one in some if one.tag == table.get("kind")]


def _tags(kind: inspect.Type | None) -> str:
    return ", ".join(str(one.tag) for one in structs(kind)) if kind is not None else ""


def _where(path: Path, steps: list[Any]) -> str:
    match steps:
        case []:
            return str(path)
        case [str(table)]:
            return f"{path}, [{table}]"
        case [str(table), int(number)]:
            return f"{path}, [[{table}]] {number + 1}"
        case [str(table), int(number), str(key), *_]:
            return f"{path}, [[{table}]] {number + 1}, {key}"
        case _:
            return f"{path}, [{steps[0]}] {steps[1]}"


def _check(path: Path, settings: Settings) -> None:
    """What no single key can say."""
    server = settings.server
    if (server.tls_certificate is None) != (server.tls_key is None):
        there, other = ("tls_certificate", "tls_key") if server.tls_certificate else ("tls_key", "tls_certificate")
        raise SettingsError(f"is given without {other}: give both", where=f"{path}, [server] {there}")
    kept = settings.history
    if kept.location and "://" in kept.location:
        raise SettingsError("is a folder of this machine: give its path, and s3://bucket/prefix as archive",
                            where=f"{path}, [history] location")
    if kept.archive is not None:
        try:
            Archive(kept.archive)
        except HistoryError as error:
            raise SettingsError(error.message, where=f"{path}, [history] archive") from error
    if "://" in settings.state.location.reveal():
        if kept.days and kept.location is None:
            raise SettingsError("must be given, since the state is in no folder", where=f"{path}, [history] location")
        for key, file in (("key_file", settings.state.key_file), ("audit_log", settings.state.audit_log)):
            if file is None:
                raise SettingsError("must be given, since the state is in no folder", where=f"{path}, [state] {key}")
        for place, source in enumerate(settings.source, 1):
            if isinstance(source, PushSource) and source.folder is None:
                raise SettingsError("must be given, since the state is in no folder",
                                    where=f"{path}, [[source]] {place}, folder")
    for key in ("location", "group", "name"):
        _check_different(path, "source", key, [_named(one, key) for one in settings.source])
    _check_different(path, "publish", "name", [one.name for one in settings.publish])


def _named(source: Source, key: str) -> str | None:
    if key == "group" and isinstance(source, CloudWatchSource):
        return f"{source.region}/{source.group}"
    found: str | None = getattr(source, key, None)
    # A location that could be a name is one.
    return getattr(source, "location", None) if key == "name" and found is None else found


def _check_different(path: Path, table: str, key: str, values: Sequence[str | None]) -> None:
    for place, value in enumerate(values):
        if value is not None and value in values[:place]:
            raise SettingsError(f"{value!r} is the {key} of an earlier one: give each its own",
                                where=f"{path}, [[{table}]] {place + 1}, {key}")
