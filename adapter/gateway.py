"""The request path of the legacy API: one short view that reads top to bottom."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import Request, Response
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge

from adapter import observe, operations
from adapter.errors import LegacyError, Place, internal
from adapter.operations import Call, Operation
from adapter.settings import Settings
from adapter.store import accounts
from adapter.store.engine import Store
from adapter.upstream import Upstream
from adapter.versions import VERSIONS, known
from adapter.wire import render, rest, signature
from adapter.wire.render import Answer, Reply
from adapter.wire.request import LegacyRequest, Tree
from adapter.wire.types import bind

LOG = logging.getLogger("adapter.gateway")

PATHS = ("/", "/onca/xml", "/xml", "/onca/soap")


@dataclass(frozen=True)
class Gateway:
    """The parts that the view needs, wired once by create_app."""

    settings: Settings
    store: Store
    upstream: Upstream

    def legacy(self, request: Request) -> Response:
        """Answer one legacy call; whatever happens, the answer is XML."""
        record = observe.Record(observe.request_id())
        parsed: LegacyRequest | None = None
        try:
            parsed = self._parse(request)
            record.protocol, record.version = parsed.envelope.protocol, parsed.version if known(parsed.version) else "-"
            found = look_up(parsed)
            record.operation = found.name
            key = self._authenticate(parsed, found)
            record.requester = key.account_id if key else "-"
            answers = [
                self._answer(found, parsed, tree, key, record, f"{_call_id(request, self.settings, record)}.{number}")
                for number, tree in enumerate(parsed.requests)
            ]
            record.error = next((each.error.code for each in answers if each.error), "-")
            for each in answers:
                if each.error and each.error.place is not Place.OPERATION:
                    raise each.error
            body, status = render.reply(_reply(parsed, record, element=found.element, answers=answers)), 200
        except LegacyError as error:
            record.error = error.code
            body, status = refusal(error, parsed, record), error.status
        except HTTPException as error:
            record.error = "AWS.BadRequest"
            body, status = refusal(_http_error(error), parsed, record), error.code or 400
        except Exception:
            LOG.exception("request_id=%s failed", record.request_id)
            record.error = "AWS.ServiceUnavailable"
            body, status = refusal(internal(record.request_id), parsed, record), 200
        record.finish(status)
        return Response(
            body, status, headers={"x-amzn-RequestId": record.request_id}, content_type="text/xml; charset=UTF-8"
        )

    def refuse(self, error: HTTPException) -> Response:
        """Answer what Flask refused before the view (an unknown path or method) in the caller's protocol."""
        record = observe.Record(observe.request_id(), protocol="-", error="AWS.BadRequest")
        status = error.code or 500
        record.finish(status)
        body = refusal(_http_error(error), None, record)
        headers = {"x-amzn-RequestId": record.request_id, **({"Allow": "GET, POST"} if status == 405 else {})}
        return Response(body, status, headers=headers, content_type="text/xml; charset=UTF-8")

    def _parse(self, request: Request) -> LegacyRequest:
        limit = self.settings.max_parameters
        body = read_body(request, self.settings.max_body)
        parameters = rest.pairs(request.query_string, limit)
        if body and not _is_other_content(request):
            parameters += rest.pairs(body, limit)
        return rest.parse(parameters)

    def _authenticate(self, parsed: LegacyRequest, found: Operation) -> accounts.Key | None:
        if found.anonymous and not parsed.credentials.access_key_id:
            return None
        key = accounts.find_key(self.store, parsed.credentials.access_key_id)
        signature.check(parsed.credentials, key, datetime.now(UTC), self.settings.skew, self.settings.skew_local)
        return key

    def _answer(
        self,
        found: Operation,
        parsed: LegacyRequest,
        tree: Tree,
        key: accounts.Key | None,
        record: observe.Record,
        call_id: str,
    ) -> Answer:
        """Bind, run and answer one Request; its errors stay its own."""
        asked = _response_groups(tree)
        groups = found.answered_groups(asked)
        try:
            arguments = bind(found.function, tree)
            if parsed.validate:
                return Answer(validated=True)
            access_key_id, secret = key.upstream_pair(embedded=self.upstream.embedded) if key else ("", "")
            call = Call(
                account_id=key.account_id if key else "",
                access_key_id=access_key_id,
                secret_access_key=secret,
                version=parsed.version,
                groups=groups,
                settings=self.settings,
                store=self.store,
                upstream=self.upstream,
                record=record,
                call_id=call_id,
            )
            result = found.function(call, **arguments)
        except Exception as error:
            known_error = operations.error_of(error, record.request_id)
            if known_error.code == "AWS.ServiceUnavailable":
                LOG.exception("request_id=%s operation=%s failed", record.request_id, found.name)
            return Answer(error=known_error)
        return Answer(result, groups=groups, echo=tree if "Request" in asked else None)


def look_up(parsed: LegacyRequest) -> Operation:
    """The operation that a call names. Raises LegacyError for an unknown version or operation."""
    if not known(parsed.version):
        newest = ", ".join(VERSIONS)
        raise LegacyError(
            "AWS.InvalidServiceVersion",
            f"The Version {parsed.version[:40]} is not known. Known are {newest}.",
            place=Place.PLATFORM,
        )
    found = operations.OPERATIONS.get(parsed.operation)
    if found is None or not found.available(parsed.version):
        where = "" if found is None else f" in version {parsed.version}"
        message = f"The Operation parameter is invalid: {parsed.operation[:80]} is not an operation{where}."
        raise LegacyError("AWS.InvalidOperationParameter", message, place=Place.PLATFORM)
    return found


def refusal(error: LegacyError, parsed: LegacyRequest | None, record: observe.Record) -> bytes:
    """The document for an error of the whole call."""
    if error.place is Place.UNAVAILABLE or parsed is None or not _is_name(parsed.operation):
        return render.unavailable(error, record.request_id)
    platform = replace(_reply(parsed, record), error=error)
    return render.reply(platform)


def _reply(parsed: LegacyRequest, record: observe.Record, **more: Any) -> Reply:
    return Reply(parsed.operation, parsed.version, record.request_id, envelope=parsed.envelope, **more)


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier() and len(text) <= 100


def _response_groups(tree: Tree) -> list[str]:
    """The response groups asked for, repeated or comma joined, taken out of the tree for the echo to show them as given."""
    values = [value for name, values in tree.items() if name.lower() == "responsegroup" for value in values]
    return [part.strip() for value in values if isinstance(value, str) for part in value.split(",") if part.strip()]


def _call_id(request: Request, settings: Settings, record: observe.Record) -> str:
    """What both tries of one call share when a trusted proxy repeats it, else this try's own id."""
    sent = request.headers.get("X-Request-Id", "") if settings.trusted_proxies else ""
    return sent if 8 <= len(sent) <= 128 and sent.isascii() and sent.isprintable() else record.request_id


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


def _is_other_content(request: Request) -> bool:
    """JSON and multipart bodies are no form of this API; everything else is read as one, as clients mislabel it."""
    return request.mimetype in {"application/json", "multipart/form-data"}


def _http_error(error: HTTPException) -> LegacyError:
    return LegacyError(
        "AWS.BadRequest", error.description or error.name, place=Place.PLATFORM, status=error.code or 400
    )
