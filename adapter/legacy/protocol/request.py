"""What a legacy call is once its protocol is read: the same for REST and SOAP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: One Request: member name -> its values in order; a value is text, or a tree for a structure.
Tree = dict[str, list[Any]]

SERVICE = "AWSMechanicalTurkRequester"


#: Values of Validate with which a call is executed. Any other one asks for a check alone: the reference only wants the
#: parameter to be there.
_EXECUTE = {"", "false", "0", "f", "no", "none"}


def only_validates(text: str) -> bool:
    """Whether a call's Validate asks that nothing be done; when in doubt it does."""
    return text.strip().lower() not in _EXECUTE


@dataclass(frozen=True)
class Credentials:
    """Who says they sent the call, and the proof. `signed_text` is what the Signature covers."""

    access_key_id: str
    timestamp: str
    signature: str = field(repr=False)
    signed_text: str = field(repr=False)


@dataclass(frozen=True)
class Envelope:
    """How the answer has to be wrapped: nothing for REST; the caller's prefix and namespace for SOAP."""

    protocol: str = "REST"
    prefix: str = ""
    namespace: str = ""


@dataclass(frozen=True)
class LegacyRequest:
    """A parsed call, not yet authenticated and not yet bound to an operation."""

    operation: str
    version: str
    credentials: Credentials
    requests: list[Tree]
    validate: bool = False
    envelope: Envelope = Envelope()
    #: What a SOAP message says of the program that sent it.
    software: str = ""
