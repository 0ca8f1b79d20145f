/**
 * Guarda lo que el lector ha visto, para que el libro y el laboratorio sigan sin conexión.
 *
 * Todo se pide siempre, por si ha cambiado, y solo si no hay red sale de lo guardado.
 */

/** La misma que usa `engine/downloads.js`, que guarda él solo los archivos grandes. */
const CACHE = "laboratorio";
const LARGE = /\.bin$/;

/** @type {any} */
const scope = globalThis;

scope.addEventListener("install", () => scope.skipWaiting());

scope.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(scope.clients.claim());
});

/** @param {Request} request */
async function answer(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    // Si no cabe, se sirve sin guardarlo.
    if (response.status === 200) cache.put(request, response.clone()).catch(() => {});
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: request.mode === "navigate" });
    if (kept) return kept;
    throw error;
  }
}

scope.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  const ours = url.origin === location.origin && request.method === "GET";
  if (ours && !LARGE.test(url.pathname)) event.respondWith(answer(request));
});

scope.addEventListener("message", (/** @type {any} */ event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    for (const url of event.data) {
      if (!(await cache.match(url))) await cache.add(url).catch(() => {});
    }
  };
  event.waitUntil(keep());
});
