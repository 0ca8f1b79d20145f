/**
 * Encontrar imperfecciones: una red mira cada cara derecha y propone qué quitar.
 *
 * Es `pix2pix_lib/restoration/finding.py` en el navegador, con la piel de `data/marks.py`: si cambias
 * uno, cambia el otro. Sus números los lee de allí `book/_ext/lab.py`.
 *
 * @typedef {import("../numeric/components.js").Component} Component
 * @typedef {import("./downloads.js").Asset} Asset
 * @typedef {import("./levels.js").Shape} Shape
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./runtime.js").Runtime} Runtime
 * @typedef {import("./runtime.js").RuntimeAssets} RuntimeAssets
 * @typedef {import("./runtime.js").Session} Session
 * @typedef {import("./turned.js").Matrix} Matrix
 * @typedef {[number, number]} Pair
 *
 * @typedef {object} Numbers Los de Python, con su nombre.
 * @property {number} SIDE
 * @property {number} FACE
 * @property {number} MARGIN
 * @property {number} EXTENT
 * @property {number} THRESHOLD
 * @property {number} LARGEST
 * @property {[Pair, Pair]} OVAL
 * @property {[number, Pair][]} AROUND
 *
 * @typedef {object} Mark Una marca que se propone quitar.
 * @property {Uint32Array} pixels los suyos, en orden: fila por fila
 * @property {number} chance de 0 a 1, lo segura que está la red
 * @property {number} size su diámetro, el del disco de su área, en anchos de la cara
 */

import { connectedComponents } from "../numeric/components.js";
import { MAGENTA } from "./masks.js";
import { bring } from "./pretrained.js";
import { breathe } from "./restore.js";
import { inverse, landing, look } from "./turned.js";

/** La red que busca. */
export class Finder {
  numbers;
  #ort;
  #session;

  /** @param {Runtime} ort @param {Session} session @param {Numbers} numbers */
  constructor(ort, session, numbers) {
    this.#ort = ort;
    this.#session = session;
    this.numbers = numbers;
  }

  /**
   * @param {RuntimeAssets & { finder: Asset & Numbers }} assets
   * @param {(share: number) => void} onProgress de 0 a 1, mientras se baja
   */
  static async load(assets, onProgress) {
    const { ort, session } = await bring(assets, assets.finder, onProgress);
    return new Finder(ort, session, assets.finder);
  }

  /**
   * Con qué probabilidad es de una marca cada píxel de una cara derecha: la media de lo que la red
   * ve en ella y en su reflejo.
   *
   * @param {Float32Array} seen SIDE x SIDE x 4, como la da `look`: el hueco no se mira
   * @returns {Promise<Float32Array>} SIDE x SIDE
   */
  async chances(seen) {
    const { SIDE } = this.numbers;
    const straight = await this.#run(seen, (pixel) => pixel);
    /** @param {number} pixel */
    const reflected = (pixel) => pixel + SIDE - 1 - 2 * (pixel % SIDE);
    const mirrored = await this.#run(seen, reflected);
    return straight.map((chance, pixel) => (chance + mirrored[reflected(pixel)]) / 2);
  }

  /** @param {Float32Array} seen @param {(pixel: number) => number} from de dónde sale cada píxel */
  async #run(seen, from) {
    const { SIDE } = this.numbers;
    const x = new Float32Array(3 * SIDE * SIDE);
    for (let i = 0; i < x.length; i++) x[i] = seen[4 * from(Math.floor(i / 3)) + (i % 3)];
    const entry = new this.#ort.Tensor("float32", x, [1, SIDE, SIDE, 3]);
    const { probabilidad } = await this.#session.run({ x: entry });
    return /** @type {Float32Array} */ (probabilidad.data);
  }
}

/**
 * Dónde puede haber una marca en una cara derecha: 1 en la piel.
 *
 * @param {number} side
 * @param {readonly number[]} points los de `Face`, en partes del lado
 * @param {Pick<Numbers, "OVAL" | "AROUND">} numbers
 */
export function skin(side, points, { OVAL, AROUND }) {
  const features = AROUND.map(([lower, radii], i) => [
    [points[2 * i], points[2 * i + 1] + lower],
    radii,
  ]);
  return Uint8Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [((i % side) + 0.5) / side, (Math.floor(i / side) + 0.5) / side];
    /** @param {number[][]} ellipse */
    const isIn = ([center, radii]) =>
      ((x - center[0]) / radii[0]) ** 2 + ((y - center[1]) / radii[1]) ** 2 < 1;
    return Number(isIn(OVAL) && !features.some(isIn));
  });
}

