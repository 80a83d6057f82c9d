"""Every setting of the adapter: its name, type, default and help stand together, once.

A setting ``foo`` is read from the environment variable ``ADAPTER_FOO``, else from the settings file named by
``ADAPTER_SETTINGS_FILE`` (lines ``ADAPTER_FOO=value``), else its default holds. A secret may also come from a file of
its own, named by ``ADAPTER_FOO_FILE``. Nothing secret is ever an argument of a command.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

PREFIX = "ADAPTER_"
#: Variables that are no settings and yet have a meaning.
_BESIDE = {PREFIX + "SETTINGS_FILE", PREFIX + "SECRET_ACCESS_KEY"}
#: What Kubernetes sets in every container of a namespace with a Service of the name "adapter".
_OF_KUBERNETES = re.compile(r"ADAPTER_(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")


class SettingsError(ValueError):
    """A setting cannot be used; the message names it and says why."""


def _setting(
    default: object,
    help: str,
    *,
    secret: bool = False,
    low: float | None = None,
    high: float | None = None,
    form: str = ".*",
) -> Any:
    metadata = {"help": help, "secret": secret, "low": low, "high": high, "form": form}
    return field(default=default, metadata=metadata)


_ADDRESS = r"https?://[^\s/]+\S*"


@dataclass(frozen=True)
class Settings:
    """All settings. Times are in seconds, sizes in bytes, unless the help says otherwise."""

    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8000, "Port to listen on.", low=0, high=65535)
    data: Path = _setting(
        Path("data"), "Data folder: the SQLite database, the generated encryption key, uploaded files."
    )
    database_url: str = _setting(
        "",
        "SQLAlchemy URL of the database; empty means SQLite in the data folder. "
        "PostgreSQL: `postgresql+psycopg://user:password@host/name`.",
        secret=True,
    )
    database_pooler: bool = _setting(
        False,
        "Whether `ADAPTER_DATABASE_URL` leads to a pooler that gives each transaction another connection, such as PgBouncer in "
        "transaction mode; no statement is prepared then.",
    )
    encryption_key: str = _setting(
        "",
        "Fernet key that encrypts stored secrets; empty means one generated on first start into the data folder.",
        secret=True,
    )
    root_access_key_id: str = _setting("", "Access key id of the first account, imported at start when set.")
    root_secret_access_key: str = _setting(
        "", "Secret access key that belongs to `ADAPTER_ROOT_ACCESS_KEY_ID`.", secret=True
    )

    upstream: str = _setting(
        "embedded",
        "`embedded` for the marketplace in this process, or the URL of a 2017-01-17 endpoint.",
        form="embedded|" + _ADDRESS,
    )
    upstream_region: str = _setting(
        "us-east-1", "Region in the credential scope of upstream calls.", form="[a-z0-9-]{1,64}"
    )
    upstream_connect_timeout: float = _setting(
        5.0, "Seconds to wait for a connection to the upstream.", low=0.1, high=3600
    )
    upstream_read_timeout: float = _setting(
        20.0, "Seconds for an upstream call, from the connection to the end of the answer.", low=0.1, high=3600
    )
    upstream_max_attempts: int = _setting(3, "Attempts per upstream call that is safe to repeat.", low=1, high=10)
    upstream_pool: int = _setting(
        64,
        "Connections to a remote upstream that each server process keeps; best as many as threads.",
        low=1,
        high=1000,
    )

    sandbox: str = _setting(
        "names",
        "What is done in the sandbox: `names`, what is asked for under a host name with `sandbox` in it; `always`, everything; "
        "`never`, nothing, and requests under such names are refused.",
        form="names|always|never",
    )
    sandbox_upstream: str = _setting(
        "embedded",
        "`ADAPTER_UPSTREAM` of the sandbox; never one where real money is paid.",
        form="embedded|" + _ADDRESS,
    )
    sandbox_url: str = _setting(
        "",
        "`ADAPTER_SITE_URL` of the sandbox; empty means that with `sandbox.` before its host name, where there is one.",
        form="|" + _ADDRESS,
    )

    trusted_proxies: int = _setting(
        0, "Number of reverse proxies in front whose X-Forwarded-* headers are believed.", low=0, high=10
    )
    workers: int = _setting(0, "Server processes; 0 means one per processor.", low=0, high=256)
    threads: int = _setting(32, "Threads per server process, which bounds the calls in flight.", low=1, high=1000)
    max_body: int = _setting(4 * 1024 * 1024, "Largest request body accepted.", low=1024)
    max_upload: int = _setting(
        64 * 1024 * 1024, "Largest form with files that a worker may submit, of all its files together.", low=1024
    )
    max_parameters: int = _setting(5000, "Most parameters (REST) or elements (SOAP) in one call.", low=10)
    request_timeout: int = _setting(120, "Seconds after which a request that hangs is given up by the server.", low=1)

    skew: int = _setting(900, "Seconds a Timestamp with a zone may differ from now.", low=1)
    skew_local: int = _setting(
        14 * 3600, "Seconds a Timestamp without a zone may differ from now (old clients send local time).", low=1
    )
    preview_action: str = _setting(
        "PreviewAndAccept",
        "ActionsGuarded sent upstream for RequiredToPreview=true: `PreviewAndAccept` or `DiscoverPreviewAndAccept`.",
        form="PreviewAndAccept|DiscoverPreviewAndAccept",
    )
    default_description: str = _setting("(no description)", "Description sent upstream where an old client gives none.")
    default_subject: str = _setting(
        "(no subject)", "Subject of NotifyWorkers sent upstream where an old client gives none."
    )
    default_feedback: str = _setting("", "RequesterFeedback sent upstream where a rejection gives none.")
    snapshot_seconds: int = _setting(
        900, "Seconds a list of a remote upstream is kept for paging after its last page was asked for.", low=1
    )
    list_fresh_seconds: float = _setting(
        5.0,
        "Seconds for which a kept list of a remote upstream may answer page 1 again; what workers do is seen after that, "
        "what goes through this gateway at once.",
        low=0,
        high=3600,
    )

    initial_balance: str = _setting(
        "10000.00",
        "Dollars on a new account of the embedded marketplace, as its sandbox always showed.",
        form=r"[0-9]{1,9}(\.[0-9]{1,2})?",
    )
    fee_percent: int = _setting(20, "Fee on rewards and bonuses, percent; 0 switches all fees off.", low=0, high=100)
    fee_percent_large: int = _setting(
        20, "Further fee on rewards of HITs created with 10 or more assignments, percent.", low=0, high=100
    )
    available_after_expiry: bool = _setting(
        True,
        "Count never used assignments of an expired HIT as available, as recorded replies of 2011 and 2014 do; "
        "a later developer guide says that there are none.",
    )
    exact_error_types: bool = _setting(
        False,
        "Answer 2017-01-17 callers with the error types Amazon sent (ParameterValidationError, ValidationException), of which "
        "boto3 drops the TurkErrorCode, instead of RequestError.",
    )
    uploads: str = _setting(
        "",
        "Where the files that workers upload are kept: empty means the data folder, else `s3://bucket/prefix`.",
        form=r"|s3://[^\s/]+\S*",
    )
    site_url: str = _setting(
        "",
        "Public URL of this service, for links to files; empty means `http://HOST:PORT` of the settings.",
        form="|" + _ADDRESS,
    )
    content_url: str = _setting(
        "",
        "Address under which the HTML of HTMLQuestions is served, on another host or port than `ADAPTER_SITE_URL`; `{requester}` "
        "in its host stands for a name of each requester's own: `https://{requester}.content.example.org`. Empty: the worker pages "
        "serve it, into frames without storage.",
        form=r"|https?://[^\s/{}]*(\{requester\})?[^\s/{}]*/?",
    )
    trust_site_host: bool = _setting(
        False,
        "Show questions whose page, pictures or other addresses are on the host name of the worker pages, on whatever port. "
        "Browsers send cookies to all ports of a host, so what answers there gets the workers' sessions: it must be your own.",
    )
    worker_sign_up: str = _setting(
        "open",
        "Whether workers may sign up by themselves on the worker pages: `open` or `closed` (then `adapter workers add`).",
        form="open|closed",
    )
    notification_attempts: int = _setting(
        1,
        "Attempts per notification to a REST or SOAP receptor; 1 is faithful: the old service called once, whatever came of it. "
        "More are made after a failed connection or a status of 500 and above, with growing pauses.",
        low=1,
        high=20,
    )
    receptor_networks: str = _setting(
        "",
        "Networks of receptors and queues that requesters may name beside the public internet, such as `127.0.0.0/8,10.0.0.0/8`, "
        "`public` for none, or `any`. Empty: this machine itself while the service listens on it alone, without a proxy in front; "
        "else none.",
    )
    smtp_url: str = _setting(
        "",
        "Mail server for notifications by e-mail and mail to workers: `smtp://user:password@host:587` (TLS where the server "
        "offers it; always with a password) or `smtps://host:465`; empty means that none is sent.",
        secret=True,
        form=r"|smtps?://[^\s/]+/?",
    )
    smtp_from: str = _setting(
        "", "Sender of what goes through that mail server; empty means `notifications@` and the name of this machine."
    )
    sns_endpoint: str = _setting(
        "", "SNS endpoint for notifications to topics; empty means AWS in the topic's region.", form="|" + _ADDRESS
    )
    events_queue_url: str = _setting(
        "",
        "This gateway's own SQS queue, to which a remote upstream reports events for receptors and e-mail; empty means that these "
        "hear of nothing.",
        form="|" + _ADDRESS,
    )
    sqlite_synchronous: str = _setting(
        "FULL", "SQLite's durability: `FULL` survives power loss, `NORMAL` survives a killed process."
    )
    answer_days: int = _setting(
        0,
        "Days for which answers and uploaded files are kept once the work was approved or rejected; then answers are emptied "
        "and files deleted, so requesters must fetch them before. 0 keeps them for good.",
        low=0,
        high=36500,
    )
    notification_days: int = _setting(
        7, "Days for which events, and messages that arrived, are kept.", low=1, high=3660
    )
    notification_failed_days: int = _setting(
        30, "Days for which messages that did not arrive are kept.", low=1, high=3660
    )
    usage_days: int = _setting(
        400,
        "Days for which calls are counted by account, operation, version and client program, for `adapter report`; 0 counts none.",
        low=0,
        high=3660,
    )
    console_calls: int = _setting(
        1000,
        "How many of the newest calls of old clients the console shows in full: what was sent, called, answered, without secrets "
        "(docs/console.md); 0 keeps none.",
        low=0,
        high=100_000,
    )
    console_days: int = _setting(7, "Days after which such a call is deleted; 0 keeps none.", low=0, high=365)
    console_user_header: str = _setting(
        "",
        "Header in which a trusted proxy names who has signed in to it, such as `X-Forwarded-User`: that person of `adapter "
        "people` is signed in to the console. The proxy must replace what clients send in it. Needs `ADAPTER_TRUSTED_PROXIES`.",
        form="|[A-Za-z0-9-]{1,60}",
    )
    oidc_issuer: str = _setting(
        "",
        "Issuer of OpenID Connect by which people of `adapter people` sign in to the console, such as `https://login.example.org`; "
        "empty means passwords alone (docs/console.md).",
        form="|" + _ADDRESS,
    )
    oidc_client_id: str = _setting("", "Client id of this service at `ADAPTER_OIDC_ISSUER`.")
    oidc_client_secret: str = _setting("", "Client secret that belongs to it.", secret=True)
    oidc_claim: str = _setting(
        "email",
        "Claim of the issuer's tokens that holds the name of `adapter people`; `email` counts only when it is verified.",
        form="[A-Za-z0-9_:/.-]{1,100}",
    )
    metrics_port: int = _setting(
        0, "Port on which the server answers Prometheus (docs/metrics.md); 0 means that it does not.", low=0, high=65535
    )
    scheduler_metrics_port: int = _setting(
        0,
        "Port on which `adapter scheduler`, where it is a process of its own, answers Prometheus; another one than "
        "`ADAPTER_METRICS_PORT` on the same machine; 0 means that it does not.",
        low=0,
        high=65535,
    )
    metrics_host: str = _setting(
        "127.0.0.1", "Address of these ports. The figures tell strangers how busy the service is: not a public one."
    )
    balance_alarm: str = _setting(
        "",
        "Dollars; the figure `adapter_accounts_below_balance` counts the accounts of the embedded marketplace that may spend less.",
        form=r"|[0-9]{1,9}(\.[0-9]{1,2})?",
    )
    traces_url: str = _setting(
        "",
        "Collector of OpenTelemetry that gets traces by OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`; empty means "
        "that none are made. Needs the extra `traces` of the package.",
        form="|" + _ADDRESS,
    )
    log_level: str = _setting("INFO", "Level of the log on standard error: DEBUG, INFO, WARNING, ERROR.")
    log_format: str = _setting(
        "text",
        "`text`, or `json` for an object in each line of the log: for programs that collect logs.",
        form="text|json",
    )

    @property
    def embedded(self) -> bool:
        """True when the marketplace of this project is the upstream."""
        return self.upstream == "embedded"

    @property
    def in_sandbox(self) -> bool:
        """True when these are the settings of the sandbox."""
        return self.home is not self

    @property
    def home(self) -> Settings:
        """The settings of the world that keeps the access keys of all."""
        return self

    @property
    def address(self) -> str:
        """The public URL as far as it is known without a request, without a slash at its end."""
        return self.site_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{(self.data / 'adapter.sqlite3').absolute()}"


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def load(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings from the environment, the settings file and the defaults, in this order of weight.

    Raises SettingsError for an unknown `ADAPTER_` variable in the file, and for a value of the wrong type or range.
    """
    environ = os.environ if environ is None else environ
    from_file = _read_file(Path(path)) if (path := environ.get(PREFIX + "SETTINGS_FILE")) else {}
    source = {**from_file, **environ}
    kinds = get_type_hints(Settings)
    values: dict[str, Any] = {}
    for each in fields(Settings):
        name = variable(each.name)
        text = source.get(name)
        if text is None and each.metadata["secret"] and (secret_path := source.get(name + "_FILE")):
            text = _read_secret(name, Path(secret_path))
        if text is not None:
            values[each.name] = _convert(name, kinds[each.name], text.strip(), each.metadata)
    return Settings(**{**values, **overrides})


