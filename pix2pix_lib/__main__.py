"""La línea de órdenes: `pix2pix ORDEN`, una capa fina sobre la biblioteca."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import faces
from .errors import UserError


def _faces(_: argparse.Namespace) -> None:
    print(faces.default_faces())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pix2pix", description="Las herramientas del libro de pix2pix."
    )
    orders = parser.add_subparsers(title="órdenes", required=True, metavar="ORDEN")
    order = orders.add_parser("caras", help="consigue las caras del libro y dice dónde están")
    order.set_defaults(run=_faces)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Cumple una orden; devuelve el código de salida, 1 si algo hay que arreglar."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrumpido.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
