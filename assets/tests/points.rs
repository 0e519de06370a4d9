//! Point clouds in text.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use assets::{ImportErrorKind, ImportOptions, Imported, NoSideFiles, import};
use common::corpus;
use geometry::{PointSet, Unwatched};
use glam::DVec3;

fn read(name: &str, text: &[u8]) -> Imported {
    import(name, text, &ImportOptions::default(), &NoSideFiles, &Unwatched).unwrap()
}

fn cloud(imported: &Imported) -> &PointSet {
    &imported.scene.meshes[0].points[0]
}

#[test]
fn columns_are_found_out_from_the_numbers() {
    let red = [1.0, 0.0, 0.0, 1.0];
    for (name, text, expected) in [
        ("a.xyz", "1 2 3\n4 5 6\n", None),
        ("a.xyz", "1,2,3,255,0,0\n4,5,6,9,9,9\n", Some(red)),
        ("a.xyz", "X Y Z R G B\n1 2 3 1 0 0\n", Some(red)),
        ("a.xyz", "# x\n1 2 3 255 0 0 255\n", Some(red)),
        ("a.pts", "2\n1 2 3 -1000 255 0 0\n4 5 6 7 8 9 10\n", Some(red)),
        ("a.xyz", "1 2 3 0 0 -1\n", None),
        ("a.xyz", "1 2 3 0 0 -1 255 0 0\n", Some(red)),
        ("a.asc", "1;2;3;7\r\n1;2;3;0\r\n", Some([1.0; 4])),
    ] {
        let imported = read(name, text.as_bytes());
        let cloud = cloud(&imported);
        assert_eq!(cloud.positions[0], DVec3::new(1.0, 2.0, 3.0), "{text}");
        assert_eq!(cloud.colors.first().copied(), expected, "{text}");
        assert!(imported.warnings.is_empty(), "{text}");
    }
}

#[test]
fn lines_that_are_no_points_are_counted() {
    let imported = read("a.xyz", b"1 2 3\nx\n4 5 nan\n7 8 9\n");
    let codes: Vec<&str> = imported.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["unknown-text", "non-finite-position"]);
    assert_eq!(cloud(&imported).positions.len(), 2);
    let error = import("a.xyz", b"hello\n", &ImportOptions::default(), &NoSideFiles, &Unwatched);
    assert_eq!(error.unwrap_err().kind, ImportErrorKind::Malformed);
}

#[test]
fn files_of_the_corpus() {
    let Some(root) = corpus() else { return };
    for (name, count) in [("points_agisoft.xyz", 100), ("points_cloudcompare.xyz", 101)] {
        let imported = read(name, &std::fs::read(root.join("other/trimesh").join(name)).unwrap());
        assert_eq!((cloud(&imported).positions.len(), cloud(&imported).colors.len()), (count, count));
        assert!(imported.warnings.is_empty());
    }
}
