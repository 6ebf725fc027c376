// Keys: every control with data-action is pressed by its key. Which key does what is kept in this browser.

const STORE = "triage.keys";
const root = document.documentElement;
root.classList.add("scripted");

function kept() {
  try { return JSON.parse(localStorage.getItem(STORE)) || {}; } catch { return {}; }
}

const chosen = Object.assign({ on: true, keys: {} }, kept());

function save() {
  localStorage.setItem(STORE, JSON.stringify(chosen));
}

function keyOf(control) {
  return chosen.keys[control.dataset.action] || control.dataset.key;
}

function isSeen(control) {
  return !control.disabled && control.getClientRects().length > 0;
}

export function isTyping(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=hidden])");
}

export function press(control) {
  if (control.matches("textarea, input, select")) control.focus();
  else {
    control.click();
    const fold = control.matches("summary") && control.parentElement;
    if (fold && fold.open && fold.matches(".more")) fold.querySelector("textarea, select, input:not([type=hidden])")?.focus();
  }
}

function show() {
  root.classList.toggle("keyless", !chosen.on);
  for (const control of document.querySelectorAll("[data-action]")) {
    const key = keyOf(control);
    if (chosen.on) control.setAttribute("aria-keyshortcuts", key);
    else control.removeAttribute("aria-keyshortcuts");
    const mark = control.querySelector("kbd");
    if (mark && control.dataset.key !== "Enter") mark.textContent = key;
  }
}

function nameOf(control) {
  const label = control.getAttribute("aria-label") || control.closest("label")?.firstChild?.textContent || control.textContent;
  const mark = control.querySelector("kbd");
  return label.replace(mark ? mark.textContent : "", "").trim();
}

function fill(list) {
  const seen = new Map();
  for (const control of document.querySelectorAll("[data-action]")) {
    if (control.dataset.key !== "Enter" && !seen.has(control.dataset.action)) seen.set(control.dataset.action, control);
  }
  list.replaceChildren(...[...seen].map(([action, control]) => {
    const label = document.createElement("label");
    label.append(nameOf(control));
    const input = document.createElement("input");
    input.value = keyOf(control);
    input.maxLength = 1;
    input.setAttribute("aria-label", `Key for ${nameOf(control)}`);
    input.addEventListener("input", () => {
      const key = input.value.trim();
      if (!key) return;
      const other = [...seen.keys()].find((one) => one !== action && keyOf(seen.get(one)) === key);
      input.setCustomValidity(other || /\d/.test(key) ? "That key does something else already" : "");
      if (!input.reportValidity()) return;
      chosen.keys[action] = key;
      save();
      show();
    });
    label.append(input);
    return label;
  }));
}

const dialog = document.getElementById("keys");
const toggle = document.getElementById("keys-on");
if (dialog) {
  toggle.checked = chosen.on;
  toggle.addEventListener("change", () => { chosen.on = toggle.checked; save(); show(); });
  document.getElementById("keys-reset").addEventListener("click", () => {
    chosen.keys = {};
    save();
    show();
    fill(dialog.querySelector(".keys"));
  });
  document.getElementById("keys-close").addEventListener("click", () => dialog.close());
  document.querySelector("[data-action=help]").addEventListener("click", () => {
    fill(dialog.querySelector(".keys"));
    dialog.showModal();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form");
    if (form && form.method === "post") { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.key === "Escape" && isTyping(event.target)) { event.target.blur(); return; }
  if (!chosen.on || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const found = [...document.querySelectorAll("[data-action]")].filter((one) => keyOf(one) === event.key && isSeen(one));
  if (!found.length || event.key === "Enter") return;
  event.preventDefault();
  press(found[0]);
});

// One press, one act: a form that is on its way is not sent again.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  if (event.target.method === "post") event.target.dataset.sent = "1";
  if (event.target.dataset.forgets === "drafts") {
    for (const name of Object.keys(localStorage)) if (name.startsWith("triage.draft.")) localStorage.removeItem(name);
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What can be undone counts down, and goes.
for (const form of document.querySelectorAll("form[data-seconds]")) {
  const ends = Date.now() + Number(form.dataset.seconds) * 1000;
  const left = document.createElement("span");
  left.className = "left";
  left.setAttribute("aria-hidden", "true");
  form.prepend(left);
  const tick = () => {
    const seconds = Math.ceil((ends - Date.now()) / 1000);
    if (seconds <= 0) { form.remove(); return; }
    left.textContent = `${seconds} s`;
    setTimeout(tick, 250);
  };
  tick();
}

show();
