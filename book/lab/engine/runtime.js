/**
 * Lo que mueve las redes: onnxruntime, en WebAssembly.
 *
 * @typedef {typeof import("onnxruntime-web/wasm")} Runtime
 * @typedef {import("onnxruntime-web/wasm").InferenceSession} Session
 * @typedef {import("./downloads.js").Asset} Asset
 *
 * @typedef {object} RuntimeAssets
 * @property {string} runtime el módulo de onnxruntime
 * @property {string} glue el que él carga
 * @property {Asset} wasm
 */

import { download, OFFLINE } from "./downloads.js";
import { UserError } from "./errors.js";
import { once } from "./once.js";

const NO_WEBASSEMBLY =
  "Este navegador no tiene WebAssembly, o lo tiene apagado: usa una versión reciente de Firefox, " +
  "Chrome, Edge o Safari.";

/** Hilos como mucho: con más, el reparto cuesta más de lo que ahorra. */
const MOST_THREADS = 4;

/** Milisegundos que se esperan los hilos antes de dar por hecho que no arrancan. */
const PATIENCE = 30_000;

/** Lo que ha llegado de onnxruntime, y quiénes quieren saberlo. */
let arrived = 0;
/** @type {Set<(bytes: number) => void>} */
const listeners = new Set();

const downloadWasm = once((/** @type {Asset} */ wasm) =>
  download(wasm, (bytes) => {
    arrived += bytes;
    for (const tell of listeners) tell(bytes);
  }),
);

/**
 * @param {RuntimeAssets} assets
 * @param {number} threads
 * @returns {Promise<Runtime>}
 */
async function start(assets, threads) {
  if (typeof WebAssembly === "undefined") throw new UserError(NO_WEBASSEMBLY);
  const [ort, wasm] = await Promise.all([
    // Cada número de hilos pide un módulo suyo: el que falla al arrancar ya no arranca.
    import(`${assets.runtime}#${threads}`).catch((error) => {
      throw new UserError(OFFLINE, { cause: error });
    }),
    downloadWasm(assets.wasm),
  ]);
  ort.env.wasm.wasmBinary = wasm.buffer;
  ort.env.wasm.wasmPaths = { mjs: assets.glue };
  ort.env.wasm.numThreads = threads;
  if (threads > 1) ort.env.wasm.initTimeout = PATIENCE;
  return ort;
}

const startThreaded = once((/** @type {RuntimeAssets} */ assets) =>
  start(assets, Math.min(MOST_THREADS, navigator.hardwareConcurrency)),
);
const startAlone = once((/** @type {RuntimeAssets} */ assets) => start(assets, 1));

/**
 * Baja una red y la prepara, con lo que la mueve: con varios hilos o, si así no arranca, con uno.
 *
 * @param {RuntimeAssets} assets
 * @param {Asset} network
 * @param {(bytes: number) => void} [onBytes] cuántos acaban de llegar
 * @returns {Promise<{ ort: Runtime, session: Session }>}
 */
export async function openNetwork(assets, network, onBytes = () => {}) {
  onBytes(arrived);
  listeners.add(onBytes);
  const launch = globalThis.crossOriginIsolated ? startThreaded : startAlone;
  const arriving = Promise.all([launch(assets), download(network, onBytes)]);
  const [first, model] = await arriving.finally(() => listeners.delete(onBytes));
  try {
    return { ort: first, session: await first.InferenceSession.create(model) };
  } catch (error) {
    if (first.env.wasm.numThreads === 1) throw error;
    const ort = await startAlone(assets);
    return { ort, session: await ort.InferenceSession.create(model) };
  }
}
