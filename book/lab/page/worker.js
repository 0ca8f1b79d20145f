/**
 * El taller: un hilo aparte que abre la foto, la restaura y la guarda, para que la página no se pare.
 */

import { Detector } from "../engine/faces.js";
import { Finder, findMarks } from "../engine/finding.js";
import { maskHole } from "../engine/holes.js";
import { lookInside } from "../engine/inside.js";
import { once } from "../engine/once.js";
import { Pretrained } from "../engine/pretrained.js";
import { restoreRegion } from "../engine/restore.js";
import { openPhoto } from "../photo/photos.js";
import { changedPieces, paste } from "../photo/pieces.js";
import { encodePng } from "../photo/png.js";
import { downloadName, writeLike } from "../photo/saving.js";
import { blackOnWhite } from "../ui/dom.js";
import { expose, proxy, transfer } from "./comlink.js";

/**
 * @typedef {import("../engine/masks.js").Picture} Picture
 * @typedef {import("../engine/restore.js").Face} Face
 * @typedef {import("../engine/downloads.js").Asset} Asset
 * @typedef {import("../engine/windows.js").Square} Square
 * @typedef {import("../photo/pieces.js").Piece} Piece
 * @typedef {import("../engine/pretrained.js").NetworkAssets & { detector: Asset,
 *   finder: Asset & import("../engine/finding.js").Numbers }} Assets
 */

/** @type {Assets} */
let assets;

const network = once((/** @type {((share: number) => void) | void} */ onProgress) =>
  Pretrained.load(assets, onProgress ?? (() => {})),
);
const detector = once(() => Detector.load(assets));
const finder = once((/** @type {(share: number) => void} */ onProgress) =>
  Finder.load(assets, onProgress),
);

/** @param {Picture} picture */
async function bitmapOf({ data, width, height }) {
  const pixels = /** @type {Uint8ClampedArray<ArrayBuffer>} */ (data);
  return createImageBitmap(new ImageData(pixels, width, height));
}

/** Una foto abierta: lo que se puede pedir de ella. Cada orden se queda con la imagen de su momento. */
class OpenedPhoto {
  #file;
  #picture;
  #running = new AbortController();

  /** @param {{ name: string, bytes: Uint8Array, lost: string[] }} file @param {Picture} picture */
  constructor(file, picture) {
    this.#file = file;
    this.#picture = picture;
  }

  async show() {
    const bitmap = await bitmapOf(this.#picture);
    const { width, height } = bitmap;
    return transfer({ bitmap, width, height }, [bitmap]);
  }

  async faces() {
    const picture = this.#picture;
    return (await detector()).findFaces(picture);
  }

  /** Las marcas que se proponen quitar, y en cuántas caras se ha mirado.
   * @param {Face[]} frames @param {(share: number) => void} onProgress
   * @param {(share: number) => void} onDownload lo que ha llegado de la red que busca */
  async findMarks(frames, onProgress, onDownload) {
    const picture = this.#picture;
    this.#running = new AbortController();
    const { signal } = this.#running;
    const faces = [];
    for (const frame of frames) {
      const points = await (await detector()).pointsIn(picture, frame);
      if (points) faces.push(points);
    }
    if (!faces.length) return { marks: [], faces: 0 };
    const marks = await findMarks(await finder(onDownload), picture, faces, {
      onProgress: (done, total) => onProgress(done / total),
      signal,
    });
    return { marks, faces: faces.length };
  }

  /** La foto no cambia: se dice qué cambiaría.
   * @param {Uint8Array} hole @param {Face[]} faces @param {(share: number) => void} onProgress
   * @param {(share: number) => void} onDownload lo que ha llegado de la red de los rasgos */
  async restore(hole, faces, onProgress, onDownload) {
    const picture = this.#picture;
    this.#running = new AbortController();
    const { signal } = this.#running;
    const ready = await network();
    const start = performance.now();
    const restored = await restoreRegion(ready, picture, hole, faces, {
      onProgress: (done, total) => onProgress(done / total),
      onDownload,
      signal,
    });
    const seconds = (performance.now() - start) / 1000;
    const pieces = changedPieces(picture, restored, hole);
    const buffers = [...pieces.before, ...pieces.after].map(({ data }) => data.buffer);
    return transfer({ pieces, seconds }, buffers);
  }

  /** Cambia unos trozos de la foto. @param {readonly Piece[]} pieces */
  paste(pieces) {
    paste(this.#picture, pieces);
  }

  cancel() {
    this.#running.abort();
  }

  /** @param {(share: number) => void} onProgress */
  async save(onProgress) {
    const { blob, extension } = await writeLike(this.#picture, this.#file.bytes, onProgress);
    return { blob, name: downloadName(this.#file.name, extension), lost: this.#file.lost };
  }

  /** @param {Uint8Array} hole @param {Square} square @param {number[]} cut
   * @param {readonly Piece[]} pieces con los que la foto es la de antes de restaurar ese hueco
   * @param {Face[]} faces */
  async lookInside(hole, square, cut, pieces, faces) {
    const { data, width, height } = this.#picture;
    const picture = { data: pieces.length ? data.slice() : data, width, height };
    paste(picture, pieces);
    return lookInside(await network(), picture, hole, square, cut, faces);
  }

  /** Suelta la memoria: ya no se le pedirá nada más. */
  close() {
    this.cancel();
    this.#picture = { data: new Uint8ClampedArray(), width: 0, height: 0 };
    this.#file.bytes = new Uint8Array();
  }
}

const workshop = {
  /** @param {Assets} given */
  async start(given) {
    assets = given;
  },

  /** @param {(share: number) => void} onProgress */
  async load(onProgress) {
    await network(onProgress);
    // Cuando la página lo ha oído, ya no le queda por oír nada de antes.
    await onProgress(1);
  },

  /** Los segundos que tarda una ventana. */
  async measure() {
    const ready = await network();
    const x = new Float32Array(4 * ready.size ** 2);
    // La primera, además, prepara la red.
    await ready.restore(x);
    const start = performance.now();
    await ready.restore(x);
    return (performance.now() - start) / 1000;
  },

  /** @param {Blob} file @param {{ width: number, height: number }} photo */
  async readMask(file, photo) {
    return maskHole((await openPhoto(file)).picture, photo);
  },

  /** @param {Uint8Array} hole @param {number} width */
  async writeMask(hole, width) {
    const parts = /** @type {BlobPart[]} */ (await encodePng(blackOnWhite(hole, width), []));
    return new Blob(parts, { type: "image/png" });
  },

  /** @param {Blob} file @param {string} name */
  async open(file, name) {
    const { picture, lost } = await openPhoto(file);
    const bytes = new Uint8Array(await file.arrayBuffer());
    return proxy(new OpenedPhoto({ name, bytes, lost }, picture));
  },
};

/** @typedef {typeof workshop} Workshop */

expose(workshop);
