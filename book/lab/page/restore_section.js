/** La parte «Restaura»: elegir una foto, pintar encima, restaurarla, comparar y guardarla. */

import { mountCompare } from "./compare.js";
import { find } from "../ui/dom.js";
import { mountPainter } from "../paint/painter.js";
import { mountPhotoSource } from "./photo_source.js";
import { bounds } from "../ui/geometry.js";
import { attempt } from "./workshop.js";

/**
 * @typedef {import("./workshop.js").Workshop} Workshop
 * @typedef {ReturnType<typeof mountPainter>} Painter
 */

/** @param {number} seconds */
const spoken = (seconds) => `${seconds.toFixed(1)} segundos`;

/**
 * @param {HTMLElement} root
 * @param {Workshop} workshop
 * @param {{ faces: { url: string, name: string }[], masks: import("../engine/masks.js").Masks }} options
 * @returns {Painter} dice qué hay pintado, y avisa cuando cambia
 */
export function mountRestore(root, workshop, { faces, masks }) {
  const painter = mountPainter(find(root, ".lab-pintar", HTMLElement), { masks });
  const status = find(root, ".lab-estado", HTMLElement);
  const saved = find(root, ".lab-guardado", HTMLElement);
  const progress = find(root, "progress", HTMLProgressElement);
  const bench = root.querySelectorAll(".lab-banco");
  const outcome = find(root, ".lab-resultado", HTMLElement);
  const [restore, cancel, keep, save] = ["restaurar", "cancelar", "seguir", "guardar"].map((name) =>
    find(root, `.lab-${name}`, HTMLButtonElement),
  );

  /** @type {{ destroy(): void } | null} */
  let comparison = null;
  /** @type {ImageBitmap | null} */
  let after = null;
  /** @type {Promise<void> | null} */
  let loading = null;
  /** @type {{ bitmap: ImageBitmap, width: number, height: number } | null} */
  let photo = null;
  let opening = 0;
  let working = false;

  /** @param {string} text */
  const say = (text) => {
    status.textContent = text;
  };

  /** Lo que falla al elegir una foto se ve, esté donde esté la página. @param {string} text */
  const sayAloud = (text) => {
    say(text);
    status.scrollIntoView({ block: "nearest" });
  };

  /** @param {string} text */
  const saySaved = (text) => {
    saved.textContent = text;
  };

  /** @param {boolean} busy */
  const setBusy = (busy) => {
    working = busy;
    painter.setBusy(busy);
    // Sin apagarlos del todo: quien los ha pulsado con el teclado perdería el foco.
    for (const button of [restore, keep, save]) button.setAttribute("aria-disabled", `${busy}`);
    cancel.hidden = progress.hidden = !busy;
  };

  const dropOutcome = () => {
    comparison?.destroy();
    after?.close();
    comparison = after = null;
    outcome.hidden = true;
  };

  /** @param {{ bitmap: ImageBitmap, width: number, height: number }} opened */
  const show = (opened) => {
    dropOutcome();
    painter.open(opened.bitmap, opened);
    photo?.bitmap.close();
    photo = opened;
  };

  /** Baja la red, una sola vez; si falla, la próxima vez lo intenta de nuevo. */
  const load = () => {
    loading ??= workshop
      .call("load", undefined, (share) => {
        progress.hidden = false;
        progress.value = share;
        say(`Bajando la red: ${Math.round(100 * share)} %. Mientras, puedes pintar.`);
      })
      .then(
        () => {
          progress.hidden = true;
          say("La red está lista: pinta lo que quieras quitar y pulsa «Restaurar».");
        },
        (error) => {
          progress.hidden = true;
          loading = null;
          throw error;
        },
      );
    return loading;
  };

  /** @param {Blob} file @param {string} name */
  const open = (file, name) =>
    attempt(sayAloud, async () => {
      const turn = (opening += 1);
      workshop.call("cancel");
      say("Abriendo la foto…");
      const opened = await workshop.call("open", { file, name });
      if (turn !== opening) return;
      show(opened);
      for (const part of bench) part.removeAttribute("hidden");
      say("Pinta lo que quieras quitar y pulsa «Restaurar».");
      await Promise.all([
        load(),
        workshop.call("faces").then((found) => {
          if (turn === opening) painter.setFaces(found);
        }),
      ]);
    });

  const run = () =>
    attempt(say, async () => {
      const current = photo;
      if (!current || working) return;
      setBusy(true);
      try {
        await load();
        dropOutcome();
        say("Restaurando…");
        const { hole, faces: framed } = painter;
        const { bitmap, seconds } = await workshop.call("restore", { hole, faces: framed }, (share) => {
          progress.value = share;
        });
        // Mientras tanto se ha abierto otra foto.
        if (photo !== current) return bitmap.close();
        after = bitmap;
        outcome.hidden = false;
        comparison = mountCompare(find(outcome, ".lab-comparar", HTMLElement), {
          before: current.bitmap,
          after: bitmap,
          width: current.width,
          height: current.height,
          rect: bounds(hole, current) ?? undefined,
        });
        saySaved("");
        status.scrollIntoView({ block: "start" });
        say(`Restaurada en ${spoken(seconds)}: mueve la raya para comparar, o guárdala.`);
      } finally {
        setBusy(false);
      }
    });

  restore.addEventListener("click", run);
  cancel.addEventListener("click", () => workshop.call("cancel"));
  keep.addEventListener("click", () =>
    attempt(say, async () => {
      if (!photo || working) return;
      const framed = painter.faces;
      show({ ...photo, ...(await workshop.call("keep")) });
      painter.setFaces(framed);
      find(root, ".lab-pintar canvas", HTMLCanvasElement).focus();
      say("Ahora partes de la foto restaurada: pinta otra zona.");
    }),
  );
  save.addEventListener("click", () =>
    attempt(saySaved, async () => {
      if (working) return;
      saySaved("Guardando…");
      const { blob, name } = await workshop.call("save");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      saySaved(`Guardada como «${name}», a su tamaño.`);
    }),
  );
  mountPhotoSource(find(root, ".lab-elegir", HTMLElement), faces, open, (order) =>
    attempt(sayAloud, order),
  );
  return painter;
}
