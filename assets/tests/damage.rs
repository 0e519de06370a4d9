//! Cut and flipped files: no panic, no hang, well-formed meshes or an error, and no more memory than the bytes justify.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]
#![allow(unsafe_code, reason = "an allocator that counts has to be one")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use assets::environment::read_hdr;
use assets::project::{self, ProjectFiles, ProjectMesh};
use assets::{Encoding, ExportOptions, Format, ImportOptions, NoSideFiles, export, import};
use common::{corpus, rows};
use geometry::{ContentHash, Primitive, Unwatched};
use proptest::prelude::*;

/// Counts what this thread allocates in all.
struct Counting;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ended_thread = LARGEST.try_with(|largest| largest.set(largest.get().max(layout.size())));
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// No single allocation may be larger than this for a file of so many bytes; what is packed may be 16 times as long.
fn most_bytes(file: &[u8]) -> usize {
    let packing = if file.starts_with(b"PK") { 16 } else { 1 };
    256 * packing * file.len() + (1 << 20)
}

/// Reads a file and checks whatever it gives.
fn survive(name: &str, bytes: &[u8]) {
    LARGEST.set(0);
    if let Ok(imported) = import(name, bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched) {
        for mesh in &imported.scene.meshes {
            mesh.surface.validate().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(mesh.surface.material_slots.iter().all(|&slot| (slot as usize) < mesh.materials.len()));
            for lines in &mesh.lines {
                assert!(
                    lines.segments.as_flattened().iter().all(|&end| (end as usize) < lines.positions.len())
                );
            }
        }
        for node in &imported.scene.nodes {
            assert!(node.mesh.is_none_or(|mesh| mesh < imported.scene.meshes.len()));
        }
    }
    let largest = LARGEST.get();
    assert!(largest <= most_bytes(bytes), "{name}: {largest} bytes at once for a file of {}", bytes.len());
}

/// Small valid files of all formats that this module of the crate reads.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut scene =
        common::scene_of(Primitive::Cylinder { radius: 1.0, height: 2.0, segments: 5 }.mesh().unwrap());
    scene.materials.push(assets::Material { name: "m".to_owned(), ..assets::Material::default() });
    scene.meshes[0].materials = vec![Some(0)];
    let mut seeds = Vec::new();
    for format in [Format::Stl, Format::Obj, Format::Ply, Format::Off, Format::ThreeMf] {
        for encoding in [Encoding::Binary, Encoding::Text] {
            let options = ExportOptions { encoding, ..ExportOptions::default() };
            let name = format!("seed.{}", format.extensions()[0]);
            let files = export(&name, &scene, format, &options, &Unwatched).unwrap();
            seeds.push((name, files.into_iter().next().unwrap().1));
        }
    }
    let ply = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nelement tristrips 1\nproperty list int int vertex_indices\nelement edge 1\nproperty int vertex1\nproperty int vertex2\nelement face 1\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\nproperty float nx\nproperty float ny\nproperty float nz\nend_header\n0 0 0 1 2 3\n1 0 0 1 2 3\n0 1 0 1 2 3\n5 0 1 2 -1 0\n0 1\n3 0 1 2 6 0 0 1 0 1 1 0 0 1\n";
    seeds.push(("seed.ply".to_owned(), ply.as_bytes().to_vec()));
    let obj = "mtllib a.mtl\no a\nv 0 0 0 1 1 1\nv 1 0 0 0 1 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvn 0 0 1\ng x\nusemtl m\nf 1/1/1 2/1/1 3/1/1 4/1/1\nl 1 2 3\np -1 -2\ng y\nf 1 2 \\\n 3\n";
    seeds.push(("seed.obj".to_owned(), obj.as_bytes().to_vec()));
    let amf = "<?xml version='1.0'?><amf unit='inch'><metadata type='name'>a</metadata><object id='1'><color><r>1</r><g>0</g><b>0</b></color><mesh><vertices><vertex><coordinates><x>0</x><y>0</y><z>0</z></coordinates><color><r>.5</r><g>1</g><b>0</b><a>.5</a></color></vertex><vertex><coordinates><x>1</x><y>0</y><z>0</z></coordinates></vertex><vertex><coordinates><x>0</x><y>1</y><z>0</z></coordinates></vertex></vertices><volume materialid='2'><triangle><v1>0</v1><v2>1</v2><v3>2</v3></triangle><triangle><v1>0</v1><v2>2</v2><v3>1</v3><color><r>1</r><g>1</g><b>1</b></color></triangle></volume></mesh></object><material id='2'><color><r>0</r><g>0</g><b>1</b></color></material><constellation id='3'><instance objectid='1'><deltax>5</deltax><rz>90</rz></instance></constellation></amf>";
    seeds.push(("seed.amf".to_owned(), amf.as_bytes().to_vec()));
    seeds.push(("seed.pts".to_owned(), b"3\n0 0 0 1 255 0 0\n1,2;3\t-7 0 0 9\n1e3 nan 0\n".to_vec()));
    seeds
}

