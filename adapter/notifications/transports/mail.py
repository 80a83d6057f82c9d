"""Notifications by e-mail, through the operator's own mail server."""

from __future__ import annotations

import contextlib
import email.errors
import email.policy
import ipaddress
import smtplib
import socket
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from adapter.core.settings import Settings
from adapter.notifications.guarded_http import DeliveryError
from adapter.notifications.messages import mail_subject, mail_text
from adapter.notifications.store.deliveries import Message

TIMEOUT_SECONDS = 10.0


def send(message: Message, settings: Settings) -> None:
    """Hand a mail to the mail server. Raises DeliveryError; what the server may take later says `repeat`.

    A failed login is tried again, too, as its operator or ours may mend it.
    """
    if not settings.smtp_url:
        raise DeliveryError("no mail server is set (ADAPTER_SMTP_URL)", repeat=False)
    mail = written(message, settings)
    handed_over = False
    try:
        server = _connect(settings.smtp_url)
        with contextlib.closing(server):
            handed_over = True
            server.send_message(mail)
            # it has taken the mail: how it says goodbye changes nothing
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise DeliveryError(f"the mail server refuses the address ({codes})", repeat=min(codes) < 500) from error
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(
            f"the mail server answered {error.smtp_code}", repeat=error.smtp_code < 500 or not handed_over
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        reason = f"the mail server cannot be used: {type(error).__name__}: {error}"[:300]
        raise DeliveryError(reason, repeat=True, sent=handed_over) from error


def written(message: Message, settings: Settings) -> EmailMessage:
    """The mail. An address that is none, or holds more than one address, raises DeliveryError."""
    sender = settings.smtp_from or f"notifications@{socket.getfqdn()}"
    mail = EmailMessage(policy=email.policy.SMTP)
    try:
        mail["From"] = Address(display_name="Mechanical Turk notifications", addr_spec=sender)
        mail["To"] = Address(addr_spec=_ascii(message.destination))
        mail["Subject"] = mail_subject(message)
    except (ValueError, IndexError, email.errors.MessageError) as error:
        # IndexError is how email.headerregistry refuses an address that ends too early
        raise DeliveryError("the address cannot be written to", repeat=False) from error
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{message.document_id}@{sender.rpartition('@')[2]}>"
    # no answer of a machine is wanted (RFC 3834)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(mail_text(message))
    return mail


def _ascii(address: str) -> str:
    """The address with its domain as the mail system spells it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, password = parts.hostname or "", unquote(parts.password or "")
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
    try:
        server.ehlo()
        if parts.scheme == "smtp" and (server.has_extn("starttls") or (password and not _here(host))):
            # nothing secret is said without a password, and on this machine nobody listens in
            checked = bool(password) and not _here(host)
            context = ssl.create_default_context() if checked else ssl._create_unverified_context()  # noqa: S323, SLF001
            server.starttls(context=context)
            server.ehlo()
        if password:
            server.login(unquote(parts.username or ""), password)
    except BaseException:
        server.close()
        raise
    return server


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
