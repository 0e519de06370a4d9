//! Every glTF file of the corpus: valid ones load with the numbers that another reader found, invalid ones are answered.
//!
//! The corpus lies beside the repository; without it the tests say so and pass.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use assets::{
    ExportOptions, Format, ImportError, ImportErrorKind, ImportOptions, Imported, ImportedMesh,
    ImportedScene, Interpolation, NoSideFiles, export, import,
};
use geometry::Unwatched;
use glam::{DAffine3, DVec3};

use self::common::{Folder, corpus, rows};

/// A row of the manifest by column name: what another reader made of a file.
type Row = BTreeMap<String, String>;

fn models(root: &Path, category: &str) -> impl Iterator<Item = Row> {
    rows(root).into_iter().filter(move |row| row["role"] == "model" && row["category"] == category)
}

fn load(path: &Path) -> Result<Imported, ImportError> {
    let name = path.file_name().unwrap().to_string_lossy();
    import(&name, &std::fs::read(path).unwrap(), &ImportOptions::default(), &Folder::of(path), &Unwatched)
}

/// What the default scene shows: triangles, and the box around them in metres along the file's axes.
fn shown(scene: &ImportedScene) -> (usize, Option<(DVec3, DVec3)>) {
    let (mut num_triangles, mut bounds): (usize, Option<(DVec3, DVec3)>) = (0, None);
    let roots = &scene.scenes[scene.default_scene].roots;
    let mut open: Vec<_> = roots.iter().map(|root| (*root, DAffine3::IDENTITY)).collect();
    while let Some((node, world_from_parent)) = open.pop() {
        let node = &scene.nodes[node];
        let world_from_node = world_from_parent * node.parent_from_node;
        open.extend(node.children.iter().map(|child| (*child, world_from_node)));
        let Some(mesh) = node.mesh else { continue };
        let surface = &scene.meshes[mesh].surface;
        num_triangles += surface.triangles.len();
        for &index in surface.triangles.iter().flatten() {
            let point = world_from_node.transform_point3(surface.positions[index as usize]) / 1000.0;
            let point = DVec3::new(point.x, point.z, -point.y);
            bounds = Some(bounds.map_or((point, point), |(low, high)| (low.min(point), high.max(point))));
        }
    }
    (num_triangles, bounds)
}

/// Everything that an importer promises about a scene.
fn check_scene(scene: &ImportedScene) {
    assert!(scene.default_scene < scene.scenes.len());
    let mut num_parents = vec![0; scene.nodes.len()];
    for node in &scene.nodes {
        assert!(node.parent_from_node.is_finite());
        assert!(node.mesh.is_none_or(|mesh| mesh < scene.meshes.len()));
        assert!(node.skin.is_none_or(|skin| skin < scene.skins.len()));
        assert!(node.camera.is_none_or(|camera| camera < scene.cameras.len()));
        assert!(node.light.is_none_or(|light| light < scene.lights.len()));
        for &child in &node.children {
            num_parents[child] += 1;
        }
    }
    assert!(num_parents.iter().all(|count| *count <= 1), "a node has two parents");
    for root in scene.scenes.iter().flat_map(|scene| &scene.roots) {
        assert_eq!(num_parents[*root], 0, "a root has a parent");
    }
    // Without second parents a tree is walked whole and once; nodes on a loop are never reached.
    let mut open: Vec<_> = (0..scene.nodes.len()).filter(|node| num_parents[*node] == 0).collect();
    let mut num_reached = 0;
    while let Some(node) = open.pop() {
        num_reached += 1;
        open.extend(&scene.nodes[node].children);
    }
    assert_eq!(num_reached, scene.nodes.len(), "nodes form a loop");
    for mesh in &scene.meshes {
        mesh.surface.validate().unwrap();
        let num_slots = u32::try_from(mesh.materials.len()).unwrap();
        for variant in &mesh.variants {
            assert!(variant.variant < scene.variants.len() && variant.material < scene.materials.len());
            assert!(variant.slot < num_slots);
        }
        if let Some(rig) = &mesh.rig {
            check_rig(rig, mesh);
        }
        assert!(mesh.surface.material_slots.iter().all(|slot| *slot < num_slots));
        assert!(mesh.materials.iter().flatten().all(|material| *material < scene.materials.len()));
        for points in &mesh.points {
            assert!(points.colors.is_empty() || points.colors.len() == points.positions.len());
            assert!(points.material_slot < num_slots);
        }
        for lines in &mesh.lines {
            assert!(lines.colors.is_empty() || lines.colors.len() == lines.positions.len());
            assert!(lines.segments.iter().flatten().all(|end| (*end as usize) < lines.positions.len()));
            assert!(lines.material_slot < num_slots);
        }
    }
    let num_nodes = scene.nodes.len();
    for skin in &scene.skins {
        assert!(skin.joints.iter().all(|joint| *joint < num_nodes));
        assert_eq!(skin.joints.len(), skin.joint_from_mesh.len());
    }
    for animation in &scene.animations {
        for channel in &animation.channels {
            let sampler = &animation.samplers[channel.sampler];
            let values_per_time = if sampler.interpolation == Interpolation::CubicSpline { 3 } else { 1 };
            assert_eq!(sampler.values.len(), sampler.times_secs.len() * values_per_time * sampler.width);
        }
    }
    for material in &scene.materials {
        assert!(material.textures().all(|texture| texture.image < scene.images.len()));
    }
    for image in &scene.images {
        assert_eq!(image.rgba.len(), image.width as usize * image.height as usize * 4);
    }
}

