"""Files that workers upload for their answers: kept in the data folder or in S3, fetched by short-lived URLs."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import logging
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.ids import entity_id
from adapter.core.settings import Settings, SettingsError
from adapter.marketplace.domain.transactions import writing
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.store import assignments
from adapter.marketplace.store.uploads import find_upload, get_upload, keep_upload

LOG = logging.getLogger("adapter.uploads")

#: How long a FileUploadURL can be used.
URL_SECONDS = 60
#: Where local files are served, below the site's address.
PATH = "/uploads/"
#: No file is larger, whatever the question allows (the schema's own bound is 2,000,000,000).
MOST_BYTES = 2_000_000_000
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+_-]{0,126}/[a-z0-9][a-z0-9.+_-]{0,126}")
_CHUNK = 1 << 20
_TIME = 6
_TAG = 32


@dataclass(frozen=True)
class Upload:
    """A stored file, ready to be sent. `size` in bytes; the caller closes `content`."""

    file_name: str
    content_type: str
    size: int
    content: IO[bytes]


def upload_url(store: Store, row: Any, now: int) -> str:
    """A URL of an upload's row that works for 60 seconds from `now` (epoch ms), without any credential."""
    if row.location.startswith("s3://"):
        bucket, name = _bucket_and_key(row.location)
        url: str = _s3().generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": name}, ExpiresIn=URL_SECONDS
        )
        return url
    return store.settings.address + PATH + _token(store, row.upload_id, now + URL_SECONDS * 1000)


def open_upload(store: Store, token: str) -> Upload | None:
    """The file that a local FileUploadURL stands for, or None when the URL is wrong, too old, or the file is gone.

    `token` is what follows /uploads/ in the URL.
    """
    upload_id = _upload_id(store, token)
    if upload_id is None:
        return None
    with store.read() as connection:
        row = get_upload(connection, upload_id)
    if row is None or row.location.startswith("s3://"):
        return None
    try:
        content = (folder_of(store.settings) / row.location).open("rb")
    except OSError:
        return None
    return Upload(row.file_name, row.content_type, row.size, content)


def store_upload(
    store: Store,
    worker_id: str,
    assignment_id: str,
    question_identifier: str,
    file_name: str,
    content_type: str,
    content: IO[bytes],
    most: int = MOST_BYTES,
) -> tuple[str, int]:
    """Keep a file that a worker uploads for a question of the accepted assignment: its key and its size in bytes.

    A second upload replaces the first. `most` is the question's MaxFileSizeInBytes. Raises WorkerError when the file is
    larger, or the worker does not have the assignment.
    """
    with store.read() as connection:
        account_id = assignments.owner(connection, assignment_id) or ""
        _refuse_other(assignments.find_assignment(connection, assignment_id), worker_id)
    upload_id = entity_id()
    location, size = _keep(store.settings, upload_id, content, min(most, MOST_BYTES))
    try:
        with writing(store, account_id) as call:
            _refuse_other(assignments.find_assignment(call.connection, assignment_id), worker_id)
            earlier = find_upload(call.connection, assignment_id, question_identifier)
            keep_upload(
                call.connection,
                {
                    "upload_id": upload_id,
                    "account_id": account_id,
                    "assignment_id": assignment_id,
                    "question_identifier": question_identifier,
                    "file_name": _plain(file_name),
                    "content_type": _media_type(content_type),
                    "size": size,
                    "location": location,
                    "created_at": call.now,
                },
            )
    except BaseException:
        discard(store.settings, location)
        raise
    if earlier is not None:
        try:
            discard(store.settings, earlier.location)
        except Exception as error:  # noqa: BLE001 - whatever S3 says: the new file is kept, which is what the worker asked for
            LOG.warning("%s was replaced and cannot be deleted: %s", earlier.location, type(error).__name__)
    return upload_id, size


def _refuse_other(row: Any, worker_id: str) -> None:
    if row is None or row.worker_id != worker_id:
        raise WorkerError("AssignmentDoesNotExist", "You do not have this assignment.")
    if row.status != "Accepted":
        raise WorkerError(
            "InvalidAssignmentState", f"This assignment is no longer yours to work on: it is {row.status}."
        )


def _media_type(text: str) -> str:
    """The media type without parameters, or that of any bytes where the browser sent something else."""
    media_type = text.partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"


def _plain(name: str) -> str:
    """A file's own name without folders and without what could end a header line."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:255] or "file"


def _keep(settings: Settings, upload_id: str, content: IO[bytes], most: int) -> tuple[str, int]:
    """Write the bytes where the settings say; the location to remember, and how many bytes there are."""
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as draft:
        path = Path(draft.name)
        try:
            size = _copy(content, draft, most)
            draft.flush()
            if settings.uploads:
                location = settings.uploads.rstrip("/") + "/" + upload_id
                bucket, name = _bucket_and_key(location)
                _s3().upload_file(draft.name, bucket, name)
                return location, size
            os.fsync(draft.fileno())
            location = f"{upload_id[-2:]}/{upload_id}"
            (folder / location).parent.mkdir(exist_ok=True)
            shutil.move(path, folder / location)
            return location, size
        finally:
            path.unlink(missing_ok=True)


def _copy(source: IO[bytes], target: IO[bytes], most: int) -> int:
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise WorkerError("InvalidParameterValue", f"The file is too large: it may have at most {most} bytes.")
        target.write(chunk)
    return size


def discard(settings: Settings, location: str) -> None:
    """Delete the bytes of an upload; a local file may be gone already. Raises what S3 raises."""
    if location.startswith("s3://"):
        bucket, name = _bucket_and_key(location)
        _s3().delete_object(Bucket=bucket, Key=name)
        return
    with contextlib.suppress(OSError):
        (folder_of(settings) / location).unlink()


def folder_of(settings: Settings) -> Path:
    """Where files are kept, and drafts of those that go to S3."""
    return settings.data / "uploads"


@cache
def _s3() -> Any:
    import boto3  # noqa: PLC0415 - a quarter of what `adapter simulate` would take to start
    from botocore.config import Config  # noqa: PLC0415

    # without this botocore signs URLs the old way, which newer regions refuse
    return boto3.client("s3", config=Config(signature_version="s3v4"))


def _bucket_and_key(location: str) -> tuple[str, str]:
    parts = urlsplit(location)
    if parts.scheme != "s3" or not parts.netloc:
        raise SettingsError("ADAPTER_UPLOADS: write s3://bucket/prefix, or leave it empty for the data folder")
    return parts.netloc, parts.path.lstrip("/")


def _token(store: Store, upload_id: str, until: int) -> str:
    packed = until.to_bytes(_TIME) + upload_id.encode()
    return quote(base64.urlsafe_b64encode(_tag(store, packed) + packed).decode().rstrip("="))


def _upload_id(store: Store, token: str) -> str | None:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    tag, packed = raw[:_TAG], raw[_TAG:]
    if not secrets.compare_digest(tag, _tag(store, packed)):
        return None
    if int.from_bytes(packed[:_TIME]) < clock.milliseconds():
        return None
    return packed[_TIME:].decode()


def _tag(store: Store, packed: bytes) -> bytes:
    return hmac.digest(store.secrets.derive("uploads"), packed, hashlib.sha256)
