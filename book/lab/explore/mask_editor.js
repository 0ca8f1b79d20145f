/**
 * Dibuja tu máscara: una cuadrícula de 50x50 que se pinta con el ratón, el dedo o el teclado, y que
 * se descarga en un PNG de los que lee `load_masks`.
 *
 * @typedef {import("../engine/masks.js").Masks} Masks
 * @typedef {import("./drawn_mask.js").Cell} Cell
 *
 * @typedef {object} Pen Lo que hacen el ratón y el teclado.
 * @property {(at: Cell) => void} begin
 * @property {(to: Cell) => void} move
 * @property {() => void} end
 * @property {() => void} undo
 */

import { MASK_SIDE } from "../engine/masks.js";
import { stepsOf } from "../ui/arrows.js";
import { button, choices, slider } from "../ui/controls.js";
import { blackOnWhite, element, show } from "../ui/dom.js";
import { FORGOTTEN, maskName } from "../ui/writing.js";
import { DrawnMask } from "./drawn_mask.js";

/** El nombre de la máscara dibujada y, con `.png`, el del archivo que se descarga. */
export const OWN_NAME = "mi_mascara";

const EMPTY = "Tu máscara está vacía: no participa.";

const HELP =
  "Arrastra para dibujar. Con el teclado, las flechas mueven el cursor (con mayúsculas, de cinco " +
  "en cinco) y el espacio usa la herramienta; si lo mantienes, las flechas siguen el trazo.";

/** @param {HTMLCanvasElement} paper @param {Pen} pen */
function followPointer(paper, pen) {
  /** @param {PointerEvent} event @returns {Cell} */
  const cell = (event) => {
    const { left, top, width, height } = paper.getBoundingClientRect();
    return [
      Math.floor(((event.clientX - left) * MASK_SIDE) / width),
      Math.floor(((event.clientY - top) * MASK_SIDE) / height),
    ];
  };
  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    paper.setPointerCapture(event.pointerId);
    pen.begin(cell(event));
  });
  paper.addEventListener("pointermove", (event) => {
    if (paper.hasPointerCapture(event.pointerId)) pen.move(cell(event));
  });
  paper.addEventListener("lostpointercapture", pen.end);
}

/** @param {HTMLCanvasElement} paper @param {Pen} pen @param {DrawnMask} drawing */
function followKeys(paper, pen, drawing) {
  paper.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    const steps = stepsOf(event);
    if (ctrlKey || metaKey || altKey) {
      if (key !== "z" || altKey) return;
      pen.undo();
    } else if (steps) {
      const [column, row] = drawing.cursor;
      pen.move([column + steps[0], row + steps[1]]);
    } else if (key === " ") {
      if (!event.repeat) pen.begin(drawing.cursor);
    } else return;
    event.preventDefault();
  });
  paper.addEventListener("keyup", (event) => {
    if (event.key === " ") pen.end();
  });
  paper.addEventListener("blur", pen.end);
}

/**
 * @param {Masks} masks
 * @param {(start: Uint8Array, name: string) => void} onCopy
 */
function starts(masks, onCopy) {
  const names = [...masks.keys()].map((name) => element("option", { value: name }, maskName(name)));
  const select = element("select", { name: "inicio" }, ...names);
  return element(
    "div",
    { class: "explorador-inicio" },
    element("label", {}, element("span", {}, "Empezar desde"), select),
    button("Copiar", () => {
      const start = masks.get(select.value);
      if (start) onCopy(start, select.value);
    }),
  );
}

/**
 * @param {HTMLElement} host donde se añade
 * @param {Masks} masks las que sirven para empezar
 * @param {{ onChange: () => void, onAlone: () => void }} events después de cada cambio del dibujo,
 *   y cuando se pide borrar solo con él
 * @returns {Uint8Array} la máscara, que cambia mientras se dibuja: 50x50, por filas, 1 donde borra
 */
