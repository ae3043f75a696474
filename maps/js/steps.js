// A slider over time: what the map showed at each step, without asking anything but the page itself.
(function () {
  "use strict";
  const ns = (window.gridrisk = window.gridrisk || {});
  const PAUSE = 900;  // milliseconds a step stays while it plays

  function recount(layer, whole) {
    layer.classes.forEach(function (item) {
      const note = item.row && item.row.querySelector(".gridrisk-words > small:not(.gridrisk-closer)");
      if (note) { note.textContent = whole.format(item.members.length); }
    });
  }

  // What each step changes of a layer: codes step by step, or one code before a step and another from it on.
  function unpack(raw) {
    const out = Object.assign({}, raw);
    if (raw.codes) { out.codes = raw.codes.map(ns.numbers); }
    if (raw.members) { out.members = raw.members.map(ns.numbers); }
    if (raw.since) { out.since = ns.numbers(raw.since); out.before = ns.numbers(raw.before); }
    return out;
  }

  ns.steps = function (root, scene, layers, redraw) {
    const steps = scene.steps, last = steps.labels.length - 1;
    const whole = new Intl.NumberFormat(scene.language, { maximumFractionDigits: 0 });
    const byKey = {};
    layers.forEach(function (layer) { byKey[layer.key] = layer; });
    const changes = Object.keys(steps.layers).filter(function (key) { return byKey[key]; }).map(function (key) {
      return { layer: byKey[key], change: unpack(steps.layers[key]), codes: byKey[key].codes };
    });
    const box = ns.quiet(ns.element("section", "gridrisk-steps", null, root));
    const play = ns.element("button", "", "▶", box);
    play.type = "button";
    play.title = scene.texts.play;
    const input = ns.element("input", "", null, box);
    input.type = "range";
    input.min = 0;
    input.max = last;
    input.value = last;
    input.setAttribute("aria-label", steps.title);
    const label = ns.element("output", "", steps.labels[last], box);
    const values = root.querySelectorAll(".gridrisk-figures dd");
    const subtitle = root.querySelector(".gridrisk-names p");
    let timer = null;

    function show(step) {
      input.value = step;
      label.textContent = steps.labels[step];
      input.setAttribute("aria-valuetext", steps.labels[step]);
      changes.forEach(function (one) {
        const layer = one.layer, change = one.change;
        if (change.members) {
          layer.classes[0].members = Array.from(change.members[step]);
        } else {
          layer.codes = change.codes ? change.codes[step]
            : one.codes.map(function (code, i) { return change.since[i] > step ? change.before[i] : code; });
          layer.classes.forEach(function (item) { item.members = []; });
          for (let i = 0; i < layer.codes.length; i++) { layer.classes[layer.codes[i]].members.push(i); }
        }
        if (change.texts) { layer.labels.texts = change.texts[step]; }
        layer.stepped = step === last ? null : { columns: change.columns || {}, step: step };
        recount(layer, whole);
      });
      steps.figures[step].forEach(function (text, i) { if (values[i]) { values[i].textContent = text; } });
      subtitle.textContent = [steps.said[step]].concat(scene.subtitle.slice(1)).join(" · ");
      redraw();
    }
    function stop() {
      window.clearInterval(timer);
      timer = null;
      play.textContent = "▶";
      play.title = scene.texts.play;
    }
    play.addEventListener("click", function () {
      if (timer) { stop(); return; }
      play.textContent = "❚❚";
      play.title = scene.texts.pause;
      if (Number(input.value) === last) { show(0); }
      timer = window.setInterval(function () {
        if (Number(input.value) === last) { stop(); } else { show(Number(input.value) + 1); }
      }, PAUSE);
    });
    input.addEventListener("input", function () { stop(); show(Number(input.value)); });
    ns.show_step = show;
    return box;
  };
})();
