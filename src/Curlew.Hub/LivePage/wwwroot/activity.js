// The hub's figures: asked for every two seconds while the page is seen, plotted over the last minutes.

import { count, duration, rate, shortCount } from "./format.js";
import { longestSpan, Plot } from "./plot.js";

const interval = 2_000;

export class Activity {
  #address;
  #wantsList;
  #onStats;
  #rates = [];
  #connections = [];
  #previous = null;
  #timer = 0;
  #ratePlot = new Plot(document.getElementById("rate-plot"), { name: "Events per second", format: rate });
  #connectionsPlot = new Plot(document.getElementById("connections-plot"), { name: "Connections", format: count, stepped: true });
  #totals = document.getElementById("totals");

  /** wantsList: whether the connections are asked for too; onStats: takes each answer, null where there was none. */
  constructor(address, { wantsList, onStats }) {
    this.#address = address;
    this.#wantsList = wantsList;
    this.#onStats = onStats;
  }

  start() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#stop();
      else if (this.#timer === 0) void this.#poll();
    });
    if (!document.hidden) void this.#poll();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    // What happened unseen is unknown: the lines break here, and the next rate is not an average over the absence.
    this.#record(performance.now(), null);
  }

  async #poll() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), interval);
    const stats = await this.#ask();
    if (document.hidden) return;
    const now = performance.now();
    this.#record(now, stats);
    this.#ratePlot.draw(this.#rates, now);
    this.#connectionsPlot.draw(this.#connections, now);
    this.#showTotals(stats);
    this.#onStats(stats);
  }

  /** Asks between two turns. What comes is no sample: its rate would be one over a moment. */
  async refresh() {
    this.#onStats(await this.#ask());
  }

  async #ask() {
    try {
      const url = this.#wantsList() ? `${this.#address}?list=true` : this.#address;
      const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(interval) });
      return response.ok ? await response.json() : null;
    } catch {
      // The hub is away. The connection's state says so; here it is a break in the lines.
      return null;
    }
  }

  #record(now, stats) {
    const previous = this.#previous;
    this.#previous = stats === null ? null : { time: now, published: stats.published };
    // Counters that went back are those of a hub that was started again.
    const known = stats !== null && previous !== null && stats.published >= previous.published;
    if (known || stats === null) {
      this.#rates.push({ time: now, value: known ? (1_000 * (stats.published - previous.published)) / (now - previous.time) : null });
    }

    this.#connections.push({ time: now, value: stats?.connections ?? null });
    for (const samples of [this.#rates, this.#connections]) {
      while (samples.length > 0 && now - samples[0].time > longestSpan) samples.shift();
    }
  }

  #showTotals(stats) {
    this.#totals.classList.toggle("stale", stats === null);
    if (stats === null) return; // the last figures known stay, marked as such
    for (const [name, text] of Object.entries({
      published: shortCount(stats.published),
      delivered: shortCount(stats.delivered),
      retained: shortCount(stats.retained),
      uptime: duration(stats.uptimeSeconds),
    })) {
      document.getElementById(name).textContent = text;
    }
  }
}
