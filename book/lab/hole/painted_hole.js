/**
 * Lo pintado sobre una foto, y lo que de ella se conserva, con su historia. No toca la página.
 *
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {import("./geometry.js").Size} Size
 * @typedef {import("./history.js").Change} Change
 */

import { clip, copyRect, isEmpty, union } from "./geometry.js";
import { flip, History } from "./history.js";
import { HolePyramid } from "./hole_pyramid.js";
import { paintCapsule, paintStamp } from "./strokes.js";

/** Por debajo de este grosor, el trazo va de centro a centro de píxel, para no saltarse ninguno. */
const THIN = 2;

/** @param {Point} point @returns {Point} */
const pixelCenter = ({ x, y }) => ({ x: Math.floor(x) + 0.5, y: Math.floor(y) + 0.5 });

/** @param {Rect} rect @param {number} down @returns {Rect} */
const lowered = (rect, down) => ({ ...rect, top: rect.top + down, bottom: rect.bottom + down });

export class PaintedHole {
  size;
  /** Lo pintado. */
  hole;
  /** Lo que no se toca, aunque esté pintado. */
  kept;
  /** Las de lo uno y lo otro. */
  pyramids;
  /** Las dos capas, una debajo de otra, como si fueran una foto: así comparten historia. */
  #both;
  /** Las dos, antes del trazo que se está haciendo. */
  #before;
  #history;
  /** Lo que ha tocado ese trazo. @type {Rect | null} */
  #stroke = null;
  /** Lo que falta por llevar a cada pirámide. @type {(Rect | null)[]} */
  #unread = [null, null];
  /** Lo que falta por enseñar. @type {Rect | null} */
  #unseen = null;

  /** @param {Size} size */
  constructor({ width, height }) {
    const length = width * height;
    this.size = { width, height };
    this.#both = new Uint8Array(2 * length);
    this.#before = new Uint8Array(2 * length);
    this.hole = this.#both.subarray(0, length);
    this.kept = this.#both.subarray(length);
    this.pyramids = [this.hole, this.kept].map((layer) => new HolePyramid(layer, this.size));
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
    return this.pyramids[0].any;
  }

  /** Si hay algo que se conserva. */
  get keeps() {
    this.#read();
    return this.pyramids[1].any;
  }

  /** Un rectángulo que abarca lo pintado y lo que se conserva. @returns {Rect | null} */
  get bounds() {
    const [painted, kept] = this.pyramids.map(({ bounds }) => bounds);
    return kept ? union(painted, kept) : painted;
  }

  /**
   * Un tramo del trazo que se está haciendo.
   *
   * @param {Point} from @param {Point} to
   * @param {number} thickness
   * @param {number} value 1 pinta; 0 borra, de las dos capas
   * @param {Uint8Array} layer la que se pinta
   */
  line(from, to, thickness, value, layer = this.hole) {
    const [start, end] = thickness < THIN ? [pixelCenter(from), pixelCenter(to)] : [from, to];
    for (const each of value ? [layer] : [this.hole, this.kept]) {
      this.#touch(paintCapsule(each, this.size, start, end, thickness / 2, value), each);
    }
  }

  /** @param {Uint8Array} mask 50x50 @param {Point} center @param {number} side */
  stamp(mask, center, side) {
    this.#touch(paintStamp(this.hole, this.size, mask, center, side, 1));
  }

