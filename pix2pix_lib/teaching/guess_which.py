"""El lector es el juez: dos recortes del mismo sitio, ¿cuál es el de verdad?

Las parejas las hace `experiments/parejas.py` con retratos CC0 de examen: están en una sola imagen,
una pareja por fila, a la izquierda la restaurada y a la derecha la original. No se guarda ni se
envía nada de lo que se contesta. (ipywidgets 7.7 y 8.)
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache

import ipywidgets as widgets
import numpy as np
from PIL import Image

from ..errors import UserError
from ..files import ASSETS
from ..writing import percent
from .live import display_live

PICTURES = ASSETS / "guess_which.webp"
PAIRS = ASSETS / "guess_which.json"
"""De cada pareja, quién la restauró, qué se tapó y qué parte de los jueces acierta."""

CREDIT = "Retratos de faker-js/assets-person-portrait, hechos con Stable Diffusion 3 (CC0)."

ROUNDS = 20
"""Parejas de una partida."""

SIDES = ("la izquierda", "la derecha")
ALT = "Dos recortes del mismo trozo de una cara, uno al lado del otro: uno es la foto original."


@dataclass(frozen=True)
class Pair:
    """Dos recortes del mismo sitio.

    restored, original: uint8 (lado, lado, 3). method, hole: quién restauró y qué se tapó.
    judges: qué parte de los jueces acierta, de 0 a 1.
    """

    restored: np.ndarray
    original: np.ndarray
    method: str
    hole: str
    judges: float


@cache
def all_pairs() -> list[Pair]:
    """Todas las parejas. Lanza UserError si faltan o están estropeadas."""
    try:
        rows = json.loads(PAIRS.read_text(encoding="utf-8"))["parejas"]
        with Image.open(PICTURES) as file:
            pictures = np.asarray(file.convert("RGB"))
        side = len(pictures) // len(rows)
        halves = pictures.reshape(len(rows), side, 2, side, 3).swapaxes(1, 2)
        return [
            Pair(restored, original, row["metodo"], row["hueco"], row["jueces"])
            for (restored, original), row in zip(halves, rows, strict=True)
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"Las parejas de recortes («{PICTURES.name}») faltan o están estropeadas: vuelve a "
            "instalar la biblioteca."
        ) from error


def draw_game(rng: np.random.Generator) -> list[tuple[Pair, int]]:
    """Las parejas de una partida y dónde va la original de cada una: 0, izquierda; 1, derecha.

    De cada método salen las mismas, una más o menos.
    """
    methods: dict[str, list[Pair]] = {}
    for pair in rng.permutation(np.array(all_pairs(), object)):
        methods.setdefault(pair.method, []).append(pair)
    turns = [pair for turn in zip(*methods.values(), strict=False) for pair in turn][:ROUNDS]
    return [(turns[index], int(rng.integers(2))) for index in rng.permutation(len(turns))]


class GuessWhich(widgets.VBox):
    """Veinte parejas de recortes: se elige la de verdad y, al final, se compara con los jueces.

    seed: la partida; con otra, salen otras parejas. `answer` contesta desde el código.
    """

    def __init__(self, seed: int = 0):
        self.game = draw_game(np.random.default_rng(seed))
        self.rights: list[bool] = []
        self.pictures = widgets.Image(format="png")
        self.buttons = [widgets.Button(description=f"La de {side}") for side in SIDES]
        for side, button in enumerate(self.buttons):
            button.on_click(lambda _, side=side: self.answer(side))
        self.says = widgets.HTML()
        super().__init__([self.pictures, widgets.HBox(self.buttons), self.says])
        self.show("")

    def show(self, before: str) -> None:
        """Enseña la pareja que toca o, si no quedan, el resultado."""
        if len(self.rights) == len(self.game):
            self.says.value = before + self.result()
            for button in self.buttons:
                button.disabled = True
            return
        pair, side = self.game[len(self.rights)]
        crops = [pair.restored, pair.original]
        gap = np.full((len(pair.original), 8, 3), 255, np.uint8)
        row = Image.fromarray(np.hstack([crops[1 - side], gap, crops[side]]))
        file = io.BytesIO()
        row.resize((2 * row.width, 2 * row.height)).save(file, "PNG")
        self.pictures.value = file.getvalue()
        number = len(self.rights) + 1
        self.says.value = f"{before}Pareja {number} de {len(self.game)}: ¿cuál es la de verdad?"

    def answer(self, side: int) -> None:
        """Elige un recorte, 0 el de la izquierda y 1 el de la derecha, y pasa al siguiente."""
        if len(self.rights) == len(self.game):
            return
        pair, truth = self.game[len(self.rights)]
        self.rights.append(side == truth)
        verdict = "Sí" if side == truth else "No"
        other = f"La otra la restauró «{pair.method}» (hueco: {pair.hole})"
        self.show(f"{verdict}: era la de {SIDES[truth]}. {other}.<br>")

    def scores(self) -> dict[str, tuple[int, int, float]]:
        """De cada método: cuántas parejas han salido, cuántas aciertas tú y cuántas, los jueces.

        Los jueces, de media entre los cinco.
        """
        found: dict[str, tuple[int, int, float]] = {}
        for (pair, _), right in zip(self.game, self.rights, strict=False):
            count, mine, theirs = found.get(pair.method, (0, 0, 0.0))
            found[pair.method] = count + 1, mine + right, theirs + pair.judges
        return dict(sorted(found.items()))

    def result(self) -> str:
        """El resultado, en una tabla de HTML."""
        rows = self.scores()
        count, mine, theirs = map(sum, zip(*rows.values(), strict=True))
        cells = "".join(
            f"<tr><th scope='row'>{name}</th><td>{count}</td><td>{mine}</td>"
            f"<td>{theirs:.1f}</td></tr>"
            for name, (count, mine, theirs) in rows.items()
        )
        return (
            f"<p>Has acertado {mine} de {count} ({percent(mine / count)}); los jueces, con las "
            f"mismas, {theirs:.1f} de media ({percent(theirs / count)}).</p>"
            "<table><tr><th>restauró</th><th>parejas</th><th>tú</th><th>los jueces</th></tr>"
            f"{cells}</table>"
        )

    def __repr__(self) -> str:
        return "¿Cuál es la de verdad?: abre el cuaderno en Colab para jugar."

    def _ipython_display_(self) -> None:
        display_live(self, self.pictures.value, ALT)
