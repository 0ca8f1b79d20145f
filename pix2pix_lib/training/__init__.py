"""Entrenar sin perder nunca lo aprendido: el bucle, lo que lo escucha y lo que queda guardado."""

from .loop import train
from .runs import load_run, shipped_run

__all__ = ["load_run", "shipped_run", "train"]
