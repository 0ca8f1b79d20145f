"""La línea de órdenes: `pix2pix ORDEN`, una capa fina sobre la biblioteca."""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from .annotations import Photo, read_annotations
from .crops import crop_faces
from .downloads import LOST_FILE, download_photos
from .errors import STOPPED, UserError
from .masks import BLACK, MAGENTA, EraseParams, default_masks_folder, load_masks
from .pairs import fixed_pairs, to_uint8, write_pairs
from .photos import list_photos, load_faces, open_photo, split_by_photo
from .recipes import RECIPES
from .sources import SETS, default_faces

if TYPE_CHECKING:
    from .restoration import Network

BACKENDS = ("tensorflow", "jax")
FILLS = {"negro": BLACK, "magenta": MAGENTA}

SPANISH = {
    "usage: ": "uso: ",
    "options": "opciones",
    "positional arguments": "argumentos",
    "show this help message and exit": "enseña esta ayuda y acaba",
    "the following arguments are required: %s": "falta: %s",
    "unrecognized arguments: %s": "no se conoce: %s",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "%(value)s no vale, elige entre %(choices)s"
    ),
    "invalid %(type)s value: %(value)r": "%(value)s no vale aquí",
    "expected one argument": "le falta el valor",
    "%(prog)s: error: %(message)s\n": "Error: %(message)s\n",
}
"""Lo que argparse dice en inglés."""


def _fill(text: str) -> tuple[int, ...]:
    if text in FILLS:
        return FILLS[text]
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"«{text}» no vale: pon negro, magenta o tres números como 255,0,255"
        ) from None


