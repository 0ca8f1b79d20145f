/**
 * Una foto a su tamaño, a la mitad, a la cuarta parte...: de lejos se dibuja una de las pequeñas,
 * que es más rápido y se ve mejor. Encima van los trozos que hayan cambiado.
 *
 * @typedef {import("../photo/pieces.js").Piece} Piece
 * @typedef {OffscreenCanvasRenderingContext2D} Context
 */

/** Píxeles que se reducen de una vez: más pararían la página. */
const BATCH = 4e6;

/** La más pequeña no baja de este lado. */
const SMALLEST = 512;

/** Por encima de esta escala, los píxeles de la foto se ven como cuadrados. */
const CRISP = 3;

/** @returns {Promise<void>} cuando la página haya podido atender a lo demás */
const pause = () => new Promise((resolve) => setTimeout(resolve));

/** @param {number} width @param {number} height */
const blank = (width, height) =>
  /** @type {Context} */ (new OffscreenCanvas(width, height).getContext("2d", { alpha: false }));

/**
 * Pone en una foto, reducida a la mitad, la parte de otra que cae en un rectángulo suyo.
 *
 * @param {CanvasImageSource} from @param {Context} to
 * @param {number} left @param {number} top @param {number} right @param {number} bottom
 */
function reduce(from, to, left, top, right, bottom) {
  to.save();
  to.beginPath();
  to.rect(left, top, right - left, bottom - top);
  to.clip();
  to.drawImage(from, 0, 0, to.canvas.width, to.canvas.height);
  to.restore();
}

export class PhotoPyramid {
  size;
  #bitmap;
  /** La mitad, la cuarta parte... @type {Context[]} */
  #reduced = [];
  /** Los trozos que han cambiado, cada uno con su dibujo. @type {Map<string, Piece & { canvas: OffscreenCanvas }>} */
  #pieces = new Map();
  #closed = false;

  /**
   * @param {ImageBitmap} bitmap no se cierra: es de quien la da
   * @param {import("../hole/geometry.js").Size} size de la foto
   * @param {() => void} onReady cuando hay una más pequeña
   */
  constructor(bitmap, { width, height }, onReady) {
    this.size = { width, height };
    this.#bitmap = bitmap;
    this.#build(onReady);
  }

  /** Cambia unos trozos de la foto. @param {readonly Piece[]} pieces */
  paste(pieces) {
    for (const piece of pieces) {
      const { data, width, height, left, top } = piece;
      const context = blank(width, height);
      const pixels = /** @type {Uint8ClampedArray<ArrayBuffer>} */ (data);
      context.putImageData(new ImageData(pixels, width, height), 0, 0);
      const drawn = { ...piece, canvas: context.canvas };
      this.#pieces.set(`${left},${top}`, drawn);
      this.#reduced.forEach((_, i) => this.#reducePiece(drawn, i));
    }
  }

  /**
   * Dibuja la foto en un lienzo, que cubre o no.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {import("./viewport.js").View} view en píxeles del lienzo
   */
  draw(context, { scale, x, y }) {
    const { width, height } = this.size;
    const enough = this.#reduced.filter(({ canvas }) => canvas.width >= width * scale);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.imageSmoothingEnabled = scale < CRISP;
    context.setTransform(scale, 0, 0, scale, x, y);
    context.drawImage(enough.at(-1)?.canvas ?? this.#bitmap, 0, 0, width, height);
    if (enough.length) return;
    for (const { canvas, left, top } of this.#pieces.values()) context.drawImage(canvas, left, top);
  }

  close() {
    this.#closed = true;
    for (const { canvas } of this.#reduced) canvas.width = canvas.height = 0;
    this.#reduced.length = 0;
    this.#pieces.clear();
  }

  /** @param {Piece & { canvas: OffscreenCanvas }} piece @param {number} place de la reducida */
  #reducePiece({ canvas, left, top, width, height }, place) {
    const to = this.#reduced[place];
    const [across, down] = [to.canvas.width / this.size.width, to.canvas.height / this.size.height];
    if (place === 0) {
      to.drawImage(canvas, left * across, top * down, width * across, height * down);
      return;
    }
    const [right, bottom] = [(left + width) * across, (top + height) * down];
    const corner = [Math.floor(left * across), Math.floor(top * down)];
    const { canvas: from } = this.#reduced[place - 1];
    reduce(from, to, corner[0], corner[1], Math.ceil(right), Math.ceil(bottom));
  }

  /** @param {() => void} onReady */
  async #build(onReady) {
    for (;;) {
      const last = this.#reduced.at(-1)?.canvas ?? this.#bitmap;
      if (Math.max(last.width, last.height) < 2 * SMALLEST) return;
      const half = blank(Math.ceil(last.width / 2), Math.ceil(last.height / 2));
      const { width, height } = half.canvas;
      const rows = Math.max(1, Math.floor(BATCH / last.width / 2));
      for (let top = 0; top < height; top += rows) {
        await pause();
        if (this.#closed) return;
        reduce(last, half, 0, top, width, top + rows);
      }
      this.#reduced.push(half);
      // Lo que cambió mientras tanto puede faltar en esta.
      for (const piece of this.#pieces.values()) this.#reducePiece(piece, this.#reduced.length - 1);
      onReady();
    }
  }
}
