"""Routes of our own on the action server. The SDK has one door for them, its plugins: importing this registers one.

``actions.base`` imports it, so that it is there in every worker of the server: a worker knows no more than the actions.
"""
from __future__ import annotations

import sys

import pluggy
from rasa_sdk.plugin import plugin_manager
from sanic import Sanic

hookimpl = pluggy.HookimplMarker("rasa_sdk")


@hookimpl
def attach_sanic_app_extensions(app: Sanic) -> None:
    """The SDK's hook: called with its application before that serves."""
    from actions.suggestion_endpoint import suggestions  # noqa: PLC0415 - it needs the actions, which need this

    app.add_route(suggestions, "/suggestions", methods=["POST"])


if not plugin_manager().is_registered(sys.modules[__name__]):
    plugin_manager().register(sys.modules[__name__])
