"""Los números, como se escriben en español, y los nombres, sin que manden en el terminal."""

from __future__ import annotations

import unicodedata

THIN = "\u202f"
"""Espacio fino que no se parte al final de una línea."""

NO_BREAK = "\u00a0"
"""Espacio de los normales, que tampoco se parte."""


def thousands(number: int) -> str:
    """54425859 -> «54 425 859», con espacios finos; con cuatro cifras no se separan."""
    return f"{number:,}".replace(",", THIN) if abs(number) >= 10_000 else str(number)


def counted(number: int, words: str) -> str:
    """(1, «foto perdida») -> «1 foto perdida»; con otro número, «2 fotos perdidas»."""
    plural = " ".join(f"{word}s" for word in words.split())
    return f"{thousands(number)} {words if number == 1 else plural}"


def percent(share: float, decimals: int = 0) -> str:
    """0.076 -> «8 %», con un espacio fino. decimals: cifras después del punto."""
    return f"{100 * share:.{decimals}f}{THIN}%"


def printable(text: str) -> str:
    r"""Un texto que no manda en el terminal.

    Lo que no se ve, como los colores o el ir de derecha a izquierda, queda como «\x1b» o «\u202e».
    """
    return "".join(
        letter.encode("unicode_escape").decode()
        if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp")
        else letter
        for letter in text
    )
