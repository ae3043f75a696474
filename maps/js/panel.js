// What stands around the map: title, figures, search, legend. All texts go in as text nodes, never as HTML.
(function () {
  "use strict";
  const ns = (window.gridrisk = window.gridrisk || {});
  const RESULTS = 12;

  ns.element = function (tag, name, text, parent) {
    const node = document.createElement(tag);
    if (name) { node.className = name; }
    if (text !== undefined && text !== null) { node.textContent = text; }
    if (parent) { parent.appendChild(node); }
    return node;
  };
  const element = ns.element;

  function quiet(node) {
    L.DomEvent.disableClickPropagation(node);
    L.DomEvent.disableScrollPropagation(node);
    return node;
  }
  ns.quiet = quiet;

  ns.header = function (root, scene) {
    const header = quiet(element("header", "gridrisk-header", null, root));
    const names = element("div", "gridrisk-names", null, header);
    element("h1", "", scene.title, names);
    element("p", "", scene.subtitle.join(" · "), names);
    const figures = element("dl", "gridrisk-figures", null, header);
    scene.figures.forEach(function (figure) {
      const one = element("div", "", null, figures);
      element("dt", "", figure[0], one);
      element("dd", "", figure[1], one);
    });
    return header;
  };

  // The picture of a class in the legend, drawn by the code that draws the map.
  ns.swatch = function (style, kind) {
    const width = 46, height = 26, ratio = 2;
    const canvas = element("canvas", "gridrisk-swatch");
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    if (kind === 0) {
      ns.symbol(c, Object.assign({}, style, { size: Math.min(style.size, 20) }), width / 2, height / 2);
      return canvas;
    }
    const shapes = kind === 1
      ? { kinds: [1], partOf: [0, 1], vertexOf: [0, 2], xy: [3, -13, 43, -13] }
      : { kinds: [2], partOf: [0, 1], vertexOf: [0, 5], xy: [5, -4, 41, -4, 41, -22, 5, -22, 5, -4] };
    shapes.box = [0, -height, width, 0];
    const shown = style.width_m ? Object.assign({}, style, { width_m: 14 }) : style;
    ns.drawClass(c, shapes, [0], Object.assign({}, shown, { size: 0 }), { scale: 1, x: 0, y: 0, width: width, height: height });
    if (style.symbol) {
      ns.symbol(c, Object.assign({}, style, { size: Math.min(style.size, 15) }), width / 2, height / 2);
    }
    return canvas;
  };

  // `far` is said while a class is not drawn because the map is too far away.
  function switchRow(parent, name, label, note, far, swatch, checked, onchange) {
    const row = element("label", name, null, parent);
    const box = element("input", "", null, row);
    box.type = "checkbox";
    box.checked = checked;
    box.addEventListener("change", function () { onchange(box.checked); });
    if (swatch) { row.appendChild(swatch); }
    const words = element("span", "gridrisk-words", null, row);
    const said = element("span", "", label, words);
    if (far) { element("small", "gridrisk-closer", far, said); }
    if (note) { element("small", "", note, words); }
    return box;
  }

  ns.legend = function (root, scene, layers, redraw) {
    const panel = quiet(element("section", "gridrisk-panel", null, root));
    const head = element("button", "gridrisk-fold", scene.texts.legend, panel);
    head.type = "button";
    head.title = scene.texts.hide;
    head.setAttribute("aria-expanded", "true");
    const body = element("div", "gridrisk-legend", null, panel);
    head.addEventListener("click", function () {
      const open = panel.classList.toggle("gridrisk-folded");
      head.title = open ? scene.texts.show : scene.texts.hide;
      head.setAttribute("aria-expanded", String(!open));
    });
    function closer(item) { return item.style.from_scale ? scene.texts.zoom_in : ""; }
    layers.slice().sort(function (a, b) { return a.order - b.order; }).forEach(function (layer) {
      const first = layer.classes[0];
      const single = layer.merged || (layer.classes.length === 1 && first.label === layer.title);
      const kind = layer.shapes.n ? layer.shapes.kinds[first.members.length ? first.members[0] : 0] : 1;
      const group = element("div", "gridrisk-group", null, body);
      layer.box = switchRow(
        group, single ? "gridrisk-class" : "gridrisk-title", layer.title, single ? first.note || layer.note : layer.note,
        single ? closer(first) : "", single ? ns.swatch(first.style, kind) : null, layer.visible,
        function (on) { layer.visible = on; group.classList.toggle("gridrisk-off", !on); redraw(); }
      );
      if (single) {
        first.row = layer.box.parentElement;
        return;
      }
      layer.classes.forEach(function (item) {
        const shape = item.members.length ? layer.shapes.kinds[item.members[0]] : kind;
        item.row = switchRow(group, "gridrisk-class", item.label, item.note, closer(item), ns.swatch(item.style, shape), true,
          function (on) { item.visible = on; item.row.classList.toggle("gridrisk-off", !on); redraw(); }).parentElement;
      });
    });
    scene.notes.forEach(function (note) { element("p", "gridrisk-note", note, body); });
    return panel;
  };

  // Search over the ids and names of all layers: what begins with the words first, then what holds them.
  ns.find = function (layers, words) {
    const wanted = words.trim().toLowerCase(), begin = [], hold = [];
    if (!wanted) { return []; }
    layers.forEach(function (layer) {
      if (!layer.ids) { return; }
      for (let f = 0; f < layer.ids.length && begin.length < RESULTS; f++) {
        const id = layer.ids[f], name = layer.names && layer.names[f];
        const texts = [id.toLowerCase(), name ? name.toLowerCase() : ""];
        const hit = { layer: layer, feature: f, label: name && name !== id ? id + " · " + name : id };
        if (texts[0] === wanted) {
          begin.unshift(hit);
        } else if (texts.some(function (text) { return text.indexOf(wanted) === 0; })) {
          begin.push(hit);
        } else if (hold.length < RESULTS && texts.some(function (text) { return text.indexOf(wanted) > 0; })) {
          hold.push(hit);
        }
      }
    });
    return begin.concat(hold).slice(0, RESULTS);
  };

  ns.search = function (root, scene, layers, choose) {
    const box = quiet(element("div", "gridrisk-search", null, root));
    const input = element("input", "", null, box);
    input.type = "search";
    input.placeholder = scene.texts.search;
    input.setAttribute("aria-label", scene.texts.search);
    const list = element("ul", "", null, box);
    let hits = [];

    function pick(hit) {
      list.replaceChildren();
      input.value = hit.layer.ids[hit.feature];
      choose(hit);
    }

    function show() {
      hits = ns.find(layers, input.value);
      list.replaceChildren();
      hits.forEach(function (hit) {
        const button = element("button", "", null, element("li", "", null, list));
        button.type = "button";
        element("b", "", hit.label, button);
        element("small", "", hit.layer.title, button);
        button.addEventListener("click", function () { pick(hit); });
      });
      if (!hits.length && input.value.trim()) { element("li", "gridrisk-nothing", scene.texts.nothing, list); }
    }

    input.addEventListener("input", show);
    input.addEventListener("keydown", function (event) {
      event.stopPropagation();
      if (event.key === "Enter") {
        show();
        if (hits.length) { pick(hits[0]); }
      } else if (event.key === "Escape") {
        list.replaceChildren();
      }
    });
    return box;
  };
})();
