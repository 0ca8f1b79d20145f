/**
 * Dónde hay caras en una foto, de qué tamaño son y dónde tienen los ojos, la boca y las orejas.
 *
 * Es `pix2pix_lib/restoration/faces.py` en el navegador, y ve las mismas caras: si cambias uno,
 * cambia el otro.
 *
 * @typedef {import("./masks.js").Picture} Picture
 * @typedef {import("./runtime.js").Runtime} Runtime
 * @typedef {import("./runtime.js").Session} Session
 * @typedef {import("./downloads.js").Asset} Asset
 *
 * @typedef {object} Face
 * @property {number} x del centro, en píxeles de la foto
 * @property {number} y
 * @property {number} width el lado del cuadrado que la contiene, de la frente a la barbilla
 * @property {number} score lo segura que está la red, de 0 a 1
 * @property {number[]} points la x y la y del ojo derecho (el de la persona), el izquierdo, la
 *   nariz, la boca, la oreja derecha y la izquierda
 *
 * @typedef {object} Sight Lo que se ve en una celda, en píxeles de la foto.
 * @property {number} score
 * @property {number[]} box la x y la y del centro de la caja, sus lados, y los puntos
 */

import { resizeArea } from "../numeric/resampling.js";
import { crop } from "./regions.js";
import { openNetwork } from "./runtime.js";
import { TO_FLOAT } from "./windows.js";

/** Lados mayores, en píxeles, a los que se mira: las caras que llenan la foto y las pequeñas. */
const LOOKS = [96, 352];

/** Lado de una celda, y de qué han de ser múltiplos los de la imagen, en píxeles. */
const [CELL, MULTIPLE] = [4, 32];

/** El ancho de la cara y lo que su centro está más arriba que el de la caja, en lados de la caja. */
const [WIDTH, RAISED] = [1.31, 0.08];

/** Lo que da la red de cada celda: el centro de la caja, sus lados y los seis puntos. */
const VALUES = 16;

/** Los ojos, la nariz y la boca: las orejas pueden salirse del marco. */
const FEATURES = 4;

/**
 * Redondea los empates al par, como Python y OpenCV.
 *
 * @param {number} value no negativo
 */
function roundToEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + Number(rest > 0.5 || (rest === 0.5 && floor % 2 === 1));
}

/**
 * La foto reducida.
 *
 * @param {Picture} photo
 * @param {number} side su lado mayor, si no lo es ya menos
 * @returns {Picture}
 */
function shrink(photo, side) {
  const scale = Math.min(1, side / Math.max(photo.width, photo.height));
  if (scale === 1) return photo;
  const [width, height] = [photo.width, photo.height].map((length) =>
    Math.max(1, roundToEven(length * scale)),
  );
  const small = resizeArea(photo.data, { ...photo, channels: 4 }, width, height);
  // OpenCV, si reduce justo a la mitad, redondea los empates hacia arriba.
  const half = photo.width === 2 * width && photo.height === 2 * height;
  return { data: new Uint8ClampedArray(small.map(half ? Math.round : roundToEven)), width, height };
}

/** Si lo que se ve en dos celdas es la misma cara. @param {Sight} one @param {Sight} other */
function areSame({ box: one }, { box: other }) {
  const away = Math.max(Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1]));
  return away < Math.max(one[2], other[2]) / 2;
}

/** La media de lo que se ve varias veces. @param {Sight[]} sights @returns {number[]} */
function average(sights) {
  const total = sights.reduce((sum, { score }) => sum + score, 0);
  return sights[0].box.map(
    (_, i) => sights.reduce((sum, { box, score }) => sum + score * box[i], 0) / total,
  );
}

/** La red que busca caras. */
export class Detector {
  #ort;
  #session;

  /** @param {Runtime} ort @param {Session} session */
  constructor(ort, session) {
    this.#ort = ort;
    this.#session = session;
  }

  /** @param {import("./runtime.js").RuntimeAssets & { detector: Asset }} assets */
  static async load(assets) {
    const { ort, session } = await openNetwork(assets, assets.detector);
    return new Detector(ort, session);
  }

  /**
   * Lo que se ve con la foto reducida a ese lado mayor, en las celdas donde parece haber cara.
   *
   * @param {Picture} photo
   * @param {number} side
   * @returns {Promise<Sight[]>}
   */
  async #look(photo, side) {
    const { data, width, height } = shrink(photo, side);
    const [wide, high] = [width, height].map((length) => MULTIPLE * Math.ceil(length / MULTIPLE));
    const x = new Float32Array(3 * wide * high);
    for (let i = 0; i < width * height; i++) {
      const at = 3 * (Math.floor(i / width) * wide + (i % width));
      for (let c = 0; c < 3; c++) x[at + c] = TO_FLOAT[data[4 * i + c]];
    }
    const { cajas, notas } = await this.#session.run({
      x: new this.#ort.Tensor("float32", x, [1, high, wide, 3]),
    });
    const boxes = /** @type {Float32Array} */ (cajas.data);
    const scores = /** @type {Float32Array} */ (notas.data);
    const scale = [photo.width / width, photo.height / height];
    /** @type {Sight[]} */
    const seen = [];
    scores.forEach((score, cell) => {
      if (score <= 0) return;
      const place = [cell % (wide / CELL), Math.floor(cell / (wide / CELL))];
      const box = Array.from(boxes.subarray(VALUES * cell, VALUES * (cell + 1)), (value, i) => {
        const isSide = i === 2 || i === 3;
        return (value + (isSide ? 0 : CELL * (place[i % 2] + 0.5))) * scale[i % 2];
      });
      seen.push({ score: 1 / (1 + Math.exp(-score)), box });
    });
    return seen;
  }

  /**
   * Busca caras, de frente o de lado.
   *
   * @param {Picture} photo
   * @returns {Promise<Face[]>} de la más segura a la menos: de lo que se ve varias veces, la media
   */
  async findFaces(photo) {
    const looks = [];
    for (const side of LOOKS) looks.push(await this.#look(photo, side));
    let left = looks.flat().toSorted((one, other) => other.score - one.score);
    const faces = [];
    while (left.length) {
      const [best] = left;
      const same = left.filter((sight) => sight === best || areSame(sight, best));
      const [x, y, side, , ...points] = average(same);
      const face = { x, y: y - RAISED * side, width: WIDTH * side, score: best.score, points };
      faces.push(face);
      left = left.filter((sight) => !same.includes(sight));
    }
    return faces;
  }

  /**
   * Los puntos de la cara de un marco: los que ya tiene, si no se ha movido a otra; si no, los de la
   * que se vea en él.
   *
   * @param {Picture} photo
   * @param {{ x: number, y: number, width: number, points?: number[] }} frame
   * @returns {Promise<number[] | undefined>}
   */
  async pointsIn(photo, { x, y, width, points }) {
    const center = [x, y];
    /** @param {number[]} places */
    const fits = (places) =>
      places.every((place, i) => Math.abs(place - center[i % 2]) < width / 2);
    if (points && fits(points.slice(0, 2 * FEATURES))) return points;
    const [left, top] = center.map((place) => Math.max(0, Math.floor(place - width)));
    const right = Math.min(photo.width, Math.ceil(x + width));
    const bottom = Math.min(photo.height, Math.ceil(y + width));
    const seen = await this.findFaces(crop(photo, [top, left, bottom, right]));
    return seen
      .map((face) => face.points.map((place, i) => place + (i % 2 ? top : left)))
      .find((places) => fits(places.slice(0, 2 * FEATURES)));
  }
}
