// The case page: a cause and a reason by digit, drafts that survive a reload, rules that light up what they read.

import { isTyping } from "./keys.js";

const form = document.querySelector("form.ruling");
const otherwise = document.getElementById("otherwise");

// --- a ruling in two keys -------------------------------------------------------------------------------------------

function picked(name) {
  return form.querySelector(`[name=${name}]:checked`);
}

function pick(label) {
  const input = label.querySelector("input");
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function setAction(value) {
  const input = form.querySelector(`[name=action][value=${value}]`);
  if (input) input.checked = true;
}

// A cause that settles the question says whether straight through was right. Else the same cause as suggested means the
// other answer, for the suggested ruling has a key of its own; and another cause keeps the suggested answer.
function inferAction(flipped) {
  const cause = picked("cause");
  if (!cause) return;
  const suggested = form.dataset.suggestedAction;
  let action = cause.dataset.settles;
  if (!action && suggested) {
    const other = suggested === "accepted" ? "corrected" : "accepted";
    const departs = cause.value === form.dataset.suggestedCause;
    action = departs !== flipped ? other : suggested;
  } else if (!action && flipped) {
    action = "corrected";
  }
  if (action) setAction(action);
}

let step = "cause";

// After the first key only the chosen cause stays, so that the reasons are in sight; Esc brings the others back.
function showStep(byKey) {
  for (const label of form.querySelectorAll("[data-choices=cause] label")) {
    label.classList.toggle("ruled-out", byKey && step === "reason_code" && !label.querySelector("input").checked);
  }
}

function digit(event) {
  // With Shift the digit is told from the place of the key, whatever sign is printed there.
  const found = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  return found ? found[1] : null;
}

if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.name === "cause") {
      step = "reason_code";
      if (!picked("action") || form.dataset.suggestedAction || event.target.dataset.settles) inferAction(false);
    }
    if (event.target.name === "action") {
      const settled = picked("cause")?.dataset.settles;
      if (settled && settled !== event.target.value) picked("cause").checked = false;
    }
    keep();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.documentElement.classList.contains("keyless") || document.querySelector("dialog[open]")) return;
    if (event.key === "+" || event.key === "-") { setAction(event.key === "+" ? "accepted" : "corrected"); event.preventDefault(); return; }
    if (event.key === "Escape") { step = "cause"; showStep(true); return; }
    const key = digit(event);
    if (key === null) return;
    event.preventDefault();
    otherwise.open = true;
    const label = form.querySelector(`[data-choices=${step}] label[data-digit="${key}"]`);
    if (!label) return;
    const ends = step === "reason_code";
    pick(label);
    if (!ends) {
      inferAction(event.shiftKey);
      showStep(true);
      form.querySelector("[data-choices=reason_code]").scrollIntoView({ block: "nearest" });
      return;
    }
    // The second key sends the ruling, unless something is still missing, which the browser then points at.
    if (label.querySelector("input").value === "other" && !form.elements.comment.value.trim()) form.elements.comment.focus();
    else form.requestSubmit();
  });
}

// --- drafts ---------------------------------------------------------------------------------------------------------

const PREFIX = "triage.draft.";
const here = document.querySelector("[data-case]")?.dataset.case;
const drafted = document.querySelector("form[data-draft]");

function keep() {
  if (!drafted) return;
  const fields = Object.fromEntries([...new FormData(drafted)].filter(([name]) => !["csrf_token", "queue", "approve"].includes(name)));
  localStorage.setItem(PREFIX + here, JSON.stringify({ fields, at: Date.now() }));
}

function restore() {
  const found = localStorage.getItem(PREFIX + here);
  if (!found) return;
  const { fields } = JSON.parse(found);
  let changed = false;
  for (const [name, value] of Object.entries(fields)) {
    for (const input of drafted.querySelectorAll(`[name="${name}"]`)) {
      if (input.type === "radio") {
        if (input.value === value) { changed ||= !input.checked; input.checked = true; }
      } else if (input.type !== "hidden" && value) { input.value = value; changed = true; }
    }
  }
  const fold = drafted.closest("details");
  if (changed && fold) fold.open = true;
}

// What was sent is kept until another page of a case shows that it arrived; what was never sent, for a week.
for (const name of Object.keys(localStorage)) {
  if (!name.startsWith(PREFIX)) continue;
  try {
    const draft = JSON.parse(localStorage.getItem(name));
    const gone = name !== PREFIX + here && draft.sent;
    if (gone || Date.now() - draft.at > 7 * 86400e3) localStorage.removeItem(name);
  } catch { localStorage.removeItem(name); }
}
if (drafted) {
  restore();
  drafted.addEventListener("input", keep);
  drafted.addEventListener("submit", () => {
    keep();
    const draft = JSON.parse(localStorage.getItem(PREFIX + here));
    localStorage.setItem(PREFIX + here, JSON.stringify({ ...draft, sent: true }));
  });
} else if (here) localStorage.removeItem(PREFIX + here);

// --- a rule lights up the fields it read ----------------------------------------------------------------------------

function light(rule, on) {
  for (const name of (rule.dataset.reads || "").split(" ").filter(Boolean)) {
    for (const field of document.querySelectorAll(`[data-fields~="${name}"]`)) field.classList.toggle("lit", on);
  }
}
for (const rule of document.querySelectorAll("[data-reads]")) {
  for (const [name, on] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]]) {
    rule.addEventListener(name, () => light(rule, on));
  }
}

// --- who else is looking --------------------------------------------------------------------------------------------

const shown = document.getElementById("presence");
const token = document.querySelector("meta[name=csrf-token]")?.content;

async function beat() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(`/cases/${here}/presence`, { method: "POST", headers: { "x-csrf-token": token } });
      const { others } = answer.ok ? await answer.json() : { others: [] };
      const text = others.length ? `${others.join(", ")} ${others.length > 1 ? "are" : "is"} looking` : "";
      if (shown.textContent !== text) shown.textContent = text;
    } catch { /* The next beat tries again. */ }
  }
  setTimeout(beat, 15000);
}
if (here && token && document.body.querySelector("[data-present]")) beat();

// --- files ----------------------------------------------------------------------------------------------------------

const chooser = document.querySelector("input[data-attach]");
chooser?.addEventListener("change", async () => {
  const said = document.getElementById("attach-said");
  for (const file of chooser.files) {
    said.textContent = `Sending ${file.name} …`;
    const answer = await fetch(`/cases/${here}/attachments?name=${encodeURIComponent(file.name)}`, {
      method: "POST", headers: { "x-csrf-token": token, "content-type": "application/octet-stream" }, body: file,
    });
    if (!answer.ok) { said.textContent = `${file.name}: ${(await answer.json()).detail}`; return; }
  }
  location.reload();
});
