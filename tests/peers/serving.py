"""How gunicorn serves the board: a worker for each core, as its manual and Dash's advise; the rest as they come.

Connections are kept as long as a browser keeps them, or every change of a filter would begin with a new one.
"""

import os
from typing import Any

wsgi_app = "tests.peers.board:server"
bind = f"127.0.0.1:{os.environ['STREAMLIT_SERVER_PORT']}"
workers = os.cpu_count() or 2
threads = 4
preload_app = True
keepalive = 75
control_socket_disable = True


def when_ready(arbiter: Any) -> None:
    """One visit before the workers part: a worker of Dash answers 500 for files of a page that it has not served itself."""
    arbiter.app.wsgi().test_client().get("/")
