"""El error que se le cuenta a una persona."""

from __future__ import annotations

import errno


class UserError(Exception):
    """Algo que quien usa el programa puede arreglar, dicho en una frase.

    La línea de órdenes lo escribe y sale con código 1; en un cuaderno se muestra la frase sola,
    sin la pila de llamadas.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"Error: {self}"]


REASONS = {
    errno.EACCES: "no tienes permiso",
    errno.EPERM: "no tienes permiso",
    errno.EROFS: "es de solo lectura",
    errno.ENOENT: "no existe",
    errno.EEXIST: "ya existe",
    errno.ENOTDIR: "no es una carpeta, o lo que la contiene no lo es",
    errno.EISDIR: "es una carpeta",
    errno.ENAMETOOLONG: "el nombre es demasiado largo",
    errno.ELOOP: "es un enlace que no lleva a ninguna parte",
    errno.ENOSPC: "el disco está lleno",
    errno.EDQUOT: "has gastado el espacio que tienes asignado",
    errno.EFBIG: "el archivo es demasiado grande",
    errno.EIO: "el disco falla",
    errno.EMFILE: "hay demasiados archivos abiertos",
    errno.EBUSY: "otro programa lo está usando",
    errno.EINVAL: "el nombre no vale",
}
"""Lo que dice el sistema, que lo dice en inglés."""


def reason(error: OSError) -> str:
    """Por qué ha fallado el sistema, en español; de lo raro, lo que él dice."""
    return REASONS.get(error.errno or 0) or error.strerror or str(error)


STOPPED = 130
"""Código de salida de lo que se paró a medias y se puede seguir."""
