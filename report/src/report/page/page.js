// Buttons of the legend hide and show variants. The pointer shows the numbers under it.
"use strict";
(() => {
  const tip = document.getElementById("tip");
  const hidden = new WeakMap(); // section -> set of hidden variants

  for (const section of document.querySelectorAll("section")) {
    hidden.set(section, new Set());
    for (const button of section.querySelectorAll(".legend button")) {
      button.addEventListener("click", () => toggle(section, button));
    }
  }

  function toggle(section, button) {
    const variant = button.dataset.variant;
    const shown = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!shown));
    if (shown) hidden.get(section).add(variant);
    else hidden.get(section).delete(variant);
    for (const mark of section.querySelectorAll(`[data-variant="${variant}"]:not(button)`)) {
      mark.classList.toggle("off", shown);
    }
  }

  function number(value) {
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2);
    return String(Number(value.toPrecision(5)));
  }

  function show(content, event) {
    tip.replaceChildren(...content);
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const right = event.clientX + 16 + width < innerWidth;
    const left = right ? event.clientX + 16 : Math.max(4, event.clientX - width - 16);
    tip.style.left = `${left}px`;
    tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - height - 8))}px`;
  }

  const drawing = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  // The mark beside a name, as in the table: a dot, or a piece of a dashed curve.
  function swatch(colour, dashes) {
    if (dashes) {
      const piece = drawing("svg", { class: "swatch", viewBox: "0 0 28 10" });
      piece.append(drawing("path", { class: `line s ${colour}`, "stroke-dasharray": dashes, d: "M0 5L28 5" }));
      return piece;
    }
    const dot = document.createElement("i");
    dot.className = colour;
    return dot;
  }

  function line(text, colour, dashes) {
    const row = document.createElement("div");
    if (colour) row.append(swatch(colour, dashes));
    row.append(text);
    return row;
  }

  // The point of a curve at a position on the horizontal axis: the nearest one, or on stairs the last one before it.
  function at(points, place, stairs) {
    let best = null;
    for (const point of points) {
      if (stairs) {
        if (point[0] <= place) best = point;
      } else if (best === null || Math.abs(point[0] - place) < Math.abs(best[0] - place)) {
        best = point;
      }
    }
    return best;
  }

  for (const figure of document.querySelectorAll("figure")) {
    const element = figure.querySelector("script");
    const data = element && JSON.parse(element.textContent);
    const section = figure.closest("section");
    for (const svg of figure.querySelectorAll(":scope > svg")) {
      const leave = () => {
        tip.hidden = true;
        svg.querySelector(".cursor")?.remove();
      };
      const point = (event) => {
        const mark = event.target.closest?.("[data-tip]");
        if (mark) return show([line(mark.dataset.tip)], event);
        if (data) curves(svg, data, section, event);
        else leave();
      };
      svg.addEventListener("pointermove", point);
      svg.addEventListener("pointerdown", point); // a finger does not hover
      svg.addEventListener("pointerleave", (event) => event.pointerType === "touch" || leave());
    }
  }

  function curves(svg, data, section, event) {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const [left, top, right, bottom] = svg.dataset.area.split(" ").map(Number);
    const x = (event.clientX - box.left) * scale;
    const part = Math.min(1, Math.max(0, (x - left) / (right - left)));
    const place = data.x[0] + part * (data.x[1] - data.x[0]);
    const found = data.series
      .filter((series) => !hidden.get(section).has(String(series.variant)))
      .map((series) => [series, at(series.points, place, data.stairs)])
      .filter(([, point]) => point !== null);
    if (found.length === 0) return;
    // Some curves end earlier: only those are shown that have a point at the nearest position.
    const nearest = found.map(([, point]) => point[0]).reduce((a, b) => Math.abs(b - place) < Math.abs(a - place) ? b : a);
    const shown = found.filter(([, point]) => data.stairs || point[0] === nearest).sort((a, b) => b[1][1] - a[1][1]);
    const most = Math.max(...data.series.flatMap((series) => series.points.map((point) => point[4])));
    const named = data.named.find(([x]) => x === nearest);
    const head = line(`${data.label}: ${named ? named[1] : data.stairs ? number(place) : nearest}`);
    const rows = shown.map(([series, [, y, low, high, runs]]) => {
      const band = low === y && high === y ? "" : ` [${number(low)}, ${number(high)}]`;
      return line(`${series.name}: ${number(y)}${band}${runs < most ? `, ${runs} run${runs === 1 ? "" : "s"}` : ""}`, series.colour, series.dashes);
    });
    show([head, ...rows], event);
    let cursor = svg.querySelector(".cursor");
    if (!cursor) {
      cursor = drawing("line", { class: "cursor" });
      svg.append(cursor);
    }
    const drawn = left + (data.stairs ? part : (nearest - data.x[0]) / (data.x[1] - data.x[0])) * (right - left);
    for (const [key, value] of Object.entries({ x1: drawn, x2: drawn, y1: top, y2: bottom })) cursor.setAttribute(key, value);
  }

  // Everything is visible in print.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
})();
