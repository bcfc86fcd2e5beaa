"""The log of gunicorn, as JSON."""

from __future__ import annotations

from gunicorn.config import Config
from gunicorn.glogging import Logger

from blog_api.monitoring.logs import JsonFormatter, log_everything


class JsonLogger(Logger):
    """gunicorn's logger, whose lines have the format of the service. So have those of libraries and crashes."""

    def setup(self, cfg: Config) -> None:
        """Configure the logs of this process and of the workers that it forks. gunicorn also calls this on HUP."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())
        log_everything(self.error_log.handlers)
