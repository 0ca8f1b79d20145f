/** La parte «Mira por dentro»: lo que la red hace, paso a paso, con la zona que has pintado. */

import { UserError } from "../engine/errors.js";
import { CELL, MARGIN, SKIP_SIDES } from "../engine/pretrained.js";
import { inside } from "../engine/windows.js";
import { bounds } from "../hole/geometry.js";
import { element, find, teller } from "../ui/dom.js";
import { attempt } from "./attempt.js";

/** @typedef {import("../engine/windows.js").Square} Square */

const SIDE = 256;

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
  const [row, column] = [(top + bottom) >> 1, (left + right) >> 1];
  return { top: inside(row, side, height), left: inside(column, side, width), side };
}

/**
 * @param {HTMLCanvasElement} canvas cuadrado
 * @param {Uint8ClampedArray} levels de su mismo lado, por 3
 */
function draw(canvas, levels) {
  const image = new ImageData(canvas.width, canvas.width);
  for (let pixel = 0; pixel < canvas.width ** 2; pixel++) {
    image.data.set(levels.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/**
 * Pinta encima de una imagen lo que el discriminador cree: naranja, inventado; azul, auténtico. Solo
 * en el hueco: de lo demás no aprendió nada.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} scores cuadrado, por filas, de 0 a 1
 * @param {Uint8Array} touched 1 en las que tienen hueco
 */
function overlay(canvas, scores, touched) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const across = Math.sqrt(scores.length);
  scores.forEach((score, i) => {
    if (!touched[i]) return;
    const [color, amount] = score < 0.5 ? ["230 110 0", 1 - 2 * score] : ["0 110 220", 2 * score - 1];
    context.fillStyle = `rgb(${color} / ${0.6 * amount})`;
    const [row, column] = [Math.floor(i / across), i % across];
    context.fillRect(MARGIN + CELL * column, MARGIN + CELL * row, CELL, CELL);
  });
}

/** @param {Float32Array} scores @param {Uint8Array} touched */
function verdict(scores, touched) {
  const judged = scores.filter((_, i) => touched[i]);
  const authentic = judged.filter((score) => score > 0.5).length;
  return `De los ${judged.length} parches del hueco, le parecen auténticos ${authentic}.`;
}

/**
 * @param {HTMLElement} root
 * @param {import("./session.js").Session} session
 * @param {import("../paint/painter.js").Painter} painter de donde sale lo pintado
 */
export function mountInside(root, session, painter) {
  const figures = find(root, ".lab-figuras", HTMLElement);
  const boxes = find(root, ".lab-saltos", HTMLElement);
  /** @param {string} name */
  const canvas = (name) => find(figures, `[data-figura=${name}] canvas`, HTMLCanvasElement);
  /** @param {string} name @param {string} text */
  const caption = (name, text) => {
    find(figures, `[data-figura=${name}] output`, HTMLOutputElement).value = text;
  };
  const say = teller(find(root, ".lab-estado", HTMLElement));

  const skips = SKIP_SIDES.map((side) => {
    const box = element("input", { type: "checkbox" });
    boxes.append(element("label", {}, box, ` el de ${side} por ${side}`));
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
    const { size } = painter;
    if (!size) throw new UserError(NOTHING);
    const { hole, pieces } = painter.painting.latest;
    const square = squareAround(hole, size);
    const cut = skips.flatMap((box, level) => (box.checked ? [level] : []));
    say("Mirando…");
    const seen = await session.ask((photo) =>
      photo.lookInside(hole, square, cut, pieces, painter.faces),
    );
    draw(canvas("vista"), seen.erased);
    draw(canvas("relleno"), seen.fill);
    draw(canvas("correccion"), seen.correction);
    caption("correccion", `De media, ${seen.added.toFixed(1)} niveles en el hueco.`);
    draw(canvas("devuelta"), seen.restored);
    draw(canvas("cortada"), seen.cut);
    const lost = `El hueco cambia ${seen.lost.toFixed(1)} niveles de media.`;
    caption("cortada", cut.length ? lost : "Marca uno más arriba.");
    const { judged, missing = "" } = seen;
    for (const [name, which] of /** @type {const} */ ([
      ["juzgada", "drawn"],
      ["autentica", "authentic"],
    ])) {
      canvas(name).hidden = !judged;
      if (judged) {
        draw(canvas(name), judged.pictures[which]);
        overlay(canvas(name), judged.scores[which], judged.touched);
      }
      caption(name, judged ? verdict(judged.scores[which], judged.touched) : missing);
    }
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
