//! Which format a file is, and what is said of those that are none.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use assets::{
    Encoding, ExportOptions, Format, ImportErrorKind, ImportOptions, NoSideFiles, detect, export, import,
    side_files,
};
use common::{corpus, rows};
use geometry::{Cancelled, Primitive, Progress, Unwatched};

fn check(name: &str, bytes: &[u8], expected: Format) {
    assert_eq!(detect(name, bytes), Ok(expected), "{name}");
}

const TRIANGLE_OBJ: &[u8] = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";

#[test]
fn content_goes_before_the_extension() {
    let stl = b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0";
    check("a.stl", stl, Format::Stl);
    check("a.obj", stl, Format::Stl);
    check("a", TRIANGLE_OBJ, Format::Obj);
    check("a.stl", TRIANGLE_OBJ, Format::Obj);
    check("a.txt", b"# a\nSTCNOFF\n3 1 0\n", Format::Off);
    check("a.bin", b"ply\nformat ascii 1.0\n", Format::Ply);
    check("a.gltf", b"glTF\x02\0\0\0", Format::Glb);
    check("a.json", b" {\"asset\": {\"version\": \"2.0\"}}", Format::Gltf);
    check("a.gltf", b"{}", Format::Gltf);
    check("a.stl", b"PK\x03\x04 3D/3dmodel.model _rels/.rels", Format::ThreeMf);
}

#[test]
fn the_extension_decides_where_the_content_does_not() {
    check("A.STL", &[7; 90], Format::Stl);
    check("a.obj", b"# nothing yet", Format::Obj);
    check("a.b.ply", b"x", Format::Ply);
}

#[test]
fn binary_stl_may_begin_with_solid() {
    let mut bytes = b"solid of some writer".to_vec();
    bytes.resize(80, b' ');
    bytes.extend_from_slice(&1_u32.to_le_bytes());
    bytes.extend_from_slice(&[0; 50]);
    check("a", &bytes, Format::Stl);
}

#[test]
fn what_cannot_be_read_is_named_with_a_next_step() {
    let explain = |name: &str, bytes: &[u8]| {
        let error = import(name, bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched).unwrap_err();
        (error.kind, error.message)
    };
    for (name, bytes, word) in [
        ("a.stl", &b"<!DOCTYPE html><html>"[..], "web page"),
        ("a.obj", b"\n<HTML>", "web page"),
        ("a.step", b"ISO-10303-21;", "STEP"),
        ("a.stp", b"?", "STEP"),
        ("a.fbx", b"Kaydara FBX Binary  \0", "FBX"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "picture"),
        ("a.glb", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        ("a.hdr", b"#?RADIANCE\n", "environment"),
        ("a.mtl", b"newmtl a\nKd 1 1 1", "material file"),
        ("a.dae", b"<?xml version=\"1.0\"?><COLLADA>", "COLLADA"),
    ] {
        let (kind, message) = explain(name, bytes);
        assert_eq!(kind, ImportErrorKind::Unsupported, "{name}");
        assert!(message.contains(word), "{name}: {message}");
        assert!(message.matches(". ").count() >= 1, "{name} needs a next step: {message}");
    }
    assert_eq!(explain("a.stl", b"").0, ImportErrorKind::Empty);
    assert_eq!(explain("a.xyzzy", b"\0\x01").0, ImportErrorKind::UnknownFormat);
}

#[test]
fn names_and_media_types_are_there_for_all() {
    for format in Format::ALL {
        assert_eq!(Format::from_extension(format.extensions()[0]), Some(format));
        assert!(format.media_type().contains('/'));
        assert!(!format.name().is_empty());
    }
    assert_eq!(Format::from_name("folder.obj/part.STL"), Some(Format::Stl));
    assert_eq!(Format::from_name("none"), None);
}

#[test]
fn side_files_lead_from_model_to_library_to_picture() {
    assert_eq!(side_files("a.obj", b"mtllib my materials.mtl\nv 0 0 0\n"), ["my materials.mtl"]);
    assert_eq!(side_files("a.obj", b"mtllib a.mtl b.mtl\nv 0 0 0\n"), ["a.mtl", "b.mtl", "a.mtl b.mtl"]);
    assert_eq!(side_files("A.MTL", b"newmtl x\nmap_Kd wood.png\nmap_Bump wood.png\n"), ["wood.png"]);
    assert_eq!(
        side_files("a.ply", b"ply\nformat ascii 1.0\ncomment TextureFile a b.png\nend_header\n"),
        ["a b.png"]
    );
    assert_eq!(side_files("a.stl", b""), [""; 0]);
}

/// Counts reports, checks that they do not fall, and cancels at one of them.
struct Watch {
    cancel_at: usize,
    reports: AtomicUsize,
    last: Mutex<f64>,
}

impl Progress for Watch {
    fn report(&self, done: f64) -> Result<(), Cancelled> {
        let mut last = self.last.lock().unwrap();
        assert!((*last..=1.0).contains(&done), "{done} after {last}");
        *last = done;
        let reports = self.reports.fetch_add(1, Ordering::Relaxed);
        if reports >= self.cancel_at { Err(Cancelled) } else { Ok(()) }
    }
}

#[test]
fn progress_rises_and_every_report_can_cancel() {
    let mesh = Primitive::Sphere { radius: 1.0, segments: 160 }.mesh().unwrap();
    let scene = common::scene_of(mesh);
    for format in [Format::Stl, Format::Obj, Format::Ply, Format::Off, Format::ThreeMf] {
        for encoding in [Encoding::Binary, Encoding::Text] {
            let options = ExportOptions { encoding, ..ExportOptions::default() };
            let name = format!("a.{}", format.extensions()[0]);
            let watch = |cancel_at| Watch { cancel_at, reports: AtomicUsize::new(0), last: Mutex::new(0.0) };
            let all = watch(usize::MAX);
            let files = export(&name, &scene, format, &options, &all).unwrap();
            assert!(all.reports.into_inner() >= 3, "{name} is written in silence");
            let bytes = &files[0].1;
            let read = |watch: &Watch| import(&name, bytes, &ImportOptions::default(), &NoSideFiles, watch);
            let all = watch(usize::MAX);
            read(&all).unwrap();
            let reports = all.reports.into_inner();
            assert!(reports >= 3, "{name} is read in silence");
            for cancel_at in 0..reports {
                assert_eq!(read(&watch(cancel_at)).unwrap_err().kind, ImportErrorKind::Cancelled, "{name}");
            }
        }
    }
}

#[test]
fn every_model_of_the_corpus_is_taken_for_what_it_is() {
    let Some(root) = corpus() else { return };
    let mut wrong = Vec::new();
    for row in rows(&root).iter().filter(|row| row["role"] == "model") {
        let path = root.join(&row["path"]);
        let expected = match row["category"].as_str() {
            "stl" => Some(Format::Stl),
            "obj" => Some(Format::Obj),
            "ply" => Some(Format::Ply),
            "off" => Some(Format::Off),
            "3mf" => Some(Format::ThreeMf),
            "other" if row["path"].ends_with(".amf") => Some(Format::Amf),
            "other" => Some(Format::Points),
            "gltf" | "gltf-invalid" | "meshes-boolean" | "meshes-dirty" => continue,
            _ => None,
        };
        let bytes = std::fs::read(&path).expect("the manifest lists files that exist");
        let found = detect(&row["path"], &bytes).ok();
        if found != expected {
            wrong.push(format!("{}: {found:?} instead of {expected:?}", row["path"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
