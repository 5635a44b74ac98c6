//! Reads variables by wasi:config/store. The path is the name of a variable; "/" answers with all variables as JSON.

use guest::{Answer, Guest, path};
use serde_json::json;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package test:guest;
            world reader { import wasi:config/store@0.2.0-rc.1; }
            package wasi:config@0.2.0-rc.1 {
                interface store {
                    variant error { upstream(string), io(string) }
                    get: func(key: string) -> result<option<string>, error>;
                    get-all: func() -> result<list<tuple<string, string>>, error>;
                }
            }
        ",
        world: "test:guest/reader",
        generate_all,
    });
}
use bindings::wasi::config::store;

struct Config;
wasip2::http::proxy::export!(Config);

impl Guest for Config {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = path(&request);
        let name = path.trim_start_matches('/');
        let answer = if name.is_empty() {
            json!(store::get_all().ok())
        } else {
            json!(store::get(name).ok())
        };
        Answer::json(out, &answer);
    }
}
