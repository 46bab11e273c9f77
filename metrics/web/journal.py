"""Log lines as JSON, one event a line, for whatever collects them; plain text for a person at a terminal.

No line has a password, a token or the contents of a file: nothing here is given any, addresses are logged without their
query, and the words of an error are cut short.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from metrics.period import SHANGHAI

LONGEST: Final = 300  # characters of an error's own words
FRAMES: Final = 40
PLAIN: Final = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")


class Lines(logging.Formatter):
    """{"at", "level", "logger", "message"}, and of an error "error" and "stack"; "number" is the one that the screen showed."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, SHANGHAI).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        number = getattr(record, "number", None)
        if number is not None:
            line["number"] = number
        if record.exc_info and record.exc_info[1] is not None:
            line |= said_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def said_of(error: BaseException) -> dict[str, Any]:
    """Kind and words of an error, cut short, and where it happened, innermost last."""
    words = f"{type(error).__name__}: {error}"[:LONGEST]
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return {"error": words, "stack": [f"{one.filename}:{one.lineno} {one.name}" for one in frames]}


def formatter() -> logging.Formatter:
    """What a line of the log looks like here and now."""
    return PLAIN if sys.stderr.isatty() else Lines()


def put_on(logger: logging.Logger) -> None:
    """Have this logger write such lines, and nothing else, nor any other logger for it."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    logger.handlers, logger.propagate = [handler], False


def keep(names: Iterable[str] = ()) -> None:
    """Have everything of this process write such lines: the root, and loggers that do not pass on to it."""
    put_on(logging.getLogger())
    logging.getLogger("metrics").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    for name in names:
        put_on(logging.getLogger(name))
