"""explain(): all that can be said of a pasted legacy call, for the command line and for pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

from adapter.core.database import Store
from adapter.core.errors import LegacyError
from adapter.core.observability import Record
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.store.accounts import Key
from adapter.legacy import view
from adapter.legacy.explain import pasted as pasted_text
from adapter.legacy.explain import signing, translation
from adapter.legacy.explain.pasted import Pasted
from adapter.legacy.operations import registry
from adapter.legacy.operations.differences import DIFFERENCES, Difference
from adapter.legacy.operations.registry import Operation
from adapter.legacy.protocol import signature
from adapter.legacy.protocol.binding import bind, bind_each, members
from adapter.legacy.protocol.request import Credentials, LegacyRequest, Tree
from adapter.upstream.recording import RecordingUpstream

#: The most Requests of one call that are translated.
MOST_TRANSLATED = 10
#: Letters of a signature that are shown.
_SHOWN = 4


@dataclass(frozen=True)
class GatewayRefusal:
    """An error with which the gateway would answer."""

    code: str
    message: str


@dataclass(frozen=True)
class Signing:
    """What was signed, whether it was signed rightly, and why not. `matches` is None where no secret is known to tell by."""

    access_key_id: str
    #: Whether the key is known here, and by which secret the signature was checked.
    key: str
    text: str
    given: str
    matches: bool | None
    mistakes: list[str]
    timestamp: str
    #: How far that is from now, and how far it may be.
    time: str
    refusals: list[GatewayRefusal]


@dataclass(frozen=True)
class BoundMember:
    """A member as bound, or the refusal in its place; `given` is False where its default holds."""

    name: str
    value: Any
    given: bool
    refusal: GatewayRefusal | None = None


@dataclass(frozen=True)
class TranslatedCall:
    """A call of the 2017-01-17 API: its name and its JSON."""

    operation: str
    json: dict[str, Any]


@dataclass(frozen=True)
class ExplainedRequest:
    """One Request of the call: its members, names that are passed over, and the modern calls it becomes.

    `depends_on` says by what answer the gateway would go on; it is empty where nothing more is asked.
    """

    members: list[BoundMember]
    passed_over: dict[str, str]
    calls: list[TranslatedCall] = field(default_factory=list)
    code: str = ""
    depends_on: str = ""
    refusal: GatewayRefusal | None = None


@dataclass(frozen=True)
class Explanation:
    """All that can be said of a call. What could not be found out, since it was refused earlier, is empty."""

    form: str
    protocol: str = ""
    operation: str = ""
    version: str = ""
    #: What the operation does, and of which modern calls it is made.
    does: str = ""
    made_of: str = ""
    validate: bool = False
    signing: Signing | None = None
    #: Errors that the gateway would answer the whole call with, in its own order.
    refusals: list[GatewayRefusal] = field(default_factory=list)
    requests: list[ExplainedRequest] = field(default_factory=list)
    differences: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_object(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return asdict(self)


def explain(
    text: str, settings: Settings, model_path: Path, *, store: Store | None = None, secret: str = ""
) -> Explanation:
    """Explain the legacy call in a text. Nothing is sent, and nothing is written to the store.

    The signature is checked with `secret`, else with that of the key in the store. Raises NothingFoundError where the
    text has no call in it.
    """
    registry.load()
    if (values := pasted_text.logged(text)) is not None:
        return _of_log(values)
    found = pasted_text.read(text)
    record = Record("explained")
    try:
        parsed = view.parse(found.request(), settings, record)
    except LegacyError as error:
        return Explanation(found.form, record.protocol, refusals=[_refusal(error)], notes=list(found.notes))
    explained = Explanation(
        found.form,
        parsed.envelope.protocol,
        parsed.operation,
        parsed.version,
        validate=parsed.validate,
        notes=list(found.notes),
    )
    signed = _signing(parsed, found, settings, store, secret)
    try:
        operation = view.look_up(parsed)
        unsigned = view.is_unsigned(parsed, operation)
    except LegacyError as error:
        return replace(explained, signing=signed, refusals=[_refusal(error), *signed.refusals])
    if not unsigned:
        explained = replace(explained, signing=signed, refusals=signed.refusals)
    with translation.empty_store() as scratch:
        requests = [
            _request(operation, parsed, tree, scratch, RecordingUpstream(settings, model_path))
            for tree in parsed.requests[:MOST_TRANSLATED]
        ]
    if len(parsed.requests) > MOST_TRANSLATED:
        explained.notes.append(f"The first {MOST_TRANSLATED} of {len(parsed.requests)} Requests are shown.")
    does, made_of = operation.summary
    names = {name for tree in parsed.requests for name in tree}
    different = _differences(operation.name, names)
    return replace(explained, does=does, made_of=made_of, requests=requests, differences=different)


def _of_log(values: dict[str, str]) -> Explanation:
    """What a line of our own log tells of a call that it does not hold."""
    known = registry.OPERATIONS.get(values["operation"])
    does, made_of = known.summary if known else ("", "")
    error = values["error"]
    return Explanation(
        "a line of this service's own log, which says what became of a call and not what was in it",
        values.get("protocol", ""),
        values["operation"],
        values["version"],
        does,
        made_of,
        refusals=[]
        if error == "-"
        else [GatewayRefusal(error, "So it was answered; docs/compatibility.md says when that happens.")],
        differences=_differences(values["operation"], set()),
    )


def _refusal(error: LegacyError) -> GatewayRefusal:
    return GatewayRefusal(error.code, error.message)


def _differences(operation: str, names: set[str]) -> list[dict[str, str]]:
    given = {name.lower() for name in names}

    def concerns(each: Difference) -> bool:
        return operation in each.operations and (not each.member or each.member.lower() in given)

    return [
        {"member": each.member, "says": each.says, "heading": each.heading} for each in DIFFERENCES if concerns(each)
    ]


# ---- the signature ------------------------------------------------------------------------------------------------------


def _signing(parsed: LegacyRequest, found: Pasted, settings: Settings, store: Store | None, secret: str) -> Signing:
    """What is to be said of the signature."""
    sent, now = parsed.credentials, datetime.now(UTC)
    known = accounts.find_key(store.home, sent.access_key_id) if store and sent.access_key_id else None
    key = replace(known or _STRANGER, secret_access_key=secret) if secret else known
    matches, mistakes = None, list[str]()
    if key is not None and sent.signature:
        matches = signing.matches(sent, key.secret_access_key)
        if not matches:
            mistakes = signing.mistakes(parsed, found, key.secret_access_key, _secrets(store))
    return Signing(
        sent.access_key_id,
        _said_of(known, given=bool(secret)),
        sent.signed_text.replace(key.secret_access_key, "***") if key else sent.signed_text,
        _masked(sent.signature),
        matches,
        mistakes,
        sent.timestamp,
        _time(sent.timestamp, key or _STRANGER, now, settings),
        # without a store or a secret nothing is known of the key
        _refused(sent, key, now, settings) if key or store or not (sent.access_key_id and sent.signature) else [],
    )


def _refused(sent: Credentials, key: Key | None, now: datetime, settings: Settings) -> list[GatewayRefusal]:
    try:
        signature.check(sent, key, now, settings.skew, settings.skew_local)
    except LegacyError as error:
        return [_refusal(error)]
    return []


_STRANGER = Key("", "", "")


def _masked(text: str) -> str:
    """Enough of a signature to find it again, and too little to use it."""
    return f"{text[:_SHOWN] if len(text) > 5 * _SHOWN else ''}... ({len(text)} characters)" if text else ""


def _said_of(known: Key | None, *, given: bool) -> str:
    if known is None:
        return "checked with the secret that was given" if given else "not known here, so the signature was not checked"
    said = f"known here, of account {known.account_id}" + ("" if known.enabled else ", and disabled")
    return f"{said}; checked with the secret that was given" if given else said


def _secrets(store: Store | None) -> dict[str, str]:
    """The secrets of the keys that are known here, by access key id."""
    if store is None:
        return {}
    ids = [each.access_key_id for each in islice(accounts.list_keys(store.home), signing.MOST_OTHERS)]
    found = {each: accounts.find_key(store.home, each) for each in ids}
    return {each: key.secret_access_key for each, key in found.items() if key is not None}


def _time(text: str, key: Key, now: datetime, settings: Settings) -> str:
    """What is to be said of a Timestamp."""
    moment, zoned = signature.timestamp(text)
    if moment is None:
        return "This is not a time: write 2010-05-14T12:00:00Z." if text else ""
    allowed = (key.skew or settings.skew) if zoned else (key.skew_local or settings.skew_local)
    seconds = round((now - moment).total_seconds())
    off = f"{_duration(abs(seconds))} {'ago' if seconds >= 0 else 'ahead'}; {_duration(allowed)} are allowed"
    if not zoned:
        return f"{off}, since it names no zone"
    # clocks of the world differ by half hours
    local = allowed < abs(seconds) <= settings.skew_local and min(seconds % 1800, -seconds % 1800) < settings.skew / 3
    return f"{off}; it looks like local time that is said to be UTC" if local else off


def _duration(seconds: int) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} seconds"


# ---- a Request ---------------------------------------------------------------------------------------------------------


def _request(
    found: Operation, parsed: LegacyRequest, tree: Tree, store: Store, upstream: RecordingUpstream
) -> ExplainedRequest:
    bound = _members(found.function, tree)
    strangers = _passed_over(found.function, tree)
    try:
        arguments = bind(found.function, tree)
    except LegacyError as error:
        return ExplainedRequest(bound, strangers, refusal=_refusal(error))
    if parsed.validate:
        return ExplainedRequest(bound, strangers)
    groups = view.response_groups(tree)
    depends_on, failure = translation.run(found, parsed.version, arguments, groups, store, upstream)
    calls = [TranslatedCall(each.operation, each.json) for each in upstream.calls]
    refusal = _refusal(failure) if failure else None
    return ExplainedRequest(bound, strangers, calls, translation.as_code(upstream.calls), depends_on, refusal)


def _members(target: Callable[..., Any], tree: Tree) -> list[BoundMember]:
    names = {name.lower() for name in tree}
    bound = bind_each(target, tree)
    found = []
    for each in members(target):
        value, given = bound[each.name], not names.isdisjoint(each.names)
        if isinstance(value, LegacyError):
            found.append(BoundMember(each.name, None, given, _refusal(value)))
        elif given or value is not None:
            found.append(BoundMember(each.name, translation.plain(value), given))
    return found


def _passed_over(target: Any, tree: Tree, path: str = "") -> dict[str, str]:
    """The names that mean nothing here, each with the one that was probably meant, or ''."""
    known = {name: each for each in members(target) for name in each.names}
    found: dict[str, str] = {}
    for name, values in tree.items():
        each = known.get(name.lower())
        if each is None:
            if path or name.lower() != "responsegroup":
                close = get_close_matches(name.lower(), list(known), n=1, cutoff=0.75)
                found[f"{path}{name}"[:200]] = f"{path}{known[close[0]].name}" if close else ""
        elif is_dataclass(each.kind):
            for inner in values:
                if isinstance(inner, dict):
                    found |= _passed_over(each.kind, inner, f"{path}{each.name}.")
    return found
