"""What a stolen table of passwords is worth."""

from __future__ import annotations

import base64
import hashlib

from sqlalchemy import select

from adapter.pages.store import worker_accounts

PASSWORD = "correct horse battery"


def test_a_password_is_kept_as_scrypt_at_the_cost_that_owasp_lists(store):
    worker_accounts.create_worker(store, "Ada", PASSWORD)
    with store.read() as connection:
        kept = connection.scalar(select(worker_accounts.worker_accounts.c.password))
    raw = base64.b64decode(kept.removeprefix("scrypt:"))
    salt, hashed = raw[:16], raw[16:]
    assert hashed == hashlib.scrypt(PASSWORD.encode(), salt=salt, n=1 << 14, r=8, p=5, dklen=32, maxmem=64 << 20)
