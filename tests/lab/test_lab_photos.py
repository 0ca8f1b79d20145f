"""El laboratorio abre cualquier foto como se ve y la guarda como estaba (`book/lab/photo`).

Lo que es solo mirar bytes lo hace node con archivos de Pillow; lo demás, un navegador de verdad.
"""

import base64
import hashlib
import io
import re
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from browsing import copy_lab, needs_chromium, serving
from nodejs import FOLDER, assert_node_agrees, needs_node
from odd_photos import odd_photos
from photo_bytes import (
    LONG_PROFILE,
    P3,
    PHOTO,
    RNG,
    SRGB,
    XMP,
    bad_photos,
    camera_exif,
    chunk,
    damaged_exif,
    described,
    described_photos,
    encoded,
    every_alpha,
    good_photos,
    with_chunks,
)
from PIL import ExifTags, Image, ImageCms, ImageOps

from pix2pix_lib.data.photos import open_photo

OTHERS = {"GIF", "BMP", "AVIF"}


def every_case(folder: Path) -> dict:
    def write(photos: dict[str, bytes]) -> list[str]:
        for name, content in photos.items():
            (folder / name).write_bytes(content)
        return list(photos)

    good, bad, described = good_photos(), bad_photos(), described_photos()
    sizes = {name: {"format": format_of(name), "width": 120, "height": 90} for name in write(good)}
    write({name: content for name, (content, _) in (bad | described).items()})
    tiny = Image.fromarray(RNG.integers(0, 256, (8, 8, 3), np.uint8))
    qualities = {f"q{quality}.jpg": quality for quality in range(1, 101)}
    write({name: encoded(tiny, quality=quality) for name, quality in qualities.items()})
    pngs = [
        {"name": f"{width}x{height}", "width": width, "height": height}
        for width, height in [(1, 1), (1, 9), (9, 1), (37, 23), (400, 900)]
    ]
    write({one["name"]: RNG.bytes(3 * one["width"] * one["height"]) for one in pngs})
    source = Image.fromarray(RNG.integers(0, 256, (5, 7, 4), np.uint8))
    write({"giros": source.tobytes(), "alfas": every_alpha().tobytes()})
    white = Image.alpha_composite(Image.new("RGBA", (256, 256), "white"), every_alpha())
    turns = [turned_as(source, turn) for turn in range(1, 9)]
    return {
        "sizes": sizes,
        "refusals": {name: said for name, (_, said) in bad.items()},
        "metadata": {name: turn for name, (_, turn) in described.items()},
        "qualities": qualities,
        "pngs": pngs,
        "turned": {"name": "giros", "width": 7, "height": 5, "turns": turns},
        "whitened": {"name": "alfas", "sha256": digest(white.tobytes())},
        "fuzz": [*good, "todo.jpeg", "todo.png", "todo.webp"],
    }


def format_of(name: str) -> str:
    return Path(name).suffix[1:].upper().replace("JPG", "JPEG")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def turned_as(image: Image.Image, turn: int):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    with Image.open(io.BytesIO(encoded(image, "PNG", exif=exif))) as saved:
        upright = ImageOps.exif_transpose(saved)
    return digest(upright.tobytes()), *upright.size


@pytest.fixture(scope="module")
def byte_work(tmp_path_factory) -> Path:
    """La carpeta con los archivos que ha dejado node."""
    folder = tmp_path_factory.mktemp("bytes")
    assert_node_agrees("photos.test.js", 10, every_case(folder), folder / "casos.json")
    return folder


def exif_of(path: Path) -> Image.Exif:
    with Image.open(path) as photo:
        photo.load()
        return photo.getexif()


@needs_node
@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_the_exif_data_stay_but_not_the_rotation_nor_the_thumbnail(byte_work, format):
    for name in [*(f"giro{turn}.{format}" for turn in range(1, 9)), f"todo.{format}"]:
        path = byte_work / f"vestida_{name}"
        exif = exif_of(path)
        assert ExifTags.Base.Orientation not in exif, name
        assert exif[ExifTags.Base.XResolution] == 300
        camera = exif.get_ifd(ExifTags.IFD.Exif)
        assert camera[ExifTags.Base.DateTimeOriginal] == "2024:05:06 07:08:09"
        assert camera[ExifTags.Base.MakerNote] == b"del fabricante"
        assert exif.get_ifd(ExifTags.IFD.GPSInfo) == {1: "N"}
        assert exif.get_ifd(ExifTags.IFD.IFD1) == {}
        assert b"sin retocar" not in path.read_bytes()
        assert "fotógrafa".encode() in path.read_bytes()


