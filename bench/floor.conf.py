"""gunicorn for the floor: as gunicorn.conf.py sets it for the service, without the hooks, which want a database."""

import runpy
from pathlib import Path

_service = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
for _name, _value in _service.items():
    if isinstance(_value, str | int) and not _name.startswith("_"):
        globals()[_name] = _value
