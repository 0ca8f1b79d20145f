/** «Buscar imperfecciones»: la red propone qué quitar, y el lector elige. */

import { UserError } from "../engine/errors.js";
import { slider } from "../ui/controls.js";
import { find } from "../ui/dom.js";
import { arrived } from "../ui/writing.js";

const SEARCHING = "Buscando…";

/** @param {number} share */
const bringing = (share) => `Se baja, una sola vez, la red que busca (${arrived(share)}).`;

const NO_FACES =
  "No he encontrado ninguna cara: rodéala con «Marcos de las caras» y vuelve a buscar, o pinta tú.";

/** Lo más que se puede pedir de tamaño, en partes de la cara: más grandes no se proponen bien. */
const MOST = 0.3;

/** @param {number} count @param {boolean} hasMore si con otros límites habría más */
function found(count, hasMore) {
  if (!count) return `No he encontrado ninguna marca${hasMore ? " tan segura y de ese tamaño" : ""}.`;
  if (count === 1) return "He encontrado 1 marca: tócala si no quieres quitarla, y pulsa «Restaurar».";
  return `He encontrado ${count} marcas: toca las que no quieras quitar, y pulsa «Restaurar».`;
}

/**
 * @param {HTMLElement} root con el botón y el sitio de los deslizadores
 * @param {import("./session.js").Session} session
 * @param {object} options
 * @param {import("../paint/painter.js").Painter} options.painter
 * @param {import("../engine/finding.js").Numbers} options.numbers
 * @param {import("./progress.js").Progress} options.progress
 * @param {(order: () => Promise<void>) => void} options.attempt dice lo que falle
 */
export function mountFinding(root, session, { painter, numbers, progress, attempt }) {
  const panel = find(root, ".lab-propuestas", HTMLFieldSetElement);
  const { proposals, voice } = painter;
  const limits = [
    slider("Seguridad (%)", {
      name: "seguridad",
      min: 100 * numbers.EXTENT,
      max: 100,
      value: 100 * numbers.THRESHOLD,
    }),
    slider("Tamaño máximo (%)", {
      name: "tamano",
      min: 1,
      max: 100 * MOST,
      value: 100 * numbers.LARGEST,
    }),
  ];
  panel.append(...limits.map(({ label }) => label));
  let hasMore = false;

  const choose = () => {
    const [threshold, largest] = limits.map(({ input }) => Number(input.value) / 100);
    proposals.choose(threshold, largest);
  };
  const tell = () => found(proposals.accepted.length, hasMore);
  for (const { input } of limits) {
    input.addEventListener("input", () => {
      choose();
      voice.sayWhenSettled(tell);
    });
  }

  const search = async () => {
    const show = progress.begin(SEARCHING);
    if (!painter.faces.length) painter.setFaces(await session.ask((photo) => photo.faces()));
    const { marks, faces } = await session.findMarks(painter.faces, show, (share) =>
      show(share, share < 1 ? bringing(share) : SEARCHING),
    );
    if (!faces) throw new UserError(NO_FACES);
    hasMore = marks.length > 0;
    panel.hidden = !hasMore;
    proposals.open(marks, painter.painting);
    choose();
    voice.say(tell());
  };
  find(root, ".lab-buscar", HTMLButtonElement).addEventListener("click", () => attempt(search));
}
