import { drawLine } from "./line.js";

const MAX_VALUES = 60;
const main = document.querySelector("main");
const template = document.querySelector("#panel");

for (const { name, title, unit } of await (await fetch("/sensors")).json())
  addPanel({ id: name, title, unit, url: `/sensors/${name}/events?last=${MAX_VALUES}`, type: "Reading", read: data => JSON.parse(data).value });
addPanel({ id: "counter", title: "Counter", unit: "", url: "/counter", type: "count", read: Number });

function addPanel({ id, title, unit, url, type, read }) {
  const panel = template.content.cloneNode(true).firstElementChild;
  const [heading, output, line, state, received, start, stop] =
    ["h2", ".value", ".line", ".state", ".received", ".start", ".stop"].map(selector => panel.querySelector(selector));
  panel.id = id;
  heading.textContent = title;
  panel.setAttribute("aria-labelledby", heading.id = `${id}-title`);
  // Where a page has several buttons called Start, each says of what.
  start.setAttribute("aria-label", `Start ${title}`);
  stop.setAttribute("aria-label", `Stop ${title}`);
  // A value that changes all the time is not read out.
  output.setAttribute("aria-live", "off");
  main.append(panel);

  let source = null;
  let values = [];
  let count = 0;
  show();

  start.addEventListener("click", () => {
    [values, count] = [[], 0];
    show();
    running(true, "Connecting.");
    source = new EventSource(url);
    source.addEventListener("open", () => { state.textContent = "Live."; });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) running(false, "The server has refused the stream.");
      else state.textContent = "Reconnecting.";
    });
    source.addEventListener(type, e => {
      values.push(read(e.data));
      // The newest values are kept, however long the page stays open.
      if (values.length > MAX_VALUES) values.shift();
      count++;
      show();
    });
  });

  stop.addEventListener("click", () => {
    source.close();
    running(false, "Stopped.");
  });

  function running(is, text) {
    state.textContent = text;
    const hadFocus = panel.contains(document.activeElement);
    start.disabled = is;
    stop.disabled = !is;
    if (hadFocus) (is ? stop : start).focus();
  }

  function show() {
    output.textContent = values.length > 0 ? `${values.at(-1)} ${unit}` : "–";
    received.textContent = count;
    drawLine(line, values, MAX_VALUES, `${title}, the last ${values.length} values`);
  }
}
