/**
 * Una máscara que se dibuja a trazos, con su cursor. No toca la página: la enseña `mask_editor.js`.
 *
 * @typedef {readonly [column: number, row: number]} Cell de 0 a 49 dentro de la máscara
 */

import { MASK_SIDE } from "../engine/masks.js";

/** Cuántos trazos se pueden deshacer. */
const MEMORY = 100;

/** @param {number} place */
const inside = (place) => Math.min(MASK_SIDE - 1, Math.max(0, place));

export class DrawnMask {
  /** 50x50, por filas, 1 donde borra. Siempre es el mismo arreglo. */
  mask = new Uint8Array(MASK_SIDE ** 2);

  /** Ancho del trazo, en píxeles: un número impar. */
  width = 3;

  /** @type {Uint8Array[]} */
  #before = [];

  /** Dónde está el lápiz, que puede salirse. @type {Cell} */
  #tip = [MASK_SIDE / 2, MASK_SIDE / 2];

  /** Lo que deja el trazo empezado: 1 pinta, 0 borra. @type {number | null} */
  #ink = null;

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
    return !this.mask.includes(1);
  }

  /**
   * @param {Cell} at
   * @param {number} ink 1 pinta, 0 borra
   */
  begin(at, ink) {
    this.#remember();
    this.#tip = at;
    this.#ink = ink;
    this.#line(at, at, ink);
  }

  /**
   * Lleva el cursor a otro sitio y, si hay un trazo empezado, lo sigue hasta ahí.
   *
   * @param {Cell} to
   * @returns {boolean} si ha dibujado
   */
  move(to) {
    if (this.#ink !== null) this.#line(this.#tip, to, this.#ink);
    this.#tip = to;
    return this.#ink !== null;
  }

  end() {
    this.#ink = null;
  }

  /** @param {Uint8Array} drawing */
  replace(drawing) {
    this.#remember();
    this.mask.set(drawing);
  }

  /** @returns {boolean} si había algo que deshacer */
  undo() {
    const last = this.#before.pop();
    if (last) this.mask.set(last);
    return last !== undefined;
  }

  #remember() {
    this.#before.push(this.mask.slice());
    if (this.#before.length > MEMORY) this.#before.shift();
  }

  /** @param {Cell} from @param {Cell} to @param {number} ink */
  #line(from, to, ink) {
    const [across, down] = [to[0] - from[0], to[1] - from[1]];
    const steps = Math.max(1, Math.abs(across), Math.abs(down));
    for (let i = 0; i <= steps; i++) {
      const [x, y] = [Math.round((across * i) / steps), Math.round((down * i) / steps)];
      this.#dot(from[0] + x, from[1] + y, ink);
    }
  }

  /**
   * Un punto redondo, del que solo se pinta lo que cae dentro.
   *
   * @param {number} column @param {number} row @param {number} ink
   */
  #dot(column, row, ink) {
    const radius = (this.width - 1) / 2;
    for (let y = -radius; y <= radius; y++) {
      for (let x = -radius; x <= radius; x++) {
        const [i, j] = [column + x, row + y];
        const falls = inside(i) === i && inside(j) === j;
        if (falls && x * x + y * y <= radius * (radius + 1)) this.mask[j * MASK_SIDE + i] = ink;
      }
    }
  }
}
