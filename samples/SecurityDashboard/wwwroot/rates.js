// Lines a second over the last two minutes, one bar a second, severities stacked; and the totals since the server started.

import { badge, byId, count, element, severities } from "./dom.js";

const seconds = 120;
const width = 600;
const height = 100;
const totalsInterval = 5_000;
const svg = "http://www.w3.org/2000/svg";

export class Rates {
  #plot = byId("rates");
  #paths = new Map();
  // A ring of one entry a second: { second, counts: one number for each severity }.
  #bars = Array.from({ length: seconds }, () => ({ second: -1, counts: [] }));
  #figures = new Map();

  constructor() {
    const shown = byId("severities");
    for (const severity of severities) {
      const path = document.createElementNS(svg, "path");
      path.dataset.severity = severity;
      this.#plot.append(path);
      this.#paths.set(severity, path);
      const figure = element("dd", {}, "0");
      this.#figures.set(severity, figure);
      shown.append(element("div", {}, element("dt", {}, badge(severity)), figure));
    }

    setInterval(() => this.#draw(), 1_000);
    setInterval(() => void this.#showTotals(), totalsInterval);
    void this.#showTotals();
  }

  /** An event's id begins with the time at which the server took it: what is replayed counts for the time when it came. */
  add(record, id) {
    const second = Math.min(now(), Math.floor(Number.parseInt(id, 10) / 1_000));
    if (second > now() - seconds) this.#bar(second).counts[severities.indexOf(record.severity)]++;
  }

  #bar(second) {
    const bar = this.#bars[second % seconds];
    if (bar.second !== second) {
      bar.second = second;
      bar.counts = severities.map(() => 0);
    }

    return bar;
  }

  #draw() {
    if (document.hidden) return;
    // The second that is under way is not over, so it is not shown.
    const last = now() - 1;
    const bars = Array.from({ length: seconds }, (_, index) => last - seconds + 1 + index).map((second) => {
      const bar = this.#bars[second % seconds];
      return bar.second === second ? bar.counts : severities.map(() => 0);
    });
    const sums = bars.map((counts) => counts.reduce((sum, value) => sum + value, 0));
    const top = Math.max(1, ...sums);
    const step = width / seconds;
    const heights = bars.map(() => height);
    severities.forEach((severity, index) => {
      const path = bars.map((counts, x) => {
        if (counts[index] === 0) return "";
        const size = (height * counts[index]) / top;
        heights[x] -= size;
        return `M${x * step},${heights[x].toFixed(2)}h${step - 1}v${size.toFixed(2)}h${1 - step}z`;
      });
      this.#paths.get(severity).setAttribute("d", path.join(""));
    });
    byId("rates-top").textContent = `highest ${count(top)}`;
    byId("rate-now").textContent = count(sums.at(-1));
    const total = sums.reduce((sum, value) => sum + value, 0);
    this.#plot.setAttribute("aria-label", `Lines a second over the last two minutes: now ${sums.at(-1)}, highest ${Math.max(...sums)}, on average ${count(total / seconds)}`);
  }

  async #showTotals() {
    if (document.hidden) return;
    try {
      const answer = await fetch("api/statistics", { cache: "no-store" });
      if (!answer.ok) return;
      const totals = await answer.json();
      for (const name of ["lines", "malformed", "truncated"]) byId(`total-${name}`).textContent = count(totals[name]);
      for (const [severity, figure] of this.#figures) figure.textContent = count(totals.severities[severity] ?? 0);
    } catch {
      // The server is away; the connection's state says so, and the last totals known stay.
    }
  }
}

const now = () => Math.floor(Date.now() / 1_000);
