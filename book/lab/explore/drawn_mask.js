/**
 * Una máscara que se dibuja a trazos, con su cursor. No toca la página: la enseña `mask_editor.js`.
 *
 * @typedef {readonly [column: number, row: number]} Cell de 0 a 49 dentro de la máscara
 */

import { MASK_SIDE } from "../engine/masks.js";
import { PaintedHole } from "../hole/painted_hole.js";

/** @param {number} place */
const inside = (place) => Math.min(MASK_SIDE - 1, Math.max(0, place));

/** @param {Cell} cell @returns {import("../hole/geometry.js").Point} */
const center = ([column, row]) => ({ x: column + 0.5, y: row + 0.5 });

export class DrawnMask {
  /** Ancho del trazo, en píxeles: un número impar. */
  width = 3;
  #painting = new PaintedHole({ width: MASK_SIDE, height: MASK_SIDE });
  /** Dónde está el lápiz, que puede salirse. @type {Cell} */
  #tip = [MASK_SIDE / 2, MASK_SIDE / 2];
  /** Lo que deja el trazo empezado: 1 pinta, 0 borra. @type {number | null} */
  #ink = null;

  /** 50x50, por filas, 1 donde borra. Siempre es el mismo arreglo. */
  get mask() {
    return this.#painting.hole;
  }

  /** @returns {Cell} */
  get cursor() {
    return [inside(this.#tip[0]), inside(this.#tip[1])];
  }

  /** Si está pintado donde está el cursor. */
  get isPainted() {
    const [column, row] = this.cursor;
    return this.mask[row * MASK_SIDE + column] === 1;
  }

  get isEmpty() {
    return !this.#painting.painted;
  }

  /**
   * @param {Cell} at
   * @param {number} ink 1 pinta, 0 borra
   */
  begin(at, ink) {
    this.end();
    this.#tip = at;
    this.#ink = ink;
    this.move(at);
  }

  /**
   * Lleva el cursor a otro sitio y, si hay un trazo empezado, lo sigue hasta ahí.
   *
   * @param {Cell} to
   * @returns {boolean} si ha dibujado
   */
  move(to) {
    if (this.#ink !== null) this.#painting.line(center(this.#tip), center(to), this.width, this.#ink);
    this.#tip = to;
    return this.#ink !== null;
  }

  end() {
    this.#painting.commit();
    this.#ink = null;
  }

  /** @param {ArrayLike<number>} drawing */
  replace(drawing) {
    this.#painting.replace(drawing);
  }

  /** Si no se puede deshacer nada, pero porque lo más antiguo ya no se guarda. */
  get isExhausted() {
    return this.#painting.isExhausted;
  }

  /** @returns {boolean} si había algo que deshacer */
  undo() {
    return this.#painting.undo().length > 0;
  }
}
