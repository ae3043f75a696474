// Shapes as they arrive (see gridrisk/maps/encode.py): decoded into flat arrays, and found again under the mouse.
(function () {
  "use strict";
  const ns = (window.gridrisk = window.gridrisk || {});

  // LEB128 in base64 to whole numbers.
  ns.numbers = function (text) {
    const raw = window.atob(text);
    let count = 0;
    for (let i = 0; i < raw.length; i++) {
      if (raw.charCodeAt(i) < 128) { count++; }
    }
    const out = new Uint32Array(count);
    let value = 0, shift = 0, at = 0;
    for (let i = 0; i < raw.length; i++) {
      const byte = raw.charCodeAt(i);
      value |= (byte & 127) << shift;
      if (byte < 128) {
        out[at++] = value >>> 0;
        value = 0;
        shift = 0;
      } else {
        shift += 7;
      }
    }
    return out;
  };

  function offsets(counts, length) {
    const out = new Uint32Array(length + 1);
    for (let i = 0; i < length; i++) { out[i + 1] = out[i] + (counts ? counts[i] : 1); }
    return out;
  }

  // Features with parts with vertices, and a box around each feature; everything in metres from the origin.
  ns.decode = function (geometry, unit) {
    const n = geometry.n;
    const sizes = ns.numbers(geometry.sizes);
    const steps = ns.numbers(geometry.xy);
    const partOf = offsets(geometry.parts ? ns.numbers(geometry.parts) : null, n);
    const vertexOf = offsets(sizes, sizes.length);
    const xy = new Float64Array(steps.length);
    let x = 0, y = 0;
    for (let i = 0; i < steps.length; i += 2) {
      x += (steps[i] >>> 1) ^ -(steps[i] & 1);
      y += (steps[i + 1] >>> 1) ^ -(steps[i + 1] & 1);
      xy[i] = x * unit;
      xy[i + 1] = y * unit;
    }
    const kinds = new Uint8Array(n);
    if (typeof geometry.kinds === "number") { kinds.fill(geometry.kinds); } else { kinds.set(ns.numbers(geometry.kinds)); }
    const box = new Float64Array(4 * n);
    for (let f = 0; f < n; f++) {
      let west = Infinity, south = Infinity, east = -Infinity, north = -Infinity;
      for (let v = vertexOf[partOf[f]]; v < vertexOf[partOf[f + 1]]; v++) {
        west = Math.min(west, xy[2 * v]);
        east = Math.max(east, xy[2 * v]);
        south = Math.min(south, xy[2 * v + 1]);
        north = Math.max(north, xy[2 * v + 1]);
      }
      box[4 * f] = west;
      box[4 * f + 1] = south;
      box[4 * f + 2] = east;
      box[4 * f + 3] = north;
    }
    return { n: n, kinds: kinds, partOf: partOf, vertexOf: vertexOf, xy: xy, box: box };
  };

  ns.hasPlace = function (shapes, f) { return shapes.partOf[f + 1] > shapes.partOf[f]; };

  // Distance from a place to a feature, and the nearest place on it; 0 inside an area.
  ns.distance = function (shapes, f, x, y) {
    const best = { distance: Infinity, x: x, y: y };
    const xy = shapes.xy;
    let inside = false;
    for (let part = shapes.partOf[f]; part < shapes.partOf[f + 1]; part++) {
      const first = shapes.vertexOf[part], last = shapes.vertexOf[part + 1] - 1;
      for (let v = first; v <= last; v++) {
        const w = Math.min(v + 1, last);
        const ax = xy[2 * v], ay = xy[2 * v + 1], dx = xy[2 * w] - ax, dy = xy[2 * w + 1] - ay;
        const long = dx * dx + dy * dy;
        const t = long > 0 ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / long)) : 0;
        const away = Math.hypot(ax + t * dx - x, ay + t * dy - y);
        if (away < best.distance) {
          best.distance = away;
          best.x = ax + t * dx;
          best.y = ay + t * dy;
        }
        if (ay > y !== ay + dy > y && x < ax + ((y - ay) / dy) * dx) { inside = !inside; }
      }
    }
    if (shapes.kinds[f] === 2 && inside) { return { distance: 0, x: x, y: y }; }
    return best;
  };

  // A place on the feature: half way along its longest part, or the middle of an area.
  ns.middle = function (shapes, f) {
    const box = shapes.box;
    if (shapes.kinds[f] === 2) {
      const x = (box[4 * f] + box[4 * f + 2]) / 2, y = (box[4 * f + 1] + box[4 * f + 3]) / 2;
      const near = ns.distance(shapes, f, x, y);
      return [near.x, near.y];
    }
    let part = shapes.partOf[f], most = -1;
    for (let p = shapes.partOf[f]; p < shapes.partOf[f + 1]; p++) {
      const long = length(shapes, p);
      if (long > most) { most = long; part = p; }
    }
    let left = most / 2;
    const xy = shapes.xy, last = shapes.vertexOf[part + 1] - 1;
    for (let v = shapes.vertexOf[part]; v < last; v++) {
      const dx = xy[2 * v + 2] - xy[2 * v], dy = xy[2 * v + 3] - xy[2 * v + 1], long = Math.hypot(dx, dy);
      if (long >= left) {
        const t = long > 0 ? left / long : 0;
        return [xy[2 * v] + t * dx, xy[2 * v + 1] + t * dy];
      }
      left -= long;
    }
    return [xy[2 * last], xy[2 * last + 1]];
  };

  function length(shapes, part) {
    const xy = shapes.xy;
    let long = 0;
    for (let v = shapes.vertexOf[part]; v < shapes.vertexOf[part + 1] - 1; v++) {
      long += Math.hypot(xy[2 * v + 2] - xy[2 * v], xy[2 * v + 3] - xy[2 * v + 1]);
    }
    return long;
  }
})();
