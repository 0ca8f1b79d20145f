"""Las fórmulas, en MathML: el navegador las dibuja solo, sin descargar nada."""

from docutils import nodes
from latex2mathml.converter import convert

# En MathML una función no deja hueco antes de su argumento.
FUNCTIONS = {f"<mi>{name}</mi>": f'<mi>{name}</mi><mspace width="0.17em" />' for name in ("log",)}


def to_mathml(latex: str, display: str) -> str:
    formula = convert(latex, display=display)
    for plain, spaced in FUNCTIONS.items():
        formula = formula.replace(plain, spaced)
    return formula


def visit_inline(translator, node):
    translator.body.append(to_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(translator, node):
    translator.body.append(f'<div class="math">{to_mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True}
