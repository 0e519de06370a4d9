//! All STL, OBJ, PLY and OFF files of the public corpus against its manifest; skipped where the corpus is absent.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use std::collections::BTreeMap;
use std::time::Instant;

use assets::{Format, ImportErrorKind, ImportOptions, UpAxis};
use common::{Folder, corpus, merged, rows};
use geometry::Unwatched;
use glam::DVec3;

/// Files whose numbers differ from the manifest's, each with the reason. A file that no longer differs has to go.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "meshes-dirty/trimesh/wallhole.obj",
        "its polygons are not convex; the fans behind the manifest's numbers leave them open, ours close",
    ),
    (
        "meshes-dirty/trimesh/angle_block.STL",
        "it closes only with a tolerance; equality to the bit leaves it open",
    ),
    (
        "meshes-dirty/trimesh/featuretype.STL",
        "it closes only with a tolerance; equality to the bit leaves it open",
    ),
    (
        "meshes-dirty/trimesh/octagonal_pocket.stl",
        "it closes only with a tolerance; equality to the bit leaves it open",
    ),
    (
        "meshes-dirty/trimesh/multibody.stl",
        "some of its bodies wind the other way, which was put right before the manifest's volume was taken",
    ),
    (
        "off/trimesh/zip/off/unitcube.off",
        "one of its faces winds the other way, which was put right before the manifest's volume was taken",
    ),
    (
        "obj/Online3DViewer/texture_parameters.obj",
        "negative indices count back from the line they are on: four squares side by side, not one four times",
    ),
    (
        "obj/keenan-crane/spot_control_mesh.obj",
        "its polygons are not flat, and those that are not convex are split another way",
    ),
    (
        "ply/trimesh/octagonal_pocket.ply",
        "it closes only with a tolerance; equality to the bit leaves it open",
    ),
    ("3mf/3mf-samples/beam lattice/pyramid.3mf", BEAMS),
    ("3mf/3mf-samples/beam lattice/spinal implant.3mf", BEAMS),
    ("3mf/3mf-samples/beam lattice/variable voronoi.3mf", BEAMS),
    ("3mf/lib3mf/BeamLattice/Box_Attributes_Negative_2.3mf", BEAMS),
    (
        "3mf/assimp/3MF/production_components.3mf",
        "both parts name their object 1; behind the manifest's numbers the first is shown twice",
    ),
    (
        "3mf/lib3mf/Production/2ProductionBoxes_OneSliceFile.3mf",
        "its meshes are in other parts, which the reader behind the manifest's numbers does not follow",
    ),
    ("3mf/lib3mf/Volumetric/RadialRadiator.3mf", LEVEL_SET),
    ("3mf/lib3mf/Volumetric/template.3mf", LEVEL_SET),
    (
        "3mf/lib3mf/CPP_UnitTests/3mfbase1_cube.3mf",
        "two of its resources have the id 3, which the conformance set says must fail",
    ),
];

/// The limit is 2 s in a release build; tests are built with less optimisation and share their cores.
const LIMIT_SECS: f64 = 10.0;

const LEVEL_SET: &str = "the mesh around its level set does not wind evenly, which was put right before the manifest's volume was taken";
const BEAMS: &str = "its beams are shown as solids, which the manifest's numbers leave out";

#[derive(Default)]
struct Sweep {
    read: BTreeMap<String, usize>,
    refused: Vec<String>,
    differences: BTreeMap<String, String>,
}

