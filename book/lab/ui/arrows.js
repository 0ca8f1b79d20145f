/** Las flechas del teclado. */

/** Los pasos que da el cursor con las mayúsculas. */
const LONG_STEP = 5;

/** @type {Record<string, readonly [number, number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** @param {KeyboardEvent} event @returns {readonly [number, number] | null} pasos de una flecha */
export function stepsOf(event) {
  const arrow = ARROWS[event.key];
  if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return null;
  const times = event.shiftKey ? LONG_STEP : 1;
  return [arrow[0] * times, arrow[1] * times];
}
