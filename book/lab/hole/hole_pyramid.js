/**
 * El hueco a la mitad, a la cuarta parte...: cada píxel está pintado si lo está alguno de los
 * cuatro de los que sale. De lejos, así no se pierde ningún trazo fino.
 *
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {import("./geometry.js").Size} Size
 * @typedef {Size & { data: Uint8Array }} Level
 */

import { eachRun, union } from "./geometry.js";

/** Con un nivel de este lado se sabe, sin mirar más, dónde hay algo pintado. */
const COARSE = 256;

/** @param {Rect} rect @param {number} factor @returns {Rect} */
const scaled = ({ left, top, right, bottom }, factor) => ({
  left: left * factor,
  top: top * factor,
  right: right * factor,
  bottom: bottom * factor,
});

/** @param {Level} from @param {Level} to @param {Rect} rect de `to` */
function reduce(from, to, { left, top, right, bottom }) {
  for (let row = top; row < bottom; row++) {
    const offset = row * to.width;
    to.data.fill(0, offset + left, offset + right);
    for (let source = 2 * row; source < Math.min(2 * row + 2, from.height); source++) {
      const start = source * from.width;
      const end = start + Math.min(2 * right, from.width);
      eachRun(from.data.subarray(start + 2 * left, end), (first, last) => {
        to.data.fill(1, offset + left + (first >> 1), offset + left + ((last + 1) >> 1));
      });
    }
  }
}

export class HolePyramid {
  /** De más a menos píxeles; el primero es el hueco. @type {Level[]} */
  levels;

  /**
   * @param {Uint8Array} hole vacío
   * @param {Size} size
   */
  constructor(hole, { width, height }) {
    this.levels = [{ data: hole, width, height }];
    while (width > 1 || height > 1) {
      [width, height] = [Math.ceil(width / 2), Math.ceil(height / 2)];
      this.levels.push({ data: new Uint8Array(width * height), width, height });
    }
  }

  /** Si hay algo pintado. */
  get any() {
    return this.levels[this.levels.length - 1].data[0] === 1;
  }

  /** Un rectángulo, en la foto, que abarca todo lo pintado. @returns {Rect | null} */
  get bounds() {
    const depth = this.levels.findIndex(({ width, height }) => Math.max(width, height) <= COARSE);
    const { data, width, height } = this.levels[depth];
    /** @type {Rect | null} */
    let bounds = null;
    for (let row = 0; row < height; row++) {
      eachRun(data.subarray(row * width, (row + 1) * width), (left, right) => {
        bounds = union(bounds, { left, top: row, right, bottom: row + 1 });
      });
    }
    return bounds && scaled(bounds, 2 ** depth);
  }

  /** @param {Rect} rect donde ha cambiado el hueco */
  update({ left, top, right, bottom }) {
    for (let i = 1; i < this.levels.length; i++) {
      [left, top] = [left >> 1, top >> 1];
      [right, bottom] = [(right + 1) >> 1, (bottom + 1) >> 1];
      reduce(this.levels[i - 1], this.levels[i], { left, top, right, bottom });
    }
  }
}
