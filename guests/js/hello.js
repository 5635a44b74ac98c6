// A function in JavaScript: the Web's own interfaces, inside StarlingMonkey.
addEventListener("fetch", (event) =>
  event.respondWith(new Response("hello from faasta\n", { headers: { "content-type": "text/plain" } })));