def unknown(environ: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with variables that look like settings and are none, a sentence each: they have no effect."""
    environ = os.environ if environ is None else environ
    names = {variable(each.name) for each in fields(Settings)}
    known = _read_variables() | _BESIDE
    found = []
    for name in sorted(set(environ) - known):
        if name.startswith(PREFIX):
            if _OF_KUBERNETES.fullmatch(name):
                continue
        elif not get_close_matches(name.upper().partition("_")[0] + "_", [PREFIX], cutoff=0.75):
            continue
        if name.removesuffix("_FILE") in names:
            found.append(f"{name} is no setting; only a secret may come from a file of its own")
        elif close := get_close_matches(name.upper(), sorted(known), n=1, cutoff=0.8):
            found.append(f"{name} is no setting; {close[0]} was probably meant")
        elif name.startswith(PREFIX):
            found.append(f"{name} is no setting; `adapter settings` lists them")
    return found


def _read_variables() -> set[str]:
    """The variables that load() reads: those of all settings, and of secrets also the one that names a file."""
    secrets = {variable(each.name) + "_FILE" for each in fields(Settings) if each.metadata["secret"]}
    return secrets | {variable(each.name) for each in fields(Settings)}


def _read_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsError(f"{PREFIX}SETTINGS_FILE: {error}") from error
    known = _read_variables()
    found = {}
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or name not in known:
            raise SettingsError(f"{path}:{number}: not a setting")
        found[name] = value.strip()
    return found


def _read_secret(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{name}_FILE: {error}") from error


def _convert(name: str, kind: Any, text: str, bounds: Mapping[str, Any]) -> object:
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        value = kind(text)
    except (KeyError, ValueError) as error:
        raise SettingsError(f"{name}: {text!r} is not a valid {kind.__name__}") from error
    if not re.fullmatch(bounds["form"], text, re.DOTALL):
        shown = "what was given" if bounds["secret"] else repr(text)
        raise SettingsError(f"{name}: {shown} cannot be used: {bounds['help']}")
    low, high = bounds["low"], bounds["high"]
    # asked this way round, what is no number ("nan") is outside
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise SettingsError(f"{name}: {text} is outside {low}..{'' if high is None else high}")
    result: object = value
    return result
