"""gunicorn configuration for the floor: that of the service, without its hooks, which need a database."""

import runpy
from pathlib import Path

_service = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
for _name, _value in _service.items():
    if isinstance(_value, str | int) and not _name.startswith("_"):
        globals()[_name] = _value
