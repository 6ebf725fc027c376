// What if: a moved slider fetches the page of its value and shows its figures. Without scripts *Show* does the same.

const form = document.getElementById("what-if");
const result = document.getElementById("what-if-result");
let waiting = 0;
let latest = 0;

function say(input) {
  const output = form.querySelector(`output[data-of="${input.name}"]`);
  const percent = output.dataset.unit === "percent";
  output.textContent = percent ? `${(input.value * 100).toFixed(1)}%` : `${input.value}% of today's`;
}

async function redraw() {
  const own = ++latest;
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  result.setAttribute("aria-busy", "true");
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (own !== latest) return;
  // Another replay is running: try again shortly.
  if (answer.status === 503) {
    waiting = setTimeout(redraw, 1500);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("what-if-result");
  if (found) result.replaceChildren(...found.children);
  result.removeAttribute("aria-busy");
  history.replaceState(null, "", address);
}

form.addEventListener("input", (event) => {
  say(event.target);
  clearTimeout(waiting);
  waiting = setTimeout(redraw, 400);
});
