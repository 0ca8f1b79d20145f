/**
 * Lo que comparten las partes del laboratorio que se ven: elementos de la página y lienzos.
 *
 * @typedef {import("../engine/masks.js").Picture} Picture
 */

/**
 * Un elemento con sus atributos y lo que lleva dentro.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean>} [attributes] con `true`, está, aunque vacío;
 *   con `false`, no está
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/**
 * @param {HTMLCanvasElement} canvas toma el tamaño de la imagen
 * @param {Picture} picture
 */
export function show(canvas, { data, width, height }) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  image.data.set(data);
  context.putImageData(image, 0, 0);
}

/** Píxeles de un lienzo por punto de la pantalla: más de dos no se distinguen, y cuestan. */
export const density = () => Math.min(devicePixelRatio, 2);

/**
 * Escribe en un elemento, en lugar de lo que hubiera; lo que ha fallado se ve y se oye distinto.
 *
 * @param {HTMLElement} place
 * @returns {(text: string, isError?: boolean) => void}
 */
export const teller =
  (place) =>
  (text, isError = false) => {
    place.setAttribute("role", isError ? "alert" : "status");
    place.classList.toggle("lab-error", isError);
    place.textContent = text;
  };

/** Lo deja en las descargas. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/**
 * @param {HTMLDialogElement} dialog
 * @returns {Promise<string>} lo que vale el botón con el que se cierra; con Escape, nada
 */
export async function answerOf(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue;
}

/**
 * Un hueco o una máscara, en negro sobre blanco.
 *
 * @param {Uint8Array} hole por filas, 1 donde borra
 * @param {number} width
 * @returns {Picture}
 */
export function blackOnWhite(hole, width) {
  const data = new Uint8ClampedArray(4 * hole.length).fill(255);
  hole.forEach((erases, i) => {
    if (erases) data.fill(0, 4 * i, 4 * i + 3);
  });
  return { data, width, height: hole.length / width };
}

/**
 * El primer elemento que cumple un selector, que ha de existir.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind su clase
 * @returns {T}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`Falta «${selector}» en la página.`);
  return found;
}
