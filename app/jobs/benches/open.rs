//! How long it takes to open a model, from the file to everything the app wants to know of it, and how much memory.
//!
//! Guards that ten million triangles open in a worker, which has 4 GiB: `cargo bench -p jobs --bench open`. Run with a
//! number of triangles, or with the path of a model. Memory is told on Linux.
#![allow(clippy::print_stdout, reason = "the answer of a bench")]
#![allow(clippy::disallowed_methods, reason = "a native bench looks at the clock")]

use std::sync::{Arc, Mutex};
use std::time::Instant;

use assets::{ByteSource, ImportOptions};
use geometry::{Cancelled, ContentHash, Progress};
use jobs::{FileRef, FileSource, Host, JobOutput, JobRequest, Part, ReadError};

/// A binary STL of a bumpy sphere, made where it is read.
struct Sphere {
    rings: u64,
}

impl Sphere {
    const HEAD: u64 = 84;

    fn point(&self, ring: u64, spoke: u64) -> [f32; 3] {
        let a = ring as f64 / self.rings as f64 * std::f64::consts::PI;
        let b = (spoke % (2 * self.rings)) as f64 / self.rings as f64 * std::f64::consts::PI;
        let bump = geometry::math::sin(40.0 * a) * geometry::math::cos(30.0 * b);
        let radius = if ring == 0 || ring == self.rings { 50.0 } else { 50.0 + bump };
        // At the poles all spokes meet, to the bit.
        let is_pole = ring == 0 || ring == self.rings;
        let across = if is_pole { 0.0 } else { radius * geometry::math::sin(a) };
        let point = [
            across * geometry::math::cos(b),
            across * geometry::math::sin(b),
            radius * geometry::math::cos(a),
        ];
        point.map(|number| number as f32)
    }

    fn record(&self, number: u64) -> [u8; 50] {
        let (square, is_second) = (number / 2, number % 2 == 1);
        let (ring, spoke) = (square / (2 * self.rings), square % (2 * self.rings));
        let corners = if is_second {
            [(ring, spoke), (ring + 1, spoke + 1), (ring, spoke + 1)]
        } else {
            [(ring, spoke), (ring + 1, spoke), (ring + 1, spoke + 1)]
        };
        let mut record = [0; 50];
        let points = corners.map(|(ring, spoke)| self.point(ring, spoke));
        for (place, number) in record[12..48].chunks_exact_mut(4).zip(points.as_flattened()) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        record
    }

    fn num_triangles(&self) -> u64 {
        self.rings * self.rings * 4
    }
}

impl ByteSource for Sphere {
    fn size(&self) -> u64 {
        Self::HEAD + self.num_triangles() * 50
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        let mut head = [b' '; Self::HEAD as usize];
        head[80..].copy_from_slice(&(self.num_triangles() as u32).to_le_bytes());
        let (mut at, mut rest) = (offset, into);
        while !rest.is_empty() {
            let record;
            let bytes = match at.checked_sub(Self::HEAD) {
                None => &head[at as usize..],
                Some(body) => {
                    record = self.record(body / 50);
                    &record[(body % 50) as usize..]
                }
            };
            let length = bytes.len().min(rest.len());
            rest[..length].copy_from_slice(&bytes[..length]);
            at += length as u64;
            rest = &mut rest[length..];
        }
        Ok(())
    }
}

/// Remembers when each phase began.
#[derive(Default)]
struct Phases(Mutex<Vec<(String, Instant)>>);

impl Progress for Phases {
    fn phase(&self, name: &str) {
        self.0.lock().expect("one thread").push((name.to_owned(), Instant::now()));
    }
    fn report(&self, _done: f64) -> Result<(), Cancelled> {
        Ok(())
    }
}

struct Bench(u64);

impl Host for Bench {
    fn read(&self, file: &FileRef) -> Result<Arc<Vec<u8>>, ReadError> {
        std::fs::read(&file.name)
            .map(Arc::new)
            .map_err(|error| ReadError { name: file.name.clone(), reason: error.to_string() })
    }
    fn open(&self, file: &FileRef) -> Result<Box<dyn ByteSource + '_>, ReadError> {
        if file.name != "sphere.stl" {
            return Ok(Box::new(jobs::InMemory(self.read(file)?)));
        }
        Ok(Box::new(Sphere { rings: (self.0 as f64 / 4.0).sqrt() as u64 }))
    }
    fn read_beside(&self, _file: &FileRef, _name: &str) -> Option<Vec<u8>> {
        None
    }
    fn cached_part(&self, _hash: ContentHash) -> Option<Arc<Part>> {
        None
    }
    fn cache_part(&self, _hash: ContentHash, _part: &Arc<Part>) {}
}

/// A line of what Linux says of this process, in kilobytes.
fn memory_kb(line: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = text.lines().find_map(|known| known.strip_prefix(line));
    found.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let count = words.iter().find_map(|word| word.parse().ok()).unwrap_or(1_000_000);
    let path = words.iter().find(|word| std::path::Path::new(word).is_file());
    let name = path.cloned().unwrap_or_else(|| "sphere.stl".to_owned());
    let files = vec![FileRef { name, source: FileSource::Page(0) }];
    let (phases, before, start) = (Phases::default(), memory_kb("VmRSS:"), Instant::now());
    let request = JobRequest::Import { files, options: ImportOptions::default() };
    let Ok(JobOutput::Imported(model)) = jobs::run(request, &Bench(count), &phases) else {
        println!("it was not opened");
        return;
    };
    let secs = start.elapsed().as_secs_f64();
    let grown = (memory_kb("VmHWM:") - before) * 1024.0;
    let triangles: usize = model.parts.iter().map(|part| part.facts.num_triangles).sum();
    println!(
        "{triangles} triangles: {secs:.2} s, grew by {:.0} MB, {:.0} bytes per triangle, closed: {}",
        grown / 1e6,
        grown / triangles.max(1) as f64,
        model.parts.iter().all(|part| part.facts.closed),
    );
    for (name, at) in phases.0.lock().expect("one thread").iter() {
        println!("  {name} from {:.2} s", at.duration_since(start).as_secs_f64());
    }
}
