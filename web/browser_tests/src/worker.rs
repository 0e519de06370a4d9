//! Workers of a page, and harm done to them and to the page: what a test needs to see how Kerf survives it.

use serde_json::{Value, json};

use crate::devtools::{Devtools, Failure};
use crate::{Page, Result};

/// A worker of a page.
pub struct Worker {
    devtools: Devtools,
    session: String,
}

impl Page {
    /// The workers of a name that are there.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn workers(&self, name: &str) -> Result<Vec<Worker>> {
        let (devtools, session) = self.session();
        let attach = |on: bool| {
            let params = json!({ "autoAttach": on, "waitForDebuggerOnStart": false, "flatten": true });
            devtools.call(Some(session), "Target.setAutoAttach", params)
        };
        // Off and on again, so that those known already are told once more.
        attach(false)?;
        drop(devtools.events_named(session, "Target.attachedToTarget"));
        attach(true)?;
        let events = devtools.events_named(session, "Target.attachedToTarget");
        let ours = events.iter().filter(|event| {
            let target = &event["params"]["targetInfo"];
            target["type"] == json!("worker") && target["title"] == json!(name)
        });
        let session = |event: &Value| event["params"]["sessionId"].as_str().map(str::to_owned);
        Ok(ours.filter_map(session).map(|session| Worker { devtools: devtools.clone(), session }).collect())
    }

    /// Leaves the page's Wasm module no memory.
    ///
    /// # Errors
    /// When it has no module.
    pub fn exhaust_memory(&self) -> Result<()> {
        let (devtools, session) = self.session();
        exhaust_memory(devtools, session)
    }

    /// Calls a function on every object of a class that is alive, as a console could.
    ///
    /// # Errors
    /// When there is none.
    pub fn on_each_object(&self, class: &str, function: &str) -> Result<()> {
        let (devtools, session) = self.session();
        on_each_object(devtools, session, class, function)
    }
}

impl Worker {
    /// The value of an expression, once the worker has time for it.
    ///
    /// # Errors
    /// When the worker is gone.
    pub fn evaluate(&self, expression: &str) -> Result<Value> {
        let params = json!({ "expression": expression, "returnByValue": true });
        let mut answer = self.devtools.call(Some(&self.session), "Runtime.evaluate", params)?;
        Ok(answer["result"]["value"].take())
    }

    /// Leaves its Wasm module no memory.
    ///
    /// # Errors
    /// When it has no module.
    pub fn exhaust_memory(&self) -> Result<()> {
        exhaust_memory(&self.devtools, &self.session)
    }
}

fn exhaust_memory(devtools: &Devtools, session: &str) -> Result<()> {
    let grow = "for (let pages = 4096; pages >= 1;) { \
                try { memory.grow(pages); } catch { pages = Math.floor(pages / 2); } }";
    on_each_object(devtools, session, "WebAssembly.Memory", &format!("(memory) => {{ {grow} }}"))
}

fn on_each_object(devtools: &Devtools, session: &str, class: &str, function: &str) -> Result<()> {
    let call = |method: &str, params: Value| devtools.call(Some(session), method, params);
    let prototype = call("Runtime.evaluate", json!({ "expression": format!("{class}.prototype") }))?;
    let prototype = &prototype["result"]["objectId"];
    let objects = call("Runtime.queryObjects", json!({ "prototypeObjectId": prototype }))?;
    let declaration = format!("function() {{ this.forEach({function}); return this.length; }}");
    let params = json!({ "functionDeclaration": declaration, "objectId": objects["objects"]["objectId"], "returnByValue": true });
    let called = call("Runtime.callFunctionOn", params)?;
    match called["result"]["value"].as_u64() {
        Some(1..) => Ok(()),
        _ => Err(Failure::new(format!("{class}: {called}"))),
    }
}
