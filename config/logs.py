"""Structured logs: one event a line, JSON in production, with the request id that tasks inherit."""

import re
from typing import Any

import structlog
from structlog.typing import Processor

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# Who reads the log could use the links that invite a person or set a password anew.
_SECRET_ADDRESS = re.compile(r"(/(?:join|accounts/password/reset/key)/)[^/\s?\"'\\]+")


def _without_secrets(_logger: Any, _method: str, line: Any) -> Any:
    """The whole line, whoever wrote it, with addresses cut where their secret begins."""
    return _SECRET_ADDRESS.sub(r"\1(secret)", line)


def configure_structlog() -> None:
    """Hand events of structlog to the standard library's handlers, so that both read alike."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(*, level: str, is_json: bool) -> dict[str, Any]:
    """The LOGGING setting: everything to standard error, where whoever runs us collects it."""
    configure_structlog()
    # The plain traceback: the rich one shows every local variable, secrets among them.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = structlog.processors.JSONRenderer() if is_json else plain
    exceptions = [structlog.processors.format_exc_info] if is_json else []
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *exceptions,
            renderer,
            _without_secrets,
        ],
        "foreign_pre_chain": _SHARED,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"event": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "propagate": False},
            # It tells at length how it makes the font of a figure smaller.
            "fontTools": {"level": "WARNING"},
        },
    }
