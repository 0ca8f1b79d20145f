/** El taller (`worker.js`) visto desde la página: se le llama como si estuviera en el mismo hilo. */

import { UserError } from "../engine/errors.js";
import { wrap } from "./comlink.js";

/** @typedef {import("comlink").Remote<import("./worker.js").Workshop>} Workshop */

/**
 * @param {import("./worker.js").Assets} assets
 * @returns {Promise<Workshop>} lanza UserError si aquí no puede arrancar
 */
export async function startWorkshop(assets) {
  // Nacido de un Blob, el taller hereda las prohibiciones de la página: tampoco él sale de aquí.
  const code = `import ${JSON.stringify(new URL("worker.js", import.meta.url).href)};`;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  /** @type {Workshop} */
  const workshop = wrap(worker);
  await new Promise((resolve, reject) => {
    const error = "El taller no arranca en este navegador: usa uno más reciente.";
    worker.addEventListener("error", () => reject(new UserError(error)), { once: true });
    workshop.start(assets).then(resolve);
  });
  return workshop;
}
