import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import SHARED

from pix2pix_lib.data.photos import PHOTO_EXTENSIONS
from pix2pix_lib.errors import UserError
from pix2pix_lib.sources.annotations import Box, Photo, read_annotations

HISTORIC = SHARED / "face_detection.json"


def line(url="http://x/a.jpg", points=((0.1, 0.2), (0.5, 0.6)), **extra) -> str:
    corners = [{"x": x, "y": y} for x, y in points]
    record = {"content": url, "annotation": [{"label": ["Face"], "points": corners}], **extra}
    return json.dumps(record)


def read(tmp_path, *lines):
    path = tmp_path / "caras.json"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_annotations(path)


@pytest.mark.skipif(not HISTORIC.is_file(), reason="pide shared/face_detection.json")
def test_the_historic_file_has_409_photos_and_1132_faces():
    photos, _ = read_annotations(HISTORIC)
    assert len(photos) == 409
    assert sum(len(photo.boxes) for photo in photos) == 1132


def test_one_photo_with_its_box(tmp_path):
    (photo,), problems = read(tmp_path, line())
    assert photo == Photo("http://x/a.jpg", (Box(0.1, 0.2, 0.5, 0.6),))
    assert problems == []


def test_a_bad_line_is_named_by_its_number_and_the_rest_goes_on(tmp_path):
    photos, problems = read(
        tmp_path,
        line("http://x/1.jpg"),
        "{esto no es JSON",
        "",
        "[1, 2]",
        '{"annotation": []}',
        '{"content": 7}',
        '{"content": "http://x/3.jpg", "annotation": 4}',
        line("http://x/2.jpg"),
    )
    assert [photo.url[-5] for photo in photos] == ["1", "2"]
    assert [problem.split(":")[0] for problem in problems] == [
        f"línea {number}" for number in (2, 4, 5, 6, 7)
    ]


@pytest.mark.parametrize("annotation", [None, [], "falta"])
def test_a_photo_without_faces_is_still_a_photo(tmp_path, annotation):
    record = {"content": "http://x/a.jpg", "annotation": annotation}
    if annotation == "falta":
        del record["annotation"]
    (photo,), problems = read(tmp_path, json.dumps(record))
    assert photo.boxes == () and problems == []


@pytest.mark.parametrize(
    ("points", "box"),
    [
        (((0.5, 0.6), (0.1, 0.2)), Box(0.1, 0.2, 0.5, 0.6)),
        (((-1, 0), (2, 1)), Box(0, 0, 1, 1)),
        (((0, 0), (1, 1)), Box(0, 0, 1, 1)),
        (((0.1, 0.9), (0.4, 1.7)), Box(0.1, 0.9, 0.4, 1)),
    ],
)
def test_inverted_outside_and_integer_boxes_are_mended(tmp_path, points, box):
    (photo,), problems = read(tmp_path, line(points=points))
    assert photo.boxes == (box,) and problems == []


@pytest.mark.parametrize(
    "points",
    [
        ((0.1, 0.1), (0.1, 0.5)),
        ((1.2, 0.1), (1.9, 0.5)),
        ((float("nan"), 0.1), (0.4, 0.5)),
        ((float("inf"), 0.1), (0.4, 0.5)),
        ((0.1, 0.1),),
        ((None, 0.1), (0.2, 0.2)),
        (("a", 0.1), (0.2, 0.2)),
    ],
)
def test_a_box_that_is_not_one_is_dropped_and_told(tmp_path, points):
    (photo,), problems = read(tmp_path, line(points=points))
    assert photo.boxes == ()
    assert problems == ["línea 1: cajas que no valen: 1"]


def test_the_same_address_twice_is_one_photo_with_all_its_boxes(tmp_path):
    other = ((0.6, 0.6), (0.9, 0.9))
    (photo,), _ = read(tmp_path, line(), line(points=other), line())
    assert photo.boxes == (Box(0.1, 0.2, 0.5, 0.6), Box(0.6, 0.6, 0.9, 0.9))


