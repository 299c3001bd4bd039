// Two things: buttons hide and show variants, and a pointer is told the numbers under it.
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

  function line(text, variant) {
    const row = document.createElement("div");
    if (variant !== undefined) {
      const swatch = document.createElement("i");
      swatch.className = `c${variant % 10}`;
      row.append(swatch);
    }
    row.append(text);
    return row;
  }

  // The share of the axis at which a number stands.
  function share([low, high, logarithmic], value) {
    return logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  }

  // The point of a curve that belongs to a place on the horizontal axis.
  function at(points, axis, place, stairs) {
    let best = null;
    for (const point of points) {
      const x = share(axis, point[0]);
      if (stairs) {
        if (x <= place + 1e-9) best = point;
      } else if (best === null || Math.abs(x - place) < Math.abs(share(axis, best[0]) - place)) {
        best = point;
      }
    }
    return best;
  }

  for (const figure of document.querySelectorAll("figure")) {
    const element = figure.querySelector("script");
    const data = element && JSON.parse(element.textContent);
    const section = figure.closest("section");
    for (const svg of figure.querySelectorAll("svg")) {
      const leave = () => {
        tip.hidden = true;
        svg.querySelector(".cursor")?.remove();
      };
      svg.addEventListener("pointermove", (event) => {
        const told = event.target.closest?.("[data-tip]");
        if (told) return show([line(told.dataset.tip)], event);
        if (data) curves(svg, data, section, event);
        else leave();
      });
      svg.addEventListener("pointerleave", leave);
    }
  }

  function curves(svg, data, section, event) {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const [left, top, right, bottom] = svg.dataset.area.split(" ").map(Number);
    const x = (event.clientX - box.left) * scale;
    const place = Math.min(1, Math.max(0, (x - left) / (right - left)));
    const found = data.series
      .filter((series) => !hidden.get(section).has(String(series.variant)))
      .map((series) => [series, at(series.points, data.x, place, data.stairs)])
      .filter(([, point]) => point !== null)
      .sort((a, b) => b[1][1] - a[1][1]);
    if (found.length === 0) return;
    const nearest = found.map(([, point]) => point[0])
      .reduce((a, b) => Math.abs(share(data.x, b) - place) < Math.abs(share(data.x, a) - place) ? b : a);
    const head = line(`${data.label}: ${number(data.stairs ? data.x[0] + place * (data.x[1] - data.x[0]) : nearest)}`);
    const rows = found.map(([series, [, y, low, high]]) => {
      const band = low === y && high === y ? "" : ` [${number(low)}, ${number(high)}]`;
      return line(`${series.name}: ${number(y)}${band}`, series.variant);
    });
    show([head, ...rows], event);
    let cursor = svg.querySelector(".cursor");
    if (!cursor) {
      cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
      cursor.setAttribute("class", "cursor");
      svg.append(cursor);
    }
    const drawn = left + (data.stairs ? place : share(data.x, nearest)) * (right - left);
    for (const [key, value] of Object.entries({ x1: drawn, x2: drawn, y1: top, y2: bottom })) cursor.setAttribute(key, value);
  }
})();
