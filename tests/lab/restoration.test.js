/** Compara `book/lab` con los casos de `tests/lab/test_lab_restoration.py`, que es quien lo lanza. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { addGrain, tiles } from "../../book/lab/engine/grain.js";
import { checkHole, restorePhoto, restoreRegion } from "../../book/lab/engine/restore.js";
import { connectedComponents, largestDistance } from "../../book/lab/numeric/components.js";

const cases = JSON.parse(readFileSync(process.env.LAB_CASES, "utf8"));

const unpack = (text) => new Uint8Array(Buffer.from(text, "base64"));

function opaque(levels, width, height) {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  levels.forEach((level, i) => (data[4 * Math.floor(i / 3) + (i % 3)] = level));
  return { data, width, height };
}

/** La red de mentira de `test_lab_restoration.py`. */
class Mixer {
  windows = 0;

  constructor({ size, refines, upright }) {
    const helper = upright && new Mixer(upright);
    const opened = helper && { size: helper.size, open: async () => helper };
    Object.assign(this, { size, refines, helper, upright: opened });
  }

  async restore(x) {
    this.windows += 1;
    const { size } = this;
    const levels = new Uint8ClampedArray(3 * size * size);
    const at = (row, column, c) =>
      x[4 * (((row + size) % size) * size + ((column + size) % size)) + c];
    for (let i = 0; i < levels.length; i++) {
      const [row, column, c] = [Math.floor(i / 3 / size), Math.floor(i / 3) % size, i % 3];
      const hole = at(row, column, 3);
      const mixed = at(row - 3, column, c) + at(row, column - 5, c) + at(size - 1 - row, column, c);
      const pattern = (7 * row + 13 * column + 29 * c) % 32;
      const value = hole > 0 ? mixed * 0.29127 + (pattern / 128) * hole : at(row, column, c);
      levels[i] = (value + 1) * 127.5;
    }
    return levels;
  }
}

