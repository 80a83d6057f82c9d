"""Handles of libcurl as this project uses them: HTTP/1.1 only, no proxy but the one given, certificates always checked."""

from __future__ import annotations

import pycurl

#: Errors of TLS, before anything of a request was sent.
TLS_ERRORS = {pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE}


def handle_for(
    url: bytes, certificates: str, *, connect_seconds: float, all_seconds: float, proxy: str = ""
) -> pycurl.Curl:
    """A handle for requests to one URL; `certificates` is a file of those that vouch for servers."""
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    # without signals, because time-outs come up in threads
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.CONNECTTIMEOUT_MS, int(connect_seconds * 1000))
    handle.setopt(pycurl.TIMEOUT_MS, int(all_seconds * 1000))
    # said even where there is none: libcurl looks into the environment by rules of its own
    handle.setopt(pycurl.PROXY, proxy)
    handle.setopt(pycurl.NOPROXY, "")
    handle.setopt(pycurl.CAINFO, certificates)
    return handle
