// Elements and texts. Nothing here takes markup: log lines are written by those who attack.

/** Makes an element; children are elements and texts. */
export function element(name, properties = {}, ...children) {
  const created = document.createElement(name);
  const { dataset, ...others } = properties;
  Object.assign(created, others);
  Object.assign(created.dataset, dataset);
  created.append(...children);
  return created;
}

export const byId = (id) => document.getElementById(id);

// Control characters, and those that turn the direction of text: a line must not be able to look like another.
const deceptive = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text from outside, as it may be shown. */
export const visible = (text) => text.replace(deceptive, "\ufffd");

const two = (value) => String(value).padStart(2, "0");

/** The time of day in the reader's zone; with the date if that is another day than today. */
export function timeText(iso) {
  const date = new Date(iso);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

export const severities = ["unknown", "info", "low", "medium", "high", "critical"];

/** How much a severity matters, as a number. */
export const rank = (severity) => severities.indexOf(severity);

/** A badge with the severity's name: colour is never the only sign of it. */
export const badge = (severity) => element("span", { className: "badge", dataset: { severity } }, severity);

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
export const count = (value) => number.format(value);

/** Tells it to a screen reader. */
export function announce(text) {
  byId("announcer").textContent = text;
}

/** Says something to everyone at the top of the page; the newest three stay. */
export function notice(text) {
  const box = byId("notices");
  box.append(element("p", {}, `${timeText(new Date().toISOString())} ${text}`));
  while (box.childElementCount > 3) box.firstElementChild.remove();
}

/** Posts a command; what the server refuses is told at the top of the page. */
export async function post(path) {
  try {
    const answer = await fetch(path, { method: "POST" });
    if (answer.ok) return await answer.json();
    const problem = await answer.json().catch(() => ({}));
    notice(problem.detail ?? `Refused: ${answer.status}`);
  } catch {
    notice("The dashboard does not answer.");
  }

  return null;
}
