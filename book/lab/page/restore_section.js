/** La parte «Restaura»: elegir una foto, pintar encima, restaurarla, compararla y guardarla. */

import { UserError } from "../engine/errors.js";
import { once } from "../engine/once.js";
import { Painter } from "../paint/painter.js";
import { onHold } from "../ui/controls.js";
import { download, find } from "../ui/dom.js";
import { arrived } from "../ui/writing.js";
import { attempt } from "./attempt.js";
import { proxy } from "./comlink.js";
import { mountFinding } from "./find_section.js";
import { mountMaskFiles } from "./mask_files.js";
import { mountPhotoSource } from "./photo_source.js";
import { Progress } from "./progress.js";
import { askBeforeLeaving } from "./unsaved.js";

/** @typedef {import("./session.js").Shown} Shown */

/** Lo más que puede tardar una ventana, en segundos, para restaurar al soltar el pincel. */
const QUICK = 1;

const READY = "Pinta lo que quieras quitar";

/** @param {number} share */
const bringing = (share) =>
  `Has tapado un rasgo: se baja, una sola vez, la red que los dibuja (${arrived(share)}).`;

const PREPARING = `${READY}: mientras tanto, se prepara la red.`;

/**
 * @param {HTMLElement} root
 * @param {import("./session.js").Session} session lo que hay abierto: aquí solo se enseña
 * @param {{ faces: { url: string, name: string }[], masks: import("../engine/masks.js").Masks,
 *   finder: import("../engine/finding.js").Numbers }} options
 * @returns {Painter} dice qué hay pintado, y avisa cuando cambia
 */
