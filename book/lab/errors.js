/** Un error que el usuario puede arreglar: su mensaje, una frase en español, es lo que ve. */
export class UserError extends Error {
  name = "UserError";
}
