/** Abre y guarda las fotos que le pide `tests/lab/test_lab_photos.py`, como lo hace el laboratorio. */

import { openPhoto } from "./lab/photo/photos.js";
import { writeLike } from "./lab/photo/saving.js";

/** Lo que le puede faltar a un navegador, o hacer mal. */
const FAULTS = {
  "sin fotogramas": () => delete globalThis.VideoFrame,
  "lienzo falso": () => {
    OffscreenCanvasRenderingContext2D.prototype.getImageData = (x, y, width, height) => {
      const image = new ImageData(width, height);
      image.data.forEach((_, i) => (image.data[i] = 256 * Math.random()));
      return image;
    };
  },
  "sin memoria": () => {
    globalThis.createImageBitmap = () => Promise.reject(new RangeError("Out of memory"));
  },
};

/** @param {Uint8Array | Uint8ClampedArray} bytes */
function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2 ** 15) {
    text += String.fromCharCode(...bytes.subarray(at, at + 2 ** 15));
  }
  return btoa(text);
}

/** @param {string} name */
async function openAndWrite(name) {
  const file = await (await fetch(name, { cache: "no-store" })).blob();
  const { picture, kind, lost } = await openPhoto(file);
  const original = new Uint8Array(await file.arrayBuffer());
  const { blob, extension } = await writeLike(picture, original);
  const { width, height, data } = picture;
  return {
    kind,
    lost,
    width,
    height,
    extension,
    type: blob.type,
    pixels: data.length < 2 ** 20 ? base64(data) : null,
    file: base64(new Uint8Array(await blob.arrayBuffer())),
  };
}

globalThis.addEventListener("message", async ({ data: { names, faults } }) => {
  for (const fault of faults) FAULTS[fault]();
  const results = {};
  for (const name of names) {
    results[name] = await openAndWrite(name).catch((error) => ({
      error: error.name === "UserError" ? error.message : error.stack,
    }));
  }
  globalThis.postMessage(results);
});
