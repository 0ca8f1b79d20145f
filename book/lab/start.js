/**
 * Lo primero que corre: va escrito en la página. Comprueba todo lo que el laboratorio carga, porque
 * algo que llegó dañado una vez podría quedarse guardado en el navegador, y después lo arranca.
 */

const OFFLINE = "No hay conexión, y falta por bajar parte del laboratorio: conéctate y recarga la página.";

const DAMAGED =
  "Parte del laboratorio ha llegado dañada (a veces, en su lugar llega la portada de una wifi): " +
  "comprueba que otras páginas se abren y recarga esta.";

const data = /** @type {HTMLScriptElement} */ (document.querySelector("#lab-datos"));
const root = new URL(data.dataset.lab ?? "", location.href);

/**
 * Pide un archivo y, si no es el que ha de ser, otra vez, sin lo que el navegador tenga a mano.
 *
 * @param {{ url: string, integrity: string }} file
 * @returns {Promise<string>} lo que ha fallado, o nada
 */
async function check({ url, integrity }) {
  const address = new URL(url, root);
  for (const cache of /** @type {const} */ (["default", "reload"])) {
    const response = await fetch(address, { cache, integrity }).catch(() => null);
    // Hasta que no se lee entero, no se queda a mano.
    if (response?.ok) return response.arrayBuffer().then(() => "");
  }
  const answer = await fetch(address, { method: "HEAD", cache: "no-store" }).catch(() => null);
  return answer ? DAMAGED : OFFLINE;
}

async function start() {
  const problems = await Promise.all(JSON.parse(data.textContent).files.map(check));
  const problem = problems.find(Boolean);
  if (!problem) return import(`${root}laboratory.js`);
  for (const notice of document.querySelectorAll(".lab-aviso")) notice.textContent = problem;
}

// Abierta como un archivo, la página ya dice que así no puede ser.
if (location.protocol !== "file:") start();
