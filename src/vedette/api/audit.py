"""The audit log: one line of JSON for every call that was to change something, made or refused."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from vedette.errors import VedetteError
from vedette.logs.times import format_time

LARGEST = 32_768
"""Bytes of parameters that are told as they are; of more, size and SHA-256."""


class AuditError(VedetteError):
    """The audit log cannot be used."""


class Entry(msgspec.Struct, kw_only=True, frozen=True):
    """A call that was to change something."""

    time: int
    """When it was asked for; milliseconds since the epoch."""
    request_id: str
    access_key_id: str = ""
    console_user: str = ""
    """Who has signed in, or tried to, where it is no access key."""
    account: str
    region: str
    role: str
    operation: str
    source_address: str
    parameters: Mapping[str, Any]
    """Empty when the request could not be read."""
    outcome: str
    """``Success``, or the code of the error."""
    message: str = ""
    """Of the error."""


class Audit:
    """Appends to the audit log. The file may be moved away at any time: a new one is begun."""

    def __init__(self, file: Path, sensitive: Collection[str] = ()) -> None:
        """Open the log to see that it can be written.

        Args:
            file: made, for the owner only, when there is none.
            sensitive: names of members whose values are not told.

        Raises:
            AuditError: it cannot be written, or others can read it.
        """
        self.file = file
        self._sensitive = frozenset(sensitive)
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = self._open()
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
            os.close(descriptor)
        except OSError as error:
            raise AuditError(f"the audit log cannot be written: {error.strerror}", where=str(file)) from error
        if mode & 0o077:
            raise AuditError(f"others can use the audit log (mode {mode:o}): chmod 600 it", where=str(file))

    def tell(self, entry: Entry) -> None:
        """Append one line. Lines of several threads and processes do not mix.

        Raises:
            OSError: it cannot be written.
        """
        told = msgspec.structs.asdict(entry)
        told["time"] = format_time(entry.time)
        told["parameters"] = self._parameters(entry.parameters)
        line = msgspec.json.encode({name: value for name, value in told.items() if value not in ("", {})}) + b"\n"
        descriptor = self._open()
        try:
            written = os.write(descriptor, line)
            if written < len(line):
                raise OSError(f"only {written} of {len(line)} bytes of the audit log were written")
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self.file, flags, 0o600)

    def _parameters(self, parameters: Mapping[str, Any]) -> Any:
        masked = self._masked(parameters)
        encoded = msgspec.json.encode(masked)
        if len(encoded) <= LARGEST:
            return masked
        return {"bytes": len(encoded), "sha256": sha256(encoded).hexdigest()}

    def _masked(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: "***" if name in self._sensitive else self._masked(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._masked(inner) for inner in value]
        return value
