"""Repite lo que el libro midió: `python -m experiments NOMBRE`, desde la raíz.

Un NOMBRE es un archivo TOML, que dice qué variantes se entrenan (véase `variants`), o un módulo con
una función `main`, a la que van los demás argumentos.
"""

from __future__ import annotations

import inspect
import sys
import tempfile
import warnings
from importlib import import_module
from pathlib import Path

from pix2pix_lib.errors import STOPPED, UserError
from pix2pix_lib.teaching.records import RECORDS

from . import variants

INSIDE = {"__init__", "__main__", "measures", "variants"}


def known() -> dict[str, str]:
    """Todo lo que se puede repetir: {nombre: qué es, en una línea}."""
    files = {
        path.stem: path.read_text(encoding="utf-8").split("\n")[0].removeprefix("# ")
        for path in variants.HERE.glob("*.toml")
    }
    modules = {
        path.stem: path.read_text(encoding="utf-8").split("\n")[0].strip('"')
        for path in Path(__file__).parent.glob("*.py")
        if path.stem not in INSIDE
    }
    return dict(sorted((files | modules).items()))


def follow(name: str, *others: str) -> None:
    if (variants.HERE / f"{name}.toml").is_file():
        if others not in [(), ("--miniatura",)]:
            raise UserError(f"Escribe «python -m experiments {name} [--miniatura]».")
        if not others:
            return variants.repeat(name, variants.WORK, RECORDS, miniature=False)
        with tempfile.TemporaryDirectory() as folder:
            return variants.repeat(name, Path(folder) / "redes", Path(folder), miniature=True)
    if name not in known():
        raise UserError(f"No hay ningún experimento «{name}»: elige entre {', '.join(known())}.")
    module = import_module(f"experiments.{name}")
    try:
        inspect.signature(module.main).bind(*others)
    except TypeError:
        raise UserError(f"Esos argumentos no valen. {module.__doc__.splitlines()[0]}") from None
    module.main(*others)


def main() -> int:
    warnings.showwarning = lambda message, *_: print(f"Aviso: {message}", file=sys.stderr)
    if not sys.argv[1:] or sys.argv[1] in ("-h", "--help"):
        print("python -m experiments NOMBRE\n")
        print("\n".join(f"  {name:15} {text}" for name, text in known().items()))
        return 0
    try:
        follow(*sys.argv[1:])
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nParado: repite la misma orden y sigue donde se quedó.", file=sys.stderr)
        return STOPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
