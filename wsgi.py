"""What gunicorn and the `flask` command serve: `wsgi:app`."""

import sys

from blog_api import create_app
from config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    # A wrong setting is the operator's to correct: the list of them says more than a traceback.
    sys.exit(str(error))
