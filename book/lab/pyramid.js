/**
 * El hueco a la mitad, a la cuarta parte...: cada píxel está pintado si lo está alguno de los
 * cuatro de los que sale. De lejos, así no se pierde ningún trazo fino.
 *
 * @typedef {import("./strokes.js").Rect} Rect
 * @typedef {import("./strokes.js").Size} Size
 * @typedef {Size & { data: Uint8Array }} Level
 */

/** @param {Level} from @param {Level} to @param {Rect} rect de `to` */
function reduce(from, to, { left, top, right, bottom }) {
  for (let row = top; row < bottom; row++) {
    const above = 2 * row * from.width;
    const below = Math.min(2 * row + 1, from.height - 1) * from.width;
    for (let column = left; column < right; column++) {
      const [one, other] = [2 * column, Math.min(2 * column + 1, from.width - 1)];
      to.data[row * to.width + column] =
        from.data[above + one] |
        from.data[above + other] |
        from.data[below + one] |
        from.data[below + other];
    }
  }
}

export class Pyramid {
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

  /** @param {Rect} rect donde ha cambiado el hueco */
  update({ left, top, right, bottom }) {
    for (let i = 1; i < this.levels.length; i++) {
      [left, top] = [left >> 1, top >> 1];
      [right, bottom] = [(right + 1) >> 1, (bottom + 1) >> 1];
      reduce(this.levels[i - 1], this.levels[i], { left, top, right, bottom });
    }
  }
}
