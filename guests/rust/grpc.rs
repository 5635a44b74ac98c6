//! gRPC without a library: messages with a prefix of five bytes, and the status in trailers. An error is an answer with
//! only a head.

use guest::{Answer, Guest, path};
use wasip2::http::types::{Fields, IncomingRequest, OutgoingResponse, ResponseOutparam};
use wasip2::io::streams::InputStream;

struct Grpc;
wasip2::http::proxy::export!(Grpc);

const TYPE: (&str, &[u8]) = ("content-type", b"application/grpc");

impl Guest for Grpc {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let method = path(&request);
        let body = request.consume().unwrap();
        let messages = Messages {
            from: body.stream().unwrap(),
            bytes: Vec::new(),
        };
        match method.as_str() {
            "/test.Words/Echo" => reply(out, messages.take(1)),
            "/test.Words/Join" => reply(out, std::iter::once(messages.flatten().collect())),
            "/test.Words/Split" => {
                let all: Vec<u8> = messages.flatten().collect();
                let words: Vec<Vec<u8>> = all.split(|c| *c == b' ').map(<[u8]>::to_vec).collect();
                reply(out, words.into_iter());
            }
            "/test.Words/Chat" => reply(out, messages.map(|word| word.to_ascii_uppercase())),
            "/test.Words/Fail" => refuse(out, b"5", b"no such word"), // NOT_FOUND
            _ => refuse(out, b"12", b"no such method"),               // UNIMPLEMENTED
        }
    }
}

/// Sends each message as soon as the iterator yields it, then status 0.
fn reply(out: ResponseOutparam, messages: impl Iterator<Item = Vec<u8>>) {
    let mut answer = Answer::start(out, 200, &[TYPE]);
    for message in messages {
        let mut framed = vec![0]; // not compressed
        framed.extend((message.len() as u32).to_be_bytes());
        framed.extend(message);
        if !answer.send(&framed) {
            return;
        }
    }
    let trailers = Fields::new();
    trailers.append("grpc-status", b"0").unwrap();
    answer.finish(Some(trailers));
}

/// "Trailers-Only": the status is in the head, and there is no body.
fn refuse(out: ResponseOutparam, status: &[u8], message: &[u8]) {
    let fields = Fields::new();
    fields.append(TYPE.0, TYPE.1).unwrap();
    fields.append("grpc-status", status).unwrap();
    fields.append("grpc-message", message).unwrap();
    ResponseOutparam::set(out, Ok(OutgoingResponse::new(fields)));
}

/// Reads the messages of a request while they arrive.
struct Messages {
    from: InputStream,
    bytes: Vec<u8>,
}

impl Iterator for Messages {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some((prefix, rest)) = self.bytes.split_first_chunk::<5>() {
                let length = u32::from_be_bytes(prefix[1..].try_into().unwrap()) as usize;
                if rest.len() >= length {
                    let message = rest[..length].to_vec();
                    self.bytes.drain(..5 + length);
                    return Some(message);
                }
            }
            self.bytes.extend(self.from.blocking_read(1 << 16).ok()?);
        }
    }
}
