"""El formato de `face_detection.json`: una foto por línea, con las cajas de sus caras."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..data.photos import PHOTO_EXTENSIONS
from ..errors import UserError, reason

OUTSIDE = 2
"""Una parte mayor no es de una caja que se sale de la foto: son píxeles."""

PER_CENT = 100

OTHER_FORMATS = {
    "COCO": r'"images"\s*:.*"categories"\s*:|"categories"\s*:.*"images"\s*:',
    "Label Studio": r'"(from_name|rectanglelabels|original_width)"',
    "VOC": r"<annotation\b",
}
"""Lo que llevan los archivos de otros programas, para llamarlos por su nombre."""


class Box(NamedTuple):
    """Caja de una cara, en partes del ancho y del alto de la foto, de 0 a 1.

    La foto es la que se ve: girada ya según su EXIF.
    """

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Photo:
    """Una foto anotada.

    url: dónde estaba. boxes: sus caras, por orden de aparición y sin repetir.
    """

    url: str
    boxes: tuple[Box, ...]

    @property
    def published_name(self) -> str:
        """El nombre que la foto tenía en su dirección."""
        return PurePosixPath(unquote(re.split("[?#]", self.url)[0])).name

    @property
    def file_name(self) -> str:
        """Nombre con el que se guarda: legible, único por dirección y válido en cualquier disco."""
        published = PurePosixPath(self.published_name)
        extension = published.suffix.lower()
        if extension not in PHOTO_EXTENSIONS:
            extension = ".jpg"
        readable = re.sub(r"[^a-z0-9]+", "-", published.stem.lower())[:40].strip("-")
        digest = hashlib.sha256(self.url.encode()).hexdigest()[:10]
        return f"{readable}-{digest}{extension}".lstrip("-")


def _corners(annotation: Any) -> list[float] | None:
    """Las esquinas (x, y, x, y) de una anotación, como las diga; None si no las dice."""
    try:
        (x0, y0), (x1, y1) = ((float(p["x"]), float(p["y"])) for p in annotation["points"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    corners = [x0, y0, x1, y1]
    return corners if all(map(math.isfinite, corners)) else None


def _read_box(annotation: Any) -> Box:
    """La caja de una anotación, recortada a la foto. Lanza ValueError si no queda nada de ella."""
    corners = _corners(annotation)
    if corners is None:
        raise ValueError("cajas que no valen")
    if max(corners) > OUTSIDE:
        try:
            size = float(annotation["imageWidth"]), float(annotation["imageHeight"])
            corners = [value / side for value, side in zip(corners, size * 2, strict=True)]
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            corners = [math.inf]
        if not max(corners) <= OUTSIDE:
            raise ValueError("cajas en píxeles, que no caben en «imageWidth» por «imageHeight»")
    left, top, right, bottom = (min(max(value, 0.0), 1.0) for value in corners)
    (left, right), (top, bottom) = sorted((left, right)), sorted((top, bottom))
    if left == right or top == bottom:
        raise ValueError("cajas que no valen")
    return Box(left, top, right, bottom)


def _read_record(record: Any) -> tuple[Photo, Counter[str]]:
    """La foto de un objeto y cuántas de sus cajas no valen, y por qué.

    Lanza ValueError si no hay foto.
    """
    if record is None:
        raise ValueError("no es JSON")
    if not isinstance(record, dict):
        raise ValueError("no es un objeto JSON")
    url = record.get("content")
    if not isinstance(url, str) or not url.strip():
        raise ValueError("le falta «content», la dirección de la foto")
    url = url.strip().encode(errors="replace").decode()
    annotations = record.get("annotation") or []
    if not isinstance(annotations, list):
        raise ValueError("«annotation» no es una lista")
    boxes, bad = [], Counter[str]()
    for annotation in annotations:
        try:
            boxes.append(_read_box(annotation))
        except ValueError as error:
            bad[str(error)] += 1
    return Photo(url, tuple(boxes)), bad


def _parse(text: str) -> Any:
    """Lo que dice un texto en JSON; None si no es JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _records(text: str) -> Iterator[tuple[str, Any]]:
    """Cada objeto y dónde está: uno por línea, también si acaban en coma, o todos en una lista."""
    whole = _parse(text)
    if isinstance(whole, list):
        yield from ((f"foto {number}", record) for number, record in enumerate(whole, 1))
    elif whole is not None:
        yield "línea 1", whole
    else:
        for number, line in enumerate(text.splitlines(), 1):
            if record := line.strip(" \t,[]"):
                yield f"línea {number}", _parse(record)


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"No se puede leer «{path}» ({reason(error)}): comprueba la ruta."
        ) from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:2]:
        raise UserError(f"«{path}» está en UTF-16: guárdalo en UTF-8.")
    return content.decode("utf-8-sig", errors="replace")


def read_annotations(path: str | Path) -> tuple[list[Photo], list[str]]:
    """Lee un archivo como `face_detection.json`.

    Las esquinas van en partes de la foto; las que pasan de `OUTSIDE`, en píxeles, y se dividen por
    `imageWidth` e `imageHeight`.
    Devuelve las fotos, por orden y una vez cada dirección, y una frase por cada línea o caja que
    no se pudo usar, con su número de línea. Lo demás no se pierde.
    Lanza UserError si no hay ninguna foto, y nombra el formato si lo conoce, o si las esquinas
    parecen ir en tanto por ciento.
    """
    path = Path(path)
    text = _read_text(path)
    boxes: dict[str, dict[Box, None]] = {}
    problems = []
    largest = 0.0
    for place, record in _records(text):
        try:
            photo, bad = _read_record(record)
        except ValueError as error:
            problems.append(f"{place}: {error}")
            continue
        problems += [f"{place}: {problem}: {count}" for problem, count in bad.items()]
        boxes.setdefault(photo.url, {}).update(dict.fromkeys(photo.boxes))
        corners = [_corners(annotation) or [0.0] for annotation in record.get("annotation") or []]
        largest = max(largest, *map(max, corners), 0.0)
    if OUTSIDE < largest <= PER_CENT:
        raise UserError(
            f"Las cajas de «{path}» llegan a {largest:g}, y no se sabe si van en píxeles o en "
            "tanto por ciento: ponlas en partes de la foto, de 0 a 1."
        )
    if not boxes:
        wanted = "un objeto JSON por línea, con su «content» y su «annotation»"
        for name, content in OTHER_FORMATS.items():
            if re.search(content, text, re.DOTALL):
                raise UserError(
                    f"«{path}» está en el formato de {name}, que aquí no se lee: conviértelo a "
                    f"{wanted}."
                )
        raise UserError(f"«{path}» no tiene ninguna foto: ha de llevar {wanted}.")
    return [Photo(url, tuple(found)) for url, found in boxes.items()], problems
