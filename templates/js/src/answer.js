/** Answers a request. `variable(name)` is a variable of `[env]` in faasta.toml, or a secret. */
export async function answer(request, variable) {
  const { pathname } = new URL(request.url);
  console.log(`${request.method} ${pathname}`); // read it with: faasta logs {{name}}

  switch (pathname) {
    case "/":
      return text(200, `${variable("GREETING")} from {{name}}\n`);
    case "/upstream":
      return relay(variable("UPSTREAM"));
    default:
      return text(404, "there is nothing here\n");
  }
}

/** Answers with the answer of another server. `[allow]` in faasta.toml lists the servers. */
async function relay(url) {
  try {
    const response = await fetch(url);
    return text(response.status, await response.text());
  } catch (error) {
    return text(502, `${url}: ${error}\n`);
  }
}

function text(status, body) {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
