//! Recognised geometry of real files. What is found in all of them is printed with
//!
//! `cargo test -p assets --test features -- --ignored --nocapture`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assets::ImportOptions;
use common::{Folder, corpus, merged};
use geometry::features::{Features, Shape, recognize};
use geometry::{Mesh, Unwatched};

fn read(path: &Path) -> Option<Mesh> {
    let bytes = std::fs::read(path).ok()?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    let imported =
        assets::import(&name, &bytes, &ImportOptions::default(), &Folder::of(path), &Unwatched).ok()?;
    let mesh = merged(&imported.scene);
    (!mesh.triangles.is_empty() && mesh.validate().is_ok()).then_some(mesh)
}

fn name_of(shape: Option<&Shape>) -> &'static str {
    match shape {
        Some(Shape::Plane { .. }) => "plane",
        Some(Shape::Cylinder { is_hollow: false, .. }) => "cylinder",
        Some(Shape::Cylinder { is_hollow: true, .. }) => "hole",
        Some(Shape::Cone { .. }) => "cone",
        Some(Shape::Sphere { .. }) => "sphere",
        Some(Shape::Torus { .. }) => "torus",
        None => "free",
    }
}

/// Number and share of the area by kind.
fn summary(features: &Features) -> BTreeMap<&'static str, (usize, f64)> {
    let whole: f64 = features.faces.iter().map(|face| face.area).sum();
    let mut counts = BTreeMap::new();
    for face in &features.faces {
        let entry: &mut (usize, f64) = counts.entry(name_of(face.shape.as_ref())).or_default();
        entry.0 += 1;
        entry.1 += face.area / whole;
    }
    counts
}

fn files_below(folder: PathBuf) -> Vec<PathBuf> {
    let mut open = vec![folder];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
#[ignore = "prints a table to look at"]
fn what_is_found_in_every_file() {
    let Some(corpus) = corpus() else { return };
    for folder in ["stl", "meshes-boolean", "obj", "off", "ply", "meshes-dirty"] {
        for path in files_below(corpus.join(folder)) {
            let Some(mesh) = read(&path) else { continue };
            let start = std::time::SystemTime::now();
            let features = recognize(&mesh, &Unwatched).unwrap();
            let millis = start.elapsed().map_or(0, |time| time.as_millis());
            let kinds: Vec<String> = summary(&features)
                .iter()
                .map(|(name, (count, share))| format!("{name} {count} ({:.0} %)", share * 100.0))
                .collect();
            let (count, file) = (mesh.triangles.len(), path.file_name().unwrap().to_string_lossy());
            println!("{file:32} {count:7} △ {millis:6} ms  {}", kinds.join(", "));
        }
    }
}

#[test]
fn the_holes_of_a_tray_are_found() {
    let Some(corpus) = corpus() else { return };
    let mesh = read(&corpus.join("meshes-boolean/trimesh/1002_tray_bottom.STL")).unwrap();
    let features = recognize(&mesh, &Unwatched).unwrap();
    let holes: Vec<(f64, f64)> = features
        .faces
        .iter()
        .filter_map(|face| match face.shape {
            Some(Shape::Cylinder { radius, is_hollow: true, turn_rad, .. }) if turn_rad > 6.0 => {
                Some((radius, face.fit.max))
            }
            _ => None,
        })
        .collect();
    assert!(holes.len() >= 20, "{holes:?}");
    // As exact as a binary STL holds a point.
    assert!(holes.iter().all(|&(radius, max)| max < 1e-3 * radius), "{holes:?}");
}
