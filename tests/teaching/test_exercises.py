"""El corrector de los ejercicios no da por bueno lo que está a medias, ni se cae."""

import pytest

from pix2pix_lib.errors import UserError
from pix2pix_lib.teaching.exercises import check

KIND = "un número entero de caras"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (4, "¡Bien!\n"),
        (5, f"Todavía no: no da lo que se pide. Se espera {KIND}.\n"),
        (..., f"Todavía no: cambia los puntos suspensivos por tu respuesta, {KIND}.\n"),
        ([4, ...], f"Todavía no: cambia los puntos suspensivos por tu respuesta, {KIND}.\n"),
    ],
)
def test_it_says_what_is_missing(capsys, answer, said):
    check("99.1", answer, faces="cuatro"[:4])
    assert capsys.readouterr().out == said


def test_an_error_is_told_with_its_message(capsys):
    def output_side(side, kernel, stride, padding):
        return [side][stride]

    check("0.3", output_side)
    assert capsys.readouterr().out == (
        "Todavía no: al probar tu respuesta sale un error (IndexError: list index out of range). "
        "Se espera una función que, con cualquier núcleo y cualquier zancada, devuelva un lado "
        "entero.\n"
    )


def test_a_function_that_is_still_to_be_written_is_a_missing_answer(capsys):
    check("0.4", lambda f, w: ...)
    assert "Todavía no: cambia los puntos suspensivos" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["3.7", "12.1", "3", "", "3.check"])
def test_an_exercise_that_does_not_exist_is_told(name):
    with pytest.raises(UserError, match="No hay ningún ejercicio"):
        check(name, 4)
