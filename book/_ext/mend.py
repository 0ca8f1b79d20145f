"""Arregla, en las páginas ya escritas, lo que el tema deja en inglés o mal para quien no ve."""

from pathlib import Path

SPANISH = {
    ">Open issue<": ">Avisar de un error<",
    "Abrir un problema": "Avisar de un error",
    "Issue%20on%20page%20%2F": "Error%20en%20la%20p%C3%A1gina%20%2F",
    "Your%20issue%20content%20here.": "Cuenta%20qu%C3%A9%20has%20visto%20y%20qu%C3%A9%20esperabas.",
    ">Repository<": ">Repositorio<",
    "Colab logo": "Logotipo de Colab",
    "Descarga esta pagina": "Descarga esta página",
    "Back to top": "Volver arriba",
    "Por favor, active JavaScript para habilitar la funcionalidad de búsqueda.": (
        "Para buscar hace falta JavaScript: actívalo en tu navegador."
    ),
    "Skip to main content": "Saltar al contenido",
    ". In <em>": ". En <em>",
    "Technical Report": "Informe técnico",
    "Launch interactive content": "Abrir y ejecutar este capítulo",
    "Launch on Colab": "Abrir en Colab",
    "Link to this heading": "Enlace a este apartado",
    "Link to this image": "Enlace a esta imagen",
    "Link to this term": "Enlace a este término",
    "Link to this table": "Enlace a esta tabla",
    "Search this book...": "Busca en el libro...",
    "Source repositories": "Repositorio del libro",
    "Toggle hidden content": "Mostrar u ocultar",
    "Toggle primary sidebar": "Mostrar u ocultar el índice",
    "Toggle secondary sidebar": "Mostrar u ocultar los apartados",
    'aria-label="Main"': 'aria-label="Principal"',
    'aria-label="Page"': 'aria-label="Página"',
}

ACCESSIBLE = {
    # Una tabla ancha se desplaza también con el teclado.
    '<div class="pst-scrollable-table-container">': (
        '<div class="pst-scrollable-table-container" tabindex="0">'
    ),
    # Papeles que no caben en una lista así: los lectores de pantalla los anuncian mal.
    ' role="list" class="citation-list"': ' class="citation-list"',
    ' role="doc-biblioentry"': "",
}

# En la primera visita el tema se queja, en la consola, de un modo que él mismo deja vacío.
QUIET = {'localStorage.getItem("mode") || ""': 'localStorage.getItem("mode") || "auto"'}


def mend(app, exception):
    if exception or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text()
        for wrong, right in (SPANISH | ACCESSIBLE | QUIET).items():
            text = text.replace(wrong, right)
        path.write_text(text)


def setup(app):
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True}
