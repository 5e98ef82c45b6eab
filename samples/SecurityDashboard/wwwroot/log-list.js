// The newest log lines: bounded, filtered, paused at will, and drawn once per frame however fast lines come.

import { announce, byId, count, element, rank, visible } from "./dom.js";
import { recordRow } from "./record-row.js";

// So many lines are kept to be filtered, and so many of them are shown.
const maxKept = 2_000;
const maxRows = 300;
const maxSources = 50;

export class LogList {
  #list = byId("logs");
  #empty = byId("logs-empty");
  #filter = byId("log-filter");
  #pause = byId("pause");
  #waiting = byId("waiting");
  #pivot;
  #kept = [];
  #sources = new Set();
  #new = [];
  #waitingCount = 0;
  #paused = false;
  #frame = 0;

  constructor({ pivot }) {
    this.#pivot = pivot;
    byId("logs-bound").textContent = `(at most ${count(maxRows)} and ${count(maxKept)})`;
    this.#filter.addEventListener("submit", (event) => event.preventDefault());
    this.#filter.addEventListener("input", () => this.#showAll());
    this.#pause.addEventListener("click", () => this.#toggle());
  }

  add(record) {
    this.#new.push(record);
    if (this.#paused) this.#waitingCount++;
    // What could never be shown any more is let go, also while nothing is drawn: paused, or in a tab that is not seen.
    if (this.#new.length >= 2 * maxKept) this.#new.splice(0, this.#new.length - maxKept);
    this.#schedule();
  }

  #toggle() {
    this.#paused = !this.#paused;
    this.#pause.textContent = this.#paused ? "Resume" : "Pause";
    this.#pause.setAttribute("aria-pressed", String(this.#paused));
    announce(this.#paused ? "Paused." : `Resumed. ${count(this.#waitingCount)} lines waited.`);
    this.#waitingCount = 0;
    this.#schedule();
  }

  #schedule() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    this.#waiting.hidden = !this.#paused;
    this.#waiting.textContent = `${count(this.#waitingCount)} waiting`;
    if (this.#paused) return;
    const records = this.#new.splice(0);
    for (const record of records) this.#addSource(record.source);
    this.#kept.push(...records.slice(-maxKept));
    this.#kept.splice(0, this.#kept.length - maxKept);
    this.#prepend(records);
  }

  #showAll() {
    this.#list.replaceChildren();
    this.#prepend(this.#kept);
  }

  #prepend(records) {
    const matches = this.#matcher();
    const rows = records.filter(matches).slice(-maxRows).reverse().map((record) => recordRow(record, this.#pivot));
    this.#list.prepend(...rows);
    while (this.#list.childElementCount > maxRows) this.#list.lastElementChild.remove();
    this.#empty.hidden = this.#list.childElementCount > 0;
    this.#empty.textContent = this.#kept.length > 0 ? "No line matches the filter." : "Waiting for lines.";
    byId("logs-shown").textContent = count(this.#list.querySelectorAll(".record").length);
    byId("logs-kept").textContent = count(this.#kept.length);
  }

  #matcher() {
    const { severity, source, text } = Object.fromEntries(new FormData(this.#filter));
    const least = rank(severity);
    const wanted = text.trim().toLowerCase();
    return (record) =>
      rank(record.severity) >= least && (source === "" || record.source === source) && (wanted === "" || record.raw.toLowerCase().includes(wanted));
  }

  #addSource(source) {
    if (this.#sources.has(source) || this.#sources.size >= maxSources) return;
    this.#sources.add(source);
    this.#filter.elements.source.append(element("option", { value: source }, visible(source)));
  }
}
