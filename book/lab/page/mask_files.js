/** El menú «Máscara»: guardar lo pintado, cargarlo de un archivo o repetir lo de la foto anterior. */

import { UserError } from "../engine/errors.js";
import { answerOf, download, find } from "../ui/dom.js";

/** @typedef {import("../hole/geometry.js").Size & { hole: Uint8Array }} Mask */

/** @param {Uint8Array} hole */
const shareOf = (hole) => hole.reduce((sum, value) => sum + value, 0) / hole.length;

/**
 * @param {HTMLElement} root con el menú, y la pregunta de qué color se quita
 * @param {import("./session.js").Session} session
 * @param {object} options
 * @param {import("../paint/painter.js").Painter} options.painter
 * @param {() => Mask | null} options.previous la máscara de la foto anterior
 * @param {(order: () => Promise<void>) => void} options.attempt dice lo que falle
 */
export function mountMaskFiles(root, session, { painter, previous, attempt }) {
  const menu = find(root, "details", HTMLDetailsElement);
  const dialog = find(root, "dialog", HTMLDialogElement);

  /** @param {() => Promise<void>} order */
  const choose = (order) => {
    menu.open = false;
    find(menu, "summary", HTMLElement).focus({ preventScroll: true });
    attempt(order);
  };

  find(root, ".lab-bajar-mascara", HTMLButtonElement).addEventListener("click", () =>
    choose(async () => {
      const { size } = painter;
      const mask = painter.painting.everything;
      if (!size || !mask.includes(1)) {
        throw new UserError("Todavía no has pintado nada: no hay máscara que guardar.");
      }
      download(await session.writeMask(mask, size.width), "mascara.png");
      painter.voice.say("Guardada como «mascara.png»: en negro, todo lo que has pintado en esta foto.");
    }),
  );

  const file = find(root, "input[type=file]", HTMLInputElement);
  file.addEventListener("change", () => {
    const [chosen] = file.files ?? [];
    file.value = "";
    if (!chosen) return;
    choose(async () => {
      const hole = await session.readMask(chosen);
      if (shareOf(hole) > 0.5) {
        const answer = await answerOf(dialog);
        if (!answer) return;
        if (answer === "blanco") hole.forEach((value, i) => (hole[i] = 1 - value));
      }
      painter.load(hole);
      painter.voice.say("Máscara cargada: revísala y pulsa «Restaurar».");
    });
  });

  find(root, ".lab-repetir", HTMLButtonElement).addEventListener("click", () =>
    choose(async () => {
      const [mask, size] = [previous(), painter.size];
      if (!mask) throw new UserError("En la foto anterior no se pintó nada: pinta en esta.");
      if (mask.width !== size?.width || mask.height !== size.height) {
        throw new UserError(
          `La foto anterior medía ${mask.width}x${mask.height}: su máscara solo vale para otra igual.`,
        );
      }
      painter.load(mask.hole);
      painter.voice.say("Puesta la máscara de la foto anterior: revísala y pulsa «Restaurar».");
    }),
  );
}