#[test]
fn every_cut_and_every_flipped_bit_of_small_files() {
    for (name, bytes) in seeds() {
        survive(&name, &bytes);
        for at in 0..bytes.len() {
            survive(&name, &bytes[..at]);
            for flip in [1, 4, 0x20, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                survive(&name, &bytes);
            }
        }
    }
}

#[test]
fn cut_and_flipped_files_of_the_corpus() {
    let Some(root) = corpus() else { return };
    for row in rows(&root).iter().filter(|row| row["role"] == "model") {
        let format = Format::from_name(&row["path"]);
        if format.is_none_or(|format| [Format::Gltf, Format::Glb].contains(&format)) {
            continue;
        }
        let mut bytes = std::fs::read(root.join(&row["path"])).expect("the manifest lists files that exist");
        bytes.truncate(20_000);
        for step in 1..8 {
            survive(&row["path"], &bytes[..bytes.len() * step / 8]);
            let mut flipped = bytes.clone();
            // A few places that move with the step, more of them near the start, where counts are.
            for number in 0..6_usize {
                let at = (number * number * 31 + step * 7) % flipped.len().max(1);
                if let Some(byte) = flipped.get_mut(at) {
                    *byte ^= 1 << ((step + number) % 8);
                }
            }
            survive(&row["path"], &flipped);
        }
    }
}

#[test]
fn no_text_takes_the_square_of_its_length() {
    let facet = "facet outer loop vertex 0 0 0 vertex 1 0 0 vertex 0 1 0 endloop endfacet ";
    let vertices = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";
    let numbered = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    for (name, text) in [
        ("a.stl", format!("solid a {facet} endsolid ").repeat(10_000)),
        ("a.stl", "solid ".repeat(200_000)),
        ("a.obj", format!("{vertices}{}", numbered(30_000, &|n| format!("usemtl {n}\nf 1 2 3\n")))),
        ("a.obj", format!("{vertices}{}", numbered(30_000, &|n| format!("g {n}\nf 1 2 3\n")))),
        ("a.obj", format!("{vertices}{}f 1 2 3\n", numbered(30_000, &|n| format!("mtllib {n}.mtl\n")))),
        (
            "a.obj",
            numbered(10_000, &|n| {
                format!("o {n}\nv {n} 0 0 1 1 1\nv 1 0 0 1 0 1\nv 0 1 0 1 1 0\nf -1 -2 -3\n")
            }),
        ),
        ("a.obj", format!("{vertices}f{}\n", " 1 2 3".repeat(30_000))),
    ] {
        #[expect(clippy::disallowed_methods, reason = "a native test may look at the clock")]
        let start = std::time::Instant::now();
        survive(name, text.as_bytes());
        let seconds = start.elapsed().as_secs_f64();
        assert!(seconds < 10.0, "{name}: {seconds} s for {} bytes of {}", text.len(), &text[..40]);
    }
}

fn project_bytes() -> Vec<u8> {
    let mut files = ProjectFiles { document: "{\"parts\": []}".to_owned(), ..ProjectFiles::default() };
    let mesh = Primitive::Sphere { radius: 1.0, segments: 6 }.mesh().unwrap();
    files.meshes.insert(ContentHash(7), ProjectMesh { surface: mesh.into(), ..ProjectMesh::default() });
    let image = assets::Image { width: 2, height: 1, rgba: vec![9; 8], ..assets::Image::default() };
    files.images.insert(ContentHash(9), image.into());
    project::write(&files, &Unwatched).unwrap()
}

