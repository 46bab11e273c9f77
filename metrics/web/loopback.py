"""Who is at this very computer: only they may send a command to the running board."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

KEY_HEADER = "X-Board-Key"  # brings the key of a command sent to the running board
LARGEST_COMMAND = 64 * 1024 * 1024  # bytes, its file included


def from_loopback(ip: str | None) -> bool:
    """True for 127.0.0.0/8 and ::1, also written as IPv4 in IPv6; False for None, a name, or no address at all."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
