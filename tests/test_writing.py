"""Los números con su espacio fino."""

import pytest

from pix2pix_lib.writing import counted, percent, printable, thousands


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (9999, "9999"),
        (10000, "10\u202f000"),
        (54425859, "54\u202f425\u202f859"),
        (-12345, "-12\u202f345"),
    ],
)
def test_thousands(number, written):
    assert thousands(number) == written


def test_one_thing_is_not_said_in_plural():
    assert counted(1, "cara") == "1 cara" and counted(0, "cara") == "0 caras"
    assert counted(12345, "foto perdida") == "12\u202f345 fotos perdidas"


def test_percent():
    assert percent(0.0764) == "8\u202f%" and percent(0.0764, 1) == "7.6\u202f%"


def test_a_name_gives_no_orders_to_the_terminal():
    assert printable("a\x1b[31mb\u202ec\r.png") == "a\\x1b[31mb\\u202ec\\r.png"
    assert printable("José\n5\u202f%") == "José\n5\u202f%"
