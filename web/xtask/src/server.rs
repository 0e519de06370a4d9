//! A small static server for 127.0.0.1: right types, compressed twins, cache headers, nothing outside its folders.

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::compress::{ENCODINGS, Encoding, content_name};
use crate::{Error, Result};

/// A folder and the path it is served under.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Begins and ends with a slash.
    prefix: String,
    dir: PathBuf,
}

impl Mount {
    /// Serves `dir` under `prefix`, which begins and ends with a slash.
    #[must_use]
    pub fn new(prefix: &str, dir: PathBuf) -> Self {
        Self { prefix: prefix.to_owned(), dir }
    }
}

/// A running server. Its threads end with the process.
pub struct Server {
    port: u16,
    accepting: std::thread::JoinHandle<()>,
}

/// Longest request head that is read.
const MAX_HEAD_BYTES: u64 = 32 * 1024;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);

impl Server {
    /// Starts serving on 127.0.0.1. With `port` 0 the system picks a port; a taken port gives way to the next free one.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(port: u16, mounts: Vec<Mount>) -> Result<Self> {
        let mut tried = port..=port.saturating_add(if port == 0 { 0 } else { 20 });
        let listener = tried
            .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
            .ok_or_else(|| format!("no free port from {port} on"))?;
        let port = listener.local_addr()?.port();
        let mounts: Arc<[Mount]> = mounts.into();
        let accepting = std::thread::Builder::new().name("accept".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let mounts = Arc::clone(&mounts);
                // A visitor that goes away is no error of ours.
                let serve = move || drop(serve_connection(&stream, &mounts));
                drop(std::thread::Builder::new().name("connection".to_owned()).spawn(serve));
            }
        })?;
        Ok(Self { port, accepting })
    }

    /// The address of the root.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Waits until the process ends.
    pub fn wait(self) {
        drop(self.accepting.join());
    }
}

/// What of a request matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    method: String,
    path: String,
    accept_encoding: String,
    if_none_match: Option<String>,
    keep_alive: bool,
}

fn serve_connection(stream: &TcpStream, mounts: &[Mount]) -> Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let Some(request) = read_request(&mut reader)? else { return Ok(()) };
        let mut writer = std::io::BufWriter::new(stream);
        respond(&request, mounts, &mut writer)?;
        writer.flush()?;
        if !request.keep_alive {
            return Ok(());
        }
    }
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> Result<Option<Request>> {
    let mut head = reader.take(MAX_HEAD_BYTES);
    let mut line = String::new();
    if head.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        path: words.next().unwrap_or_default().to_owned(),
        keep_alive: words.next() == Some("HTTP/1.1"),
        ..Request::default()
    };
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Err("the request does not end".into());
        }
        let Some((name, value)) = line.split_once(':') else {
            return if line.trim().is_empty() { Ok(Some(request)) } else { Err("not a header".into()) };
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "accept-encoding" => request.accept_encoding = value.to_owned(),
            "if-none-match" => request.if_none_match = Some(value.to_owned()),
            "connection" if value.eq_ignore_ascii_case("close") => request.keep_alive = false,
            // A body would be taken for the next request.
            "content-length" | "transfer-encoding" => request.keep_alive = false,
            _ => {}
        }
    }
}

fn respond(request: &Request, mounts: &[Mount], out: &mut impl Write) -> Result<()> {
    if request.method != "GET" && request.method != "HEAD" {
        return write_text(out, "405 Method Not Allowed", "only GET and HEAD");
    }
    let Some(file) = locate(&request.path, mounts) else {
        return write_text(out, "404 Not Found", "not found");
    };
    let encoding = ENCODINGS.into_iter().find(|encoding| {
        let accepted =
            request.accept_encoding.split(',').map(|part| part.split(';').next().unwrap_or("").trim());
        accepted.into_iter().any(|token| token == encoding.token()) && twin(&file, *encoding).is_file()
    });
    let body = std::fs::read(encoding.map_or_else(|| file.clone(), |encoding| twin(&file, encoding)))?;
    let etag = format!("\"{}\"", content_name(&body));
    let is_known = request.if_none_match.as_deref().is_some_and(|known| known.contains(&etag));
    let status = if is_known { "304 Not Modified" } else { "200 OK" };
    write!(out, "HTTP/1.1 {status}\r\nContent-Type: {}\r\nETag: {etag}\r\n", mime(&file))?;
    write!(
        out,
        "Vary: Accept-Encoding\r\nX-Content-Type-Options: nosniff\r\nCache-Control: {}\r\n",
        caching(&file)
    )?;
    if let Some(encoding) = encoding {
        write!(out, "Content-Encoding: {}\r\n", encoding.token())?;
    }
    if !is_known {
        write!(out, "Content-Length: {}\r\n", body.len())?;
    }
    write!(out, "\r\n")?;
    if !is_known && request.method == "GET" {
        out.write_all(&body)?;
    }
    Ok(())
}

