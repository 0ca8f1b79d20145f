/**
 * La mano que pinta: dónde está, con qué herramienta y de qué tamaño, la lleve el puntero o el
 * teclado.
 *
 * @typedef {import("../hole/geometry.js").Point} Point
 * @typedef {import("../hole/geometry.js").Size} Size
 */

import { MASK_SIDE } from "../engine/masks.js";
import { PaintedHole } from "../hole/painted_hole.js";
import { percent } from "../ui/writing.js";
import { outline } from "./cursor.js";
import { nextThickness, positionOf, thickest, thicknessAt } from "./thickness.js";

/** Lo que anda el cursor con una flecha, en píxeles de la pantalla. */
const STEP = 8;

/** El primer pincel, en partes del mayor. */
const FIRST_SIZE = 1 / 12;

/** Lo que se enseña el pincel, en medio, al cambiarle el tamaño, en milisegundos. */
const PREVIEW = 900;

/** Cómo se llama lo que baja y sube; si no es el pincel. @type {Map<string, string>} */
const NAMES = new Map([
  ["eraser", "Goma"],
  ["keep", "Pincel de conservar"],
]);

/** @param {Point} point @param {Size} size @returns {Point} el centro de su píxel, dentro */
function pixelOf({ x, y }, { width, height }) {
  /** @param {number} place @param {number} length */
  const inside = (place, length) => Math.min(Math.max(Math.floor(place), 0), length - 1) + 0.5;
  return { x: inside(x, width), y: inside(y, height) };
}

export class Brush {
  painting = new PaintedHole({ width: 0, height: 0 });
  /** Si se está haciendo un trazo. */
  isDown = false;
  #isBusy = false;
  #thickness = 1;
  /** Dónde está, en la foto, si está. @type {Point | null} */
  #at = null;
  /** Si la lleva el teclado. */
  #isKeyboard = false;
  #preview = 0;
  /** Los contornos de los sellos ya usados. @type {Map<string, string>} */
  #outlines = new Map();
  #masks;
  #easel;
  #toolbar;
  #voice;
  #onStroke;

  /**
   * @param {object} parts
   * @param {import("../engine/masks.js").Masks} parts.masks
   * @param {import("./easel.js").Easel} parts.easel
   * @param {import("./toolbar.js").Toolbar} parts.toolbar
   * @param {import("./voice.js").Voice} parts.voice
   * @param {() => void} parts.onStroke cuando un trazo ha cambiado lo pintado
   */
  constructor({ masks, easel, toolbar, voice, onStroke }) {
    this.#masks = masks;
    this.#easel = easel;
    this.#toolbar = toolbar;
    this.#voice = voice;
    this.#onStroke = onStroke;
  }

  /** @param {PaintedHole} painting la de la foto que se acaba de abrir */
  open(painting) {
    this.painting = painting;
    this.isDown = false;
    this.#at = null;
    this.#setThickness(Math.max(1, Math.round(thickest(painting.size) * FIRST_SIZE)));
  }