@needs_node
def test_a_preview_inside_the_maker_note_is_dropped_with_it(byte_work):
    path = byte_work / "vestida_preview.jpeg"
    camera = exif_of(path).get_ifd(ExifTags.IFD.Exif)
    assert ExifTags.Base.DateTimeOriginal in camera and ExifTags.Base.MakerNote not in camera
    assert b"sin retocar" not in path.read_bytes()


@needs_node
@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_damaged_exif_data_are_dropped(byte_work, format):
    kept = {"corto": {ExifTags.Base.XResolution}, "bucle": set(ExifTags.Base)}
    for name in damaged_exif():
        exif = exif_of(byte_work / f"vestida_{name}.{format}")
        assert set(exif) <= kept.get(name, set()), name
        assert ExifTags.IFD.Exif not in exif
    assert exif[ExifTags.Base.XResolution] == 300


@needs_node
def test_exif_data_that_would_not_fit_a_jpeg_are_dropped(byte_work):
    assert not exif_of(byte_work / "vestida_enorme.png")


@needs_node
@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_the_profile_stays_if_it_fits_a_color_photo(byte_work, format):
    profiles = {f"perfil.{format}": P3, f"todo.{format}": P3, f"giro1.{format}": None}
    if format == "jpeg":
        profiles |= {"largo.jpeg": LONG_PROFILE}
    if format != "png":
        profiles |= {f"cabina.{format}": None}
    if format != "webp":
        profiles |= {f"gris.{format}": None}
    for name, profile in profiles.items():
        with Image.open(byte_work / f"vestida_{name}") as photo:
            assert photo.info.get("icc_profile") == profile, name


@needs_node
def test_a_profile_goes_from_a_webp_to_a_png(byte_work):
    with Image.open(byte_work / "pasado.png") as photo:
        assert photo.info["icc_profile"] == P3


@needs_node
def test_a_png_keeps_its_gamma_and_primaries(byte_work):
    content = (byte_work / "vestida_gamma.png").read_bytes()
    assert content.count(b"gAMA") == content.count(b"cHRM") == 1
    assert content.index(b"cHRM") < content.index(b"IDAT")
    with Image.open(byte_work / "vestida_gamma.png") as photo:
        photo.verify()
        assert photo.info["gamma"] == 1


@needs_node
@pytest.mark.filterwarnings("ignore:.*EXIF|Truncated")
def test_without_its_data_a_photo_has_the_same_pixels(byte_work):
    for name in described_photos():
        with Image.open(byte_work / name) as before:
            pixels = before.tobytes()
        with Image.open(byte_work / f"desnuda_{name}") as after:
            assert after.tobytes() == pixels, name
            assert not after.getexif() and not {"icc_profile", "gamma", "exif"} & set(after.info)


@needs_node
def test_a_png_is_read_back_exactly(byte_work):
    for path in byte_work.glob("*x*.png"):
        with Image.open(path) as photo:
            assert photo.mode == "RGB"
            assert photo.tobytes() == path.with_suffix("").read_bytes(), path.name


OPEN = """
({names, faults}) => new Promise((resolve, reject) => {
  const worker = new Worker("photos.worker.js", {type: "module"});
  worker.onmessage = ({data}) => resolve(data);
  worker.onerror = ({message}) => reject(new Error(message));
  worker.postMessage({names, faults});
})
"""


@dataclass
class Opened:
    """Una foto que ha pasado por el navegador."""

    kind: str
    picture: np.ndarray | None
    size: tuple[int, int]
    content: bytes
    extension: str
    lost: tuple[str, ...]

    @property
    def written(self) -> Image.Image:
        photo = Image.open(io.BytesIO(self.content))
        photo.load()
        return photo