#[test]
fn every_cut_and_flipped_byte_of_a_project() {
    let bytes = project_bytes();
    let check = |bytes: &[u8]| {
        if let Ok(opened) = project::read(bytes, &Unwatched) {
            opened.files.meshes.values().for_each(|mesh| mesh.surface.validate().unwrap());
        }
    };
    for at in 0..bytes.len() {
        check(&bytes[..at]);
        for flip in [1, 0x80, 0xff] {
            let mut bytes = bytes.clone();
            bytes[at] ^= flip;
            check(&bytes);
        }
    }
}

#[test]
fn every_cut_and_flipped_byte_of_geometry() {
    let mesh = Primitive::Sphere { radius: 1.0, segments: 6 }.mesh().unwrap();
    let bytes = project::encode_mesh(&ProjectMesh { surface: mesh.into(), ..ProjectMesh::default() });
    for at in 0..bytes.len() {
        assert!(project::decode_mesh(&bytes[..at]).is_err() || at + 8 > bytes.len());
        for flip in [1, 0x10, 0x80, 0xff] {
            let mut bytes = bytes.clone();
            bytes[at] ^= flip;
            if let Ok(mesh) = project::decode_mesh(&bytes) {
                mesh.surface.validate().unwrap();
            }
        }
    }
}

#[test]
fn environments_of_the_corpus_whole_and_damaged() {
    let Some(root) = corpus() else { return };
    for row in rows(&root).iter().filter(|row| row["category"] == "hdr" && row["role"] == "model") {
        let bytes = std::fs::read(root.join(&row["path"])).expect("the manifest lists files that exist");
        let environment = read_hdr(&bytes, &Unwatched).unwrap();
        assert_eq!((environment.width, environment.height), (1024, 512));
        assert_eq!(environment.rgb.len(), 1024 * 512);
        assert!(environment.rgb.as_flattened().iter().all(|value| value.is_finite() && *value >= 0.0));
        let brightest = environment.rgb.as_flattened().iter().copied().fold(0.0, f32::max);
        assert!(brightest > 2.0, "{brightest}: a sky is brighter than white");
        for step in 0..64 {
            let _any = read_hdr(&bytes[..bytes.len() * step / 64], &Unwatched);
            let mut flipped = bytes.clone();
            flipped[step * 3] ^= 0x81;
            flipped[bytes.len() * step / 64] ^= 0x42;
            let _any = read_hdr(&flipped, &Unwatched);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn text_made_of_the_words_of_a_format(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..60),
        start in prop::sample::select(&["", "solid\n", "ply\nformat ascii 1.0\n", "v 0 0 0\nv 1 0 0\nv 0 1 0\n"][..]),
        name in prop::sample::select(&["a.stl", "a.obj", "a.ply"][..]),
    ) {
        survive(name, format!("{start}{}", words.concat()).as_bytes());
    }
}

const WORDS: &[&str] = &[
    "solid ",
    "facet ",
    "normal ",
    "outer loop\n",
    "vertex ",
    "endloop\n",
    "endfacet\n",
    "endsolid\n",
    "v ",
    "vt ",
    "vn ",
    "f ",
    "l ",
    "p ",
    "o a\n",
    "g b\n",
    "usemtl m\n",
    "mtllib m.mtl\n",
    "newmtl m\n",
    "s 1\n",
    "-1 ",
    "0 ",
    "1 ",
    "2 ",
    "3 ",
    "1/2/3 ",
    "2//1 ",
    "3/1 ",
    "1e308 ",
    "nan ",
    "1e-400 ",
    "99999999999999999999 ",
    "4294967295 ",
    "\\\n",
    "\n",
    "\r",
    "# ",
    "element vertex 3\n",
    "element face ",
    "element tristrips 2\n",
    "element edge 1\n",
    "property float x\n",
    "property float y\n",
    "property float z\n",
    "property list uchar int vertex_indices\n",
    "property list int double texcoord\n",
    "property uchar red\n",
    "end_header\n",
];
