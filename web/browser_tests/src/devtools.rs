//! The DevTools protocol over one WebSocket: calls with answers, and events that nobody asked for.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// Why a test cannot go on.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// In words for people.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Longest wait for an answer; software rendering on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// Events kept for those who look for them.
const MAX_EVENTS: usize = 2_000;

/// A connection to a browser.
#[derive(Clone)]
pub(crate) struct Devtools(Rc<RefCell<Connection>>);

struct Connection {
    socket: WebSocket<TcpStream>,
    next_id: u64,
    events: VecDeque<Value>,
}

impl Devtools {
    pub(crate) fn connect(address: &str) -> Result<Self, Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::new(format!("no connection to {address}: {error}"));
        let host = address.trim_start_matches("ws://").split('/').next().unwrap_or_default();
        let stream = TcpStream::connect(host).map_err(|error| failed(&error))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        let (mut socket, _) = tungstenite::client(address, stream).map_err(|error| failed(&error))?;
        // Screenshots and traces are large.
        socket.set_config(|config| {
            config.max_message_size = None;
            config.max_frame_size = None;
        });
        Ok(Self(Rc::new(RefCell::new(Connection { socket, next_id: 1, events: VecDeque::new() }))))
    }

    /// Calls a method, in a session where one is given, and waits for its result.
    pub(crate) fn call(&self, session: Option<&str>, method: &str, params: Value) -> Result<Value, Failure> {
        let mut connection = self.0.borrow_mut();
        let id = connection.next_id;
        connection.next_id += 1;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{method}: {error}"));
        connection.socket.send(Message::text(message.to_string())).map_err(|error| failed(&error))?;
        loop {
            let text = match connection.socket.read() {
                Ok(Message::Text(text)) => text,
                Ok(_) => continue,
                // The system paused the process; nothing has happened.
                Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(&error)),
            };
            let mut answer: Value = serde_json::from_str(&text).map_err(|error| failed(&error))?;
            if answer["id"] == json!(id) {
                return match answer.get("error") {
                    Some(error) => Err(failed(&error["message"])),
                    None => Ok(answer["result"].take()),
                };
            }
            if answer.get("method").is_some() {
                connection.events.push_back(answer);
                if connection.events.len() > MAX_EVENTS {
                    connection.events.pop_front();
                }
            }
        }
    }

    /// The events of a session with a name; others stay.
    pub(crate) fn events_named(&self, session: &str, method: &str) -> Vec<Value> {
        let mut connection = self.0.borrow_mut();
        let is_wanted =
            |event: &Value| event["sessionId"] == json!(session) && event["method"] == json!(method);
        let (wanted, others) = connection.events.drain(..).partition(is_wanted);
        connection.events = others;
        Vec::from(wanted)
    }

    /// Events of a session that came since the last call.
    pub(crate) fn events(&self, session: &str) -> Vec<Value> {
        let mut connection = self.0.borrow_mut();
        let (mine, others) =
            connection.events.drain(..).partition(|event| event["sessionId"] == json!(session));
        connection.events = others;
        Vec::from(mine)
    }
}
