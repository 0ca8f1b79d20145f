import io

import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from pix2pix_lib.teaching import diagrams, figures


def decode(image) -> Image.Image:
    return Image.open(io.BytesIO(image.data))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.grid([np.zeros((8, 8, 3), np.uint8), np.eye(8, dtype=bool)], "alt"),
        lambda: figures.curves(np.arange(3), {"a": np.arange(3)}, "alt", "x", "y", {"b": 1}),
        lambda: figures.curves(np.arange(3), {"a": np.arange(1, 4)}, "alt", "x", "y", log=True),
        lambda: figures.scatter(np.arange(4), {"a": np.arange(4)}, "alt", "x", "y"),
        lambda: figures.tradeoff(
            {"a": (np.arange(3), np.arange(3)), "b": (np.ones(1), np.ones(1))}, "alt", "x", "y"
        ),
        lambda: figures.histogram(np.arange(9), "alt", "x", "y", mark=3),
        lambda: figures.ladder({"a": np.arange(3), "b": np.arange(1, 4)}, "alt", "x"),
        lambda: diagrams.unet_diagram([8, 4, 2], [1, 2, 4], "alt"),
        lambda: figures.field_of_view(np.zeros((9, 9, 3), np.uint8), {"a": (1, 2, 3)}, "alt"),
        lambda: diagrams.descents(np.square, {"a": np.array([3.0, 1.0])}, "alt", (-4, 4)),
        lambda: diagrams.descents_from_above(
            lambda a, b: a**2 + b**2, {"a": np.eye(2)}, "alt", ((-2, 2), (-2, 2))
        ),
        lambda: figures.distributions({"a": {"b": np.arange(9)}}, "alt", "x", (0, 9)),
        lambda: diagrams.gan_diagram("alt"),
        lambda: diagrams.gan_diagram("alt", conditional=True),
        lambda: figures.maps({"a": [np.zeros((9, 9, 3), np.uint8)], "b": [np.eye(4)] * 2}, "alt"),
        lambda: figures.maps({"a": [np.eye(4)]}, "alt", ["x"], limit=1, label="nota"),
        lambda: diagrams.gradient_paths("alt"),
    ],
)
def test_every_figure_is_a_png_with_alternative_text(draw):
    image = draw()
    assert min(decode(image).size) > 50
    assert image._repr_mimebundle_()[1]["image/png"]["alt"] == "alt"


def test_curves_and_clouds_are_drawn_where_their_data_say(monkeypatch):
    monkeypatch.setattr(figures, "to_image", lambda figure, alt: figure)
    x, y = np.array([1, 2, 4]), np.array([50, 70, 60])
    (ax,) = figures.curves(x, {"a": y}, "alt", "equis", "ye", {"b": 55}).axes
    line, reference = ax.lines
    assert line.get_xydata().tolist() == np.stack([x, y], -1).tolist()
    assert set(reference.get_ydata()) == {55} and (ax.get_xlabel(), ax.get_ylabel()) == (
        "equis",
        "ye",
    )
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    (ax,) = figures.scatter(x, {"a": y}, "alt", "equis", "ye").axes
    assert ax.collections[0].get_offsets().tolist() == np.stack([x, y], -1).tolist()


def test_a_method_with_one_threshold_is_a_dot_and_each_line_has_its_own_x(monkeypatch):
    monkeypatch.setattr(figures, "to_image", lambda figure, alt: figure)
    lines = {"a": (np.array([0, 1, 5]), np.array([0.2, 0.5, 0.6])), "b": ([2.0], [0.3])}
    (ax,) = figures.tradeoff(lines, "alt", "x", "y", {"c": (4.0, 0.1)}).axes
    drawn = [line.get_xydata().tolist() for line in ax.lines]
    assert drawn == [[[0, 0.2], [1, 0.5], [5, 0.6]], [[2, 0.3]], [[4, 0.1]]]
    assert [line.get_linestyle() for line in ax.lines] == ["-", "None", "None"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_the_u_net_is_drawn_as_a_u(monkeypatch):
    monkeypatch.setattr(diagrams, "to_image", lambda figure, alt: figure)
    (ax,) = diagrams.unet_diagram([8, 4, 2], [1, 2, 4], "alt").axes
    left, right, bottom = [], [], []
    for box in ax.patches:
        if isinstance(box, FancyBboxPatch):
            x, y = box.get_x() + box.get_width() / 2, box.get_y()
            (bottom if abs(x) < 1e-6 else left if x < 0 else right).append((x, y))
    assert np.allclose(np.multiply(left, (-1, 1)), right)
    assert left[0][1] > left[1][1] > bottom[0][1] and len(bottom) == 1


def test_a_mask_is_drawn_black_on_white():
    hole = np.zeros((10, 10), bool)
    hole[:, 5:] = True
    pixels = np.asarray(decode(figures.grid([hole], "alt")).convert("L"))
    middle = pixels[len(pixels) // 2]
    assert middle[len(middle) // 4] == 255 and middle[3 * len(middle) // 4] == 0


def test_a_grid_keeps_rows_and_columns_in_place():
    colors = np.arange(6, dtype=np.uint8) * 40
    cells = [np.full((20, 20, 3), color, np.uint8) for color in colors]
    image = figures.grid(cells, "alt", columns=3, titles=["a", "b", "c"])
    pixels = np.asarray(decode(image).convert("L"))
    places = [np.argwhere(pixels == color).mean(0) for color in colors]
    rows, columns = np.array(places).reshape(2, 3, 2).transpose(2, 0, 1)
    assert (np.diff(rows, axis=0) > 20).all() and (np.diff(columns, axis=1) > 20).all()


def test_a_table_is_markdown_with_numbers_to_the_right():
    text = figures.table(["método", "dB"], [["uno", "1.0"]]).data
    assert text.splitlines() == ["| método | dB |", "| :-- | --: |", "| uno | 1.0 |"]


def test_the_live_view_updates_one_output_with_the_latest_faces(monkeypatch):
    sent = []
    monkeypatch.setattr(
        figures.DisplayHandle, "display", lambda handle, what: sent.append(("new", what))
    )
    monkeypatch.setattr(
        figures.DisplayHandle, "update", lambda handle, what: sent.append(("same", what))
    )
    watch = figures.live(columns=2)
    faces = np.zeros((2, 8, 8, 3), np.uint8)
    watch({0: faces})
    watch({0: faces, 100: faces + 255})
    assert [kind for kind, _ in sent] == ["new", "same", "same"]
    assert "paso 100" in sent[-1][1]._repr_mimebundle_()[1]["image/png"]["alt"]
    assert np.asarray(decode(sent[1][1]))[40, 100:].min() < 9
    assert np.asarray(decode(sent[2][1])).mean() > 240
