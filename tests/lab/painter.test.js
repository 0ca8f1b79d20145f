/**
 * Lo que el pintor calcula (trazos, historia, vista y lo que se ve), frente a una cuenta lenta y
 * evidente, con cientos de casos al azar. Lo lanza `tests/lab/test_lab_painter.py`.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { MASK_SIDE, window as place } from "../../book/lab/engine/masks.js";
import { isEmpty } from "../../book/lab/hole/geometry.js";
import { History } from "../../book/lab/hole/history.js";
import { HolePyramid } from "../../book/lab/hole/hole_pyramid.js";
import { PaintedHole } from "../../book/lab/hole/painted_hole.js";
import { paintCapsule, paintStamp } from "../../book/lab/hole/strokes.js";
import { Generator } from "../../book/lab/numeric/random.js";
import { filling, outline } from "../../book/lab/paint/cursor.js";
import { colors, sample } from "../../book/lab/paint/overlay.js";
import {
  nextThickness,
  positionOf,
  thickest,
  thicknessAt,
} from "../../book/lab/paint/thickness.js";
import { Progress } from "../../book/lab/page/progress.js";
import { Viewport } from "../../book/lab/ui/viewport.js";
import { timeLeft } from "../../book/lab/ui/writing.js";

const rng = new Generator([20n]);
const pick = (list) => list[rng.integers(list.length)];
const times = (count, action) => {
  for (let i = 0; i < count; i++) action(i);
};
const someSize = (most) => ({ width: rng.integers(1, most), height: rng.integers(1, most) });
const somePoint = ({ width, height }) => {
  const point = { x: rng.uniform(-0.3, 1.3) * width, y: rng.uniform(-0.3, 1.3) * height };
  // Los medios píxeles son los que dan empates.
  return rng.integers(3)
    ? point
    : { x: Math.round(2 * point.x) / 2, y: Math.round(2 * point.y) / 2 };
};
const someMask = () => Uint8Array.from({ length: MASK_SIDE ** 2 }, () => rng.integers(10) === 0);
const noise = ({ width, height }) =>
  Uint8Array.from({ length: width * height }, () => rng.integers(2));

/** Las filas y columnas de un hueco que cumplen algo. */
function fill(hole, { width, height }, value, falls) {
  const result = hole.slice();
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (falls(column, row)) result[row * width + column] = value;
    }
  }
  return result;
}

/** Lo cerca que está un punto de un segmento, probando a lo largo de él. */
function distance(point, from, to) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return Math.hypot(point.x - from.x, point.y - from.y);
  const direction = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
  const along = (point.x - from.x) * direction.x + (point.y - from.y) * direction.y;
  if (along <= 0) return Math.hypot(point.x - from.x, point.y - from.y);
  if (along >= length) return Math.hypot(point.x - to.x, point.y - to.y);
  return Math.abs((point.x - from.x) * direction.y - (point.y - from.y) * direction.x);
}

function assertOnlyInside(rect, before, after, { width }) {
  before.forEach((value, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const inside =
      row >= rect.top && row < rect.bottom && column >= rect.left && column < rect.right;
    if (!inside) assert.equal(after[i], value);
  });
}

test("un trazo pinta los píxeles cuyo centro está cerca del segmento", () => {
  times(700, (i) => {
    const size = someSize(60);
    const from = somePoint(size);
    const to = i % 5 ? somePoint(size) : from;
    const radius = i % 3 ? rng.uniform(0, 25) : rng.integers(0, 20) / 2;
    const value = rng.integers(2);
    const before = noise(size);
    const hole = before.slice();
    const rect = paintCapsule(hole, size, from, to, radius, value);
    const near = (column, row) => distance({ x: column + 0.5, y: row + 0.5 }, from, to) - radius;
    // A una millonésima del borde, decide el redondeo.
    const least = fill(before, size, value, (column, row) => near(column, row) <= -1e-6);
    const most = fill(before, size, value, (column, row) => near(column, row) <= 1e-6);
    hole.forEach((found, j) => assert.ok(found === least[j] || found === most[j], `caso ${i}`));
    assertOnlyInside(rect, before, hole, size);
  });
});