  /** Con qué se ve el cursor, si se ve. @returns {import("./cursor.js").Look | null} */
  get look() {
    const { viewport } = this.#easel;
    const at = this.#preview ? viewport.center : this.#at;
    if (!at || (!this.#preview && !this.#isKeyboard && !this.paints)) return null;
    return {
      at: viewport.toScreen(at),
      size: this.paints ? this.#thickness * viewport.view.scale : 0,
      drawing: this.#toolbar.tool === "stamp" ? this.#outline() : null,
      cross: this.#isKeyboard && !this.#preview,
      down: this.isDown,
    };
  }

  /** Hacia dónde acerca el teclado, en la pantalla: al cursor, si lo lleva. */
  get focus() {
    return this.#isKeyboard && this.#at ? this.#easel.viewport.toScreen(this.#at) : undefined;
  }

  /** Si la herramienta pinta, y ahora se puede pintar. */
  get paints() {
    const isPainter = ["brush", "eraser", "keep", "stamp"].includes(this.#toolbar.tool);
    return isPainter && !this.#isBusy && this.painting.hole.length > 0;
  }

  /** @param {boolean} isBusy mientras, no pinta */
  set isBusy(isBusy) {
    this.lift();
    this.#isBusy = isBusy;
  }

  /** @param {number} position del deslizador, de 0 a 1 */
  resize(position) {
    this.#setThickness(thicknessAt(position, this.painting.size));
    this.#showAWhile();
  }

  /** @param {1 | -1} direction */
  thicken(direction) {
    this.#setThickness(nextThickness(this.#thickness, direction, this.painting.size));
    if (this.#at) this.#easel.refresh();
    else this.#showAWhile();
    this.#voice.sayWhenSettled(() => `Tamaño: ${this.#thickness} px.`);
  }

  /** El puntero empieza un trazo. @param {Point} at en la pantalla */
  begin(at) {
    // Lo que se dijo de lo anterior ya no viene a cuento.
    this.#voice.say("");
    this.lift();
    this.#isKeyboard = false;
    this.#lower(this.#easel.viewport.toPhoto(at));
  }

  /** @param {Point[]} points en la pantalla */
  follow(points) {
    for (const point of points) this.#moveTo(this.#easel.viewport.toPhoto(point));
  }

  /** El puntero pasa por encima. @param {Point | null} at en la pantalla, si está */
  hover(at) {
    if (this.#isKeyboard && (!at || this.isDown)) return;
    this.#isKeyboard = false;
    if (!this.isDown) this.#at = at && this.#easel.viewport.toPhoto(at);
    this.#easel.refresh();
  }

  /** Da el trazo por hecho. */
  lift() {
    this.isDown = false;
    this.#easel.refresh();
    if (this.painting.commit()) this.#onStroke();
  }

  /** Retira el trazo que se estaba haciendo. */
  withdraw() {
    this.isDown = false;
    this.painting.withdraw();
    this.#easel.refresh();
  }

  /** Una flecha mueve el cursor o, si la herramienta no pinta, la foto. */
  step(/** @type {number} */ right, /** @type {number} */ down) {
    const { viewport } = this.#easel;
    if (!this.paints) {
      viewport.pan(-3 * STEP * right, -3 * STEP * down);
      this.#easel.moved();
      return;
    }
    const from = this.#takeCursor();
    const step = Math.max(1, Math.round(STEP / viewport.view.scale));
    const to = { x: from.x + step * right, y: from.y + step * down };
    this.#moveTo(pixelOf(to, this.painting.size));
    viewport.reveal(to);
    this.#easel.moved();
    this.#voice.sayWhenSettled(() => `${this.isDown ? "Pintando" : "Cursor"} en ${this.#place()}.`);
  }

  /** Espacio o Intro: bajan o suben el pincel, o ponen el sello. */
  toggle() {
    if (!this.paints) return;
    if (!this.#isKeyboard) {
      this.#takeCursor();
      this.#voice.say(`Cursor en ${this.#place()}. Espacio baja el pincel.`);
    } else {
      this.press(!this.isDown);
    }
  }

  /** @param {boolean} down */
  press(down) {
    if (!this.paints || down === this.isDown) return;
    const name = NAMES.get(this.#toolbar.tool) ?? "Pincel";
    if (!down) {
      this.lift();
      this.#voice.say(`${name} arriba, en ${this.#place()}.`);
      return;
    }
    this.#lower(this.#takeCursor());
    if (this.#toolbar.tool === "stamp") {
      this.lift();
      this.#voice.say(`Sello puesto en ${this.#place()}.`);
    } else {
      this.#voice.say(`${name} abajo, en ${this.#place()}. Las flechas pintan.`);
    }
  }

  /** El lienzo recibe el foco con el teclado. */
  take() {
    this.#takeCursor();
    this.#voice.say(`Cursor en ${this.#place()}.`);
  }

  /** El lienzo pierde el foco. */
  leave() {
    if (!this.#isKeyboard) return;
    this.lift();
    this.#isKeyboard = false;
    this.#at = null;
  }

  /** Deja de enseñar el tamaño. */
  stop() {
    clearTimeout(this.#preview);
    this.#preview = 0;
  }

  /** Pone el cursor del teclado donde estaba el puntero o, si no estaba, en medio. */
  #takeCursor() {
    this.#at = pixelOf(this.#at ?? this.#easel.viewport.center, this.painting.size);
    this.#isKeyboard = true;
    this.stop();
    this.#easel.refresh();
    return this.#at;
  }

  /** @param {Point} at */
  #lower(at) {
    this.#at = at;
    this.isDown = true;
    this.#moveTo(at);
  }

  /** @param {Point} to */
  #moveTo(to) {
    const from = this.#at ?? to;
    this.#at = to;
    if (this.isDown) {
      if (this.#toolbar.tool === "stamp") this.#stamp(to);
      else this.#line(from, to);
    }
    this.#easel.refresh();
  }

  /** @param {Point} from @param {Point} to */
  #line(from, to) {
    const { tool } = this.#toolbar;
    const layer = tool === "keep" ? this.painting.kept : this.painting.hole;
    this.painting.line(from, to, this.#thickness, Number(tool !== "eraser"), layer);
  }

  /** Hasta que se suelta, el sello sigue al puntero. @param {Point} at */
  #stamp(at) {
    const mask = this.#masks.get(this.#toolbar.stamp);
    this.painting.withdraw();
    if (mask) this.painting.stamp(mask, at, this.#thickness);
  }

  /** @param {number} thickness */
  #setThickness(thickness) {
    this.#thickness = thickness;
    this.#toolbar.showSize(thickness, positionOf(thickness, this.painting.size));
  }

  #showAWhile() {
    this.stop();
    this.#preview = setTimeout(() => {
      this.stop();
      this.#easel.refresh();
    }, PREVIEW);
    this.#easel.refresh();
  }

  #outline() {
    const name = this.#toolbar.stamp;
    const mask = this.#masks.get(name);
    const drawing = this.#outlines.get(name) ?? (mask ? outline(mask, MASK_SIDE) : "");
    this.#outlines.set(name, drawing);
    return drawing;
  }

  #place() {
    const { x, y } = this.#at ?? { x: 0, y: 0 };
    const { width, height } = this.painting.size;
    return `${percent(x / width)}, ${percent(y / height)}`;
  }
}
