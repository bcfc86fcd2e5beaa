"""The declarative models, one module per noun.

Importing the package imports all of them, so that the metadata knows every table.
"""

from importlib import import_module
from pkgutil import iter_modules

for _found in iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")
