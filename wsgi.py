"""WSGI entry point for gunicorn and the `flask` command: `wsgi:app`."""

import sys

from blog_api import create_app
from config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    # The list of invalid settings is more helpful than a traceback.
    sys.exit(str(error))
