"""What a screen says when a page fails, and what the log keeps."""

from __future__ import annotations

import logging
import re
import secrets
from typing import Final

from metrics.errors import Refused

log = logging.getLogger(__name__)

REWORDED: Final = ("streamlit.error_util", "streamlit.web.server.starlette.starlette_server")
PORT_TAKEN: Final = (
    "端口 %s 已被占用：请关闭占用它的程序，或设 STREAMLIT_SERVER_PORT 为另一个端口后再启动。 Port %s is taken."
)


def said(error: Exception) -> str:
    """The message for the screen: what a person can put right word for word, anything else as a number.

    The number is in the log beside the traceback, so that the administrator finds one by the other.
    """
    if isinstance(error, Refused):
        return str(error)
    number = secrets.token_hex(4)
    log.error("页面出错 Page failed, 编号 %s", number, exc_info=error, extra={"number": number})
    return f"页面出错，编号 {number}。数据没有变化。请把编号告诉管理员。"


def as_markdown(text: str) -> str:
    """The text so that Markdown shows every character of it and keeps its lines."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text).replace("\n", "  \n")


def reworded(record: logging.LogRecord) -> bool:
    """A log filter: the line about a port in use is Chinese too; a failed page has one record, ours with the number."""
    if record.msg == "Port %s is not available" and isinstance(record.args, tuple):
        record.msg, record.args = PORT_TAKEN, record.args * 2
    return record.msg != "Uncaught app execution"
