"""El corrector de los ejercicios no da por bueno lo que está a medias, ni se cae."""

import pytest

from pix2pix_lib.teaching.exercises import check


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (4, "¡Bien!\n"),
        (5, "Todavía no: funciona, pero no da lo que se pide.\n"),
        (..., "Todavía no: cambia los puntos suspensivos por tu respuesta.\n"),
        ("4", "Todavía no: al probar tu respuesta sale un error (TypeError).\n"),
    ],
)
def test_it_says_what_is_missing(capsys, answer, said):
    check(answer, lambda n: n + 1 == 5)
    assert capsys.readouterr().out == said
