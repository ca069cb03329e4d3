//! Requests over `wasi:http`: each goes on as far as it can, then all wait at once for whichever can go on first.
use super::codes::refused;
use super::redirect::Hop;
use super::{Error, Response, Sent};
use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    self, ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, Scheme,
};
use crate::bindings::wasi::io::poll::{self, Pollable};
use crate::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};

/// What one read brings at most.
const READ_BYTES: u64 = 256 * 1024;

/// Where a request stands. What was made of another handle stands before it: it must go first.
enum State {
    Sending { stream: OutputStream, body: OutgoingBody, sent: usize, future: FutureIncomingResponse },
    Waiting(FutureIncomingResponse),
    Reading { stream: InputStream, _body: IncomingBody, _incoming: IncomingResponse, response: Response },
}

enum Step {
    /// It can go on when this is ready.
    Waits(State, Pollable),
    /// It is another request now.
    Follows(Hop),
    Ends(Response),
}

struct Flight {
    /// Before the state, whose handle it was made of.
    wait: Option<Pollable>,
    state: Option<State>,
    /// When it is given up.
    alarm: Option<Pollable>,
    hop: Hop,
}

pub(super) fn all(hops: impl Iterator<Item = Result<Hop, Error>>) -> Vec<Result<Response, Error>> {
    let mut ends: Vec<Option<Result<Response, Error>>> = Vec::new();
    let mut flights: Vec<(usize, Flight)> = Vec::new();
    for (index, hop) in hops.enumerate() {
        match hop.and_then(Flight::begin) {
            Ok(flight) => {
                flights.push((index, flight));
                ends.push(None);
            }
            Err(error) => ends.push(Some(Err(error))),
        }
    }
    while !flights.is_empty() {
        flights = flights
            .into_iter()
            .filter_map(|(index, mut flight)| {
                ends[index] = flight.go_on();
                ends[index].is_none().then_some((index, flight))
            })
            .collect();
        wait(&mut flights);
    }
    ends.into_iter().flatten().collect()
}

/// Blocks until one of them can go on; those that can have nothing to wait for afterwards.
fn wait(flights: &mut [(usize, Flight)]) {
    let handles: Vec<(usize, &Pollable)> = flights
        .iter()
        .enumerate()
        .flat_map(|(at, (_, flight))| flight.wait.iter().chain(&flight.alarm).map(move |handle| (at, handle)))
        .collect();
    if handles.is_empty() {
        return;
    }
    let pollables: Vec<&Pollable> = handles.iter().map(|(_, handle)| *handle).collect();
    let ready: Vec<usize> = poll::poll(&pollables).into_iter().map(|index| handles[index as usize].0).collect();
    for at in ready {
        flights[at].1.wait = None;
    }
}

impl Flight {
    fn begin(hop: Hop) -> Result<Self, Error> {
        let alarm = hop.timeout.map(|after| {
            let after = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
            monotonic_clock::subscribe_duration(after)
        });
        let state = Some(start(&hop.sent)?);
        Ok(Flight { wait: None, state, alarm, hop })
    }

    /// Its end, if it came to it.
    fn go_on(&mut self) -> Option<Result<Response, Error>> {
        if let (Some(alarm), Some(after)) = (&self.alarm, self.hop.timeout) {
            if alarm.ready() {
                return Some(Err(Error::timed_out(&self.hop.sent, after)));
            }
        }
        while self.wait.is_none() {
            let step = self.state.take().map(|state| state.go_on(&self.hop))?;
            match step {
                Ok(Step::Waits(state, wait)) => (self.state, self.wait) = (Some(state), Some(wait)),
                Ok(Step::Ends(response)) => return Some(Ok(response)),
                Err(error) => return Some(Err(error)),
                Ok(Step::Follows(hop)) => match start(&hop.sent) {
                    Ok(state) => (self.state, self.hop) = (Some(state), hop),
                    Err(error) => return Some(Err(error)),
                },
            }
        }
        None
    }
}

