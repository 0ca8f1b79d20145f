/**
 * Los controles del laboratorio: son los del navegador, con su nombre a la vista.
 */

import { element } from "./dom.js";

/**
 * Un botón que no envía ningún formulario.
 *
 * @param {string} text
 * @param {() => void} onClick
 * @returns {HTMLButtonElement}
 */
export function button(text, onClick) {
  const made = element("button", { type: "button", class: "explorador-boton" }, text);
  made.addEventListener("click", onClick);
  return made;
}

/**
 * Un deslizador con su nombre delante y su valor detrás.
 *
 * @param {string} text
 * @param {{ name: string, min: number, max: number, value: number, step?: number }} attributes
 */
export function slider(text, attributes) {
  const input = element("input", { type: "range", ...attributes });
  const decimals = Number.isInteger(attributes.step ?? 1) ? 0 : 1;
  // A quien no lo ve ya se lo dice el deslizador.
  const value = element("span", { class: "explorador-valor", "aria-hidden": "true" });
  const tell = () => value.replaceChildren(Number(input.value).toFixed(decimals));
  input.addEventListener("input", tell);
  tell();
  const name = element("span", {}, text);
  return { input, label: element("label", { class: "explorador-deslizador" }, name, input, value) };
}

/**
 * Opciones de las que se elige una.
 *
 * @param {string} legend
 * @param {string} name
 * @param {readonly (readonly [value: string, ...content: (Node | string)[]])[]} options
 * @returns {HTMLFieldSetElement} la primera, elegida
 */
export function choices(legend, name, options) {
  return element(
    "fieldset",
    { class: `explorador-opciones explorador-${name}` },
    element("legend", {}, legend),
    ...options.map(([value, ...content], i) =>
      element(
        "label",
        {},
        element("input", { type: "radio", name, value, checked: i === 0 }),
        ...content,
      ),
    ),
  );
}

/**
 * Un botón que hace algo mientras se mantiene pulsado, con el puntero o con el teclado.
 *
 * @param {HTMLButtonElement} held
 * @param {(isHeld: boolean) => void} onChange
 */
export function onHold(held, onChange) {
  /** @param {boolean} isHeld */
  const hold = (isHeld) => {
    if (held.getAttribute("aria-pressed") === `${isHeld}`) return;
    held.setAttribute("aria-pressed", `${isHeld}`);
    onChange(isHeld);
  };
  held.addEventListener("pointerdown", () => hold(true));
  for (const end of ["pointerup", "pointercancel", "pointerleave", "blur", "keyup"]) {
    held.addEventListener(end, () => hold(false));
  }
  held.addEventListener("keydown", ({ key }) => {
    if (key === " " || key === "Enter") hold(true);
  });
  held.addEventListener("contextmenu", (event) => event.preventDefault());
}
