"""``python -m web``: serve the shop's door on the address and port of the settings."""
from __future__ import annotations

import logging

import uvicorn

from shop.settings import settings
from web.app import create_app

MAX_MESSAGE_BYTES = 1_048_576  # beyond this a socket is closed with 1009, unread
PING_INTERVAL_S = 20.0  # below the minute after which many proxies drop a silent connection
PING_TIMEOUT_S = 20.0
SHUTDOWN_S = 5


def serve() -> None:
    """Serve until SIGTERM or SIGINT. One worker: who is connected is known to one process only."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every message
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # and this one every socket
    uvicorn.run(
        create_app(settings),
        host=settings.host, port=settings.port,
        # The sans-I/O protocol of the websockets library; the older one named "websockets" is deprecated.
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES, ws_ping_interval=PING_INTERVAL_S, ws_ping_timeout=PING_TIMEOUT_S,
        # Frames are small: compressing them costs more than it saves, and memory for every socket.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        access_log=False, server_header=False, log_config=None,
    )


if __name__ == "__main__":
    serve()
