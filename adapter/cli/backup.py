"""`adapter backup` and `adapter restore`: everything an installation keeps, as one file."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from adapter import __version__
from adapter.cli.support import CommandError, nothing_in, progress, settings_in_force, whole_file
from adapter.core.database import Store, open_store, revisions
from adapter.core.database.copies import CopyError, copy, put_back
from adapter.core.database.health import empty
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.worlds import sandbox_of
from adapter.marketplace.domain.uploads import folder_of

#: The layout of the file; a program refuses one that it does not know.
FORMAT = 1
MANIFEST, KEY, HOME, UPLOADS = "manifest.json", "encryption.key", "database", "uploads"
_UPLOAD = re.compile(r"(sandbox/)?uploads/\w{1,8}/\w{1,80}")
_CHUNK = 1 << 20


@contextlib.contextmanager
def open_stores(settings: Settings) -> Iterator[dict[str, Store]]:
    """The databases of an installation, by the names of their copies in a backup; their schema stays as it is.

    On PostgreSQL the sandbox is a part of the one database.
    """
    home = open_store(settings.home)
    stores = {HOME: home}
    if home.sqlite:
        stores["sandbox-database"] = open_store(sandbox_of(settings.home), home)
    try:
        yield stores
    finally:
        for store in stores.values():
            store.close()


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy database, uploaded files and encryption key into FILE, while the server runs.

    Whoever has the file has everything, secrets too: it is for its owner alone (0600), keep it so.
    """
    settings = settings_in_force()
    if file.exists():
        raise CommandError(f"{file} is there already; name a new file")
    with open_stores(settings) as stores, whole_file(file) as draft:
        if empty(stores[HOME]):
            raise CommandError(nothing_in(settings.home))
        with _reported(), tarfile.open(fileobj=draft, mode="w:gz", compresslevel=3) as archive:
            manifest = _write(archive, settings, {name: each for name, each in stores.items() if not empty(each)})
    click.echo(f"{file}: {file.stat().st_size:,} bytes; {_summary(manifest)}")
    if settings.uploads:
        click.echo(f"files that workers uploaded to {settings.uploads} are there and not in it", err=True)


def _write(archive: tarfile.TarFile, settings: Settings, stores: dict[str, Store]) -> dict[str, Any]:
    """Fill the archive; returns what is said of it at its end.

    Files are collected before the databases and again after them: a file is there before its row, and goes after it, so
    that each row of the copy has its file.
    """
    sums: dict[str, str] = {}
    contents: dict[str, Any] = {}
    _add(archive, sums, KEY, io.BytesIO(_key(settings)))
    _add_uploads(archive, sums, settings)
    with tempfile.TemporaryDirectory(dir=settings.home.data if settings.home.data.is_dir() else None) as folder:
        for name, store in stores.items():
            path = Path(folder) / name
            contents[name] = copy(store, path)
            with path.open("rb") as content:
                _add(archive, sums, name, content)
            path.unlink()
    _add_uploads(archive, sums, settings)
    manifest = {
        "format": FORMAT,
        "program": __version__,
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "databases": contents,
        "sha256": dict(sums),
    }
    _add(archive, sums, MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()))
    return manifest


def _summary(manifest: dict[str, Any]) -> str:
    rows = sum(sum(each["rows"].values()) for each in manifest["databases"].values())
    files = sum(_UPLOAD.fullmatch(name) is not None for name in manifest["sha256"])
    return f"{rows:,} rows, {files:,} uploaded files, encryption key"


def _upload_folders(settings: Settings) -> dict[str, Path]:
    """Where each world keeps uploaded files, by the beginning of their names in a backup."""
    return {UPLOADS: folder_of(settings.home), f"sandbox/{UPLOADS}": folder_of(sandbox_of(settings.home))}


def _key(settings: Settings) -> bytes:
    try:
        return settings.encryption_key.encode() or (settings.home.data / KEY).read_bytes().strip()
    except FileNotFoundError as error:
        raise CommandError(
            f"there is no {KEY} in {settings.home.data.absolute()}, and without it the stored secrets are of no use; "
            "ADAPTER_DATA or ADAPTER_ENCRYPTION_KEY says where it is"
        ) from error


def _add_uploads(archive: tarfile.TarFile, sums: dict[str, str], settings: Settings) -> None:
    found = {
        f"{start}/{path.relative_to(folder).as_posix()}": path
        for start, folder in _upload_folders(settings).items()
        for path in sorted(folder.glob("*/*"))
    }
    missing = [name for name in found if name not in sums and _UPLOAD.fullmatch(name)]
    for name in progress(missing, "Uploaded files") if missing else ():
        # one may be deleted meanwhile, as nobody will ask for it
        with contextlib.suppress(FileNotFoundError), found[name].open("rb") as content:
            _add(archive, sums, name, content)


