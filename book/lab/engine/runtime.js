/**
 * Lo que mueve las redes, onnxruntime en WebAssembly, y los ficheros grandes, que se bajan una vez.
 *
 * Lo que viaja va comprimido con gzip, que así no depende de cómo esté puesto el servidor.
 *
 * @typedef {typeof import("onnxruntime-web/wasm")} Runtime
 * @typedef {import("onnxruntime-web/wasm").InferenceSession} Session
 * @typedef {{ url: string, bytes: number }} Asset Un fichero, y lo que pesa al viajar.
 *
 * @typedef {object} RuntimeAssets
 * @property {string} runtime el módulo de onnxruntime
 * @property {string} glue el que él carga
 * @property {Asset} wasm
 */

import { UserError } from "./errors.js";
import { once } from "./once.js";

const NO_WEBASSEMBLY =
  "Este navegador no tiene WebAssembly, o lo tiene apagado: usa una versión reciente de Firefox, " +
  "Chrome, Edge o Safari.";

const NOT_DOWNLOADED =
  "No se pudo descargar la red: comprueba tu conexión y vuelve a pulsar el botón.";

/** Hilos como mucho: con más, el reparto cuesta más de lo que ahorra. */
const MOST_THREADS = 4;

/** Donde el navegador guarda los ficheros grandes; sin https no hay dónde, y se bajan cada vez. */
const CACHE = "laboratorio";

/**
 * Un fichero de los grandes: el guardado o, la primera vez, el del servidor.
 *
 * Llevan su huella en el nombre, así que el guardado vale siempre; los de otra versión se tiran.
 *
 * @param {string} url
 * @returns {Promise<Response>}
 */
async function request(url) {
  const cache = await globalThis.caches?.open(CACHE).catch(() => undefined);
  const kept = await cache?.match(url);
  if (kept) return kept;
  const response = await fetch(url);
  if (!response.ok) throw new UserError(NOT_DOWNLOADED);
  const name = url.slice(url.lastIndexOf("/") + 1).split(".")[0];
  for (const old of (await cache?.keys()) ?? []) {
    if (old.url.endsWith(".bin") && old.url.includes(`/${name}.`)) await cache?.delete(old);
  }
  // Si el disco está lleno, se usa sin guardarlo.
  cache?.put(url, response.clone()).catch(() => {});
  return response;
}

/**
 * @param {Asset} asset
 * @param {(bytes: number) => void} onBytes cuántos acaban de llegar
 * @returns {Promise<Uint8Array<ArrayBuffer>>} lo que había antes de comprimirlo
 */
export async function download({ url }, onBytes) {
  const counter = new TransformStream({
    transform(chunk, controller) {
      onBytes(chunk.length);
      controller.enqueue(chunk);
    },
  });
  try {
    const { body } = await request(url);
    if (!body) throw new UserError(NOT_DOWNLOADED);
    const whole = body.pipeThrough(counter).pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(whole).arrayBuffer());
  } catch (error) {
    throw new UserError(NOT_DOWNLOADED, { cause: error });
  }
}

/**
 * Baja onnxruntime, una sola vez.
 *
 * @type {(assets: RuntimeAssets, onBytes?: (bytes: number) => void) => Promise<Runtime>} `onBytes`:
 *   cuántos acaban de llegar
 */
export const startRuntime = once(async (assets, onBytes = () => {}) => {
  if (typeof WebAssembly === "undefined") throw new UserError(NO_WEBASSEMBLY);
  const [ort, wasm] = await Promise.all([
    import(assets.runtime).catch((error) => {
      throw new UserError(NOT_DOWNLOADED, { cause: error });
    }),
    download(assets.wasm, onBytes),
  ]);
  ort.env.wasm.wasmBinary = wasm.buffer;
  ort.env.wasm.wasmPaths = { mjs: assets.glue };
  ort.env.wasm.numThreads = globalThis.crossOriginIsolated
    ? Math.min(MOST_THREADS, navigator.hardwareConcurrency)
    : 1;
  return ort;
});