export function mountRestore(root, session, { faces, masks, finder }) {
  const chooser = find(root, ".lab-elegir", HTMLElement);
  const actions = find(root, ".lab-acciones", HTMLElement);
  const auto = find(root, ".lab-auto input", HTMLInputElement);
  const [restore, seek, cancel, save, before, contrast, another] = [
    "restaurar",
    "buscar",
    "cancelar",
    "guardar",
    "antes",
    "contraste",
    "otra",
  ].map((name) => find(root, `.lab-${name}`, HTMLButtonElement));
  const painter = new Painter(find(root, ".lab-pintar", HTMLElement), {
    masks,
    onPhoto: (pieces) => session.paste(pieces),
  });
  const proposed = find(root, ".lab-propuestas", HTMLElement);
  let isBusy = false;
  /** @type {import("./mask_files.js").Mask | null} */
  let previous = null;

  /** @param {string} text @param {boolean} [isError] */
  const say = (text, isError) => painter.voice.say(text, isError);
  const progress = new Progress(find(root, "progress", HTMLProgressElement), say);
  const nothingToLose = askBeforeLeaving(painter);
  const goThere = () => find(root, ".pintor", HTMLElement).scrollIntoView({ block: "end", behavior: "instant" });

  /** Lo que falla al elegir una foto se ve, esté donde esté la página.
   * @param {string} text @param {boolean} [isError] */
  const sayAloud = (text, isError) => {
    say(text, isError);
    goThere();
  };

  /** @param {boolean} busy */
  const setBusy = (busy) => {
    isBusy = busy;
    painter.setBusy(busy);
    // Sin apagarlos del todo: quien los ha pulsado con el teclado perdería el foco.
    for (const button of [restore, seek, save]) button.setAttribute("aria-disabled", `${busy}`);
  };

  /** Mientras dura, ni se pinta ni empieza otra cosa.
   * @param {() => Promise<void>} task @param {boolean} [stops] si se puede cancelar */
  const whileBusy = async (task, stops = false) => {
    setBusy(true);
    cancel.hidden = !stops;
    try {
      await task();
    } finally {
      setBusy(false);
      cancel.hidden = true;
      progress.end();
    }
  };

  /** @param {boolean} isOpen */
  const showChooser = (isOpen) => {
    chooser.hidden = !isOpen;
    another.setAttribute("aria-expanded", `${isOpen}`);
  };

  /** Baja la red, una sola vez; si falla, la próxima vez lo intenta de nuevo. */
  const load = once(async () => {
    try {
      const tell = progress.begin(PREPARING);
      await session.load((share) => {
        const coming = `${READY}: mientras tanto, se baja la red (${arrived(share)}).`;
        tell(share, share < 1 ? coming : PREPARING);
      });
      say(`La red está lista: pinta lo que quieras quitar y pulsa «Restaurar».`);
    } finally {
      progress.end();
    }
  });

  /** En un equipo rápido se restaura al pintar, si nadie ha dicho otra cosa. */
  const measure = once(async () => {
    const seconds = await session.measure();
    if (auto.dataset.elegido || seconds > QUICK) return;
    auto.checked = true;
    if (!isBusy && !painter.painted) say(`${READY}: se restaura al soltar el pincel.`);
  });

  /** @param {Shown} photo */
  const show = (photo) => {
    const hole = painter.painting.everything;
    if (hole.includes(1)) previous = { hole, ...painter.painting.size };
    painter.open(photo.bitmap, photo);
    nothingToLose();
    actions.hidden = false;
    proposed.hidden = true;
    showChooser(false);
    find(root, ".lab-pintar canvas", HTMLCanvasElement).focus({ preventScroll: true });
    goThere();
  };

  /** @param {Blob | Promise<Blob>} file @param {string} name */
  const open = (file, name) =>
    attempt(sayAloud, async () => {
      sayAloud("Abriendo la foto…");
      await session.open(file, name);
      if (session.photo) show(session.photo);
      say(`${READY} y pulsa «Restaurar».`);
      const search = session.ask((photo) => photo.faces());
      const tasks = [load(), search.then((found) => painter.setFaces(found))];
      // Si una falla se dice cuando acaba la otra, que si no la taparía con lo suyo.
      await Promise.allSettled(tasks);
      await Promise.all(tasks);
      await measure();
    });

  /** @param {Shown} photo @param {boolean} joined si se deshace a la vez que el último trazo
   * @param {import("../engine/finding.js").Mark[]} [marks] lo que, además de lo pintado, se quita */
  const restorePainted = (photo, joined, marks) =>
    whileBusy(async () => {
      await load();
      if (photo !== session.photo) return;
      const tell = progress.begin("Restaurando…");
      const hole = painter.painting.removed(marks);
      const { pieces, seconds } = await session.restore(
        hole,
        painter.faces,
        tell,
        (share) => tell(share, share < 1 ? bringing(share) : "Restaurando…"),
      );
      painter.setRestored(pieces, hole, joined);
      say(`Restaurada en ${seconds.toFixed(1)} segundos: sigue pintando, o guárdala.`);
    }, true);

  /** Lo pintado se restaura antes: lo que se guarda es lo que se ve. @param {Shown} photo */
  const saveShown = async (photo) => {
    if (painter.painted) await restorePainted(photo, false);
    if (photo !== session.photo) return;
    if (!painter.isRetouched) {
      throw new UserError("Todavía no hay nada restaurado: pinta lo que quieras quitar.");
    }
    await whileBusy(async () => {
      const tell = proxy(progress.begin("Guardando…"));
      const { blob, name, lost } = await session.ask((opened) => opened.save(tell));
      download(blob, name);
      nothingToLose();
      const without = lost.length ? `, pero sin ${lost.join(" ni ")}` : "";
      say(`Guardada como «${name}», a su tamaño${without}.`);
    });
  };

  /** Si no hay otra cosa en marcha. @param {(photo: Shown) => Promise<void>} task con la foto */
  const start = (task) => {
    const { photo } = session;
    if (photo && !isBusy) attempt(say, () => task(photo));
  };

  restore.addEventListener("click", () =>
    start((photo) => restorePainted(photo, false, painter.proposals.accepted)),
  );
  save.addEventListener("click", () => start(saveShown));
  cancel.addEventListener("click", () => session.cancel());
  another.addEventListener("click", () => showChooser(Boolean(chooser.hidden)));
  contrast.addEventListener("click", () => {
    const isOn = find(root, ".pintor", HTMLElement).classList.toggle("lab-contrastada");
    contrast.setAttribute("aria-pressed", `${isOn}`);
  });
  onHold(before, (isHeld) => painter.showBefore(isHeld));
  auto.addEventListener("change", () => {
    auto.dataset.elegido = "sí";
  });
  painter.addEventListener("stroke", () =>
    // Cuando acabe lo que ha dado fin al trazo, que puede ser deshacerlo.
    queueMicrotask(() => {
      if (auto.checked && painter.painted) start((photo) => restorePainted(photo, true));
    }),
  );
  mountFinding(root, session, {
    painter,
    numbers: finder,
    progress,
    attempt: (task) => start(() => whileBusy(task, true)),
  });
  mountMaskFiles(actions, session, {
    painter,
    previous: () => previous,
    attempt: (task) => start(() => whileBusy(task)),
  });
  mountPhotoSource(chooser, faces, open, (task) => attempt(sayAloud, task));
  return painter;
}
