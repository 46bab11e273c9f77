"""How a part of a cell is set, kept in its letters: a raised 1 is ¹, a lowered one ₁, and what is struck out stays so."""

from __future__ import annotations

from metrics.number import STRUCK

_LONGEST_STRUCK = 300  # characters: a longer text is a note, no figure and no name
_DIGITS = "0123456789０１２３４５６７８９"
_PLACES = {
    "superscript": str.maketrans(_DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹" * 2),
    "subscript": str.maketrans(_DIGITS, "₀₁₂₃₄₅₆₇₈₉" * 2),
}


def lettered(text: str, *, place: str = "", struck: bool = False) -> str:
    """The text of a run; `place` is superscript, subscript or any other word for the line itself."""
    placed = text.translate(_PLACES[place]) if place in _PLACES else text
    return struck_out(placed) if struck else placed


def struck_out(text: str) -> str:
    """Each letter followed by a stroke; a long text, and one that has a stroke already, stay as they are."""
    if len(text) > _LONGEST_STRUCK or STRUCK in text:
        return text
    return "".join(letter if letter.isspace() else letter + STRUCK for letter in text)
