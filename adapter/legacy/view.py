"""The request path of the legacy API: one short view that reads top to bottom."""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge

from adapter.core import observability
from adapter.core.database import Store, UnavailableError
from adapter.core.errors import LegacyError, Place, internal, too_many, unavailable
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.transcript import Transcript
from adapter.core.versions import VERSIONS
from adapter.legacy.call import Call, SendTest, error_of
from adapter.legacy.idempotency import replayed_answers
from adapter.legacy.lists import paging
from adapter.legacy.operations import registry
from adapter.legacy.operations.registry import Operation
from adapter.legacy.protocol import render, rest, signature, soap
from adapter.legacy.protocol.binding import bind
from adapter.legacy.protocol.render import Answer, Reply
from adapter.legacy.protocol.request import LegacyRequest, Tree
from adapter.legacy.usage import Usage, keeps_calls
from adapter.upstream.base import Upstream, WriteOutcome

LOG = logging.getLogger("adapter.gateway")

#: Characters of results after which the rest of a batch is refused: a few kilobytes can ask for the same long Question
#: thousands of times.
MOST_LETTERS = 32_000_000
#: The most Requests in one call, and in that of somebody who is not known.
MOST_REQUESTS = 100
STRANGERS_REQUESTS = 10
PATHS = ("/", "/onca/xml", "/xml", "/onca/soap")


@dataclass(frozen=True)
class Gateway:
    """The parts that the view needs, wired once by create_app."""

    settings: Settings
    store: Store
    upstream: Upstream
    send_test: SendTest
    usage: Usage

    def legacy(self, request: Request) -> Response:
        """Answer one legacy call; whatever happens, the answer is XML."""
        record = observability.Record(
            observability.request_id(),
            protocol="SOAP" if _announces_soap(request) else "REST",
            caller=request.remote_addr or "",
            transcript=Transcript() if keeps_calls(self.settings) else None,
        )
        parsed: LegacyRequest | None = None
        try:
            parsed = parse(request, self.settings, record)
            record.protocol = parsed.envelope.protocol
            record.version = parsed.version if parsed.version in VERSIONS else "-"
            found = look_up(parsed)
            record.operation = found.name
            key = self._authenticate(parsed, found)
            record.requester = key.account_id if key else "-"
            call_id = _call_id(request, parsed, record) if self.settings.trusted_proxies else record.request_id
            call = Call(
                key,
                parsed.version,
                frozenset(),
                self.settings,
                self.store,
                self.upstream,
                record,
                call_id,
                self.send_test,
            )
            answers = _answers(found, parsed, call)
            record.error = next((each.error.code for each in answers if each.error), "-")
            body, status = render.reply(_reply(parsed, record, element=found.element, answers=answers)), 200
        except LegacyError as error:
            record.error = error.code
            body, status = refusal(error, parsed, record)
        except HTTPException as error:
            record.error = "AWS.BadRequest"
            body, status = refusal(_http_error(error), parsed, record)
        except UnavailableError as error:
            LOG.error("request_id=%s: the database: %s", record.request_id, error)  # noqa: TRY400 (no trace is needed)
            record.error = "ServiceUnavailable"
            body, status = refusal(unavailable(), parsed, record)
        except Exception:
            LOG.exception("request_id=%s failed", record.request_id)
            record.error = "AWS.ServiceUnavailable"
            body, status = refusal(internal(record.request_id), parsed, record)
        record.finish(status)
        self.usage.count(request, parsed, record, status, body)
        return Response(
            body, status, headers={"x-amzn-RequestId": record.request_id}, content_type="text/xml; charset=UTF-8"
        )

    def refuse(self, request: Request, error: HTTPException) -> Response:
        """Answer what Flask refused before the view (an unknown path or method) in the caller's protocol."""
        protocol = "SOAP" if _announces_soap(request) else "-"
        record = observability.Record(observability.request_id(), protocol=protocol, error="AWS.BadRequest")
        body, status = refusal(_http_error(error), None, record)
        record.finish(status)
        headers = {"x-amzn-RequestId": record.request_id, **({"Allow": "GET, POST"} if status == 405 else {})}
        return Response(body, status, headers=headers, content_type="text/xml; charset=UTF-8")

    def _authenticate(self, parsed: LegacyRequest, found: Operation) -> accounts.Key | None:
        if is_unsigned(parsed, found):
            return None
        key = accounts.find_key(self.store, parsed.credentials.access_key_id)
        signature.check(parsed.credentials, key, datetime.now(UTC), self.settings.skew, self.settings.skew_local)
        return key


