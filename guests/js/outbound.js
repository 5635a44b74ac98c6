// Sends requests with `fetch`. `?url=` relays the answer of that URL; with `&size=N`, the request is a POST with a body
// of N bytes. `&times=N` sends N requests, one after the other, and returns the number of answers. A failure is a 502
// with the reason.
addEventListener("fetch", (event) => event.respondWith(answer(new URL(event.request.url).searchParams)));

async function answer(query) {
  const url = query.get("url");
  if (!url) return new Response("where to? ?url=http://...\n", { status: 400 });
  const size = Number(query.get("size") ?? 0);
  const times = query.get("times");
  if (times === null) {
    try {
      const response = await send(url, size);
      return new Response(await response.text(), { status: response.status });
    } catch (error) {
      return new Response(`${error}\n`, { status: 502 });
    }
  }
  const errors = [];
  for (let n = 0; n < Number(times); n++) {
    try {
      await (await send(url, size)).text();
    } catch (error) {
      errors.push(error);
    }
  }
  const reason = errors.length ? `, ${errors[0]}` : "";
  const text = `${Number(times) - errors.length} answered, ${errors.length} failed${reason}\n`;
  return new Response(text, { status: errors.length ? 502 : 200 });
}

function send(url, size) {
  return size > 0 ? fetch(url, { method: "POST", body: "x".repeat(size) }) : fetch(url);
}