test("los empates exactos también se pintan", () => {
  const size = { width: 9, height: 9 };
  const center = { x: 4.5, y: 4.5 };
  const hole = new Uint8Array(81);
  paintCapsule(hole, size, center, center, 3, 1);
  const falls = (column, row) => (column - 4) ** 2 + (row - 4) ** 2 <= 9;
  assert.deepEqual(hole, fill(new Uint8Array(81), size, 1, falls));
});

test("lo que cae fuera de la foto no pinta nada ni se sale", () => {
  const size = { width: 4, height: 3 };
  const hole = new Uint8Array(12);
  const rect = paintCapsule(hole, size, { x: -9, y: 1 }, { x: -5, y: 40 }, 2, 1);
  assert.ok(isEmpty(rect) && !hole.includes(1));
});

test("el pincel de un píxel pinta justo el que toca, y no deja huecos", () => {
  times(200, () => {
    const size = someSize(40);
    const painting = new PaintedHole(size);
    const from = { x: rng.uniform() * size.width, y: rng.uniform() * size.height };
    const to = { x: rng.uniform() * size.width, y: rng.uniform() * size.height };
    painting.line(from, from, 1, 1);
    assert.equal(painting.hole.indexOf(1), Math.floor(from.y) * size.width + Math.floor(from.x));
    assert.equal(painting.hole.lastIndexOf(1), painting.hole.indexOf(1));
    painting.line(from, to, 1, 1);
    const steps = Math.max(
      Math.abs(Math.floor(to.x) - Math.floor(from.x)),
      Math.abs(Math.floor(to.y) - Math.floor(from.y)),
    );
    assert.ok(painting.hole.reduce((sum, value) => sum + value, 0) >= steps + 1);
  });
});

test("un sello cubre lo mismo que la máscara del libro", () => {
  times(120, (i) => {
    const size = { width: rng.integers(50, 120), height: rng.integers(50, 120) };
    const masks = new Map([["una", someMask()]]);
    const scale = rng.uniform(0.05, 5);
    const { side, covered } = place({ mask: "una", scale, x: 0, y: 0 }, masks, size);
    const center = somePoint(size);
    const value = rng.integers(2);
    const before = noise(size);
    const hole = before.slice();
    const rect = paintStamp(hole, size, masks.get("una"), center, side, value);
    const [left, top] = [Math.round(center.x - side / 2), Math.round(center.y - side / 2)];
    const falls = (column, row) => {
      const [x, y] = [column - left, row - top];
      return x >= 0 && x < side && y >= 0 && y < side && covered[y * side + x] === 1;
    };
    assert.deepEqual(hole, fill(before, size, value, falls), `caso ${i}`);
    assertOnlyInside(rect, before, hole, size);
  });
});

/** Un trazo o un sello cualquiera, de una pasada o de varias, que pinta, borra o conserva. */
function somePaint(painting) {
  times(rng.integers(1, 4), () => {
    const [from, to] = [somePoint(painting.size), somePoint(painting.size)];
    const layer = pick([painting.hole, painting.hole, painting.kept]);
    if (rng.integers(3)) painting.line(from, to, rng.integers(1, 9), rng.integers(2), layer);
    else painting.stamp(someMask(), from, rng.integers(1, 30));
  });
}

const layersOf = ({ hole, kept }) => ({ hole: hole.slice(), kept: kept.slice() });

