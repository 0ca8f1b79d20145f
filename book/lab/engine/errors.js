/** Un error que el usuario puede arreglar: su mensaje, una frase en español, es lo que ve. */
export class UserError extends Error {
  name = "UserError";
}

export const OUT_OF_MEMORY =
  "No hay memoria para una foto tan grande: cierra otras pestañas o redúcela antes.";

/** Si lo que ha fallado es que falta memoria. @param {unknown} error */
export const isMemory = (error) => /RangeError|memory|alloc/i.test(String(error));
