const [form, cancel, state, progress, percent, errors] =
  ["#import", "#cancel", "#state", "#progress", "#percent", "#errors"].map(id => document.querySelector(id));
const start = document.querySelector("#start");
const MAX_ERRORS = 1000;

let upload = null;
let source = null;

form.addEventListener("submit", async e => {
  e.preventDefault();
  errors.replaceChildren();
  move(0);
  running(true);
  state.textContent = "Uploading.";
  upload = new AbortController();
  try {
    const response = await fetch("/imports", {
      method: "POST",
      headers: { "Content-Type": "text/csv" },
      body: form.elements.file.files[0] ?? example(),
      signal: upload.signal,
    });
    if (!response.ok) throw new Error(`The server answers ${response.status}.`);
    follow(response.headers.get("Location"));
  } catch (error) {
    if (error.name !== "AbortError") end(`The upload failed. ${error.message}`);
  }
});

// To close the stream is to cancel: the server's work ends with it, as it does when the page is closed.
cancel.addEventListener("click", () => {
  upload.abort();
  end("Cancelled.");
});

function follow(url) {
  let step = "";
  source = new EventSource(url);
  source.addEventListener("progress", e => {
    const report = JSON.parse(e.data);
    move(report.percent);
    // Said when it changes, not for every row.
    if (report.step !== step) state.textContent = `${step = report.step}.`;
  });
  source.addEventListener("row-error", e => {
    const { row, fault } = JSON.parse(e.data);
    if (errors.childElementCount >= MAX_ERRORS) return;
    const item = document.createElement("li");
    item.textContent = `Row ${row}: ${fault}`;
    errors.append(item);
  });
  source.addEventListener("complete", e => {
    const { imported, faulty } = JSON.parse(e.data);
    move(100);
    end(`Complete: ${imported} imported, ${faulty} faulty.`);
  });
  source.addEventListener("stream-error", () => end("The import failed."));
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) end("The server does not know this import any more.");
    // The browser comes back with the id of the last event it has, and the import goes on from there.
    else [state.textContent, step] = ["Connection lost. Reconnecting.", ""];
  });
}

function end(text) {
  source?.close();
  source = null;
  state.textContent = text;
  running(false);
}

function running(is) {
  const hadFocus = document.activeElement === start || document.activeElement === cancel;
  start.disabled = is;
  cancel.disabled = !is;
  if (hadFocus) (is ? cancel : start).focus();
}

function move(value) {
  progress.value = value;
  percent.textContent = `${value} %`;
}

function example() {
  return Array.from({ length: 300 }, (_, i) =>
    i % 60 === 59 ? `Customer ${i},nobody,1` : `Customer ${i},customer${i}@example.org,${i}.50`).join("\n");
}
