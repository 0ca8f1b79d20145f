"""La línea de órdenes: `pix2pix ORDEN`, una capa fina sobre la biblioteca."""

from __future__ import annotations

import argparse
import gettext
import io
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import cv2
import numpy as np
from tqdm import tqdm

from .data.marks import EXTENT, LARGEST, THRESHOLD
from .data.masks import default_masks_folder, load_masks
from .data.photos import list_photos, load_faces, open_photo, split_by_photo
from .errors import STOPPED, UserError, reason
from .files import ASSETS, cannot_write, write_whole
from .recipes import BLACK, MAGENTA, MAX_SCALE, RECIPES, SAVE_EVERY, EraseParams, vary
from .sources.annotations import Photo, read_annotations
from .sources.crops import crop_faces
from .sources.default_set import default_faces
from .sources.downloads import LOST_FILE, download_photos
from .sources.pairs_to_disk import write_pairs
from .sources.sets import FACE_SIDE, SETS
from .writing import counted, percent, printable

if TYPE_CHECKING:
    from .restoration.restore import Network

BACKENDS = ("tensorflow", "jax")
FILLS = {"negro": BLACK, "magenta": MAGENTA}

MASK_ENDING = "_mascara.png"
"""Cómo acaba el nombre de la máscara de una foto."""

LOCALE = ASSETS / "locale"
"""Lo que argparse dice en inglés, traducido: tras cambiarlo, `pybabel compile` (CONTRIBUTING)."""

Options = argparse.Namespace
ORDERS: dict[str, tuple[Callable[[Options], int | None], str, str, tuple]] = {}
"""De cada orden: quién la cumple, qué hace, un ejemplo y sus opciones."""


def order(name: str, text: str, example: str, *options: tuple) -> Callable:
    """Apunta en `ORDERS` la función que cumple una orden."""

    def register(run: Callable[[Options], int | None]) -> Callable:
        ORDERS[name] = run, text, example, options
        return run

    return register


def option(*names: str, **details: Any) -> tuple:
    """Una opción o un argumento, como los pide `ArgumentParser.add_argument`."""
    return names, details


def _fill(text: str) -> tuple[int, ...]:
    try:
        return FILLS.get(text) or tuple(int(part) for part in text.split(","))
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


ERASE = EraseParams()
ANNOTATIONS = option("json", metavar="ARCHIVO.json", help="un objeto JSON por línea")
FACES = option("caras", type=Path, help="carpeta de caras o de fotos")
MODEL = option("--modelo", type=Path, help="carpeta de tu red (la del libro)")
SCALE = option(
    "--escala",
    type=_number(float, 0.01, MAX_SCALE),
    nargs=2,
    default=ERASE.scale,
    metavar=("MÍNIMA", "MÁXIMA"),
    help="de las máscaras ({:g} {:g})".format(*ERASE.scale),
)
SEED = option(
    "--semilla", type=_number(int, 0, 2**32 - 1), default=0, help="del azar (%(default)s)"
)
TEST_SHARE = option(
    "--prueba", type=_number(float, 0, 1), default=0.2, help="parte para la prueba (%(default)s)"
)


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("está vacía: di una ruta")
    return Path(text)


def _output(content: str) -> tuple:
    return option("--salida", type=_path, required=True, help=f"carpeta de {content}")


def _say(text: str) -> None:
    tqdm.write(printable(text))


def _warn(text: str) -> None:
    tqdm.write(printable(f"Aviso: {text}"), file=sys.stderr)


def _read(path: str) -> list[Photo]:
    photos, problems = read_annotations(path)
    for problem in problems:
        _warn(f"{path}, {problem}")
    faces = sum(len(photo.boxes) for photo in photos)
    print(f"{counted(len(photos), 'foto')} y {counted(faces, 'cara')} en {path}.")
    return photos


@order(
    "descargar",
    "descarga las fotos de un archivo como face_detection.json",
    "face_detection.json --salida fotos/",
    ANNOTATIONS,
    _output("las fotos"),
)
def _download(options: Options) -> None:
    photos = _read(options.json)
    report = download_photos(photos, options.salida)
    print(
        f"{counted(report.got, 'foto conseguida')}, {report.already} de antes y "
        f"{counted(len(report.lost), 'perdida')}."
    )
    if report.lost:
        _say(f"El motivo de cada pérdida está en {options.salida / LOST_FILE}.")
    if len(report.lost) == len(photos):
        raise UserError("No se consiguió ninguna foto: mira el motivo y comprueba tu conexión.")


