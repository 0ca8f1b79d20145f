/** Un error que el usuario puede arreglar: su mensaje, una frase en español, es lo que ve. */
export class UserError extends Error {
  name = "UserError";
}

/** Lo que se dice cuando falla algo que nadie esperaba. */
export const UNEXPECTED = "Algo ha fallado por dentro: recarga la página y vuelve a probar.";
