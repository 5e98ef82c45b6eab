// The live page: what flows through the hub, how much, and to how many. This file connects the parts.

import { Activity } from "./activity.js";
import { ConnectionList } from "./connection-list.js";
import { ConnectionState } from "./connection-state.js";
import { EventList } from "./event-list.js";
import { eventItem, gapItem, noticeItem } from "./event-row.js";
import { Filter } from "./filter.js";
import { duration, plural } from "./format.js";
import { PublishForm } from "./publish-form.js";
import { installShortcuts } from "./shortcuts.js";
import { LiveStream } from "./stream.js";

// What a filter shows of the past when it is chosen: enough to see what flows, little enough to be there at once.
const backlog = 100;

const address = (path) => new URL(path, document.baseURI).href;
const announcer = document.getElementById("announcer");
const announce = (text) => {
  announcer.textContent = text;
};

const list = new EventList({ onFilter: (part) => filter.narrow(part) });
const filter = new Filter({
  onChange: (value) => {
    list.clear();
    stream.open(value, backlog);
  },
});
const connection = new ConnectionState({ announce, onReconnect: () => stream.reconnectNow() });
const publishForm = new PublishForm(address("events"));

const stream = new LiveStream(address("live/events"), {
  onEvent(id, event) {
    if (event.type === "gap") {
      connection.countGap();
      list.addNotice(gapItem(id, event.data));
    } else {
      list.addEvent(eventItem(id, event));
    }
  },
  onState(state) {
    connection.show(state);
    filter.showProblem(state.name === "refused" ? state.reason : "");
    if (state.name === "live" && state.outage !== null) {
      const away = `Without connection for ${duration(state.outage / 1_000)}.`;
      list.addNotice(noticeItem("link", "Reconnected", `${away} The list goes on after the last event received; if anything were missing, a gap would say so.`));
    }
  },
});

function togglePause() {
  if (list.paused) {
    announce(`Resumed. ${plural(list.waiting, "event")} waited.`);
    list.resume();
  } else {
    list.pause();
    announce("Paused.");
  }
}

function clear() {
  list.clear();
  announce("The list is empty.");
}

document.getElementById("pause").addEventListener("click", togglePause);
document.getElementById("clear").addEventListener("click", clear);
document.getElementById("empty-command").textContent = `curl -d topic=demo -d data=hello ${address("events")}`;

const connections = new ConnectionList({
  addressOf: (id) => address(`live/connections/${encodeURIComponent(id)}/close`),
  announce,
  onOpen: () => activity.refresh(),
});
const activity = new Activity(address("live/stats"), {
  wantsList: () => connections.isOpen,
  onStats: (stats) => connections.show(stats),
});

const focusField = (id) => () => {
  const field = document.getElementById(id);
  field.focus();
  field.select();
};
installShortcuts({
  p: togglePause,
  "/": focusField("filter-topic"),
  t: focusField("filter-type"),
  c: clear,
  e: () => list.focusNewest(),
  n: () => publishForm.focus(),
  o: () => connections.toggle(),
  r: () => stream.reconnectNow(),
});

stream.open(filter.value, backlog);
activity.start();
