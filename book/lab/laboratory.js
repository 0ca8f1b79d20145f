/** El laboratorio: pone en marcha lo que haya en la página, y la deja guardada para sin conexión. */

import { UserError } from "./engine/errors.js";
import { loadMasks, mountExplorer } from "./explore/explorer.js";
import { find } from "./ui/dom.js";

/**
 * @typedef {import("./page/worker.js").Assets & { masks: string, serviceWorker: string,
 *   files: { url: string, integrity: string }[], faces: { url: string, name: string }[],
 *   game: { pictures: string, pairs: string } }} Assets lo que escribe
 *   `book/_ext/lab.py`
 */

/** Lo que en el JSON no es una dirección. */
const PLAIN = ["name", "integrity"];

/** Las direcciones, enteras: las del JSON parten de la carpeta de este módulo. */
export const assets = /** @type {Assets} */ (
  JSON.parse(find(document, "#lab-datos", HTMLScriptElement).textContent, (key, value) =>
    typeof value === "string" && !PLAIN.includes(key) ? new URL(value, import.meta.url).href : value,
  )
);

/** Guarda la página y lo que usa, para que la próxima vez no haga falta conexión. */
async function keepOffline() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(assets.serviceWorker);
  const { active } = await navigator.serviceWorker.ready;
  const seen = performance.getEntriesByType("resource").map(({ name }) => name);
  const small = seen.filter((url) => !url.endsWith(".bin"));
  const ours = [...assets.files, ...assets.faces].map(({ url }) => url);
  active?.postMessage([location.href.split("#")[0], ...small, ...ours]);
}

async function start() {
  const game = document.querySelector("#lab-adivinar");
  if (game instanceof HTMLElement) {
    const { mountGuess } = await import("./page/guess_which.js");
    mountGuess(game, assets.game);
    return;
  }
  const masks = await loadMasks(assets.masks);
  const explorer = document.querySelector("#lab-borrar");
  if (explorer instanceof HTMLElement) {
    const portraits = assets.faces.map(({ url }, i) => ({ url, name: `Cara ${i + 1}` }));
    mountExplorer(explorer, { faces: portraits, masks });
  }
  const restore = document.querySelector("#lab-restaurar");
  if (restore instanceof HTMLElement) {
    const [{ mountRestore }, { mountInside }, { Session }] = await Promise.all([
      import("./page/restore_section.js"),
      import("./page/inside_section.js"),
      import("./page/session.js"),
    ]);
    const session = new Session(assets);
    const painter = mountRestore(restore, session, { ...assets, masks });
    mountInside(find(document, "#lab-dentro", HTMLElement), session, painter);
  }
  for (const notice of document.querySelectorAll(".lab-aviso")) notice.remove();
  for (const part of document.querySelectorAll(".lab")) part.removeAttribute("hidden");
}

try {
  await start();
  // Donde no se puede guardar (una ventana privada), la página funciona igual.
  await keepOffline().catch(() => {});
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  for (const notice of document.querySelectorAll(".lab-aviso")) notice.textContent = error.message;
}