@order(
    "recortar",
    "recorta las caras anotadas, en cuadrados sin estirar",
    "face_detection.json --fotos fotos/ --salida caras/ --lado-minimo 64",
    ANNOTATIONS,
    option("--fotos", type=Path, required=True, help="carpeta de las fotos"),
    _output("las caras"),
    option(
        "--tamano",
        type=_number(int, 8, 4096),
        default=FACE_SIDE,
        help="lado de cada cara (%(default)s)",
    ),
    option(
        "--lado-minimo",
        type=_number(int, 1),
        default=1,
        help="deja fuera las caras que midan menos píxeles en la foto (%(default)s: ninguna)",
    ),
)
def _crop(options: Options) -> None:
    photos = _read(options.json)
    report = crop_faces(photos, options.fotos, options.salida, options.tamano, options.lado_minimo)
    _say(
        f"{counted(report.faces, 'cara')} en {options.salida}, "
        f"{counted(report.upscaled, 'ampliada')}."
    )
    if report.small:
        few = counted(report.small, "cara")
        print(f"Fuera, por no llegar a {options.lado_minimo} píxeles: {few}.")
    if report.missing:
        _say(f"Sin encontrar en {options.fotos}: {counted(len(report.missing), 'foto')}.")
    for url in report.unreadable:
        _warn(f"no se puede abrir la foto de {url}")
    if not report.faces:
        raise UserError("No salió ninguna cara: comprueba --fotos y --lado-minimo.")


@order(
    "parejas",
    "guarda parejas de 512x256, original y borrada, para otros programas de pix2pix",
    "caras/ --salida parejas/ --relleno magenta",
    FACES,
    _output("las parejas"),
    option("--mascaras", type=Path, default=default_masks_folder(), help="carpeta de las máscaras"),
    option(
        "--repeticiones", type=_number(int, 1), default=3, help="parejas por cara (%(default)s)"
    ),
    option(
        "--max-mascaras",
        type=_number(int, 1),
        default=ERASE.max_masks,
        help="máscaras por cara como mucho (%(default)s)",
    ),
    SCALE,
    option("--relleno", type=_fill, default="negro", help="negro, magenta o R,G,B (%(default)s)"),
    TEST_SHARE,
    SEED,
)
def _pairs(options: Options) -> None:
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
    _say(
        f"{counted(train + test, 'pareja')} en {options.salida}: {train} en train y {test} en test."
    )
    if unreadable:
        _warn(f"sin poder abrirse: {counted(unreadable, 'cara')}.")


@order(
    "entrenar",
    "entrena una red; si se para, la misma orden sigue donde estaba",
    "caras/ --salida modelo/ --receta rapida",
    FACES,
    _output("la red"),
    option(
        "--receta", choices=RECIPES, default="rapida", help=f"{', '.join(RECIPES)} (%(default)s)"
    ),
    option("--pasos", type=_number(int, 100), help="múltiplo de 100 (los que diga la receta)"),
    option("--desde", type=Path, help="carpeta de otra red, de la que se parte"),
    option(
        "--guardar-cada",
        type=_number(int, 1),
        default=SAVE_EVERY,
        help="pasos entre guardados (%(default)s)",
    ),
    option(
        "--tensorboard",
        action="store_true",
        help="apunta las pérdidas en SALIDA/tensorboard, para verlas con TensorBoard",
    ),
    TEST_SHARE,
    SEED,
)
def _train(options: Options) -> int:
    _check_backend()
    # Aquí y no arriba: Keras tarda segundos en cargar, y las demás órdenes no lo usan.
    from .training.loop import train

    changes = {"seed": options.semilla} | ({"steps": options.pasos} if options.pasos else {})
    recipe = vary(RECIPES[options.receta], {"training": changes})
    train_photos, test_photos = split_by_photo(
        list_photos(options.caras), options.prueba, options.semilla
    )
    shown = list(islice(filter(_opens, test_photos), 6))
    if not shown:
        raise UserError(
            f"No se puede leer ninguna foto de prueba, de {len(test_photos)}: quita las "
            "estropeadas o cambia --semilla."
        )
    run = train(
        recipe,
        load_faces(train_photos, recipe.data.load_size),
        load_faces(shown, recipe.data.size),
        options.salida,
        initial=options.desde,
        save_every=options.guardar_cada,
        tensorboard=options.tensorboard,
    )
    if run.steps < recipe.training.steps:
        return STOPPED
    _say(f"Red entrenada en {options.salida}: {recipe.training.steps} pasos.")
    return 0


def _opens(path: Path) -> bool:
    try:
        open_photo(path)
    except UserError as error:
        _warn(str(error))
        return False
    return True


