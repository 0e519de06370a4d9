//! `cargo xtask serve|dist|size|test`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to its terminal")]

use std::process::ExitCode;

use xtask::bundle::{Build, Options};
use xtask::compress::Effort;
use xtask::{Result, bundle, cargo, server, size, tests};

const USAGE: &str = "\
cargo xtask serve [--port N] [--no-open] [--dev]   build the web app and serve it on 127.0.0.1
cargo xtask dist                                   write the static site to dist/
cargo xtask size                                   print the size of the first download
cargo xtask test [--fast]                          run every check; --fast leaves out the browser";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<ExitCode> {
    let (command, rest) = args.split_first().map_or(("", args), |(first, rest)| (first.as_str(), rest));
    match command {
        "serve" => serve(rest),
        "dist" => {
            known_flags(rest, &[])?;
            let root = cargo::workspace_root()?;
            let site = bundle::build(&Options {
                build: Build::Release,
                optimise: true,
                effort: Effort::Best,
                dir: root.join("dist"),
            })?;
            print!("{}", size::of_first_download(&site)?);
            println!("the site is in {}", site.display());
            Ok(ExitCode::SUCCESS)
        }
        "size" => {
            known_flags(rest, &[])?;
            let sizes = size::of_first_download(&bundle::build(&Options::of(Build::Release)?)?)?;
            print!("{sizes}");
            Ok(if sizes.is_within_limit() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        "test" => {
            known_flags(rest, &["--fast"])?;
            let scope = if rest.is_empty() { tests::Scope::Everything } else { tests::Scope::Fast };
            Ok(if tests::run(scope)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

fn serve(args: &[String]) -> Result<ExitCode> {
    let mut port = 8080;
    let mut open = true;
    let mut build = Build::Release;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--port" => port = args.next().ok_or("--port needs a number")?.parse()?,
            "--no-open" => open = false,
            "--dev" => build = Build::Dev,
            other => return Err(format!("unknown option {other}\n{USAGE}").into()),
        }
    }
    let site = bundle::build(&Options::of(build)?)?;
    let server = server::Server::start(port, vec![server::Mount::new("/", site)])?;
    println!("Kerf is served at {}  (Ctrl+C ends it)", server.url());
    if open {
        cargo::open_browser(&server.url());
    }
    server.wait();
    Ok(ExitCode::SUCCESS)
}

fn known_flags(args: &[String], known: &[&str]) -> Result<()> {
    match args.iter().find(|arg| !known.contains(&arg.as_str())) {
        Some(unknown) => Err(format!("unknown option {unknown}\n{USAGE}").into()),
        None => Ok(()),
    }
}
