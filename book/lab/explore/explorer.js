/**
 * El explorador de máscaras: una cara, lo que se borra de ella y el hueco, según unos controles.
 *
 * Es `pix2pix_lib/teaching/explorer.py` en el navegador, y enseña lo mismo, píxel a píxel. Además
 * deja elegir qué máscaras participan y dibujar una.
 *
 * @typedef {import("../engine/masks.js").Masks} Masks
 * @typedef {import("../engine/masks.js").Picture} Picture
 * @typedef {import("../engine/masks.js").Placement} Placement
 * @typedef {import("../engine/masks.js").Color} Color
 *
 * @typedef {{ url: string, name: string }} Portrait Una cara de este sitio y cómo se llama.
 *
 * @typedef {object} Shape Una máscara entre las que se pueden elegir.
 * @property {HTMLInputElement} box si participa
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLLabelElement} label
 */

import { UserError } from "../engine/errors.js";
import { BLACK, MAGENTA, MASK_SIDE, REFERENCE_SIDE, erase, samplePlacements } from "../engine/masks.js";
import { Generator } from "../numeric/random.js";
import { button, choices, slider } from "../ui/controls.js";
import { blackOnWhite, element, show } from "../ui/dom.js";
import { maskName, percent } from "../ui/writing.js";
import { OWN_NAME, mountMaskEditor } from "./mask_editor.js";

/** @type {Readonly<Record<string, Color>>} */
const FILLS = { magenta: MAGENTA, negro: BLACK, blanco: [255, 255, 255] };

const SEEDS = 100;

const LOST = "No se pudo cargar esa cara: elige otra o recarga la página.";

/**
 * Por orden alfabético de sus archivos, como `load_masks`.
 *
 * @param {[name: string, drawing: Uint8Array][]} masks
 * @returns {Masks}
 */
function inOrder(masks) {
  return new Map(masks.sort(([one], [other]) => (`${one}.png` < `${other}.png` ? -1 : 1)));
}

/**
 * @param {string} url un JSON: de cada máscara, un número; sus cifras binarias son los 50x50 píxeles,
 *   por filas, 1 donde borra
 * @returns {Promise<Masks>}
 */
export async function loadMasks(url) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) {
    throw new UserError(
      "No se pudieron cargar las máscaras: comprueba tu conexión y recarga la página.",
    );
  }
  const drawings = Object.entries(await response.json());
  return inOrder(
    drawings.map(([name, number]) => {
      const cells = BigInt(number).toString(2).padStart(MASK_SIDE ** 2, "0");
      return [name, Uint8Array.from(cells, Number)];
    }),
  );
}

