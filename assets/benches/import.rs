//! How long it takes to read a model of a million triangles, and how much memory it takes above the file.
//!
//! Guards the goals of `cargo bench -p assets`: binary STL well below 0.4 s, OBJ near 1 s, PLY between, on one core, and
//! memory of about 40 bytes per triangle for STL. Run with a number to try another size, and with the path of a folder to
//! keep the files, so that other programs can be measured with them. With the path of a file it reads that file once and
//! says how long it took and how much the process grew; `side_by_side.py` asks it that, and other programs too.
#![allow(clippy::print_stdout, reason = "the answer of a bench")]
#![allow(clippy::disallowed_methods, reason = "a native bench looks at the clock")]
#![allow(unsafe_code, reason = "an allocator that counts has to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use assets::{
    Encoding, ExportOptions, Format, ImportOptions, ImportedMesh, ImportedNode, ImportedScene, NoSideFiles,
    SceneRoots, export, import,
};
use geometry::{Channel, CornerRows, Mesh, Semantic, Unwatched};
use glam::DVec3;

/// Counts the bytes in use and their peak.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let in_use = IN_USE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(in_use, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A bumpy closed torus of about so many triangles, with single-precision coordinates.
fn bumpy_torus(num_triangles: usize) -> Mesh {
    let around = ((num_triangles as f64).sqrt() as u32).max(3);
    let tube = (num_triangles as u32 / (2 * around)).max(3);
    let mut positions = Vec::new();
    let mut triangles = Vec::new();
    for u in 0..around {
        for v in 0..tube {
            let (a, b) = (f64::from(u) / f64::from(around), f64::from(v) / f64::from(tube));
            let (a, b) = (a * std::f64::consts::TAU, b * std::f64::consts::TAU);
            let radius = 10.0 + geometry::math::sin(a * 17.0) * geometry::math::cos(b * 13.0);
            let ring = 40.0 + radius * geometry::math::cos(b);
            let point = DVec3::new(
                ring * geometry::math::cos(a),
                ring * geometry::math::sin(a),
                radius * geometry::math::sin(b),
            );
            positions.push(point.as_vec3().as_dvec3());
            let at = |u: u32, v: u32| u % around * tube + v % tube;
            triangles.push([at(u, v), at(u + 1, v), at(u + 1, v + 1)]);
            triangles.push([at(u, v), at(u + 1, v + 1), at(u, v + 1)]);
        }
    }
    Mesh::new(positions, triangles)
}

fn with_normals(mut mesh: Mesh) -> Mesh {
    let mut values = Vec::new();
    for position in &mesh.positions {
        values.extend(position.normalize_or_zero().as_vec3().to_array());
    }
    mesh.channels.push(Channel {
        semantic: Semantic::Normal,
        width: 3,
        values,
        rows: CornerRows::PerPosition,
    });
    mesh
}

fn scene_of(mesh: Mesh) -> ImportedScene {
    ImportedScene {
        nodes: vec![ImportedNode { mesh: Some(0), ..ImportedNode::default() }],
        scenes: vec![SceneRoots { name: String::new(), roots: vec![0] }],
        meshes: vec![ImportedMesh { surface: Arc::new(mesh), ..ImportedMesh::default() }],
        ..ImportedScene::default()
    }
}

/// A file that is read where it is needed.
struct OnDisk(std::fs::File);

impl assets::ByteSource for OnDisk {
    fn size(&self) -> u64 {
        self.0.metadata().map_or(0, |metadata| metadata.len())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let mut file = &self.0;
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(into));
        read.map_err(|error| error.to_string())
    }
}

/// A line of what Linux says of this process, in kilobytes.
fn memory_kb(line: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = text.lines().find_map(|known| known.strip_prefix(line));
    found.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
}

fn read_one(path: &str, file: std::fs::File) {
    let before = memory_kb("VmRSS:");
    let start = Instant::now();
    let options = ImportOptions::default();
    let imported = assets::import_from(path, &OnDisk(file), &options, &NoSideFiles, &Unwatched);
    let secs = start.elapsed().as_secs_f64();
    let triangles: usize = imported
        .iter()
        .flat_map(|imported| &imported.scene.meshes)
        .map(|mesh| mesh.surface.triangles.len())
        .sum();
    let grown = memory_kb("VmHWM:") - before;
    println!("{{\"ms\": {:.1}, \"mb\": {:.1}, \"triangles\": {triangles}}}", secs * 1e3, grown / 1e3);
}

fn main() {
    let file = std::env::args().skip(1).find(|word| std::path::Path::new(word).is_file());
    if let Some((path, file)) = file.and_then(|path| Some((path.clone(), std::fs::File::open(path).ok()?))) {
        return read_one(&path, file);
    }
    let num_triangles = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1_000_000);
    let folder = std::env::args().skip(1).find(|word| std::path::Path::new(word).is_dir());
    let plain = scene_of(bumpy_torus(num_triangles));
    let with_normals = scene_of(with_normals(bumpy_torus(num_triangles)));
    for (label, format, encoding, scene) in [
        ("STL binary", Format::Stl, Encoding::Binary, &plain),
        ("STL ascii", Format::Stl, Encoding::Text, &plain),
        ("OBJ", Format::Obj, Encoding::Text, &plain),
        ("OBJ normals", Format::Obj, Encoding::Text, &with_normals),
        ("PLY binary", Format::Ply, Encoding::Binary, &plain),
        ("PLY ascii", Format::Ply, Encoding::Text, &plain),
        ("GLB", Format::Glb, Encoding::Binary, &plain),
        ("OFF", Format::Off, Encoding::Text, &plain),
        ("3MF", Format::ThreeMf, Encoding::Binary, &plain),
    ] {
        let options = ExportOptions { encoding, ..ExportOptions::default() };
        let name = format!("bench.{}", format.extensions()[0]);
        let start = Instant::now();
        let Ok(files) = export(&name, scene, format, &options, &Unwatched) else {
            println!("{label:12} not written");
            continue;
        };
        let written = start.elapsed();
        let bytes = &files[0].1;
        if let Some(folder) = &folder {
            let name = format!("{}.{}", label.replace(' ', "_"), format.extensions()[0]);
            let path = std::path::Path::new(folder).join(name);
            if let Err(error) = std::fs::write(&path, bytes) {
                println!("{} is not kept: {error}", path.display());
            }
        }
        let mut best = f64::INFINITY;
        let mut peak = 0;
        let mut triangles = 0;
        for _run in 0..3 {
            let before = IN_USE.load(Ordering::Relaxed);
            PEAK.store(before, Ordering::Relaxed);
            let start = Instant::now();
            let imported = import(&name, bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched);
            best = best.min(start.elapsed().as_secs_f64());
            peak = PEAK.load(Ordering::Relaxed) - before;
            let Ok(imported) = imported else { continue };
            triangles = imported.scene.meshes.iter().map(|mesh| mesh.surface.triangles.len()).sum();
        }
        println!(
            "{label:12} {:7.1} MB, {triangles} triangles: read in {:6.0} ms, peak {:5.1} bytes per triangle; written in {:6.0} ms",
            bytes.len() as f64 / 1e6,
            best * 1e3,
            peak as f64 / triangles.max(1) as f64,
            written.as_secs_f64() * 1e3,
        );
    }
}
