"""Notifications by e-mail, through a real mail server."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st

from adapter.core import clock
from adapter.core.settings import Settings
from adapter.marketplace.domain import letters
from adapter.marketplace.store.worker_records import put_worker
from adapter.notifications.guarded_http import DeliveryError
from adapter.notifications.store import deliveries
from adapter.notifications.transports import mail
from tests.fixtures_live import certificate, free_port
from tests.notifications.conftest import make_world
from tests.notifications.test_messages import SUBMITTED, message


class Mailbox:
    """What the mail server was handed: (sender, recipients, mail), and what it answers."""

    def __init__(self):
        self.mails = []
        self.answers = []
        self.logins = []

    async def handle_DATA(self, _server, _session, envelope):
        if self.answers:
            return self.answers.pop(0)
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, parsed))
        return "250 OK"

    def login(self, _server, _session, _envelope, _mechanism, data):
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"s:cr/t@", handled=False)


@pytest.fixture
def mailbox():
    """A mail server on this machine; `mailbox.url` is its address."""
    box = Mailbox()
    port = free_port()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        authenticator=box.login,
        auth_require_tls=False,
        auth_exclude_mechanism=["LOGIN"],
    )
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    yield box
    controller.stop()


def test_an_event_arrives_as_a_readable_mail_to_the_destination(world, mailbox):
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "Email", "requester@example.com", "AssignmentSubmitted", "HITReviewable")
    hit_id = world.hit_of(hit_type_id)
    assignment_id = world.scene.work(hit_id, "AWORKER1")
    world.deliver(smtp_url=mailbox.url, smtp_from="mturk@lab.example")
    ((sender, recipients, received),) = mailbox.mails
    assert (sender, recipients) == ("mturk@lab.example", ["requester@example.com"])
    assert received["To"] == "requester@example.com"
    assert received["Subject"] == "Mechanical Turk: events (2)"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Message-ID"].endswith("@lab.example>")
    assert received["Date"]
    text = received.get_content()
    for word in ("AssignmentSubmitted", "HITReviewable", hit_type_id, hit_id, assignment_id):
        assert word in text
    assert world.states() == ["delivered"]


def test_user_and_password_of_the_setting_are_used_as_they_were_escaped(mailbox):
    url = mailbox.url.replace("smtp://", "smtp://me%40lab:s%3Acr%2Ft%40@")
    mail.send(message(SUBMITTED, destination="you@example.com"), Settings(smtp_url=url))
    assert mailbox.logins == [(b"me@lab", b"s:cr/t@")]
    assert len(mailbox.mails) == 1


def test_a_wrong_password_is_a_failure_that_names_none(mailbox):
    url = mailbox.url.replace("smtp://", "smtp://me:wrong@")
    with pytest.raises(DeliveryError) as raised:
        mail.send(message(SUBMITTED, destination="you@example.com"), Settings(smtp_url=url))
    assert str(raised.value) == "the mail server answered 535"
    assert raised.value.repeat, "somebody may mend the password"
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("answer", "repeat"), [("451 later", True), ("554 never", False)], ids=["for a while", "for good"]
)
def test_what_the_server_refuses_for_a_while_is_tried_again_and_for_good_is_not(mailbox, answer, repeat):
    mailbox.answers.append(answer)
    with pytest.raises(DeliveryError) as raised:
        mail.send(message(SUBMITTED, destination="you@example.com"), Settings(smtp_url=mailbox.url))
    assert (raised.value.repeat, raised.value.sent) == (repeat, False)


def test_a_mail_that_finds_no_server_waits_for_it(world, mailbox, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"smtp://127.0.0.1:{closed.getsockname()[1]}"
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "Email", "me@example.com", "HITCreated")
    world.hit_of(hit_type_id)
    world.deliver(smtp_url=nobody)
    assert world.states() == ["pending"]
    later = clock.milliseconds() + 3_600_000
    monkeypatch.setattr("adapter.core.clock.milliseconds", lambda: later)
    world.deliver(smtp_url=mailbox.url)
    assert (world.states(), len(mailbox.mails)) == (["delivered"], 1)


ADDRESSES = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from('ab@.\r\n ,;:<>"()\\\t\x00é'), max_size=30),
    st.tuples(st.text(max_size=10), st.text(max_size=10)).map("\r\nBcc: x@y.z".join),
)


@given(ADDRESSES)
def test_no_destination_adds_a_header_or_a_recipient(destination):
    try:
        made = mail.written(message(SUBMITTED, destination=destination), Settings(smtp_from="a@b.example"))
    except DeliveryError:
        return
    read = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
    assert set(read.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert len(made["To"].addresses) == 1
    assert "Bcc" not in read


def test_tls_is_demanded_of_another_machine_when_there_is_a_password(mailbox, monkeypatch):
    monkeypatch.setattr(mail, "_here", lambda _: False)
    url = mailbox.url.replace("smtp://", "smtp://me:s%3Acr%2Ft%40@")
    with pytest.raises(DeliveryError, match="mail server cannot be used"):
        mail.send(message(SUBMITTED, destination="you@example.com"), Settings(smtp_url=url))
    assert mailbox.logins == []


def test_smtps_needs_a_certificate_that_can_be_checked(tmp_path):
    own = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own, own.with_name("tls_key"))
    port = free_port()
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=port, ssl_context=context)
    controller.start()
    try:
        settings = replace(Settings(), smtp_url=f"smtps://127.0.0.1:{port}")
        with pytest.raises(DeliveryError, match="certificate"):
            mail.send(message(SUBMITTED, destination="you@example.com"), settings)
    finally:
        controller.stop()


@pytest.fixture
def mailing(settings, mailbox):
    """A world with a mail server, and a worker in it who gets mail."""
    made = make_world(
        replace(settings, smtp_url=mailbox.url, smtp_from="mturk@lab.example", site_url="https://lab.example/")
    )
    with made.store.write() as connection:
        put_worker(connection, "AWORKER1", 1, name="Ann", email="ann@example.com")
    yield made
    made.close()


def test_what_a_requester_writes_is_mailed_to_the_worker_once(mailing, mailbox):
    hit_id = mailing.hit_of(mailing.hit_type())
    mailing.client.call("ApproveAssignment", AssignmentId=mailing.scene.work(hit_id, "AWORKER1"))
    other = mailing.scene.work(mailing.hit_of(mailing.hit_type()), "AWORKER2")
    mailing.client.call("ApproveAssignment", AssignmentId=other)
    mailing.client.call("NotifyWorkers", Subject="News\nfor you", MessageText="Café", WorkerId=["AWORKER1", "AWORKER2"])
    mailing.deliver()
    mailing.deliver()
    ((sender, recipients, received),) = mailbox.mails
    assert (sender, recipients) == ("mturk@lab.example", ["ann@example.com"])
    assert received["Subject"] == "News for you"
    text = received.get_content().replace("\r\n", "\n")
    assert text.startswith("Café\n\n-- \nThe requester Requester sent you this. ")
    assert "https://lab.example/mturk/messages" in text


def test_a_mail_about_a_block_names_nobody(mailing, mailbox):
    mailing.client.call("BlockWorker", WorkerId="AWORKER1", Reason="Spite")
    mailing.deliver()
    ((_, _, received),) = mailbox.mails
    assert "Spite" not in received.as_string()
    assert "The requester" not in received.get_content()


def test_a_letter_to_a_requester_goes_where_its_notifications_are_mailed(mailing, mailbox):
    for hit_type_id, address in (
        (mailing.hit_type(), "other@example.com"),
        (mailing.hit_type(Title="Birds"), "birds@example.com"),
    ):
        mailing.tell(hit_type_id, "Email", address, "HITReviewable")
        hit_id = mailing.hit_of(hit_type_id)
    with mailing.store.read() as connection:
        about = letters.subject_of(connection, "AWORKER1", hit_id=hit_id)
    letters.write(mailing.store, "AWORKER1", about, letters.BROKEN, "No picture", "It is missing")
    mailing.deliver()
    ((_, recipients, received),) = mailbox.mails
    assert (recipients, received["Subject"]) == (["birds@example.com"], "No picture")
    for words in ("It is missing", "AWORKER1", hit_id):
        assert words in received.get_content()
    assert "ann@example.com" not in received.as_string()


def test_a_letter_to_a_requester_without_an_address_is_mailed_to_nobody(mailing, mailbox):
    with mailing.store.read() as connection:
        about = letters.subject_of(connection, "AWORKER1", hit_id=mailing.hit_of(mailing.hit_type()))
    letters.write(mailing.store, "AWORKER1", about, letters.QUESTION, "Hello", "There")
    mailing.deliver()
    assert (mailbox.mails, mailing.deliveries()) == ([], [])


def test_mail_to_a_worker_who_is_forgotten_goes_too(mailing):
    for deliver in (True, False):  # one that was sent, and one that still waits
        mailing.client.call("BlockWorker", WorkerId="AWORKER1", Reason="R")
        mailing.client.call("UnblockWorker", WorkerId="AWORKER1")
        if deliver:
            mailing.deliver()
    deliveries.forget_mail(mailing.store, "ann@example.com")
    mailing.deliver()
    assert mailing.deliveries() == []
