// The connections of the hub: brought up to date with the figures while it is open, and one of them closed at a press of its button.
//
// The hub sends those that need an eye first, so rows would change places as one reads. While the pointer or the focus is
// among them they therefore stay where they are: figures move on, and what has ended is marked.

import { readProblem } from "./stream.js";
import { bytes, count, duration, plural } from "./format.js";

export class ConnectionList {
  #panel = document.getElementById("streams");
  #toggle = document.getElementById("streams-toggle");
  #note = document.getElementById("streams-note");
  #body = document.getElementById("streams-rows");
  #count = document.getElementById("streams-count");
  #addressOf;
  #announce;
  #rows = new Map();
  #reachable = null;

  constructor({ addressOf, announce, onOpen }) {
    this.#addressOf = addressOf;
    this.#announce = announce;
    this.#panel.addEventListener("toggle", () => {
      if (this.isOpen) void onOpen();
    });
    this.#body.addEventListener("keydown", (event) => this.#move(event));
    this.#body.addEventListener("focusin", (event) => this.#makeReachable(event.target));
  }

  get isOpen() {
    return this.#panel.open;
  }

  toggle() {
    this.#panel.open = !this.#panel.open;
    this.#toggle.focus();
  }

  /** Takes the hub's figures, or null where there are none: what is shown then stays. */
  show(stats) {
    if (stats === null) return;
    this.#note.textContent = count(stats.connections);
    if (!stats.list) return;
    const { total, behind, shown } = stats.list;
    this.#note.textContent = behind === 0 ? count(total) : `${count(total)}, ${count(behind)} behind`;
    const isHeld = this.#body.matches(":hover, :focus-within");
    const extent = total > shown.length
      ? `${count(shown.length)} of ${plural(total, "connection")}: those that are behind, then the oldest`
      : plural(total, "connection");
    this.#count.textContent = isHeld ? `${extent}. Rows stay in place while the pointer or the focus is among them.` : extent;
    if (isHeld) this.#updateInPlace(shown);
    else this.#arrange(shown);
  }

  #updateInPlace(shown) {
    const current = new Map(shown.map((connection) => [connection.id, connection]));
    for (const [id, row] of this.#rows) {
      if (current.has(id)) fill(row, current.get(id));
      else markEnded(row);
    }
  }

  #arrange(shown) {
    const rows = new Map();
    for (const connection of shown) {
      const row = this.#rows.get(connection.id) ?? this.#createRow(connection);
      fill(row, connection);
      rows.set(connection.id, row);
    }

    this.#rows = rows;
    this.#body.replaceChildren(...rows.values());
    if (this.#reachable === null || !this.#reachable.isConnected) this.#makeReachable(this.#body.querySelector("button"));
  }

  #createRow(connection) {
    const row = document.createElement("tr");
    const topics = document.createElement("th");
    topics.scope = "row";
    row.append(topics);
    for (let column = 1; column < 7; column++) row.append(document.createElement("td"));
    const cell = document.createElement("td");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = "Close";
    button.tabIndex = -1;
    button.title = "Ends this connection. Its client comes back by itself, with its last id.";
    button.setAttribute("aria-label", `Close the connection of ${connection.address ?? "an unknown address"} to ${nameOf(connection)}`);
    button.addEventListener("click", () => void this.#close(connection.id, row, button));
    cell.append(button);
    row.append(cell);
    return row;
  }

  // Not disabled while it is sent: a disabled button loses the focus.
  async #close(id, row, button) {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    try {
      const response = await fetch(this.#addressOf(id), {
        method: "POST",
        headers: { Accept: "application/problem+json" },
        signal: AbortSignal.timeout(15_000),
      });
      if (response.ok) {
        this.#announce("Closed. The client comes back by itself.");
        row.classList.add("closing");
      } else {
        this.#announce(`Not closed. ${(await readProblem(response)).reason}`);
        button.removeAttribute("aria-disabled");
      }
    } catch {
      this.#announce("Not closed, as far as this page knows: the hub did not answer.");
      button.removeAttribute("aria-disabled");
    }
  }

  // The list is one stop of the Tab key, however long it is; the arrow keys move within it.
  #makeReachable(button) {
    if (button === this.#reachable) return;
    if (this.#reachable) this.#reachable.tabIndex = -1;
    if (button) button.tabIndex = 0;
    this.#reachable = button;
  }

  #move(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const row = event.target.closest("tr");
    const target = {
      ArrowDown: row.nextElementSibling,
      ArrowUp: row.previousElementSibling,
      Home: this.#body.firstElementChild,
      End: this.#body.lastElementChild,
    }[event.key];
    if (target === undefined) return;
    target?.querySelector("button").focus();
    event.preventDefault();
  }
}

const nameOf = (connection) => connection.topics.join(", ") || connection.path;

function fill(row, connection) {
  const [topics, state, age, sent, address, user, lastId, action] = row.children;
  const types = connection.types.length === 0 ? "" : `, of the type ${connection.types.join(" or ")}`;
  write(topics, nameOf(connection), `${nameOf(connection)}${types}, at ${connection.path}`);
  write(state, stateOf(connection));
  state.classList.toggle("behind", !connection.isLive || connection.stuckSeconds > 0);
  write(age, duration(connection.ageSeconds));
  write(sent, bytes(connection.bytes), plural(connection.events, "event"));
  write(address, connection.address ?? "–");
  write(user, connection.user ?? "–", connection.user ?? "");
  write(lastId, connection.lastId ?? "–");
  if (connection.isClosing) action.firstChild.setAttribute("aria-disabled", "true");
}

function stateOf(connection) {
  if (connection.isClosing) return "closing";
  if (connection.stuckSeconds > 0) return `stuck for ${duration(connection.stuckSeconds)}`;
  if (!connection.isLive) return connection.lagSeconds < 1 ? "catching up" : `behind by ${duration(connection.lagSeconds)}`;
  return connection.queued > 0 ? `${count(connection.queued)} waiting` : "live";
}

function markEnded(row) {
  write(row.children[1], "ended");
  row.children[1].classList.remove("behind");
  row.lastElementChild.firstChild.setAttribute("aria-disabled", "true");
}

function write(cell, text, title = "") {
  if (cell.textContent !== text) cell.textContent = text;
  if (cell.title !== title) cell.title = title;
}
