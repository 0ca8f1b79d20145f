/**
 * Lo que se ha pintado, paso a paso, para deshacerlo y rehacerlo.
 *
 * De cada paso se guarda qué píxeles cambiaron, en tiras: un hueco solo tiene unos y ceros, y
 * volver a cambiarlos lo deshace. Un trazo que cruza la foto ocupa unos pocos miles de bytes.
 *
 * @typedef {import("./strokes.js").Rect} Rect
 *
 * @typedef {object} Step
 * @property {Rect} rect dónde cae
 * @property {Uint32Array} strips el primer píxel y el largo de cada tira
 */

const MAX_STEPS = 50;
const MAX_BYTES = 32 * 2 ** 20;

/**
 * @param {Uint8Array} hole
 * @param {Uint8Array} before
 * @param {Rect} rect
 * @param {number} width
 */
function differences(hole, before, { left, top, right, bottom }, width) {
  const strips = [];
  for (let row = top; row < bottom; row++) {
    const end = row * width + right;
    for (let i = row * width + left; i < end; i++) {
      if (hole[i] === before[i]) continue;
      const start = i;
      while (i < end && hole[i] !== before[i]) i++;
      strips.push(start, i - start);
    }
  }
  return Uint32Array.from(strips);
}

/** @param {Uint8Array} hole @param {Uint32Array} strips */
function flip(hole, strips) {
  for (let strip = 0; strip < strips.length; strip += 2) {
    const end = strips[strip] + strips[strip + 1];
    for (let i = strips[strip]; i < end; i++) hole[i] ^= 1;
  }
}

/** @param {readonly Step[]} steps */
const bytes = (steps) => steps.reduce((sum, { strips }) => sum + strips.byteLength, 0);

export class History {
  #width;
  /** @type {Step[]} */
  #done = [];
  /** @type {Step[]} */
  #undone = [];

  /** @param {number} width de la foto */
  constructor(width) {
    this.#width = width;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /**
   * Apunta un paso, si ha cambiado algo.
   *
   * @param {Uint8Array} hole
   * @param {Rect} rect fuera de él, nada ha cambiado
   * @param {Uint8Array} before el hueco entero, como estaba
   * @returns {boolean} si ha cambiado algo
   */
  record(hole, rect, before) {
    const strips = differences(hole, before, rect, this.#width);
    if (strips.length === 0) return false;
    this.#undone = [];
    this.#done.push({ rect, strips });
    while (this.#done.length > MAX_STEPS || bytes(this.#done) > MAX_BYTES) this.#done.shift();
    return true;
  }

  /**
   * @param {Uint8Array} hole cambia
   * @returns {Rect | null} dónde ha cambiado
   */
  undo(hole) {
    return this.#move(this.#done, this.#undone, hole);
  }

  /**
   * @param {Uint8Array} hole cambia
   * @returns {Rect | null} dónde ha cambiado
   */
  redo(hole) {
    return this.#move(this.#undone, this.#done, hole);
  }

  clear() {
    this.#done = [];
    this.#undone = [];
  }

  /** @param {Step[]} from @param {Step[]} to @param {Uint8Array} hole */
  #move(from, to, hole) {
    const step = from.pop();
    if (!step) return null;
    flip(hole, step.strips);
    to.push(step);
    return step.rect;
  }
}