fn write_text(out: &mut impl Write, status: &str, text: &str) -> Result<()> {
    write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
    .map_err(Error::from)
}

/// The file a request path names; `None` when there is none, or it would lie outside the folders served.
fn locate(path: &str, mounts: &[Mount]) -> Option<PathBuf> {
    let path = percent_decoded(path.split(['?', '#']).next()?)?;
    let (mount, rest) = mounts.iter().find_map(|mount| Some((mount, path.strip_prefix(&mount.prefix)?)))?;
    let inside = Path::new(rest);
    if rest.contains(['\\', '\0']) || inside.components().any(|part| !matches!(part, Component::Normal(_))) {
        return None;
    }
    let file = if rest.is_empty() || rest.ends_with('/') {
        mount.dir.join(inside).join("index.html")
    } else {
        mount.dir.join(inside)
    };
    file.is_file().then_some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn twin(file: &Path, encoding: Encoding) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(encoding.extension());
    PathBuf::from(name)
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "gltf" => "model/gltf+json",
        "glb" => "model/gltf-binary",
        "stl" => "model/stl",
        "obj" => "model/obj",
        "txt" | "md" | "mtl" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Files named by their content never change; everything else is asked for again.
fn caching(file: &Path) -> &'static str {
    let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    if folder == Some("assets") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    fn site() -> (PathBuf, Vec<Mount>) {
        let dir = std::env::temp_dir().join(format!(
            "kerf-server-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        std::fs::create_dir_all(dir.join("site/assets")).unwrap();
        std::fs::write(dir.join("site/index.html"), "<p>page").unwrap();
        std::fs::write(dir.join("site/assets/a b.wasm"), "raw").unwrap();
        std::fs::write(dir.join("site/assets/a b.wasm.br"), "small").unwrap();
        std::fs::write(dir.join("secret.txt"), "secret").unwrap();
        let mounts = vec![Mount::new("/some/path/", dir.join("site"))];
        (dir, mounts)
    }

    #[test]
    fn names_stay_inside_the_folder() {
        let (dir, mounts) = site();
        assert!(locate("/some/path/", &mounts).is_some());
        assert!(locate("/some/path/?model=a", &mounts).is_some());
        assert!(locate("/some/path/assets/a%20b.wasm", &mounts).is_some());
        for outside in [
            "/",
            "/some/path/../secret.txt",
            "/some/path/%2e%2e/secret.txt",
            "/some/path//etc/passwd",
            "/some/path/..%5csecret.txt",
            "/some/path/%",
        ] {
            assert_eq!(locate(outside, &mounts), None, "{outside}");
        }
        std::fs::remove_dir_all(dir).unwrap();
    }

    fn ask(url: &str, path: &str, headers: &str) -> String {
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn serves_twins_types_and_unchanged_files() {
        let (dir, mounts) = site();
        let server = Server::start(0, mounts).unwrap();
        let plain = ask(&server.url(), "/some/path/assets/a%20b.wasm", "");
        assert!(
            plain.contains("application/wasm") && plain.ends_with("raw") && plain.contains("immutable"),
            "{plain}"
        );
        let small = ask(&server.url(), "/some/path/assets/a%20b.wasm", "Accept-Encoding: gzip, br;q=1\r\n");
        assert!(small.contains("Content-Encoding: br") && small.ends_with("small"), "{small}");
        let etag = small.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap();
        let again = ask(
            &server.url(),
            "/some/path/assets/a%20b.wasm",
            &format!("Accept-Encoding: br\r\nIf-None-Match: {etag}\r\n"),
        );
        assert!(again.starts_with("HTTP/1.1 304") && again.ends_with("\r\n\r\n"), "{again}");
        assert!(ask(&server.url(), "/some/path/", "").contains("no-cache"));
        assert!(ask(&server.url(), "/elsewhere", "").starts_with("HTTP/1.1 404"));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