def _answers(found: Operation, parsed: LegacyRequest, call: Call) -> list[Answer]:
    """One answer per Request, in order. Raises the first error where it stands outside the results for all of them.

    Beside a Request that took effect, such an error stays in its own result: a 503 or a Fault would make old clients
    repeat the whole batch. What half of the server's time-out did not suffice for is refused in the same way, and what
    comes behind more text than one answer should hold.
    """
    answers: list[Answer] = []
    letters = 0
    latest = call.record.started + call.settings.request_timeout / 2
    for number, tree in enumerate(parsed.requests):
        if number > 0:
            letters += _letters(answers[-1].result)
            if time.perf_counter() > latest or letters > MOST_LETTERS:
                answers.append(Answer(error=unavailable()))
                continue
        answers.append(_answer(found, parsed, tree, call, number))
    outside = [each.error for each in answers if each.error and each.error.place is not Place.OPERATION]
    if outside and len(outside) == len(answers):
        raise outside[0]
    return [replace(each, error=_in_band(each.error)) if each.error else each for each in answers]


def _answer(found: Operation, parsed: LegacyRequest, tree: Tree, call: Call, number: int) -> Answer:
    """Bind, run and answer one Request; its errors stay its own."""
    asked = response_groups(tree)
    # the id is a digest where a trusted proxy may send the call again, and its answer is kept for that
    kept = found.replayed and call.call_id != call.record.request_id
    call = replace(
        call, groups=found.answered_groups(asked), call_id=f"{call.call_id}.{number}", outcome=WriteOutcome()
    )
    try:
        arguments = bind(found.function, tree)
        if parsed.validate:
            return Answer(validated=True)
        run = partial(found.function, call, **arguments)
        result = replayed_answers.run(call, found.name, run) if kept else run()
    except Exception as error:
        paging.changed(call)
        known_error = error_of(error, call.record.request_id, call.outcome)
        if known_error.code == "AWS.ServiceUnavailable":
            LOG.exception("request_id=%s operation=%s failed", call.record.request_id, found.name)
        return Answer(error=soap.spelled(known_error) if parsed.envelope.protocol == "SOAP" else known_error)
    if found.writes:
        paging.changed(call, found.name, arguments)
    return Answer(result, groups=call.groups, echo=tree if "Request" in asked else None)


def parse(request: Request, settings: Settings, record: observability.Record) -> LegacyRequest:
    """Read a call; the record is told its protocol. Raises LegacyError for what is no call."""
    limit = settings.max_parameters
    body = read_body(request, settings.max_body)
    if record.transcript is not None:
        record.transcript.body = body
    if soap.is_message(body) or (_announces_soap(request) and not _names_operation(request, body)):
        record.protocol = "SOAP"
        address = rest.pairs(request.query_string, limit)
        rest.check_service(next((value for name, value in address if name == "Service"), ""))
        return soap.parse(body, request.mimetype_params.get("charset", ""), limit)
    record.protocol = "REST"
    parameters = rest.pairs(request.query_string, limit)
    if body and not _is_other_content(request):
        parameters += rest.pairs(body, limit)
    return rest.parse(parameters)


def look_up(parsed: LegacyRequest) -> Operation:
    """The operation that a call names. Raises LegacyError for an unknown version or operation."""
    if parsed.version not in VERSIONS:
        newest = ", ".join(VERSIONS)
        raise LegacyError(
            "AWS.InvalidServiceVersion",
            f"The Version {parsed.version[:40]} is not known. Known are {newest}.",
            place=Place.PLATFORM,
        )
    found = registry.OPERATIONS.get(parsed.operation)
    if found is None or not found.available(parsed.version):
        where = "" if found is None else f" in version {parsed.version}"
        message = f"The Operation parameter is invalid: {parsed.operation[:80]} is not an operation{where}."
        raise LegacyError("AWS.InvalidOperationParameter", message, place=Place.PLATFORM)
    return found


def is_unsigned(parsed: LegacyRequest, found: Operation) -> bool:
    """Whether a stranger may make the call. Raises LegacyError when it carries more Requests than its caller may send."""
    unsigned = found.anonymous and not parsed.credentials.access_key_id
    most = STRANGERS_REQUESTS if unsigned else MOST_REQUESTS
    if len(parsed.requests) > most:
        error = too_many("Request", most)
        error.place = Place.PLATFORM
        raise error
    return unsigned