  /**
   * Da el trazo por hecho.
   *
   * @param {Change} [change]
   * @param {boolean} [joined] si se deshace a la vez que el paso anterior
   * @returns {boolean} si ha cambiado algo
   */
  commit(change, joined) {
    if (!this.#stroke) return false;
    const changed = this.#history.record(this.#both, this.#stroke, this.#before, change, joined);
    copyRect(this.#before, this.#both, this.#stroke, this.size.width);
    this.#stroke = null;
    return changed;
  }

  /** Retira el trazo que se estaba haciendo. */
  withdraw() {
    if (!this.#stroke) return;
    copyRect(this.#both, this.#before, this.#stroke, this.size.width);
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

  /** Borra todo lo pintado, y lo que se conserva; también se puede deshacer.
   * @returns {boolean} si había algo */
  clear() {
    this.commit();
    this.kept.fill(0);
    this.#touch(this.#whole, this.kept);
    this.hole.fill(0);
    this.#touch(this.#whole);
    return this.commit();
  }

  /**
   * @param {ArrayLike<number>} hole por filas; lo que falte, sin pintar
   * @param {Change} [change] lo que a la vez cambia en la foto
   * @param {boolean} [joined] si se deshace a la vez que el paso anterior
   * @returns {boolean} si cambia
   */
  replace(hole, change, joined) {
    this.commit();
    this.hole.fill(0);
    this.hole.set(hole);
    this.#touch(this.#whole);
    return this.commit(change, joined);
  }

  /**
   * Lo pintado se ha restaurado: desaparece.
   *
   * @param {Uint8Array} hole lo que de verdad se ha restaurado: sin lo que se conserva, y con lo que
   *   se haya propuesto
   * @param {Change} change
   * @param {boolean} joined si se deshace a la vez que el paso anterior
   */
  restore(hole, change, joined) {
    const differs = this.replace(hole, undefined, joined);
    return this.replace([], change, joined || differs);
  }

  /**
   * Lo que hay que quitar: lo pintado y unas marcas, menos lo que se conserva.
   *
   * @param {readonly { pixels: Uint32Array }[]} [marks]
   */
  removed(marks = []) {
    const hole = this.hole.slice();
    for (const { pixels } of marks) for (const pixel of pixels) hole[pixel] = 1;
    return this.#spare(hole);
  }

  /** Lo pintado y lo ya restaurado. @returns {Uint8Array} */
  get everything() {
    const mask = this.hole.slice();
    for (const strips of this.#history.restored) {
      for (let i = 0; i < strips.length; i += 2) mask.fill(1, strips[i], strips[i] + strips[i + 1]);
    }
    return this.#spare(mask);
  }

  /** Si un píxel ya se ha restaurado. @param {number} pixel */
  isRestored(pixel) {
    return this.#history.restored.some((strips) =>
      strips.some((start, i) => i % 2 === 0 && pixel >= start && pixel < start + strips[i + 1]),
    );
  }

  /** Lo pintado o, si no lo hay, lo último restaurado, y la foto de antes, a trozos. */
  get latest() {
    const last = this.painted ? undefined : this.#history.lastChange;
    const hole = this.hole.slice();
    if (last) flip(hole, last.strips);
    return { hole: this.#spare(hole), pieces: last?.change?.before ?? [] };
  }

  /** Lo que ha cambiado desde la última vez que se preguntó. @returns {Rect | null} */
  takeUnseen() {
    this.#read();
    const rect = this.#unseen;
    this.#unseen = null;
    return rect;
  }

  get #whole() {
    return { left: 0, top: 0, right: this.size.width, bottom: this.size.height };
  }

  /** Quita de un hueco lo que se conserva. @param {Uint8Array} hole cambia */
  #spare(hole) {
    if (this.keeps) this.kept.forEach((isKept, i) => isKept && (hole[i] = 0));
    return hole;
  }

  /** @param {(both: Uint8Array) => import("./history.js").Step[]} move */
  #revisit(move) {
    this.commit();
    const steps = move(this.#both);
    for (const { rect } of steps) {
      copyRect(this.#before, this.#both, rect, this.size.width);
      this.#changed(rect);
    }
    return steps;
  }

  /** @param {Rect} rect @param {Uint8Array} layer */
  #touch(rect, layer = this.hole) {
    if (isEmpty(rect)) return;
    const touched = lowered(rect, layer === this.kept ? this.size.height : 0);
    this.#stroke = union(this.#stroke, touched);
    this.#changed(touched);
  }

  /** @param {Rect} rect de las dos capas */
  #changed(rect) {
    this.#unread = this.#unread.map((unread, i) => {
      const part = clip(lowered(rect, -i * this.size.height), this.size);
      if (isEmpty(part)) return unread;
      this.#unseen = union(this.#unseen, part);
      return union(unread, part);
    });
  }

  #read() {
    this.#unread.forEach((rect, i) => rect && this.pyramids[i].update(rect));
    this.#unread = [null, null];
  }
}
