"""Traces by OpenTelemetry of requests and of the calls that they make. Imported only where they are wanted.

The caller and the upstream share a trace by the traceparent header of the W3C. No span holds a parameter's value.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

_HEADERS = ("traceparent", "tracestate")
_TRACER = trace.get_tracer("adapter")


def start(url: str) -> None:
    """Send the spans of this process to a collector from now on, if it does not do so already."""
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    provider = TracerProvider(resource=Resource.create({"service.name": "adapter"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url)))
    trace.set_tracer_provider(provider)


def trace_requests(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The WSGI application with a span for each request; the address is left out, as parameters and signatures stand there."""

    def traced(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = {name: environ[key] for name in _HEADERS if (key := f"HTTP_{name.upper()}") in environ}
        with _TRACER.start_as_current_span(
            "request",
            context=propagate.extract(sent),
            kind=trace.SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                span.set_attribute("http.response.status_code", int(status[:3]))
                span.set_attribute("request_id", dict(headers).get("x-amzn-RequestId", ""))
                return start_response(status, headers, *more)

            return application(environ, begin)

    return traced


@contextlib.contextmanager
def trace_upstream_call(operation: str) -> Iterator[list[str]]:
    """A span for a call of the 2017-01-17 API; gives the headers that make what it causes elsewhere a part of the trace."""
    with _TRACER.start_as_current_span(operation, kind=trace.SpanKind.CLIENT, attributes={"rpc.system": "aws-api"}):
        sent: dict[str, str] = {}
        propagate.inject(sent)
        yield [f"{name}: {value}" for name, value in sent.items()]
