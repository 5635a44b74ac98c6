// A plain Node server. Prints its port once it listens.
import { createServer } from "node:http";

const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/plain", "content-length": 18 });
  response.end("hello from faasta\n");
});
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