def refusal(error: LegacyError, parsed: LegacyRequest | None, record: observability.Record) -> tuple[bytes, int]:
    """The document for an error of the whole call, in the caller's protocol, and its HTTP status.

    A Fault travels under 500, as SOAP 1.1 section 6.2 has it and toolkits expect. Old clients repeat by themselves on it
    where that is wanted: the .NET SDK by the status, the Java SDK by the fault code. What HTTP itself refuses (404, 405,
    413) keeps its status.
    """
    if error.place is not Place.UNAVAILABLE and parsed is not None and _is_name(parsed.operation):
        return render.reply(replace(_reply(parsed, record), error=error)), error.status
    if record.protocol == "SOAP":
        prefix = parsed.envelope.prefix if parsed else soap.PREFIX
        return render.fault(error, record.request_id, prefix), error.status if 400 < error.status < 500 else 500
    return render.unavailable(error, record.request_id), error.status


def _letters(result: Any) -> int:
    """The characters of all texts in a result."""
    if isinstance(result, str):
        return len(result)
    if isinstance(result, dict):
        return sum(map(_letters, result.values()))
    return sum(map(_letters, result)) if isinstance(result, list) else 0


def _in_band(error: LegacyError) -> LegacyError:
    """The error as it stands in the result of its own Request."""
    code = "AWS.ServiceUnavailable" if error.place is Place.UNAVAILABLE else error.code
    return LegacyError(code, error.message, *error.data)


def _reply(parsed: LegacyRequest, record: observability.Record, **more: Any) -> Reply:
    return Reply(parsed.operation, parsed.version, record.request_id, envelope=parsed.envelope, **more)


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier() and len(text) <= 100


def response_groups(tree: Tree) -> list[str]:
    """The response groups asked for, repeated or comma joined, taken out of the tree for the echo to show them as given."""
    values = [value for name, values in tree.items() if name.lower() == "responsegroup" for value in values]
    return [part.strip() for value in values if isinstance(value, str) for part in value.split(",") if part.strip()]


def _call_id(request: Request, parsed: LegacyRequest, record: observability.Record) -> str:
    """What both tries of one call share when a trusted proxy repeats it, else this try's own id.

    The proxy's id alone does not tell: it may be the client's own, or one for a whole connection. So it counts together
    with what was sent and signed, which a proxy repeats as it was.
    """
    sent = request.headers.get("X-Request-Id", "")
    if not (8 <= len(sent) <= 128 and sent.isascii() and sent.isprintable()):
        return record.request_id
    signed = parsed.credentials
    told = (sent, signed.access_key_id, signed.signed_text, signed.signature, parsed.version, parsed.requests)
    return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def read_body(request: Request, most: int) -> bytes:
    """The body, chunked or not, whatever its content type says. Raises LegacyError when it is too large or breaks off."""
    if request.content_length is not None and request.content_length > most:
        raise too_large(most)
    try:
        body = request.stream.read(most + 1)
    except (OSError, ClientDisconnected) as error:
        raise LegacyError(
            "AWS.BadRequest", "The request's body broke off.", place=Place.PLATFORM, status=400
        ) from error
    except RequestEntityTooLarge as error:
        raise too_large(most) from error
    if len(body) > most:
        raise too_large(most)
    return body


def too_large(most: int) -> LegacyError:
    """The body is over the limit."""
    return LegacyError(
        "AWS.RequestTooLarge", f"The request is larger than {most} bytes.", place=Place.PLATFORM, status=413
    )


def _announces_soap(request: Request) -> bool:
    return request.method == "POST" and soap.announced(request.mimetype, request.headers.get("SOAPAction"))


def _names_operation(request: Request, body: bytes) -> bool:
    """Whether a call is REST although its headers say XML, as some clients mislabel their forms."""
    return b"Operation=" in request.query_string or b"Operation=" in body


def _is_other_content(request: Request) -> bool:
    """JSON and multipart bodies are no form of this API; everything else is read as one, as clients mislabel it."""
    return request.mimetype in {"application/json", "multipart/form-data"}


def _http_error(error: HTTPException) -> LegacyError:
    return LegacyError(
        "AWS.BadRequest", error.description or error.name, place=Place.PLATFORM, status=error.code or 400
    )
