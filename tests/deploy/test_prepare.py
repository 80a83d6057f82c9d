"""deploy/prepare makes a certificate for every name that clients and people have of Amazon."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from cryptography import x509

from tests.fixtures_live import ROOT

NAMES = {
    "localhost",
    "mechanicalturk.amazonaws.com",
    "mechanicalturk.sandbox.amazonaws.com",
    "mturk-requester.us-east-1.amazonaws.com",
    "mturk-requester-sandbox.us-east-1.amazonaws.com",
    "mturk.com",
    "www.mturk.com",
    "requester.mturk.com",
    "requestersandbox.mturk.com",
    "worker.mturk.com",
    "workersandbox.mturk.com",
}


@pytest.fixture
def prepare(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed here")

    def run(**more):
        command = ["bash", str(ROOT / "deploy" / "prepare"), str(tmp_path / "secrets")]
        done = subprocess.run(
            command, env={"PATH": os.environ["PATH"], **more}, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout

    return run


def test_the_certificate_is_for_every_name_that_clients_and_people_have(prepare, tmp_path):
    prepare()
    certificate = x509.load_pem_x509_certificate((tmp_path / "secrets" / "tls_certificate").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == NAMES
    guide = (ROOT / "docs" / "deployment.md").read_text()
    assert not [name for name in NAMES if name not in guide and name != "localhost"]


def test_a_certificate_of_fewer_names_is_kept_and_what_it_lacks_is_said(prepare, tmp_path):
    prepare(TLS_NAMES="mechanicalturk.amazonaws.com")
    before = (tmp_path / "secrets" / "tls_certificate").read_bytes()
    said = prepare()
    assert "is not for worker.mturk.com" in said
    assert "is not for mechanicalturk.amazonaws.com" not in said
    assert (tmp_path / "secrets" / "tls_certificate").read_bytes() == before
