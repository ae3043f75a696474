// Puts a scene (gridrisk/maps/page.py) on a Leaflet map: layers, clicks, details.
(function () {
  "use strict";
  const ns = (window.gridrisk = window.gridrisk || {});
  const REACH = 9;      // pixels around a click
  const CLOSEST = 0.5;  // zoom of a feature that was searched for: about 1.4 pixels a metre
  const MOST = 12;      // features under one click
  const MARGIN = 14;    // pixels around what the window is filled with
  const NARROW = 900;   // windows of fewer pixels begin with a folded legend
  const PAPER_SHARPNESS = 2.5;  // 240 dots an inch

  function unpack(scene) {
    const byKey = {};
    const layers = scene.layers.map(function (raw) {
      const layer = Object.assign({}, raw);
      if (raw.geometry) {
        layer.shapes = ns.decode(raw.geometry, scene.unit);
        delete layer.geometry;
      }
      byKey[layer.key] = layer;
      return layer;
    });
    layers.forEach(function (layer) {
      const all = layer.source ? ns.numbers(layer.members) : null;
      if (layer.source) { layer.shapes = byKey[layer.source].shapes; }
      const count = all ? all.length : layer.shapes.n;
      layer.codes = layer.codes === undefined ? new Uint32Array(count) : ns.numbers(layer.codes);
      layer.classes.forEach(function (item) { item.visible = true; item.members = []; });
      for (let i = 0; i < count; i++) { layer.classes[layer.codes[i]].members.push(all ? all[i] : i); }
      (layer.columns || []).forEach(function (column) { column.values = ns.column(column); });
    });
    return layers;
  }

  // What lies under a place: points before lines before areas, then what is drawn later, then what is nearer.
  function under(layers, x, y, scale) {
    const hits = [];
    layers.forEach(function (layer, height) {
      if (!layer.visible || !layer.clickable) { return; }
      const box = layer.shapes.box;
      for (let f = 0; f < layer.shapes.n; f++) {
        const item = layer.classes[layer.codes[f]], kind = layer.shapes.kinds[f];
        if (!item.visible || scale < (item.style.from_scale || 0)) { continue; }
        const reach = Math.max(REACH, Math.max(item.style.width_m ? 0 : item.style.width || 0, item.style.size || 0) / 2 + 2) / scale;
        if (x < box[4 * f] - reach || x > box[4 * f + 2] + reach || y < box[4 * f + 1] - reach || y > box[4 * f + 3] + reach) {
          continue;
        }
        const near = ns.distance(layer.shapes, f, x, y);
        if (near.distance <= reach) {
          hits.push({ layer: layer, feature: f, kind: kind, height: height, distance: near.distance, at: [near.x, near.y] });
        }
      }
    });
    hits.sort(function (a, b) { return a.kind - b.kind || b.height - a.height || a.distance - b.distance; });
    return hits.slice(0, MOST);
  }

  function details(hit, scene, format) {
    const layer = hit.layer, item = layer.classes[layer.codes[hit.feature]];
    const box = ns.element("div", "gridrisk-details");
    const head = ns.element("div", "gridrisk-head", null, box);
    head.appendChild(ns.swatch(item.style, layer.shapes.kinds[hit.feature]));
    const words = ns.element("div", "", null, head);
    ns.element("b", "", layer.ids[hit.feature], words);
    ns.element("span", "", item.label, words);
    const name = layer.names && layer.names[hit.feature];
    if (name && name !== layer.ids[hit.feature]) { ns.element("p", "gridrisk-name", name, box); }
    const table = ns.element("table", "", null, box);
    layer.columns.forEach(function (column) {
      const then = layer.stepped && layer.stepped.columns[column.title];
      if (layer.stepped && !then) { return; }  // said of the last step only
      const value = then ? then[layer.stepped.step][hit.feature] : column.values[hit.feature];
      if (column.optional && value === "") { return; }
      const row = ns.element("tr", "", null, table);
      ns.element("th", "", column.title, row);
      const cell = ns.element("td", "", format(value, column.format, column.unit), row);
      if (value === null) { cell.className = "gridrisk-unknown"; }
    });
    if (!ns.hasPlace(layer.shapes, hit.feature)) { ns.element("p", "gridrisk-note", scene.texts.no_place, box); }
    return box;
  }

  ns.show = function (map, scene) {
    const root = map.getContainer(), fonts = scene.fonts.map(function (name) { return JSON.stringify(name); }).join(",")
      .replace('"sans-serif"', "sans-serif");
    document.documentElement.style.setProperty("--gridrisk-fonts", fonts);
    const layers = unpack(scene);
    const painter = new ns.Painter(layers, fonts);
    const format = ns.formatter(scene.language, scene.texts);
    const popup = L.popup({ maxWidth: Math.min(460, root.clientWidth - 60), minWidth: 250, autoPanPadding: [12, 12] });

    let before = null;  // what was seen before it went to paper
    let fitted = null;  // what the map was last made to show
    // The part of the window that neither the head nor the legend covers: left, top, right, bottom.
    function open_area() {
      const folded = !before && panel.classList.contains("gridrisk-folded");
      const below = !before && slider ? slider.offsetHeight + 14 : 0;
      return [0, header.offsetHeight, root.clientWidth - (folded ? 0 : panel.offsetWidth + 12), root.clientHeight - below];
    }

    function place(x, y) { return L.latLng(y, x); }
    function fit(box, closest) {
      const area = open_area(), snap = map.options.zoomSnap;
      map.options.zoomSnap = 0;  // fill the free part, not the next smaller step
      map.fitBounds([[box[1], box[0]], [box[3], box[2]]], {
        paddingTopLeft: [area[0] + MARGIN, area[1] + MARGIN],
        paddingBottomRight: [root.clientWidth - area[2] + MARGIN, root.clientHeight - area[3] + MARGIN],
        maxZoom: closest,
        animate: false,
      });
      map.options.zoomSnap = snap;
      fitted = { box: box, center: map.getCenter(), zoom: map.getZoom() };
    }
    function mark_far() {
      const scale = Math.pow(2, map.getZoom());
      layers.forEach(function (layer) {
        layer.classes.forEach(function (item) {
          if (item.row) { item.row.classList.toggle("gridrisk-far", scale < (item.style.from_scale || 0)); }
        });
      });
    }
    // On paper: what is seen now, on the whole sheet, the legend beside it, without what can only be clicked.
    function to_paper() {
      if (before) { return; }
      const area = open_area(), center = map.getCenter(), zoom = map.getZoom();
      const corners = [map.containerPointToLatLng([area[0], area[3]]), map.containerPointToLatLng([area[2], area[1]])];
      const same = fitted && fitted.zoom === zoom && fitted.center.equals(center);
      const box = same ? fitted.box : [corners[0].lng, corners[0].lat, corners[1].lng, corners[1].lat];
      before = { center: center, zoom: zoom, fitted: fitted };
      painter.sharpness = PAPER_SHARPNESS;
      document.documentElement.classList.add("gridrisk-paper");
      measure();
      map.invalidateSize({ animate: false, pan: false });
      fit(box);
    }
    function to_screen() {
      if (!before) { return; }
      painter.sharpness = 0;
      document.documentElement.classList.remove("gridrisk-paper");
      measure();
      map.invalidateSize({ animate: false, pan: false });
      const snap = map.options.zoomSnap;
      map.options.zoomSnap = 0;
      map.setView(before.center, before.zoom, { animate: false });
      map.options.zoomSnap = snap;
      fitted = before.fitted;
      before = null;
    }
    function measure() {
      document.documentElement.style.setProperty("--gridrisk-top", header.offsetHeight + "px");
    }
    function select(hit) { painter.selected = hit; painter.draw(); }
    function open(hits, k) {
      const hit = hits[k], content = details(hit, scene, format);
      if (hits.length > 1) {
        const pager = ns.element("div", "gridrisk-pager");
        [[-1, "‹", scene.texts.previous], [1, "›", scene.texts.next]].forEach(function (step, i) {
          const button = ns.element("button", "", step[1], pager);
          button.type = "button";
          button.title = step[2];
          button.addEventListener("click", function (event) {
            L.DomEvent.stop(event);
            open(hits, (k + step[0] + hits.length) % hits.length);
          });
          if (i === 0) { ns.element("span", "", (k + 1) + " / " + hits.length, pager); }
        });
        content.insertBefore(pager, content.firstChild);
      }
      popup.setLatLng(place(hit.at[0], hit.at[1])).setContent(content).openOn(map);
      select(hit);
    }
    function reveal(hit) {
      const layer = hit.layer, box = layer.shapes.box, f = hit.feature;
      if (!layer.visible) { layer.box.click(); }
      if (ns.hasPlace(layer.shapes, f)) {
        hit.at = ns.middle(layer.shapes, f);
        fit([box[4 * f], box[4 * f + 1], box[4 * f + 2], box[4 * f + 3]], CLOSEST);
      } else {
        const centre = map.getCenter();
        hit.at = [centre.lng, centre.lat];
      }
      open([hit], 0);
    }

    map.setMinZoom(scene.zooms[0]);
    map.setMaxZoom(scene.zooms[1]);
    const header = ns.header(root, scene);
    const panel = ns.legend(root, scene, layers, function () { painter.draw(); });
    if (root.clientWidth < NARROW) { panel.querySelector("button").click(); }
    const slider = scene.steps ? ns.steps(root, scene, layers, function () { painter.draw(); }) : null;
    const tools = ns.element("div", "gridrisk-tools", null, root);
    ns.search(tools, scene, layers, reveal);
    measure();
    const wide = root.clientWidth >= 1200;  // details stand beside the search, else below it
    popup.options.autoPanPaddingTopLeft = [wide ? 316 : 12, header.offsetHeight + (wide ? 12 : 66)];
    popup.options.autoPanPaddingBottomRight = [root.clientWidth - open_area()[2] + 12, 12];
    popup.options.maxHeight = Math.max(200, root.clientHeight - popup.options.autoPanPaddingTopLeft[1] - 90);
    L.control.zoom({ position: "bottomleft", zoomInTitle: scene.texts.zoom_in, zoomOutTitle: scene.texts.zoom_out }).addTo(map);
    const whole = L.control({ position: "bottomleft" });
    whole.onAdd = function () {
      const bar = ns.element("div", "leaflet-bar");
      const button = ns.element("a", "gridrisk-whole", "", bar);
      button.href = "#";
      button.title = scene.texts.whole;
      button.setAttribute("role", "button");
      button.setAttribute("aria-label", scene.texts.whole);
      L.DomEvent.on(button, "click", function (event) { L.DomEvent.stop(event); fit(scene.bounds); });
      return bar;
    };
    whole.addTo(map);
    L.control.scale({ imperial: false, maxWidth: 180 }).addTo(map);
    const north = ns.element("div", "gridrisk-north", null, root);
    ns.element("span", "", "▲", north);
    ns.element("b", "", scene.texts.north, north);
    const position = ns.element("output", "gridrisk-position", "", root);

    fit(scene.focus);
    painter.addTo(map);
    mark_far();
    map.on("zoomend", mark_far);
    map.on("resize", measure);
    window.addEventListener("beforeprint", to_paper);
    window.addEventListener("afterprint", to_screen);
    map.on("click", function (event) {
      const hits = under(layers, event.latlng.lng, event.latlng.lat, Math.pow(2, map.getZoom()));
      if (hits.length) { open(hits, 0); }
    });
    map.on("popupclose", function () { select(null); });
    map.on("mousemove", function (event) {
      position.textContent = "X " + (event.latlng.lng + scene.origin[0]).toFixed(1) +
        "  Y " + (event.latlng.lat + scene.origin[1]).toFixed(1);
    });
    ns.map = map;
    ns.layers = layers;
    ns.reveal = reveal;
    ns.painter = painter;
  };
})();
