//! One request in one fresh instance, as a state machine that C++ polls for events.

use crate::allocator;
use crate::asked::Asked;
use crate::body::RequestBody;
use crate::call_memory::CallMemory;
use crate::component::{Code, Component};
use crate::cpu::CpuMeter;
use crate::crash_note;
use crate::engine::Running;
use crate::error::{self, Error, Kind};
use crate::freed;
use crate::grants::Grants;
use crate::handler::Answer;
use crate::host::{self, Host};
use crate::image::Image;
use crate::limits::Limits;
use crate::memory;
use crate::outbound::Outbound;
use crate::outbound::sent::{Sent, SentRequests};
use crate::outgoing_body::has_no_content;
use crate::output::{Output, Stream};
use crate::used::Used;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use http_body::{Body as _, Frame};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use wasmtime::Store;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

pub enum Event {
    Pending,
    NeedBody,
    Head(StatusCode, HeaderMap),
    Data(Bytes),
    Trailers(HeaderMap),
    Output(Stream, Vec<u8>),
    Done,
    Failed(Error),
}

/// The state that the guest's future and the call share.
#[derive(Default)]
struct Shared {
    answer: Mutex<Option<Answer>>,
    instantiate_us: AtomicU64,
    memory_peak: AtomicU64,
    sent: Arc<SentRequests>,
    cpu: Arc<CpuMeter>,
}

/// The guest has returned. The store lives until the response body is read to its end, because the store determines how
/// the body ends.
struct Finished {
    result: Result<(), Error>,
    _store: Store<Host>,
}

enum Guest {
    Running(Pin<Box<dyn Future<Output = Finished> + Send>>),
    Finished(Finished),
    /// The call was cancelled, did not start, or was lost in a panic.
    Gone(Option<Error>),
}

type Read = Option<Result<Frame<Bytes>, wasmtime_wasi_http::Error>>;

enum Response {
    Awaited,
    /// C++ has the head. The part of the body that was read before the head comes first.
    Body(HyperOutgoingBody, Option<Read>),
    /// C++ has the head of a response that can have no content. The response is complete, but the guest may still write
    /// its body.
    NoContent(HyperOutgoingBody),
    /// As `NoContent`, but C++ has also got the event that the response is complete. The guest's bytes are read and
    /// dropped, so that the guest's writes succeed.
    Dropped(HyperOutgoingBody),
    Complete,
}

pub struct Call {
    code: Arc<Code>,
    /// The image of the guest's initial memory, if there is an image.
    image: Option<Arc<Image>>,
    /// The same image; `None` after the guest's memory was created from it.
    next_image: Option<Arc<Image>>,
    component: [u8; 32],
    shared: Arc<Shared>,
    memory: Arc<CallMemory>,
    output: Arc<Output>,
    pub body: RequestBody,
    waker: Waker,
    guest: Guest,
    response: Response,
    is_head: bool,
    cpu_limit: Duration,
    over: bool,
    _running: Option<Running>,
}

impl Call {
    pub fn new(
        component: &Component,
        asked: Result<Asked, Error>,
        limits: &Limits,
        grants: Grants,
        waker: Waker,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let output = Output::new(limits.output_bytes);
        let body = RequestBody::default();
        let code = component.code.clone();
        let running = code.engine.admit();
        let is_head = matches!(&asked, Ok(asked) if asked.request.method() == Method::HEAD);
        let owner = asked.as_ref().map_or(0, |asked| asked.owner);
        let memory = CallMemory::new(owner, code.engine.memory_pool.clone(), limits.memory_bytes);
        let guest = match asked {
            Ok(_) if running.is_none() => Guest::Gone(Some(error::no_slot())),
            Ok(Asked { request, scheme, hops, traceparent, variables, .. }) => {
                let (network, sent) = (code.engine.network.clone(), shared.sent.clone());
                let outbound = Outbound::new(network, limits, grants, (&memory, hops), sent, output.clone())
                    .with_traceparent(traceparent);
                let (engine, clock, memory) = (&code.engine.wasmtime, code.engine.clock, memory.clone());
                let mut store = host::store(engine, clock, limits, memory, outbound, &output, shared.cpu.clone());
                store.data_mut().limiter.first_memory = component.image.as_ref().map(|image| image.memory_bytes());
                store.data_mut().is_head = is_head;
                store.data_mut().variables = variables;
                let request = request.map(|()| body.reader());
                Guest::Running(Box::pin(run(code.clone(), store, request, scheme, shared.clone())))
            }
            Err(error) => Guest::Gone(Some(error)),
        };
        Self {
            code,
            image: component.image.clone(),
            next_image: component.image.clone(),
            component: component.digest(),
            shared,
            memory,
            output,
            body,
            waker,
            guest,
            response: Response::Awaited,
            is_head,
            cpu_limit: limits.cpu(),
            over: false,
            _running: running,
        }
    }

