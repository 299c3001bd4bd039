// Opens a report in a real browser: REPORT=folder/of/the/report node --test report.test.mjs
//
// CHROMIUM names the browser (default: the first of the usual places); with SHOTS=folder, pictures of the page at phone and desktop
// width, light and dark, are left there.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync);
const skip = executablePath ? false : `no browser: install Debian's package chromium, or name one with CHROMIUM (${PLACES.join(", ")})`;
const report = pathToFileURL(join(resolve(process.env.REPORT ?? "."), "index.html")).href;
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

let browser;
before(async () => {
  if (skip) return;
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  browser = await chromium.launch({ executablePath, args });
});
after(() => browser?.close());

// A page with the report in it, and what went wrong or out while it was open.
async function open(viewport, colorScheme = "light") {
  const page = await browser.newPage({ viewport, colorScheme });
  const troubles = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => {
    if (request.url() !== report && !request.url().startsWith("data:")) troubles.push(`request for ${request.url()}`);
  });
  await page.goto(report);
  return { page, troubles };
}

test("it loads without errors and without asking anybody for anything", { skip }, async () => {
  const { page, troubles } = await open(DESKTOP);
  assert.ok((await page.locator("figure svg.wide").count()) >= 4);
  assert.ok((await page.locator("table tbody tr").count()) >= 1);
  await page.locator("figure").first().hover();
  await page.locator(".legend button").first().click();
  assert.deepEqual(troubles, []);
});

test("a button hides its variant's curves and shows them again", { skip }, async () => {
  const { page } = await open(DESKTOP);
  const button = page.locator(".legend button").first();
  const variant = await button.getAttribute("data-variant");
  const chart = page.locator("figure svg.wide").first();
  const shown = () => chart.locator(`[data-variant="${variant}"] path:visible`).count();
  const all = await shown();
  assert.ok(all > 0);
  await button.click();
  assert.equal(await shown(), 0);
  assert.equal(await button.getAttribute("aria-pressed"), "false");
  await button.click();
  assert.equal(await shown(), all);
});

test("a pointer is told the values under it, of shown variants only", { skip }, async () => {
  const { page } = await open(DESKTOP);
  const chart = page.locator("figure svg.wide").first();
  const names = await page.locator("section").first().locator(".legend button").allTextContents();
  await chart.hover();
  const told = await page.locator("#tip").innerText();
  for (const name of names) assert.ok(told.includes(`${name}: `), `${name} in ${told}`);
  await page.locator(".legend button").first().click();
  await chart.hover();
  assert.ok(!(await page.locator("#tip").innerText()).includes(`${names[0]}: `));
  await page.mouse.move(2, 2);
  assert.ok(await page.locator("#tip").isHidden());
});

test("nothing is cut off or out of reach, in any width and either light", { skip }, async () => {
  const shots = process.env.SHOTS;
  if (shots) mkdirSync(shots, { recursive: true });
  for (const [name, viewport] of [["phone", PHONE], ["desktop", DESKTOP]]) {
    for (const light of ["light", "dark"]) {
      const { page, troubles } = await open(viewport, light);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${name}: the page is ${overflow} px too wide`);
      // Every text of a drawing lies within the drawing.
      const outside = await page.evaluate(() => {
        const lost = [];
        for (const svg of document.querySelectorAll("figure svg")) {
          const frame = svg.getBoundingClientRect();
          if (frame.width === 0) continue; // the other size
          for (const text of svg.querySelectorAll("text")) {
            const box = text.getBoundingClientRect();
            const fits = box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
            if (!fits) lost.push(`${svg.closest("figure").id}: ${text.textContent}`);
          }
        }
        return lost;
      });
      assert.deepEqual(outside, [], name);
      const size = await page.evaluate(() => {
        const text = [...document.querySelectorAll("figure svg text")].find((text) => text.getBoundingClientRect().width > 0);
        const svg = text.ownerSVGElement;
        return 12 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      });
      assert.ok(size >= 10, `${name}: text of ${size.toFixed(1)} px is too small to read`);
      const ink = await page.evaluate(() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]);
      assert.notEqual(ink[0], ink[1]);
      if (shots) await page.screenshot({ path: join(shots, `${name}-${light}.png`), fullPage: true });
      assert.deepEqual(troubles, []);
      await page.close();
    }
  }
});

test("at the width of a phone names in tables keep whole words on a line, and still fit", { skip }, async () => {
  const { page } = await open({ width: 400, height: 800 });
  const names = await page.evaluate(() => [...document.querySelectorAll("table tbody .name")].map((name) => {
    const style = getComputedStyle(name);
    const lines = Math.round(name.getBoundingClientRect().height / parseFloat(style.lineHeight));
    return { text: name.textContent, lines, width: name.getBoundingClientRect().width };
  }));
  assert.ok(names.length >= 1);
  for (const { text, lines, width } of names) {
    // Ten letters to a line at least, and no more than half of the screen.
    assert.ok(lines <= Math.ceil(text.length / 10), `${text} takes ${lines} lines`);
    assert.ok(width <= 200, `${text} is ${width} px wide`);
  }
});

test("every variant has a colour and a cue of its own, and labels of one chart differ", { skip }, async () => {
  const { page } = await open(DESKTOP);
  const looks = await page.locator("section").first().locator(".legend button").evaluateAll((buttons) => buttons.map((button) => {
    const path = button.querySelector("svg path");
    return path ? `${path.getAttribute("class")} ${path.getAttribute("stroke-dasharray")}` : button.querySelector("i").className;
  }));
  assert.equal(new Set(looks).size, looks.length);
  const charts = await page.locator("figure[id$=probability-of-improvement] svg.narrow").evaluateAll((charts) => charts.map((chart) =>
    [...chart.querySelectorAll("text")].filter((text) => text.getAttribute("text-anchor") === "end").map((text) => text.textContent)));
  for (const labels of charts) {
    // Where names are too long, rows have numbers, which stand once more before the names below.
    const rows = labels[0] === "1" ? labels.slice(0, labels.length / 2) : labels;
    assert.equal(new Set(rows).size, rows.length, labels.join(", "));
  }
});
