"use strict";
// One script for all pages. It reads what the page says (data-…), asks for changes as JSON, and maps
// keys to what carries data-key. It never puts text of a submission into the page.
const base = document.body.dataset.base;
const one = (selector) => document.querySelector(selector);
const every = (selector) => [...document.querySelectorAll(selector)];
const said = (text, bad = false) => {
  const state = one("#state");
  if (state) { state.textContent = text; state.className = bad ? "state bad" : "state good"; }
};

// Undo takes back what this browser decided, not what somebody else did.
const who = localStorage.getItem("who") || crypto.randomUUID();
localStorage.setItem("who", who);

// What a page has to say once it is loaded again.
const kept = sessionStorage.getItem("said");
if (kept) said(kept);
sessionStorage.removeItem("said");
function reload(text) {
  if (text) sessionStorage.setItem("said", text);
  location.reload();
}

async function answered(path, options) {
  const gone = "The review does not answer: nothing was kept. Start critic review again, and open the address that it prints.";
  const answer = await fetch(`${base}/${path}`, options).catch(() => { throw new Error(gone); });
  const found = await answer.json().catch(() => { throw new Error(gone); });
  if (!answer.ok) throw new Error(found.error);
  return found;
}

const isHidden = () => document.cookie.includes("hide=1");
// A browser finishes what is kept alive also when its page is left, up to 64 kB.
const ask = (change, asked) => {
  const body = JSON.stringify({ ...asked, who, hidden: isHidden() });
  const headers = { "Content-Type": "application/json" };
  return answered(change, { method: "POST", headers, body, keepalive: body.length < 20000 });
};

// As people write numbers, with a point or a comma; nothing in an empty field is no number.
function number(field) {
  const text = field.value.trim();
  if (!text) return null;
  const found = /^[+-]?(\d+[.,]?\d*|[.,]\d+)$/.test(text) ? Number(text.replace(",", ".")) : NaN;
  if (Number.isNaN(found)) throw new Error(`${text} is no number: nothing was changed`);
  return found;
}

// --- one answer of a written exercise ------------------------------------------------------------
const desk = one("#desk");
let saving = Promise.resolve(), underWay = 0;
// What the fields held when they were kept last.
const fields = () => JSON.stringify([one("#points").value, one("#comment").value]);
let last = desk && fields();

function sum() {
  const given = every(".item[aria-pressed=true]").map((item) => Number(item.dataset.points));
  return Math.round(given.reduce((total, points) => total + points, 0) * 1000) / 1000;
}

function save(points, done = false) {
  const items = every(".item").flatMap((item, i) => item.ariaPressed === "true" ? [i] : []);
  one("#points").value = points ?? "";
  const comment = one("#comment").value;
  last = fields();
  underWay += 1;
  // One after the other: each says which version it saw.
  saving = saving.catch(() => 0).then(async () => {
    const found = await ask("score", {
      submission: desk.dataset.submission, exercise: desk.dataset.exercise, points, items, done,
      comment, seen: Number(desk.dataset.seen), version: desk.dataset.version,
    }).finally(() => { underWay -= 1; });
    desk.dataset.seen = found.seen;
    one("#progress").textContent = found.progress;
    said(points === null ? "No points: it waits" : `${points} of ${desk.dataset.possible}: kept`);
  });
  saving.catch((error) => said(error.message, true));
  return saving;
}

const typed = () => number(one("#points"));
// What is being typed counts as said when its page is left.
async function settled() {
  if (desk && fields() !== last) save(typed());
  const asked = saving;
  // What was refused is said once, and holds nobody back.
  saving = asked.catch(() => 0);
  await asked;
}
const press = (wanted) => every(".item").forEach((item) => { item.ariaPressed = String(wanted); });

