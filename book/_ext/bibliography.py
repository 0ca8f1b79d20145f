"""La lista de referencias, en español: «Fulana, Mengano y Zutana»."""

from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style
from pybtex.style.template import names, sentence


class SpanishStyle(Style):
    def format_names(self, role, as_sentence=True):
        formatted = names(role, sep=", ", sep2=" y ", last_sep=" y ")
        return sentence[formatted] if as_sentence else formatted


def setup(app):
    register_plugin("pybtex.style.formatting", "spanish", SpanishStyle)
    return {"parallel_read_safe": True}
