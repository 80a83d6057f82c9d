"""Recorded requests of real old clients, sent again: signed anew, with the ids of today, workers doing their part in between."""

from __future__ import annotations

import io
import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import quote_plus, unquote_plus

from lxml import etree

from adapter.marketplace.domain import assignment_lifecycle, layouts, qualification_tests, uploads
from adapter.marketplace.questions.documents import GivenAnswer
from tests.legacy_client import SERVICE, Client, Http, Scene, hmac_sha1, without_namespace

ID_TAGS = (
    "HITId",
    "HITTypeId",
    "HITGroupId",
    "AssignmentId",
    "QualificationTypeId",
    "QualificationRequestId",
    "FileUploadURL",
)
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_SYSTEM = re.compile(r"^0{10}")


@dataclass
class Recorded:
    """One request of a capture, and what the stand-in answered."""

    client: str
    operation: str
    method: str
    path: str
    query: str
    body: str
    headers: dict
    version: str
    signed_well: bool
    status: int
    answer: str

    @property
    def code(self) -> str:
        """The error code that the stand-in gave; empty for success."""
        return next(iter(re.findall(r"<Code>([^<]*)</Code>", self.answer)), "")

    def rows(self, tag: str):
        return (
            list(without_namespace(etree.fromstring(self.answer.encode())).iter(tag))
            if self.answer.startswith("<")
            else []
        )


def read(path) -> list[Recorded]:
    """All requests of a capture file, whichever of the two recorders wrote it."""
    found = []
    for line in path.read_text().splitlines():
        row = json.loads(line)
        target = row.get("target") or row["path"]
        if "://" in target:
            target = "/" + target.split("://", 1)[1].partition("/")[2]
        path_part, _, query = target.partition("?")
        answer = row["response"]
        body, status = (answer["body"], answer["status"]) if isinstance(answer, dict) else (answer, row["status"])
        found.append(
            Recorded(
                row.get("client") or path.stem,
                row.get("operation") or "",
                row["method"],
                path_part or "/",
                query,
                row.get("body") or "",
                dict(row["headers"]),
                row.get("version") or "",
                row.get("signature_ok") is not False,
                status,
                body or "",
            )
        )
    return found


def pieces(text: str) -> list[tuple[str, str]]:
    """Names and values, decoded, in order; nothing is dropped but empty pieces."""
    found = []
    for piece in text.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            found.append((unquote_plus(name), unquote_plus(value)))
    return found


