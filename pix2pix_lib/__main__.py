"""La entrada de la línea de órdenes: atiende al Ctrl-C desde el principio y llama a `cli`."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Sequence

from .errors import STOPPED


def main(arguments: Sequence[str] | None = None) -> int:
    """Cumple una orden; devuelve el código de salida.

    0 si acabó; 1 si algo hay que arreglar; 130 si se paró a medias y se puede seguir.
    """
    asked: list[int] = []
    timers: list[threading.Timer] = []

    def stop(number, frame):
        asked.append(number)
        raise KeyboardInterrupt

    def repeat(lost):
        # Dentro de un destructor, Python se traga el Ctrl-C: se vuelve a dar enseguida.
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            return hook(lost)
        timers.append(threading.Timer(0.1, _thread.interrupt_main))
        timers[-1].start()

    handler, hook = signal.signal(signal.SIGINT, stop), sys.unraisablehook
    sys.unraisablehook = repeat
    try:
        # Aquí y no arriba: cargar la biblioteca ya lleva un rato en el que alguien se arrepiente.
        from .cli import follow

        return follow(arguments)
    except BaseException:
        # No solo KeyboardInterrupt: una extensión a medio cargar lo convierte en otro error.
        if not asked:
            raise
        print("\nParado: repite la misma orden y sigue donde se quedó.", file=sys.stderr)
        return STOPPED
    finally:
        signal.signal(signal.SIGINT, handler)
        sys.unraisablehook = hook
        for timer in timers:
            timer.cancel()


if __name__ == "__main__":
    sys.exit(main())
