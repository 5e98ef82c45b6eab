// The scenarios and what they are doing, as every viewer sees it.

import { byId, count, element, post } from "./dom.js";

const speeds = [1, 2, 5, 10, 20, 50, 100];

export class Scenarios {
  #list = byId("scenarios");
  #rows = new Map();

  constructor() {
    void this.#load();
  }

  add(progress) {
    const row = this.#row(progress);
    const { state } = progress;
    row.item.dataset.state = state;
    row.play.disabled = state === "playing";
    row.play.textContent = state === "paused" ? "Resume" : "Play";
    row.pause.disabled = state !== "playing";
    row.stop.disabled = state !== "playing" && state !== "paused";
    row.bar.max = progress.lines;
    row.bar.value = progress.line;
    row.text.textContent = `${state}, ${count(progress.line)} of ${count(progress.lines)} lines`;
    if (document.activeElement !== row.speed) row.speed.value = String(progress.speed);
  }

  async #load() {
    try {
      const answer = await fetch("api/scenarios", { cache: "no-store" });
      for (const progress of await answer.json()) if (!this.#rows.has(progress.id)) this.add(progress);
    } catch {
      // They come with the stream when the server is back.
    }
  }

  #row(progress) {
    const known = this.#rows.get(progress.id);
    if (known) return known;
    const command = (name) => () => void post(`api/scenarios/${encodeURIComponent(progress.id)}/${name}`);
    const button = (label, name) => {
      const created = element("button", { type: "button", className: name }, label);
      created.setAttribute("aria-describedby", `scenario-${progress.id}`);
      created.addEventListener("click", command(name));
      return created;
    };
    const speed = element("select", {}, ...speeds.map((value) => element("option", { value: String(value) }, `×${value}`)));
    speed.setAttribute("aria-label", `Speed of ${progress.name}`);
    speed.addEventListener("change", () => command(`speed?speed=${speed.value}`)());
    const row = {
      play: button("Play", "play"),
      pause: button("Pause", "pause"),
      stop: button("Stop", "stop"),
      speed,
      bar: element("progress", { value: 0, max: 1 }),
      text: element("span", { className: "state" }),
    };
    row.bar.setAttribute("aria-label", `Progress of ${progress.name}`);
    row.item = element(
      "li",
      { className: "scenario", dataset: { id: progress.id }, title: progress.description },
      element("strong", { id: `scenario-${progress.id}` }, progress.name),
      element("span", { className: "buttons" }, row.play, row.pause, row.stop, speed),
      row.bar,
      row.text,
    );
    this.#rows.set(progress.id, row);
    this.#list.append(row.item);
    return row;
  }
}
