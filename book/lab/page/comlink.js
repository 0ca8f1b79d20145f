/** Comlink: con él, lo de otro hilo se usa como si estuviera en este. En el sitio, es él entero. */

export * from "comlink";
