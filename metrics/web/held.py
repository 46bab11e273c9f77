"""A file kept in memory, compressed once, answered with its validators."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response

FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
ASK_EACH_TIME = "no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One file as browsers get it.

    packed  the gzip form, the only one kept: nearly every browser takes it
    etag    weak, as the compressed and the plain form share it
    cache   the Cache-Control header
    """

    packed: bytes
    media_type: str
    etag: str
    cache: str

    def answer(self, request: Headers) -> Response:
        """200 with the form the browser takes, or 304 when it has the file already."""
        headers = {"Cache-Control": self.cache, "ETag": self.etag, "Vary": "Accept-Encoding"}
        if self.etag in request.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.get("accept-encoding", ""):
            return Response(gzip.decompress(self.packed), headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.packed, headers=headers, media_type=self.media_type)


def held(body: bytes, *, media_type: str, cache: str) -> Held:
    """The file compressed, and named by its contents."""
    return Held(
        packed=gzip.compress(body, mtime=0),
        media_type=media_type,
        etag=f'W/"{fingerprint(body)}"',
        cache=cache,
    )


def fingerprint(body: bytes) -> str:
    """Sixteen hex digits that change when the body does."""
    return hashlib.sha256(body).hexdigest()[:16]
