/** Compara `book/lab` con los casos de `tests/lab/test_lab_faces.py`, que es quien lo lanza. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as lab from "../../book/lab/numeric/resampling.js";

const { resamplings } = JSON.parse(readFileSync(process.env.LAB_CASES, "utf8"));

/**
 * Los `uint8` de OpenCV están redondeados; los de la cúbica, además, salen de pesos de 11 bits. Si
 * los píxeles caben justos en los de la media, los empates han de serlo.
 */
function tolerance(name, type, shape, to) {
  if (name === "resizeCubic") return type === "uint8" ? 1 : 1e-4;
  const whole = shape.width % to[0] === 0 && shape.height % to[1] === 0;
  return type === "uint8" ? 0.5 + (whole ? 0 : 1e-3) : 1e-5;
}

function unpack(text, type) {
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  return type === "uint8" ? bytes : new Float32Array(bytes.buffer);
}

test("cambia de tamaño como cv2.resize", () => {
  for (const { function: name, type, shape, to, scale, pixels, resized } of resamplings) {
    const where = `${name}, ${type}, ${JSON.stringify(shape)} a ${to}, ${scale ?? "sin factor"}`;
    const scales = scale ? [{ x: scale, y: scale }] : [];
    const found = lab[name](unpack(pixels, type), shape, ...to, ...scales);
    const expected = unpack(resized, type);
    assert.equal(found.length, expected.length, where);
    const [first, last] = type === "uint8" ? [0, 255] : [-Infinity, Infinity];
    const worst = expected.reduce((most, value, i) => {
      const clipped = Math.min(Math.max(found[i], first), last);
      return Math.max(most, Math.abs(clipped - value));
    }, 0);
    assert.ok(worst <= tolerance(name, type, shape, to), `${where}: se aparta ${worst}`);
  }
});

test("la media no amplía", () => {
  const shape = { width: 4, height: 4, channels: 1 };
  for (const to of [[5, 4], [4, 5]]) {
    assert.throws(() => lab.resizeArea(new Uint8Array(16), shape, ...to), /resizeCubic/);
  }
});