@pytest.mark.parametrize("content", ["", "\n\n", "no soy json\n", "{}\n"])
def test_a_file_with_nothing_is_an_error(tmp_path, content):
    with pytest.raises(UserError, match="ninguna foto"):
        read(tmp_path, content)
    with pytest.raises(UserError, match="No se puede leer"):
        read_annotations(tmp_path / "no_existe.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["content", "annotation", "points", "x", "y", "label"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.lists(json_values | st.text(max_size=20), min_size=1, max_size=8))
def test_no_file_breaks_the_parser(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("json") / "raro.json"
    good = line("http://x/buena.jpg")
    rows = [json.dumps(value) for value in values] + [good]
    path.write_text("\n".join(rows), encoding="utf-8")
    photos, _ = read_annotations(path)
    assert any(photo.url == "http://x/buena.jpg" for photo in photos)
    for photo in photos:
        for box in photo.boxes:
            assert 0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1


@given(st.text(min_size=1, max_size=400))
def test_any_address_gives_a_name_that_any_disk_accepts(url):
    name = Photo(url, ()).file_name
    assert len(name) < 100 and name == Path(name).name and name[0] not in ".-"
    assert Path(name).suffix in PHOTO_EXTENSIONS
    assert name.isascii() and not set(name) & set('/\\:*?"<>| ')


@pytest.mark.parametrize(
    ("url", "end"),
    [
        ("http://x/a.jpg.jpeg", ".jpeg"),
        ("http://x/a", ".jpg"),
        ("http://x/a.PNG?width=3", ".png"),
        ("http://x/../../etc/passwd", ".jpg"),
        ("http://x/" + "a" * 300 + ".webp", ".webp"),
    ],
)
def test_names_keep_their_extension(url, end):
    assert Photo(url, ()).file_name.endswith(end)


@pytest.mark.parametrize("url", ["http://[", "http://x/\\ud800.jpg", "http://x/%00%2f..%2f.jpg"])
def test_broken_addresses_are_still_addresses(tmp_path, url):
    (photo,), _ = read(tmp_path, f'{{"content": "{url}"}}')
    assert photo.url.encode() and photo.file_name.endswith(".jpg")


def test_a_number_that_python_refuses_is_not_json(tmp_path):
    _, problems = read(tmp_path, line(), '{"content": ' + "9" * 5000 + "}")
    assert problems == ["línea 2: no es JSON"]


def test_photos_with_the_same_name_in_other_folders_do_not_collide():
    names = {Photo(f"http://x/{folder}/0.jpg", ()).file_name for folder in ("female", "male")}
    assert len(names) == 2


def pixels(points, **size) -> str:
    corners = [{"x": x, "y": y} for x, y in points]
    return json.dumps({"content": "http://x/a.jpg", "annotation": [{"points": corners, **size}]})


def test_boxes_in_pixels_are_divided_by_the_size_of_the_photo(tmp_path):
    points = ((64, 96), (320, 288))
    ((photo,), problems) = read(tmp_path, pixels(points, imageWidth=640, imageHeight=480))
    assert photo.boxes == (Box(0.1, 0.2, 0.5, 0.6),) and problems == []
    for size in ({}, {"imageWidth": 100, "imageHeight": 0}, {"imageWidth": 90, "imageHeight": 90}):
        ((photo,), problems) = read(tmp_path, pixels(points, **size))
        assert photo.boxes == () and "línea 1: cajas en píxeles" in problems[0]


def test_boxes_that_may_be_in_per_cent_are_not_guessed(tmp_path):
    with pytest.raises(UserError, match="llegan a 60.*píxeles o en tanto por ciento"):
        read(tmp_path, pixels(((10, 20), (50, 60)), imageWidth=640, imageHeight=480))


@pytest.mark.parametrize("text", ["[{},\n{}]", "[\n{},\n{}\n]", "{},\n{},\n", "[{},\n{},\n]"])
def test_a_list_and_lines_that_end_in_a_comma_are_read(tmp_path, text):
    lines = line("http://x/1.jpg"), line("http://x/2.jpg")
    photos, problems = read(tmp_path, text.format(*lines))
    assert [photo.url[-5] for photo in photos] == ["1", "2"] and problems == []


def test_a_bad_item_of_a_list_is_named_by_its_place(tmp_path):
    _, problems = read(tmp_path, f"[{line()}, 7]")
    assert problems == ["foto 2: no es un objeto JSON"]


OTHERS = {
    "COCO": '{"images": [{"id": 1}], "annotations": [], "categories": [{"id": 1}]}',
    "Label Studio": '[{"id": 1, "annotations": [{"result": [{"from_name": "label"}]}]}]',
    "VOC": "<annotation>\n<folder>fotos</folder>\n</annotation>",
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_are_named(tmp_path, name):
    with pytest.raises(UserError, match=f"formato de {name}"):
        read(tmp_path, OTHERS[name])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16_is_named(tmp_path, encoding):
    path = tmp_path / "caras.json"
    path.write_text(line(), encoding=encoding)
    with pytest.raises(UserError, match="UTF-16: guárdalo en UTF-8"):
        read_annotations(path)
