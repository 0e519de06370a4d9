//! AMF: volumes, colours, constellations and damage.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use assets::{ImportError, ImportErrorKind, ImportOptions, Imported, LengthUnit, NoSideFiles, import};
use common::{corpus, merged};
use geometry::{Semantic, Unwatched};
use glam::DVec3;

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    import("a.amf", bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched)
}

const OBJECT: &str = "<object id='1'><mesh><vertices><vertex><coordinates><x>0</x><y>0</y><z>0</z></coordinates></vertex><vertex><coordinates><x>1</x><y>0</y><z>0</z></coordinates></vertex><vertex><coordinates><x>0</x><y>1</y><z>0</z></coordinates></vertex><vertex><coordinates><x>0</x><y>0</y><z>1</z></coordinates></vertex></vertices><volume><triangle><v1>0</v1><v2>2</v2><v3>1</v3></triangle><triangle><v1>0</v1><v2>1</v2><v3>3</v3></triangle><triangle><v1>0</v1><v2>3</v2><v3>2</v3></triangle><triangle><v1>1</v1><v2>2</v2><v3>3</v3></triangle></volume></mesh></object>";

#[test]
fn constellations_move_and_turn() {
    let text = format!(
        "<amf unit='inch'>{OBJECT}<constellation id='2'><instance objectid='1'><deltax>5</deltax><rx>90</rx><rz>90</rz></instance><instance objectid='9'/></constellation></amf>"
    );
    let imported = read(text.as_bytes()).unwrap();
    let scene = &imported.scene;
    assert_eq!((scene.source.unit, scene.source.unit_assumed), (LengthUnit::Inch, false));
    let mesh = merged(scene);
    assert!(mesh.is_watertight());
    // Around x first: y goes to z, z to −y; then around z: x goes to y, −y to x.
    let (low, high) = mesh.bounds().unwrap();
    assert!((low / 25.4 - DVec3::new(5.0, 0.0, 0.0)).length() < 1e-12, "{low}");
    assert!((high / 25.4 - DVec3::new(6.0, 1.0, 1.0)).length() < 1e-12, "{high}");
}

#[test]
fn constellations_of_themselves_end() {
    let constellation = "<constellation id='2'><instance objectid='2'/><instance objectid='2'/><instance objectid='1'/></constellation>";
    let text = format!(
        "<amf>{OBJECT}{constellation}<constellation id='3'><instance objectid='2'/></constellation></amf>"
    );
    assert!(read(text.as_bytes()).unwrap().scene.nodes.len() < 1 << 17);
}

#[test]
fn damage_leaves_what_comes_before() {
    let text = format!("<amf>{OBJECT}<object id='5'><mesh><vert");
    let imported = read(text.as_bytes()).unwrap();
    assert_eq!(imported.warnings[0].code, "truncated");
    assert_eq!(merged(&imported.scene).triangles.len(), 4);
    assert_eq!(read(b"<amf><object").unwrap_err().kind, ImportErrorKind::Truncated);
    assert_eq!(read(b"<amf></amf>").unwrap_err().kind, ImportErrorKind::Empty);
}

#[test]
fn files_of_the_corpus_are_what_they_should_be() {
    let Some(root) = corpus() else { return };
    let file = |path: &str| read(&std::fs::read(root.join("other").join(path)).unwrap()).unwrap();
    let ring = merged(&file("openscad/amf/far-out-ring.amf").scene);
    // The same model is there as a 3MF with more digits, whose volume the manifest has.
    let volume = ring.properties().volume;
    assert!(ring.is_watertight() && (volume - 1791.82).abs() < 0.1, "{volume}, {:?}", ring.check());

    let pyramid = file("assimp/AMF/test_with_mat.amf").scene;
    let names: Vec<&str> = pyramid.meshes.iter().map(|mesh| mesh.name.as_str()).collect();
    assert_eq!(names, ["Hard side", "Soft side"]);
    for mesh in &pyramid.meshes {
        assert!(mesh.surface.is_watertight(), "each volume is a solid");
    }
    let soft = &pyramid.materials[pyramid.meshes[1].materials[0].unwrap()];
    assert_eq!((soft.name.as_str(), soft.base_color[3]), ("Soft material", 0.5));

    let tetrahedron = file("openscad/amf/tetra_multicolor.amf").scene;
    let mesh = &tetrahedron.meshes[0].surface;
    let colors = mesh.channel(Semantic::Color(0)).unwrap();
    assert_eq!(colors.row(colors.row_of_corner(mesh, 1, 0).unwrap()), [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(colors.row_of_corner(mesh, 3, 0), None);

    let broken = file("openscad/amf/amf_broken.amf");
    assert_eq!(broken.warnings[0].code, "malformed-vertex");
    for path in ["test1", "test2", "test3", "test5", "test5a", "test6", "test7"] {
        assert!(file(&format!("assimp/AMF/{path}.amf")).warnings.is_empty());
    }
}
