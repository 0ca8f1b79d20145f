/** La parte «Restaura»: elegir una foto, pintar encima, restaurarla, comparar y guardarla. */

import { once } from "../engine/once.js";
import { bounds } from "../hole/geometry.js";
import { Painter } from "../paint/painter.js";
import { find, teller } from "../ui/dom.js";
import { attempt } from "./attempt.js";
import { Comparison } from "./compare.js";
import { mountPhotoSource } from "./photo_source.js";

/**
 * @param {HTMLElement} root
 * @param {import("./session.js").Session} session lo que hay abierto: aquí solo se enseña
 * @param {{ faces: { url: string, name: string }[], masks: import("../engine/masks.js").Masks }}
 *   options
 * @returns {Painter} dice qué hay pintado, y avisa cuando cambia
 */
export function mountRestore(root, session, { faces, masks }) {
  const painter = new Painter(find(root, ".lab-pintar", HTMLElement), { masks });
  const status = find(root, ".lab-estado", HTMLElement);
  const progress = find(root, "progress", HTMLProgressElement);
  const outcome = find(root, ".lab-resultado", HTMLElement);
  const [restore, cancel, keep, save] = ["restaurar", "cancelar", "seguir", "guardar"].map((name) =>
    find(root, `.lab-${name}`, HTMLButtonElement),
  );
  /** @type {Comparison | undefined} */
  let comparison;
  let isBusy = false;

  const say = teller(status);
  const saySaved = teller(find(root, ".lab-guardado", HTMLElement));

  /** Lo que falla al elegir una foto se ve, esté donde esté la página. @param {string} text */
  const sayAloud = (text) => {
    say(text);
    status.scrollIntoView({ block: "nearest" });
  };

  /** @param {boolean} busy */
  const setBusy = (busy) => {
    isBusy = busy;
    painter.setBusy(busy);
    // Sin apagarlos del todo: quien los ha pulsado con el teclado perdería el foco.
    for (const button of [restore, keep, save]) button.setAttribute("aria-disabled", `${busy}`);
    cancel.hidden = progress.hidden = !busy;
  };

  const dropOutcome = () => {
    comparison?.destroy();
    outcome.hidden = true;
  };

  const showPhoto = () => {
    dropOutcome();
    if (session.photo) painter.open(session.photo.bitmap, session.photo);
  };

  /** Baja la red, una sola vez; si falla, la próxima vez lo intenta de nuevo. */
  const load = once(async () => {
    try {
      await session.load((share) => {
        progress.hidden = false;
        progress.value = share;
        say(`Bajando la red: ${Math.round(100 * share)} %. Mientras, puedes pintar.`);
      });
      say("La red está lista: pinta lo que quieras quitar y pulsa «Restaurar».");
    } finally {
      progress.hidden = true;
    }
  });

  /** @param {Blob | Promise<Blob>} file @param {string} name */
  const open = (file, name) =>
    attempt(sayAloud, async () => {
      say("Abriendo la foto…");
      await session.open(file, name);
      showPhoto();
      for (const part of root.querySelectorAll(".lab-banco")) part.removeAttribute("hidden");
      say("Pinta lo que quieras quitar y pulsa «Restaurar».");
      const search = session.ask((photo) => photo.faces());
      await Promise.all([load(), search.then((found) => painter.setFaces(found))]);
    });

  /**
   * Lo que hace un botón, si no hay otro en marcha.
   *
   * @param {HTMLButtonElement} button
   * @param {(text: string) => void} tell
   * @param {(photo: import("./session.js").Shown) => Promise<void>} order
   */
  const onClick = (button, tell, order) =>
    button.addEventListener("click", () => {
      const { photo } = session;
      if (photo && !isBusy) attempt(tell, () => order(photo));
    });

  onClick(restore, say, async (photo) => {
    setBusy(true);
    try {
      await load();
      if (photo !== session.photo) return;
      dropOutcome();
      say("Restaurando…");
      const { hole, faces: framed } = painter;
      const { bitmap, seconds } = await session.restore(hole, framed, (share) => {
        progress.value = share;
      });
      outcome.hidden = false;
      comparison = new Comparison(find(outcome, ".lab-comparar", HTMLElement), {
        before: photo.bitmap,
        after: bitmap,
        width: photo.width,
        height: photo.height,
        rect: bounds(hole, photo) ?? undefined,
      });
      saySaved("");
      status.scrollIntoView({ block: "start" });
      say(`Restaurada en ${seconds.toFixed(1)} segundos: mueve la raya para comparar, o guárdala.`);
    } finally {
      setBusy(false);
    }
  });
  onClick(keep, say, async () => {
    const framed = painter.faces;
    await session.keep();
    showPhoto();
    painter.setFaces(framed);
    find(root, ".lab-pintar canvas", HTMLCanvasElement).focus();
    say("Ahora partes de la foto restaurada: pinta otra zona.");
  });
  onClick(save, saySaved, async () => {
    saySaved("Guardando…");
    const { blob, name, lost } = await session.ask((photo) => photo.save());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    const without = lost.length ? `, pero sin ${lost.join(" ni ")}` : "";
    saySaved(`Guardada como «${name}», a su tamaño${without}.`);
  });
  cancel.addEventListener("click", () => session.cancel());
  mountPhotoSource(find(root, ".lab-elegir", HTMLElement), faces, open, (order) =>
    attempt(sayAloud, order),
  );
  return painter;
}
