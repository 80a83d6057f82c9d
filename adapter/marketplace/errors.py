"""The marketplace's errors: legacy codes, which are also the TurkErrorCodes of the 2017-01-17 service."""

from __future__ import annotations

PREFIX = "AWS.MechanicalTurk."
INVALID_VALUE = PREFIX + "InvalidParameterValue"
OUT_OF_RANGE = "AWS.ParameterOutOfRange"
MISSING = "AWS.MissingParameters"
BAD_ENUM = "AWS.InvalidEnumeratedParameter"


class TurkError(Exception):
    """A refusal that the caller is told: `code` is the TurkErrorCode, `parameter` names the member at fault.

    `exact_type` is the `__type` that Amazon's service is known to have sent; it is sent when the settings ask for exact
    types, because botocore drops the TurkErrorCode of every type but RequestError and ServiceFault.
    """

    def __init__(
        self, code: str, message: str, parameter: str | None = None, *, exact_type: str = "RequestError"
    ) -> None:
        super().__init__(message)
        self.code = code if "." in code else PREFIX + code
        self.message = message
        self.parameter = parameter
        self.exact_type = exact_type


class WorkerError(TurkError):
    """A refusal that a worker is told, in words for people.

    `reasons` says of each question, by its identifier, what is wrong with its answer.
    """

    def __init__(self, code: str, message: str, reasons: dict[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.reasons = reasons or {}


class WireError(Exception):
    """A request that never became a call: not signed, not JSON, not an operation. `type` is the answer's `__type`."""

    def __init__(self, type: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.type = type
        self.message = message
        self.status = status


def invalid_value(value: object, parameter: str) -> TurkError:
    """The value is of the right type but means nothing here; recorded wording."""
    return invalid(f'The value "{value}" is not valid for the parameter {parameter}.', parameter)


def out_of_range(value: object, parameter: str, low: int, high: int) -> TurkError:
    """The number lies outside its range; recorded wording."""
    return TurkError(
        OUT_OF_RANGE,
        f"The value {value} is invalid for {parameter}. Valid values range from {low} to {high}.",
        parameter,
        exact_type="ParameterValidationError",
    )


def too_long(parameter: str, most: int) -> TurkError:
    """The text is longer than the service takes."""
    return invalid(
        f"The value specified for {parameter} is too long. It must have at most {most} characters.", parameter
    )


def missing(parameter: str, why: str) -> TurkError:
    """A member that this combination of members needs is absent."""
    return TurkError(
        MISSING, f"The parameter {parameter} is required{why}.", parameter, exact_type="ParameterValidationError"
    )


def invalid(message: str, parameter: str) -> TurkError:
    """The value cannot be used, for the reason that the message gives; so are members that exclude each other."""
    return TurkError(INVALID_VALUE, message, parameter, exact_type="ParameterValidationError")