def _check_backend() -> None:
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend not in BACKENDS:
        raise UserError(
            f"KERAS_BACKEND vale «{backend}»: pon {' o '.join(BACKENDS)}, o bórrala del entorno."
        )


def _network(folder: Path | None) -> Network:
    """La red de una carpeta o, si no se dice ninguna, la del libro."""
    if folder is None:
        from .restoration.pretrained import load_pretrained

        return load_pretrained()
    _check_backend()
    from .training.runs import load_run

    return load_run(folder).model


@order(
    "evaluar",
    "mide una red y a sus rivales clásicos sobre unas caras",
    "otras_caras/ --modelo modelo/",
    option("caras", type=Path, help="carpeta de caras que la red no haya visto"),
    MODEL,
    SCALE,
    SEED,
)
def _evaluate(options: Options) -> None:
    from .evaluation.baselines import CLASSICS
    from .evaluation.exams import faces_exam
    from .evaluation.statistics import bootstrap_interval

    model = _network(options.modelo)
    faces = load_faces(options.caras, model.size)
    params = EraseParams(scale=tuple(options.escala))
    exam = faces_exam(faces, load_masks(), params, options.semilla)
    missing = np.mean([case.hole.mean() for case in exam.cases])
    print(
        f"{counted(len(faces), 'cara')}; de media falta el {percent(missing, 1)}. "
        f"Intervalos del {percent(0.95)}."
    )
    print(f"{'':16}{'PSNR del hueco, dB':>24}{'SSIM':>8}{'gradiente':>11}", flush=True)
    marks = {"nuestra red": lambda: exam.mark(model.restore(exam.inputs(model.erase)))} | {
        name: partial(exam.score, method) for name, method in CLASSICS.items()
    }
    for name, take in marks.items():
        scores = take()
        low, high = bootstrap_interval(scores["psnr"])
        psnr = f"{scores['psnr'].mean():.2f} ({low:.2f} a {high:.2f})"
        ssim, gradient = scores["ssim"].mean(), np.median(scores["gradiente"])
        print(f"{name:16}{psnr:>24}{ssim:8.3f}{gradient:11.2f}", flush=True)


MASK_COLOR = option(
    "--mascara-quita",
    choices=("negro", "blanco"),
    help="de qué color está lo marcado en las máscaras (negro)",
)
RESTORING = (
    _output("las restauradas"),
    MODEL,
    option("--mascara", type=Path, help="dibujo del tamaño de la foto, en negro lo que se quita"),
    MASK_COLOR,
    option(
        "--mismo-formato",
        action="store_true",
        help="guarda en JPEG, con su misma calidad, lo que venga en JPEG (lo demás, en PNG); al "
        "comprimirse de nuevo, cambian un poco algunos píxeles de fuera de lo pintado",
    ),
    option(
        "--antes-y-despues",
        action="store_true",
        help="guarda además la foto de antes y la de después, una junto a otra",
    ),
    option(
        "--sin-grano", action="store_true", help="deja liso lo restaurado, sin el grano de la foto"
    ),
    option(
        "--fiel",
        action="store_true",
        help="no dibuja un ojo, una nariz o una boca que no se ven: los deja lisos",
    ),
)
"""Lo que se puede pedir al restaurar, sea cual sea el hueco."""


def _each_photo(options: Options, doing: str, done: str, treat: Callable[[Path], str]) -> int:
    """Hace lo mismo con cada foto y dice lo que devuelve: lo que falla en una no para las demás.

    doing, done: cómo se llama lo que se hace, «Restaurando», y cómo queda la foto, «restaurada».
    Devuelve el código de salida. Lanza UserError si alguna falló.
    """
    photos = [each for path in options.fotos for each in _photos_of(path)]
    finished = 0
    for tried, path in enumerate(tqdm(photos, doing, unit="foto", disable=len(photos) == 1)):
        try:
            _say(treat(path))
        except KeyboardInterrupt:
            print(
                f"\nParado: {counted(finished, f'foto {done}')} y {len(photos) - tried} sin hacer. "
                "Repite la orden con las que faltan, o con otra carpeta en --salida.",
                file=sys.stderr,
            )
            return STOPPED
        except (UserError, OSError) as error:
            problem = cannot_write(options.salida, error) if isinstance(error, OSError) else error
            _warn(f"{path}: {problem}")
            continue
        finished += 1
    if finished < len(photos):
        raise UserError(f"Fotos {done}s: {finished} de {len(photos)}.")
    return 0


def _photos_of(path: Path) -> list[Path]:
    return list_photos(path) if path.is_dir() else [path]


def _new_file(path: Path) -> Path:
    if path.exists():
        raise UserError(f"«{path}» ya existe: elige otra carpeta con --salida.")
    return path


