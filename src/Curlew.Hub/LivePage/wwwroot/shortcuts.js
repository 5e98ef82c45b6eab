// Single-letter keys, and the dialog that lists them. They can be switched off: speech input and slipped fingers type
// letters too (WCAG 2.1.4).

const storageKey = "curlew.keys";

/** actions: a function for each key. Keys typed into a field are text, never commands. */
export function installShortcuts(actions) {
  const help = document.getElementById("help");
  const choice = document.getElementById("keys-on");
  document.getElementById("help-open").addEventListener("click", () => help.showModal());
  choice.checked = readChoice();
  choice.addEventListener("change", () => writeChoice(choice.checked));

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const typing = event.target.matches("input, textarea, select");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }

    const action = event.key === "?" ? () => help.showModal() : actions[event.key];
    if (action === undefined || !choice.checked) return;
    event.preventDefault(); // otherwise the letter would also land in the field that receives the focus
    action();
  });
}

// Storage can be forbidden; the keys then simply start switched on.
function readChoice() {
  try {
    return localStorage.getItem(storageKey) !== "off";
  } catch {
    return true;
  }
}

function writeChoice(on) {
  try {
    localStorage.setItem(storageKey, on ? "on" : "off");
  } catch {
    // The choice then holds until the page is left.
  }
}
