# Todo lo que hace falta, con una orden. `make help` cuenta qué hay.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/listo
LIBRARY := $(wildcard pix2pix_lib/*) $(wildcard masks/*.png) tools/notebooks.py
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
BOOK := $(shell find book -type f)
EXECUTED := $(NOTEBOOKS:%=_build/source/%)
FACES := _build/caras.txt

export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 1
# Los cuadernos se ejecutan en otra carpeta: una ruta relativa dejaría de valer.
ifdef PIX2PIX_CARAS
export PIX2PIX_CARAS := $(abspath $(PIX2PIX_CARAS))
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help libro test unidad cuadernos portada versiones limpiar FORCE

help:  ## Enseña esta ayuda
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

libro: _build/html/index.html  ## Instala, ejecuta los cuadernos y construye el libro
	@echo "El libro está en _build/html/index.html: ábrelo con «$(BIN)/python -m webbrowser _build/html/index.html»."

test: $(READY) $(FACES) _build/check/_build/html/index.html  ## Comprueba el estilo, la biblioteca, los cuadernos y el sitio
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest
	@rm -rf notebooks/modelo*
	$(BIN)/pytest --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg notebooks

unidad: $(READY)  ## Solo las pruebas rápidas de la biblioteca
	$(BIN)/pytest --ignore tests/test_site.py

cuadernos: $(READY) $(FACES)  ## Vuelve a ejecutar los cuadernos y guarda sus salidas en el repositorio
	@rm -rf notebooks/modelo*
	@for notebook in $(NOTEBOOKS); do $(BIN)/python tools/notebooks.py $$notebook $$notebook || exit 1; done

portada: $(READY)  ## Vuelve a dibujar la portada con la red de «make cuadernos»
	$(BIN)/python tools/cover.py

versiones: $(READY)  ## Recalcula las versiones fijas de requirements.txt
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --extra cpu --extra libro --extra test --universal \
		--python-version 3.11 --constraint constraints.txt --upgrade \
		--no-emit-index-url --no-annotate --no-header --quiet -o requirements.txt

limpiar:  ## Borra el entorno y todo lo construido
	rm -rf $(VENV) _build notebooks/modelo* notebooks/mis_mascaras

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "Hace falta Python 3.11, 3.12 o 3.13: repite con «make $(MAKECMDGOALS) PYTHON=python3.12»." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "No se pudo crear el entorno: instala el módulo venv de Python (en Debian y Ubuntu, «apt install python3-venv»)." >&2; exit 1; }
	@echo "Instalando las dependencias en $(VENV)..."
	@$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt > $(VENV)/pip.log 2>&1 \
		&& $(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e . >> $(VENV)/pip.log 2>&1 \
		|| { echo "No se pudieron instalar las dependencias: comprueba tu conexión y repite (los detalles están en $(VENV)/pip.log)." >&2; exit 1; }
	@touch $@

# La ruta de las caras: si cambia (otra carpeta en PIX2PIX_CARAS), los cuadernos se vuelven a ejecutar.
$(FACES): $(READY) FORCE
	@mkdir -p $(@D)
	@$(BIN)/python -m pix2pix_lib caras > $@.new || { rm $@.new; exit 1; }
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

_build/source/notebooks/%.ipynb: notebooks/%.ipynb $(LIBRARY) $(READY) $(FACES)
	$(FRESH)
	$(BIN)/python tools/notebooks.py $< $@

# Una red que ya está entrenada no se repite: el capítulo 4 empieza sin ninguna.
_build/source/notebooks/04_entrenamiento.ipynb: FRESH = @rm -rf $(@D)/modelo*

# El capítulo 5 usa la red que entrena el 4.
_build/source/notebooks/05_resultados.ipynb: _build/source/notebooks/04_entrenamiento.ipynb

_build/html/index.html: $(EXECUTED) $(BOOK)
	@rm -rf _build/source/book && cp -r book _build/source/
	$(call build_site,_build/source,.)

# El sitio que se comprueba sale de los cuadernos guardados, sin ejecutarlos otra vez.
_build/check/_build/html/index.html: $(NOTEBOOKS) $(BOOK) $(READY)
	@rm -rf _build/check && mkdir -p _build/check/source && cp -r book notebooks _build/check/source/
	$(call build_site,_build/check/source,_build/check)

define build_site
$(BIN)/jupyter-book build $(1) --path-output $(2) --toc book/_toc.yml --config book/_config.yml -q -W -n --keep-going
endef
