//! A Chromium of our own: its flags, its profile, its end.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use crate::devtools::{Devtools, Failure};
use crate::{Page, Result};

/// What the page draws with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// WebGL 2 on ANGLE's software renderer.
    WebGl,
    /// WebGPU on software Vulkan.
    WebGpu,
}

impl Backend {
    /// As in `?renderer=`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WebGl => "webgl",
            Self::WebGpu => "webgpu",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::WebGl => &["--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
            Self::WebGpu => &[
                "--enable-unsafe-webgpu",
                "--use-webgpu-adapter=swiftshader",
                "--use-vulkan=swiftshader",
                "--enable-features=Vulkan",
                "--use-angle=vulkan",
                "--enable-unsafe-swiftshader",
                "--ignore-gpu-blocklist",
            ],
        }
    }
}

const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--window-size=1000,700",
    "--remote-debugging-port=0",
];

/// A running Chromium with a profile of its own; both end with the value.
pub struct Browser {
    process: Child,
    profile: PathBuf,
    devtools: Devtools,
    backend: Backend,
}

impl Browser {
    /// Starts one.
    ///
    /// # Errors
    /// When there is none, or it does not answer.
    pub fn launch(backend: Backend) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("kerf-chromium-{}-{number}", std::process::id()));
        let mut profile_flag = std::ffi::OsString::from("--user-data-dir=");
        profile_flag.push(&profile);
        let mut process = Command::new(program())
            .args(FLAGS)
            .args(backend.flags())
            .arg(profile_flag)
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::new(format!("Chromium cannot be started: {error}")))?;
        let lines =
            process.stderr.take().map(BufReader::new).ok_or_else(|| Failure::new("no output of Chromium"))?;
        let mut lines = lines.lines().map_while(std::result::Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned));
        // Chromium stops when nobody reads what it says.
        drop(std::thread::Builder::new().spawn(move || lines.for_each(drop)));
        let address = address.ok_or_else(|| Failure::new("Chromium ended before it listened"))?;
        let devtools = Devtools::connect(&address)?;
        Ok(Self { process, profile, devtools, backend })
    }

    /// Opens an address in a new tab.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn open(&mut self, url: &str) -> Result<Page> {
        let target = self.devtools.call(None, "Target.createTarget", json!({ "url": "about:blank" }))?;
        let target = target["targetId"].as_str().unwrap_or_default().to_owned();
        let page = Page::attach(self.devtools.clone(), target, self.backend)?;
        page.go_to(url)?;
        Ok(page)
    }

    /// The tab that one of ours opened, once it is there.
    ///
    /// # Errors
    /// When there is none.
    pub fn opened_by(&self, opener: &Page) -> Result<Page> {
        let targets = self.devtools.call(None, "Target.getTargets", json!({}))?;
        let targets = targets["targetInfos"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ours = |target: &&serde_json::Value| target["openerId"] == json!(opener.target());
        let target = targets.iter().find(ours).and_then(|target| target["targetId"].as_str());
        let target = target.ok_or_else(|| Failure::new("it opened no tab"))?;
        Page::attach(self.devtools.clone(), target.to_owned(), self.backend)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Both fail only when the browser is gone already.
        drop(self.process.kill());
        drop(self.process.wait());
        drop(std::fs::remove_dir_all(&self.profile));
    }
}

fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("KERF_CHROMIUM") {
        return named.into();
    }
    let known = ["chromium", "chromium-browser", "google-chrome"];
    let found = known.into_iter().find(|name| xtask::cargo::has(name));
    found.unwrap_or(known[0]).into()
}
