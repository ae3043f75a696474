// All layers on one canvas: one path a class, so that a city of a hundred thousand pipes moves smoothly.
(function () {
  "use strict";
  const ns = (window.gridrisk = window.gridrisk || {});

  // ---- symbols, for the map and for the legend alike
  const SYMBOLS = {
    circle: function (c, r) { c.arc(0, 0, r, 0, 2 * Math.PI); },
    square: function (c, r) { c.rect(-r, -r, 2 * r, 2 * r); },
    triangle: function (c, r) { polygon(c, [[0, -1.1 * r], [1.05 * r, 0.85 * r], [-1.05 * r, 0.85 * r]]); },
    diamond: function (c, r) { polygon(c, [[0, -r], [r, 0], [0, r], [-r, 0]]); },
    star: function (c, r) {
      const points = [];
      for (let i = 0; i < 10; i++) {
        const out = i % 2 ? 0.45 * r : r, angle = (Math.PI * i) / 5 - Math.PI / 2;
        points.push([out * Math.cos(angle), out * Math.sin(angle)]);
      }
      polygon(c, points);
    },
    cross: function (c, r) { c.moveTo(-r, -r); c.lineTo(r, r); c.moveTo(r, -r); c.lineTo(-r, r); },
    valve: function (c, r) { c.arc(0, 0, r, 0, 2 * Math.PI); },
  };

  function polygon(c, points) {
    points.forEach(function (p, i) { if (i) { c.lineTo(p[0], p[1]); } else { c.moveTo(p[0], p[1]); } });
    c.closePath();
  }

  ns.symbol = function (c, style, x, y) {
    const r = style.size / 2;
    c.save();
    c.translate(x, y);
    c.lineWidth = style.width || 1;
    c.strokeStyle = style.color || "#000";
    c.lineJoin = "round";
    c.beginPath();
    (SYMBOLS[style.symbol] || SYMBOLS.circle)(c, r);
    if (style.fill && style.symbol !== "cross") { c.fillStyle = style.fill; c.fill(); }
    c.stroke();
    if (style.symbol === "valve") {
      c.beginPath();
      polygon(c, [[-0.62 * r, -0.42 * r], [0.62 * r, 0.42 * r], [0.62 * r, -0.42 * r], [-0.62 * r, 0.42 * r]]);
      c.fillStyle = style.color;
      c.fill();
    }
    c.restore();
  };

  const tiles = {};
  function hatch(c, style) {
    const key = style.hatch + style.color;
    if (!tiles[key]) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 10;
      const t = tile.getContext("2d");
      t.strokeStyle = style.color;
      t.globalAlpha = 0.55;
      t.lineWidth = 1.4;
      t.beginPath();
      for (let i = -10; i <= 10; i += 10) {
        t.moveTo(i, 10); t.lineTo(i + 10, 0);
        if (style.hatch === "cross") { t.moveTo(i, 0); t.lineTo(i + 10, 10); }
      }
      t.stroke();
      tiles[key] = tile;
    }
    return c.createPattern(tiles[key], "repeat");
  }

  // ---- paths
  function within(shapes, f, seen) {
    const b = shapes.box;
    return b[4 * f] <= seen.east && b[4 * f + 2] >= seen.west && b[4 * f + 1] <= seen.north && b[4 * f + 3] >= seen.south;
  }

  // Adds a part to the path, without the vertices that would fall on the same pixel.
  function trace(c, shapes, part, view, close) {
    const xy = shapes.xy, first = shapes.vertexOf[part], last = shapes.vertexOf[part + 1] - 1;
    let px = Infinity, py = Infinity;
    for (let v = first; v <= last; v++) {
      const x = xy[2 * v] * view.scale - view.x, y = -xy[2 * v + 1] * view.scale - view.y;
      if (v === first) {
        c.moveTo(x, y);
      } else if (v === last || Math.abs(x - px) + Math.abs(y - py) > 0.8) {
        c.lineTo(x, y);
      } else {
        continue;
      }
      px = x;
      py = y;
    }
    if (close) { c.closePath(); }
  }

  const FEW = 60;  // symbols of a class that labels keep free; more would leave the map without labels

  // Draws features of one class; the legend's order is the order of importance, so classes are drawn from the last on.
  // Returns the boxes of its symbols, in pixels, where they are few.
  function drawClass(c, shapes, members, style, view) {
    const kinds = shapes.kinds;
    let areas = false, lines = false;
    const points = [];
    const band = style.width_m ? style.width_m * view.scale : 0;
    const seen = ns.seen(view, Math.max(style.width || 0, style.size || 0, band));
    const thin = ns.thinning(view.scale), small = style.symbol ? (style.size * 0.8) / view.scale : 0;
    const fill = new Path2D(), line = new Path2D(), box = shapes.box;
    for (let i = 0; i < members.length; i++) {
      const f = members[i];
      if (!within(shapes, f, seen)) { continue; }
      const west = box[4 * f], south = box[4 * f + 1], east = box[4 * f + 2], north = box[4 * f + 3];
      if (kinds[f] === 2 && east - west < small && north - south < small) {
        points.push((west + east) / 2, (south + north) / 2);  // too small to be seen as an area
        continue;
      }
      for (let part = shapes.partOf[f]; part < shapes.partOf[f + 1]; part++) {
        if (kinds[f] === 0) {
          points.push(shapes.xy[2 * shapes.vertexOf[part]], shapes.xy[2 * shapes.vertexOf[part] + 1]);
        } else if (kinds[f] === 1) {
          lines = true;
          trace(line, shapes, part, view, false);
          if (style.symbol && style.size && part === shapes.partOf[f]) {  // a short trench is seen by its symbol
            const middle = ns.middle(shapes, f);
            points.push(middle[0], middle[1]);
          }
        } else {
          areas = true;
          trace(fill, shapes, part, view, true);
        }
      }
    }
    c.globalAlpha = style.opacity === undefined ? 1 : style.opacity;
    if (areas) {
      if (style.fill) { c.fillStyle = style.fill; c.fill(fill); }
      if (style.hatch) { c.fillStyle = hatch(c, style); c.fill(fill); }
      c.globalAlpha = 1;
      stroke(c, fill, style, style.width * thin);
    }
    if (lines) {
      if (style.casing) { stroke(c, line, { color: style.casing }, style.width * thin + 2 * style.casing_width); }
      stroke(c, line, style, band || (style.width || 3) * thin);
    }
    c.globalAlpha = 1;
    const drawn = [], r = style.size / 2;
    for (let i = 0; i < points.length; i += 2) {
      const x = points[i] * view.scale - view.x, y = -points[i + 1] * view.scale - view.y;
      ns.symbol(c, style, x, y);
      if (drawn.length <= FEW) { drawn.push([x - r, y - r, x + r, y + r]); }
    }
    return drawn.length > FEW ? [] : drawn;
  }

  ns.drawClass = drawClass;

  function stroke(c, path, style, width) {
    if (!style.color || !width) { return; }
    c.strokeStyle = style.color;
    c.lineWidth = width;
    c.lineJoin = "round";
    c.lineCap = style.dash ? "butt" : "round";
    c.setLineDash(style.dash || []);
    c.stroke(path);
    c.setLineDash([]);
  }

  // Lines are thinner where a whole city is seen: full width from about 0.6 pixels a metre on.
  ns.thinning = function (scale) {
    return Math.max(0.6, Math.min(1, 1 + 0.16 * Math.log2(scale / 0.6)));
  };

  // The part of the plan that is on the canvas, metres, with a margin of `pixels`.
  ns.seen = function (view, pixels) {
    return {
      west: (view.x - pixels) / view.scale,
      east: (view.x + view.width + pixels) / view.scale,
      north: -(view.y - pixels) / view.scale,
      south: -(view.y + view.height + pixels) / view.scale,
    };
  };

  const REPEAT = 420;  // pixels between two labels of the same street

  function overlaps(taken, box) {
    return taken.some(function (t) { return box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1]; });
  }

  // How far a label is moved to be free of the others, in its own half widths and heights; null: nowhere is room.
  const ASIDE = [
    [0, 0], [0, 1.1], [0, -1.1], [0, 2.2], [0, -2.2], [1.1, 0], [-1.1, 0], [1.1, 2.2], [-1.1, 2.2], [1.1, -2.2], [-1.1, -2.2],
    [1.4, -4.4], [-1.4, -4.4], [0, 4.4], [0, -6.6], [1.4, 4.4], [-1.4, 4.4],
  ];
  function free(taken, x, y, w, h, aside) {
    for (let i = 0; i < (aside ? ASIDE.length : 1); i++) {
      const at = [x + ASIDE[i][0] * w, y + ASIDE[i][1] * h];
      if (!overlaps(taken, [at[0] - w, at[1] - h, at[0] + w, at[1] + h])) { return at; }
    }
    return aside ? [x, y] : null;
  }

  // ---- labels: those that must stand come first, the others only where there is room
  function drawLabels(c, layers, view, fonts, symbols) {
    const taken = symbols.slice(), written = [];
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.lineJoin = "round";
    layers.filter(function (layer) { return layer.labels && layer.visible; }).reverse().sort(function (a, b) {
      return (b.labels.first ? 1 : 0) - (a.labels.first ? 1 : 0);
    }).forEach(function (layer) {
      const labels = layer.labels;
      if (labels.below) {  // the symbols themselves stay free
        labels.xy.forEach(function (p) {
          const x = p[0] * view.scale - view.x, y = -p[1] * view.scale - view.y, r = 0.5 * labels.below;
          taken.push([x - r, y - r, x + r, y + r]);
        });
      }
      c.font = (labels.bold ? "bold " : "") + labels.size + "px " + fonts;
      labels.texts.forEach(function (text, i) {
        let x = labels.xy[i][0] * view.scale - view.x, y = -labels.xy[i][1] * view.scale - view.y + (labels.below || 0);
        if (x < 0 || y < 0 || x > view.width || y > view.height) { return; }
        const rows = text.split("\n");
        const width = Math.max.apply(null, rows.map(function (row) { return c.measureText(row).width; }));
        if (labels.room && labels.room[i] * view.scale < width * 1.3) { return; }
        const angle = labels.angles ? labels.angles[i] : 0;
        const height = rows.length * labels.size * 1.2;
        const w = (Math.abs(width * Math.cos(angle)) + Math.abs(height * Math.sin(angle))) / 2 + 2;
        const h = (Math.abs(width * Math.sin(angle)) + Math.abs(height * Math.cos(angle))) / 2 + 1;
        if (!labels.first && taken.some(function (t) { return t[4] === text && Math.hypot(t[5] - x, t[6] - y) < REPEAT; })) { return; }
        const at = free(taken, x, y, w, h, labels.first);
        if (!at) { return; }
        if (labels.below && Math.hypot(at[0] - x, at[1] - y) > h) {  // moved away from its symbol
          c.beginPath();
          c.moveTo(x, y - labels.below);
          c.lineTo(at[0], at[1]);
          c.strokeStyle = "#1b1f24";
          c.lineWidth = 1.2;
          c.stroke();
        }
        x = at[0];
        y = at[1];
        taken.push([x - w, y - h, x + w, y + h, text, x, y]);
        written.push({ layer: layer.key, text: text, x: x, y: y });
        c.save();
        c.translate(x, y);
        c.rotate(-angle);
        rows.forEach(function (row, k) {
          const down = (k - (rows.length - 1) / 2) * labels.size * 1.2;
          c.strokeStyle = "rgba(255,255,255,0.92)";
          c.lineWidth = 4;
          c.strokeText(row, 0, down);
          c.fillStyle = labels.bold ? "#1b1f24" : "#6d675c";
          c.fillText(row, 0, down);
        });
        c.restore();
      });
    });
    return written;
  }

  // ---- the Leaflet layer that holds the canvas
  ns.Painter = L.Renderer.extend({
    options: { padding: 0.2 },

    initialize: function (layers, fonts) {
      L.Renderer.prototype.initialize.call(this, {});
      this._shown = layers;
      this._fonts = fonts;
      this.selected = null;
      this.written = [];   // the labels that stand on the map now
      this.symbols = [];   // the boxes of symbols that they keep free
      this.sharpness = 0;  // least pixels of the canvas a pixel of the page
    },

    _initContainer: function () {
      this._container = document.createElement("canvas");
      this._container.className = "gridrisk-canvas";
      this._context = this._container.getContext("2d");
    },

    _destroyContainer: function () {
      this._container.remove();
      this._container = this._context = null;
    },

    _update: function () {
      if (this._map._animatingZoom && this._bounds) { return; }
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize(), ratio = Math.max(window.devicePixelRatio || 1, this.sharpness);
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this._container.width = Math.round(size.x * ratio);
      this._container.height = Math.round(size.y * ratio);
      this._container.style.width = size.x + "px";
      this._container.style.height = size.y + "px";
      this.draw();
    },

    _updatePaths: function () {},

    view: function () {
      const corner = this._map.getPixelOrigin().add(this._bounds.min), size = this._bounds.getSize();
      return { scale: Math.pow(2, this._zoom), x: corner.x, y: corner.y, width: size.x, height: size.y };
    },

    draw: function () {
      const c = this._context;
      if (!c || !this._bounds || this._map._animatingZoom) { return; }
      const view = this.view(), ratio = this._container.width / view.width;
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      c.clearRect(0, 0, view.width, view.height);
      const symbols = this.symbols = [];
      this._shown.forEach(function (layer) {
        if (!layer.visible) { return; }
        for (let k = layer.classes.length - 1; k >= 0; k--) {
          const item = layer.classes[k];
          if (item.visible && view.scale >= (item.style.from_scale || 0)) {
            symbols.push.apply(symbols, drawClass(c, layer.shapes, item.members, item.style, view));
          }
        }
      });
      this._drawSelected(c, view);
      this.written = drawLabels(c, this._shown, view, this._fonts, symbols);
    },

    _drawSelected: function (c, view) {
      if (!this.selected) { return; }
      const layer = this.selected.layer, one = [this.selected.feature];
      const style = layer.classes[layer.codes[one[0]]].style;
      if (layer.shapes.kinds[one[0]] === 0) {
        drawClass(c, layer.shapes, one, { symbol: "circle", size: style.size + 14, color: "#00a3d9", width: 4 }, view);
        return;
      }
      drawClass(c, layer.shapes, one, { color: "#ffffff", width: (style.width || 2) + 11 }, view);
      drawClass(c, layer.shapes, one, { color: "#00a3d9", width: (style.width || 2) + 7 }, view);
      drawClass(c, layer.shapes, one, Object.assign({}, style, { fill: "", hatch: "" }), view);
    },
  });
})();
