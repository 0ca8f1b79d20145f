/**
 * Las figuras que se mueven: un deslizador elige cuál de sus imágenes se ve, y qué se dice de ella.
 *
 * Es `pix2pix_lib/teaching/frames.py` en la página. Va escrito en ella, y no pide nada hasta que
 * alguien mueve el deslizador; sin JavaScript, y en papel, queda la primera imagen con su texto.
 *
 * @typedef {object} Figure
 * @property {string} name qué cambia con el deslizador
 * @property {number} start la primera que se ve
 * @property {string[]} told qué se ve en cada una
 * @property {string} strip dónde están todas, una debajo de otra
 */

const LOST = "No se pudo cargar la figura: comprueba tu conexión y mueve otra vez el deslizador.";

/** @param {string} src */
const decoded = (src) => Object.assign(new Image(), { src }).decode();

/** @param {HTMLElement} place la imagen fija y, debajo, su texto */
function animate(place) {
  const { name, start, told, strip } = /** @type {Figure} */ (JSON.parse(place.dataset.figura ?? ""));
  const [image] = place.getElementsByTagName("img");
  const [text] = place.getElementsByTagName("p");
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: 1, max: told.length, value: start + 1 });
  const label = document.createElement("label");
  label.append(`${name} `, input);
  image.after(label);
  text.setAttribute("role", "status");

  /** @type {Promise<void> | undefined} */
  let loaded;

  async function load() {
    await decoded(strip);
    image.style.aspectRatio = `${image.getAttribute("width")} / ${image.getAttribute("height")}`;
    image.src = strip;
  }

  async function show() {
    loaded ??= load();
    try {
      await loaded;
    } catch {
      loaded = undefined;
      text.textContent = LOST;
      return;
    }
    const index = input.valueAsNumber - 1;
    image.style.objectPosition = `0 ${(100 * index) / (told.length - 1)}%`;
    text.textContent = told[index];
  }

  input.addEventListener("input", show);
}

/** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".fotogramas")).forEach(animate);