#[test]
fn every_file_gives_what_the_manifest_says_or_a_clear_answer() {
    let Some(root) = corpus() else { return };
    let mut sweep = Sweep::default();
    for row in rows(&root) {
        let format = Format::from_name(&row["path"]);
        let is_ours = format.is_some_and(|format| ![Format::Gltf, Format::Glb].contains(&format));
        if row["role"] == "model" && is_ours {
            sweep.file(&root, &row);
        }
    }
    println!("read: {:?}", sweep.read);
    println!("refused:\n  {}", sweep.refused.join("\n  "));
    let mut wrong = Vec::new();
    for (path, difference) in &sweep.differences {
        match EXPLAINED.iter().find(|(known, _)| known == path) {
            Some((_, reason)) => println!("explained: {path}: {difference} ({reason})"),
            None => wrong.push(format!("{path}: {difference}")),
        }
    }
    for (path, _reason) in EXPLAINED {
        if !sweep.differences.contains_key(*path) {
            wrong.push(format!("{path}: no longer differs, take it off the list"));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

impl Sweep {
    fn file(&mut self, root: &std::path::Path, row: &BTreeMap<String, String>) {
        let path = root.join(&row["path"]);
        let bytes = std::fs::read(&path).expect("the manifest lists files that exist");
        let folder = Folder::of(&path);
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        #[expect(clippy::disallowed_methods, reason = "a native test may look at the clock")]
        let start = Instant::now();
        let imported = assets::import(&name, &bytes, &ImportOptions::default(), &folder, &Unwatched);
        let seconds = start.elapsed().as_secs_f64();
        assert!(seconds < LIMIT_SECS, "{name} took {seconds} s");
        let expects_trouble = row["notes"].contains("expect:");
        match imported {
            Ok(imported) => {
                *self.read.entry(imported.scene.source.format.clone()).or_default() += 1;
                let difference = compare(&imported, row);
                if !difference.is_empty() {
                    self.differences.insert(row["path"].clone(), difference.join("; "));
                }
            }
            Err(error) => {
                assert!(!error.message.is_empty(), "{name}");
                self.refused.push(format!("{}: {} {error}", row["path"], error.kind.code()));
                let is_empty = error.kind == ImportErrorKind::Empty && row["triangles"].parse() == Ok(0);
                let unread_by_others = row["triangles"].is_empty() && row["notes"].contains("trimesh");
                if !(expects_trouble || is_empty || unread_by_others) {
                    self.differences.insert(row["path"].clone(), format!("refused: {error}"));
                }
            }
        }
    }
}

fn compare(imported: &assets::Imported, row: &BTreeMap<String, String>) -> Vec<String> {
    let mut differences = Vec::new();
    let scene = &imported.scene;
    for mesh in &scene.meshes {
        mesh.surface.validate().expect("importers make well-formed meshes");
    }
    let mesh = merged(scene);
    if let Ok(triangles) = row["triangles"].parse::<usize>()
        && triangles != mesh.triangles.len()
    {
        differences.push(format!("{} triangles instead of {triangles}", mesh.triangles.len()));
    }
    if let Some((low, high)) = mesh.bounds()
        && !row["extents"].is_empty()
    {
        let size = high - low;
        let size = size / scene.source.unit.millimetres();
        let size = match scene.source.up_axis {
            UpAxis::Z => size,
            UpAxis::Y => DVec3::new(size.x, size.z, size.y),
        };
        let expected: Vec<f64> = row["extents"].split(" x ").map(|part| part.parse().unwrap()).collect();
        let largest = expected.iter().copied().fold(0.0, f64::max);
        if size
            .to_array()
            .iter()
            .zip(&expected)
            .any(|(found, expected)| (found - expected).abs() > 1e-5 * largest)
        {
            differences.push(format!("size {size} instead of {expected:?}"));
        }
    }
    if mesh.is_empty() {
        return differences;
    }
    let watertight = mesh.is_watertight();
    if let Ok(expected) = row["watertight"].parse::<bool>()
        && expected != watertight
    {
        differences.push(format!("watertight {watertight} instead of {expected}"));
    }
    if let Ok(expected) = row["volume"].parse::<f64>()
        && watertight
    {
        let volume = mesh.properties().volume / scene.source.unit.millimetres().powi(3);
        if (volume - expected).abs() > 1e-4 * expected.abs().max(1e-9) {
            differences.push(format!("volume {volume} instead of {expected}"));
        }
    }
    differences
}
