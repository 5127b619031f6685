"""Every table and key of the configuration file, told from `vedette.commands.serving.settings`."""

from __future__ import annotations

import inspect as python
from collections.abc import Iterator
from pathlib import Path

from msgspec import inspect

from vedette.commands.serving.secret_text import SecretText
from vedette.commands.serving.settings import Settings

_PATTERNS = {
    "^s3://.": "`s3://bucket/prefix`", "^https?://.": "a URL", "^arn:": "an ARN",
    "^([0-9]{12})?\\Z": "an account id of 12 digits",
    "^[a-z0-9][a-z0-9-]{0,39}\\Z": "1 to 40 small letters, digits and hyphens",
}
"""What the patterns of `vedette.commands.serving.settings` mean."""


def reference() -> str:
    """The tables and their keys as Markdown."""
    lines: list[str] = []
    for table in inspect.type_info(Settings).fields:  # type: ignore[attr-defined]
        kind = bare(table.type)
        if isinstance(kind, inspect.StructType):
            lines += ["", f"### `[{table.name}]`", "", _about(kind), "", *_keys(kind)]
            continue
        assert isinstance(kind, inspect.VarTupleType)  # noqa: S101
        lines += ["", f"### `[[{table.name}]]`", "", "As many as need be; `kind` says what each is."]
        for one in structs(kind.item_type):
            lines += ["", f'`kind = "{one.tag}"`: {_about(one)}', "", *_keys(one)]
    return "\n".join(lines).strip() + "\n"


def bare(kind: inspect.Type) -> inspect.Type:
    """A type without what is said of it, and without None."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        some = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        if len(some) == 1:
            return bare(some[0])
    return kind


def structs(kind: inspect.Type) -> list[inspect.StructType]:
    """The tables that may stand in a place."""
    kind = bare(kind)
    some = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return [one for one in some if isinstance(one, inspect.StructType)]


def in_words(kind: inspect.Type) -> str:
    """What belongs in a place."""
    match bare(kind):
        case inspect.StrType(pattern=str(pattern)):
            return _PATTERNS[pattern]
        case inspect.StrType():
            return "a text"
        case inspect.IntType(ge=least, le=most):
            return f"a whole number from {least} to {most}"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType(values=values):
            return " or ".join(f"`{value}`" for value in values)
        case inspect.VarTupleType(item_type=item):
            return "tables" if structs(item) else f"an array, each {in_words(item)}"
        case inspect.CustomType(cls=cls) if cls is SecretText:
            return "a text, `env:NAME` or `file:PATH`"
        case inspect.CustomType(cls=cls) if cls is Path:
            return "a path"
        case inspect.StructType() | inspect.UnionType():
            return "a table"
        case other:
            raise TypeError(f"a setting of the type {other} cannot be told")


def _about(kind: inspect.StructType) -> str:
    return " ".join((python.getdoc(kind.cls) or "").split())


def _keys(kind: inspect.StructType) -> Iterator[str]:
    for key in kind.fields:
        if not isinstance(key.type, inspect.Metadata) or not key.type.extra_json_schema:
            raise TypeError(f"{kind.cls.__name__}.{key.name} has no description")
        about = key.type.extra_json_schema["description"]
        yield f"- `{key.name}`: {in_words(key.type)}{_default(key)}. {about}"


def _default(key: inspect.Field) -> str:
    if key.required:
        return ", required"
    value = key.default
    if value in (None, "", ()):
        return ""
    shown = str(value).lower() if isinstance(value, bool) else value
    return f", `{shown}` unless given"