def _write_restored(
    options: Options, network: Network, path: Path, photo: np.ndarray, hole: np.ndarray
) -> str:
    """Restaura una foto y la guarda como pidan las opciones de `RESTORING`; dice lo que ha hecho.

    photo, hole: como en `restore_photo`.
    """
    from .restoration.holes import short_strokes
    from .restoration.restore import restore_photo
    from .restoration.saving import save_options, write_comparison, write_photo

    saving, lost = save_options(path, options.mismo_formato)
    extension = ".jpg" if saving["format"] == "JPEG" else ".png"
    target = _new_file(options.salida / f"{path.stem}{extension}")
    if options.antes_y_despues:
        both = _new_file(options.salida / f"{path.stem}_antes_y_despues.jpg")
    clean = restore_photo(
        network, photo, hole, grain=not options.sin_grano, features=not options.fiel
    )
    write_photo(target, clean, saving)
    if options.antes_y_despues:
        write_comparison(both, photo, clean)
    if lost:
        _warn(f"{target} no lleva {', ni '.join(lost)} de {path}.")
    if short := short_strokes(photo, hole):
        _warn(
            f"{target}: mira si queda un cerco alrededor de {counted(short, 'trazo')}: la "
            "mancha parece seguir por fuera. Si queda, pinta un poco más ancho."
        )
    return f"{target}: restaurado el {percent(hole.mean(), 2)} de la foto."


@order(
    "restaurar",
    "quita de unas fotos lo que hayas pintado de magenta",
    "foto.png --salida limpias/",
    option("fotos", type=Path, nargs="+", metavar="FOTO", help="fotos pintadas, o su carpeta"),
    option(
        "--color", choices=FILLS, default="magenta", help="de qué color has pintado (%(default)s)"
    ),
    *RESTORING,
)
def _restore(options: Options) -> int:
    from .restoration.holes import black_hole, magenta_hole, mask_hole

    find = {"magenta": magenta_hole, "negro": black_hole}[options.color]
    network = _network(options.modelo)

    def treat(path: Path) -> str:
        photo = np.asarray(open_photo(path))
        hole = (
            mask_hole(options.mascara, photo.shape[:2], options.mascara_quita)
            if options.mascara
            else find(photo)
        )
        return _write_restored(options, network, path, photo, hole)

    return _each_photo(options, "Restaurando", "restaurada", treat)


@order(
    "limpiar",
    "busca imperfecciones en las caras de unas fotos y las quita",
    "foto.jpg --salida limpias/",
    option("fotos", type=Path, nargs="+", metavar="FOTO", help="fotos, o su carpeta"),
    option(
        "--umbral",
        type=_number(float, EXTENT, 1),
        default=THRESHOLD,
        help=f"lo segura que ha de estar la red, de {EXTENT} a 1 (%(default)s)",
    ),
    option(
        "--tamano-maximo",
        type=_number(float, 0, 1),
        default=LARGEST,
        help="no quita lo que mida más, en anchos de la cara (%(default)s)",
    ),
    option(
        "--solo-mascara",
        action="store_true",
        help="no quita nada: guarda lo que quitaría en FOTO_mascara.png, en negro, para que lo "
        "corrijas y lo devuelvas con --mascara; si son varias, con su carpeta",
    ),
    option(
        "--conservar", type=Path, help="dibujo del tamaño de la foto, en negro lo que no se toca"
    ),
    *RESTORING,
)
def _clean(options: Options) -> int:
    from .restoration.faces import find_faces
    from .restoration.finding import find_marks, hole_of
    from .restoration.holes import mask_hole
    from .restoration.saving import write_photo

    network = _network(options.modelo)

    def drawn(mask: Path | None, path: Path, shape: tuple[int, int]) -> np.ndarray:
        if mask is None:
            return np.zeros(shape, bool)
        mask = mask / f"{path.stem}{MASK_ENDING}" if mask.is_dir() else mask
        return mask_hole(mask, shape, options.mascara_quita)

    def treat(path: Path) -> str:
        photo = np.asarray(open_photo(path))
        hole, kept = (
            drawn(mask, path, photo.shape[:2]) for mask in (options.mascara, options.conservar)
        )
        nothing = "no hay nada que quitar"
        if not options.mascara:
            faces = find_faces(photo)
            nothing = f"no se ha encontrado {'nada que quitar' if faces else 'ninguna cara'}"
            marks = find_marks(photo, faces, options.umbral, options.tamano_maximo)
            # Una marca que asoma por lo que se conserva tampoco se toca.
            hole = hole_of((mark for mark in marks if not kept[mark.where].any()), hole.shape)
        hole &= ~kept
        if options.solo_mascara:
            target = _new_file(options.salida / f"{path.stem}{MASK_ENDING}")
            write_photo(target, ~hole, {"mode": "L", "format": "PNG"})
            count, _ = cv2.connectedComponents(hole.view(np.uint8))
            found = f"quitaría {counted(count - 1, 'marca')}"
            return f"{target}: {found if hole.any() else nothing}."
        if not hole.any():
            target = _new_file(options.salida / path.name)
            write_whole(target, path.read_bytes())
            return f"{target}: {nothing}; la foto se ha copiado tal cual."
        return _write_restored(options, network, path, photo, hole)

    return _each_photo(options, "Limpiando", "limpia", treat)


