"""Lo que solo necesita el libro: figuras, diagramas, deslizadores, ejercicios y lo apuntado."""

from .exercises import check
from .explorer import MaskExplorer, mask_name
from .guess_which import GuessWhich
from .records import (
    by_face,
    load_records,
    record_curves,
    record_exams,
    record_faces,
    record_gain,
    record_hours,
    record_lead,
    record_spectra,
    record_table,
)
from .threshold import moving_threshold

__all__ = [
    "GuessWhich",
    "MaskExplorer",
    "by_face",
    "check",
    "load_records",
    "mask_name",
    "moving_threshold",
    "record_curves",
    "record_exams",
    "record_faces",
    "record_gain",
    "record_hours",
    "record_lead",
    "record_spectra",
    "record_table",
]
