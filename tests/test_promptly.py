"""Small messages go out at once, on connections to what listens already."""

from __future__ import annotations

import socket

from metrics.web.promptly import answer_promptly


def test_what_connects_to_a_socket_bound_without_naming_tcp_is_answered_at_once() -> None:
    with socket.socket(family=socket.AF_INET) as listening, socket.socket() as closed:
        closed.close()
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert not nodelay(listening)
        answer_promptly()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert nodelay(accepted)


def nodelay(one: socket.socket) -> bool:
    return bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
