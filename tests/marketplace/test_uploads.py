"""Uploaded files: kept for an assignment, handed out by short-lived URLs, locally and in S3."""

from __future__ import annotations

import io
import os
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from adapter import create_app
from adapter.core import clock
from adapter.marketplace.domain import assignment_lifecycle, upload_cleanup, uploads
from adapter.marketplace.errors import WorkerError
from tests.marketplace.workshop import FILE, FORM, a_hit, worker

FIRST, SECOND = worker(1), worker(2)


@pytest.fixture
def assignment_id(mturk, store):
    hit_id = a_hit(mturk, Question=FORM.format(more=FILE))
    return assignment_lifecycle.accept(store, FIRST, hit_id).assignment_id


def keep(store, assignment_id, content=b"bytes", name="C:\\me\\photo.png", worker_id=FIRST, most=1000):
    stream = io.BytesIO(content)
    return uploads.store_upload(store, worker_id, assignment_id, "file", name, "image/png", stream, most)


def submit(store, assignment_id, key, size):
    fields = [("q1", "red"), ("file", key), ("file.size", str(size))]
    return assignment_lifecycle.submit_form(store, FIRST, assignment_id, fields)


def code_of(function, **members):
    with pytest.raises(ClientError) as caught:
        function(**members)
    return caught.value.response["TurkErrorCode"]


def test_an_uploaded_file_comes_back_by_its_url_for_sixty_seconds(mturk, store, assignment_id, monkeypatch):
    keep(store, assignment_id, b"an earlier try")
    key, size = keep(store, assignment_id, b"the picture")
    submit(store, assignment_id, key, size)
    answer = mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]["Answer"]
    assert f"<UploadedFileKey>{key}</UploadedFileKey>" in answer
    assert "<UploadedFileSizeInBytes>11</UploadedFileSizeInBytes>" in answer
    url = mturk.get_file_upload_url(AssignmentId=assignment_id, QuestionIdentifier="file")["FileUploadURL"]
    token = url.partition("/uploads/")[2]
    found = uploads.open_upload(store, token)
    with found.content as content:
        assert content.read() == b"the picture"
    assert (found.file_name, found.content_type, found.size) == ("photo.png", "image/png", 11)
    files = [path for path in (store.settings.data / "uploads").rglob("*") if path.is_file()]
    assert len(files) == 1
    later = clock.milliseconds() + 61_000
    monkeypatch.setattr(clock, "milliseconds", lambda: later)
    assert uploads.open_upload(store, token) is None


@pytest.mark.parametrize("token", ["", "x", "../../etc/passwd", "é", "A" * 100, "A" * 10_000])
def test_a_made_up_url_gives_nothing(store, token):
    assert uploads.open_upload(store, token) is None


def test_a_changed_url_gives_nothing(mturk, store, assignment_id):
    key, size = keep(store, assignment_id)
    submit(store, assignment_id, key, size)
    url = mturk.get_file_upload_url(AssignmentId=assignment_id, QuestionIdentifier="file")["FileUploadURL"]
    token = url.rpartition("/")[2]
    assert uploads.open_upload(store, ("B" if token[0] == "A" else "A") + token[1:]) is None


def test_files_too_large_or_of_others_are_refused_and_leave_nothing(store, assignment_id):
    for arguments in ({"content": b"x" * 1001}, {"worker_id": SECOND}):
        with pytest.raises(WorkerError):
            keep(store, assignment_id, **arguments)
    assignment_lifecycle.return_assignment(store, FIRST, assignment_id)
    with pytest.raises(WorkerError):
        keep(store, assignment_id)
    assert not [path for path in (store.settings.data / "uploads").rglob("*") if path.is_file()]


def test_a_file_that_arrives_after_the_assignment_was_returned_is_not_kept(store, assignment_id):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            if not self.tell():
                assignment_lifecycle.return_assignment(store, FIRST, assignment_id)
            return super().read(size)

    with pytest.raises(WorkerError):
        uploads.store_upload(store, FIRST, assignment_id, "file", "a", "a/b", Slow(b"late"), 1000)
    assert not [path for path in (store.settings.data / "uploads").rglob("*") if path.is_file()]


def test_an_answer_must_name_the_file_that_was_uploaded(store, assignment_id):
    key, size = keep(store, assignment_id)
    for wrong in ((key, size + 1), ("3MADEUP", size)):
        with pytest.raises(WorkerError) as caught:
            submit(store, assignment_id, *wrong)
        assert set(caught.value.reasons) == {"file"}
    assert submit(store, assignment_id, key, size).status == "Submitted"


def test_a_url_needs_a_submitted_assignment_and_a_question_with_a_file(mturk, store, assignment_id):
    key, size = keep(store, assignment_id)
    both = {"AssignmentId": assignment_id, "QuestionIdentifier": "file"}
    assert code_of(mturk.get_file_upload_url, **both) == "AWS.MechanicalTurk.InvalidAssignmentState"
    submit(store, assignment_id, key, size)
    wrong = {**both, "QuestionIdentifier": "q1"}
    assert code_of(mturk.get_file_upload_url, **wrong) == "AWS.MechanicalTurk.InvalidParameterValue"
    unknown = {**both, "AssignmentId": "3XYZ"}
    assert code_of(mturk.get_file_upload_url, **unknown) == "AWS.MechanicalTurk.AssignmentDoesNotExist"


