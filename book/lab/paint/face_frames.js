/**
 * Los marcos de las caras: se ven siempre y, con su herramienta, se mueven, se estiran y se quitan.
 *
 * @typedef {import("../engine/restore.js").Face} Face centro y ancho, en píxeles de la foto
 * @typedef {import("../ui/viewport.js").Viewport} Viewport
 *
 * @typedef {object} Frame
 * @property {Face} face
 * @property {HTMLElement} box
 * @property {HTMLButtonElement} body
 * @property {HTMLButtonElement} remove
 */

import { stepsOf } from "../ui/arrows.js";
import { element } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { percent } from "../ui/writing.js";

/** Lo que anda un marco con una flecha, en píxeles de la pantalla. */
const STEP = 8;

/** Lo que crece con una pulsación. */
const GROWTH = 1.08;

/** El menor ancho, en píxeles de la foto. */
const SMALLEST = 8;

/** Lo que ocupa un marco nuevo, en partes del lado menor de lo que se ve. */
const NEW_SHARE = 0.4;

/** @param {number} value @param {number} least @param {number} most */
const limit = (value, least, most) => Math.min(Math.max(value, least), most);

/**
 * Arrastra algo con el ratón o con el dedo.
 *
 * @param {HTMLElement} handle
 * @param {(right: number, down: number) => void} onDrag desde la última vez, en la pantalla
 */
function drag(handle, onDrag) {
  /** @type {{ id: number, x: number, y: number } | null} */
  let last = null;
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || last) return;
    last = { id: event.pointerId, x: event.clientX, y: event.clientY };
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (last?.id !== event.pointerId) return;
    onDrag(event.clientX - last.x, event.clientY - last.y);
    last = { id: last.id, x: event.clientX, y: event.clientY };
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    handle.addEventListener(end, () => {
      last = null;
    });
  }
}

export class FaceFrames {
  root = element("div", { class: "pintor-marcos", inert: true });
  /** @type {Frame[]} */
  #frames = [];
  #viewport;
  #onChange;
  #voice;

  /**
   * @param {() => Viewport} viewport
   * @param {() => void} onChange cuando cambia algún marco
   * @param {import("./voice.js").Voice} voice
   */
  constructor(viewport, onChange, voice) {
    this.#viewport = viewport;
    this.#onChange = onChange;
    this.#voice = voice;
  }

  /** @returns {Face[]} */
  get faces() {
    return this.#frames.map(({ face }) => ({ ...face }));
  }

  set faces(faces) {
    this.#frames = faces.map((face) => this.#make({ ...face }));
    this.#rebuild();
  }

  /** @param {boolean} active si se pueden tocar */
  set active(active) {
    this.root.inert = !active;
  }

  /** Un marco nuevo, en medio de lo que se ve. */
  add() {
    const { center, photo, screen, view } = this.#viewport();
    const seen = Math.min(screen.width, screen.height) / view.scale;
    const width = NEW_SHARE * Math.min(seen, photo.width, photo.height);
    const frame = this.#make({ ...center, width });
    this.#frames.push(frame);
    this.#rebuild();
    this.#onChange();
    frame.body.focus({ preventScroll: true });
    this.#voice.say(`Marco ${this.#frames.length} añadido.`);
  }

  /** Los pone donde toca, según lo que se ve de la foto. */
  place() {
    const viewport = this.#viewport();
    for (const { face, box } of this.#frames) {
      const { x, y } = viewport.toScreen(face);
      const side = face.width * viewport.view.scale;
      box.style.width = box.style.height = `${side}px`;
      box.style.transform = `translate(${x - side / 2}px, ${y - side / 2}px)`;
    }
  }

  /** @param {Face} face @returns {Frame} */
  #make(face) {
    const body = element("button", { type: "button", class: "pintor-marco-cuerpo" });
    const handle = element("span", { class: "pintor-marco-asa" });
    const remove = element(
      "button",
      { type: "button", class: "pintor-marco-quitar" },
      icon("cross"),
    );
    const box = element("div", { class: "pintor-marco" }, body, handle, remove);
    const frame = { face, box, body, remove };
    drag(body, (right, down) => {
      const { scale } = this.#viewport().view;
      this.#set(frame, { ...face, x: face.x + right / scale, y: face.y + down / scale });
    });
    // Se estira por la esquina de abajo: la de arriba no se mueve.
    drag(handle, (right, down) => {
      const grown = (right + down) / 2 / this.#viewport().view.scale;
      const { x, y, width } = face;
      this.#set(frame, { x: x + grown / 2, y: y + grown / 2, width: width + grown });
    });
    remove.addEventListener("click", () => this.#remove(frame));
    body.addEventListener("keydown", (event) => this.#onKey(frame, event));
    return frame;
  }

  /** @param {Frame} frame @param {KeyboardEvent} event */
  #onKey(frame, event) {
    const { face } = frame;
    const steps = stepsOf(event);
    if (steps) {
      const step = STEP / this.#viewport().view.scale;
      this.#set(frame, { ...face, x: face.x + steps[0] * step, y: face.y + steps[1] * step });
    } else if (event.key === "+" || event.key === "-") {
      const growth = event.key === "+" ? GROWTH : 1 / GROWTH;
      this.#set(frame, { ...face, width: face.width * growth });
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.#remove(frame);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Frame} frame @param {Face} face */
  #set(frame, { x, y, width }) {
    const { photo } = this.#viewport();
    const longest = Math.max(photo.width, photo.height);
    Object.assign(frame.face, {
      x: limit(x, 0, photo.width),
      y: limit(y, 0, photo.height),
      width: limit(width, Math.min(SMALLEST, longest), longest),
    });
    this.#describe();
    this.place();
    this.#onChange();
    this.#voice.sayWhenSettled(() => `${this.#sentence(frame)}.`);
  }

  /** @param {Frame} frame */
  #remove(frame) {
    const place = this.#frames.indexOf(frame);
    this.#frames.splice(place, 1);
    this.#rebuild();
    this.#onChange();
    this.#frames[Math.min(place, this.#frames.length - 1)]?.body.focus({ preventScroll: true });
    this.#voice.say(`Marco ${place + 1} quitado.`);
  }

  #rebuild() {
    this.root.replaceChildren(...this.#frames.map(({ box }) => box));
    this.#describe();
    this.place();
  }

  #describe() {
    this.#frames.forEach((frame, i) => {
      const sentence = this.#sentence(frame);
      frame.body.setAttribute("aria-label", `${sentence}. Flechas, más, menos o Suprimir.`);
      frame.remove.setAttribute("aria-label", `Quitar el marco ${i + 1}`);
    });
  }

  /** @param {Frame} frame */
  #sentence(frame) {
    const { photo } = this.#viewport();
    const { x, y, width } = frame.face;
    const center = `${percent(x / photo.width)}, ${percent(y / photo.height)}`;
    const place = this.#frames.indexOf(frame) + 1;
    return `Marco ${place}: centro en ${center}; ancho, ${percent(width / photo.width)}`;
  }
}
