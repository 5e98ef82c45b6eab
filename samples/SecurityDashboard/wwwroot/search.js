// Search over everything that is retained, and the way from one line to all of the same address, user or host.

import { byId, count } from "./dom.js";
import { recordRow } from "./record-row.js";

export class Search {
  #dialog = byId("pivot");
  #form = byId("search");
  #result = byId("search-result");
  #found = byId("found");
  #asked = 0;

  constructor() {
    byId("pivot-close").addEventListener("click", () => this.#dialog.close());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#search();
    });
  }

  /** Shows the search; with fields given, searches for these at once. */
  open(fields) {
    for (const input of this.#form.querySelectorAll("input")) input.value = fields[input.name] ?? "";
    this.#found.replaceChildren();
    this.#result.textContent = "";
    if (!this.#dialog.open) this.#dialog.showModal();
    if (Object.keys(fields).length > 0) void this.#search();
  }

  async #search() {
    const number = ++this.#asked;
    this.#result.textContent = "Searching…";
    const fields = [...new FormData(this.#form)].filter(([, value]) => value.trim() !== "");
    let text = "";
    let records = [];
    try {
      const answer = await fetch(`api/search?${new URLSearchParams(fields)}`, { cache: "no-store" });
      const body = await answer.json();
      records = answer.ok ? body.records : [];
      text = answer.ok
        ? `${count(body.matches)} of the ${count(body.searched)} retained lines match${body.matches > records.length ? `; the newest ${count(records.length)} are shown` : ""}.`
        : (body.detail ?? `Refused: ${answer.status}`);
    } catch {
      text = "The dashboard does not answer.";
    }

    // An older question whose answer comes late.
    if (number !== this.#asked) return;
    this.#result.textContent = text;
    this.#found.replaceChildren(...records.map((record) => recordRow(record, (field, value) => this.open({ [field]: value }))));
  }
}
