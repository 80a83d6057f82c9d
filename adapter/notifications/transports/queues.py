"""Notifications to SQS queues and SNS topics, and the gateway's own queue, through real boto3 clients."""

from __future__ import annotations

import functools
import io
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urlsplit

import boto3
from botocore import exceptions as botocore_errors
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from adapter.core.egress import Networks
from adapter.core.settings import Settings
from adapter.notifications.guarded_http import CONNECT_SECONDS, READ_SECONDS, DeliveryError, exchange
from adapter.notifications.messages import document
from adapter.notifications.store.deliveries import Message

#: Clients kept, one per address.
MOST_CLIENTS = 64
#: The longest answer read; what SQS and SNS say to one message is short.
MOST_BYTES = 256 * 1024
_AMAZON = re.compile(
    r"(?:sqs\.(?P<new>[a-z0-9-]+)|(?P<old>[a-z0-9-]+)\.queue|queue)\.amazonaws\.com(?P<china>\.cn)?", re.ASCII
)
_TOPIC = re.compile(r"arn:(?P<partition>[\w-]+):sns:(?P<region>[a-z0-9-]+):\d*:(?P<name>[\w.-]+)", re.ASCII)
#: The credentials for other services than Amazon's, so that nobody who names a queue sees this process's own key id.
_NOBODY = {"aws_access_key_id": "notifications", "aws_secret_access_key": "notifications"}


class Queues:
    """The clients of a process. Calls go where the destination says, to addresses that the networks permit."""

    def __init__(self, settings: Settings, networks: Networks) -> None:
        self._settings = settings
        self._networks = networks
        self._clients: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._lock = threading.Lock()

    @functools.cached_property
    def _session(self) -> boto3.Session:
        """Made under the lock; most services never need it, and starting them would take longer."""
        return boto3.Session()

    def send(self, message: Message) -> None:
        """Send a message to its queue or topic. Raises DeliveryError."""
        try:
            if message.transport == "SQS":
                self._to_queue(message)
            else:
                self._to_topic(message)
        except DeliveryError:
            raise
        except botocore_errors.ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = error.response.get("Error", {}).get("Code", "")
            raise DeliveryError(
                f"the {message.transport} service answered {code} ({status})", repeat=True, sent=status >= 500
            ) from error
        except ValueError as error:
            # botocore's own word for an address that it cannot read
            raise DeliveryError("the destination is no URL", repeat=False) from error
        except botocore_errors.BotoCoreError as error:
            raise DeliveryError(f"{type(error).__name__}: {error}"[:300], repeat=True) from error

    def _to_queue(self, message: Message) -> None:
        client = self.queue_client(message.destination)
        more = {}
        if message.destination.endswith(".fifo"):
            more = {"MessageGroupId": message.hit_type_id, "MessageDeduplicationId": message.document_id}
        client.send_message(QueueUrl=message.destination, MessageBody=document(message), **more)

    def _to_topic(self, message: Message) -> None:
        topic = _TOPIC.fullmatch(message.destination)
        if topic is None:
            raise DeliveryError("the destination is no topic", repeat=False)
        endpoint = self._settings.sns_endpoint
        # `Subject` is the time in milliseconds, as recorded
        more = {"Subject": str(time.time_ns() // 1_000_000)}
        if topic["name"].endswith(".fifo"):
            more |= {"MessageGroupId": message.hit_type_id, "MessageDeduplicationId": message.document_id}
        client = self._client("sns", endpoint, topic["region"], own=not endpoint)
        client.publish(TopicArn=message.destination, Message=document(message), **more)

    def queue_client(self, url: str) -> Any:
        """The client for a queue that a requester named: only Amazon's own hosts see this process's credentials."""
        parts, amazon = _read(url)
        if amazon is not None:
            region = _region(amazon)
            return self._client("sqs", f"https://sqs.{region}.amazonaws.com{amazon['china'] or ''}", region, own=True)
        endpoint = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return self._client("sqs", endpoint, self._settings.upstream_region, own=False)

    def _client(self, service: str, endpoint: str, region: str, *, own: bool) -> Any:
        name = (service, endpoint, region)
        with self._lock:
            if name in self._clients:
                self._clients.move_to_end(name)
                return self._clients[name]
            client = self._session.client(
                service,
                region_name=region,
                endpoint_url=endpoint or None,
                config=_config(READ_SECONDS),
                **({} if own else self._credentials(endpoint)),
            )
            # what the operator named is trusted; where a requester may name the host, each connection is looked at
            if endpoint != self._settings.sns_endpoint:
                client.meta.events.register_first(f"before-send.{service}", self._guarded)
            self._clients[name] = client
            while len(self._clients) > MOST_CLIENTS:
                self._clients.popitem(last=False)
            return client

    def _credentials(self, endpoint: str) -> dict[str, str]:
        """The process's own at an endpoint that the operator named, if it has some; at any other nobody's."""
        if endpoint == self._settings.sns_endpoint and self._session.get_credentials() is not None:
            return {}
        return _NOBODY

    def _guarded(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        # botocore puts the signature there in bytes
        headers = {
            name: value.decode("latin-1") if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        body = request.body.encode() if isinstance(request.body, str) else request.body
        answer = exchange(request.method, request.url, headers, body, self._networks, most=MOST_BYTES)
        return AWSResponse(request.url, answer.status, answer.headers, _Body(answer.body))


class _Body(io.BytesIO):
    """A finished body where botocore expects a stream."""

    def stream(self, **_: Any) -> Iterable[bytes]:
        """The content, in one piece."""
        yield self.read()


def own_queue(settings: Settings) -> Any:
    """A client for the gateway's own queue, whose messages are waited for in long polls of at most 20 seconds."""
    parts, amazon = _read(settings.events_queue_url)
    session = boto3.Session()
    known = amazon is not None or session.get_credentials() is not None
    return session.client(
        "sqs",
        region_name=settings.upstream_region if amazon is None else _region(amazon),
        endpoint_url=None if amazon is not None else f"{parts.scheme}://{parts.netloc}",
        config=_config(READ_SECONDS + 20),
        **({} if known else _NOBODY),
    )


def _read(url: str) -> tuple[SplitResult, re.Match[str] | None]:
    """The parts of a queue's URL, and what its host says where it is one of Amazon's."""
    parts = urlsplit(url)
    return parts, _AMAZON.fullmatch((parts.hostname or "").lower())


def _region(amazon: re.Match[str]) -> str:
    return amazon["new"] or amazon["old"] or "us-east-1"


def _config(read_seconds: float) -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
