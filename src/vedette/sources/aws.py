"""Asking AWS, or what speaks its protocols: botocore's many errors as one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from vedette.errors import SourceError

T = TypeVar("T")


def asked(where: str, request: Callable[[], T], sentence: Callable[[Any], str], invalid: str) -> T:
    """The answer to a request.

    Args:
        where: what a person calls the thing that is asked.
        request: makes the request.
        sentence: what a `botocore.exceptions.ClientError` means.
        invalid: what to say when the request itself is none.

    Raises:
        SourceError: there is no answer, or it is a refusal.
    """
    from botocore import exceptions as botocore

    try:
        return request()
    except botocore.ClientError as error:
        raise SourceError(sentence(error), where=where) from error
    except (botocore.NoCredentialsError, botocore.PartialCredentialsError) as error:
        raise SourceError(
            "no AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,"
            " or run where a role is attached", where=where) from error
    except botocore.ParamValidationError as error:
        raise SourceError(invalid, where=where) from error
    except (botocore.HTTPClientError, botocore.ConnectionError) as error:
        raise SourceError(
            f"the endpoint cannot be reached ({error}): check its URL and the network", where=where,
        ) from error
    except (botocore.BotoCoreError, ValueError) as error:  # botocore raises ValueError for an endpoint that is no URL
        raise SourceError(f"cannot be read ({error})", where=where) from error


def told(error: Any) -> tuple[str, str]:
    """The code and the message of a `botocore.exceptions.ClientError`, the message on one line and not too long."""
    answer = error.response.get("Error", {})
    return str(answer.get("Code", "")), " ".join(str(answer.get("Message", "")).split())[:200]
