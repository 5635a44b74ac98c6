// A warm isolate's hello, for workerd.
export default {
  fetch() {
    return new Response("hello from faasta\n", { headers: { "content-type": "text/plain" } });
  },
};
