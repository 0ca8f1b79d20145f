/**
 * Algo que se hace una sola vez; si falla, la próxima vez se intenta de nuevo.
 *
 * @template {unknown[]} Given
 * @template Made
 * @param {(...given: Given) => Promise<Made>} make
 * @returns {(...given: Given) => Promise<Made>}
 */
export function once(make) {
  /** @type {Promise<Made> | null} */
  let made = null;
  return (...given) => {
    made ??= make(...given).catch((error) => {
      made = null;
      throw error;
    });
    return made;
  };
}