test("deshacer y rehacer devuelven, exacto, cada momento", () => {
  times(60, () => {
    const painting = new PaintedHole(someSize(40));
    /** De una restauración, si se deshace con el trazo de antes. */
    let moments = [layersOf(painting)];
    let now = 0;
    const add = (joined) => {
      moments = [...moments.slice(0, (now += 1)), { ...layersOf(painting), joined }];
    };
    times(40, () => {
      const action = rng.integers(8);
      const before = now;
      if (action < 4) {
        somePaint(painting);
        const changed = ["hole", "kept"].some((layer) =>
          painting[layer].some((value, i) => value !== moments[now][layer][i]),
        );
        assert.equal(painting.commit(), changed);
        if (changed) add();
      } else if (action === 4) {
        somePaint(painting);
        painting.withdraw();
      } else if (action === 5 && rng.integers(2) === 0) {
        if (painting.clear()) add();
      } else if (action === 6 && rng.integers(2) === 0) {
        const joined = rng.integers(2) === 0;
        if (painting.replace([], { before: [], after: [] }, joined)) add(joined);
      } else if (action % 2) {
        const steps = painting.undo().length;
        assert.equal(steps > 0, now > 0);
        while (now > 0 && moments[now--].joined);
        assert.equal(steps, before - now);
      } else {
        const steps = painting.redo().length;
        assert.equal(steps > 0, now + 1 < moments.length);
        while (now + 1 < moments.length && (moments[++now + 1]?.joined ?? false));
        assert.equal(steps, now - before);
      }
      const { hole: painted, kept } = moments[now];
      assert.deepEqual(layersOf(painting), { hole: painted, kept });
      assert.deepEqual([painting.painted, painting.keeps], [painted.includes(1), kept.includes(1)]);
      const restored = moments.slice(1, now + 1).filter(({ joined }) => joined !== undefined);
      const mask = painted.slice();
      for (const { hole } of restored.map((moment) => moments[moments.indexOf(moment) - 1])) {
        hole.forEach((value, i) => (mask[i] |= value));
      }
      assert.deepEqual(painting.everything, mask.map((value, i) => Number(value && !kept[i])));
      assert.equal(painting.canUndo, now > 0);
      assert.equal(painting.canRedo, now + 1 < moments.length);
    });
  });
});

test("se quita lo pintado y lo propuesto que no se conserva, y se deshace de una vez", () => {
  times(60, () => {
    const painting = new PaintedHole(someSize(40));
    times(3, () => {
      somePaint(painting);
      painting.commit();
    });
    const before = layersOf(painting);
    const proposed = before.hole.map(() => Number(rng.integers(9) === 0));
    const pixels = Uint32Array.from(proposed.keys()).filter((pixel) => proposed[pixel]);
    const removed = painting.removed([{ pixels }]);
    const expected = before.hole.map((value, i) => Number((value || proposed[i]) && !before.kept[i]));
    assert.deepEqual(removed, expected);
    if (!removed.includes(1)) return;
    const assertRestored = (isRestored) => {
      assert.equal(painting.painted, !isRestored && before.hole.includes(1));
      assert.deepEqual(painting.kept, before.kept);
      removed.forEach((value, i) => assert.equal(painting.isRestored(i), isRestored && value === 1));
    };
    painting.restore(removed, { before: [], after: [] }, false);
    assertRestored(true);
    assert.deepEqual(painting.latest.hole, removed);
    painting.undo();
    assertRestored(false);
    assert.deepEqual(layersOf(painting), before);
    painting.redo();
    assertRestored(true);
  });
});

test("la historia guarda cien pasos", () => {
  const painting = new PaintedHole({ width: 130, height: 1 });
  times(120, (i) => {
    painting.line({ x: i + 0.5, y: 0.5 }, { x: i + 0.5, y: 0.5 }, 1, 1);
    painting.commit();
  });
  let steps = 0;
  while (painting.undo().length) steps++;
  assert.equal(steps, 100);
  assert.equal(painting.hole.lastIndexOf(1), 19);
});

test("la historia no pesa más de lo que se le deja", () => {
  const rect = { left: 0, top: 0, right: 100, bottom: 1 };
  const history = new History(100, { steps: 50, bytes: 3 * 8 * 50 });
  let hole = new Uint8Array(100);
  times(9, (i) => {
    const before = hole;
    // Cincuenta tiras de un píxel: ocho bytes cada una.
    hole = before.map((value, j) => value ^ Number(j % 2 === i % 2));
    assert.ok(history.record(hole, rect, before));
  });
  let steps = 0;
  while (history.undo(hole).length) steps++;
  assert.equal(steps, 3);
});

