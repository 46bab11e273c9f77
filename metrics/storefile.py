"""The file of a store when nobody has it open, and how its log of changes becomes part of it.

DuckDB appends what is committed to a log beside the file, and would write it into the file from time to time. That rewrites
blocks in place which the file needs: a process killed in that moment leaves a file that does not open. So the engine never
does it in the store's own file. When a store is closed, file and log are copied, the engine makes one of the copies, and that
takes the place of both in steps that can be interrupted anywhere (docs/adr/0015).
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two starts in the same moment are not kept apart, the engine's own lock is all there is
    fcntl = None  # type: ignore[assignment]

# A page asks for few indicators. DuckDB passes over whole blocks of rows: of 20,480 instead of its 122,880 it reads less. Every
# ATTACH that writes says so, or a checkpoint puts the blocks together again.
STORAGE = "STORAGE_VERSION 'v1.5.0', ROW_GROUP_SIZE 20480"
LOG = ".wal"  # committed, and not yet in the file
DRAFT, WHOLE = ".folding", ".folded"  # the new file while it is made, and once it holds everything
BESIDE = (LOG, WHOLE, ".spill")  # what belongs to a store and moves with it
PATIENCE = 60.0  # seconds that one process waits for another
TRY_EVERY = 0.05


def beside(path: Path, end: str) -> Path:
    """The file of that kind beside the store at `path`."""
    return path.with_name(path.name + end)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps other processes from opening or closing a store in the folder at the same time; TimeoutError after PATIENCE."""
    if fcntl is None:
        yield
        return
    handle, until = os.open(folder, os.O_RDONLY), time.monotonic() + PATIENCE
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError(str(folder)) from None
                time.sleep(TRY_EVERY)
        yield
    finally:
        os.close(handle)


def logged(path: Path) -> int:
    """Bytes in the log beside the store."""
    log = beside(path, LOG)
    return log.stat().st_size if log.exists() else 0


def copied(path: Path) -> Path:
    """A copy of file and log under the name of a draft. Only while `alone` and not open."""
    draft = beside(path, DRAFT)
    shutil.copy(path, draft)
    shutil.copy(beside(path, LOG), beside(draft, LOG))
    return draft


def adopt(path: Path) -> None:
    """The draft, which needs no log any more, takes the store's place: from here on it is the store, whatever interrupts."""
    draft = beside(path, DRAFT)
    flush(draft)
    draft.replace(beside(path, WHOLE))
    flush(path.parent)


def settle(path: Path) -> None:
    """Finish what was interrupted: a whole new file becomes the store, half a one goes. Only while `alone` and not open."""
    for end in ("", LOG):
        beside(path, DRAFT + end).unlink(missing_ok=True)
    if beside(path, WHOLE).exists():
        beside(path, LOG).unlink(missing_ok=True)  # its changes are in the new file, and would be played into it again
        beside(path, WHOLE).replace(path)
        flush(path.parent)


def remove(path: Path) -> None:
    """Remove a store that is not open, with all that lies beside it."""
    for one in (path, *(beside(path, end) for end in (*BESIDE, DRAFT, DRAFT + LOG))):
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have the disk write what it holds of the file or folder, so that a power cut leaves all of it or the old name."""
    if path.is_dir() and os.name == "nt":
        return  # Windows flushes folders by itself and opens none
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
