//! Zip archives with models and their side files, and archives made to hurt.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use assets::{ImportError, ImportErrorKind, ImportOptions, Imported, NoSideFiles, import};
use common::pack::pack;
use common::{corpus, merged};
use geometry::Unwatched;

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    import("some.zip", bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched)
}

fn codes(imported: &Imported) -> Vec<&str> {
    imported.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

const OBJ: &str = "mtllib ../materials/a.mtl\nusemtl red\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";
const MTL: &str = "newmtl red\nKd 1 0 0\n";
const STL: &str = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 2 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid a\n";

#[test]
fn side_files_are_found_from_the_folder_of_the_model() {
    let bytes = pack(&[
        ("__MACOSX/model/._a.obj", b"\0"),
        ("model/", b""),
        ("model/a.obj", OBJ.as_bytes()),
        ("Materials/A.mtl", MTL.as_bytes()),
    ]);
    let imported = read(&bytes).unwrap();
    assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
    assert_eq!(imported.scene.materials[0].base_color, [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(imported.scene.source.format, "OBJ in a zip archive");
}

#[test]
fn several_models_of_a_format_stand_side_by_side_and_others_are_named() {
    let bytes = pack(&[
        ("b.stl", STL.as_bytes()),
        ("one/a.obj", OBJ.as_bytes()),
        ("two/b.obj", OBJ.as_bytes()),
        ("two/broken.obj", b"nothing\n"),
        ("materials/a.mtl", MTL.as_bytes()),
    ]);
    let imported = read(&bytes).unwrap();
    assert_eq!(codes(&imported), ["other-models", "unreadable-model"]);
    let scene = &imported.scene;
    let roots = &scene.scenes[0].roots;
    assert_eq!(roots.iter().map(|root| scene.nodes[*root].name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(merged(scene).triangles.len(), 2);
    for mesh in &scene.meshes {
        assert_eq!(scene.materials[mesh.materials[0].unwrap()].name, "red");
    }
    assert_eq!((scene.materials.len(), scene.meshes.len()), (2, 2));
}

#[test]
fn what_leads_outside_is_refused() {
    for name in ["../a.stl", "a/../../b.stl", "/etc/a.stl", "C:/a.stl", "..\\a.stl"] {
        let error = read(&pack(&[(name, STL.as_bytes())])).unwrap_err();
        assert_eq!(error.kind, ImportErrorKind::Malformed, "{name}");
        assert!(error.message.contains("outside"), "{error}");
    }
    // A model may not reach outside either: the file of the last name inside is taken, or none.
    let obj = OBJ.replace("../materials", "../../../../etc");
    let imported = read(&pack(&[("a.obj", obj.as_bytes())])).unwrap();
    assert_eq!(codes(&imported)[0], "missing-side-file");
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![0; 300 << 20];
    let bytes = pack(&[("a.stl", &zeros)]);
    assert!(bytes.len() < 1 << 20);
    assert_eq!(read(&bytes).unwrap_err().kind, ImportErrorKind::TooLarge);
    // An archive that packs another one well.
    let inner = pack(&[("3D/3dmodel.model", &zeros[..8 << 20]), ("_rels/.rels", b"")]);
    let many: Vec<u8> = inner.repeat(50);
    let error = read(&pack(&[("a.3mf", &many)])).unwrap_err();
    assert_eq!(error.kind, ImportErrorKind::TooLarge);
    // An archive in an archive.
    let inner = pack(&[("a.stl", STL.as_bytes())]);
    assert_eq!(read(&pack(&[("b.stl", &inner)])).unwrap_err().kind, ImportErrorKind::Unsupported);
}

#[test]
fn archives_without_a_model_say_what_they_hold() {
    let error = read(&pack(&[("readme.txt", b"hello"), ("part.step", b"ISO-10303-21;")])).unwrap_err();
    assert_eq!(error.kind, ImportErrorKind::Unsupported);
    assert!(error.message.contains("part.step"), "{error}");
    assert_eq!(read(&pack(&[])).unwrap_err().kind, ImportErrorKind::Unsupported);
    assert_eq!(read(b"PK\x03\x04").unwrap_err().kind, ImportErrorKind::Truncated);
}

#[test]
fn cut_and_flipped_archives_do_no_harm() {
    let bytes = pack(&[
        ("model/a.obj", OBJ.as_bytes()),
        ("materials/a.mtl", MTL.as_bytes()),
        ("b.stl", STL.as_bytes()),
    ]);
    for at in 0..bytes.len() {
        let _any = read(&bytes[..at]);
        for flip in [1, 0x20, 0x80, 0xff] {
            let mut flipped = bytes.clone();
            flipped[at] ^= flip;
            let _any = read(&flipped);
        }
    }
}

#[test]
fn folders_of_the_corpus_read_the_same_from_an_archive() {
    let Some(root) = corpus() else { return };
    for (folder, model) in [
        ("gltf/Online3DViewer/BoxTextured/glTF", "BoxTextured.gltf"),
        ("obj/Online3DViewer/cube_with_materials_notexture", ""),
        ("obj/keenan-crane", ""),
    ] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        let files: Vec<(String, Vec<u8>)> = entries
            .flatten()
            .filter(|entry| entry.path().is_file())
            .map(|entry| {
                (format!("in/{}", entry.file_name().to_string_lossy()), std::fs::read(entry.path()).unwrap())
            })
            .collect();
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let imported = read(&pack(&files)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        assert!(!merged(&imported.scene).is_empty(), "{folder}");
        if !model.is_empty() {
            assert!(
                imported.scene.images.len() == 1 && imported.warnings.is_empty(),
                "{:?}",
                imported.warnings
            );
        }
    }
}
