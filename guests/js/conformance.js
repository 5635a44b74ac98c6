// The paths of the conformance guests (guests/README.md) in JavaScript.
addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname === "/error") throw new Error("boom before an answer was promised");
  event.respondWith(answer(event));
});

async function answer(event) {
  const request = event.request;
  const url = new URL(request.url);
  const bytes = Number(url.searchParams.get("bytes") ?? 0);
  const count = Number(url.searchParams.get("n") ?? 1);
  switch (url.pathname) {
    case "/":
      return new Response("hello\n", { headers: { "content-type": "text/plain" } });
    case "/seen":
      return new Response(seen(request));
    case "/count": {
      const text = `${(await request.arrayBuffer()).byteLength} bytes\n`;
      return new Response(text, { headers: { "content-length": String(text.length) } });
    }
    case "/echo":
      return new Response(await request.arrayBuffer());
    case "/relay":
      return new Response(request.body);
    case "/unread":
      return new Response("not read\n");
    case "/status": {
      const length = url.searchParams.get("length");
      return new Response(null, { status: Number(url.searchParams.get("code")), headers: length === null ? {} : { "content-length": length } });
    }
    case "/parts":
      return new Response(parts(count, bytes));
    case "/sized":
      return new Response("s".repeat(bytes), { headers: { "content-length": String(bytes) } });
    case "/late":
      event.waitUntil(new Promise((done) => setTimeout(done, Number(url.searchParams.get("ms")))));
      return new Response("answered\n");
    case "/fail":
      await null;
      throw new Error("boom before the head");
    case "/fail-after":
      return new Response(parts(1, 10, new Error("boom after the head")));
    case "/head": {
      const headers = new Headers();
      for (let n = 0; n < count; n++) headers.set(`x-head-${n}`, "h".repeat(bytes));
      return new Response(null, { headers });
    }
    case "/cookies": {
      const headers = new Headers();
      headers.append("set-cookie", "a=1; path=/; httponly");
      headers.append("set-cookie", "b=2");
      return new Response(null, { headers });
    }
    case "/redirect":
      return new Response(null, { status: 302, headers: { location: "/seen?from=a b" } });
    default:
      return new Response("nothing here\n", { status: 404 });
  }
}

// The request line, and the fields that a test may send.
function seen(request) {
  let text = `${request.method} ${request.url}\n`;
  for (const [name, value] of request.headers)
    if (name.startsWith("x-") && !/^x-(f|re)/.test(name)) text += `${name}: ${value}\n`;
  return text;
}

function parts(count, bytes, error) {
  return new ReadableStream({
    async pull(controller) {
      if (count-- > 0) return controller.enqueue(new Uint8Array(bytes).fill(112));
      if (!error) return controller.close();
      await new Promise((done) => setTimeout(done, 20));
      controller.error(error);
    },
  });
}
