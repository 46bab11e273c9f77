"""The addresses that a start prints."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Final

# Reserved for documentation (RFC 5737), so nobody's. Connecting a datagram socket sends nothing: it only makes
# the system choose the interface that it would use.
NOBODY: Final = ("192.0.2.1", 9)
EVERY_INTERFACE: Final = {"", "0.0.0.0", "::"}


def from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """Port and address set for this start, which `streamlit run` reads by itself and `python app.py` does not."""
    found: dict[str, object] = {}
    port = environment.get("STREAMLIT_SERVER_PORT")
    if port is not None:
        if not port.isdecimal():
            raise SystemExit(f"STREAMLIT_SERVER_PORT: {port!r} 不是端口号，请写一个整数，如 8501。 Not a port number.")
        found["server.port"] = int(port)
    if "STREAMLIT_SERVER_ADDRESS" in environment:
        found["server.address"] = environment["STREAMLIT_SERVER_ADDRESS"]
    return found


def announcement(host: str, port: int) -> str:
    """One line that says in Chinese and English where to open the dashboard."""
    return "看板已启动 Dashboard ready: " + "  ".join(addresses(host, port)) + "\n"


def first_link(host: str, port: int | None, key: str) -> str:
    """One line with the one-time link for the first administrator; only its path where the port is not known."""
    start = addresses(host, port)[0].removeprefix("本机 ") if port is not None else ""
    return (
        f"还没有管理员。请在浏览器打开这个一次性链接，建立第一个管理员账号：\n  {start}/first?key={key}\n"
        "No administrator yet: open this one-time link to make the first one.\n"
    )


def addresses(host: str, port: int) -> list[str]:
    """Where a browser finds the server: on this machine, and from the network when it listens there."""
    if host not in EVERY_INTERFACE:
        return [f"http://{host}:{port}"]
    here, lan = f"本机 http://localhost:{port}", lan_address()
    return [here, f"局域网 LAN http://{lan}:{port}"] if lan else [here]


def lan_address() -> str | None:
    """This machine's own address on its network, found without asking any other machine; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(NOBODY)
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address
