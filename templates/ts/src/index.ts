import { get } from "wasi:config/store@0.2.0-rc.1";
import { answer } from "./answer";

// Called once for each request, each time in a new instance: nothing is kept from one call to the next. This module runs
// once, at the build; so read variables in the handler, and not here.
addEventListener("fetch", (event) => event.respondWith(answer(event.request, get)));
