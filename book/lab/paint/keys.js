/**
 * El teclado: los atajos de todo el pintor y, en el lienzo, el cursor de pintar sin ratón.
 *
 * El espacio baja y sube el pincel; si se mantiene, pinta mientras se mueve el cursor, y con el
 * ratón, arrastra la foto.
 *
 * @typedef {object} Actions
 * @property {(factor: number) => void} zoom
 * @property {() => void} fit
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {(direction: 1 | -1) => void} thicken
 * @property {(right: number, down: number) => void} step mueve el cursor, en pasos
 * @property {() => void} toggle baja o sube el pincel
 * @property {(down: boolean) => void} press baja el pincel mientras se mantenga
 * @property {() => void} escape
 */

import { stepsOf } from "../ui/arrows.js";

/** Lo que acerca cada pulsación. */
export const ZOOM_STEP = 1.4;

/** Donde se escribe, Ctrl-Z deshace lo escrito. */
const WRITING = "textarea, [contenteditable], input:is([type=text], [type=search], :not([type]))";

/** @param {Actions} actions @returns {Record<string, () => void>} */
const shortcuts = ({ zoom, fit, thicken }) => ({
  "+": () => zoom(ZOOM_STEP),
  "=": () => zoom(ZOOM_STEP),
  "-": () => zoom(1 / ZOOM_STEP),
  0: fit,
  "[": () => thicken(-1),
  "]": () => thicken(1),
});

/** El espacio: no se sabe qué quería decir hasta que se suelta. */
export class SpaceBar {
  isHeld = false;
  /** Si, mientras se mantiene, ya ha servido para algo. */
  #isUsed = false;
  #actions;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
  }

  hold() {
    if (this.isHeld) return;
    this.isHeld = true;
    this.#isUsed = false;
  }

  /** Con él se mueve la foto. @returns {boolean} si se mantiene */
  drag() {
    this.#isUsed ||= this.isHeld;
    return this.isHeld;
  }

  /** Antes de que el cursor se mueva. */
  steer() {
    if (!this.isHeld || this.#isUsed) return;
    this.#isUsed = true;
    this.#actions.press(true);
  }

  /** @param {boolean} onCanvas */
  release(onCanvas) {
    if (!this.isHeld) return;
    this.isHeld = false;
    if (this.#isUsed) this.#actions.press(false);
    else if (onCanvas) this.#actions.toggle();
  }
}

/**
 * @param {HTMLElement} root
 * @param {HTMLCanvasElement} canvas
 * @param {Actions} actions
 */
export function listenKeys(root, canvas, actions) {
  const space = new SpaceBar(actions);
  const keys = shortcuts(actions);

  // En un teclado español, los corchetes se escriben con Alt Gr, que cuenta como Control.
  /** @param {KeyboardEvent} event */
  const isOrder = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;

  /** @param {KeyboardEvent} event */
  const onShortcut = (event) => {
    if (event.defaultPrevented || isOrder(event) || !Object.hasOwn(keys, event.key)) return;
    keys[event.key]();
    event.preventDefault();
  };

  /** También después de pulsar fuera, menos donde se escribe o en otra herramienta.
   * @param {KeyboardEvent} event */
  const onOrder = (event) => {
    const letter = event.key.toLowerCase();
    if (event.defaultPrevented || !isOrder(event) || !["z", "y"].includes(letter)) return;
    const place = event.target instanceof Element ? event.target : document.body;
    const tool = place.closest(".lab");
    if (place.matches(WRITING) || (tool && !tool.contains(root))) return;
    if (letter === "z" && !event.shiftKey) actions.undo();
    else actions.redo();
    event.preventDefault();
  };

  /** @param {KeyboardEvent} event */
  const onCanvas = (event) => {
    const steps = stepsOf(event);
    if (steps) {
      space.steer();
      actions.step(...steps);
    } else if (event.key === "Enter") {
      if (!event.repeat) actions.toggle();
    } else if (event.key === "Escape") {
      actions.escape();
    } else if (event.key !== " ") {
      return;
    }
    event.preventDefault();
  };

  /** @param {KeyboardEvent} event */
  const onSpace = (event) => {
    if (event.key !== " ") return;
    space.hold();
    // Sin nada elegido, el espacio bajaría la página mientras se arrastra la foto.
    if (event.target === document.body && canvas.matches(":hover")) event.preventDefault();
  };

  root.addEventListener("keydown", onShortcut);
  canvas.addEventListener("keydown", onCanvas);
  document.addEventListener("keydown", onOrder);
  document.addEventListener("keydown", onSpace);
  document.addEventListener("keyup", ({ key, target }) => {
    if (key === " ") space.release(target === canvas);
  });
  // Al irse a otra ventana, no se sabe cuándo se sueltan las teclas.
  globalThis.addEventListener("blur", () => space.release(false));
  return space;
}