def opened_as(result: dict) -> Opened | str:
    """Lo que se abrió, o la frase con la que se rechazó."""
    if "error" in result:
        return result["error"]
    size, picture = (result["width"], result["height"]), None
    if result["pixels"]:
        levels = np.frombuffer(base64.b64decode(result["pixels"]), np.uint8)
        picture = levels.reshape(size[1], size[0], 4)
        assert (picture[..., 3] == 255).all()
        picture = picture[..., :3]
    content = base64.b64decode(result["file"])
    with Image.open(io.BytesIO(content)) as photo:
        assert result["type"] == Image.MIME[photo.format] and photo.size == size
    return Opened(
        result["kind"], picture, size, content, result["extension"], tuple(result["lost"])
    )


@pytest.fixture(scope="module")
def passed(browser, tmp_path_factory):
    """Pasa fotos por el navegador, que puede tener faltas: de {nombre: bytes}, {nombre: Opened}."""
    folder = tmp_path_factory.mktemp("sitio")
    copy_lab(folder)
    shutil.copy(FOLDER / "photos.worker.js", folder)
    with serving(folder) as server:
        tab = browser.new_page()
        tab.goto(f"{server.address}/")

        def run(photos: dict[str, bytes], *faults: str) -> dict[str, Opened | str]:
            for name, content in photos.items():
                (folder / name).write_bytes(content)
            results = tab.evaluate(OPEN, {"names": list(photos), "faults": faults})
            return {name: opened_as(result) for name, result in results.items()}

        yield run
        tab.close()


def upright(content: bytes) -> np.ndarray:
    """Lo que abre la biblioteca."""
    return np.asarray(open_photo(io.BytesIO(content)))


def gap(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other).max())


@needs_chromium
def test_a_phone_photo_comes_back_upright_at_its_size_and_quality(passed):
    large = PHOTO.resize((4000, 3000))
    photo = encoded(large, quality=87, exif=b"Exif\0\0" + camera_exif(), icc_profile=P3)
    opened = passed({"grande.jpg": photo})["grande.jpg"]
    assert (opened.kind, opened.size, opened.extension) == ("JPEG", (3000, 4000), "jpg")
    written = opened.written
    assert written.quantization[0] == Image.open(io.BytesIO(photo)).quantization[0]
    assert written.info["icc_profile"] == P3
    assert ExifTags.Base.Orientation not in written.getexif()
    small = ImageOps.exif_transpose(Image.open(io.BytesIO(photo))).reduce(50)
    assert gap(np.asarray(written.reduce(50)), np.asarray(small)) <= 2


@needs_chromium
def test_every_turn_is_undone_as_in_the_library(passed):
    photos = {
        name: content
        for name, (content, _) in described_photos().items()
        if name.startswith(("giro", "todo"))
    }
    for name, opened in passed(photos).items():
        difference = gap(opened.picture, upright(photos[name]))
        assert difference <= (0 if name.endswith("png") else 3), name


@needs_chromium
def test_a_png_loses_nothing_and_what_is_transparent_turns_white(passed):
    noise = Image.fromarray(RNG.integers(0, 256, (90, 120, 3), np.uint8))
    photos = {
        "color": encoded(noise, "PNG"),
        "gris": encoded(noise.convert("L"), "PNG"),
        "paleta": encoded(noise.quantize(50), "PNG", transparency=3),
        "alfa": encoded(every_alpha(), "PNG"),
        "gris y alfa": encoded(every_alpha().convert("LA"), "PNG"),
        "gamma": with_chunks(encoded(noise, "PNG"), chunk(b"gAMA", struct.pack(">I", 100_000))),
        "WebP exacto": encoded(every_alpha(), "WEBP", lossless=True, exact=True),
    }
    for name, opened in passed(photos).items():
        expected = upright(photos[name])
        np.testing.assert_array_equal(opened.picture, expected, name)
        np.testing.assert_array_equal(np.asarray(opened.written.convert("RGB")), expected, name)
        assert opened.extension == ("webp" if "WebP" in name else "png")


