"""Write GuardDuty's operations and shapes as TypeScript, from botocore's service model.

``python console/shapes.py`` writes ``console/src/api/shapes.ts``; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

TARGET = Path(__file__).parent / "src" / "api" / "shapes.ts"

_HEAD = """\
// GuardDuty's operations and shapes, by wire name. Written by console/shapes.py from botocore's service model.
// Times are seconds since the epoch.
"""

_SIMPLE = {
    "string": "string", "character": "string", "blob": "string", "boolean": "boolean",
    "integer": "number", "long": "number", "float": "number", "double": "number", "timestamp": "number",
}


def written() -> str:
    """The file's text."""
    model = botocore.session.get_session().get_service_model("guardduty")
    operations = [model.operation_model(name) for name in model.operation_names]
    structures: dict[str, StructureShape] = {}
    for one in operations:
        for shape in (one.input_shape, one.output_shape):
            _collect(shape, structures)
    parts = [_HEAD]
    parts += [_interface(shape) for _, shape in sorted(structures.items())]
    parts.append(_types(operations))
    parts.append(_table(operations))
    return "\n".join(parts)


def _collect(shape: Shape | None, into: dict[str, StructureShape]) -> None:
    if isinstance(shape, ListShape):
        _collect(shape.member, into)
    elif isinstance(shape, MapShape):
        _collect(shape.value, into)
    elif isinstance(shape, StructureShape) and shape.name not in into:
        into[shape.name] = shape
        for member in shape.members.values():
            _collect(member, into)


def _wire(name: str, member: Shape) -> str:
    wire: str = member.serialization.get("name", name)
    # A member that is part of the path or the query is called as in the documents of the service.
    return wire[0].lower() + wire[1:] if member.serialization.get("location") == "uri" else wire


def _type(shape: Shape) -> str:
    if isinstance(shape, ListShape):
        inner = _type(shape.member)
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if isinstance(shape, MapShape):
        return f"Record<string, {_type(shape.value)}>"
    if isinstance(shape, StructureShape):
        return shape.name
    if shape.type_name == "string" and (values := getattr(shape, "enum", None)):
        return " | ".join(f'"{value}"' for value in values)
    return _SIMPLE[shape.type_name]


def _interface(shape: StructureShape) -> str:
    lines = [
        f"  {_wire(name, member)}{'' if name in shape.required_members else '?'}: {_type(member)};"
        for name, member in shape.members.items()
    ]
    if not lines:
        return f"export type {shape.name} = Record<string, never>;\n"
    return "\n".join([f"export interface {shape.name} {{", *lines, "}", ""])


def _types(operations: list[OperationModel]) -> str:
    def name(shape: Any) -> str:
        return shape.name if shape is not None else "Record<string, never>"

    lines = [f"  {one.name}: {{ input: {name(one.input_shape)}; output: {name(one.output_shape)} }};"
             for one in operations]
    return "\n".join(["export interface Operations {", *lines, "}", ""])


def _table(operations: list[OperationModel]) -> str:
    lines = []
    for one in operations:
        members = one.input_shape.members if one.input_shape else {}
        path = one.http["requestUri"]
        for name, member in members.items():
            if member.serialization.get("location") == "uri":
                path = path.replace(f"{{{member.serialization['name']}}}", f"{{{_wire(name, member)}}}")
        query = [_wire(name, member) for name, member in members.items()
                 if member.serialization.get("location") == "querystring"]
        listed = ", ".join(f'"{each}"' for each in query)
        lines.append(f'  {one.name}: ["{one.http["method"]}", "{path}", [{listed}]],')
    return "\n".join([
        "/** Method, path and what of the input goes into the query. */",
        "export const OPERATIONS: Record<keyof Operations, readonly [string, string, readonly string[]]> = {",
        *lines, "};", ""])


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
