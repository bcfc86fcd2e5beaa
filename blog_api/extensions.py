"""Third-party objects that wait for the app."""

from __future__ import annotations

from flask_cors import CORS
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate

cors = CORS()
jwt = JWTManager()
limiter = Limiter(get_remote_address)
migrate = Migrate(directory="migrations", compare_type=True, compare_server_default=False)