@dataclass
class Replay:
    """Sends the requests of one client, in order, for one account."""

    scene: Scene
    client: Client
    ids: dict[str, str] = field(default_factory=dict)
    #: What the whole recording asks of layouts and uploads.
    placeholders: set[str] = field(default_factory=set)
    uploads: set[str] = field(default_factory=set)
    last: Http | None = None

    def look_ahead(self, recording: list[Recorded]) -> None:
        """Note what workers and layouts must have for the recording to make sense."""
        for recorded in recording:
            for name, value in pieces(recorded.query) + pieces(recorded.body):
                if re.match(r"HITLayoutParameters?\.\d+\.Name$", name):
                    self.placeholders.add(value)
                if name == "QuestionIdentifier":
                    self.uploads.add(value)
            self.uploads.update(re.findall(r"QuestionIdentifier[^>]*>([^<]+)<", recorded.body))

    def translated(self, text: str) -> str:
        """A value with the ids of the recording replaced by ours, also inside comma lists and documents."""
        if text in self.ids:
            return self.ids[text]
        return ",".join(self.ids.get(part, part) for part in text.split(","))

    def send(self, recorded: Recorded) -> Http:
        self.prepare(recorded)
        self.last = self.soap(recorded) if "Envelope" in recorded.body[:2000] else self.rest(recorded)
        if not recorded.code:
            self.learn(recorded, self.last)
        return self.last

    def rest(self, recorded: Recorded) -> Http:
        split = [
            [(name, self.renewed(name, value)) for name, value in pieces(text)]
            for text in (recorded.query, recorded.body)
        ]
        everything = split[0] + split[1]
        sent = {name.lower(): value for name, value in everything}
        if sent.get("signatureversion") == "1":
            covered = sorted(
                (pair for pair in everything if pair[0].lower() != "signature"), key=lambda p: p[0].lower()
            )
            text = "".join(name + value for name, value in covered)
        else:
            text = SERVICE + (sent.get("operation") or sent.get("action", "")) + sent.get("timestamp", "")
        secret = self.client.key.secret_access_key if recorded.signed_well else "wrong"
        signature = hmac_sha1(secret, text)

        def joined(pairs):
            return "&".join(
                f"{quote_plus(name)}={quote_plus(signature if name.lower() == 'signature' else value)}"
                for name, value in pairs
            )

        headers = {
            name: value
            for name, value in recorded.headers.items()
            if name.lower() in {"content-type", "user-agent", "accept"}
        }
        query, body = joined(split[0]).encode(), joined(split[1]).encode()
        return self.client.send(recorded.method, recorded.path, query, body, headers)

    def renewed(self, name: str, value: str) -> str:
        lower = name.lower()
        if lower == "awsaccesskeyid":
            return self.client.key.access_key_id
        if lower == "timestamp":
            return _TIME.sub(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()), value)
        return self.translated(value)

    def soap(self, recorded: Recorded) -> Http:
        text = recorded.body
        for old, new in self.ids.items():
            text = text.replace(f">{old}<", f">{new}<")
        name = r"(?:[A-Za-z0-9_-]+:)?"

        def put(tag, value):
            nonlocal text
            text = re.sub(
                rf"(<{name}{tag}(?:\s[^>]*)?>)[^<]*(<)", lambda found: found[1] + value + found[2], text, count=1
            )

        put("AWSAccessKeyId", self.client.key.access_key_id)
        stamp = re.search(rf"<{name}Timestamp(?:\s[^>]*)?>([^<]*)<", text)
        when = _TIME.sub(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()), stamp[1]) if stamp else ""
        put("Timestamp", when)
        secret = self.client.key.secret_access_key if recorded.signed_well else "wrong"
        put("Signature", hmac_sha1(secret, SERVICE + recorded.operation + when))
        headers = {
            key: value
            for key, value in recorded.headers.items()
            if key.lower() in {"content-type", "user-agent", "accept", "soapaction"}
        }
        return self.client.send("POST", recorded.path, recorded.query.encode(), text.encode(), headers)

    def learn(self, recorded: Recorded, answer: Http) -> None:
        """Pair the ids of the recorded answer with those of ours, by tag, in order."""
        ours = without_namespace(answer.root)
        for tag in ID_TAGS:
            old = [each.text for each in recorded.rows(tag)]
            new = [each.text for each in ours.iter(tag)]
            for before, after in zip(old, new, strict=False):
                if before and after and not _SYSTEM.match(before):
                    self.ids.setdefault(before, after)

    # ---- the workers' part ------------------------------------------------------------------------------------------

    def prepare(self, recorded: Recorded) -> None:
        """Let workers do what the recorded answer shows them to have done."""
        members = dict(pieces(recorded.query) + pieces(recorded.body)) if "Envelope" not in recorded.body[:2000] else {}
        if recorded.operation == "GetAssignmentsForHIT" and not recorded.code:
            self.work_on(recorded)
        if recorded.operation == "GetQualificationRequests" and not recorded.code:
            for row in recorded.rows("QualificationRequest"):
                asked = row.findtext("QualificationRequestId")
                if asked not in self.ids:
                    type_id = self.translated(row.findtext("QualificationTypeId"))
                    outcome = qualification_tests.request_qualification(
                        self.scene.store, row.findtext("SubjectId"), type_id
                    )
                    self.ids[asked] = outcome.qualification_request_id
        layout = members.get("HITLayoutId", "")
        if layout and layout not in self.ids:
            page = "".join(f"<p>${{{each}}}</p>" for each in sorted(self.placeholders))
            page = f'<form name="mturk_form">{page}<input name="q"></form>'
            self.ids[layout] = layouts.register_layout(self.scene.store, self.client.key.account_id, "layout", page)

    def work_on(self, recorded: Recorded) -> None:
        rows = recorded.rows("Assignment")
        for row in rows:
            old, hit_id = row.findtext("AssignmentId"), self.translated(row.findtext("HITId"))
            if old not in self.ids:
                self.ids[old] = self.work(hit_id, row.findtext("WorkerId"))

    def work(self, hit_id: str, worker_id: str) -> str:
        """Accept, upload a file for each question whose file is asked for later, submit."""
        store, assignment_id = self.scene.store, self.scene.accept(hit_id, worker_id)
        for question in self.uploads:
            file = io.BytesIO(b"content")
            uploads.store_upload(store, worker_id, assignment_id, question, "a.txt", "text/plain", file)
        assignment_lifecycle.submit(store, worker_id, assignment_id, [GivenAnswer("q", "answer")])
        return assignment_id
