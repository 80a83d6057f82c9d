"""Traces by OpenTelemetry of the statements. Imported only where they are wanted."""

from __future__ import annotations

from typing import Any

from opentelemetry import trace
from sqlalchemy import Engine, event

_TRACER = trace.get_tracer("adapter")


def trace_database(engine: Engine) -> None:
    """A span for each statement; its values are parameters, which stand outside of its text."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        attributes = {"db.system.name": engine.dialect.name, "db.query.text": statement}
        context.adapter_span = _TRACER.start_span(
            statement.split(None, 1)[0], kind=trace.SpanKind.CLIENT, attributes=attributes
        )

    @event.listens_for(engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        context.adapter_span.end()

    @event.listens_for(engine, "handle_error")
    def fail(broken: Any) -> None:
        if span := getattr(broken.execution_context, "adapter_span", None):
            span.set_attribute("error.type", type(broken.original_exception).__name__)
            span.set_status(trace.StatusCode.ERROR)
            span.end()