@needs_chromium
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_profile_is_kept_apart_from_the_levels(passed, format):
    photos = {"con": encoded(format=format, icc_profile=P3), "sin": encoded(format=format)}
    opened = passed(photos)
    np.testing.assert_array_equal(opened["con"].picture, opened["sin"].picture)
    assert opened["con"].written.info["icc_profile"] == P3
    assert "icc_profile" not in opened["sin"].written.info
    assert opened["con"].written.format == opened["con"].kind == format


@needs_chromium
def test_a_photo_whose_profile_cannot_be_copied_is_converted(passed):
    wide = encoded(format="AVIF", icc_profile=P3, quality=95, subsampling="4:4:4")
    opened = passed({"ancha.avif": wide})["ancha.avif"]
    transform = [ImageCms.ImageCmsProfile(io.BytesIO(profile)) for profile in (P3, SRGB)]
    expected = np.asarray(ImageCms.profileToProfile(PHOTO, *transform))
    assert gap(np.asarray(PHOTO), expected) > 20
    assert np.abs(opened.picture.astype(int) - expected).mean() < 2
    assert opened.extension == "png" and "icc_profile" not in opened.written.info


@needs_chromium
def test_every_kind_of_photo_opens(passed):
    good = good_photos()
    for name, opened in passed(good).items():
        assert opened.kind == format_of(name) and opened.size == (120, 90)
        assert opened.written.format == ("PNG" if opened.kind in OTHERS else opened.kind), name
        if opened.kind != "AVIF":
            assert np.abs(opened.picture - upright(good[name]).astype(int)).mean() < 3, name


@needs_chromium
def test_what_cannot_be_opened_gets_one_sentence(passed):
    bad = bad_photos() | {
        "foto.heic": (b"\0\0\0\x18ftypheic" + bytes(60), "HEIC.*guárdala como JPEG"),
        "corta.avif": (good_photos()["color.avif"][:-30], "AVIF.*guárdala como"),
    }
    for name, said in passed({name: content for name, (content, _) in bad.items()}).items():
        assert isinstance(said, str) and re.fullmatch("[^.]+\\.", said), name
        assert re.search(bad[name][1], said), f"{name}: {said}"


@needs_chromium
def test_an_odd_photo_comes_out_right_or_is_named_as_in_the_library(passed):
    odd = odd_photos()
    for name, opened in passed({name: one.content for name, one in odd.items()}).items():
        wanted = odd[name].page
        if isinstance(wanted, str):
            assert isinstance(opened, str) and re.search(wanted, opened), f"{name}: {opened}"
            assert re.fullmatch("[^.]+\\.", opened), opened
            continue
        assert isinstance(opened, Opened), f"{name}: {opened}"
        assert opened.size == wanted.size and opened.lost == odd[name].lost, name
        assert np.abs(opened.picture - np.asarray(wanted).astype(int)).mean() < 6, name


@needs_chromium
def test_resolution_xmp_and_texts_are_kept(passed):
    for format in ("JPEG", "PNG"):
        opened = passed({"foto": described(format)})["foto"]
        assert np.allclose(opened.written.info["dpi"], 300, atol=0.1)
        for kept in (b"de la boda", b"dc:creator='Ana'"):
            assert kept in opened.content
        for dropped in (b"tiff:Orientation", b"sin retocar"):
            assert dropped not in opened.content
    opened = passed({"foto": encoded(format="WEBP", xmp=XMP)})["foto"]
    assert b"dc:creator='Ana'" in opened.written.info["xmp"]


@needs_chromium
def test_a_browser_that_lacks_something_does_what_it_can(passed):
    photos = {"foto.jpg": encoded(), "alfa.png": encoded(every_alpha(), "PNG")}
    expected = passed(photos)["foto.jpg"].picture
    old = passed(photos, "sin fotogramas")
    assert gap(old["foto.jpg"].picture, expected) == 0 and old["foto.jpg"].extension == "jpg"
    assert gap(old["alfa.png"].picture, upright(photos["alfa.png"])) <= 1
    private = passed(photos, "lienzo falso")["foto.jpg"]
    np.testing.assert_array_equal(np.asarray(private.written), expected)
    assert private.extension == "png"
    assert "lienzo" in passed(photos, "sin fotogramas", "lienzo falso")["foto.jpg"]
    assert "memoria" in passed(photos, "sin memoria")["foto.jpg"]
