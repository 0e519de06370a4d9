//! A tab: what a person does to it, and what a person or a screen reader finds in it.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::devtools::{Devtools, Failure};
use crate::{Backend, Picture, Result};

/// A place on the page, in CSS pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A tab.
pub struct Page {
    devtools: Devtools,
    target: String,
    session: String,
    backend: Backend,
}

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

impl Page {
    pub(crate) fn attach(devtools: Devtools, target: String, backend: Backend) -> Result<Self> {
        let attached =
            devtools.call(None, "Target.attachToTarget", json!({ "targetId": target, "flatten": true }))?;
        let session = attached["sessionId"].as_str().unwrap_or_default().to_owned();
        let page = Self { devtools, target, session, backend };
        for domain in ["Page", "Runtime", "Accessibility", "DOM"] {
            page.call(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(page)
    }

    /// What it draws with.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    pub(crate) fn session(&self) -> (&Devtools, &str) {
        (&self.devtools, &self.session)
    }

    fn call(&self, method: &str, params: Value) -> Result<Value> {
        self.devtools.call(Some(&self.session), method, params)
    }

    /// Opens another address in this tab.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn go_to(&self, url: &str) -> Result<()> {
        self.call("Page.navigate", json!({ "url": url })).map(drop)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn reload(&self) -> Result<()> {
        self.call("Page.reload", json!({})).map(drop)
    }

    /// Shows this tab instead of another one; those behind draw no frames.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn bring_to_front(&self) -> Result<()> {
        self.call("Page.bringToFront", json!({})).map(drop)
    }