def _number(kind: type, low: float, high: float = float("inf")) -> Callable[[str], float]:
    """Lector de números entre `low` y `high`, los dos incluidos."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            limits = f"de {low} a {high}" if high < float("inf") else f"de {low} o más"
            name = "entero" if kind is int else "número"
            raise argparse.ArgumentTypeError(f"«{text}» no vale: pon un {name} {limits}")
        return value

    return read


def _read(path: str) -> list[Photo]:
    photos, problems = read_annotations(path)
    for problem in problems:
        print(f"Aviso: {path}, {problem}", file=sys.stderr)
    faces = sum(len(photo.boxes) for photo in photos)
    print(f"{len(photos)} fotos y {faces} caras en {path}.")
    return photos


def _download(options: argparse.Namespace) -> None:
    photos = _read(options.json)
    report = download_photos(photos, options.salida)
    print(
        f"{report.got} fotos conseguidas, {report.already} que ya estaban y "
        f"{len(report.lost)} perdidas."
    )
    if report.lost:
        print(f"El motivo de cada pérdida está en {options.salida / LOST_FILE}.")
    if len(report.lost) == len(photos):
        raise UserError("No se consiguió ninguna foto: mira el motivo y comprueba tu conexión.")


def _crop(options: argparse.Namespace) -> None:
    photos = _read(options.json)
    report = crop_faces(photos, options.fotos, options.salida, options.tamano, options.lado_minimo)
    print(f"{report.faces} caras en {options.salida}, {report.upscaled} de ellas ampliadas.")
    if report.small:
        print(f"{report.small} se dejaron fuera: no llegan a {options.lado_minimo} píxeles.")
    if report.missing:
        print(f"{len(report.missing)} fotos no están en {options.fotos}.")
    for url in report.unreadable:
        print(f"Aviso: no se puede abrir la foto de {url}", file=sys.stderr)
    if not report.faces:
        raise UserError("No salió ninguna cara: comprueba --fotos y --lado-minimo.")


def _pairs(options: argparse.Namespace) -> None:
    params = EraseParams(options.max_mascaras, tuple(options.escala), options.relleno)
    train, test, unreadable = write_pairs(
        options.caras,
        options.salida,
        load_masks(options.mascaras),
        params,
        options.repeticiones,
        options.prueba,
        options.semilla,
    )
    print(f"{train + test} parejas en {options.salida}: {train} en train y {test} en test.")
    if unreadable:
        print(f"Aviso: {unreadable} caras no se pueden abrir.", file=sys.stderr)


def _train(options: argparse.Namespace) -> int:
    _check_backend()
    # Aquí y no arriba: Keras tarda segundos en cargar, y las demás órdenes no lo usan.
    from dataclasses import replace

    from .training import train

    recipe = replace(RECIPES[options.receta], seed=options.semilla)
    if options.pasos:
        recipe = replace(recipe, steps=options.pasos)
    train_photos, test_photos = split_by_photo(
        list_photos(options.caras), options.prueba, options.semilla
    )
    run = train(
        recipe,
        load_faces(train_photos, recipe.load_size),
        load_faces(test_photos[:6], recipe.size),
        options.salida,
        initial=options.desde,
        save_every=options.guardar_cada,
        tensorboard=options.tensorboard,
    )
    if run.steps < recipe.steps:
        return STOPPED
    print(f"Red entrenada en {options.salida}: {recipe.steps} pasos.")
    return 0


def _check_backend() -> None:
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend not in BACKENDS:
        raise UserError(
            f"KERAS_BACKEND vale «{backend}»: pon {' o '.join(BACKENDS)}, o bórrala del entorno."
        )


def _network(folder: Path | None) -> tuple[Network, tuple[int, int, int]]:
    """La red de una carpeta o, si no se dice ninguna, la del libro; y el color de sus huecos."""
    if folder is None:
        from .pretrained import load_pretrained

        return load_pretrained(), MAGENTA
    _check_backend()
    from .training import load_run

    run = load_run(folder)
    return run.model, run.recipe.erase.fill


def _evaluate(options: argparse.Namespace) -> None:
    from .evaluation import run_method, summary
    from .rivals import CLASSICS

    model, fill = _network(options.modelo)
    faces = load_faces(options.caras, model.size)
    params = EraseParams(scale=tuple(options.escala), fill=fill)
    x, _ = fixed_pairs(faces, load_masks(), params, options.semilla)
    erased, holes = to_uint8(x[..., :3]), x[..., 3] > 0
    print(f"{len(faces)} caras; de media falta el {holes.mean():.1%}. Intervalos del 95 %.")
    print(f"{'':16}{'PSNR del hueco, dB':>24}{'SSIM':>8}{'gradiente':>11}", flush=True)
    methods = {"nuestra red": lambda: model.restore(x)} | {
        name: partial(run_method, method, erased, holes) for name, method in CLASSICS.items()
    }
    for name, restore in methods.items():
        row = summary(restore(), faces, holes)
        low, high = row["interval"]
        psnr = f"{row['psnr']:.2f} ({low:.2f} a {high:.2f})"
        print(f"{name:16}{psnr:>24}{row['ssim']:8.3f}{row['gradient']:11.2f}", flush=True)


def _restore(options: argparse.Namespace) -> None:
    from .holes import black_hole, magenta_hole, mask_hole
    from .photos import is_jpeg, write_comparison, write_like
    from .restoration import restore_photo

    find = {"magenta": magenta_hole, "negro": black_hole}[options.color]
    network, fill = _network(options.modelo)
    restored = 0
    for path in tqdm(options.fotos, "Restaurando", unit="foto", disable=len(options.fotos) == 1):
        try:
            photo = np.asarray(open_photo(path))
            extension = ".jpg" if options.mismo_formato and is_jpeg(path) else ".png"
            target = options.salida / f"{path.stem}{extension}"
            both = options.salida / f"{path.stem}_antes_y_despues.jpg"
            for output in (target, both) if options.antes_y_despues else (target,):
                if output.exists():
                    raise UserError(f"«{output}» ya existe: elige otra carpeta con --salida.")
            hole = mask_hole(options.mascara, photo.shape[:2]) if options.mascara else find(photo)
            clean = restore_photo(network, photo, hole, fill, grain=not options.sin_grano)
            write_like(path, target, clean)
            if options.antes_y_despues:
                write_comparison(both, photo, clean)
        except UserError as error:
            tqdm.write(f"Aviso: {path}: {error}", file=sys.stderr)
            continue
        restored += 1
        tqdm.write(f"{target}: restaurado el {hole.mean():.2%} de la foto.")
    if restored < len(options.fotos):
        raise UserError(f"Se restauraron {restored} de {len(options.fotos)} fotos.")


def _faces(options: argparse.Namespace) -> None:
    if options.salida is None:
        if options.conjunto != "pequeno":
            raise UserError(
                f"Di con --salida en qué carpeta quieres el conjunto {options.conjunto}."
            )
        print(default_faces())
    else:
        print(f"{SETS[options.conjunto](options.salida)} caras en {options.salida}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("pix2pix", description="Las herramientas del libro.")
    orders = parser.add_subparsers(title="órdenes", required=True, metavar="ORDEN")

    def add(name: str, run: Callable, text: str, example: str) -> argparse.ArgumentParser:
        order = orders.add_parser(
            name, help=text, description=text.capitalize() + ".", epilog=f"Ejemplo: {example}"
        )
        order.set_defaults(run=run)
        return order

    def add_scale(order: argparse.ArgumentParser) -> None:
        order.add_argument(
            "--escala",
            type=float,
            nargs=2,
            default=(1.0, 5.0),
            metavar=("MÍNIMA", "MÁXIMA"),
            help="de las máscaras (1 5)",
        )

    def add_model(order: argparse.ArgumentParser) -> None:
        order.add_argument("--modelo", type=Path, help="carpeta de tu red (la del libro)")

    def add_split(order: argparse.ArgumentParser) -> None:
        order.add_argument(
            "--prueba", type=_number(float, 0, 1), default=0.2, help="parte para la prueba (0.2)"
        )
        order.add_argument("--semilla", type=_number(int, 0), default=0, help="del azar (0)")

    order = add(
        "descargar",
        _download,
        "descarga las fotos de un fichero como face_detection.json",
        "pix2pix descargar face_detection.json --salida fotos/",
    )
    order.add_argument("json", metavar="FICHERO.json", help="un objeto JSON por línea")
    order.add_argument("--salida", type=Path, required=True, help="carpeta de las fotos")

    order = add(
        "recortar",
        _crop,
        "recorta las caras anotadas, en cuadrados sin estirar",
        "pix2pix recortar face_detection.json --fotos fotos/ --salida caras/ --lado-minimo 64",
    )
    order.add_argument("json", metavar="FICHERO.json", help="un objeto JSON por línea")
    order.add_argument("--fotos", type=Path, required=True, help="carpeta de las fotos")
    order.add_argument("--salida", type=Path, required=True, help="carpeta de las caras")
    order.add_argument(
        "--tamano", type=_number(int, 8, 4096), default=256, help="lado de cada cara (256)"
    )
    order.add_argument(
        "--lado-minimo",
        type=_number(int, 1),
        default=1,
        help="deja fuera las caras que midan menos píxeles en la foto (1: ninguna)",
    )

    order = add(
        "parejas",
        _pairs,
        "guarda parejas de 512x256, original y borrada, para otros programas de pix2pix",
        "pix2pix parejas caras/ --salida parejas/ --relleno magenta",
    )
    order.add_argument("caras", type=Path, help="carpeta de caras o de fotos")
    order.add_argument("--salida", type=Path, required=True, help="carpeta de las parejas")
    order.add_argument(
        "--mascaras", type=Path, default=default_masks_folder(), help="carpeta de las máscaras"
    )
    order.add_argument(
        "--repeticiones", type=_number(int, 1), default=3, help="parejas por cara (3)"
    )
    order.add_argument(
        "--max-mascaras", type=_number(int, 1), default=2, help="máscaras por cara como mucho (2)"
    )
    add_scale(order)
    order.add_argument(
        "--relleno", type=_fill, default=BLACK, help="negro, magenta o R,G,B (negro)"
    )
    add_split(order)

    order = add(
        "caras",
        _faces,
        "consigue un conjunto de caras",
        "pix2pix caras --conjunto cc0 --salida caras/",
    )
    order.add_argument(
        "--conjunto", choices=SETS, default="pequeno", help="pequeno (el del libro), cc0 o lfw"
    )
    order.add_argument(
        "--salida", type=Path, help="carpeta de las caras; sin ella, dice dónde está el del libro"
    )

    order = add(
        "entrenar",
        _train,
        "entrena una red; si se para, la misma orden sigue donde estaba",
        "pix2pix entrenar caras/ --salida modelo/ --receta rapida",
    )
    order.add_argument("caras", type=Path, help="carpeta de caras o de fotos")
    order.add_argument("--salida", type=Path, required=True, help="carpeta de la red")
    order.add_argument(
        "--receta", choices=RECIPES, default="rapida", help="original, mejorada o rapida (rapida)"
    )
    order.add_argument(
        "--pasos", type=_number(int, 100), help="múltiplo de 100 (los que diga la receta)"
    )
    order.add_argument("--desde", type=Path, help="carpeta de otra red, de la que se parte")
    order.add_argument(
        "--guardar-cada", type=_number(int, 1), default=500, help="pasos entre guardados (500)"
    )
    order.add_argument(
        "--tensorboard",
        action="store_true",
        help="apunta las pérdidas en SALIDA/tensorboard, para verlas con TensorBoard",
    )
    add_split(order)

    order = add(
        "evaluar",
        _evaluate,
        "mide una red y a sus rivales clásicos sobre unas caras",
        "pix2pix evaluar otras_caras/ --modelo modelo/",
    )
    order.add_argument("caras", type=Path, help="carpeta de caras que la red no haya visto")
    add_model(order)
    add_scale(order)
    order.add_argument("--semilla", type=_number(int, 0), default=0, help="de los huecos (0)")

    order = add(
        "restaurar",
        _restore,
        "quita de unas fotos lo que hayas pintado de magenta",
        "pix2pix restaurar foto.png --salida limpias/",
    )
    order.add_argument("fotos", type=Path, nargs="+", metavar="FOTO", help="fotos pintadas")
    order.add_argument("--salida", type=Path, required=True, help="carpeta de las restauradas")
    add_model(order)
    order.add_argument(
        "--color", choices=FILLS, default="magenta", help="de qué color has pintado (magenta)"
    )
    order.add_argument(
        "--mascara", type=Path, help="dibujo del tamaño de la foto, en negro lo que se quita"
    )
    order.add_argument(
        "--mismo-formato",
        action="store_true",
        help="guarda en JPEG, con su misma calidad, lo que venga en JPEG (lo demás, en PNG)",
    )
    order.add_argument(
        "--antes-y-despues",
        action="store_true",
        help="guarda además la foto de antes y la de después, una junto a otra",
    )
    order.add_argument(
        "--sin-grano", action="store_true", help="deja liso lo restaurado, sin el grano de la foto"
    )
    return parser


def _drop_output() -> None:
    """Lo que quede por escribir no va a ninguna parte: quien lo leía se ha ido, o no cabe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def follow(arguments: Sequence[str] | None = None) -> int:
    """Cumple una orden; devuelve el código de salida (véase `__main__.main`).

    Lanza KeyboardInterrupt con Ctrl-C.
    """
    argparse._ = lambda text: SPANISH.get(text, text)
    for stream in (sys.stdout, sys.stderr):
        # Un terminal sin acentos, o un nombre de fichero que no es UTF-8, no paran nada.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(f"Aviso: {message}", file=sys.stderr)
            code = options.run(options) or 0
        sys.stdout.flush()
        return code
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        _drop_output()
        return 1
    except OSError as error:
        place = f"«{error.filename}»" if error.filename else "la salida"
        print(
            f"Error: no se puede usar {place} ({error.strerror or error}): comprueba la ruta, los "
            "permisos y el espacio libre.",
            file=sys.stderr,
        )
        if error.filename is None:
            _drop_output()
        return 1
