"""Las figuras del libro. Todas llevan texto alternativo: quien no las ve también las lee."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from IPython.display import DisplayHandle, Image, Markdown
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from .evaluation import bootstrap_interval

BLUE, ORANGE, GREEN, GRAY = "#2166ac", "#d95f02", "#1b7837", "#777777"
COLORS = [BLUE, ORANGE, GREEN, "#7b3294", "#e7298a", "#8c6d1f", "#00868b"]


def _image(figure: Figure, alt: str) -> Image:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110, bbox_inches="tight", facecolor="white")
    return Image(file.getvalue(), format="png", alt=alt)


def grid(
    images: Sequence[np.ndarray],
    alt: str,
    columns: int | None = None,
    titles: Sequence[str] = (),
    row_titles: Sequence[str] = (),
    side: float = 1.3,
) -> Image:
    """Rejilla de imágenes, por filas.

    images: uint8 (alto, ancho, 3) o bool (alto, ancho), True en negro.
    columns: imágenes por fila; si no lo dices, todas en una. Los títulos de `titles` van sobre las
    primeras imágenes y los de `row_titles`, a la izquierda de cada fila. side: pulgadas.
    """
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(side * columns, side * rows * (1.15 if titles else 1.02)))
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, image in zip(axes.flat, images, strict=False):
        if image.ndim == 2:
            ax.imshow(~image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            ax.add_patch(Rectangle((0, 0), 1, 1, transform=ax.transAxes, fill=False, ec=GRAY))
        else:
            ax.imshow(image, interpolation="nearest")
    for ax, title in zip(axes.flat, titles, strict=False):
        ax.set_title(title, fontsize=8)
    for ax, title in zip(axes[:, 0], row_titles, strict=False):
        ax.text(-0.06, 0.5, title, transform=ax.transAxes, ha="right", va="center", fontsize=8)
    figure.subplots_adjust(wspace=0.04, hspace=0.04 if len(titles) <= columns else 0.25)
    return _image(figure, alt)


def curves(
    x: np.ndarray,
    series: Mapping[str, np.ndarray],
    alt: str,
    xlabel: str,
    ylabel: str,
    references: Mapping[str, float] | None = None,
    log: bool = False,
) -> Image:
    """Varias curvas sobre el mismo eje.

    references: líneas horizontales de puntos, por nombre. log: si el eje vertical va de diez en
    diez veces.
    """
    figure = Figure(figsize=(7, 3))
    ax = figure.subplots()
    for (name, values), color in zip(series.items(), itertools.cycle(COLORS), strict=False):
        ax.plot(x, values, label=name, color=color)
    if log:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter("{x:g}")
    for name, value in (references or {}).items():
        ax.axhline(value, color=GRAY, linestyle=":", label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    legend = ax.legend(frameon=False, fontsize=9)
    if len(series) > 3:  # Dentro, los nombres taparían alguna.
        legend.set_loc("center left")
        legend.set_bbox_to_anchor((1, 0.5), ax.transAxes)
    return _image(figure, alt)


def scatter(
    x: np.ndarray, series: Mapping[str, np.ndarray], alt: str, xlabel: str, ylabel: str
) -> Image:
    """Nubes de puntos, cada una con su recta de tendencia. Una raya marca el cero."""
    figure = Figure(figsize=(7, 3.4))
    ax = figure.subplots()
    ax.axhline(0, color=GRAY, linewidth=0.8)
    for (name, values), color in zip(series.items(), itertools.cycle(COLORS), strict=False):
        ax.scatter(x, values, s=14, color=color, alpha=0.7, label=name)
        ends = np.array([x.min(), x.max()])
        ax.plot(ends, np.polyval(np.polyfit(x, values, 1), ends), color=color)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
    return _image(figure, alt)


def histogram(
    values: np.ndarray,
    alt: str,
    xlabel: str,
    ylabel: str,
    bins: int | Sequence[float] = 30,
    mark: float | None = None,
) -> Image:
    """Histograma de una medida. mark: dónde va una línea vertical de puntos, si la quieres."""
    figure = Figure(figsize=(7, 2.6))
    ax = figure.subplots()
    ax.hist(values, bins=bins, color=BLUE)
    if mark is not None:
        ax.axvline(mark, color=ORANGE, linestyle=":", label=f"{mark}")
        ax.legend(frameon=False)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    return _image(figure, alt)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Markdown:
    """Tabla con la primera columna a la izquierda y las demás a la derecha."""
    lines = [header, [":--", *["--:"] * (len(header) - 1)], *rows]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def unet_diagram(sizes: Sequence[int], widths: Sequence[int], alt: str) -> Image:
    """Esquema de una U-Net: lados y canales de cada nivel de bajada, de la imagen al fondo."""
    figure = Figure(figsize=(8, 3.4))
    ax = figure.subplots()
    levels = len(sizes)
    heights = np.linspace(1, 0.25, levels)
    for side, color in ((-1, BLUE), (1, ORANGE)):
        for level in range(levels):
            x = side * (levels - 1 - level)
            if side == 1 and level == levels - 1:
                continue
            ax.add_patch(
                FancyBboxPatch(
                    (x - 0.3, -heights[level] / 2),
                    0.6,
                    heights[level],
                    boxstyle="round,pad=0.02",
                    fc=color,
                    alpha=0.85,
                )
            )
            label = f"{sizes[level]}x{sizes[level]}\n{widths[level]}"
            ax.text(x, -heights[level] / 2 - 0.05, label, ha="center", va="top", fontsize=6)
    for level in range(levels - 1):
        x = levels - 1 - level
        ax.annotate(
            "",
            (x, heights[level] / 2 + 0.03),
            (-x, heights[level] / 2 + 0.03),
            arrowprops={"arrowstyle": "->", "color": GRAY, "connectionstyle": "arc3,rad=-0.18"},
        )
    ax.text(0, 1.18, "conexiones de salto", ha="center", fontsize=9, color=GRAY)
    ax.set(xlim=(-levels, levels), ylim=(-0.85, 1.3))
    ax.axis("off")
    return _image(figure, alt)


def receptive_field(face: np.ndarray, boxes: Mapping[str, tuple[int, int, int]], alt: str) -> Image:
    """Parches de un discriminador dibujados sobre una cara.

    boxes: nombre y (fila, columna, lado) de cada parche, en píxeles; puede salirse de la imagen.
    """
    figure = Figure(figsize=(4, 4))
    ax = figure.subplots()
    ax.imshow(face)
    for (name, (row, column, side)), color in zip(
        boxes.items(), itertools.cycle([ORANGE, "#00d0d0", "#e7298a"]), strict=False
    ):
        ax.add_patch(Rectangle((column, row), side, side, fill=False, ec=color, lw=2.5, label=name))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=len(boxes), frameon=False)
    ax.set(xlim=(-0.5, face.shape[1] - 0.5), ylim=(face.shape[0] - 0.5, -0.5))
    ax.axis("off")
    return _image(figure, alt)


def live(columns: int = 6) -> Callable[[dict[int, np.ndarray]], None]:
    """Para `watch` en `train`: en un cuaderno, pone las caras de ahora en el sitio de las de antes.

    columns: caras por fila.
    """
    shown = DisplayHandle()
    shown.display(Markdown())

    def show(restored: dict[int, np.ndarray]) -> None:
        step = max(restored)
        alt = f"Las caras de prueba, restauradas en el paso {step}."
        shown.update(grid(list(restored[step]), alt, columns, row_titles=[f"paso {step}"]))

    return show


def ladder(values: Mapping[str, np.ndarray], alt: str, xlabel: str) -> Image:
    """Una escalera: un peldaño por método, del que menos al que más, y cuánto sube cada uno.

    values: una medida de cada método en cada caso. El punto es la media y la raya, su intervalo
    del 95 %; al lado va la media y, entre paréntesis, lo que sube desde el peldaño de abajo.
    """
    names = sorted(values, key=lambda name: values[name].mean())
    means = np.array([values[name].mean() for name in names])
    figure = Figure(figsize=(7, 0.36 * len(names) + 0.7))
    ax = figure.subplots()
    ax.plot(means, np.arange(len(names)), color=GRAY, linewidth=0.8, drawstyle="steps-pre")
    reach = 0.0
    for row, (name, mean) in enumerate(zip(names, means, strict=True)):
        low, high = bootstrap_interval(values[name])
        ax.plot([low, high], [row, row], color=BLUE, linewidth=2)
        ax.plot(mean, row, "o", color=BLUE)
        rise = f"  ({mean - means[row - 1]:+.1f})" if row else ""
        ax.annotate(
            f"{mean:.1f}{rise}", (high, row), (6, 0), textcoords="offset points", va="center"
        )
        reach = max(reach, high)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel=xlabel, xlim=(None, reach + 0.18 * (reach - means[0])))
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return _image(figure, alt)
