"""Las figuras del libro. Todas llevan texto alternativo: quien no las ve también las lee."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from IPython.display import DisplayHandle, Image, Markdown
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..evaluation.statistics import bootstrap_interval
from .frames import Frames, to_pixels

BLUE, ORANGE, GREEN, GRAY = "#2166ac", "#d95f02", "#1b7837", "#777777"
COLORS = [BLUE, ORANGE, GREEN, "#7b3294", "#e7298a", "#8c6d1f", "#00868b"]


def to_image(figure: Figure, alt: str) -> Image:
    """La figura en un PNG, con su texto alternativo."""
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
    return to_image(figure, alt)


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
    if len(ax.lines) > 2:  # Dentro, los nombres taparían alguna.
        legend.set_loc("center left")
        legend.set_bbox_to_anchor((1, 0.5), ax.transAxes)
    return to_image(figure, alt)


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
    return to_image(figure, alt)


def tradeoff(
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]],
    alt: str,
    xlabel: str,
    ylabel: str,
    spots: Mapping[str, tuple[float, float]] | None = None,
) -> Image:
    """Lo que se gana y lo que se paga según el umbral: una línea por método, cada una con su x.

    Un método con un solo umbral es un punto. spots: puntos sueltos, por nombre, con un aspa.
    """
    figure = Figure(figsize=(7, 3.4))
    ax = figure.subplots()
    for (name, (x, y)), color in zip(lines.items(), itertools.cycle(COLORS), strict=False):
        ax.plot(x, y, "o" if np.size(x) == 1 else "-", label=name, color=color)
    for (name, (across, up)), mark in zip((spots or {}).items(), "X*P", strict=False):
        ax.plot(across, up, mark, color="black", markersize=8, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
    return to_image(figure, alt)


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
    return to_image(figure, alt)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Markdown:
    """Tabla con la primera columna a la izquierda y las demás a la derecha."""
    lines = [header, [":--", *["--:"] * (len(header) - 1)], *rows]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _show_face(ax, face: np.ndarray) -> None:
    ax.imshow(face)
    ax.set(xlim=(-0.5, face.shape[1] - 0.5), ylim=(face.shape[0] - 0.5, -0.5))
    ax.axis("off")


def field_of_view(face: np.ndarray, boxes: Mapping[str, tuple[int, int, int]], alt: str) -> Image:
    """Parches de un discriminador dibujados sobre una cara.

    boxes: nombre y (fila, columna, lado) de cada parche, en píxeles; puede salirse de la imagen.
    """
    figure = Figure(figsize=(4, 4))
    ax = figure.subplots()
    _show_face(ax, face)
    for (name, (row, column, side)), color in zip(
        boxes.items(), itertools.cycle([ORANGE, "#00d0d0", "#e7298a"]), strict=False
    ):
        ax.add_patch(Rectangle((column, row), side, side, fill=False, ec=color, lw=2.5, label=name))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=len(boxes), frameon=False)
    return to_image(figure, alt)


def growing_field(face: np.ndarray, views: Sequence[tuple[int, int, int]], alt: str) -> Frames:
    """Lo que ve un número de cada capa de una red, el del centro, y el centro de lo que ven todos.

    views: de cada capa, el lado de lo que ve cada número, dónde empieza el primero y cada cuántos
    píxeles hay uno. El marco es igual por los dos lados.
    """
    pictures, told = [], []
    for layer, (side, first, jump) in enumerate(views, 1):
        corners = np.arange(first, len(face) - first - side + 1, jump)
        corner = corners[len(corners) // 2 - 1]
        figure = Figure(figsize=(4, 4), dpi=110)
        ax = figure.add_axes((0, 0, 1, 1))
        _show_face(ax, face)
        rows, columns = np.meshgrid(*[corners + (side - 1) / 2] * 2, indexing="ij")
        (dots,) = ax.plot(columns.ravel(), rows.ravel(), ".", color="white", mec="black")
        dots.set(markersize=0.35 * jump, markeredgewidth=0.04 * jump)
        ax.add_patch(Rectangle((corner, corner), side, side, fill=False, ec=ORANGE, lw=2.5))
        pictures.append(to_pixels(figure))
        count = f"{len(corners)}x{len(corners)}"
        told.append(
            f"Capa {layer}: {count} números, uno cada {jump} píxeles. Cada uno ve un cuadrado de "
            f"{side} píxeles de lado."
        )
    return Frames(pictures, told, alt, "capa", start=-1)


def beside_curves(
    draw: Callable[[Axes, int], object],
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    told: Sequence[str],
    alt: str,
    xlabel: str,
    name: str,
    start: int = 0,
) -> Frames:
    """Algo que cambia y, al lado, sus medidas, una curva cada una, con un punto donde se está.

    draw: dibuja en unos ejes el momento que se le diga, desde 0. x, series: en cada momento, lo que
    cambia y lo que se mide. told: qué se dice de cada uno.
    """
    pictures = []
    for index in range(len(x)):
        figure = Figure(figsize=(4.8, 2.8), dpi=110)
        places = figure.add_gridspec(len(series), 2, width_ratios=[1.1, 1])
        draw(figure.add_subplot(places[:, 0]), index)
        for row, ((title, values), color) in enumerate(zip(series.items(), COLORS, strict=False)):
            ax = figure.add_subplot(places[row, 1])
            ax.plot(x, values, color=GRAY, linewidth=0.8)
            ax.plot(x[: index + 1], values[: index + 1], color=color)
            ax.plot(x[index], values[index], "o", color=color)
            ax.set_title(title, fontsize=9, loc="left", color=color)
            ax.tick_params(labelsize=8, labelbottom=row == len(series) - 1)
            ax.spines[["top", "right"]].set_visible(False)
        ax.set_xlabel(xlabel, fontsize=9)
        figure.subplots_adjust(0.02, 0.16, 0.98, 0.91, wspace=0.3, hspace=0.45)
        pictures.append(to_pixels(figure))
    return Frames(pictures, told, alt, name, start)


def photos_and_curves(images: Sequence[np.ndarray], *details, **more) -> Frames:
    """Una imagen que cambia y, al lado, sus medidas: lo demás, como en `beside_curves`."""

    def draw(ax: Axes, index: int) -> None:
        ax.imshow(images[index], interpolation="nearest")
        ax.axis("off")

    return beside_curves(draw, *details, **more)


def samples_and_curves(
    moments: Sequence[Mapping[str, np.ndarray]], *details, span: tuple[float, float], **more
) -> Frames:
    """Unos histogramas que cambian y, al lado, sus medidas: lo demás, como en `beside_curves`.

    moments: los números de cada momento, por nombre. span: de dónde a dónde se dibujan.
    """
    bins = np.linspace(*span, 50).tolist()
    samples = [values for moment in moments for values in moment.values()]
    top = max(np.histogram(values, bins)[0].max() for values in samples)

    def draw(ax: Axes, index: int) -> None:
        _histograms(ax, moments[index], bins)
        ax.set_ylim(0, 1.2 * top)
        ax.set_xlabel("valor", fontsize=9)
        ax.tick_params(labelsize=8)
        ax.legend(frameon=False, fontsize=8, loc="upper left")

    return beside_curves(draw, *details, **more)


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


def _histograms(ax: Axes, samples: Mapping[str, np.ndarray], bins: Sequence[float]) -> None:
    for (label, values), color in zip(samples.items(), COLORS, strict=False):
        ax.hist(values, bins=bins, color=color, alpha=0.55, label=label)
    ax.set(yticks=[])
    ax.spines[["top", "right", "left"]].set_visible(False)


def distributions(
    moments: Mapping[str, Mapping[str, np.ndarray]],
    alt: str,
    xlabel: str,
    span: tuple[float, float],
) -> Image:
    """Histogramas superpuestos, un recuadro por momento. span: de dónde a dónde se dibujan."""
    figure = Figure(figsize=(2.7 * len(moments), 2.4))
    axes = figure.subplots(1, len(moments), sharey=True, squeeze=False)[0]
    bins = np.linspace(*span, 50).tolist()
    for ax, (name, samples) in zip(axes, moments.items(), strict=True):
        _histograms(ax, samples, bins)
        ax.set(xlabel=xlabel)
        ax.set_title(name, fontsize=9)
    names = axes[0].get_legend_handles_labels()
    figure.legend(*names, frameon=False, fontsize=9, loc="upper center", ncols=2, borderaxespad=0)
    figure.subplots_adjust(wspace=0.08, top=0.8)
    return to_image(figure, alt)


def maps(
    rows: Mapping[str, Sequence[np.ndarray]],
    alt: str,
    titles: Sequence[str] = (),
    limit: float | None = None,
    label: str = "",
    side: float = 1.2,
) -> Image:
    """Filas de imágenes y de mapas de números, con el nombre de cada fila a la izquierda.

    rows: en cada fila, imágenes uint8 (alto, ancho, 3) o mapas float (alto, ancho).
    titles: los de las columnas. limit: si lo dices, todos los mapas usan los mismos colores, de
    -limit (naranja) a limit (morado), con su escala al lado, que se llama `label`; si no, cada mapa
    va de su número menor (oscuro) al mayor (claro).
    """
    columns = max(map(len, rows.values()))
    figure = Figure(figsize=(side * columns, side * len(rows)))
    axes = figure.subplots(len(rows), columns, squeeze=False)
    figure.subplots_adjust(wspace=0.06, hspace=0.06)
    shown = None
    for line, (name, cells) in zip(axes, rows.items(), strict=True):
        for ax in line:
            ax.axis("off")
        for ax, cell in zip(line, cells, strict=False):
            if cell.ndim == 3:
                ax.imshow(cell, interpolation="nearest")
            elif limit is None:
                ax.imshow(cell, cmap="viridis", interpolation="nearest")
            else:
                colors = {"cmap": "PuOr", "vmin": -limit, "vmax": limit}
                shown = ax.imshow(cell, **colors, interpolation="nearest")
        line[0].text(
            -0.06, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=9
        )
    for ax, title in zip(axes[0], titles, strict=False):
        ax.set_title(title, fontsize=9)
    if shown is not None:
        figure.colorbar(shown, ax=axes, fraction=0.03, pad=0.02, label=label)
    return to_image(figure, alt)


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
    return to_image(figure, alt)
