"""HTTP routes, one blueprint per resource. Views only call services and crud."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import flask_smorest
from flask import Flask

from blog_api.api.blueprint import Blueprint


def init_app(app: Flask, api: flask_smorest.Api) -> None:
    """Register the blueprint of every module in this package.

    A module with an `init_app` of its own registers its blueprint itself.
    """
    for found in iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        if hasattr(module, "init_app"):
            module.init_app(app)
        elif isinstance(module.blueprint, Blueprint) and module.blueprint.documented:
            api.register_blueprint(module.blueprint)
        else:
            app.register_blueprint(module.blueprint)
