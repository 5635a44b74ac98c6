// Follows the log of a function. The page works without it.
const list = document.getElementById("log");
const state = document.getElementById("log-state");
const mostLines = 500;

function show(entry) {
  const line = document.createElement("li");
  const time = (entry.time || "").slice(11, 23);
  if (entry.kind === "call") {
    const bad = entry.outcome !== "ok" || entry.status >= 500;
    line.textContent = `${time} ${entry.method} ${entry.path} ${entry.status} ${entry.outcome} ${entry.duration_ms} ms${entry.cold ? " cold" : ""}`;
    if (bad) line.className = "bad";
  } else if (entry.kind === "gap") {
    line.textContent = `${entry.missed_bytes} bytes are not in the log any more`;
  } else {
    line.textContent = `${time} ${entry.kind} ${entry.text || ""}`;
  }
  const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
  list.append(line);
  while (list.childElementCount > mostLines) list.firstElementChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

const source = new EventSource(list.dataset.log);
source.onopen = () => { state.textContent = "The newest lines, as they come."; };
source.onerror = () => { state.textContent = source.readyState === EventSource.CLOSED ? "The log has ended. Load the page again." : "The connection is lost; trying again."; };
source.onmessage = (message) => show(JSON.parse(message.data));
