# workerd with one warm isolate. The port is given on the command line: --socket-addr http=...
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .hello)],
  sockets = [(name = "http", http = (), service = "main")],
);

const hello :Workerd.Worker = (
  modules = [(name = "hello", esModule = embed "hello.js")],
  compatibilityDate = "2026-01-01",
);
