"""The error codes of the legacy API, and how an error of the upstream becomes one of them (docs/contract.md, Errors)."""

from __future__ import annotations

import enum
import re
import time
from typing import Any

from botocore import exceptions as botocore_errors

TURK = "AWS.MechanicalTurk."


class Place(enum.Enum):
    """Where an error stands in the answer (docs/contract.md, The envelope)."""

    OPERATION = "Request/Errors inside the operation's result"
    PLATFORM = "Errors inside OperationRequest, without any result"
    UNAVAILABLE = "the top-level Response/Errors shape with HTTP status 503, on which old clients repeat the call"


class LegacyError(Exception):
    """An error as the legacy client will see it.

    `code` is the legacy code; `message` goes out with the millisecond token behind it; `data` are the Key/Value pairs.
    """

    def __init__(
        self, code: str, message: str, *data: tuple[str, str], place: Place = Place.OPERATION, status: int = 200
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = list(data)
        self.place = place
        self.status = 503 if place is Place.UNAVAILABLE else status

    def stamped(self) -> str:
        """The message with the millisecond token that Amazon's messages ended in."""
        return self.message if _TOKEN.search(self.message) else f"{self.message} ({time.time_ns() // 1_000_000})"


_TOKEN = re.compile(r"\(\d{10,16}(?: s)?\)\s*$")


def missing(name: str) -> LegacyError:
    """A required parameter is absent."""
    return LegacyError(
        "AWS.MissingParameters",
        f"Your request is missing required parameters. Required parameters include {name}.",
        ("Parameter", name),
    )


def invalid(name: str, value: str, why: str = "") -> LegacyError:
    """A parameter's value is refused."""
    message = f'The value "{_short(value)}" is not valid for the parameter {name}.' + (f" {why}" if why else "")
    return LegacyError(TURK + "InvalidParameterValue", message, ("Parameter", name), ("Value", _short(value)))


def out_of_range(name: str, value: object, low: int, high: int) -> LegacyError:
    """A number lies outside its documented range."""
    message = f"The value {_short(str(value))} is invalid for {name}. Valid values range from {low} to {high}."
    return LegacyError("AWS.ParameterOutOfRange", message, ("Parameter", name), ("Value", _short(str(value))))


def not_enumerated(name: str, value: str, allowed: list[str]) -> LegacyError:
    """A value is not among those of its enumeration."""
    message = f'The value "{_short(value)}" you specified for {name} is invalid. Valid values are {", ".join(allowed)}.'
    return LegacyError("AWS.InvalidEnumeratedParameter", message, ("Parameter", name), ("Value", _short(value)))


def too_many(name: str, most: int) -> LegacyError:
    """A list is longer than is taken."""
    return LegacyError("AWS.MaximumParameterRequirement", f"At most {most} {name} may be given.", ("Parameter", name))


def no_structure(name: str, value: str) -> LegacyError:
    """A text stands where a structure is expected; recorded code and words."""
    element = name.rpartition(".")[2]
    message = f'The value "Illegal Text data found as child of: {element}" you specified for enumeration is invalid.'
    return LegacyError("AWS.InvalidEnumeratedParameter", message, ("Parameter", name), ("Value", _short(value)))


def not_authorized() -> LegacyError:
    """The key is unknown or disabled, or the signature is wrong: one answer for all, so that nobody learns which."""
    message = "The identity contained in the request is not authorized to use this AWSAccessKeyId"
    return LegacyError("AWS.NotAuthorized", message, place=Place.PLATFORM)


def unavailable() -> LegacyError:
    """The call certainly did not happen and may be repeated; old clients do so by themselves."""
    message = "Service AWSMechanicalTurkRequester is currently unavailable. Please try again later"
    return LegacyError("ServiceUnavailable", message, place=Place.UNAVAILABLE)


def internal(reference: str) -> LegacyError:
    """Something failed, and whether the call took effect is not known: in band, because a 503 would be repeated blindly."""
    return LegacyError(
        "AWS.ServiceUnavailable", f"There was an error with this request. (System error code: {reference})"
    )


def does_not_exist(kind: str, identifier: str) -> LegacyError:
    """An object that the id names is unknown; kind is HIT, Assignment, QualificationType or QualificationRequest."""
    subject = "Hit" if kind == "HIT" else kind
    return LegacyError(
        f"{TURK}{kind}DoesNotExist",
        f"{subject} {_short(identifier)} does not exist.",
        (f"{kind}Id", _short(identifier)),
    )


def _short(value: str) -> str:
    return value if len(value) <= 200 else value[:200] + "..."


#: Upstream codes whose legacy spelling differs.
_RENAMED = {
    TURK + "PermissionDeniedException": TURK + "PermissionDenied",
    TURK + "HitAlreadyExists": TURK + "HITAlreadyExists",
    "AWS.AccountNotLinked": "AWS.NotAuthorized",
    # the legacy API had no code for it: a bad HITTypeId was recorded as an invalid value
    TURK + "HITTypeDoesNotExist": TURK + "InvalidParameterValue",
}
#: Members of the 2017-01-17 API whose legacy names differ, as messages and `Parameter` name them.
_MEMBERS = {
    "NumberOfAdditionalAssignments": "MaxAssignmentsIncrement",
    "MaxAssignmentIncrement": "MaxAssignmentsIncrement",
    "QualificationRequirements": "QualificationRequirement",
    "IntegerValues": "IntegerValue",
    "LocaleValues": "LocaleValue",
    "HITLayoutParameters": "HITLayoutParameter",
    "AssignmentStatuses": "AssignmentStatus",
    "EventTypes": "EventType",
    "WorkerIds": "WorkerId",
}
#: Types that speak of the gateway's own configuration or of load, not of the caller's request.
_NOT_THE_CALLERS_FAULT = {
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "ExpiredTokenException",
    "RequestExpired",
    "UnknownOperationException",
    "AccessDeniedException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException",
    "InvalidClientTokenId",
    # an answer of HTTP 429 without any JSON
    "429",
}
_STATES = re.compile(r"currently in the state '?([A-Za-z]+)'?")
_EXPECTED = re.compile(r"called with a status of: ([A-Za-z, ]+)")
_ABSENT = re.compile(r"^(Hit|Assignment|QualificationType|QualificationRequest|HITLayout) (\S{1,200}) does not exist")
_MODERN = re.compile(rf"\b(?:{'|'.join(_MEMBERS)})\b")
#: Recorded words of errors that came without a TurkErrorCode.
_WORDS = (
    ("error parsing the XML", TURK + "XMLParseError"),
    ("insufficient funds", TURK + "InsufficientFunds"),
    ("request is missing required parameters", "AWS.MissingParameters"),
    ("This HIT is currently in the state", TURK + "InvalidHITState"),
    ("requested a Qualification that does not exist", TURK + "QualificationDoesNotExist"),
    ("already created a QualificationType with this name", TURK + "QualificationTypeAlreadyExists"),
    ("not authorized to perform the requested operation", TURK + "PermissionDenied"),
)
_CONSTRAINED = re.compile(r" at '([a-z][A-Za-z]{0,60})[.'][^']{0,200}'? failed to satisfy constraint")
_RANGE = re.compile(r"Valid values range from|must have value (?:less|greater) than|numeric instance")


class UnknownOutcomeError(Exception):
    """The upstream may or may not have executed a call: the connection broke or timed out after it was sent."""


def never_executed(code: str) -> bool:
    """Whether an upstream error of this type (`__type`) says that the call was turned away before anything was done."""
    return code in _NOT_THE_CALLERS_FAULT


def outcome_unknown(error: Exception) -> bool:
    """Whether the upstream may have executed the call that failed with this error.

    What fails before anything was sent (no connection, no TLS) is another branch of botocore's exceptions.
    """
    if isinstance(error, (botocore_errors.HTTPClientError, botocore_errors.IncompleteReadError)):
        return True
    if isinstance(error, botocore_errors.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 and not never_executed(_code_of(error))
    return False


def still_running(error: BaseException | None) -> bool:
    """Whether the upstream may yet execute the call, because it was waited for in vain."""
    return isinstance(error, botocore_errors.ReadTimeoutError)


def from_upstream(error: Exception, reference: str) -> LegacyError:
    """The legacy error for an exception that boto3 raised.

    A modern TurkErrorCode is a legacy code. Failures in which nothing was executed become the 503 shape; failures whose
    outcome is unknown never do.
    """
    if outcome_unknown(error):
        return internal(reference)
    if isinstance(error, botocore_errors.ClientError):
        return _from_client_error(error, reference)
    if isinstance(error, botocore_errors.ParamValidationError):
        return LegacyError(TURK + "InvalidParameterValue", str(error).splitlines()[-1])
    if isinstance(error, botocore_errors.BotoCoreError):
        return unavailable()
    return internal(reference)


def _code_of(error: botocore_errors.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _from_client_error(error: botocore_errors.ClientError, reference: str) -> LegacyError:
    response: Any = error.response
    kind = _code_of(error)
    message = str(
        response.get("Error", {}).get("Message") or response.get("Message") or "There was an error with this request."
    )
    turk_code = str(response.get("TurkErrorCode") or "")
    if not turk_code and never_executed(kind):
        return unavailable()
    code = _RENAMED.get(turk_code, turk_code) or _guess(kind, message)
    if code == "AWS.ServiceUnavailable" or not code:
        return internal(reference)
    if code == "AWS.NotAuthorized":
        return LegacyError(code, message, place=Place.PLATFORM)
    return LegacyError(code, _MODERN.sub(lambda name: _MEMBERS[name[0]], message), *_data_of(response, message))


def _data_of(response: Any, message: str) -> list[tuple[str, str]]:
    """The Data pairs of an upstream error, which the 2017-01-17 API only has in the words of its message."""
    if absent := _ABSENT.search(message):
        return [(f"{_kind(absent)}Id", absent[2])]
    data = []
    if state := _STATES.search(message):
        data.append(("CurrentState", state[1]))
    if expected := _EXPECTED.search(message):
        data.append(("ExpectedStates", expected[1].strip()))
    parameter = str(response.get("Parameter") or "")
    if not parameter and (constrained := _CONSTRAINED.search(message)):
        # the service's front layer spells the first letter small
        parameter = constrained[1][0].upper() + constrained[1][1:]
    if parameter:
        data.append(("Parameter", _MEMBERS.get(parameter, parameter)))
    return data


def _kind(absent: re.Match[str]) -> str:
    return "HIT" if absent[1] == "Hit" else absent[1]


def _guess(kind: str, message: str) -> str:
    if kind == "ServiceFault":
        return "AWS.ServiceUnavailable"
    if absent := _ABSENT.search(message):
        return f"{TURK}{_kind(absent)}DoesNotExist"
    if told := next((code for words, code in _WORDS if words in message), ""):
        return told
    if kind in {"ParameterValidationError", "ValidationException"}:
        if "must not be null" in message:
            return "AWS.MissingParameters"
        return "AWS.ParameterOutOfRange" if _RANGE.search(message) else TURK + "InvalidParameterValue"
    if kind in {"RequestError", "SerializationException"}:
        return TURK + "InvalidParameterValue"
    return ""
