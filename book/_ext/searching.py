"""El buscador, en español: sin distinguir acentos, con extractos del texto y frases sin faltas.

Quita los acentos al apuntar las palabras de cada página y, en el programa de Sphinx ya escrito,
también a lo que se busca.
"""

import json
import re
import unicodedata
from pathlib import Path

from sphinx.search.es import SearchSpanish

PROGRAMS = {
    "language_data.js": {
        "Stemmer = SpanishStemmer;": """Stemmer = function () {
  const spanish = new SpanishStemmer();
  this.stemWord = (word) => spanish.stemWord(word.replace(/ion$/, "ión"));
};""",
    },
    "searchtools.js": {
        ".toLowerCase()": '.toLowerCase().normalize("NFD").replace(/\\p{Mn}/gu, "")',
        '[role="main"]': "article",
        '".headerlink", ': '".headerlink", \'p > [href*="colab.research"]:only-child\', ',
    },
    "sphinx_highlight.js": {
        ".toLowerCase()": '.toLowerCase().normalize("NFD").replace(/\\p{Mn}/gu, "")',
    },
}
"""Lo que cambia en cada programa de Sphinx."""

MESSAGES = {
    "Your search did not match any documents. Please make sure that all words are spelled "
    "correctly and that you've selected enough categories.": (
        "No está en ninguna página. Prueba con otra palabra, o con menos."
    ),
    "Search finished, found ${resultCount} page(s) matching the search query.": (
        "Páginas encontradas: ${resultCount}."
    ),
}
CATALOGUE = re.compile(r"\{.*\}", re.DOTALL)


def without_accents(text: str) -> str:
    return re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFD", text))


class Search(SearchSpanish):
    """Las raíces de las palabras, de las que solo importa el acento de «-ión»: se les devuelve."""

    stopwords = {without_accents(word) for word in SearchSpanish.stopwords}

    def split(self, input: str) -> list[str]:
        return super().split(without_accents(input))

    def stem(self, word: str) -> str:
        return super().stem(re.sub("ion$", "ión", word.lower()))


def teach_spanish(app, exception):
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    for name, changes in PROGRAMS.items():
        program = (static / name).read_text()
        for wrong, right in changes.items():
            program = program.replace(wrong, right)
        (static / name).write_text(program)
    path = static / "translations.js"
    text = path.read_text()
    catalogue = json.loads(CATALOGUE.search(text)[0])
    catalogue["messages"] |= MESSAGES
    path.write_text(CATALOGUE.sub(lambda _: json.dumps(catalogue), text))


def setup(app):
    app.add_search_language(Search)
    app.connect("build-finished", teach_spanish)
    return {"parallel_read_safe": True}
