// A log line as a row: its fields, of which address, user and host lead to everything else that is known of them.

import { badge, element, timeText, visible } from "./dom.js";

export const pivotFields = ["address", "user", "host"];

/** A button that searches for a value, or nothing where there is none. */
export function pivotButton(field, value, pivot) {
  if (!value) return "";
  const button = element("button", { type: "button", className: "pivot", title: `All lines of this ${field}` }, visible(value));
  button.addEventListener("click", () => pivot(field, value));
  return button;
}

export function recordRow(record, pivot) {
  return element(
    "li",
    { className: "record", dataset: { severity: record.severity }, title: visible(record.raw) },
    element("time", { dateTime: record.time }, timeText(record.time)),
    badge(record.severity),
    element("span", { className: "source" }, visible(record.source)),
    element("span", { className: "pivots" }, ...pivotFields.map((field) => pivotButton(field, record[field], pivot))),
    element("span", { className: "message" }, visible(record.message)),
  );
}
