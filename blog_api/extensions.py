"""Third-party objects that wait for the app."""

from __future__ import annotations

from flask_cors import CORS
from flask_jwt_extended import JWTManager
from flask_migrate import Migrate

cors = CORS()
jwt = JWTManager()
migrate = Migrate(compare_type=True, compare_server_default=False)