@pytest.mark.parametrize("content_type", ["text/html", "nonsense", "a/b; charset=\r\nX: y", ""])
def test_the_file_is_sent_for_keeping_whatever_the_worker_says_it_is(mturk, store, assignment_id, content_type):
    name = "../<h1>ä.html"
    key, size = uploads.store_upload(
        store, FIRST, assignment_id, "file", name, content_type, io.BytesIO(b"<script>"), 1000
    )
    submit(store, assignment_id, key, size)
    url = mturk.get_file_upload_url(AssignmentId=assignment_id, QuestionIdentifier="file")["FileUploadURL"]
    client = create_app(store.settings).test_client()
    answer = client.get(urlsplit(url).path)
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"<script>", "8")
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "X" not in answer.headers
    answer.close()
    assert client.get("/uploads/" + "A" * 60).status_code == 404


@pytest.fixture
def bucket(monkeypatch):
    """An object store on a socket: PUT, GET and DELETE by path."""
    objects = {}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if "aws-chunked" in self.headers.get("Content-Encoding", ""):
                body = _unchunked(body)
            objects[self.path.partition("?")[0]] = body
            self._answer(200, b"")

        def do_GET(self):
            path, _, query = self.path.partition("?")
            found = objects.get(path) if "Expires=60" in query else None
            self._answer(404 if found is None else 200, found or b"")

        def do_DELETE(self):
            if "/locked/" in self.path:
                self._answer(403, b"")
            else:
                objects.pop(self.path, None)
                self._answer(204, b"")

        def _answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    uploads._s3.cache_clear()
    yield objects
    uploads._s3().close()
    uploads._s3.cache_clear()
    server.shutdown()
    thread.join()
    server.server_close()


def _unchunked(body):
    parts = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            break
        parts.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(parts)


def test_files_can_live_in_s3(mturk, store, assignment_id, bucket):
    store.settings = replace(store.settings, uploads="s3://files/turk/")
    keep(store, assignment_id, b"an earlier try")
    key, size = keep(store, assignment_id, b"the picture")
    assert bucket == {f"/files/turk/{key}": b"the picture"}
    submit(store, assignment_id, key, size)
    url = mturk.get_file_upload_url(AssignmentId=assignment_id, QuestionIdentifier="file")["FileUploadURL"]
    with urlopen(url) as answer:  # noqa: S310 (the address of the server above)
        assert answer.read() == b"the picture"


def test_a_new_file_is_kept_where_the_one_that_it_replaces_cannot_be_deleted(
    mturk, store, assignment_id, bucket, caplog
):
    store.settings = replace(store.settings, uploads="s3://files/locked/")
    keep(store, assignment_id, b"an earlier try")
    key, size = keep(store, assignment_id, b"the picture")
    assert bucket[f"/files/locked/{key}"] == b"the picture"
    assert "was replaced and cannot be deleted: ClientError" in caplog.text
    submit(store, assignment_id, key, size)
    assert mturk.get_file_upload_url(AssignmentId=assignment_id, QuestionIdentifier="file")["FileUploadURL"]


def kept_files(store):
    return sorted(path.name for path in (store.settings.data / "uploads").rglob("*") if path.is_file())


def test_files_of_work_given_back_are_deleted_after_a_week(mturk, store, assignment_id, monkeypatch):
    key, size = keep(store, assignment_id)
    other = assignment_lifecycle.accept(store, SECOND, a_hit(mturk, Question=FORM.format(more=FILE))).assignment_id
    given_back, _ = keep(store, other, worker_id=SECOND)
    assignment_lifecycle.return_assignment(store, SECOND, other)
    submit(store, assignment_id, key, size)
    monkeypatch.setattr(upload_cleanup, "AT_ONCE", 1)
    assert walk(store) == 0
    assert kept_files(store) == sorted([key, given_back])
    later = clock.milliseconds() + upload_cleanup.KEPT + 1
    monkeypatch.setattr(clock, "milliseconds", lambda: later)
    assert walk(store) == 1
    assert kept_files(store) == [key]
    assert walk(store) == 0


def walk(store):
    """One walk through all uploads, without its pauses."""
    job = upload_cleanup.Leftovers(store)
    job_rounds = []
    while not job_rounds or job._after:
        job._next = 0.0
        job_rounds.append(job())
    return sum(job_rounds)


def test_a_file_that_cannot_be_deleted_now_is_deleted_by_a_later_walk(
    store, assignment_id, bucket, monkeypatch, caplog
):
    store.settings = replace(store.settings, uploads="s3://files/turk/")
    key, _ = keep(store, assignment_id)
    assignment_lifecycle.return_assignment(store, FIRST, assignment_id)
    later = clock.milliseconds() + upload_cleanup.KEPT + 1
    monkeypatch.setattr(clock, "milliseconds", lambda: later)

    def unreachable(*_):
        raise OSError("no route")

    with monkeypatch.context() as broken:
        broken.setattr(upload_cleanup, "discard", unreachable)
        assert walk(store) == 0
    assert f"upload={key} cannot be deleted now: OSError" in caplog.text
    assert bucket
    assert walk(store) == 1
    assert bucket == {}


def test_drafts_of_uploads_that_broke_off_are_deleted_after_a_day(store, assignment_id):
    key, _ = keep(store, assignment_id)
    folder = store.settings.data / "uploads"
    for name, age in ((".old", 2 * upload_cleanup.DRAFT_SECONDS), (".new", 60)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    assert walk(store) == 1
    assert kept_files(store) == [".new", key]
