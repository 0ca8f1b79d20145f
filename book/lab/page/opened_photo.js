/**
 * Una foto abierta en el taller: lo que se puede pedir de ella.
 *
 * @typedef {import("../engine/masks.js").Picture} Picture
 * @typedef {import("../engine/faces.js").Detector} Detector
 * @typedef {import("../engine/restore.js").Face} Face
 * @typedef {import("../engine/pretrained.js").Pretrained} Pretrained
 *
 * @typedef {object} Networks
 * @property {(onProgress: (share: number) => void) => Promise<Pretrained>} network
 * @property {() => Promise<Detector>} detector
 */

import { UserError } from "../engine/errors.js";
import { lookInside } from "../engine/inside.js";
import { restorePhoto } from "../engine/restore.js";
import { downloadName, writeLike } from "../photo/saving.js";
import { transfer } from "./comlink.js";

/** @param {Picture} picture */
async function bitmapOf({ data, width, height }) {
  const pixels = /** @type {Uint8ClampedArray<ArrayBuffer>} */ (data);
  return createImageBitmap(new ImageData(pixels, width, height));
}

export class OpenedPhoto {
  #file;
  #picture;
  /** @type {Picture | null} */
  #restored = null;
  #running = new AbortController();
  #networks;

  /**
   * @param {{ name: string, bytes: Uint8Array }} file
   * @param {Picture} picture
   * @param {Networks} networks
   */
  constructor(file, picture, networks) {
    this.#file = file;
    this.#picture = picture;
    this.#networks = networks;
  }

  async show() {
    const bitmap = await bitmapOf(this.#picture);
    const { width, height } = bitmap;
    return transfer({ bitmap, width, height }, [bitmap]);
  }

  async faces() {
    const picture = this.#picture;
    return (await this.#networks.detector()).findFaces(picture);
  }

  /** @param {Uint8Array} hole @param {Face[]} faces @param {(share: number) => void} onProgress */
  async restore(hole, faces, onProgress) {
    const ready = await this.#networks.network(() => {});
    this.#running = new AbortController();
    const start = performance.now();
    this.#restored = await restorePhoto(ready, this.#picture, hole, faces, {
      onProgress: (done, total) => onProgress(done / total),
      signal: this.#running.signal,
    });
    const seconds = (performance.now() - start) / 1000;
    const bitmap = await bitmapOf(this.#restored);
    return transfer({ bitmap, seconds }, [bitmap]);
  }

  cancel() {
    this.#running.abort();
  }

  /** La siguiente restauración parte de lo ya restaurado. */
  async keep() {
    this.#picture = this.#restored ?? this.#picture;
    return this.show();
  }

  async save() {
    if (!this.#restored) {
      throw new UserError("Todavía no hay nada restaurado: pinta y pulsa «Restaurar».");
    }
    const { blob, extension } = await writeLike(this.#restored, this.#file.bytes);
    return { blob, name: downloadName(this.#file.name, extension) };
  }

  /**
   * @param {Uint8Array} hole
   * @param {import("../engine/windows.js").Square} square
   * @param {number[]} cut
   */
  async lookInside(hole, square, cut) {
    const picture = this.#picture;
    return lookInside(await this.#networks.network(() => {}), picture, hole, square, cut);
  }

  /** Suelta la memoria: ya no se le pedirá nada más. */
  close() {
    this.cancel();
    this.#picture = this.#restored = { data: new Uint8ClampedArray(), width: 0, height: 0 };
    this.#file.bytes = new Uint8Array();
  }
}