export function mountMaskEditor(host, masks, { onChange, onAlone }) {
  const drawing = new DrawnMask();
  const help = element("p", { class: "explorador-ayuda", id: "explorador-ayuda" }, HELP);
  const status = element("output", { class: "explorador-estado", "aria-live": "polite" }, EMPTY);
  const mark = element("div", { class: "explorador-cursor" });
  const paper = element("canvas", {
    tabindex: 0,
    role: "application",
    "aria-label": "Tu máscara: una cuadrícula de 50 por 50",
    "aria-describedby": help.id,
  });

  function draw() {
    show(paper, blackOnWhite(drawing.mask, MASK_SIDE));
    const [left, top] = drawing.cursor.map((cell) => cell - (drawing.width - 1) / 2);
    mark.style.left = `${(100 * left) / MASK_SIDE}%`;
    mark.style.top = `${(100 * top) / MASK_SIDE}%`;
    mark.style.width = `${(100 * drawing.width) / MASK_SIDE}%`;
  }

  /** @param {string} message */
  function change(message) {
    status.value = message;
    draw();
    onChange();
  }

  function place() {
    const [column, row] = drawing.cursor;
    const state = drawing.isPainted ? "pintado" : "en blanco";
    return `Columna ${column + 1}, fila ${row + 1}: ${state}.`;
  }

  function undo() {
    const done = drawing.undo() ? "Deshecho el último cambio." : "No queda nada que deshacer.";
    change(drawing.isExhausted ? `${done} ${FORGOTTEN}` : done);
  }

  function empty() {
    drawing.replace([]);
    change(EMPTY);
  }

  /** @param {() => string} act hace algo con la máscara y lo cuenta */
  const unlessEmpty = (act) => () => {
    status.value = drawing.isEmpty ? "Dibuja algo antes: una máscara vacía no borra nada." : act();
  };

  function download() {
    const href = paper.toDataURL("image/png");
    element("a", { href, download: `${OWN_NAME}.png` }).click();
    return `Descargada: pon ${OWN_NAME}.png en la carpeta de tus máscaras.`;
  }

  function useAlone() {
    onAlone();
    return "Ahora se borra solo con tu máscara.";
  }

  const tools = choices("Herramienta", "herramienta", [
    ["lapiz", "lápiz"],
    ["goma", "goma"],
  ]);
  const thickness = slider("Grosor", { name: "grosor", min: 1, max: 9, step: 2, value: 3 });
  const buttons = [
    button("Deshacer", undo),
    button("Vaciar", empty),
    button("Usar solo esta", unlessEmpty(useAlone)),
    button("Descargar PNG", unlessEmpty(download)),
  ];
  const copy = starts(masks, (start, name) => {
    drawing.replace(start);
    change(`Tu máscara es ahora una copia de «${maskName(name)}».`);
  });
  const form = element(
    "form",
    { class: "explorador-dibujo", "aria-label": "Dibuja tu máscara" },
    element("p", { class: "explorador-titulo" }, "Dibuja tu máscara"),
    element("div", { class: "explorador-papel" }, paper, mark),
    element(
      "div",
      { class: "explorador-mesa" },
      status,
      tools,
      thickness.label,
      element("div", { class: "explorador-botones" }, ...buttons),
      copy,
      help,
    ),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    drawing.width = Number(thickness.input.value);
    draw();
  });

  /** @type {Pen} */
  const pen = {
    begin(at) {
      drawing.begin(at, new FormData(form).get("herramienta") === "goma" ? 0 : 1);
      change(place());
    },
    move(to) {
      const hasDrawn = drawing.move(to);
      status.value = place();
      draw();
      if (hasDrawn) onChange();
    },
    end: () => drawing.end(),
    undo,
  };
  followPointer(paper, pen);
  followKeys(paper, pen, drawing);
  draw();
  host.append(form);
  return drawing.mask;
}
