"""pix2pix_lib: las piezas del libro, por habitaciones.

El orden de lectura es el de los datos: `recipes`, `data`, `model`, `training`, `evaluation`,
`restoration`. De dónde vienen las caras está en `sources`; las figuras y los ejercicios, en
`teaching`; la línea de órdenes, en `cli`. Ninguna importa de las que van después.
"""

import logging
import os

# Sin esto, TensorFlow abre cada cuaderno con avisos que no dicen nada a quien aprende.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("tensorflow").addFilter(lambda record: record.levelno >= logging.ERROR)
# Sin esto, en los procesadores sin AVX-512 cada paso tarda 1.7 veces más.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
