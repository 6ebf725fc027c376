// Your work: counts of queues as they change. Without scripts the page shows those of when it was opened.

const COUNTS = ["open", "claimed", "approval", "overdue", "at_risk", "on_track"];
const note = document.getElementById("live-note");

function show(queues) {
  const totals = Object.fromEntries(COUNTS.map((name) => [name, 0]));
  let unseen = false;
  for (const queue of queues) {
    for (const name of COUNTS) totals[name] += queue[name];
    const row = document.querySelector(`[data-live-queue="${CSS.escape(queue.queue)}"]`);
    if (!row) {
      unseen ||= queue.open > 0 || queue.approval > 0;
      continue;
    }
    for (const place of row.querySelectorAll("[data-live]")) put(place, queue[place.dataset.live]);
    const take = row.querySelector("[data-live-take]");
    if (take) take.disabled = queue.open === 0;
  }
  for (const place of document.querySelectorAll("[data-live-total]")) put(place, totals[place.dataset.liveTotal]);
  // A queue that was empty has no row yet.
  if (note) note.hidden = !unseen;
}

function put(place, count) {
  const text = String(count);
  if (place.textContent !== text) place.textContent = text;
}

if (document.querySelector("[data-live-queue], [data-live-total]")) {
  const source = new EventSource("/live/queues");
  source.addEventListener("queues", (event) => show(JSON.parse(event.data)));
  // A hidden page needs no connection.
  addEventListener("pagehide", () => source.close());
}