test("cuando deshacer se acaba antes que lo hecho, se sabe", () => {
  const painting = new PaintedHole({ width: 200, height: 1 });
  const dot = (x) => {
    painting.line({ x, y: 0.5 }, { x, y: 0.5 }, 1, 1);
    painting.commit();
  };
  times(100, (i) => dot(i + 0.5));
  times(101, () => painting.undo());
  assert.equal(painting.isExhausted, false);
  times(101, (i) => dot(i + 0.5));
  assert.equal(painting.isExhausted, false);
  times(100, () => painting.undo());
  assert.equal(painting.isExhausted, true);
});

test("lo que dura más de cinco segundos dice cuánto le falta", () => {
  for (const [share, elapsed, said] of [
    [0, 60, ""],
    [0.5, 2, ""],
    [1, 60, ""],
    [0.8, 9, "Quedan unos 5 segundos."],
    [0.5, 3, "Quedan unos 5 segundos."],
    [0.1, 2, "Quedan unos 20 segundos."],
    [0.5, 58, "Queda un minuto, más o menos."],
    [0.1, 20, "Quedan unos 3 minutos."],
  ]) {
    assert.equal(timeLeft(share, elapsed), said, `${share} en ${elapsed}`);
  }
});

test("las reducciones del hueco no pierden nada pintado", () => {
  times(100, () => {
    const size = someSize(70);
    const painting = new PaintedHole(size);
    times(6, () => {
      somePaint(painting);
      if (rng.integers(2)) painting.withdraw();
      painting.takeUnseen();
      painting.pyramids[0].levels.forEach(({ data, width, height }, depth) => {
        const expected = new Uint8Array(width * height);
        painting.hole.forEach((value, i) => {
          const [row, column] = [Math.floor(i / size.width), i % size.width];
          if (value) expected[(row >> depth) * width + (column >> depth)] = 1;
        });
        assert.deepEqual(data, expected);
      });
      const bounds = painting.pyramids[0].bounds;
      assert.equal(bounds !== null, painting.hole.includes(1));
      if (bounds)
        assertOnlyInside(bounds, new Uint8Array(painting.hole.length), painting.hole, size);
    });
  });
});

function someView(size) {
  const scale = 2 ** rng.uniform(-5, 4);
  const screen = { width: rng.integers(10, 50), height: rng.integers(10, 50) };
  const x = Math.round(rng.uniform(-1, 0.5) * Math.max(0, size.width * scale - screen.width / 2));
  const y = Math.round(rng.uniform(-1, 0.5) * Math.max(0, size.height * scale - screen.height / 2));
  return { screen, view: { scale, x, y } };
}

test("lo pintado se ve donde está, sin perder trazos finos de lejos", () => {
  times(250, () => {
    const size = someSize(120);
    const painting = new PaintedHole(size);
    times(rng.integers(1, 5), () => {
      painting.line(somePoint(size), somePoint(size), rng.integers(1, 6), 1);
    });
    painting.takeUnseen();
    const { screen, view } = someView(size);
    const rect = { left: 0, top: 0, right: screen.width, bottom: screen.height };
    const mask = sample(painting.pyramids[0].levels, view, rect);
    const painted = (column, row) =>
      column >= 0 && column < size.width && row >= 0 && row < size.height
        ? painting.hole[row * size.width + column]
        : 0;
    /** Si hay algo pintado bajo un cuadrado de la pantalla. */
    const under = (left, top, right, bottom) => {
      const span = (from, to, corner) => [
        Math.floor((from - corner) / view.scale + 1e-9),
        Math.ceil((to - corner) / view.scale - 1e-9),
      ];
      const [[left0, right0], [top0, bottom0]] = [
        span(left, right, view.x),
        span(top, bottom, view.y),
      ];
      for (let row = top0; row < bottom0; row++) {
        for (let column = left0; column < right0; column++) if (painted(column, row)) return true;
      }
      return false;
    };
    mask.forEach((value, i) => {
      const [row, column] = [Math.floor(i / screen.width), i % screen.width];
      if (view.scale >= 1) {
        const [x, y] = [(column + 0.5 - view.x) / view.scale, (row + 0.5 - view.y) / view.scale];
        assert.equal(value, painted(Math.floor(x), Math.floor(y)));
      } else if (value) {
        assert.ok(under(column - 1, row - 1, column + 2, row + 2));
      } else {
        assert.ok(!under(column, row, column + 1, row + 1));
      }
    });
  });
});

