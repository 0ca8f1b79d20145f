"""El error que se le cuenta a una persona."""


class UserError(Exception):
    """Algo que quien usa el programa puede arreglar, dicho en una frase.

    La línea de órdenes lo escribe y sale con código 1; en un cuaderno se muestra la frase sola,
    sin la pila de llamadas.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"Error: {self}"]


STOPPED = 130
"""Código de salida de lo que se paró a medias y se puede seguir."""
