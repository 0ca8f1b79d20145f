/**
 * Lo que se ha pintado, paso a paso, para deshacerlo y rehacerlo.
 *
 * De cada paso se guarda qué píxeles cambiaron, en tiras: un hueco solo tiene unos y ceros, y
 * volver a cambiarlos lo deshace. Un trazo que cruza la foto ocupa unos pocos miles de bytes.
 *
 * @typedef {import("./geometry.js").Rect} Rect
 *
 * @typedef {object} Step
 * @property {Rect} rect dónde cae
 * @property {Uint32Array} strips el primer píxel y el largo de cada tira
 * @property {Change} [change] lo que además cambió en la foto
 * @property {boolean} joined si se deshace y se rehace a la vez que el paso anterior
 *
 * @typedef {object} Change Una restauración: lo pintado desaparece, y la foto cambia.
 * @property {readonly import("../engine/regions.js").Region[]} before
 * @property {readonly import("../engine/regions.js").Region[]} after
 */

import { eachRun } from "./geometry.js";

/** Lo más que se guarda. */
const LIMITS = { steps: 100, bytes: 256 * 2 ** 20 };

/**
 * Las tiras de una fila en las que dos huecos no son iguales; en cada una, ninguno cambia.
 *
 * @param {Uint8Array} now
 * @param {Uint8Array} then
 * @param {number} offset el primer píxel de la fila
 * @param {number[]} strips a donde se añaden
 */
function compareRow(now, then, offset, strips) {
  /** @type {[place: number, isNow: boolean][]} */
  const edges = [];
  eachRun(now, (start, end) => edges.push([start, true], [end, true]));
  eachRun(then, (start, end) => edges.push([start, false], [end, false]));
  edges.sort(([one], [other]) => one - other);
  let [inNow, inThen] = [false, false];
  edges.forEach(([place, isNow], i) => {
    if (isNow) inNow = !inNow;
    else inThen = !inThen;
    const length = i + 1 < edges.length ? edges[i + 1][0] - place : 0;
    if (inNow !== inThen && length > 0) strips.push(offset + place, length);
  });
}

/**
 * @param {Uint8Array} hole
 * @param {Uint8Array} before
 * @param {Rect} rect
 * @param {number} width
 */
function differences(hole, before, { left, top, right, bottom }, width) {
  /** @type {number[]} */
  const strips = [];
  for (let row = top; row < bottom; row++) {
    const [start, end] = [row * width + left, row * width + right];
    compareRow(hole.subarray(start, end), before.subarray(start, end), start, strips);
  }
  return Uint32Array.from(strips);
}

/** @param {Uint8Array} hole @param {Uint32Array} strips en cada una, los píxeles son iguales */
export function flip(hole, strips) {
  for (let i = 0; i < strips.length; i += 2) {
    hole.fill(1 - hole[strips[i]], strips[i], strips[i] + strips[i + 1]);
  }
}

/** @param {readonly Step[]} steps */
const weight = (steps) =>
  steps
    .flatMap(({ strips, change }) => [strips, ...(change?.after ?? []).map(({ data }) => data)])
    .reduce((sum, { byteLength }) => sum + byteLength, 0);

export class History {
  #width;
  /** @type {Step[]} */
  #done = [];
  /** @type {Step[]} */
  #undone = [];
  /** Las tiras de las restauraciones que ya no se pueden deshacer. @type {Uint32Array[]} */
  #settled = [];
  /** Si algún paso ya no se guarda. */
  #isCut = false;
  #limits;

  /**
   * @param {number} width de la foto
   * @param {{ steps: number, bytes: number }} [limits] lo más que se guarda
   */
  constructor(width, limits = LIMITS) {
    this.#width = width;
    this.#limits = limits;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  /** Si no se puede deshacer nada, pero porque lo más antiguo ya no se guarda. */
  get isExhausted() {
    return this.#isCut && !this.canUndo;
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
   * @param {Change} [change]
   * @param {boolean} [joined] al paso anterior
   * @returns {boolean} si ha cambiado algo
   */
  record(hole, rect, before, change, joined = false) {
    const strips = differences(hole, before, rect, this.#width);
    if (strips.length === 0) return false;
    this.#undone = [];
    this.#done.push({ rect, strips, change, joined });
    const { steps, bytes } = this.#limits;
    while (this.#done.length > steps || (this.#done.length > 1 && weight(this.#done) > bytes)) {
      const forgotten = this.#done.shift();
      this.#isCut = true;
      if (forgotten?.change) this.#settled.push(forgotten.strips);
    }
    return true;
  }

  /** La última restauración que se puede deshacer. */
  get lastChange() {
    return this.#done.findLast(({ change }) => change);
  }

  /** Las tiras de todo lo restaurado. @returns {Uint32Array[]} */
  get restored() {
    const steps = this.#done.filter(({ change }) => change);
    return [...this.#settled, ...steps.map(({ strips }) => strips)];
  }

  /**
   * @param {Uint8Array} hole cambia
   * @returns {Step[]} los pasos deshechos, en orden
   */
  undo(hole) {
    const first = this.#move(this.#done, this.#undone, hole);
    return first[0]?.joined ? [...first, ...this.undo(hole)] : first;
  }

  /**
   * @param {Uint8Array} hole cambia
   * @returns {Step[]} los pasos rehechos, en orden
   */
  redo(hole) {
    const first = this.#move(this.#undone, this.#done, hole);
    return this.#undone.at(-1)?.joined ? [...first, ...this.redo(hole)] : first;
  }

  /** @param {Step[]} from @param {Step[]} to @param {Uint8Array} hole */
  #move(from, to, hole) {
    const step = from.pop();
    if (!step) return [];
    flip(hole, step.strips);
    to.push(step);
    return [step];
  }
}
