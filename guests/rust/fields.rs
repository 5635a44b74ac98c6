//! Unusual response heads, by query: `?cookies`, `?empty`, `?obs-text`, `?many=N`, `?big=BYTES`, `?status=N`, or any
//! number of `?set=name:value`. A name that the host refuses is in the field `x-refused`.

use guest::{Guest, number, target};
use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

struct Odd;
wasip2::http::proxy::export!(Odd);

impl Guest for Odd {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let fields = Fields::new();
        let target = target(&request);
        for wish in target.split(['?', '&']).skip(1) {
            for (name, value) in wished(wish) {
                if let Err(error) = fields.append(&name, &value) {
                    let _ = fields.append("x-refused", format!("{name}: {error:?}").as_bytes());
                }
            }
        }
        let response = OutgoingResponse::new(fields);
        let status = number(&request, "status", 200) as u16;
        let text = match response.set_status_code(status) {
            Ok(()) => "odd\n".to_string(),
            Err(()) => format!("status {status} refused\n"),
        };
        let body = response.body().unwrap();
        ResponseOutparam::set(out, Ok(response));
        let stream = body.write().unwrap();
        let _ = stream.blocking_write_and_flush(text.as_bytes());
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
}

fn wished(wish: &str) -> Vec<(String, Vec<u8>)> {
    let (name, value) = wish.split_once('=').unwrap_or((wish, ""));
    let n: usize = value.parse().unwrap_or(0);
    let field = |name: &str, value: &[u8]| (name.to_string(), value.to_vec());
    match name {
        "cookies" => vec![field("set-cookie", b"a=1"), field("set-cookie", b"b=2")],
        "empty" => vec![field("x-empty", b"")],
        "obs-text" => vec![field("x-obs-text", b"caf\xe9")],
        "many" => (0..n)
            .map(|i| field(&format!("x-many-{i}"), b"1"))
            .collect(),
        "big" => vec![field("x-big", &vec![b'b'; n])],
        "set" => value
            .split_once(':')
            .map(|(name, value)| field(name, value.as_bytes()))
            .into_iter()
            .collect(),
        _ => vec![],
    }
}