def _add(archive: tarfile.TarFile, sums: dict[str, str], name: str, content: io.BufferedReader | io.BytesIO) -> None:
    sums[name] = hashlib.file_digest(content, "sha256").hexdigest()
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = content.seek(0, io.SEEK_END), 0o600, int(time.time())
    content.seek(0)
    archive.addfile(member, content)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put back what `adapter backup` wrote to FILE: into a new data folder and, on PostgreSQL, an empty database.

    Nothing is replaced. Every checksum and the number of rows of every table are compared; then the schema is brought up
    to date.
    """
    settings = settings_in_force()
    data = settings.home.data
    with open_stores(settings) as stores, _reported():
        _refuse_taken(settings, stores)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=data, prefix=".restore.") as name:
            folder = Path(name)
            manifest = _unpack(file, folder, set(stores))
            _check_key(settings, folder / KEY)
            restored = [(stores[each], folder / each, content) for each, content in manifest["databases"].items()]
            for store, path, content in restored:
                put_back(store, path, content)
            if not settings.encryption_key:
                (folder / KEY).rename(data / KEY)
            for start, target in _upload_folders(settings).items():
                if (folder / start).exists():
                    target.parent.mkdir(mode=0o700, exist_ok=True)
                    shutil.move(folder / start, target)
        for store, _, _ in restored:
            store.migrate()
        _check_secrets(stores[HOME])
    click.echo(f"restored as of {manifest['made']}: {_summary(manifest)}")


def _refuse_taken(settings: Settings, stores: dict[str, Store]) -> None:
    files = [settings.home.data / KEY, *_upload_folders(settings).values()]
    taken = [str(path.absolute()) for path in files if path.is_file() or (path.is_dir() and any(path.iterdir()))]
    taken += [each.url.render_as_string() for each in stores.values() if not empty(each)]
    if taken:
        raise CommandError(
            f"nothing is replaced, and there is something already: {', '.join(taken)}; let ADAPTER_DATA name a new "
            "folder, and ADAPTER_DATABASE_URL, if it is set, an empty database"
        )


def _unpack(file: Path, folder: Path, wanted: set[str]) -> dict[str, Any]:
    """Unpack into a folder and compare all checksums; returns the manifest. Raises CommandError."""
    sums: dict[str, str] = {}
    with tarfile.open(file) as archive:
        for member in progress(archive, "Files"):
            content = archive.extractfile(member)
            if content is None or not (member.name in {MANIFEST, KEY, *wanted} or _UPLOAD.fullmatch(member.name)):
                raise CommandError(f"{file}: {member.name!r} is no part of a backup that this program knows")
            path = folder / member.name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with path.open("xb") as target:
                while chunk := content.read(_CHUNK):
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            path.chmod(0o600)
            sums[member.name] = digest.hexdigest()
    if sums.pop(MANIFEST, None) is None:
        raise CommandError(f"{file} is no whole backup: it has no manifest at its end")
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    if manifest["format"] != FORMAT or not set(manifest["databases"]) <= wanted:
        raise CommandError(
            f"{file} was written by {manifest['program']}, for another kind of database or in a form that is not known here"
        )
    if wrong := sorted(name for name, _ in set(sums.items()) ^ set(manifest["sha256"].items())):
        raise CommandError(f"{file} is damaged: {wrong[0]} is not as it was written")
    for content in manifest["databases"].values():
        if content["revision"] not in revisions():
            raise CommandError(
                f"{file} was written by {manifest['program']}, whose schema {content['revision']} is newer than this "
                "program; restore it with that version"
            )
    return manifest


def _check_key(settings: Settings, path: Path) -> None:
    if settings.encryption_key and settings.encryption_key.encode() != path.read_bytes():
        raise CommandError("ADAPTER_ENCRYPTION_KEY is not the key of this backup; leave it unset, or give that one")


def _check_secrets(store: Store) -> None:
    """Read all stored secrets, so that a wrong key is found now. Raises SettingsError."""
    for each in accounts.list_keys(store):
        accounts.find_key(store, each.access_key_id)


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """What can go wrong with a file or a database, as a word to the user."""
    try:
        yield
    except CopyError as error:
        raise CommandError(str(error)) from error
    except (tarfile.TarError, EOFError, zlib.error, ValueError, KeyError) as error:
        raise CommandError(f"this is no whole backup: {error}") from error


COMMANDS = (backup, restore)