fn check_rig(rig: &assets::Rig, mesh: &ImportedMesh) {
    let num_rows = rig.positions.len();
    assert_eq!(rig.corners.len(), mesh.surface.triangles.len());
    assert!(rig.corners.iter().flatten().all(|row| (*row as usize) < num_rows));
    assert!(rig.normals.is_empty() || rig.normals.len() == num_rows);
    assert_eq!(rig.morph_weights.len(), rig.morph_targets.len());
    for set in &rig.joint_sets {
        assert_eq!((set.joints.len(), set.weights.len()), (num_rows, num_rows));
    }
    for target in &rig.morph_targets {
        assert!(target.positions.is_empty() || target.positions.len() == num_rows);
        assert!(target.normals.is_empty() || target.normals.len() == num_rows);
    }
}

const NO_INSTANCES: &str = "the other reader shows one of many instances";
const NO_POSES: &str = "the other reader applies neither skins nor morph targets";
const NO_DRACO: &str = "the other reader takes compressed positions for zeros";

/// Differences from the manifest, each with its reason.
const EXPLAINED: [(&str, &str); 16] = [
    (
        "gltf/MeshesLibrary/Tests/AssetGenerator/0.6/Mesh_PrimitiveMode/Mesh_PrimitiveMode_12.gltf",
        "the other reader does not know triangle fans",
    ),
    ("gltf/magnum-plugins/GltfImporter/mesh-colors.gltf", "no node shows the mesh; we show it"),
    ("gltf/magnum-plugins/GltfImporter/mesh-skin-attributes.gltf", "no node shows the mesh; we show it"),
    ("gltf/MeshesLibrary/TeapotsGalore/TeapotsGalore.gltf", NO_INSTANCES),
    ("gltf/MeshesLibrary/Tests/AssetGenerator/0.6/Animation_Skin/Animation_Skin_04.gltf", NO_POSES),
    ("gltf/MeshesLibrary/Tests/AssetGenerator/0.6/Animation_Skin/Animation_Skin_05.gltf", NO_POSES),
    ("gltf/MeshesLibrary/Tests/AssetGenerator/0.6/Animation_Skin/Animation_Skin_08.gltf", NO_POSES),
    ("gltf/MeshesLibrary/Tests/AssetGenerator/0.6/Animation_Skin/Animation_Skin_10.gltf", NO_POSES),
    ("gltf/MeshesLibrary/Tests/AssetGenerator/0.6/Animation_Skin/Animation_Skin_11.gltf", NO_POSES),
    ("gltf/MeshesLibrary/Tests/AssetGenerator/0.6/Animation_SkinType/Animation_SkinType_00.gltf", NO_POSES),
    ("gltf/MeshesLibrary/Tests/AssetGenerator/0.6/Animation_SkinType/Animation_SkinType_02.gltf", NO_POSES),
    ("gltf/Online3DViewer/Box/glTF-Draco/Box.gltf", NO_DRACO),
    ("gltf/assimp/glTF2/MorphPrimitivesTest/glTF/MorphPrimitivesTest.gltf", NO_POSES),
    ("gltf/glTF-Transform/extensions/BoxDraco.gltf", NO_DRACO),
    ("gltf/glTF-Transform/extensions/DracoSparseMesh.gltf", NO_DRACO),
    ("gltf/magnum-plugins/AssimpImporter/skin-shared.gltf", NO_POSES),
];

/// Files that are in the folder of invalid ones and that the Khronos validator finds nothing wrong with.
const SOUND: [&str; 1] = ["gltf-invalid/meshoptimizer/gltf/fuzz.glb"];

