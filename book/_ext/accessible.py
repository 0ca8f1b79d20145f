"""Arregla, en las páginas ya escritas, lo que el tema deja mal a quien lee sin ratón o de oído."""

from pathlib import Path

REPAIRS = {
    # Una tabla ancha se desplaza también con el teclado.
    '<div class="pst-scrollable-table-container">': (
        '<div class="pst-scrollable-table-container" tabindex="0">'
    ),
    # Papeles que no caben en una lista así: los lectores de pantalla los anuncian mal.
    ' role="list" class="citation-list"': ' class="citation-list"',
    ' role="doc-biblioentry"': "",
}


def repair(app, exception):
    if exception or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text()
        for wrong, right in REPAIRS.items():
            text = text.replace(wrong, right)
        path.write_text(text)


def setup(app):
    app.connect("build-finished", repair)
    return {"parallel_read_safe": True}
