// The list of events, newest first: bounded, paused at will, and filled once per frame however fast events come.

import { createRow, fillDetail } from "./event-row.js";
import { count } from "./format.js";

export const maxRows = 500;

// A flash on each row tells what is new while events trickle; in a flood it would only flicker and cost time.
const maxHighlighted = 8;

export class EventList {
  #rows = document.getElementById("rows");
  #scroller = document.getElementById("scroller");
  #empty = document.getElementById("empty");
  #toNewest = document.getElementById("to-newest");
  #received = document.getElementById("received");
  #shown = document.getElementById("shown");
  #waiting = document.getElementById("waiting");
  #pauseLabel = document.getElementById("pause-label");
  #onFilter;
  #items = new WeakMap();
  #queue = [];
  #receivedCount = 0;
  #waitingCount = 0;
  #paused = false;
  #frame = 0;
  #reachable = null;

  constructor({ onFilter }) {
    this.#onFilter = onFilter;
    // "toggle" does not bubble, but it can be captured: one listener for all rows.
    this.#rows.addEventListener("toggle", (event) => this.#opened(event.target), true);
    this.#rows.addEventListener("keydown", (event) => this.#move(event));
    this.#rows.addEventListener("focusin", (event) => this.#makeReachable(event.target.closest("summary") ?? this.#reachable));
    this.#scroller.addEventListener("scroll", () => this.#showWayBack(), { passive: true });
    this.#toNewest.addEventListener("click", () => this.focusNewest());
  }

  get paused() {
    return this.#paused;
  }

  /** How many events came while paused. */
  get waiting() {
    return this.#waitingCount;
  }

  addEvent(item) {
    this.#receivedCount++;
    if (this.#paused) this.#waitingCount++;
    this.#add(item);
  }

  addNotice(item) {
    this.#add(item);
  }

  pause() {
    this.#paused = true;
    this.#pauseLabel.textContent = "Resume";
    this.#schedule();
  }

  resume() {
    this.#paused = false;
    this.#waitingCount = 0;
    this.#pauseLabel.textContent = "Pause";
    this.#schedule();
  }

  /** Empties the list, and what waits to enter it. */
  clear() {
    this.#queue.length = 0;
    this.#waitingCount = 0;
    this.#rows.replaceChildren();
    this.#reachable = null;
    this.#schedule();
  }

  focusNewest() {
    this.#scroller.scrollTop = 0;
    this.#rows.querySelector("summary")?.focus({ preventScroll: true });
  }

  #add(item) {
    // Only the newest can ever be shown, so older ones are let go before they cost a row. Trimming at twice the bound
    // makes its cost vanish per event.
    if (this.#queue.push(item) >= 2 * maxRows) this.#queue.splice(0, this.#queue.length - maxRows);
    this.#schedule();
  }

  // No frames come while the tab is hidden: the queue is bounded, and the list is brought up to date when it is seen again.
  #schedule() {
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#render();
      });
    }
  }

  #render() {
    if (!this.#paused && this.#queue.length > 0) this.#insert(this.#queue.splice(0).slice(-maxRows));
    const rows = this.#rows.childElementCount;
    this.#received.textContent = count(this.#receivedCount);
    this.#shown.textContent = count(rows);
    this.#empty.hidden = rows > 0;
    this.#waiting.hidden = !this.#paused;
    this.#waiting.textContent = `${count(this.#waitingCount)} waiting`;
    this.#showWayBack();
  }

  #insert(batch) {
    const focused = this.#rows.contains(document.activeElement);
    for (let surplus = this.#rows.childElementCount + batch.length - maxRows; surplus > 0 && this.#rows.lastChild; surplus--) {
      this.#rows.lastChild.remove();
    }

    const fragment = new DocumentFragment();
    for (let index = batch.length - 1; index >= 0; index--) {
      const row = createRow(batch[index]);
      if (batch.length <= maxHighlighted) row.classList.add("new");
      this.#items.set(row.firstChild, batch[index]);
      fragment.append(row);
    }

    this.#rows.prepend(fragment);
    if (focused && !this.#rows.contains(document.activeElement)) {
      // The focused row has left the list at its end: the focus stays in the list rather than being lost.
      this.#rows.lastChild.querySelector("summary").focus({ preventScroll: true });
    } else if (!focused) {
      this.#makeReachable(this.#rows.querySelector("summary"));
    }
  }

  // The list is one stop of the Tab key, however long it is; the arrow keys move within it.
  #makeReachable(summary) {
    if (summary === this.#reachable) return;
    if (this.#reachable) this.#reachable.tabIndex = -1;
    if (summary) summary.tabIndex = 0;
    this.#reachable = summary;
  }

  #move(event) {
    const summary = event.target;
    if (summary.localName !== "summary" || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = summary.closest("li");
    const details = summary.parentElement;
    const target = {
      ArrowDown: row.nextElementSibling,
      ArrowUp: row.previousElementSibling,
      Home: this.#rows.firstElementChild,
      End: this.#rows.lastElementChild,
    }[event.key];
    if (target !== undefined) target?.querySelector("summary").focus();
    else if (event.key === "ArrowRight") details.open = true;
    else if (event.key === "ArrowLeft") details.open = false;
    else return;
    event.preventDefault();
  }

  #opened(details) {
    if (details.open && details.childElementCount === 1) fillDetail(details, this.#items.get(details), this.#onFilter);
  }

  #showWayBack() {
    this.#toNewest.hidden = this.#scroller.scrollTop < 200;
  }
}
