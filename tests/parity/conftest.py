"""The same scenarios by boto3, by the AWS CLI and by the JavaScript SDK; against this project or any other endpoint.

`pytest tests/parity --upstream URL` calls that endpoint with the credentials of the environment; what needs workers is
skipped there, because no API makes them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from tests.conftest import mturk_client
from tests.parity.clients import through, through_boto3

HERE = Path(__file__).parent
ROADS = ("boto3", pytest.param("cli", marks=pytest.mark.client), pytest.param("javascript", marks=pytest.mark.client))


def pytest_addoption(parser):
    parser.addoption("--upstream", help="a 2017-01-17 endpoint to run tests/parity against, instead of this project")


@pytest.fixture(scope="session")
def upstream(request):
    """The foreign endpoint that --upstream names, or None."""
    return request.config.getoption("--upstream", None)


@pytest.fixture(scope="module", params=ROADS)
def road(request):
    return request.param


@pytest.fixture(scope="module")
def own(road, upstream, request, tmp_path_factory):
    """This project's service for one road: (store, key, url or None when it is in process); None for a foreign one."""
    if upstream:
        yield None
        return
    if road != "boto3":
        live, store = request.getfixturevalue("live"), request.getfixturevalue("live_store")
        yield store, accounts.create_account(store, road), live.url
        return
    settings = Settings(data=tmp_path_factory.mktemp("parity") / "data", sqlite_synchronous="NORMAL", threads=8)
    store = open_store(settings)
    store.migrate()
    yield store, accounts.create_account(store, road), None
    store.close()


@pytest.fixture(scope="module")
def call(road, own, upstream, request):
    """`call("GetHIT", HITId=...)` by the road's client."""
    store, key, url = own or (None, None, upstream)
    if road == "boto3":
        if url is None:
            yield through_boto3(mturk_client(Marketplace(store.settings, store), key))
        else:
            yield through_boto3(boto3.client("mturk", region_name="us-east-1", endpoint_url=url))
        return
    environ = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": str(HERE.parent.parent)}
    if key is not None:
        environ |= {
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    if road == "cli":
        pytest.importorskip("awscli", reason="the AWS CLI is not installed")
        command, folder = [sys.executable, "-m", "tests.parity.cli", url], HERE.parent.parent
    else:
        folder = request.getfixturevalue("sdk")
        command = ["node", "client.mjs", url]
    process = subprocess.Popen(
        command, cwd=folder, env=environ, text=True, encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    yield through(process)
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


@pytest.fixture(scope="session")
def sdk():
    """A folder outside the project with the JavaScript SDK of package.json, installed once by npm."""
    wanted = (HERE / "package.json").read_bytes()
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node or npm is not installed here")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "mturk-legacy-adapter" / f"parity-{hashlib.sha256(wanted).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "client.mjs"):
        shutil.copy(HERE / name, folder)
    if not (folder / "installed").exists():
        command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm cannot install the SDK here: {error}")
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            pytest.skip(f"npm cannot install the SDK here: {lines[0] if lines else done.returncode}")
        (folder / "installed").write_text(json.dumps({"node": shutil.which("node")}))
    return folder


@pytest.fixture
def workforce(own):
    """The store whose workers the test sends to work."""
    if own is None:
        pytest.skip("no API makes workers, so they cannot be sent to a foreign endpoint")
    return own[0]
