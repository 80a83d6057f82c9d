"""Real receptors, a gateway with the embedded marketplace, and the job that delivers; on both databases."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest

from adapter import create_app
from adapter.core.database import open_store
from adapter.marketplace.api.service import Marketplace
from adapter.notifications.delivery import Dispatcher
from adapter.notifications.store import deliveries
from tests.conftest import mturk_client
from tests.fixtures_live import free_port
from tests.legacy_client import HIT_TYPE, Client, Scene, through_flask


@dataclass
class Heard:
    """One request that a receptor got."""

    method: str
    target: str
    headers: dict
    body: bytes

    @property
    def parameters(self) -> dict:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass
class Receptor:
    """A web service of a requester's: what it heard, and how it answers."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    delay: float = 0.0
    headers: dict = field(default_factory=dict)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port


class _Handler(BaseHTTPRequestHandler):
    def _answer(self):
        receptor = self.server.receptor
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        receptor.heard.append(Heard(self.command, self.path, dict(self.headers), body))
        time.sleep(receptor.delay)
        self.send_response(receptor.statuses.pop(0) if receptor.statuses else receptor.status)
        for name, value in receptor.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = _answer

    def log_message(self, *_):
        """The test's output is no log of requests."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A caller that hangs up is none."""


@pytest.fixture
def new_receptor():
    """Starts receptors on ports of their own; they end with the test."""
    servers = []

    def start(**more) -> Receptor:
        server = _Server(("127.0.0.1", 0), _Handler)
        server.receptor = Receptor(f"http://127.0.0.1:{server.server_port}/mt/notifications.cgi", **more)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return server.receptor

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


@pytest.fixture
def receptor(new_receptor) -> Receptor:
    return new_receptor()


@dataclass
class World:
    """A gateway with its store, an old client, and workers."""

    settings: object
    store: object
    scene: Scene
    client: Client
    app: object

    def close(self) -> None:
        self.app.extensions["adapter"].store.close()
        self.store.close()

    def dispatcher(self, **more) -> Dispatcher:
        """The job that delivers, with other settings if need be."""
        return Dispatcher(self.store, replace(self.settings, **more))

    def deliver(self, **more) -> None:
        """Deliver all that is due, and wait for it."""
        dispatcher = self.dispatcher(**more)
        dispatcher.finish()
        dispatcher.close()

    def hit_type(self, **members) -> str:
        return self.client.call("RegisterHITType", **{**HIT_TYPE, **members}).findtext("HITTypeId")

    def hit_of(self, hit_type_id: str, **members) -> str:
        return self.client.hit(HITTypeId=hit_type_id, **members)

    def tell(self, hit_type_id: str, transport: str, destination: str, *events: str, client=None, **more) -> None:
        """Set a specification, switched on."""
        given = {"Destination": destination, "Transport": transport, "Version": "2006-05-05", "EventType": list(events)}
        (client or self.client).call(
            "SetHITTypeNotification", HITTypeId=hit_type_id, Notification={**given, **more}, Active="true"
        )

    def states(self) -> list[str]:
        """What became of each message, the first one first."""
        return [each.state for each in reversed(self.deliveries())]

    def deliveries(self) -> list:
        return deliveries.listed(self.store, ["pending", "sending", "delivered", "failed"], 1000)


def make_world(settings) -> World:
    store = open_store(settings)
    app = create_app(settings)
    scene = Scene(store, through_flask(app))
    return World(settings, store, scene, scene.requester(), app)


@pytest.fixture
def world(settings):
    made = make_world(settings)
    yield made
    made.close()


@pytest.fixture
def any_world(any_settings):
    """The same on SQLite, then on PostgreSQL."""
    made = make_world(any_settings)
    yield made
    made.close()


@dataclass
class Cloud:
    """moto's server: queues and topics over HTTP, used with a real boto3."""

    endpoint: str

    def client(self, service: str):
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )

    def queue(self, *, fifo=False) -> str:
        """The URL of a new queue."""
        name = f"q{uuid.uuid4().hex}"
        if not fifo:
            return self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return self.client("sqs").create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]

    def topic(self) -> tuple[str, str]:
        """A new topic, and the URL of a queue that it sends to."""
        sqs, sns = self.client("sqs"), self.client("sns")
        url = self.queue()
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = sns.create_topic(Name=f"t{uuid.uuid4().hex}")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        return topic, url

    def put(self, url: str, body: str) -> None:
        self.client("sqs").send_message(QueueUrl=url, MessageBody=body)

    def read(self, url: str) -> list[str]:
        """The bodies in a queue, taken out of it."""
        sqs, found = self.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                found.append(each["Body"])
        return found

    def waiting(self, url: str) -> int:
        """How many messages a queue holds, seen or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[each]) for each in names)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """A running server of queues and topics."""
    port = free_port()
    log = tmp_path_factory.mktemp("cloud") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=output, stderr=subprocess.STDOUT
        )
    limit = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            if process.poll() is not None or time.monotonic() > limit:
                pytest.fail(f"moto's server does not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
    yield Cloud(f"http://127.0.0.1:{port}")
    process.terminate()
    process.wait(20)


@pytest.fixture
def mturk_of():
    """A boto3 client of a world's marketplace."""
    return lambda world: mturk_client(Marketplace(world.settings, world.store), world.client.key)