/**
 * Los píxeles de una foto en los que cae una marca de su cara derecha, con su borde.
 *
 * @param {Component} mark
 * @param {Matrix} matrix la de `look`
 * @param {Shape} shape de la foto
 * @param {Pick<Numbers, "SIDE" | "MARGIN">} numbers
 */
export function bringBack({ box: [top, left, bottom, right], runs }, matrix, shape, numbers) {
  const { SIDE, MARGIN } = numbers;
  // Al menos un píxel de la foto: en una cara pequeña, la marca podría no tocar ninguno.
  const reach = Math.max(MARGIN * SIDE, Math.hypot(matrix[0], matrix[1]));
  const grown = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < runs.length; i += 3) {
    const last = Math.min(SIDE - 1, runs[i] + reach);
    for (let row = Math.max(0, Math.ceil(runs[i] - reach)); row <= last; row++) {
      const wide = Math.floor(Math.sqrt(reach ** 2 - (row - runs[i]) ** 2));
      const [start, end] = [Math.max(0, runs[i + 1] - wide), Math.min(SIDE, runs[i + 2] + wide)];
      grown.fill(1, row * SIDE + start, row * SIDE + end);
    }
  }
  const [a, b, across, c, d, down] = inverse(matrix);
  const corners = [left - reach, right + reach].flatMap((x) =>
    [top - reach, bottom + reach].map((y) => [c * x + d * y + down, a * x + b * y + across]),
  );
  const [rows, columns] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
  return landing(grown, SIDE, matrix, shape, [
    Math.floor(Math.min(...rows)) - 1,
    Math.floor(Math.min(...columns)) - 1,
    Math.ceil(Math.max(...rows)) + 2,
    Math.ceil(Math.max(...columns)) + 2,
  ]);
}

/** @param {Component} component @param {Float32Array} chances @param {Numbers} numbers */
function measure({ runs }, chances, { SIDE, FACE }) {
  let [area, chance] = [0, 0];
  for (let i = 0; i < runs.length; i += 3) {
    area += runs[i + 2] - runs[i + 1];
    for (let column = runs[i + 1]; column < runs[i + 2]; column++) {
      chance = Math.max(chance, chances[runs[i] * SIDE + column]);
    }
  }
  return { chance, size: Math.sqrt((4 / Math.PI) * area) / FACE };
}

/**
 * Las marcas de las caras de una foto, de la más segura a la menos. De ellas elige quien las pide,
 * por lo segura que está la red y por su tamaño.
 *
 * @param {{ numbers: Numbers, chances: (seen: Float32Array) => Promise<Float32Array> }} finder
 * @param {Picture} photo
 * @param {readonly number[][]} faces los puntos de cada una
 * @param {{ onProgress?: (done: number, total: number) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<Mark[]>}
 */
export async function findMarks(finder, photo, faces, { onProgress, signal } = {}) {
  const { SIDE, EXTENT } = finder.numbers;
  const known = new Uint8Array(photo.width * photo.height);
  /** @type {Mark[]} */
  const found = [];
  for (const [i, points] of faces.entries()) {
    await breathe(signal);
    const { x, matrix } = look(photo, known, points, SIDE, MAGENTA);
    const chances = await finder.chances(x);
    const [a, b, across, c, d, down] = matrix;
    const turned = points.map((place, j) =>
      j % 2
        ? (c * points[j - 1] + d * place + down) / SIDE
        : (a * place + b * points[j + 1] + across) / SIDE,
    );
    const likely = skin(SIDE, turned, finder.numbers).map((isSkin, pixel) =>
      Number(isSkin && chances[pixel] > EXTENT),
    );
    for (const mark of connectedComponents(likely, SIDE)) {
      const pixels = Uint32Array.from(bringBack(mark, matrix, photo, finder.numbers));
      // Lo que cae fuera de la foto es el reflejo de otra marca.
      if (pixels.length) found.push({ pixels, ...measure(mark, chances, finder.numbers) });
    }
    onProgress?.(i + 1, faces.length);
  }
  return found.sort((one, other) => other.chance - one.chance);
}
