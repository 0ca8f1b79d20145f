/**
 * Una foto a su tamaño, a la mitad, a la cuarta parte...: de lejos se dibuja una de las pequeñas,
 * que es más rápido y se ve mejor.
 */

/** Píxeles que se reducen de una vez: más pararían la página. */
const BATCH = 4e6;

/** La más pequeña no baja de este lado. */
const SMALLEST = 512;

/** Por encima de esta escala, los píxeles de la foto se ven como cuadrados. */
const CRISP = 3;

/** @returns {Promise<void>} cuando la página haya podido atender a lo demás */
const pause = () => new Promise((resolve) => setTimeout(resolve));

/** @param {ImageBitmap} from @param {() => boolean} isStale */
async function halve(from, isStale) {
  const [width, height] = [Math.ceil(from.width / 2), Math.ceil(from.height / 2)];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) return null;
  const rows = Math.max(1, Math.floor(BATCH / from.width / 2));
  for (let top = 0; top < height; top += rows) {
    await pause();
    if (isStale()) return null;
    context.save();
    context.beginPath();
    context.rect(0, top, width, rows);
    context.clip();
    context.drawImage(from, 0, 0, width, height);
    context.restore();
  }
  return canvas.transferToImageBitmap();
}

export class PhotoPyramid {
  size;
  /** De más a menos píxeles. @type {ImageBitmap[]} */
  #levels;
  #closed = false;

  /**
   * @param {ImageBitmap} bitmap no se cierra: es de quien la da
   * @param {import("../hole/geometry.js").Size} size de la foto
   * @param {() => void} onReady cuando hay una más pequeña
   */
  constructor(bitmap, { width, height }, onReady) {
    this.size = { width, height };
    this.#levels = [bitmap];
    this.#build(onReady);
  }

  /**
   * Dibuja la foto en un lienzo, que cubre o no.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {import("./viewport.js").View} view en píxeles del lienzo
   */
  draw(context, { scale, x, y }) {
    const { width, height } = this.size;
    const enough = this.#levels.filter((level) => level.width >= width * scale);
    const level = enough[enough.length - 1] ?? this.#levels[0];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.imageSmoothingEnabled = scale < CRISP;
    context.setTransform(scale, 0, 0, scale, x, y);
    context.drawImage(level, 0, 0, width, height);
  }

  close() {
    this.#closed = true;
    for (const level of this.#levels.slice(1)) level.close();
    this.#levels.length = 1;
  }

  /** @param {() => void} onReady */
  async #build(onReady) {
    for (;;) {
      const last = this.#levels[this.#levels.length - 1];
      if (Math.max(last.width, last.height) < 2 * SMALLEST) return;
      const half = await halve(last, () => this.#closed);
      if (!half) return;
      if (this.#closed) return half.close();
      this.#levels.push(half);
      onReady();
    }
  }
}
