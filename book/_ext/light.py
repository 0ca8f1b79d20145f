"""Adelgaza las páginas ya escritas: que se lean deprisa, sin saltos, y también sin red.

Las imágenes pasan a WebP, dicen su tamaño y esperan a que alguien se acerque, y las anchas enlazan
con la imagen sola: en una pantalla estrecha no se encogen (book/_static/estilo.css). De Font
Awesome quedan los iconos que se usan. Su programa, que pesa más que el resto, y Thebe, que el tema
trae y el libro no usa, se quitan.
"""

import io
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image

QUALITY = 85
WIDE = 800
"""Desde cuántos píxeles de ancho una figura no se lee si se encoge hasta lo que mide un móvil."""
IMAGE = re.compile(
    r'(?P<before><a [^>]*>|<div class="fotogramas"[^>]*>)?'
    r'<img (?P<more>[^>]*src="(?P<source>[^":]*_images/(?P<name>[^"]+))"[^>]*>)'
)
UNUSED = re.compile(
    r'\s*<script[^>]*src="[^"]*(?:fontawesome|thebe)[^"]*"[^>]*></script>'
    r"|\s*<script>const THEBE_JS_URL.*?</script>"
    r'|\s*<link[^>]*href="[^"]*thebe[^"]*"[^>]*>'
    r'|\s*<script type="text/x-thebe-config">.*?</script>',
    re.DOTALL,
)
ICON = re.compile(r'([^{}]+)\{content:"\\(f[0-9a-f]{3})"\}')
CODE_POINT = re.compile(r"\\(f[0-9a-f]{3})\b")


def to_webp(path: Path) -> Path:
    """La misma imagen en WebP, si así pesa menos; si no, la que había."""
    if path.suffix not in {".png", ".jpg"}:
        return path
    file = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").save(file, "webp", quality=QUALITY, method=6)
    if file.tell() >= path.stat().st_size:
        return path
    webp = path.with_suffix(".webp")
    webp.write_bytes(file.getvalue())
    path.unlink()
    return webp


def lighten_images(site: Path) -> None:
    final = {path.name: to_webp(path) for path in (site / "_images").iterdir()}

    def lighten(match: re.Match) -> str:
        with Image.open(final[match["name"]]) as image:
            size = f'width="{image.width}" height="{image.height}"'
            wide = image.width > WIDE
        text = f'<img loading="lazy" {size} {match["more"]}'
        if match["before"] or not wide:
            return f"{match['before'] or ''}{text}"
        return f'<a class="image-reference" href="{match["source"]}">{text}</a>'

    for page in site.rglob("*.html"):
        text = IMAGE.sub(lighten, UNUSED.sub("", page.read_text()))
        for name, path in final.items():
            text = text.replace(f"_images/{name}", f"_images/{path.name}")
        page.write_text(text)


def used_icons(site: Path, awesome: str) -> set[str]:
    """Los iconos que nombran las páginas y los que piden las hojas de estilo del tema."""
    pages = "".join(page.read_text() for page in site.rglob("*.html"))
    names = set(re.findall(r"\bfa-[a-z0-9-]+", pages))
    points = {
        point
        for rule, point in ICON.findall(awesome)
        if names & set(re.findall(r"\.(fa-[a-z0-9-]+)", rule))
    }
    for sheet in (site / "_static").rglob("*.css"):
        if "fontawesome" not in sheet.parts:
            points.update(CODE_POINT.findall(sheet.read_text()))
    return points


def lighten_icons(site: Path) -> None:
    (folder,) = (site / "_static/vendor/fontawesome").iterdir()
    sheet = folder / "css/all.min.css"
    awesome = sheet.read_text()
    icons = used_icons(site, awesome)
    sheet.write_text(ICON.sub(lambda rule: rule[0] if rule[2] in icons else "", awesome))
    for path in (folder / "webfonts").glob("*.woff2"):
        font = TTFont(path)
        cut = subset.Subsetter()
        cut.populate(unicodes=[int(icon, 16) for icon in icons])
        cut.subset(font)
        font.flavor = "woff2"
        font.save(path)
    for unused in [*(folder / "webfonts").glob("*.ttf"), *(folder / "js").glob("*.js")]:
        unused.unlink()


def lighten(app, exception):
    if exception or app.builder.name != "html":
        return
    site = Path(app.outdir)
    lighten_images(site)
    lighten_icons(site)


def setup(app):
    app.connect("build-finished", lighten)
    return {"parallel_read_safe": True}
