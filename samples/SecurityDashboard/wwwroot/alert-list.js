// The alerts as they are now, newest first. Every event is a whole alert: the one that is furthest in its life counts.

import { announce, badge, byId, count, element, post, timeText, visible } from "./dom.js";
import { pivotButton, pivotFields } from "./record-row.js";

const maxAlerts = 1_000;
const states = ["new", "acknowledged", "resolved"];
const nextStep = { new: ["acknowledge", "Acknowledge"], acknowledged: ["resolve", "Resolve"] };

export class AlertList {
  #list = byId("alerts");
  #empty = byId("alerts-empty");
  #counts = byId("alert-counts");
  #choice = byId("alert-state");
  #pivot;
  #alerts = new Map();
  #rows = new Map();
  #changed = new Set();
  #frame = 0;

  constructor({ pivot }) {
    this.#pivot = pivot;
    this.#choice.addEventListener("change", () => this.#filter());
  }

  add(alert) {
    const known = this.#alerts.get(alert.id);
    if (known && states.indexOf(known.state) >= states.indexOf(alert.state)) return;
    this.#alerts.set(alert.id, alert);
    this.#changed.add(alert.id);
    if (this.#alerts.size > maxAlerts) this.#forget(this.#alerts.keys().next().value);
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  clear() {
    for (const id of [...this.#alerts.keys()]) this.#forget(id);
    this.#list.replaceChildren();
    this.#filter();
  }

  #forget(id) {
    this.#alerts.delete(id);
    this.#changed.delete(id);
    this.#rows.get(id)?.remove();
    this.#rows.delete(id);
  }

  #draw() {
    this.#frame = 0;
    const critical = [];
    for (const id of this.#changed) {
      const alert = this.#alerts.get(id);
      const row = this.#row(alert);
      const old = this.#rows.get(id);
      if (old) {
        const hadFocus = old.contains(document.activeElement);
        old.replaceWith(row);
        if (hadFocus) (row.querySelector(".step") ?? byId("alerts-title")).focus();
      } else {
        this.#list.prepend(row);
        if (alert.severity === "critical" && alert.state === "new") critical.push(alert.name);
      }

      this.#rows.set(id, row);
    }

    this.#changed.clear();
    if (critical.length > 0) announce(`Critical: ${critical.slice(-3).join(", ")}`);
    this.#filter();
  }

  #row(alert) {
    const row = element(
      "li",
      { className: "alert", dataset: { severity: alert.severity, state: alert.state, id: alert.id } },
      element("div", { className: "alert-head" }, badge(alert.severity), element("strong", {}, alert.name), element("time", { dateTime: alert.time }, timeText(alert.time))),
      element("p", { className: "message" }, visible(alert.message)),
      element("p", { className: "pivots" }, ...pivotFields.map((field) => pivotButton(field, alert[field], this.#pivot))),
    );
    const life = element("p", { className: "life" }, element("span", { className: "life-state" }, alert.state));
    if (alert.changedBy) life.append(` by ${visible(alert.changedBy)} at ${timeText(alert.changedAt)}`);
    const step = nextStep[alert.state];
    if (step) life.append(this.#stepButton(alert, ...step));
    row.append(life);
    return row;
  }

  #stepButton(alert, command, label) {
    const button = element("button", { type: "button", className: "step" }, label);
    button.setAttribute("aria-label", `${label}: ${alert.name}`);
    button.addEventListener("click", async () => {
      button.disabled = true;
      // The answer changes nothing here: like everyone else, this page learns of the change from the stream.
      await post(`api/alerts/${encodeURIComponent(alert.id)}/${command}?${new URLSearchParams({ by: byId("analyst").value })}`);
      button.disabled = false;
    });
    return button;
  }

  #filter() {
    const chosen = this.#choice.value;
    const tally = { new: 0, acknowledged: 0, resolved: 0 };
    let shown = 0;
    for (const [id, row] of this.#rows) {
      const { state } = this.#alerts.get(id);
      tally[state]++;
      row.hidden = !(chosen === "all" || chosen === state || (chosen === "open" && state !== "resolved"));
      if (!row.hidden) shown++;
    }

    this.#empty.hidden = shown > 0;
    this.#counts.textContent = states.map((state) => `${count(tally[state])} ${state}`).join(", ");
    document.title = tally.new > 0 ? `(${tally.new}) Security dashboard` : "Security dashboard";
  }
}
