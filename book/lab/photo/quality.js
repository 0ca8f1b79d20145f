/** Con qué calidad se guardó un JPEG: la de las tablas de libjpeg que más se parecen a las suyas. */

import { jpegSegments, u16 } from "./containers.js";
import { isFrame } from "./formats.js";

const TABLES = 0xdb;

/** La tabla de cuantización de la luz de libjpeg a calidad 50, en zigzag. */
const LUMINANCE = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37,
  29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
  95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/** Calidad con la que se guarda un JPEG que no dice la suya. */
const DEFAULT_QUALITY = 90;

/** La tabla de libjpeg para una calidad de 1 a 100. @param {number} quality */
function luminanceAt(quality) {
  const scale = quality < 50 ? Math.trunc(5000 / quality) : 200 - 2 * quality;
  return LUMINANCE.map((level) =>
    Math.min(255, Math.max(1, Math.trunc((level * scale + 50) / 100))),
  );
}

/** La tabla de la luz de un JPEG, en zigzag. @param {Uint8Array} bytes */
function luminanceOf(bytes) {
  const segments = jpegSegments(bytes);
  const wanted = segments.find(({ marker }) => isFrame(marker))?.data[8];
  for (const { data } of segments.filter(({ marker }) => marker === TABLES)) {
    for (let at = 0; at < data.length; ) {
      const step = data[at] >> 4 ? 2 : 1;
      const table = data.subarray(at + 1, at + 1 + 64 * step);
      if ((data[at] & 15) === wanted && table.length === 64 * step) {
        return LUMINANCE.map((_, i) => (step === 2 ? u16(table, 2 * i) : table[i]));
      }
      at += 1 + 64 * step;
    }
  }
  return null;
}

/**
 * @param {Uint8Array} bytes un JPEG
 * @returns {number} la calidad, de 1 a 100, cuya tabla se parece más a la suya
 */
export function jpegQuality(bytes) {
  const table = luminanceOf(bytes);
  if (!table) return DEFAULT_QUALITY;
  const distances = Array.from({ length: 100 }, (_, i) =>
    luminanceAt(i + 1).reduce((sum, level, j) => sum + Math.abs(level - table[j]), 0),
  );
  return distances.lastIndexOf(Math.min(...distances)) + 1;
}
