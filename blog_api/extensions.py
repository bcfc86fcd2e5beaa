"""Third-party objects that wait for the app."""

from __future__ import annotations

import time
from typing import NoReturn

from flask_cors import CORS
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate

from blog_api.problems import TooManyRequests


def _refuse(limit: RequestLimit) -> NoReturn:
    wait = max(1, int(limit.reset_at - time.time()))
    raise TooManyRequests(f"Try again in {wait} seconds.", headers={"Retry-After": str(wait)})


cors = CORS()
jwt = JWTManager()
limiter = Limiter(get_remote_address, storage_uri="memory://", on_breach=_refuse)
migrate = Migrate(compare_type=True, compare_server_default=False)
