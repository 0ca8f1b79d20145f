/**
 * Las redes del libro: se bajan una vez, con su avance. Una restaura ventanas de 256 píxeles; la
 * otra, que solo se baja si hace falta, ve la cara derecha cuando tiene tapado un rasgo.
 *
 * Es `pix2pix_lib/restoration/pretrained.py` en el navegador.
 *
 * @typedef {import("./runtime.js").Runtime} Runtime
 * @typedef {import("./runtime.js").Session} Session
 * @typedef {import("./downloads.js").Asset} Asset
 * @typedef {import("./runtime.js").RuntimeAssets & { generator: Asset, upright: Asset,
 *   discriminator: Asset }} NetworkAssets
 *
 * @typedef {object} Inside Lo que pasa dentro de la red con una ventana: todo, en [-1, 1].
 * @property {Float32Array} fill el primer relleno: size x size x 3
 * @property {Float32Array} correction lo que la red le suma
 * @property {Float32Array} restored lo que devuelve
 */

import { once } from "./once.js";
import { openNetwork } from "./runtime.js";

/** Lado de la cara derecha que ve la segunda. */
const UPRIGHT_SIZE = 128;

/**
 * De [-1, 1] a niveles de 0 a 255, con las cuentas en float32, como NumPy.
 *
 * @param {Float32Array} values
 * @returns {Uint8ClampedArray}
 */
export function toLevels(values) {
  return Uint8ClampedArray.from(values, (value) => Math.fround(Math.fround(value + 1) * 127.5));
}

/**
 * Baja una red, con lo que la mueve, que si ya ha llegado también cuenta.
 *
 * @param {import("./runtime.js").RuntimeAssets} assets
 * @param {Asset} network
 * @param {(share: number) => void} onProgress de 0 a 1
 */
export function bring(assets, network, onProgress) {
  let arrived = 0;
  const total = assets.wasm.bytes + network.bytes;
  return openNetwork(assets, network, (bytes) => onProgress((arrived += bytes) / total));
}

/** La red del libro; `size`, `refines`, `upright` y `restore`, como las pide `restore.js`. */
export class Pretrained {
  size = 256;
  refines = true;

  /** @type {import("./restore.js").Upright} */
  upright = {
    size: UPRIGHT_SIZE,
    open: once(async (onProgress) => {
      const { ort, session } = await bring(this.#assets, this.#assets.upright, onProgress);
      return new UprightNetwork(ort, session);
    }),
  };

  /** @type {Runtime} */
  #ort;
  /** @type {Session} */
  #generator;
  #discriminator = once(() => openNetwork(this.#assets, this.#assets.discriminator));
  /** @type {NetworkAssets} */
  #assets;

  /**
   * @param {Runtime} ort
   * @param {Session} generator
   * @param {NetworkAssets} assets
   */
  constructor(ort, generator, assets) {
    this.#ort = ort;
    this.#generator = generator;
    this.#assets = assets;
  }

  /**
   * Baja la red y la prepara.
   *
   * @param {NetworkAssets} assets
   * @param {(share: number) => void} onProgress de 0 a 1
   * @returns {Promise<Pretrained>}
   */
  static async load(assets, onProgress) {
    const { ort, session } = await bring(assets, assets.generator, onProgress);
    return new Pretrained(ort, session, assets);
  }

  /**
   * @param {Float32Array} x size x size x 4, como lo da `make_pairs`
   * @returns {Promise<Uint8ClampedArray>} size x size x 3
   */
  async restore(x) {
    const { restaurada } = await this.#run(x, [], ["restaurada"]);
    return toLevels(restaurada);
  }

  /**
   * @param {Float32Array} x size x size x 4
   * @param {readonly number[]} cut conexiones de salto que se cortan: 0 es la de más lado
   * @returns {Promise<Inside>}
   */
  async lookInside(x, cut) {
    const parts = await this.#run(x, cut, ["relleno", "correccion", "restaurada"]);
    return { fill: parts.relleno, correction: parts.correccion, restored: parts.restaurada };
  }

  /**
   * @param {Float32Array} x
   * @param {readonly number[]} cut
   * @param {string[]} wanted
   * @returns {Promise<Record<string, Float32Array>>}
   */
  async #run(x, cut, wanted) {
    const { Tensor } = this.#ort;
    const skips = new Float32Array(SKIP_SIDES.length).fill(1);
    for (const level of cut) skips[level] = 0;
    const found = await this.#generator.run(
      {
        x: new Tensor("float32", x, [1, this.size, this.size, 4]),
        saltos: new Tensor("float32", skips, [skips.length]),
      },
      wanted,
    );
    return Object.fromEntries(
      wanted.map((name) => [name, /** @type {Float32Array} */ (found[name].data)]),
    );
  }

  /**
   * Lo que cree de cada parche de 70x70 el discriminador contra el que aprendió la segunda red.
   *
   * @param {Float32Array} x la cara derecha: lado x lado x 4, como la ve esa red
   * @param {Float32Array} candidate lado x lado x 3, en [-1, 1]: la dibujada o la auténtica
   * @returns {Promise<Float32Array>} 14 x 14, por filas, de 0 (inventado) a 1 (auténtico)
   */
  async judge(x, candidate) {
    const { ort, session } = await this.#discriminator();
    const { size } = this.upright;
    const { notas } = await session.run({
      borrada: new ort.Tensor("float32", x, [1, size, size, 4]),
      candidata: new ort.Tensor("float32", candidate, [1, size, size, 3]),
    });
    const logits = /** @type {Float32Array} */ (notas.data);
    return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  }
}

/** La que ve la cara derecha, como la pide `restore.js`. */
class UprightNetwork {
  size = UPRIGHT_SIZE;
  #ort;
  #session;

  /** @param {Runtime} ort @param {Session} session */
  constructor(ort, session) {
    this.#ort = ort;
    this.#session = session;
  }

  /** @param {Float32Array} x @returns {Promise<Uint8ClampedArray>} */
  async restore(x) {
    const entry = new this.#ort.Tensor("float32", x, [1, this.size, this.size, 4]);
    const { restaurada } = await this.#session.run({ x: entry }, ["restaurada"]);
    return toLevels(/** @type {Float32Array} */ (restaurada.data));
  }
}

/** Lado al que trabaja cada conexión de salto, de la de más lado a la de menos. */
export const SKIP_SIDES = [128, 64, 32, 16, 8];

/** Cada nota del discriminador habla de los CELL píxeles de en medio de su parche; en el borde de la
 * imagen sobran MARGIN. Como en `experiments/discriminador.py`. */
export const [CELL, MARGIN] = [8, 8];
