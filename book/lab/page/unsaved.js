/**
 * Pregunta antes de salir de la página si se perdería algo: lo pintado o lo restaurado desde la
 * última vez que se guardó.
 *
 * @param {import("../paint/painter.js").Painter} painter
 * @returns {() => void} hay que llamarla al guardar y al abrir otra foto
 */
export function askBeforeLeaving(painter) {
  let isChanged = false;
  painter.addEventListener("change", () => {
    isChanged = true;
  });
  globalThis.addEventListener("beforeunload", (event) => {
    if (isChanged && (painter.painted || painter.isRetouched)) event.preventDefault();
  });
  return () => {
    isChanged = false;
  };
}
