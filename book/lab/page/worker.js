/**
 * El taller: un hilo aparte que abre la foto, la restaura y la guarda, para que la página no se pare.
 */

import { Detector } from "../engine/faces.js";
import { once } from "../engine/once.js";
import { Pretrained } from "../engine/pretrained.js";
import { openPhoto } from "../photo/photos.js";
import { expose, proxy } from "./comlink.js";
import { OpenedPhoto } from "./opened_photo.js";

/**
 * @typedef {import("../engine/runtime.js").Asset} Asset
 * @typedef {import("../engine/pretrained.js").NetworkAssets & { detector: Asset }} Assets
 */

/** @type {Assets} */
let assets;

const network = once((/** @type {(share: number) => void} */ onProgress) =>
  Pretrained.load(assets, onProgress),
);
const detector = once(() => Detector.load(assets));

export const workshop = {
  /** @param {Assets} given */
  async start(given) {
    assets = given;
  },

  /** @param {(share: number) => void} onProgress */
  async load(onProgress) {
    await network(onProgress);
  },

  /** @param {Blob} file @param {string} name */
  async open(file, name) {
    const { picture } = await openPhoto(file);
    const bytes = new Uint8Array(await file.arrayBuffer());
    return proxy(new OpenedPhoto({ name, bytes }, picture, { network, detector }));
  },
};

expose(workshop);
