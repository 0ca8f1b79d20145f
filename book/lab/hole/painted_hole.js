/**
 * Lo pintado sobre una foto, con su historia. No toca la página.
 *
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {import("./geometry.js").Size} Size
 * @typedef {import("./history.js").Change} Change
 */

import { copyRect, isEmpty, union } from "./geometry.js";
import { flip, History } from "./history.js";
import { HolePyramid } from "./hole_pyramid.js";
import { paintCapsule, paintStamp } from "./strokes.js";

/** Por debajo de este grosor, el trazo va de centro a centro de píxel, para no saltarse ninguno. */
const THIN = 2;

/** @param {Point} point @returns {Point} */
const pixelCenter = ({ x, y }) => ({ x: Math.floor(x) + 0.5, y: Math.floor(y) + 0.5 });

export class PaintedHole {
  size;
  hole;
  pyramid;
  /** El hueco antes del trazo que se está haciendo. */
  #before;
  #history;
  /** Lo que ha tocado ese trazo. @type {Rect | null} */
  #stroke = null;
  /** Lo que falta por llevar a la pirámide. @type {Rect | null} */
  #unread = null;
  /** Lo que falta por enseñar. @type {Rect | null} */
  #unseen = null;

  /** @param {Size} size */
  constructor({ width, height }) {
    this.size = { width, height };
    this.hole = new Uint8Array(width * height);
    this.pyramid = new HolePyramid(this.hole, this.size);
    this.#before = new Uint8Array(width * height);
    this.#history = new History(width);
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  /** Si no se puede deshacer nada, pero porque lo más antiguo ya no se guarda. */
  get isExhausted() {
    return this.#history.isExhausted;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  /** Si hay algo pintado. */
  get painted() {
    this.#read();
    return this.pyramid.any;
  }

  /**
   * Un tramo del trazo que se está haciendo.
   *
   * @param {Point} from @param {Point} to
   * @param {number} thickness
   * @param {number} value 1 pinta, 0 borra
   */
  line(from, to, thickness, value) {
    const [start, end] = thickness < THIN ? [pixelCenter(from), pixelCenter(to)] : [from, to];
    this.#touch(paintCapsule(this.hole, this.size, start, end, thickness / 2, value));
  }

  /** @param {Uint8Array} mask 50x50 @param {Point} center @param {number} side */
  stamp(mask, center, side) {
    this.#touch(paintStamp(this.hole, this.size, mask, center, side, 1));
  }

  /** Da el trazo por hecho. @param {Change} [change] @returns {boolean} si ha cambiado algo */
  commit(change) {
    if (!this.#stroke) return false;
    const changed = this.#history.record(this.hole, this.#stroke, this.#before, change);
    copyRect(this.#before, this.hole, this.#stroke, this.size.width);
    this.#stroke = null;
    return changed;
  }

  /** Retira el trazo que se estaba haciendo. */
  withdraw() {
    if (!this.#stroke) return;
    copyRect(this.hole, this.#before, this.#stroke, this.size.width);
    this.#changed(this.#stroke);
    this.#stroke = null;
  }

  /** @returns {import("./history.js").Step[]} lo deshecho */
  undo() {
    return this.#revisit((hole) => this.#history.undo(hole));
  }

  /** @returns {import("./history.js").Step[]} lo rehecho */
  redo() {
    return this.#revisit((hole) => this.#history.redo(hole));
  }

  /** Borra todo lo pintado; también se puede deshacer. @returns {boolean} si había algo */
  clear() {
    return this.replace([]);
  }

  /**
   * @param {ArrayLike<number>} hole por filas; lo que falte, sin pintar
   * @param {Change} [change] lo que a la vez cambia en la foto
   * @returns {boolean} si cambia
   */
  replace(hole, change) {
    this.commit();
    this.hole.fill(0);
    this.hole.set(hole);
    this.#touch({ left: 0, top: 0, right: this.size.width, bottom: this.size.height });
    return this.commit(change);
  }

  /** Lo pintado y lo ya restaurado. @returns {Uint8Array} */
  get everything() {
    const mask = this.hole.slice();
    for (const strips of this.#history.restored) {
      for (let i = 0; i < strips.length; i += 2) mask.fill(1, strips[i], strips[i] + strips[i + 1]);
    }
    return mask;
  }

  /** Lo pintado o, si no lo hay, lo último restaurado, y la foto de antes, a trozos. */
  get latest() {
    const last = this.painted ? undefined : this.#history.lastChange;
    const hole = this.hole.slice();
    if (last) flip(hole, last.strips);
    return { hole, pieces: last?.change?.before ?? [] };
  }

  /** Lo que ha cambiado desde la última vez que se preguntó. @returns {Rect | null} */
  takeUnseen() {
    this.#read();
    const rect = this.#unseen;
    this.#unseen = null;
    return rect;
  }

  /** @param {(hole: Uint8Array) => import("./history.js").Step[]} move */
  #revisit(move) {
    this.commit();
    const steps = move(this.hole);
    for (const { rect } of steps) {
      copyRect(this.#before, this.hole, rect, this.size.width);
      this.#changed(rect);
    }
    return steps;
  }

  /** @param {Rect} rect */
  #touch(rect) {
    if (isEmpty(rect)) return;
    this.#stroke = union(this.#stroke, rect);
    this.#changed(rect);
  }

  /** @param {Rect} rect */
  #changed(rect) {
    this.#unread = union(this.#unread, rect);
    this.#unseen = union(this.#unseen, rect);
  }

  #read() {
    if (this.#unread) this.pyramid.update(this.#unread);
    this.#unread = null;
  }
}