    /// The next event. No event follows `Done` or `Failed`; after them, every poll returns `Pending`.
    pub fn poll(&mut self) -> Event {
        if self.over {
            return Event::Pending;
        }
        let engine = self.code.engine.clone();
        let _runtime = engine.runtime.enter();
        let component = self.component;
        let event = crash_note::running(&component, || {
            catch_unwind(AssertUnwindSafe(|| self.advance())).unwrap_or_else(|panic| {
                self.abandon();
                Event::Failed(error::from_panic(panic))
            })
        });
        // Check this first, so that the engine never returns a result that was computed from lost pages.
        let event = if self.is_lost() { Event::Failed(self.code.engine.seals.lost(LOST)) } else { event };
        if matches!(event, Event::Done | Event::Failed(_)) {
            self.over = true;
            // Drops the store now, also after a success: a store is never used again.
            self.abandon();
        }
        event
    }

    /// Whether a page of the component's code or of its image could not be read.
    fn is_lost(&self) -> bool {
        self.code.is_lost() || self.image.as_ref().is_some_and(|image| image.is_lost())
    }

    fn advance(&mut self) -> Event {
        let waker = self.waker.clone();
        let mut context = Context::from_waker(&waker);
        let mut polled = false;
        loop {
            if let Some((stream, text)) = self.output.take() {
                return Event::Output(stream, text);
            }
            if let Some(event) = self.answered(&mut context) {
                return event;
            }
            let Guest::Running(future) = &mut self.guest else {
                return self.ended();
            };
            if polled {
                return if self.body.take_wanted() { Event::NeedBody } else { Event::Pending };
            }
            // The epoch stops a guest whose own code runs too long. This check stops a guest whose host calls are
            // polled without end.
            if self.shared.cpu.spent() >= self.cpu_limit {
                self.abandon();
                return Event::Failed(error::cpu_limit());
            }
            self.shared.cpu.begin();
            let next_image = &mut self.next_image;
            let (result, kept) = freed::at_once(self.memory.is_much(), || {
                allocator::counted(|| memory::with_image(next_image, || future.as_mut().poll(&mut context)))
            });
            self.shared.cpu.end();
            let fits = self.memory.keep(kept);
            if let Poll::Ready(finished) = result {
                self.guest = Guest::Finished(finished);
            } else if let Err(full) = fits {
                self.abandon();
                return Event::Failed(error::kept_too_much(&full));
            }
            polled = true;
        }
    }