const deeds = {
  item: (element) => { element.ariaPressed = String(element.ariaPressed !== "true"); save(sum()); },
  all: () => { press(true); save(Number(desk.dataset.possible)); },
  none: () => { press(false); save(0); },
  clear: () => { press(false); save(null); },
  remark: (element) => {
    const comment = one("#comment");
    comment.value = comment.value ? `${comment.value}\n${element.dataset.text}` : element.dataset.text;
    save(typed());
  },
  async next() {
    await settled();
    // A comment is offered again once its answer is done.
    if (typed() !== null) await save(typed(), true);
    const { submission, exercise } = desk.dataset;
    const { at, silent } = await answered(`waiting/${encodeURIComponent(exercise)}?after=${encodeURIComponent(submission)}`);
    if (at && at !== submission) go(at);
    else if (at) said("Only this answer waits");
    else said(silent ? "Every answer has points. Who wrote nothing waits: go to All exercises" : "Nothing waits any more");
  },
  async undo() {
    await saving.catch(() => 0);
    const found = await ask("undo", {});
    if (!found.undone) return said("There is nothing to undo");
    const here = desk && found.undone === "score" && found.exercise === desk.dataset.exercise;
    if (!here || found.submission === desk.dataset.submission) return reload(found.said);
    sessionStorage.setItem("said", found.said);
    go(found.submission);
  },
  async hide() {
    await settled();
    document.cookie = `hide=${isHidden() ? 0 : 1}; path=${base}; SameSite=Strict`;
    location.reload();
  },
  keys: () => { one("#keys").showModal(); },
  close: () => { one("#keys").close(); },
  focus: (element) => { one(element.dataset.to).focus(); },
  async open(element) {
    await settled();
    location.href = element.href;
  },
  async form(element) {
    const form = element.closest("[data-change]");
    const body = JSON.parse(form.dataset.body || "{}");
    form.querySelectorAll("[name]").forEach((field) => { body[field.name] = field.inputMode === "decimal" ? number(field) : field.value; });
    const found = await ask(form.dataset.change, body);
    if ("running" in found) watch();
    else reload("reached" in found ? `Named: the hint reaches ${found.reached}` : found.said);
  },
  sort: (element) => {
    const table = element.closest("table"), body = table.tBodies[0];
    const heading = element.closest("th"), column = heading.cellIndex, up = heading.ariaSort !== "ascending";
    for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
    heading.ariaSort = up ? "ascending" : "descending";
    const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const order = (a, b) => value(a).localeCompare(value(b), undefined, { numeric: true });
    [...body.rows].sort((a, b) => up ? order(a, b) : order(b, a)).forEach((row) => body.append(row));
  },
};

function go(submission) {
  location.href = `${base}/exercise/${encodeURIComponent(desk.dataset.exercise)}?at=${encodeURIComponent(submission)}`;
}

// --- grading again, in the background --------------------------------------------------------------
async function watch() {
  const found = await answered("grading");
  if (!found.running) return location.reload();
  one("#run").textContent = `Grading ${found.submission} again: ${found.seconds} s`;
  setTimeout(watch, 500);
}
// A link to one exercise of a student opens it.
const target = location.hash && document.getElementById(location.hash.slice(1));
if (target?.tagName === "DETAILS") target.open = true;

if (one("#run")?.dataset.running) watch();

document.addEventListener("click", (event) => {
  const element = event.target.closest("[data-deed], header a, main a:not([target])");
  if (!element) return;
  const deed = element.dataset.deed ?? (underWay && "open");
  if (!deed) return;
  event.preventDefault();
  // Whatever it throws, at once or later, is said.
  Promise.resolve().then(() => deeds[deed](element)).catch((error) => said(error.message, true));
});

// By where a key lies, so that it is the same on every keyboard: above the digits the signs differ,
// some need Shift for a digit, and some have other letters.
function pressed(event) {
  const digit = /^Digit(\d)$/.exec(event.code), letter = /^Key([A-Z])$/.exec(event.code);
  if (digit) return event.shiftKey ? `Shift+${digit[1]}` : digit[1];
  if (letter && event.key.charCodeAt(0) > 127) return letter[1].toLowerCase();
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (one("dialog[open]")) return;
  const writing = event.target.matches("input, textarea");
  if (writing && event.key === "Escape") { event.target.blur(); return; }
  if (writing && !(event.key === "Enter" && event.target.matches("#points"))) return;
  const element = every("[data-key]").find((candidate) => candidate.dataset.key === pressed(event));
  if (element) { event.preventDefault(); event.target.blur(); element.click(); }
});

if (desk) {
  const kept = (points) => Promise.resolve().then(points).catch((error) => said(error.message, true));
  one("#points").addEventListener("change", () => kept(() => { const points = typed(); press(false); return save(points); }));
  one("#comment").addEventListener("change", () => kept(() => save(typed())));
  // A page that is closed or loaded again while a comment is written; while something is under way,
  // the browser asks first.
  addEventListener("pagehide", () => { if (fields() !== last) kept(() => save(typed())); });
  addEventListener("beforeunload", (event) => { if (underWay) event.preventDefault(); });
}
