"""La entrada de la línea de órdenes: atiende al Ctrl-C desde el principio y llama a `orders`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .errors import STOPPED


def main(arguments: Sequence[str] | None = None) -> int:
    """Cumple una orden; devuelve el código de salida.

    0 si acabó; 1 si algo hay que arreglar; 130 si se paró a medias y se puede seguir.
    """
    try:
        # Aquí y no arriba: cargar la biblioteca ya lleva un rato en el que alguien se arrepiente.
        from .orders import follow

        return follow(arguments)
    except KeyboardInterrupt:
        print("\nParado: repite la misma orden y sigue donde se quedó.", file=sys.stderr)
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
