// The dashboard: two streams, and the parts of the page that show them.

import { AlertList } from "./alert-list.js";
import { announce, byId, notice } from "./dom.js";
import { LogList } from "./log-list.js";
import { Rates } from "./rates.js";
import { Scenarios } from "./scenarios.js";
import { Search } from "./search.js";
import { openStream } from "./stream.js";

const search = new Search();
const pivot = (field, value) => search.open({ [field]: value });
const logs = new LogList({ pivot });
const alerts = new AlertList({ pivot });
const rates = new Rates();
const scenarios = new Scenarios();

function showState(id, name) {
  const box = byId(id);
  const text = box.querySelector(".state");
  return (state) => {
    if (box.dataset.state === "live" && state === "reconnecting") announce(`${name}: the connection was lost.`);
    if (box.dataset.state === "reconnecting" && state === "live") announce(`${name}: connected again.`);
    box.dataset.state = state;
    text.textContent = state;
  };
}

function showGap(name) {
  return (reason) => {
    byId(name).prepend(Object.assign(document.createElement("li"), { className: "gap", textContent: `Gap: ${reason}.` }));
    notice(`Gap in the ${name}: ${reason}.`);
  };
}

// The newest lines, and of the alerts all that are kept: what has become of each is told by its last event.
openStream("logs/events?last=500", {
  log: (record, id) => {
    logs.add(record);
    rates.add(record, id);
  },
}, { onState: showState("logs-connection", "Logs"), onGap: showGap("logs") });

openStream("alerts/events?lastEventId=earliest", {
  alert: (alert) => alerts.add(alert),
  scenario: (progress) => scenarios.add(progress),
}, {
  onState: showState("alerts-connection", "Alerts"),
  onGap: (reason) => {
    // After a gap the stream goes on with the oldest alert that is kept: what is shown is built anew.
    alerts.clear();
    showGap("alerts")(reason);
  },
});

byId("search-open").addEventListener("click", () => search.open({}));
const analyst = byId("analyst");
analyst.value = localStorage.getItem("analyst") ?? "";
analyst.addEventListener("change", () => localStorage.setItem("analyst", analyst.value));
