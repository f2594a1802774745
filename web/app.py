"""The web application: the gateway's routes, the shop's pages, the widget's files, one shape for errors."""
from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from shop.database import open_database
from shop.settings import Settings
from web import console, error_responses
from web.console import first_account, overview_refresh
from web.console.live import Live
from web.gateway import rest, socket
from web.gateway.gateway import Gateway
from web.headers import CorsHeaders, SecurityHeaders

STATIC = Path(__file__).resolve().parent / "static"
MAX_BODY_BYTES = 65_536
# Pages share the database's 15 connections with the gateway's threads. With Starlette's own 40 threads, a rush on the
# pages would take them all, and no message could be stored.
PAGE_THREADS = 8


def create_app(settings: Settings) -> Starlette:
    """The application. It opens the database and brings it to this release when it starts serving."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = PAGE_THREADS
        database = open_database(settings.database_url)
        database.migrate()
        app.state.database = database
        first_account.announce(settings, database)
        app.state.gateway = gateway = Gateway(settings, database)
        app.state.live = gateway.live = live = Live(settings, gateway.transcripts)
        await live.start()
        await gateway.start()
        try:
            with overview_refresh.refreshing(settings, database):
                yield
        finally:
            await live.stop()
            await gateway.stop()

    app = Starlette(
        routes=_routes(settings),
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders, frame_ancestors=settings.allowed_origins),
            Middleware(CorsHeaders, origins=settings.allowed_origins),
        ],
        exception_handlers=error_responses.HANDLERS,
        max_body_size=MAX_BODY_BYTES,
    )
    app.state.settings = settings
    return app


def _routes(settings: Settings) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        WebSocketRoute("/ws", socket.endpoint),
        Route("/api/session", rest.session, methods=["POST"]),
        Route("/webhooks/rest/webhook", rest.rest_webhook, methods=["POST"]),
        Route("/health", rest.health, methods=["GET"]),
        *console.routes,
    ]
    if settings.demo and importlib.util.find_spec("web.shop_pages"):
        from web import shop_pages  # noqa: PLC0415 (a real shop runs without the demo's pages)

        routes += shop_pages.routes
    # Last, so that the pages may serve some of it themselves. A real shop embeds the widget from here.
    # Only these are compressed: a page holds its form's secret beside what an address can put there, and the length
    # of the two compressed together would tell the secret, bit by bit (BREACH).
    files = GZipMiddleware(StaticFiles(directory=STATIC, check_dir=False))
    routes.append(Mount("/static", files, name="static"))
    return routes
