//! Builds the site: two Wasm modules, their glue, the page, and compressed twins, under names made of their content.
//!
//! The site is a folder of plain files with relative links, so it works from any path of any static server.

use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::Result;
use crate::cargo::{WASM, cargo, ensure_wasm_target, has, run, target_dir, workspace_root};
use crate::compress::{self, Effort};

/// How the Wasm modules are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// What ships.
    Release,
    /// Built fast, runs slowly.
    Dev,
}

impl Build {
    fn profile(self) -> &'static str {
        match self {
            Self::Release => "web",
            Self::Dev => "web-dev",
        }
    }
}

/// What to build, and where to.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the modules are compiled.
    pub build: Build,
    /// Whether to spend minutes on `wasm-opt`, where it is installed.
    pub optimise: bool,
    /// How much time compressing may take.
    pub effort: Effort,
    /// The folder of the site; emptied first.
    pub dir: PathBuf,
}

impl Options {
    /// A site beside cargo's other results.
    ///
    /// # Errors
    /// When the workspace is not found.
    pub fn of(build: Build) -> Result<Self> {
        let effort = Effort::Little;
        Ok(Self { build, optimise: false, effort, dir: target_dir()?.join("site").join(build.profile()) })
    }
}

/// Builds the site and gives its folder.
///
/// # Errors
/// When a module does not compile, or a file cannot be written.
pub fn build(options: &Options) -> Result<PathBuf> {
    ensure_wasm_target()?;
    let root = workspace_root()?;
    println!("building the app and its worker for {WASM}");
    run(cargo()
        .current_dir(&root)
        .args(["build", "--lib", "-p", "web", "-p", "worker", "--target", WASM])
        .args(["--profile", options.build.profile()]))?;
    let built = target_dir()?.join(WASM).join(options.build.profile());
    let app = Module::bind(&built.join("web.wasm"), "kerf", options)?;
    let worker = Module::bind(&built.join("worker.wasm"), "worker", options)?;
    assemble(&root.join("web/page"), &app, &worker, &options.dir)?;
    if options.build == Build::Release {
        println!("compressing");
        compress::folder(&options.dir, &target_dir()?.join("site/compressed"), options.effort)?;
    }
    Ok(options.dir.clone())
}

/// A Wasm module and the script that speaks to it.
struct Module {
    wasm: Vec<u8>,
    glue: String,
}

impl Module {
    fn bind(file: &Path, name: &str, options: &Options) -> Result<Self> {
        let dir = target_dir()?.join("site/bindgen").join(options.build.profile());
        std::fs::create_dir_all(&dir)?;
        let mut bindgen = Bindgen::new();
        bindgen.input_path(file).out_name(name).web(true)?.typescript(false);
        bindgen.remove_name_section(options.build == Build::Release).remove_producers_section(true);
        bindgen.generate(&dir)?;
        if dir.join("snippets").exists() {
            return Err("a crate brings script snippets along, which the site does not carry".into());
        }
        let wasm = dir.join(format!("{name}_bg.wasm"));
        if options.optimise {
            optimise(&wasm)?;
        }
        Ok(Self {
            wasm: std::fs::read(wasm)?,
            glue: std::fs::read_to_string(dir.join(format!("{name}.js")))?,
        })
    }
}

/// Shrinks a module with binaryen's `wasm-opt`, or says that it was left out.
fn optimise(wasm: &Path) -> Result<()> {
    if !has("wasm-opt") {
        println!("wasm-opt is not installed, so the modules stay a little larger (npm install -g binaryen)");
        return Ok(());
    }
    println!("wasm-opt {} (minutes)", wasm.display());
    run(Command::new("wasm-opt").args(["-Oz", "--all-features"]).arg(wasm).arg("-o").arg(wasm))
}

/// Writes the files of the site. A `@@name@@` in a text stands for the final name, or the size, of another file.
fn assemble(page: &Path, app: &Module, worker: &Module, dir: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir.join("assets"))?;
    let mut site = Site { dir, names: Vec::new() };
    let text = |name: &str| -> Result<String> { Ok(std::fs::read_to_string(page.join(name))?) };
    site.asset("kerf.wasm", &app.wasm)?;
    site.asset("kerf.js", app.glue.as_bytes())?;
    site.asset("worker.wasm", &worker.wasm)?;
    site.asset("worker-glue.js", worker.glue.as_bytes())?;
    for name in ["worker.js", "workers.js", "files.js", "sessions.js", "page.js"] {
        let script = site.filled(&text(name)?)?;
        site.asset(name, script.as_bytes())?;
    }
    site.asset("icon.svg", text("icon.svg")?.as_bytes())?;
    let manifest = site.filled(&text("manifest.webmanifest")?)?;
    site.asset("manifest.webmanifest", manifest.as_bytes())?;
    let html = site.filled(&text("index.html")?)?;
    std::fs::write(dir.join("index.html"), html)?;
    Ok(())
}

struct Site<'a> {
    dir: &'a Path,
    names: Vec<(String, String)>,
}

impl Site<'_> {
    fn asset(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let (stem, extension) = name.rsplit_once('.').expect("assets have an extension");
        let final_name = format!("{stem}-{}.{extension}", compress::content_name(bytes));
        std::fs::write(self.dir.join("assets").join(&final_name), bytes)?;
        self.names.push((format!("@@{name}@@"), final_name));
        self.names.push((format!("@@bytes of {name}@@"), bytes.len().to_string()));
        Ok(())
    }

    fn filled(&self, text: &str) -> Result<String> {
        let filled =
            self.names.iter().fold(text.to_owned(), |text, (token, value)| text.replace(token, value));
        match filled.find("@@") {
            Some(at) => {
                let rest: String = filled[at..].chars().take(40).collect();
                Err(format!("the page names a file that is not written before it: {rest}").into())
            }
            None => Ok(filled),
        }
    }
}
