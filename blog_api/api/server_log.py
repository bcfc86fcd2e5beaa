"""The log of gunicorn, as JSON."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from gunicorn.config import Config
from gunicorn.glogging import Logger

from blog_api.monitoring.logs import JsonFormatter

log = logging.getLogger("gunicorn.error")


class JsonLogger(Logger):
    """gunicorn's logger, whose lines have the format of the service. So have those of libraries and crashes."""

    def setup(self, cfg: Config) -> None:
        """Configure the logs of this process and of the workers that it forks. gunicorn also calls this on HUP."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())
        logging.basicConfig(handlers=self.error_log.handlers, level=logging.WARNING, force=True)
        logging.captureWarnings(True)
        sys.excepthook = log_crash
        threading.excepthook = _log_crash_of_thread


def log_crash(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Log an exception that ends the process."""
    log.critical("uncaught exception", exc_info=(kind, error, traceback))


def _log_crash_of_thread(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        log_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