/// Hands one request to the host.
fn start(sent: &Sent) -> Result<State, Error> {
    let invalid = |what: &str| Error::new("invalid_input", format!("{} cannot be fetched: {what}", sent.url.origin()));
    let body = sent.body.as_deref().unwrap_or_default();
    let mut headers: Vec<(String, Vec<u8>)> =
        sent.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let sized = !body.is_empty() || matches!(sent.method.as_str(), "POST" | "PUT" | "PATCH");
    if sized && sent.header("content-length").is_none() {
        headers.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    }
    let fields = Fields::from_list(&headers).map_err(|error| invalid(&format!("a header is refused ({error})")))?;
    let request = OutgoingRequest::new(fields);
    let (secure, authority, path) = sent.url.parts();
    let scheme = if secure { Scheme::Https } else { Scheme::Http };
    request.set_method(&method(&sent.method)).map_err(|()| invalid("its method is none"))?;
    request.set_scheme(Some(&scheme)).map_err(|()| invalid("its scheme is refused"))?;
    request.set_authority(Some(authority)).map_err(|()| invalid("its host is refused"))?;
    request.set_path_with_query(Some(path)).map_err(|()| invalid("its path is refused"))?;
    let outgoing = (!body.is_empty()).then(|| request.body().ok()).flatten();
    let future = outgoing_handler::handle(request, None).map_err(|code| refused(&sent.url, &code))?;
    match outgoing.and_then(|body| Some((body.write().ok()?, body))) {
        Some((stream, body)) => Ok(State::Sending { stream, body, sent: 0, future }),
        None => Ok(State::Waiting(future)),
    }
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

impl State {
    fn go_on(self, hop: &Hop) -> Result<Step, Error> {
        match self {
            State::Sending { stream, body, sent, future } => send(hop, stream, body, sent, future),
            State::Waiting(future) => head(hop, future),
            State::Reading { stream, _body, _incoming, mut response } => loop {
                match stream.read(READ_BYTES) {
                    Ok(part) if part.is_empty() => {
                        let wait = stream.subscribe();
                        return Ok(Step::Waits(State::Reading { stream, _body, _incoming, response }, wait));
                    }
                    Ok(mut part) => response.body.append(&mut part),
                    Err(StreamError::Closed) => return Ok(Step::Ends(response)),
                    Err(StreamError::LastOperationFailed(error)) => {
                        let code = types::http_error_code(&error);
                        let lost = ErrorCode::InternalError(Some("the connection was lost".to_owned()));
                        return Err(refused(&hop.sent.url, &code.unwrap_or(lost)));
                    }
                }
            },
        }
    }
}

fn send(
    hop: &Hop,
    stream: OutputStream,
    body: OutgoingBody,
    mut sent: usize,
    future: FutureIncomingResponse,
) -> Result<Step, Error> {
    let bytes = hop.sent.body.as_deref().unwrap_or_default();
    // A server may answer before it has read everything: then its answer counts, not the broken stream.
    while sent < bytes.len() {
        let Ok(room) = stream.check_write() else { break };
        if room == 0 {
            let wait = stream.subscribe();
            return Ok(Step::Waits(State::Sending { stream, body, sent, future }, wait));
        }
        let end = bytes.len().min(sent + usize::try_from(room).unwrap_or(usize::MAX));
        if stream.write(&bytes[sent..end]).is_err() {
            break;
        }
        sent = end;
    }
    let whole = sent == bytes.len() && stream.flush().is_ok();
    drop(stream);
    if whole {
        let _ = OutgoingBody::finish(body, None);
    }
    head(hop, future)
}

/// The head of the answer, if it is there.
fn head(hop: &Hop, future: FutureIncomingResponse) -> Result<Step, Error> {
    let incoming = match future.get() {
        None => {
            let wait = future.subscribe();
            return Ok(Step::Waits(State::Waiting(future), wait));
        }
        Some(Ok(Ok(incoming))) => incoming,
        Some(Ok(Err(code))) => return Err(refused(&hop.sent.url, &code)),
        Some(Err(())) => return Err(Error::new("upstream_error", "the answer was given away already")),
    };
    let entries = incoming.headers().entries();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_else(|error| latin1(error.as_bytes()));
    let response = Response {
        status: incoming.status(),
        headers: entries.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), text(value))).collect(),
        body: Vec::new(),
        url: hop.sent.url.to_string(),
    };
    if let Some(next) = hop.next(&response)? {
        return Ok(Step::Follows(next));
    }
    let opened = incoming.consume().ok().and_then(|body| Some((body.stream().ok()?, body)));
    match opened {
        Some((stream, body)) => State::Reading { stream, _body: body, _incoming: incoming, response }.go_on(hop),
        None => Ok(Step::Ends(response)),
    }
}

/// Bytes that are no UTF-8, as the characters that HTTP once meant by them.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