test("un trozo de lo que se ve es igual que ese trozo dibujado entero", () => {
  times(150, () => {
    const size = someSize(80);
    const painting = new PaintedHole(size);
    somePaint(painting);
    painting.takeUnseen();
    const { screen, view } = someView(size);
    const line = rng.integers(1, 3);
    const whole = { left: 0, top: 0, right: screen.width, bottom: screen.height };
    const all = colors(painting.pyramids[0].levels, view, whole, line);
    const [left, top] = [rng.integers(screen.width), rng.integers(screen.height)];
    const rect = {
      left,
      top,
      right: rng.integers(left + 1, screen.width + 1),
      bottom: rng.integers(top + 1, screen.height + 1),
    };
    const part = colors(painting.pyramids[0].levels, view, rect, line);
    part.forEach((color, i) => {
      const width = rect.right - rect.left;
      const [row, column] = [rect.top + Math.floor(i / width), rect.left + (i % width)];
      assert.equal(color, all[row * screen.width + column]);
    });
  });
});

test("lo pintado es magenta y tiene un borde blanco y otro negro", () => {
  const painting = new PaintedHole({ width: 9, height: 9 });
  painting.line({ x: 4.5, y: 4.5 }, { x: 4.5, y: 4.5 }, 1, 1);
  painting.takeUnseen();
  const rect = { left: 0, top: 0, right: 9, bottom: 9 };
  const view = { scale: 1, x: 0, y: 0 };
  const found = new Uint8Array(colors(painting.pyramids[0].levels, view, rect, 1).buffer);
  const at = (column, row) => [
    ...found.subarray(4 * (9 * row + column), 4 * (9 * row + column + 1)),
  ];
  const [red, green, blue, alpha] = at(4, 4);
  assert.ok(red > 200 && green === 0 && blue > 200 && alpha > 100 && alpha < 230);
  assert.deepEqual(at(5, 3).slice(0, 3), [255, 255, 255]);
  assert.deepEqual(at(6, 2).slice(0, 3), [0, 0, 0]);
  assert.ok(at(6, 2)[3] > 100);
  assert.equal(at(7, 4)[3], 0);
});

test("la foto no se separa del borde, y el punto señalado no se mueve", () => {
  times(300, () => {
    const photo = { width: rng.integers(1, 5000), height: rng.integers(1, 5000) };
    const screenOf = () => ({ width: rng.integers(50, 1500), height: rng.integers(50, 1500) });
    const seen = new Viewport(photo, screenOf());
    const somewhere = () => ({
      x: rng.uniform() * seen.screen.width,
      y: rng.uniform() * seen.screen.height,
    });
    times(15, () => {
      const at = somewhere();
      const before = seen.toPhoto(at);
      const action = rng.integers(5);
      if (action === 0) {
        seen.pan(rng.uniform(-900, 900), rng.uniform(-900, 900));
      } else if (action === 1) {
        seen.zoom(2 ** rng.uniform(-2, 2), at);
        for (const [axis, length] of [
          ["x", "width"],
          ["y", "height"],
        ]) {
          const margin = photo[length] * seen.view.scale - seen.screen[length];
          const held = seen.view[axis] < -1e-9 && seen.view[axis] > -margin + 1e-9;
          if (held) assert.ok(Math.abs(seen.toScreen(before)[axis] - at[axis]) < 1e-6);
        }
      } else if (action === 2) {
        seen.pinch(2 ** rng.uniform(-1, 1), at, somewhere());
      } else if (action === 3) {
        seen.resize(screenOf());
      } else {
        const point = { x: rng.uniform() * photo.width, y: rng.uniform() * photo.height };
        seen.reveal(point);
        const { x, y } = seen.toScreen(point);
        assert.ok(x >= -1e-6 && x <= seen.screen.width + 1e-6);
        assert.ok(y >= -1e-6 && y <= seen.screen.height + 1e-6);
      }
      const { scale, x, y } = seen.view;
      assert.ok(scale >= seen.farthest - 1e-12 && scale <= Math.max(32, seen.farthest));
      for (const [corner, length, room] of [
        [x, photo.width * scale, seen.screen.width],
        [y, photo.height * scale, seen.screen.height],
      ]) {
        if (length <= room) assert.ok(Math.abs(corner - (room - length) / 2) < 1e-6);
        else assert.ok(corner <= 1e-9 && corner + length >= room - 1e-6);
      }
      const back = seen.toPhoto(seen.toScreen(before));
      assert.ok(Math.hypot(back.x - before.x, back.y - before.y) < 1e-6);
    });
    seen.fit();
    assert.ok(seen.isWhole);
    seen.resize(screenOf());
    assert.ok(seen.isWhole);
  });
});

