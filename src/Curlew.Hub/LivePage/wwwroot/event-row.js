// One row of the list: an event, or a notice in its place among the events.

import { count, length, plural, timeOfDay } from "./format.js";

// What a row keeps of an event is bounded, so that 500 rows of the largest events do not fill the memory.
const keptCharacters = 65_536;
const clippedCharacters = 400;

/** What the list holds of an event: its fields, and of its data no more than a row can show. */
export function eventItem(id, event) {
  return {
    id,
    time: timeOf(id),
    topics: event.topics ?? [],
    type: event.type || null,
    data: event.data.slice(0, keptCharacters),
    characters: event.data.length,
  };
}

/** A notice: kind is "gap" or "link"; facts are [name, text] pairs for the opened row. */
export function noticeItem(kind, title, text, id = "", facts = []) {
  return { notice: kind, id, time: new Date(), title, text, facts };
}

/** An id begins with the time at which the hub took the event; a stream without ids has only the time of arrival. */
function timeOf(id) {
  const milliseconds = /^(\d{1,15})-\d+$/.exec(id)?.[1];
  return milliseconds === undefined ? new Date() : new Date(Number(milliseconds));
}

/** What a gap means, in words. The event's data tells the reason, the id asked for and the oldest id that is kept. */
export function gapItem(id, data) {
  let gap = {};
  try {
    gap = JSON.parse(data) ?? {};
  } catch {
    // A gap that cannot be read is still a gap.
  }

  const missed = Number.isFinite(gap.missed) ? plural(gap.missed, "event") : null;
  const words = {
    trimmed: "While this page was away the hub removed old events, as its retention demands. The list goes on with the oldest event that is kept.",
    unknown: "The hub’s history is not the one that this page was reading. Events may be missing here, and some may come twice.",
    lost: "The hub has lost the events that this page had reached, as after a restart without a stored log. The list goes on with what the hub has.",
    malformed: "The position from which this page wanted to go on could not be read. The list goes on with new events.",
    dropped: `The hub dropped ${missed ?? "events"} because this page read too slowly.`,
  };
  const text = words[gap.reason] ?? "The hub could not go on where this page had stopped. Events may be missing here.";
  const title = missed === null ? "Gap: events may be missing" : `Gap: ${missed} missed`;
  const facts = [
    ["Reason", gap.reason],
    ["Last id here", gap.lastEventId],
    ["Oldest id kept", gap.oldest],
  ].filter(([, value]) => typeof value === "string" && value !== "");
  return noticeItem("gap", title, text, id, facts);
}

const element = (name, className, text) => {
  const created = document.createElement(name);
  if (className) created.className = className;
  if (text !== undefined) created.textContent = text;
  return created;
};

// Cloning a prepared row is several times faster than building it from single elements.
const rowTemplate = document.createElement("li");
rowTemplate.className = "row";
{
  const details = element("details");
  const summary = element("summary");
  summary.tabIndex = -1;
  summary.append(element("time"), element("span", "row-topics"), element("span", "row-type"), element("span", "row-data"));
  details.append(summary);
  rowTemplate.append(details);
}

/** Builds the row of an item, newest state of it included. The opened part is built by fillDetail when it is wanted. */
export function createRow(item) {
  return item.notice ? createNotice(item) : createEventRow(item);
}

function createEventRow(item) {
  const row = rowTemplate.cloneNode(true);
  const [time, topics, type, data] = row.firstChild.firstChild.children;
  writeTime(time, item.time);
  topics.textContent = item.topics.join(", ");
  type.textContent = item.type ?? "message";
  if (item.type === null) type.classList.add("untyped");
  data.textContent = item.data.slice(0, clippedCharacters).replace(/\s+/g, " ");
  return row;
}

function createNotice(item) {
  const row = element("li", `row notice-row notice-${item.notice}`);
  const details = element("details");
  const summary = element("summary");
  summary.tabIndex = -1;
  const time = element("time");
  writeTime(time, item.time);
  summary.append(time, element("strong", "notice-title", item.title), element("span", "notice-text", item.text));
  details.append(summary);
  row.append(details);
  return row;
}

function writeTime(time, date) {
  time.textContent = timeOfDay(date);
  time.dateTime = date.toISOString();
}

/** Fills an opened row. onFilter is called with { topic } or { type } when the reader asks to see only such events. */
export function fillDetail(details, item, onFilter) {
  const detail = element("div", "detail");
  const facts = element("dl");
  const fact = (name, ...content) => {
    const group = element("div");
    const value = element("dd");
    value.append(...content);
    group.append(element("dt", "", name), value);
    facts.append(group);
  };
  const filterButton = (label, filter) => {
    const button = element("button", "link", label);
    button.type = "button";
    button.title = "Show only these";
    button.addEventListener("click", () => onFilter(filter));
    return button;
  };

  if (item.id) fact("Id", item.id);
  fact("Time", item.time.toISOString());
  if (item.notice) {
    for (const [name, text] of item.facts) fact(name, text);
    detail.append(facts);
  } else {
    fact("Topics", ...item.topics.map((topic) => filterButton(topic, { topic })));
    fact("Type", filterButton(item.type ?? "message", { type: item.type ?? "message" }));
    fact("Length", length(item.characters));
    const text = element("pre", "", pretty(item));
    text.tabIndex = 0; // a long text scrolls, which must work from the keyboard too
    text.setAttribute("role", "region");
    text.setAttribute("aria-label", "Data");
    detail.append(facts, text);
    if (item.characters > item.data.length) {
      detail.append(element("p", "muted", `The first ${count(item.data.length)} characters are kept here.`));
    }
  }

  details.append(detail);
}

function pretty(item) {
  // A number alone would lose digits on its way through JSON.parse; only objects and lists gain by being laid out.
  if (/^\s*[[{]/.test(item.data) && item.characters === item.data.length && !losesDigits(item.data)) {
    try {
      return JSON.stringify(JSON.parse(item.data), null, 2);
    } catch {
      // Not JSON after all: shown as it came.
    }
  }

  return item.data;
}

/** Numbers that a double cannot hold would be shown as others; a text with such is left as it came. */
const losesDigits = (text) => /\d{16,}|\d\.\d{16,}/.test(text);
