"""El formato de `face_detection.json`: una foto por línea, con las cajas de sus caras."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..data.photos import PHOTO_EXTENSIONS
from ..errors import UserError


class Box(NamedTuple):
    """Caja de una cara, en partes del ancho y del alto de la foto, de 0 a 1."""

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


def _read_box(annotation: Any) -> Box | None:
    """La caja de una anotación, recortada a la foto; None si no queda nada de ella."""
    try:
        (x0, y0), (x1, y1) = ((float(p["x"]), float(p["y"])) for p in annotation["points"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        return None
    left, right = sorted(min(max(x, 0.0), 1.0) for x in (x0, x1))
    top, bottom = sorted(min(max(y, 0.0), 1.0) for y in (y0, y1))
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def _read_line(line: str) -> tuple[Photo, int]:
    """La foto de una línea y cuántas de sus cajas no valen. Lanza ValueError si no hay foto."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("no es JSON") from None
    if not isinstance(record, dict):
        raise ValueError("no es un objeto JSON")
    url = record.get("content")
    if not isinstance(url, str) or not url.strip():
        raise ValueError("le falta «content», la dirección de la foto")
    url = url.strip().encode(errors="replace").decode()
    annotations = record.get("annotation") or []
    if not isinstance(annotations, list):
        raise ValueError("«annotation» no es una lista")
    boxes = [_read_box(annotation) for annotation in annotations]
    return Photo(url, tuple(box for box in boxes if box)), boxes.count(None)


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise UserError(
            f"No se puede leer «{path}» ({error.strerror}): comprueba la ruta."
        ) from error


def read_annotations(path: str | Path) -> tuple[list[Photo], list[str]]:
    """Lee un fichero como `face_detection.json`.

    Devuelve las fotos, por orden y una vez cada dirección, y una frase por cada línea o caja que
    no se pudo usar, con su número de línea. Lo demás no se pierde.
    Lanza UserError si no hay ninguna foto.
    """
    path = Path(path)
    boxes: dict[str, dict[Box, None]] = {}
    problems = []
    for number, line in _numbered_lines(path):
        try:
            photo, bad = _read_line(line)
        except ValueError as error:
            problems.append(f"línea {number}: {error}")
            continue
        if bad:
            problems.append(f"línea {number}: cajas que no valen: {bad}")
        boxes.setdefault(photo.url, {}).update(dict.fromkeys(photo.boxes))
    if not boxes:
        raise UserError(
            f"«{path}» no tiene ninguna foto: ha de llevar un objeto JSON por línea, con su "
            "«content»."
        )
    return [Photo(url, tuple(found)) for url, found in boxes.items()], problems
