"""La última línea de cada ejercicio: dice si tu respuesta vale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def check(answer: Any, passes: Callable[[Any], Any]) -> None:
    """Escribe «¡Bien!» si `passes(answer)` es verdad y «Todavía no» si no lo es.

    answer: tu respuesta; mientras sea `...`, no se mira. passes: lo que tiene que cumplir. Un error
    al mirarla también es «todavía no», con su motivo: ejecutar el cuaderno entero no se para aquí.
    """
    if answer is ...:
        print("Todavía no: cambia los puntos suspensivos por tu respuesta.")
        return
    try:
        right = bool(passes(answer))
    except Exception as error:
        print(f"Todavía no: al probar tu respuesta sale un error ({type(error).__name__}).")
        return
    print("¡Bien!" if right else "Todavía no: funciona, pero no da lo que se pide.")
