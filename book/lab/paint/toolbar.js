/**
 * La barra del pintor: herramientas, tamaño, sellos, deshacer y acercar.
 *
 * @typedef {import("../engine/masks.js").Masks} Masks
 * @typedef {"brush" | "eraser" | "keep" | "stamp" | "move" | "face"} Tool
 * @typedef {"undo" | "redo" | "clear" | "out" | "whole" | "in" | "addFace"} Order
 */

import { MASK_SIDE } from "../engine/masks.js";
import { element } from "../ui/dom.js";
import { icon, shape } from "../ui/icons.js";
import { maskName } from "../ui/writing.js";
import { filling } from "./cursor.js";

/** @type {readonly (readonly [Tool, string])[]} */
const TOOLS = [
  ["brush", "Pincel"],
  ["eraser", "Goma"],
  ["keep", "Conservar"],
  ["stamp", "Sellos"],
  ["move", "Mover"],
  ["face", "Marcos de las caras"],
];

/** Pasos del deslizador del tamaño. */
export const SIZE_STEPS = 200;

/** Para que los grupos de dos pintores de una misma página no se mezclen. */
let painters = 0;

/**
 * @param {string} name
 * @param {string} value
 * @param {boolean} checked
 * @param {Node} drawing
 * @param {string} text
 */
function choice(name, value, checked, drawing, text) {
  const input = element("input", { type: "radio", name, value, checked });
  return element("label", { class: "pintor-boton" }, input, drawing, element("span", {}, text));
}

/**
 * @param {string} legend
 * @param {string} name
 * @param {...Node} children
 */
function group(legend, name, ...children) {
  const title = element("legend", { class: "pintor-oculto" }, legend);
  return element("fieldset", { class: `pintor-grupo pintor-${name}` }, title, ...children);
}

/** @param {Masks} masks @param {string} name */
function stamps(masks, name) {
  const box = `0 0 ${MASK_SIDE} ${MASK_SIDE}`;
  return [...masks].map(([mask, drawing], i) => {
    const picture = shape(
      "svg",
      { class: "pintor-dibujo", viewBox: box, "aria-hidden": "true" },
      shape("path", { d: filling(drawing, MASK_SIDE) }),
    );
    return choice(name, mask, i === 0, picture, maskName(mask));
  });
}

export class Toolbar {
  root;
  #size;
  #sizeText = element("span", { class: "pintor-medida", "aria-hidden": "true" });
  /** @type {Map<string, HTMLButtonElement>} */
  #buttons = new Map();
  #name = `pintor-${(painters += 1)}`;
  #panels;
  #fields;

  /**
   * @param {Masks} masks
   * @param {{ onTool: () => void, onOrder: (order: Order) => void,
   *   onSize: (position: number) => void }} handlers
   */
  constructor(masks, { onTool, onOrder, onSize }) {
    /**
     * @param {Order} order
     * @param {keyof typeof import("../ui/icons.js").ICONS} drawing
     * @param {string} text
     */
    const button = (order, drawing, text) => {
      const made = element(
        "button",
        { type: "button", class: "pintor-boton" },
        icon(drawing),
        element("span", {}, text),
      );
      made.addEventListener("click", () => onOrder(order));
      this.#buttons.set(order, made);
      return made;
    };
    this.#size = element("input", { type: "range", min: 0, max: SIZE_STEPS });
    this.#size.addEventListener("input", () => onSize(Number(this.#size.value) / SIZE_STEPS));
    const tools = TOOLS.map(([tool, text], i) =>
      choice(this.#name, tool, i === 0, icon(tool), text),
    );
    this.#panels = {
      stamp: group("Sello", "sellos", ...stamps(masks, `${this.#name}-sello`)),
      face: group(
        "Marcos de las caras",
        "ayuda",
        element(
          "p",
          {},
          "La red mira cada cara a su tamaño. Arrastra un marco para moverlo, y su esquina para " +
            "estirarlo.",
        ),
        button("addFace", "plus", "Añadir un marco"),
      ),
    };
    this.#fields = element(
      "fieldset",
      { class: "pintor-barra" },
      element("legend", { class: "pintor-oculto" }, "Pintar"),
      group("Herramienta", "herramientas", ...tools),
      element(
        "label",
        { class: "pintor-tamano" },
        element("span", {}, "Tamaño"),
        this.#sizeText,
        this.#size,
      ),
      group(
        "Pasos",
        "pasos",
        button("undo", "undo", "Deshacer"),
        button("redo", "redo", "Rehacer"),
        button("clear", "trash", "Borrar todo lo pintado"),
      ),
      group(
        "Acercar y alejar",
        "zoom",
        button("out", "out", "Alejar"),
        button("whole", "whole", "Ver entera"),
        button("in", "in", "Acercar"),
      ),
      this.#panels.stamp,
      this.#panels.face,
    );
    this.root = this.#fields;
    this.#fields.addEventListener("change", (event) => {
      if (event.target === this.#size) return;
      this.#showPanels();
      onTool();
    });
    this.#showPanels();
  }

  /** @returns {Tool} */
  get tool() {
    return /** @type {Tool} */ (this.#chosen(this.#name));
  }

  /** El nombre de la máscara elegida. */
  get stamp() {
    return this.#chosen(`${this.#name}-sello`);
  }

  /** @param {boolean} disabled */
  set disabled(disabled) {
    this.#fields.disabled = disabled;
  }

  /** @param {number} thickness @param {number} position de 0 a 1 */
  showSize(thickness, position) {
    this.#size.value = String(Math.round(position * SIZE_STEPS));
    this.#size.setAttribute("aria-valuetext", `${thickness} píxeles`);
    this.#sizeText.textContent = `${thickness} px`;
  }

  /**
   * Lo que ahora no sirve se apaga, pero no pierde el foco.
   *
   * @param {Record<string, boolean>} useful
   */
  showUseful(useful) {
    for (const [order, isUseful] of Object.entries(useful)) {
      this.#buttons.get(order)?.setAttribute("aria-disabled", String(!isUseful));
    }
  }

  /** @param {string} name */
  #chosen(name) {
    const input = this.#fields.querySelector(`input[name="${name}"]:checked`);
    return input instanceof HTMLInputElement ? input.value : "";
  }

  #showPanels() {
    this.#panels.stamp.hidden = this.tool !== "stamp";
    this.#panels.face.hidden = this.tool !== "face";
  }
}
