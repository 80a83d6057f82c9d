"""What boto 2.49.0, last changed in 2018, needs from Pythons after 3.11; boto itself is as it came."""

from __future__ import annotations

import importlib
import importlib.util
import ssl
import sys
import types
import warnings

import six


def prepare() -> None:
    """Make `import boto` work.

    The copy of six inside boto finds its own modules in a way that Python 3.12 no longer knows, so boto gets a present
    one. The module imp is gone, too; boto imports it for its plug-ins, which nobody uses here.
    """
    name = "boto.vendored.six"
    if sys.version_info < (3, 12) or name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(name, six.__file__)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    sys.modules["imp"] = types.ModuleType("imp")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("boto.plugin")
    finally:
        del sys.modules["imp"]


def old_ssl() -> types.ModuleType:
    """The module ssl with the function wrap_socket, which Python 3.12 no longer has."""
    module = types.ModuleType("ssl")
    module.__dict__.update({"wrap_socket": wrap_socket, **vars(ssl)})
    return module


def wrap_socket(sock, keyfile, certfile, cert_reqs, ca_certs):
    """As Python 3.11 defines it for a client, with what boto passes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # boto compares the name itself
    context.verify_mode = cert_reqs
    context.load_verify_locations(ca_certs)
    if certfile:
        context.load_cert_chain(certfile, keyfile)
    return context.wrap_socket(sock)
