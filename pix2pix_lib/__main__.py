"""La entrada de la línea de órdenes: atiende al Ctrl-C desde el principio y llama a `orders`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from .errors import STOPPED


def main(arguments: Sequence[str] | None = None) -> int:
    """Cumple una orden; devuelve el código de salida.

    0 si acabó; 1 si algo hay que arreglar; 130 si se paró a medias y se puede seguir.
    """
    asked = []

    def stop(number, frame):
        asked.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        # Aquí y no arriba: cargar la biblioteca ya lleva un rato en el que alguien se arrepiente.
        from .orders import follow

        return follow(arguments)
    except BaseException:
        # No solo KeyboardInterrupt: una extensión a medio cargar lo convierte en otro error.
        if not asked:
            raise
        print("\nParado: repite la misma orden y sigue donde se quedó.", file=sys.stderr)
        return STOPPED
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(main())
