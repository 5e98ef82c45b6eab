// The filter by topic and type. Both are the hub's work: the page is sent only what matches. The filter is kept in the
// page's address, so that a view can be reloaded and shared.

const splitList = (text) => text.split(",").map((part) => part.trim()).filter((part) => part !== "");

export class Filter {
  #form = document.getElementById("filter");
  #topic = document.getElementById("filter-topic");
  #type = document.getElementById("filter-type");
  #problem = document.getElementById("filter-problem");
  #onChange;

  constructor({ onChange }) {
    this.#onChange = onChange;
    const given = new URLSearchParams(location.search);
    this.#topic.value = given.getAll("topic").join(", ");
    this.#type.value = given.getAll("type").join(", ");
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#apply();
    });
  }

  /** { topics, types }: no topic means all. */
  get value() {
    const topics = splitList(this.#topic.value);
    return { topics: topics.length === 0 ? ["**"] : topics, types: splitList(this.#type.value) };
  }

  /** Shows only one topic or type. */
  narrow({ topic, type }) {
    if (topic !== undefined) this.#topic.value = topic;
    if (type !== undefined) this.#type.value = type;
    this.#apply();
  }

  showProblem(text) {
    this.#problem.textContent = text;
    this.#problem.hidden = text === "";
    for (const field of [this.#topic, this.#type]) {
      if (text === "") field.removeAttribute("aria-invalid");
      else field.setAttribute("aria-invalid", "true");
    }
  }

  #apply() {
    const address = new URL(location.href);
    address.search = "";
    for (const topic of splitList(this.#topic.value)) address.searchParams.append("topic", topic);
    for (const type of splitList(this.#type.value)) address.searchParams.append("type", type);
    history.replaceState(null, "", address);
    this.showProblem("");
    this.#onChange(this.value);
  }
}
