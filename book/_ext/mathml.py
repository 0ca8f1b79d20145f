"""Las fórmulas, en MathML: el navegador las dibuja solo, sin descargar nada."""

from docutils import nodes
from latex2mathml.converter import convert


def to_mathml(latex: str, display: str) -> str:
    # En MathML un logaritmo no deja hueco antes de su argumento.
    spaced = '<mi>log</mi><mspace width="0.17em" />'
    return convert(latex, display=display).replace("<mi>log</mi>", spaced)


def visit_inline(translator, node):
    translator.body.append(to_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(translator, node):
    translator.body.append(
        f"<p class='formula' tabindex='0'>{to_mathml(node.astext(), 'block')}</p>"
    )
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True}
