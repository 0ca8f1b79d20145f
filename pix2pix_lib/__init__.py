"""pix2pix_lib: las piezas del libro, cada una en su módulo.

El orden de lectura es el de los datos: `photos`, `masks`, `pairs`, `networks`, `gan`,
`training`, `evaluation`, `figures` y `explorer`.
"""

import logging
import os

# Sin esto, TensorFlow abre cada cuaderno con avisos que no dicen nada a quien aprende.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("tensorflow").addFilter(lambda record: record.levelno >= logging.ERROR)
# Sin esto, en los procesadores sin AVX-512 cada paso tarda 1.7 veces más.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
