/**
 * Los archivos grandes: se bajan una vez, se comprueban antes de usarlos y se quedan guardados.
 *
 * Lo que viaja va comprimido con gzip, que así no depende de cómo esté puesto el servidor.
 *
 * @typedef {object} Asset Un archivo comprimido.
 * @property {string} url
 * @property {number} bytes lo que pesa al viajar
 * @property {string} integrity su huella: «sha256-» y 32 bytes en base 64
 */

import { UserError } from "./errors.js";

export const OFFLINE =
  "No hay conexión, y falta por bajar la red neuronal: conéctate y vuelve a pulsar el botón.";

const DAMAGED =
  "La red neuronal ha llegado dañada (a veces, en su lugar llega la portada de una wifi): " +
  "comprueba que otras páginas se abren y vuelve a pulsar el botón.";

/** @param {number} status */
const refused = (status) =>
  `El servidor no da la red neuronal (error ${status}): vuelve a pulsar el botón dentro de un rato.`;

/** Donde el navegador guarda los archivos grandes; sin https no hay dónde, y se bajan cada vez. */
const CACHE = "laboratorio";

/** @param {Uint8Array<ArrayBuffer>} packed @param {string} integrity */
async function isSound(packed, integrity) {
  // Sin https no hay cómo sacar la huella: queda la suma que lleva dentro todo gzip.
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", packed));
  return `sha256-${btoa(String.fromCharCode(...digest))}` === integrity;
}

/**
 * @param {Uint8Array<ArrayBuffer>} packed
 * @param {string} integrity
 * @returns {Promise<Uint8Array<ArrayBuffer>>} lo que había antes de comprimirlo
 * @throws {UserError} si no es lo que había de llegar
 */
async function unpack(packed, integrity) {
  if (!(await isSound(packed, integrity))) throw new UserError(DAMAGED);
  try {
    const content = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(content).arrayBuffer());
  } catch (error) {
    throw new UserError(DAMAGED, { cause: error });
  }
}

/**
 * @param {Response} response
 * @param {(bytes: number) => void} onBytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function read({ body }, onBytes) {
  const counter = new TransformStream({
    transform(chunk, controller) {
      onBytes(chunk.length);
      controller.enqueue(chunk);
    },
  });
  try {
    return new Uint8Array(await new Response(body?.pipeThrough(counter)).arrayBuffer());
  } catch (error) {
    throw new UserError(DAMAGED, { cause: error });
  }
}

/** @param {string} url @param {RequestCache} cache */
async function request(url, cache) {
  const response = await fetch(url, { cache }).catch((error) => {
    throw new UserError(OFFLINE, { cause: error });
  });
  if (!response.ok) throw new UserError(refused(response.status));
  return response;
}

/**
 * Guarda un archivo ya comprobado, y tira los de otra versión: llevan su huella en el nombre.
 *
 * @param {Cache} cache
 * @param {string} url
 * @param {Uint8Array<ArrayBuffer>} packed
 */
async function keep(cache, url, packed) {
  const name = url.slice(url.lastIndexOf("/") + 1).split(".")[0];
  for (const old of await cache.keys()) {
    if (old.url.endsWith(".bin") && old.url.includes(`/${name}.`)) await cache.delete(old);
  }
  await cache.put(url, new Response(packed));
}

/**
 * Lo guardado o, si no vale, lo del servidor; lo que llega dañado se pide otra vez, sin lo que el
 * navegador tenga a mano.
 *
 * @param {Asset} asset
 * @param {(bytes: number) => void} onBytes cuántos acaban de llegar; si no valían, negativos
 * @returns {Promise<Uint8Array<ArrayBuffer>>} lo que había antes de comprimirlo
 * @throws {UserError} que dice si falta conexión o ha llegado dañado
 */
export async function download({ url, integrity }, onBytes) {
  const cache = await globalThis.caches?.open(CACHE).catch(() => undefined);
  const kept = await cache?.match(url);
  const sources = [() => request(url, "default"), () => request(url, "reload")];
  if (kept) sources.unshift(async () => kept);
  let problem;
  for (const bring of sources) {
    let arrived = 0;
    try {
      const packed = await read(await bring(), (bytes) => {
        arrived += bytes;
        onBytes(bytes);
      });
      const content = await unpack(packed, integrity);
      // Si el disco está lleno, se usa sin guardarlo.
      if (cache && !(await cache.match(url))) keep(cache, url, packed).catch(() => {});
      return content;
    } catch (error) {
      problem = error;
      onBytes(-arrived);
      await cache?.delete(url);
    }
  }
  throw problem;
}
