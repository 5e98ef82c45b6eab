// The form that publishes an event. What the hub objects to is shown next to the field that it names.

import { readProblem } from "./stream.js";

const fieldNames = { topics: "topic", topic: "topic", type: "type", data: "data" };

export class PublishForm {
  #address;
  #form = document.getElementById("publish");
  #result = document.getElementById("publish-result");
  #fields = Object.fromEntries(["topic", "type", "data"].map((name) => [name, document.getElementById(`publish-${name}`)]));
  #sending = false;

  constructor(address) {
    this.#address = address;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        void this.#send();
      }
    });
    this.#form.addEventListener("input", (event) => this.#clearProblem(event.target));
    if (/mac|iphone|ipad/i.test(navigator.platform)) document.getElementById("send-modifier").textContent = "⌘";
  }

  focus() {
    this.#fields.topic.focus();
  }

  async #send() {
    if (this.#sending) return;
    Object.values(this.#fields).forEach((field) => this.#clearProblem(field));
    const topics = this.#fields.topic.value.split(",").map((topic) => topic.trim()).filter((topic) => topic !== "");
    if (topics.length === 0) {
      this.#show(false, "Not published.");
      this.#showProblem("topic", "A topic is needed.");
      return;
    }

    // The text goes as it was typed: the hub sends a string as its text, so JSON stays the JSON that it is.
    const event = { topics, data: this.#fields.data.value };
    if (this.#fields.type.value.trim() !== "") event.type = this.#fields.type.value.trim();
    this.#sending = true;
    this.#show(true, "Publishing…");
    try {
      const response = await fetch(this.#address, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json, application/problem+json" },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(15_000),
      });
      if (response.ok) this.#show(true, `Published as ${(await response.json()).id}`);
      else this.#showRefusal(await readProblem(response));
    } catch {
      this.#show(false, "Not published, as far as this page knows: the hub did not answer. Your text is still here.");
    } finally {
      this.#sending = false;
    }
  }

  #showRefusal({ reason, errors, retryAfter }) {
    const unplaced = [];
    for (const [name, messages] of Object.entries(errors)) {
      const field = fieldNames[/^\$?\.?([a-z]+)/i.exec(name)?.[1]?.toLowerCase()];
      if (field) this.#showProblem(field, [messages].flat().join(" "));
      else unplaced.push(...[messages].flat());
    }

    const placed = Object.keys(errors).length > 0;
    const rest = placed ? unplaced.join(" ") : reason;
    const later = retryAfter > 0 ? `Try again in ${retryAfter / 1_000} s.` : "";
    this.#show(false, ["Not published.", rest, later].filter(Boolean).join(" "));
    this.#form.querySelector("[aria-invalid]")?.focus();
  }

  #showProblem(name, text) {
    const problem = document.getElementById(`publish-${name}-problem`);
    problem.textContent = text;
    problem.hidden = false;
    this.#fields[name].setAttribute("aria-invalid", "true");
    if (!this.#form.contains(document.activeElement) || name === "topic") this.#fields[name].focus();
  }

  #clearProblem(field) {
    field.removeAttribute("aria-invalid");
    const problem = document.getElementById(`${field.id}-problem`);
    if (problem) problem.hidden = true;
  }

  #show(good, text) {
    this.#result.textContent = text;
    this.#result.classList.toggle("bad", !good);
  }
}
