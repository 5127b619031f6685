"""What the API refuses, as GuardDuty names it."""

from __future__ import annotations

from vedette.errors import VedetteError

UNKNOWN_DETECTOR = "The request is rejected because the input detectorId is not owned by the current account."
"""Word for word: clients match on it."""
NO_SUCH_RESOURCE = "The request is rejected since no such resource found."
"""The same."""

LONGEST = 2_000
"""Characters of a message. What the caller gave may be repeated in it, and may be as long as a body."""


class ApiError(VedetteError):
    """A request that is refused, with GuardDuty's code and the HTTP status."""

    CODE = "InternalServerErrorException"
    STATUS = 500

    def __init__(self, message: str) -> None:
        if len(message) > LONGEST:
            message = f"{message[:LONGEST // 2]} ... {message[-LONGEST // 2:]}"
        super().__init__(message)


class BadRequest(ApiError):
    """The request cannot be met as it is: also unknown ids of the classic operations."""

    CODE = "BadRequestException"
    STATUS = 400


class AccessDenied(ApiError):
    """The caller may not do this."""

    CODE = "AccessDeniedException"
    STATUS = 403


class ResourceNotFound(ApiError):
    """There is no such thing (newer operations only)."""

    CODE = "ResourceNotFoundException"
    STATUS = 404


class Conflict(ApiError):
    """There is such a thing already, or it is busy."""

    CODE = "ConflictException"
    STATUS = 409


class BusyError(ApiError):
    """Too many ask for the same at this moment."""

    CODE = "TooManyRequestsException"
    STATUS = 429