#[derive(Debug, Default)]
struct Counts {
    files: usize,
    compared: usize,
    version_1: usize,
    warned: usize,
}

#[test]
fn valid_files_load_as_another_reader_read_them() {
    let Some(folder) = corpus() else { return };
    let mut counts = Counts::default();
    let mut problems = Vec::new();
    for row in models(&folder, "gltf") {
        counts.files += 1;
        let problem = check_valid(&folder, &row, &mut counts);
        let explained = EXPLAINED.iter().any(|(path, _)| *path == row["path"]);
        match (problem, explained) {
            (Some(problem), false) => problems.push(format!("{}: {problem}", row["path"])),
            (None, true) => {
                problems.push(format!("{}: is explained and has no difference any more", row["path"]));
            }
            _ => {}
        }
    }
    println!("glTF corpus: {counts:?}, {} explained, {} problems", EXPLAINED.len(), problems.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn check_valid(folder: &Path, row: &Row, counts: &mut Counts) -> Option<String> {
    let imported = match load(&folder.join(&row["path"])) {
        Ok(imported) => imported,
        Err(error) if row["notes"].contains("glTF 1.0") => {
            counts.version_1 += 1;
            return (error.kind != ImportErrorKind::Unsupported).then(|| format!("wrong error: {error}"));
        }
        Err(error) => return Some(format!("refused: {error}")),
    };
    counts.warned += usize::from(!imported.warnings.is_empty());
    check_scene(&imported.scene);
    let (num_triangles, bounds) = shown(&imported.scene);
    let Ok(expected) = row["triangles"].parse::<usize>() else { return None };
    counts.compared += 1;
    if num_triangles != expected {
        return Some(format!(
            "{num_triangles} triangles, the manifest has {expected}: {:?}",
            imported.warnings
        ));
    }
    let extents = row["extents"].split(" x ").map(str::parse).collect::<Result<Vec<f64>, _>>();
    let (Ok(extents), Some((low, high))) = (extents, bounds) else { return None };
    let found = (high - low).to_array();
    let differs =
        extents.iter().zip(found).any(|(extent, found)| (extent - found).abs() > 2e-5 * extent.abs() + 1e-9);
    differs.then(|| format!("extents {found:?}, the manifest has {extents:?}"))
}

#[test]
fn invalid_files_are_answered() {
    let Some(folder) = corpus() else { return };
    let (mut num_errors, mut num_warned, mut num_sound) = (0, 0, 0);
    let mut silent = Vec::new();
    for row in models(&folder, "gltf-invalid") {
        let path = folder.join(&row["path"]);
        let report =
            path.with_file_name(format!("{}.report.json", path.file_name().unwrap().to_string_lossy()));
        let num_faults = std::fs::read(report).ok().map(|report| {
            let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
            report["issues"]["numErrors"].as_u64().unwrap()
        });
        match load(&path) {
            Err(_) => num_errors += 1,
            Ok(imported) => {
                check_scene(&imported.scene);
                if imported.warnings.is_empty()
                    && num_faults != Some(0)
                    && !SOUND.contains(&row["path"].as_str())
                {
                    silent.push(row["path"].clone());
                } else if imported.warnings.is_empty() {
                    num_sound += 1;
                } else {
                    num_warned += 1;
                }
            }
        }
    }
    println!(
        "invalid glTF: {num_errors} refused, {num_warned} loaded with warnings, {num_sound} sound and silent, {} faulty \
         and silent",
        silent.len()
    );
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// How near we come to the places that the Khronos validator names.
#[derive(Debug, Default)]
struct Places {
    /// We name the same place.
    same: usize,
    /// We name one above or below it.
    near: usize,
    /// Nothing can be shown, and we say so.
    refused: usize,
    missed: usize,
}

#[test]
fn faults_are_named_where_the_validator_finds_them() {
    let Some(folder) = corpus() else { return };
    let mut places = Places::default();
    let mut missed = Vec::new();
    for row in models(&folder, "gltf-invalid") {
        let path = folder.join(&row["path"]);
        let report =
            path.with_file_name(format!("{}.report.json", path.file_name().unwrap().to_string_lossy()));
        let Ok(report) = std::fs::read(report) else { continue };
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        let issues = report["issues"]["messages"].as_array().unwrap();
        let errors = issues.iter().filter(|issue| issue["severity"] == 0);
        let loaded = load(&path);
        let warnings = loaded.as_ref().map_or(&[][..], |imported| &imported.warnings);
        let ours: Vec<_> = warnings.iter().map(|warning| warning.at.to_string()).collect();
        for error in errors {
            let there = error["pointer"].as_str().unwrap_or("");
            let is_near =
                |at: &String| at.starts_with(there) || (!at.is_empty() && there.starts_with(at.as_str()));
            if loaded.is_err() {
                places.refused += 1;
            } else if ours.iter().any(|at| at == there) {
                places.same += 1;
            } else if ours.iter().any(|at| there.is_empty() || is_near(at)) {
                places.near += 1;
            } else {
                places.missed += 1;
                missed.push(format!("{} {} {there}", row["path"], error["code"].as_str().unwrap()));
            }
            if std::env::var_os("KERF_PLACES").is_some()
                && !ours.iter().any(|at| at == there)
                && loaded.is_ok()
            {
                println!("{} {} {there} {ours:?}", row["path"], error["code"].as_str().unwrap());
            }
        }
    }
    println!("faults by place: {places:?}");
    println!("{}", missed.join("\n"));
    assert!(places.missed <= 1, "{}", missed.join("\n"));
}

/// The triangles of a mesh as bits of coordinates, in an order that does not depend on how they are stored.
fn triangles(mesh: &ImportedMesh) -> Vec<[[u64; 3]; 3]> {
    let points =
        |triangle| mesh.surface.triangle_points(triangle).map(|point| point.to_array().map(f64::to_bits));
    let mut triangles: Vec<_> = (0..mesh.surface.triangles.len()).map(points).collect();
    triangles.sort_unstable();
    triangles
}

/// As [`triangles`], of a mesh before its pose.
fn at_rest(rig: &assets::Rig) -> Vec<[[u64; 3]; 3]> {
    let point = |row: u32| rig.positions[row as usize].to_array().map(f64::to_bits);
    let mut triangles: Vec<_> = rig.corners.iter().map(|rows| rows.map(point)).collect();
    triangles.sort_unstable();
    triangles
}

/// Whether animations move the same in the same way; lengths are rounded when they change their unit.
fn same_curves(first: &[assets::Animation], second: &[assets::Animation]) -> bool {
    let curves = |animations: &[assets::Animation]| {
        let curve = |animation: &assets::Animation| {
            let curve = |channel: &assets::AnimationChannel| {
                (channel.target.clone(), animation.samplers[channel.sampler].clone())
            };
            // Times that do not rise are not written.
            let rises = |channel: &&assets::AnimationChannel| {
                animation.samplers[channel.sampler].times_secs.is_sorted_by(|a, b| a < b)
            };
            animation.channels.iter().filter(rises).map(curve).collect::<Vec<_>>()
        };
        animations.iter().flat_map(curve).collect::<Vec<_>>()
    };
    let (first, second) = (curves(first), curves(second));
    first.len() == second.len()
        && first.iter().zip(&second).all(|((target, first), (other, second))| {
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-6 * a.abs();
            target == other
                && first.interpolation == second.interpolation
                && first.times_secs == second.times_secs
                && first.values.len() == second.values.len()
                && first.values.iter().zip(&second.values).all(near)
        })
}

#[test]
fn what_is_read_survives_being_written() {
    let Some(folder) = corpus() else { return };
    let (mut num_files, mut num_triangles) = (0, 0);
    for row in models(&folder, "gltf").chain(models(&folder, "gltf-invalid")) {
        let path = &row["path"];
        let Ok(imported) = load(&folder.join(path)) else { continue };
        let first = imported.scene;
        let Ok(files) = export("out.glb", &first, Format::Glb, &ExportOptions::default(), &Unwatched) else {
            assert!(first.meshes.is_empty(), "{path}: not written");
            continue;
        };
        // For other readers and validators to look at.
        if let Some(folder) = std::env::var_os("KERF_WRITE_DIR") {
            let folder = std::path::PathBuf::from(folder).join(format!("{num_files}"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("out.glb"), &files[0].1).unwrap();
            std::fs::write(folder.join("source.txt"), path).unwrap();
            let options = ExportOptions::default();
            for (name, bytes) in export("o ut.gltf", &first, Format::Gltf, &options, &Unwatched).unwrap() {
                std::fs::write(folder.join(name), bytes).unwrap();
            }
        }
        num_files += 1;
        let second =
            import("out.glb", &files[0].1, &ImportOptions::default(), &NoSideFiles, &Unwatched).unwrap();
        // Faults that we keep because they are the author's.
        let kept = [
            "animations-ignored",
            "animation-times",
            "tangents-missing",
            "skin-no-common-root",
            "skin-skeleton",
            "skin-not-in-scene",
        ];
        let warnings = second.warnings.iter().filter(|warning| !kept.contains(&warning.code.as_str()));
        assert_eq!(warnings.map(|warning| warning.message.as_str()).collect::<Vec<_>>(), [""; 0], "{path}");
        let second = second.scene;
        check_scene(&second);
        assert_eq!(second.meshes.len(), first.meshes.len(), "{path}");
        for (before, after) in first.meshes.iter().zip(&second.meshes) {
            // The pose of a mesh is computed, and from matrices that were rounded; what it was before is exact.
            match (&before.rig, &after.rig) {
                (Some(before), Some(after)) => {
                    assert!(at_rest(before) == at_rest(after), "{path}: a rig changed");
                    assert_eq!(before.joint_sets.len(), after.joint_sets.len(), "{path}");
                    assert_eq!(before.morph_targets.len(), after.morph_targets.len(), "{path}");
                    assert_eq!(before.morph_weights, after.morph_weights, "{path}");
                }
                _ => assert!(triangles(before) == triangles(after), "{path}: {} changed", before.name),
            }
            num_triangles += before.surface.triangles.len();
            assert_eq!(before.points.len(), after.points.len(), "{path}");
            assert_eq!(before.lines.len(), after.lines.len(), "{path}");
        }
        let [(before, first_box), (after, second_box)] = [shown(&first), shown(&second)];
        assert_eq!(before, after, "{path}");
        if let (Some((low, high)), Some(second_box)) = (first_box, second_box) {
            let slack = 1e-4 * (high - low).length().max(1e-3);
            assert!(low.abs_diff_eq(second_box.0, slack) && high.abs_diff_eq(second_box.1, slack), "{path}");
        }
        assert!(same_curves(&first.animations, &second.animations), "{path}: animations changed");
        assert_eq!(first.skins.len(), second.skins.len(), "{path}");
        assert_eq!(first.cameras, second.cameras, "{path}");
        assert_eq!(first.lights, second.lights, "{path}");
        assert_eq!(first.variants, second.variants, "{path}");
        let num_materials = first.materials.len();
        assert!(close(&second.materials[..num_materials], &first.materials), "{path}: materials changed");
        let pixels =
            |scene: &ImportedScene| scene.images.iter().map(|image| image.rgba.clone()).collect::<Vec<_>>();
        assert!(pixels(&second) == pixels(&first), "{path}: images changed");
    }
    println!("glTF round trips: {num_files} files, {num_triangles} triangles");
    assert!(num_files > 150);
}

/// Whether materials are the same; a strong emission is written as a colour and a strength, which rounds.
fn close(found: &[assets::Material], expected: &[assets::Material]) -> bool {
    found.iter().zip(expected).all(|(found, expected)| {
        let is_near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-6 * b.abs();
        found.emissive.iter().zip(&expected.emissive).all(is_near)
            && assets::Material { emissive: expected.emissive, ..found.clone() } == *expected
    })
}

#[test]
fn damaged_files_are_answered() {
    /// Small files are damaged most thoroughly by few changes.
    const MAX_LEN: usize = 20_000;
    let Some(folder) = corpus() else { return };
    let mut state = 1_u64;
    let mut random = |below: usize| {
        // Knuth's generator; the upper bits are good enough to choose places.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let (mut num_inputs, mut num_loaded) = (0, 0);
    for row in models(&folder, "gltf").chain(models(&folder, "gltf-invalid")) {
        let path = folder.join(&row["path"]);
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() > MAX_LEN {
            continue;
        }
        // The same for all rounds: other digits leave the JSON whole.
        let digits: Vec<_> = (0..bytes.len()).filter(|place| bytes[*place].is_ascii_digit()).collect();
        for round in 0..8 {
            let mut damaged = bytes.clone();
            if round < 2 {
                damaged.truncate(random(bytes.len()));
            } else {
                // Other bytes anywhere, or other digits.
                for _ in 0..1 + random(4) {
                    let (place, value) = match round {
                        2..4 => (random(bytes.len()), random(256)),
                        _ => (digits.get(random(digits.len())).copied().unwrap_or(0), 48 + random(10)),
                    };
                    if let Some(byte) = damaged.get_mut(place) {
                        *byte = u8::try_from(value).unwrap();
                    }
                }
            }
            num_inputs += 1;
            let name = path.file_name().unwrap().to_string_lossy();
            let folder = Folder::of(&path);
            if let Ok(imported) = import(&name, &damaged, &ImportOptions::default(), &folder, &Unwatched) {
                check_scene(&imported.scene);
                num_loaded += 1;
            }
        }
    }
    println!("damaged glTF: {num_inputs} inputs answered, {num_loaded} of them with a scene");
}