/** @param {HTMLImageElement} image @returns {Picture} */
function pixels(image) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = element("canvas", { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/** @param {Placement[]} placements @param {Uint8Array} hole */
function describe(placements, hole) {
  if (!placements.length) return "Marca alguna máscara: sin ninguna no se borra nada.";
  const names = placements.map(({ mask, scale }) => `${maskName(mask)} a escala ${scale.toFixed(1)}`);
  const share = hole.reduce((sum, erases) => sum + erases, 0) / hole.length;
  return `${names.join(", ")}: borra el ${percent(share, 1)} de la cara.`;
}

/** @param {string} title @param {string} label */
function panel(title, label) {
  const canvas = element("canvas", {
    role: "img",
    "aria-label": label,
    width: REFERENCE_SIDE,
    height: REFERENCE_SIDE,
  });
  return { canvas, figure: element("figure", {}, canvas, element("figcaption", {}, title)) };
}

/**
 * @param {string} name
 * @param {Uint8Array} drawing
 * @returns {Shape} marcada, si no está vacía
 */
function shape(name, drawing) {
  const isEmpty = !drawing.includes(1);
  const box = element("input", {
    type: "checkbox",
    name: "participan",
    value: name,
    checked: !isEmpty,
    disabled: isEmpty,
  });
  const canvas = element("canvas", { "aria-hidden": "true" });
  show(canvas, blackOnWhite(drawing, MASK_SIDE));
  const text = element("span", {}, maskName(name));
  const label = element("label", { class: "explorador-mascara" }, box, canvas, text);
  return { box, canvas, label };
}

/** @param {Shape[]} shapes @param {() => void} onChange */
function chooser(shapes, onChange) {
  /** @param {boolean} checked */
  const markAll = (checked) => () => {
    for (const { box } of shapes) box.checked = checked && !box.disabled;
    onChange();
  };
  return element(
    "fieldset",
    { class: "explorador-participan" },
    element("legend", {}, "Máscaras que participan"),
    element("div", { class: "explorador-rejilla" }, ...shapes.map(({ label }) => label)),
    element(
      "div",
      { class: "explorador-botones" },
      button("Todas", markAll(true)),
      button("Ninguna", markAll(false)),
    ),
  );
}

/** La escala mínima y la máxima, que no se cruzan: la que llega a la otra se para. */
function scaleControls() {
  const limits = { min: 0.5, max: 5, step: 0.1 };
  const low = slider("Escala mínima", { name: "minima", ...limits, value: 1 });
  const high = slider("Escala máxima", { name: "maxima", ...limits, value: 5 });
  const both = element("div", { class: "explorador-escala" }, low.label, high.label);
  const stop = (/** @type {Event} */ { target }) => {
    if (Number(low.input.value) <= Number(high.input.value)) return;
    if (target === low.input) low.input.value = high.input.value;
    else high.input.value = low.input.value;
  };
  both.addEventListener("input", stop, { capture: true });
  return both;
}

/** La semilla, y un botón que pone otra. */
function seedControl() {
  const { input, label } = slider("Semilla", { name: "semilla", min: 0, max: SEEDS - 1, value: 0 });
  const another = button("Otra al azar", () => {
    const step = 1 + Math.floor(Math.random() * (SEEDS - 1));
    input.value = String((Number(input.value) + step) % SEEDS);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return element("div", { class: "explorador-semilla" }, label, another);
}

/**
 * @param {HTMLImageElement[]} images
 * @param {Shape[]} shapes
 * @param {() => void} onChange
 */
function controls(images, shapes, onChange) {
  const most = slider("Máscaras como mucho", { name: "mascaras", min: 1, max: 6, value: 2 });
  const form = element(
    "form",
    { class: "explorador-controles", "aria-label": "Controles del borrado" },
    element(
      "div",
      {},
      choices(
        "Cara",
        "cara",
        images.map((image, i) => [String(i), image]),
      ),
      most.label,
      scaleControls(),
      choices(
        "Color del hueco",
        "relleno",
        Object.keys(FILLS).map((name) => [name, name]),
      ),
      seedControl(),
    ),
    chooser(shapes, onChange),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", onChange);
  return form;
}

/**
 * Lo que dicen los controles.
 *
 * @param {HTMLFormElement} form
 */
function settings(form) {
  const data = new FormData(form);
  /** @param {string} name */
  const number = (name) => Number(data.get(name));
  return {
    face: number("cara"),
    maxMasks: number("mascaras"),
    scale: /** @type {[number, number]} */ ([number("minima"), number("maxima")]),
    fill: FILLS[String(data.get("relleno"))],
    seed: number("semilla"),
    names: data.getAll("participan"),
  };
}

/**
 * Pone el explorador dentro de `host`, en lugar de lo que hubiera (que vuelve con `destroy`).
 *
 * @param {HTMLElement} host
 * @param {{ faces: Portrait[], masks: Masks }} material
 * @returns {{ destroy: () => void }}
 */
export function mountExplorer(host, { faces, masks }) {
  const before = [...host.childNodes];
  const drawing = element("div");
  const own = mountMaskEditor(drawing, masks, { onChange: showOwn, onAlone: markOwn });
  const all = inOrder([...masks, [OWN_NAME, own]]);
  const shapes = new Map(Array.from(all, ([name, cells]) => [name, shape(name, cells)]));
  const images = faces.map(({ url, name }) =>
    element("img", { class: "dark-light", loading: "lazy", src: url, alt: name }),
  );
  /** @type {Map<HTMLImageElement, Picture>} */
  const portraits = new Map();
  /** @type {Set<HTMLImageElement>} */
  const lost = new Set();
  const panels = [
    panel("original", "La cara elegida"),
    panel("borrada", "La misma cara, con los huecos del color elegido"),
    panel("hueco", "El hueco, en negro sobre blanco"),
  ];
  const summary = element("output", { class: "explorador-resumen", "aria-live": "polite" });
  const form = controls(images, [...shapes.values()], draw);

  /** @param {HTMLImageElement} image @returns {Picture | undefined} si ya ha llegado entera */
  function portrait(image) {
    const isHere = image.complete && image.naturalWidth > 0;
    if (isHere && !portraits.has(image)) portraits.set(image, pixels(image));
    return portraits.get(image);
  }

  function draw() {
    const { face, fill, seed, names, ...params } = settings(form);
    const picture = portrait(images[face]);
    if (!picture) {
      summary.value = lost.has(images[face]) ? LOST : "Cargando la cara…";
      return;
    }
    const chosen = new Map([...all].filter(([name]) => names.includes(name)));
    const placements = chosen.size ? samplePlacements(new Generator(seed), chosen, params) : [];
    const { erased, hole } = erase(picture, placements, chosen, fill);
    const pictures = [picture, erased, blackOnWhite(hole, picture.width)];
    pictures.forEach((each, i) => show(panels[i].canvas, each));
    summary.value = describe(placements, hole);
  }

  function showOwn() {
    const { box, canvas } = /** @type {Shape} */ (shapes.get(OWN_NAME));
    const isEmpty = !own.includes(1);
    show(canvas, blackOnWhite(own, MASK_SIDE));
    if (isEmpty || box.disabled) box.checked = !isEmpty;
    box.disabled = isEmpty;
    draw();
  }

  function markOwn() {
    for (const [name, { box }] of shapes) box.checked = name === OWN_NAME;
    draw();
  }

  for (const image of images) {
    image.addEventListener("load", draw);
    image.addEventListener("error", () => {
      lost.add(image);
      draw();
    });
  }
  const figures = panels.map(({ figure }) => figure);
  host.replaceChildren(
    element(
      "div",
      { class: "explorador", role: "group", "aria-label": "Explorador de máscaras" },
      element("div", { class: "explorador-escena" }, ...figures, summary),
      form,
      drawing,
    ),
  );
  draw();
  return { destroy: () => host.replaceChildren(...before) };
}
