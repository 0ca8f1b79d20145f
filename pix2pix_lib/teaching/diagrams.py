"""Los esquemas del libro: redes, convoluciones y descensos, dibujados. Con texto alternativo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from IPython.display import Image
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from .figures import BLUE, GRAY, GREEN, ORANGE, to_image
from .frames import Frames, to_pixels


def unet_diagram(sizes: Sequence[int], widths: Sequence[int], alt: str) -> Image:
    """Esquema de una U-Net, con forma de U: un brazo que baja, el fondo y otro que sube.

    sizes, widths: el lado y los canales de cada nivel de bajada, de la imagen al fondo.
    """
    bottom = len(sizes) - 1
    figure = Figure(figsize=(7.5, 0.62 * len(sizes) + 0.8))
    ax = figure.subplots()
    halves = np.linspace(0.7, 0.3, len(sizes))
    arm, gap = 1.5, 0.3  # de cada brazo al centro; del centro de un bloque a la punta de su flecha
    for level, half in enumerate(halves):
        label = f"{sizes[level]}x{sizes[level]}, {widths[level]}"
        if level == bottom:
            _box(ax, 0, -level, "", BLUE, half)
            ax.text(0, -level - 0.4, label, ha="center", va="top", fontsize=8.5)
            continue
        for side, color, align in ((-1, BLUE, "right"), (1, ORANGE, "left")):
            _box(ax, side * arm, -level, "", color, half)
            edge = side * (arm + half + 0.15)
            ax.text(edge, -level, label, ha=align, va="center", fontsize=8.5)
        _arrow(ax, (half + 0.08 - arm, -level), (arm - half - 0.08, -level))
        if level + 1 < bottom:
            _arrow(ax, (-arm, -level - gap), (-arm, -level - 1 + gap), BLUE)
            _arrow(ax, (arm, -level - 1 + gap), (arm, -level - gap), ORANGE)
    corner, edge = 1 - bottom - gap, halves[-1] + 0.06
    _arrow(ax, (-arm, corner), (-edge, -bottom), BLUE, 0.3)
    _arrow(ax, (edge, -bottom), (arm, corner), ORANGE, 0.3)
    ax.text(0, 0.4, "conexiones de salto", ha="center", fontsize=9, color=GRAY)
    ax.set(xlim=(-3.5, 3.5), ylim=(-bottom - 0.75, 0.65))
    ax.axis("off")
    return to_image(figure, alt)


def _number_grid(ax, values: np.ndarray, title: str, top: float) -> None:
    """Una cuadrícula con un número en cada casilla.

    De negro (0) a blanco (top) o, si hay números negativos, de naranja (-top) a morado.
    """
    signed = values.min() < 0
    ax.imshow(values, cmap="PuOr" if signed else "gray", vmin=-top if signed else 0, vmax=top)
    for (row, column), value in np.ndenumerate(values):
        dark = abs(value) > top / 2 if signed else value < top / 2
        color = "white" if dark else "black"
        ax.text(column, row, f"{value:g}", ha="center", va="center", fontsize=9, color=color)
    ax.set_xticks(np.arange(-0.5, values.shape[1]), [])
    ax.set_yticks(np.arange(-0.5, values.shape[0]), [])
    ax.grid(color=GRAY, linewidth=0.5)
    ax.tick_params(length=0)
    ax.set_title(title, fontsize=9)


def _kernel_at(
    image: np.ndarray, kernel: np.ndarray, out: np.ndarray, row: int, column: int
) -> tuple[np.ndarray, str]:
    """Una convolución cuando acaba de calcular `out[row, column]`: su dibujo y qué se ve."""
    height, width = kernel.shape
    window = image[row : row + height, column : column + width]
    products = window * kernel
    total = f"{products.sum():g}"
    figure = Figure(figsize=(4.8, 3.4), dpi=110)
    places = figure.add_gridspec(2, 6, height_ratios=[1.7, 1])
    above, below = (figure.add_subplot(places[0, half]) for half in (slice(3), slice(3, 6)))
    above.imshow(image, cmap="gray", vmin=0)
    done = np.arange(out.size).reshape(out.shape) <= row * out.shape[1] + column
    limit = np.abs(out).max()
    below.imshow(np.ma.masked_where(~done, out), cmap="PuOr", vmin=-limit, vmax=limit)
    below.set(xlim=above.get_xlim(), ylim=above.get_ylim())
    below.add_patch(Rectangle((-0.5, -0.5), *out.shape[::-1], fill=False, ec=GRAY, lw=0.8))
    tops = (above, "la imagen y la ventana", (width, height)), (below, "el resultado", (1, 1))
    for ax, title, sides in tops:
        ax.axis("off")
        ax.set_title(title, fontsize=9)
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), *sides, fill=False, ec=ORANGE, lw=2.5))
    brightest, heaviest = image.max(), np.abs(kernel).max()
    for place, (title, values, top) in enumerate(
        (
            ("la ventana", window, brightest),
            ("× el núcleo", kernel, heaviest),
            (f"= suman {total}", products, brightest * heaviest),
        )
    ):
        ax = figure.add_subplot(places[1, 2 * place : 2 * place + 2])
        _number_grid(ax, values, title, top)
    figure.subplots_adjust(0.02, 0.02, 0.98, 0.93, wspace=0.1, hspace=0.2)
    lines = "; ".join(", ".join(f"{value:g}" for value in line) for line in products)
    told = f"Fila {row}, columna {column}. Los productos, por filas: {lines}. Suman {total}."
    return to_pixels(figure), told


def sliding_kernel(
    image: np.ndarray, kernel: np.ndarray, out: np.ndarray, alt: str, every: int, start: int
) -> Frames:
    """Un núcleo que recorre una imagen: dónde está, sus productos y el resultado que se llena.

    image, kernel, out: números de pocas cifras, (filas, columnas). Se para cada `every` sitios.
    """
    stops = [divmod(place, out.shape[1]) for place in range(0, out.size, every)]
    pictures, told = zip(*(_kernel_at(image, kernel, out, *stop) for stop in stops), strict=True)
    return Frames(pictures, told, alt, "parada", start)


def descents(
    loss: Callable[[np.ndarray], np.ndarray],
    paths: Mapping[str, np.ndarray],
    alt: str,
    span: tuple[float, float],
) -> Image:
    """Un valle y los pasos que se dan en él, un recuadro por camino.

    loss: la pérdida de uno o muchos pesos. paths: el peso después de cada paso. span: qué parte
    del valle se dibuja.
    """
    figure = Figure(figsize=(2.7 * len(paths), 2.8))
    axes = figure.subplots(1, len(paths), sharey=True, squeeze=False)[0]
    grid_points = np.linspace(*span, 200)
    for ax, (name, path) in zip(axes, paths.items(), strict=True):
        ax.plot(grid_points, loss(grid_points), color=GRAY)
        ax.plot(path, loss(path), color=ORANGE, marker="o", markersize=5, linewidth=1.2)
        ax.plot(path[0], loss(path[0]), color=BLUE, marker="o", markersize=8)
        ax.set(xlabel="peso", xlim=span, ylim=(None, 1.02 * loss(grid_points).max()))
        ax.set_title(name, fontsize=9)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("pérdida")
    figure.subplots_adjust(wspace=0.08)
    return to_image(figure, alt)


def descents_from_above(
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
    paths: Mapping[str, np.ndarray],
    alt: str,
    spans: tuple[tuple[float, float], tuple[float, float]],
) -> Image:
    """Un valle de dos pesos visto desde arriba, con curvas de nivel, y los caminos que lo bajan.

    paths: (pasos, 2). spans: qué parte de cada peso se dibuja.
    """
    figure = Figure(figsize=(7, 2.2 * len(paths)))
    axes = figure.subplots(len(paths), 1, sharex=True, squeeze=False)[:, 0]
    first, second = np.meshgrid(*(np.linspace(*span, 200) for span in spans))
    heights = loss(first, second)
    for ax, (name, path) in zip(axes, paths.items(), strict=True):
        ax.contourf(
            first, second, heights, np.geomspace(0.1, heights.max(), 9), cmap="Greys", alpha=0.6
        )
        ax.plot(*path.T, color=ORANGE, marker="o", markersize=3.5, linewidth=1)
        ax.plot(*path[0], color=BLUE, marker="o", markersize=8)
        ax.plot(0, 0, color="black", marker="x", markersize=8)
        ax.set(ylabel="un peso", xlim=spans[0], ylim=spans[1])
        ax.set_title(name, fontsize=9)
    axes[-1].set_xlabel("otro peso")
    figure.subplots_adjust(hspace=0.25)
    return to_image(figure, alt)


def _box(ax, x, y, text, color, half, dashed=False) -> None:
    """Una caja con su nombre, de `2 * half` de ancho; con borde discontinuo, vacía."""
    style = {"fc": "white" if dashed else color, "ec": color, "lw": 1.8}
    shape = FancyBboxPatch((x - half, y - 0.26), 2 * half, 0.52, boxstyle="round,pad=0.04")
    shape.set(**style, linestyle="--" if dashed else "-", zorder=3)
    ax.add_patch(shape)
    ink = color if dashed else "white"
    ax.text(x, y, text, ha="center", va="center", color=ink, fontsize=9, zorder=4)


def _arrow(ax, start, end, color=GRAY, bend=0.0, lw=1.3, line="-") -> None:
    style = {"arrowstyle": "-|>", "color": color, "lw": lw, "linestyle": line}
    way = {"connectionstyle": f"arc3,rad={bend}", "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style | way, zorder=2)


def gan_diagram(alt: str, conditional: bool = False) -> Image:
    """Quién recibe qué en una GAN. conditional: si las dos redes ven una condición x."""
    figure = Figure(figsize=(8, 2.7))
    ax = figure.subplots()
    box, arrow = partial(_box, ax), partial(_arrow, ax)
    box(3.6, 1, "generador G", BLUE, 0.95)
    box(5.8, 1, "G(x)" if conditional else "G(z)", GRAY, 0.5)
    box(5.8, 2.6, "auténtico, y", GRAY, 0.85)
    box(8.3, 1.8, "discriminador D", ORANGE, 1.15)
    box(10.8, 1.8, "la nota", GRAY, 0.6)
    arrow((4.65, 1), (5.2, 1))
    arrow((6.4, 1.1), (7.15, 1.5))
    arrow((6.75, 2.5), (7.5, 2.15))
    arrow((9.55, 1.8), (10.1, 1.8))
    if conditional:
        box(1, 1.8, "la condición, x", GRAY, 1.05)
        arrow((1.9, 1.45), (2.55, 1.1))
        arrow((2.15, 1.8), (7.05, 1.8))
    else:
        box(1, 1, "el ruido, z", GRAY, 0.85)
        arrow((1.95, 1), (2.55, 1))
    arrow((8.3, 1.45), (3.6, 0.65), GREEN, -0.25, line="--")
    ax.text(6.2, 0.15, "el gradiente de la nota", fontsize=8.5, color=GREEN)
    ax.set(xlim=(-0.2, 11.5), ylim=(-0.1, 3))
    ax.axis("off")
    return to_image(figure, alt)


def gradient_paths(alt: str) -> Image:
    """Esquema de la pérdida de pix2pix: quién enseña a quién y dónde está `stop_gradient`."""
    figure = Figure(figsize=(10, 5))
    ax = figure.subplots()
    box, arrow = partial(_box, ax), partial(_arrow, ax)
    up = 0.12  # La ida va por arriba y la vuelta, por abajo.
    box(0.6, 3.1, "x", GRAY, 0.35)
    box(2.3, 3.1, "G", BLUE, 0.45)
    box(4.0, 3.1, "G(x)", GRAY, 0.5)
    box(4.0, 0.7, "y", GRAY, 0.5)
    box(6.6, 3.1, "D con pesos\ncongelados", ORANGE, 0.85, dashed=True)
    box(6.6, 1.9, "D", ORANGE, 0.85)
    box(6.6, 0.7, "D", ORANGE, 0.85)
    losses = {
        4.3: ("λ · L1: parecerse a y", BLUE),
        3.1: ("que diga «auténtico»", BLUE),
        1.9: ("que diga «falso»", ORANGE),
        0.7: ("que diga «auténtico»", ORANGE),
    }
    for y, (text, color) in losses.items():
        box(9.6, y, text, color, 1.15)
    # Hacia delante.
    for start, end, y in [(1.0, 1.8, 3.1), (2.8, 3.45, 3.1), (4.55, 5.7, 3.1), (7.5, 8.4, 3.1)]:
        arrow((start, y + up), (end, y + up), GRAY)
    for start, end, y in [(7.5, 8.4, 1.9), (4.55, 5.7, 0.7), (7.5, 8.4, 0.7)]:
        arrow((start, y + up), (end, y + up), GRAY)
    arrow((4.2, 3.42), (8.4, 4.3 + up), GRAY, -0.12)
    arrow((4.3, 2.78), (5.7, 1.9 + up), GRAY, 0.12)
    # De vuelta.
    for start, end in [(8.4, 7.5), (5.7, 4.55), (3.45, 2.8)]:
        arrow((start, 3.1 - up), (end, 3.1 - up), BLUE, lw=2.6)
    arrow((8.4, 4.3 - up), (4.45, 3.42), BLUE, 0.12, lw=2.6)
    for y in (1.9, 0.7):
        arrow((8.4, y - up), (7.5, y - up), ORANGE, lw=2.6)
    ax.plot([5.0, 5.0], [1.65, 2.5], color="black", lw=5, solid_capstyle="butt", zorder=5)
    ax.text(4.9, 1.8, "stop_gradient", ha="right", va="center", fontsize=10, family="monospace")
    for color, lw, name in [
        (GRAY, 1.3, "las cuentas, hacia delante"),
        (BLUE, 2.6, "gradiente: enseña a G"),
        (ORANGE, 2.6, "gradiente: enseña a D"),
    ]:
        ax.plot([], [], color=color, lw=lw, label=name)
    ax.legend(loc="upper left", frameon=False, fontsize=9)
    ax.set(xlim=(0, 11), ylim=(0.2, 4.9))
    ax.axis("off")
    return to_image(figure, alt)
