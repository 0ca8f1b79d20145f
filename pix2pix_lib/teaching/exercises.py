"""La última línea de cada ejercicio: dice si tu respuesta vale."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from ..errors import UserError


class Missing(Exception):
    """La respuesta es todavía `...`, o una función que lo devuelve."""


def check(exercise: str, *answers: Any, **given: Any) -> None:
    """Escribe «¡Bien!» si la respuesta vale y, si no, qué clase de respuesta se espera.

    exercise: su número, como «3.1». answers: lo que pide, en su orden; mientras haya un `...`, no
    se mira. given: lo que hace falta del cuaderno para mirarlo. Un error al probar la respuesta
    también es «todavía no», con su motivo: ejecutar el cuaderno entero no se para aquí.
    Lanza UserError si no hay ningún ejercicio con ese número.
    """
    passes = predicate(exercise)
    try:
        right = bool(passes(*map(_watched, answers), **given))
    except Missing:
        print(f"Todavía no: cambia los puntos suspensivos por tu respuesta, {passes.__doc__}.")
    except Exception as error:
        print(
            f"Todavía no: al probar tu respuesta sale un error ({type(error).__name__}: {error}). "
            f"Se espera {passes.__doc__}."
        )
    else:
        print(
            "¡Bien!" if right else f"Todavía no: no da lo que se pide. Se espera {passes.__doc__}."
        )


def predicate(exercise: str) -> Callable[..., Any]:
    """Lo que tiene que cumplir la respuesta de un ejercicio; véase `answers`."""
    chapter, _, number = exercise.partition(".")
    try:
        answers = import_module(f"{__package__}.answers.chapter_{chapter}")
        return getattr(answers, f"exercise_{number}")
    except (ModuleNotFoundError, AttributeError):
        raise UserError(
            f"No hay ningún ejercicio «{exercise}»: escribe el número de su enunciado, como «3.1»."
        ) from None


def _watched(answer: Any) -> Any:
    """La misma respuesta, si la hay; una función avisa cuando lo que devuelve es `...`."""
    if answer is ...:
        raise Missing
    if isinstance(answer, dict):
        for each in answer.values():
            _watched(each)
    elif isinstance(answer, (list, tuple, set)):
        for each in answer:
            _watched(each)
    elif callable(answer):

        @wraps(answer)
        def watched(*inputs, **options):
            return _watched(answer(*inputs, **options))

        return watched
    return answer