/** Las redes del libro, con el onnxruntime del laboratorio. */
async function bookNetwork({ runtime, networks: [[weights, size], ...others] }) {
  const ort = createRequire(`${runtime}/package.json`)("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(readFileSync(weights));
  const [entry, exit] = [session.inputNames[0], session.outputNames[0]];
  return {
    size,
    refines: true,
    upright: others.length
      ? { size: others[0][1], open: () => bookNetwork({ runtime, networks: others }) }
      : null,
    async restore(x) {
      const found = await session.run({ [entry]: new ort.Tensor("float32", x, [1, size, size, 4]) });
      const round = (value) => Math.fround(Math.fround(value + 1) * 127.5);
      return Uint8ClampedArray.from(found[exit].data, round);
    },
  };
}

/** Fuera del hueco, lo de antes; dentro, casi todo igual que en Python y nada muy distinto. */
function assertSame({ photo, expected, width, height }, hole, found, where, most, share) {
  const [before, after] = [photo, expected].map((text) => opaque(unpack(text), width, height).data);
  let [differ, total] = [0, 0];
  hole.forEach((painted, pixel) => {
    let largest = 0;
    for (let i = 4 * pixel; i < 4 * pixel + 4; i++) {
      largest = Math.max(largest, Math.abs(found.data[i] - (painted ? after : before)[i]));
    }
    assert.ok(largest <= (painted ? most : 0), `${where}: ${largest} niveles en el píxel ${pixel}`);
    differ += Number(largest > 0);
    total += painted;
  });
  assert.ok(differ <= 1 + share * total, `${where}: son distintos ${differ} de ${total} píxeles`);
}

test("los trazos: su orden, su caja y lo más adentro que llegan", () => {
  for (const [i, { width, hole, strokes }] of cases.components.entries()) {
    const found = connectedComponents(unpack(hole), width);
    assert.deepEqual(found.map(({ box }) => box), strokes.map(({ box }) => box), `caso ${i}`);
    strokes.forEach(({ distance }, j) => {
      const error = Math.abs(largestDistance(found[j]) - distance);
      assert.ok(error < 1e-5 * distance, `caso ${i}, trazo ${j}: ${distance}`);
    });
  }
});

test("los trozos de una caja", () => {
  for (const { box, side, tiles: expected } of cases.tiles) {
    assert.deepEqual([...tiles(box, side, { left: 0, top: 0 })], expected, `${box}, de ${side}`);
  }
});

test("el grano", () => {
  cases.grains.forEach((one, i) => {
    const photo = opaque(unpack(one.photo), one.width, one.height);
    const hole = unpack(one.hole);
    addGrain(photo, hole);
    assertSame(one, hole, photo, `caso ${i}`, 1, 0.002);
  });
});

test("la restauración", async () => {
  const book = cases.book && (await bookNetwork(cases.book));
  let turnedInAll = 0;
  for (const [i, one] of cases.restorations.entries()) {
    const { width, height, faces, fill, grain, mixer } = one;
    const network = mixer ? new Mixer(mixer) : book;
    const photo = opaque(unpack(one.photo), width, height);
    const hole = unpack(one.hole);
    const steps = [];
    const onProgress = (done, total) => steps.push([done, total]);
    const found = await restorePhoto(network, photo, hole, faces, { fill, grain, onProgress });
    const where = `caso ${i}, ${width}x${height}, ${JSON.stringify(mixer)}`;
    assertSame(one, hole, found, where, 2, 0.05);
    assert.deepEqual(steps, steps.map((_, j) => [j + 1, steps.length]), where);
    if (mixer) assert.deepEqual([network.windows, steps.length], [mixer.windows, mixer.windows], where);
    if (mixer?.upright) {
      assert.equal(network.helper.windows, mixer.upright.windows, where);
      turnedInAll += mixer.upright.windows;
    }
    assert.deepEqual(photo, opaque(unpack(one.photo), width, height), where);
    assert.deepEqual(hole, unpack(one.hole), where);
  }
  assert.ok(book || turnedInAll > 5, `solo ${turnedInAll} caras se han mirado derechas`);
});

test("de una foto grande solo se copia lo que rodea a los trazos", async () => {
  const [width, height] = [1500, 1200];
  const photo = opaque(new Uint8Array(3 * width * height).fill(90), width, height);
  const hole = new Uint8Array(width * height).fill(1, 600 * width + 700, 600 * width + 720);
  const network = new Mixer({ size: 128, refines: true });
  const region = await restoreRegion(network, photo, hole, []);
  assert.ok(region.width < 300 && region.height < 300, `${region.width}x${region.height}`);
  const restored = await restorePhoto(network, photo, hole, []);
  for (let row = 0; row < region.height; row++) {
    const [from, to] = [4 * row * region.width, 4 * ((region.top + row) * width + region.left)];
    const across = 4 * region.width;
    assert.deepEqual(region.data.subarray(from, from + across), restored.data.subarray(to, to + across));
  }
});

test("se puede dejar a medias", async () => {
  const photo = opaque(new Uint8Array(3 * 400 * 40), 400, 40);
  const hole = new Uint8Array(400 * 40).fill(1, 400 * 20, 400 * 22);
  const network = new Mixer({ size: 32, refines: true });
  await restorePhoto(network, photo, hole, []);
  const whole = network.windows;
  const controller = new AbortController();
  const { signal } = controller;
  // Quien cancela es otra tarea, que ha de encontrar sitio entre ventana y ventana.
  const onProgress = () => setTimeout(() => controller.abort());
  const restored = restorePhoto(network, photo, hole, [], { signal, onProgress });
  await assert.rejects(restored, { name: "AbortError" });
  assert.ok(whole > 3 && network.windows < whole + 3);
});

test("lo que no se puede restaurar", async () => {
  for (const { hole, message } of cases.refusals) {
    const refused = { name: "UserError", message };
    const photo = opaque(new Uint8Array(3 * 9 * 7), 7, 9);
    const network = new Mixer({ size: 64, refines: true });
    assert.throws(() => checkHole(unpack(hole)), refused);
    await assert.rejects(restorePhoto(network, photo, unpack(hole), []), refused);
    assert.equal(network.windows, 0);
  }
});