    /// The next event of the response, if there is one.
    fn answered(&mut self, context: &mut Context<'_>) -> Option<Event> {
        match &mut self.response {
            Response::Awaited => {
                let answer = self.shared.answer.lock().unwrap_or_else(PoisonError::into_inner).take()?;
                match answer {
                    Ok(response) => Some(self.begin(response, context)),
                    Err(code) => Some(Event::Failed(Error {
                        kind: Kind::Trap,
                        text: error::short_text(format_args!("the guest answered with the error {code:?}")),
                    })),
                }
            }
            Response::Body(body, read) => loop {
                let next = read.take().map_or_else(|| Pin::new(&mut *body).poll_frame(context), Poll::Ready);
                match next {
                    Poll::Pending => return None,
                    Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                        Ok(data) if data.is_empty() => {}
                        Ok(data) => return Some(Event::Data(data)),
                        Err(frame) => {
                            self.response = Response::Complete;
                            return Some(Event::Trailers(frame.into_trailers().unwrap_or_default()));
                        }
                    },
                    Poll::Ready(Some(Err(e))) => {
                        return Some(self.broken_off(&e));
                    }
                    Poll::Ready(None) => {
                        self.response = Response::Complete;
                        return Some(Event::Trailers(HeaderMap::new()));
                    }
                }
            },
            Response::NoContent(_) => {
                if let Response::NoContent(body) = std::mem::replace(&mut self.response, Response::Complete) {
                    self.response = Response::Dropped(body);
                }
                Some(Event::Trailers(HeaderMap::new()))
            }
            Response::Dropped(body) => {
                while let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(context) {
                    // It is no failure if the guest breaks off a body whose bytes are dropped.
                    if !matches!(frame, Some(Ok(_))) {
                        self.response = Response::Complete;
                        break;
                    }
                }
                None
            }
            Response::Complete => None,
        }
    }

    /// Returns the head. First polls the body once, to find out whether the body is empty.
    fn begin(&mut self, response: http::Response<HyperOutgoingBody>, context: &mut Context<'_>) -> Event {
        let (mut parts, mut body) = response.into_parts();
        if has_no_content(self.is_head, parts.status) {
            self.response = Response::NoContent(body);
            return Event::Head(parts.status, parts.headers);
        }
        let read = match Pin::new(&mut body).poll_frame(context) {
            Poll::Pending => None,
            Poll::Ready(Some(Err(e))) => return self.broken_off(&e),
            Poll::Ready(read) => Some(read),
        };
        if matches!(read, Some(None)) {
            parts.headers.entry(header::CONTENT_LENGTH).or_insert(http::HeaderValue::from_static("0"));
        }
        self.response = Response::Body(body, read);
        Event::Head(parts.status, parts.headers)
    }

    /// The last event: the guest has ended, and all other events were returned.
    fn ended(&mut self) -> Event {
        match self.failure() {
            Some(error) => Event::Failed(error),
            None => match self.response {
                Response::Awaited => Event::Failed(error::no_response("the guest returned without a response")),
                Response::Body(..) => {
                    Event::Failed(error::no_response("the guest returned without ending its response body"))
                }
                Response::NoContent(_) | Response::Dropped(_) | Response::Complete => Event::Done,
            },
        }
    }

    /// The body was broken off. If the guest has failed, report the guest's failure, because it is the cause.
    fn broken_off(&mut self, error: &wasmtime_wasi_http::Error) -> Event {
        let broken =
            || error::no_response(&error::short_text(format_args!("the guest broke off its response body ({error})")));
        Event::Failed(self.failure().unwrap_or_else(broken))
    }

    /// Takes the failure of a guest that has ended. The store stays: `abandon` drops it.
    fn failure(&mut self) -> Option<Error> {
        match &mut self.guest {
            Guest::Running(_) => None,
            Guest::Finished(finished) => std::mem::replace(&mut finished.result, Ok(())).err(),
            Guest::Gone(error) => error.take(),
        }
    }

    /// From now on, the engine wakes this waker. The caller must poll once more before it waits.
    pub fn set_waker(&mut self, waker: Waker) {
        self.waker = waker;
    }

    /// Drops the guest and all its objects. A panic of a destructor is ignored, because the call is over.
    fn abandon(&mut self) {
        let guest = std::mem::replace(&mut self.guest, Guest::Gone(None));
        let response = std::mem::replace(&mut self.response, Response::Complete);
        let dropped =
            freed::at_once(self.memory.is_much(), || catch_unwind(AssertUnwindSafe(move || drop((guest, response)))));
        if let Err(panic) = dropped {
            std::mem::forget(panic);
        }
    }

    pub fn used(&self) -> Used {
        Used {
            cpu_us: u64::try_from(self.shared.cpu.spent().as_micros()).unwrap_or(u64::MAX),
            memory_bytes: self.shared.memory_peak.load(Relaxed),
            instantiate_us: self.shared.instantiate_us.load(Relaxed),
            output_lost: self.output.lost(),
            outbound: self.shared.sent.count(),
        }
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.shared.sent.first()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let engine = self.code.engine.clone();
        let _runtime = engine.runtime.enter();
        self.abandon();
    }
}

const LOST: &str = "a part of the function's code was cut off, or cannot be read, while it was used";

async fn run(
    code: Arc<Code>,
    mut store: Store<Host>,
    request: http::Request<crate::body::RequestBodyReader>,
    scheme: Scheme,
    shared: Arc<Shared>,
) -> Finished {
    let slot = shared.clone();
    let answered = move |answer| *slot.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    let instantiated = |time: Duration| {
        shared.instantiate_us.store(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Relaxed);
    };
    let result = code.handler.handle(&mut store, request, scheme, answered, instantiated).await;
    let host = store.data();
    shared.memory_peak.store(host.limiter.memory_peak as u64, Relaxed);
    let result = match result {
        // Some runtimes end a guest with exit(0). This is not a failure; `ended` checks whether the response is
        // complete.
        Err(e) if e.downcast_ref::<wasmtime_wasi::I32Exit>().is_some_and(|exit| exit.0 == 0) => Ok(()),
        Err(e) => Err(error::from_guest(e, host.reached())),
        Ok(()) => Ok(()),
    };
    Finished { result, _store: store }
}
