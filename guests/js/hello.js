// A function in JavaScript. It uses the interfaces of the Web, which StarlingMonkey implements.
addEventListener("fetch", (event) =>
  event.respondWith(new Response("hello from faasta\n", { headers: { "content-type": "text/plain" } })));
