"""How often somebody may try a password, so that neither guessing nor locking a colleague out works.

Tries are counted by address and name, and by address. A browser in which somebody has signed in before counts for itself:
whoever else sits behind the same address, or tries the same name from elsewhere, takes nothing from it.
"""

from __future__ import annotations

from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

NAME_HERE: Final = parse("5 per 15 minutes")
ADDRESS: Final = parse("30 per 15 minutes")
DEVICE: Final = parse("10 per 15 minutes")
DEVICE_DAYS: Final = 365
SALT: Final = "device"


class Attempts:
    """Tries of one process, kept in memory: a restart forgets them."""

    def __init__(self, secret: str) -> None:
        self.signer = URLSafeTimedSerializer(secret, salt=SALT)
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    def allowed(self, name: str, address: str, device: str) -> bool:
        """Count a try; False when there were too many before it."""
        return all(self.limiter.hit(limit, *counted) for limit, counted in self.counts(name, address, device))

    def forget(self, name: str, address: str, device: str) -> None:
        """After the right password: what was tried before counts no more."""
        for limit, counted in self.counts(name, address, device):
            if limit is not ADDRESS:
                self.limiter.clear(limit, *counted)

    def counts(self, name: str, address: str, device: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
        """By what a try is counted."""
        if self.known(name, device):
            return [(DEVICE, ("device", name, device))]
        return [(NAME_HERE, ("name", address, name)), (ADDRESS, ("address", address))]

    def device(self, name: str) -> str:
        """What a browser keeps in which this account has signed in."""
        return str(self.signer.dumps(name))

    def known(self, name: str, device: str) -> bool:
        """Whether a browser with this has seen the account sign in within a year."""
        try:
            return bool(self.signer.loads(device, max_age=DEVICE_DAYS * 86_400) == name)
        except BadSignature:
            return False