    /// Ends the tab's process, as a crash or a lack of memory would.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn kill(self) -> Result<()> {
        // Nobody is left to answer a crash, so the tab is closed right after without waiting for it.
        self.devtools.call(None, "Target.closeTarget", json!({ "targetId": self.target })).map(drop)
    }

    /// The value of an expression; a promise is waited for.
    ///
    /// # Errors
    /// When it throws; the message is the exception's.
    pub fn evaluate(&self, expression: &str) -> Result<Value> {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let mut answer = self.call("Runtime.evaluate", params)?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            let words = thrown["exception"]["description"]
                .as_str()
                .or_else(|| thrown["text"].as_str())
                .unwrap_or("?");
            return Err(Failure::new(format!("{expression}\nthrew {words}")));
        }
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression gives something true, and gives it.
    ///
    /// # Errors
    /// When that takes longer than a minute.
    pub fn wait_for(&self, expression: &str) -> Result<Value> {
        self.wait_patiently_for(expression, PATIENCE)
    }

    /// The same for what takes longer.
    ///
    /// # Errors
    /// When that takes longer than the given time.
    pub fn wait_patiently_for(&self, expression: &str, patience: Duration) -> Result<Value> {
        let start = now();
        loop {
            let value = self.evaluate(expression)?;
            if !matches!(value, Value::Null | Value::Bool(false)) && value != json!(0) && value != json!("") {
                return Ok(value);
            }
            if start.elapsed() > patience {
                return Err(Failure::new(format!(
                    "waited in vain for {expression}; the state is {}",
                    self.state()?
                )));
            }
            // Between two looks the page gets time to work.
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Waits until the app answers input.
    ///
    /// # Errors
    /// When it does not start.
    pub fn wait_until_interactive(&self) -> Result<()> {
        self.wait_for("document.readyState === 'complete' && window.kerf !== undefined")?;
        self.evaluate("kerf.ready.then(() => true)")?;
        self.wait_for("performance.getEntriesByName('kerf:interactive').length > 0").map(drop)
    }

    /// What `kerf.state()` tells.
    ///
    /// # Errors
    /// When there is no app.
    pub fn state(&self) -> Result<Value> {
        self.evaluate("window.kerf ? kerf.state() : null")
    }

    /// Runs a command of the app's table.
    ///
    /// # Errors
    /// When the app refuses it.
    pub fn command(&self, id: &str, args: &Value) -> Result<Value> {
        self.evaluate(&format!("kerf.command({}, {args})", json!(id)))
    }

    /// Moves the pointer without a button.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn hover(&self, at: Point) -> Result<()> {
        self.mouse("mouseMoved", at, json!({}))
    }

    /// Clicks with the main button.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn click(&self, at: Point) -> Result<()> {
        self.hover(at)?;
        let button = json!({ "button": "left", "clickCount": 1 });
        self.mouse("mousePressed", at, button.clone())?;
        self.mouse("mouseReleased", at, button)
    }

    /// Drags with a button (`left`, `middle`, `right`) in steps, as a hand does.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn drag(&self, from: Point, to: Point, button: &str) -> Result<()> {
        const STEPS: u32 = 8;
        let mask = match button {
            "right" => 2,
            "middle" => 4,
            _ => 1,
        };
        self.hover(from)?;
        self.mouse("mousePressed", from, json!({ "button": button, "clickCount": 1 }))?;
        for step in 1..=STEPS {
            let share = f64::from(step) / f64::from(STEPS);
            let at = Point { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
            self.mouse("mouseMoved", at, json!({ "button": button, "buttons": mask }))?;
        }
        self.mouse("mouseReleased", to, json!({ "button": button, "clickCount": 1 }))
    }

    /// Turns the wheel; positive scrolls down.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn wheel(&self, at: Point, delta: f64) -> Result<()> {
        self.mouse("mouseWheel", at, json!({ "deltaX": 0, "deltaY": delta }))
    }

    fn mouse(&self, kind: &str, at: Point, more: Value) -> Result<()> {
        let mut params = more;
        params["type"] = json!(kind);
        params["x"] = json!(at.x);
        params["y"] = json!(at.y);
        self.call("Input.dispatchMouseEvent", params).map(drop)
    }

    /// Presses a key such as `z`, `Delete` or `Enter`, with `ctrl` and `shift` held or not.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn press(&self, key: &str, ctrl: bool, shift: bool) -> Result<()> {
        let modifiers = u32::from(ctrl) * 2 + u32::from(shift) * 8;
        let is_letter = key.len() == 1 && key.chars().all(|letter| letter.is_ascii_alphabetic());
        let code = if is_letter { format!("Key{}", key.to_uppercase()) } else { key.to_owned() };
        let mut params = json!({ "key": key, "code": code, "modifiers": modifiers, "windowsVirtualKeyCode": virtual_key(key) });
        if key.chars().count() == 1 && !ctrl {
            params["text"] = json!(key);
        }
        params["type"] = json!("keyDown");
        self.call("Input.dispatchKeyEvent", params.clone())?;
        params["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", params).map(drop)
    }

    /// Types text into what has the focus.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn type_text(&self, text: &str) -> Result<()> {
        self.call("Input.insertText", json!({ "text": text })).map(drop)
    }

    /// Drops files of the disk onto the page.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn drop_files(&self, files: &[&Path], at: Point) -> Result<()> {
        let files: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            self.call(
                "Input.dispatchDragEvent",
                json!({ "type": kind, "x": at.x, "y": at.y, "data": data }),
            )?;
        }
        Ok(())
    }

    /// Chooses files as if in the file dialog.
    ///
    /// # Errors
    /// When the page has no file input.
    pub fn choose_files(&self, files: &[&Path]) -> Result<()> {
        let files: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        let input =
            self.call("Runtime.evaluate", json!({ "expression": "document.getElementById('picker')" }))?;
        self.call("DOM.setFileInputFiles", json!({ "files": files, "objectId": input["result"]["objectId"] }))
            .map(drop)
    }

    /// Lets downloads of the whole browser land in a folder.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn download_into(&self, dir: &Path) -> Result<()> {
        let params = json!({ "behavior": "allow", "downloadPath": dir.to_string_lossy() });
        self.devtools.call(None, "Browser.setDownloadBehavior", params).map(drop)
    }

    /// Clicks the widget with a role and a name, as [`Self::find`] finds it.
    ///
    /// # Errors
    /// When there is none within a minute.
    pub fn click_on(&self, role: &str, name: &str) -> Result<()> {
        self.click(self.find(role, name)?)
    }

    /// Waits until the document has so many nodes and all of them are ready.
    ///
    /// # Errors
    /// When that takes longer than a minute.
    pub fn wait_for_nodes(&self, count: usize) -> Result<()> {
        let ready = "kerf.state().nodes.every((node) => node.status === 'ready')";
        self.wait_for(&format!("kerf.state().nodes.length === {count} && {ready}")).map(drop)
    }

    /// A picture of the tab as PNG.
    ///
    /// # Errors
    /// When the browser gives none.
    pub fn screenshot(&self) -> Result<Vec<u8>> {
        let answer = self.call("Page.captureScreenshot", json!({ "format": "png" }))?;
        let text = answer["data"].as_str().unwrap_or_default();
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(|error| Failure::new(error.to_string()))
    }

    /// What `kerf.screenshot()` gives for options.
    ///
    /// # Errors
    /// When it gives none.
    pub fn picture(&self, options: &Value) -> Result<Picture> {
        let text = self.evaluate(&format!(
            "kerf.screenshot({options}).then((blob) => new Promise((resolve) => {{ \
             const reader = new FileReader(); \
             reader.onload = () => resolve(reader.result.split(',')[1]); reader.readAsDataURL(blob); }}))"
        ))?;
        let png = base64::engine::general_purpose::STANDARD.decode(text.as_str().unwrap_or_default());
        Picture::decode(&png.map_err(|error| Failure::new(error.to_string()))?)
    }

    /// The place of the middle of the widget with a role and a name in the accessibility tree, once it can be used.
    ///
    /// # Errors
    /// When there is none within a minute.
    pub fn find(&self, role: &str, name: &str) -> Result<Point> {
        let found = format!(
            "(() => {{ const wanted = [...document.querySelectorAll('#mirror *')].find((element) => \
             (element.getAttribute('role') ?? element.localName) === {} && element.getAttribute('aria-label') === {} \
             && element.getAttribute('aria-disabled') !== 'true'); \
             if (!wanted) return null; const box = wanted.getBoundingClientRect(); \
             return {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }}; }})()",
            json!(role),
            json!(name)
        );
        let at = self.wait_for(&found)?;
        Ok(Point { x: at["x"].as_f64().unwrap_or_default(), y: at["y"].as_f64().unwrap_or_default() })
    }

    /// Roles and names of all nodes that the browser shows to a screen reader.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn accessible(&self) -> Result<Vec<(String, String)>> {
        let tree = self.call("Accessibility.getFullAXTree", json!({}))?;
        let nodes = tree["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |node: &Value, key: &str| node[key]["value"].as_str().unwrap_or_default().to_owned();
        let shown = nodes.iter().filter(|node| node["ignored"] != json!(true));
        Ok(shown.map(|node| (text(node, "role"), text(node, "name"))).collect())
    }

    /// What the page said on its console since the last call, errors only.
    #[must_use]
    pub fn console_errors(&self) -> Vec<String> {
        let events = self.devtools.events(&self.session);
        let errors = events.iter().filter_map(|event| match event["method"].as_str()? {
            "Runtime.exceptionThrown" => Some(event["params"]["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled" if event["params"]["type"] == json!("error") => {
                Some(event["params"]["args"].to_string())
            }
            _ => None,
        });
        errors.collect()
    }

    /// Prints what helps to understand a failed test.
    pub fn tell_state(&self, backend: Backend) {
        let state = self.state().map_or_else(|failure| failure.to_string(), |state| state.to_string());
        eprintln!("state with {backend:?}: {state}");
        for error in self.console_errors() {
            eprintln!("console: {error}");
        }
        let file =
            std::env::temp_dir().join(format!("kerf-failed-{}-{}.png", backend.name(), std::process::id()));
        if let Ok(png) = self.screenshot()
            && std::fs::write(&file, png).is_ok()
        {
            eprintln!("screenshot: {}", file.display());
        }
    }
}

fn virtual_key(key: &str) -> u32 {
    match key {
        "Enter" => 13,
        "Escape" => 27,
        "Delete" => 46,
        "Tab" => 9,
        "Backspace" => 8,
        _ => key.chars().next().map_or(0, |letter| u32::from(letter.to_ascii_uppercase())),
    }
}

#[expect(clippy::disallowed_methods, reason = "the harness never runs on wasm32")]
fn now() -> Instant {
    Instant::now()
}
