// Tells whether the page is connected, in the bar at the top; to a screen reader only when the state becomes another.

import { count } from "./format.js";

export class ConnectionState {
  #box = document.getElementById("connection");
  #text = document.getElementById("connection-text");
  #button = document.getElementById("reconnect");
  #reconnects = document.getElementById("reconnects");
  #gaps = document.getElementById("gaps");
  #announce;
  #state = { name: "connecting" };
  #announced = "";
  #countdown = 0;
  #reconnectCount = 0;
  #gapCount = 0;

  constructor({ announce, onReconnect }) {
    this.#announce = announce;
    this.#button.addEventListener("click", onReconnect);
    addEventListener("online", onReconnect);
    addEventListener("offline", () => this.show(this.#state));
  }

  countGap() {
    this.#gaps.textContent = count(++this.#gapCount);
    this.#gaps.parentElement.classList.add("raised");
  }

  show(state) {
    this.#state = state;
    if (state.name === "live" && state.outage !== null) this.#reconnects.textContent = count(++this.#reconnectCount);
    // A browser without a network may still reach a hub on its own machine: it is offline only if nothing flows.
    const offline = !navigator.onLine && (state.name === "retrying" || state.name === "waiting");
    const shown = offline ? "offline" : state.name;
    clearInterval(this.#countdown);
    this.#box.dataset.state = shown;
    this.#button.hidden = state.name !== "waiting" && state.name !== "refused";
    document.title = shown === "live" ? "Curlew" : `(${titles[shown]}) Curlew`;
    if (shown === "waiting") {
      this.#countDown();
      this.#countdown = setInterval(() => this.#countDown(), 500);
    } else {
      this.#text.textContent = texts[shown];
    }

    this.#box.title = state.reason ?? "";
    this.#say(shown);
  }

  #countDown() {
    const seconds = Math.max(0, Math.ceil((this.#state.retryAt - performance.now()) / 1_000));
    this.#text.textContent = `Reconnecting in ${seconds} s`;
  }

  // Between two attempts the state goes to and fro; one sentence for all of that is enough.
  #say(shown) {
    const sentence = sentences[shown];
    if (sentence === this.#announced) return;
    this.#announced = sentence;
    this.#announce(sentence);
  }
}

const texts = { connecting: "Connecting…", live: "Live", retrying: "Reconnecting…", offline: "Offline", refused: "Not connected" };
const titles = { connecting: "connecting", retrying: "reconnecting", waiting: "reconnecting", offline: "offline", refused: "not connected" };
const sentences = {
  connecting: "Connecting to the hub.",
  live: "Connected: events are live.",
  retrying: "The connection was lost. Reconnecting.",
  waiting: "The connection was lost. Reconnecting.",
  offline: "Offline. The page reconnects when the network is back.",
  refused: "The hub refused this filter.",
};