@order(
    "exportar",
    "guarda una red entrenada en un archivo ONNX, para usarla en un navegador",
    "modelo/ --salida red.onnx",
    option("carpeta", type=Path, nargs="?", help="carpeta de tu red (la del libro)"),
    option("--salida", type=_path, required=True, help="archivo en el que se guarda"),
    option(
        "--pesos",
        choices=("float16", "int8"),
        default="float16",
        help="en qué se guardan: int8 ocupa la mitad y pierde algo (%(default)s)",
    ),
)
def _export(options: Options) -> None:
    packages = ["onnx"] if options.carpeta is None else ["onnx", "tf2onnx"]
    if missing := [name for name in packages if not find_spec(name)]:
        raise UserError(
            f"Para exportar esta red falta {' y '.join(missing)}: escribe «pip install "
            f"{' '.join(missing)}» y repite la orden."
        )
    from .restoration.exporting import opened_network, opened_run

    if options.salida.exists():
        raise UserError(f"«{options.salida}» ya existe: elige otro nombre con --salida.")
    if options.carpeta is None:
        content = opened_network(options.pesos)
    else:
        _check_backend()
        content = opened_run(options.carpeta, options.pesos)
    write_whole(options.salida, content)
    _say(f"Red guardada en {options.salida}: {len(content) / 1e6:.1f} MB.")


@order(
    "caras",
    "consigue un conjunto de caras",
    "--conjunto cc0 --salida caras/",
    option(
        "--conjunto",
        choices=SETS,
        default="pequeno",
        help="pequeno (el del libro), cc0, congreso o lfw",
    ),
    option(
        "--salida", type=_path, help="carpeta de las caras; sin ella, dice dónde está el del libro"
    ),
)
def _faces(options: Options) -> None:
    if options.salida is None:
        if options.conjunto != "pequeno":
            raise UserError(
                f"Di con --salida en qué carpeta quieres el conjunto {options.conjunto}."
            )
        print(default_faces())
    else:
        _say(f"{counted(SETS[options.conjunto](options.salida), 'cara')} en {options.salida}.")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def _parser() -> argparse.ArgumentParser:
    # argparse busca sus textos en el catálogo de la lengua que diga el entorno.
    os.environ["LANGUAGE"] = "es"
    gettext.bindtextdomain("argparse", LOCALE)
    gettext.textdomain("argparse")
    parser = _Parser("pix2pix", description="Las herramientas del libro.")
    orders = parser.add_subparsers(title="órdenes", required=True, metavar="ORDEN")
    for name, (run, text, example, options) in ORDERS.items():
        order = orders.add_parser(
            name,
            help=text,
            description=text.capitalize() + ".",
            epilog=f"Ejemplo: pix2pix {name} {example}",
        )
        order.set_defaults(run=run)
        for names, details in options:
            order.add_argument(*names, **details)
    return parser


def _drop_output() -> None:
    """Lo que quede por escribir no va a ninguna parte: quien lo leía se ha ido, o no cabe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def follow(arguments: Sequence[str] | None = None) -> int:
    """Cumple una orden; devuelve el código de salida (véase `__main__.main`).

    Lanza KeyboardInterrupt con Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        # Un terminal sin acentos, o un nombre de archivo que no es UTF-8, no paran nada.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: _warn(str(message))
            code = options.run(options) or 0
        sys.stdout.flush()
        return code
    except UserError as error:
        print(printable(f"Error: {error}"), file=sys.stderr)
        return 1
    except BrokenPipeError:
        _drop_output()
        return 1
    except OSError as error:
        place = f"«{error.filename}»" if error.filename else "la salida"
        print(
            printable(
                f"Error: no se puede usar {place} ({reason(error)}): comprueba la ruta, los "
                "permisos y el espacio libre."
            ),
            file=sys.stderr,
        )
        if error.filename is None:
            _drop_output()
        return 1
