/** La parte «Mira por dentro»: lo que la red hace, paso a paso, con la zona que has pintado. */

import { find } from "./dom.js";
import { UserError } from "./errors.js";
import { SKIP_SIDES, toLevels } from "./pretrained.js";
import { bounds } from "./strokes.js";
import { attempt } from "./workshop.js";

/** @typedef {{ top: number, left: number, side: number }} Square */

const SIDE = 256;

/** Lo que se aumenta la corrección para que se vea. */
const GAIN = 4;

const NOTHING =
  "No hay nada pintado: elige una foto más arriba, pinta encima y vuelve a pulsar el botón.";

/**
 * La ventana cuadrada de la foto en la que se mira: con lo pintado en medio y sitio alrededor.
 *
 * @param {Uint8Array} hole
 * @param {{ width: number, height: number }} shape
 * @returns {Square}
 */
export function squareAround(hole, { width, height }) {
  const painted = bounds(hole, { width, height });
  if (!painted) throw new UserError(NOTHING);
  const { left, top, right, bottom } = painted;
  const wanted = Math.max(SIDE, 2 * Math.max(bottom - top, right - left));
  const side = Math.min(wanted, Math.max(width, height));
  /** @param {number} center @param {number} length */
  const place = (center, length) =>
    side >= length
      ? Math.floor((length - side) / 2)
      : Math.min(Math.max(Math.round(center - side / 2), 0), length - side);
  return { top: place((top + bottom) / 2, height), left: place((left + right) / 2, width), side };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8ClampedArray} levels SIDE x SIDE x 3
 */
function draw(canvas, levels) {
  const image = new ImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    image.data.set(levels.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/**
 * Pinta encima de una imagen lo que el discriminador cree: naranja, inventado; azul, auténtico.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} scores cuadrado, por filas, de 0 a 1
 */
function overlay(canvas, scores) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const across = Math.sqrt(scores.length);
  const cell = SIDE / across;
  scores.forEach((score, i) => {
    const [color, amount] = score < 0.5 ? ["230 110 0", 1 - 2 * score] : ["0 110 220", 2 * score - 1];
    context.fillStyle = `rgb(${color} / ${0.6 * amount})`;
    context.fillRect((i % across) * cell, Math.floor(i / across) * cell, cell + 0.5, cell + 0.5);
  });
}

/** @param {Float32Array} scores */
function authenticShare(scores) {
  const share = scores.filter((score) => score > 0.5).length / scores.length;
  return `${Math.round(100 * share)} %`;
}

/**
 * Cuántos niveles cambia, de media, un píxel del hueco.
 *
 * @param {Float32Array} first @param {Float32Array} second @param {Float32Array} hole
 */
function meanChange(first, second, hole) {
  let [sum, count] = [0, 0];
  hole.forEach((unknown, pixel) => {
    if (!unknown) return;
    for (let c = 3 * pixel; c < 3 * pixel + 3; c++) sum += 127.5 * Math.abs(first[c] - second[c]);
    count += 3;
  });
  return sum / count;
}

/**
 * @param {HTMLElement} root
 * @param {import("./workshop.js").Workshop} workshop
 * @param {import("./restore.js").Painter} painter de donde sale lo pintado
 */
export function mountInside(root, workshop, painter) {
  const status = find(root, ".lab-estado", HTMLElement);
  const figures = find(root, ".lab-figuras", HTMLElement);
  const boxes = find(root, ".lab-saltos", HTMLElement);
  /** @param {string} name */
  const canvas = (name) => find(figures, `[data-figura=${name}] canvas`, HTMLCanvasElement);
  /** @param {string} name @param {string} text */
  const caption = (name, text) => {
    find(figures, `[data-figura=${name}] output`, HTMLOutputElement).value = text;
  };
  /** @param {string} text */
  const say = (text) => {
    status.textContent = text;
  };

  const skips = SKIP_SIDES.map((side) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    label.append(box, ` el de ${side} por ${side}`);
    boxes.append(label);
    return box;
  });

  let [running, again] = [false, false];
  const look = () =>
    attempt(say, async () => {
      again = running;
      if (running) return;
      running = true;
      try {
        do {
          again = false;
          await show();
        } while (again);
      } finally {
        running = false;
      }
    });

  const show = async () => {
    const { hole, size } = painter;
    if (!size) throw new UserError(NOTHING);
    const square = squareAround(hole, size);
    const cut = skips.flatMap((box, level) => (box.checked ? [level] : []));
    say("Mirando…");
    const seen = await workshop.call("lookInside", { hole, square, cut });
    draw(canvas("vista"), toLevels(seen.erased));
    draw(canvas("relleno"), toLevels(seen.fill));
    const correction = seen.correction.map((/** @type {number} */ value, /** @type {number} */ i) =>
      seen.hole[Math.floor(i / 3)] ? GAIN * value : 0,
    );
    draw(canvas("correccion"), toLevels(correction));
    const added = meanChange(seen.restored, seen.fill, seen.hole);
    caption("correccion", `De media, ${added.toFixed(1)} niveles en el hueco.`);
    draw(canvas("devuelta"), toLevels(seen.restored));
    draw(canvas("cortada"), toLevels(seen.cut));
    const lost = meanChange(seen.cut, seen.restored, seen.hole);
    caption(
      "cortada",
      cut.length
        ? `El hueco cambia ${lost.toFixed(1)} niveles de media.`
        : "Marca uno más arriba.",
    );
    draw(canvas("juzgada"), toLevels(seen.restored));
    overlay(canvas("juzgada"), seen.scores.restored);
    caption("juzgada", `Le parece auténtico el ${authenticShare(seen.scores.restored)} de los parches.`);
    draw(canvas("autentica"), toLevels(seen.authentic));
    overlay(canvas("autentica"), seen.scores.authentic);
    caption("autentica", `Le parece auténtico el ${authenticShare(seen.scores.authentic)} de los parches.`);
    figures.hidden = false;
    say("Marca qué saltos cortar y mira qué se pierde.");
  };

  find(root, ".lab-mirar", HTMLButtonElement).addEventListener("click", look);
  for (const box of skips) box.addEventListener("change", look);
  painter.addEventListener("change", () => {
    if (figures.hidden) return;
    figures.hidden = true;
    say("Lo pintado ha cambiado: vuelve a mirar.");
  });
}
