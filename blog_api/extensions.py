"""Third-party objects that wait for the app."""

from __future__ import annotations

from flask_cors import CORS
from flask_jwt_extended import JWTManager

cors = CORS()
jwt = JWTManager()