test("el tamaño va de un píxel a media foto, y cada paso lo cambia", () => {
  times(200, () => {
    const photo = someSize(4000);
    const most = thickest(photo);
    assert.equal(most, Math.max(1, Math.floor(Math.min(photo.width, photo.height) / 2)));
    assert.equal(thicknessAt(0, photo), 1);
    assert.equal(thicknessAt(1, photo), most);
    let thickness = 1;
    for (let steps = 0; thickness < most; steps++) {
      const next = nextThickness(thickness, 1, photo);
      assert.ok(next > thickness && steps < 100);
      const again = thicknessAt(positionOf(next, photo), photo);
      assert.equal(again, next);
      thickness = next;
    }
    while (thickness > 1) {
      const next = nextThickness(thickness, -1, photo);
      assert.ok(next < thickness);
      thickness = next;
    }
    assert.equal(nextThickness(1, -1, photo), 1);
  });
});

test("el dibujo de un sello es su máscara, y su contorno, donde cambia", () => {
  times(20, () => {
    const mask = someMask();
    const drawn = new Uint8Array(mask.length);
    for (const [, x, y, length] of filling(mask, MASK_SIDE).matchAll(
      /M(\d+) (\d+)h(\d+)v1h-\d+z/g,
    )) {
      drawn.fill(1, +y * MASK_SIDE + +x, +y * MASK_SIDE + +x + +length);
    }
    assert.deepEqual(drawn, mask);
    const sides = mask.reduce((sum, value, i) => {
      if (!value) return sum;
      const [row, column] = [Math.floor(i / MASK_SIDE), i % MASK_SIDE];
      const free = [
        row === 0 || !mask[i - MASK_SIDE],
        row === MASK_SIDE - 1 || !mask[i + MASK_SIDE],
        column === 0 || !mask[i - 1],
        column === MASK_SIDE - 1 || !mask[i + 1],
      ];
      return sum + free.filter(Boolean).length;
    }, 0);
    assert.equal((outline(mask, MASK_SIDE).match(/M/g) ?? []).length, sides);
  });
});

test("una pirámide de un solo píxel también sirve", () => {
  const hole = new Uint8Array(1);
  const pyramid = new HolePyramid(hole, { width: 1, height: 1 });
  assert.equal(pyramid.any, false);
  hole[0] = 1;
  assert.equal(pyramid.any, true);
  assert.deepEqual(pyramid.bounds, { left: 0, top: 0, right: 1, bottom: 1 });
});

test("lo que se cuenta de algo que ya ha acabado no tapa lo que se dijo al acabar", () => {
  const [said, bar] = [[], { hidden: true, removeAttribute() {} }];
  const progress = new Progress(bar, (text) => said.push(text));
  const late = progress.begin("Bajando…");
  late(0.5);
  progress.end();
  late(0);
  assert.deepEqual([said, bar.hidden], [["Bajando…", "Bajando…"], true]);
  const tell = progress.begin("Restaurando…");
  late(0.1);
  tell(0.7, "Casi");
  assert.deepEqual([said.slice(2), bar.value], [["Restaurando…", "Casi"], 0.7]);
});
