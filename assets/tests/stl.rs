//! STL in all its dialects.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use assets::{
    Encoding, ExportOptions, Format, ImportError, ImportErrorKind, ImportOptions, Imported, LengthUnit,
    NoSideFiles, UpAxis, export, import,
};
use common::merged;
use geometry::{Mesh, Primitive, Semantic, Unwatched};
use glam::DVec3;
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    import("part.stl", bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched)
}

fn codes(imported: &Imported) -> Vec<&str> {
    imported.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

type Facet = [[f32; 3]; 3];

const A: Facet = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
const B: Facet = [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]];

fn binary(header: &[u8], count: u32, facets: &[(Facet, u16)]) -> Vec<u8> {
    let mut bytes = header.to_vec();
    bytes.resize(80, 0);
    bytes.extend_from_slice(&count.to_le_bytes());
    for (facet, attribute) in facets {
        bytes.extend_from_slice(&[0; 12]);
        for number in facet.as_flattened() {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&attribute.to_le_bytes());
    }
    bytes
}

#[test]
fn binary_is_welded() {
    let imported = read(&binary(b"", 2, &[(A, 0), (B, 0)])).unwrap();
    let mesh = &imported.scene.meshes[0].surface;
    assert_eq!((mesh.positions.len(), mesh.triangles.len()), (4, 2));
    assert_eq!(mesh.triangles, [[0, 1, 2], [1, 3, 2]]);
    assert_eq!(imported.scene.nodes[0].name, "part");
    assert!(imported.warnings.is_empty());
    assert!(mesh.check().is_manifold());
}

#[test]
fn a_large_model_is_read_coarser_when_asked() {
    let sphere = Primitive::Sphere { radius: 10.0, segments: 200 }.mesh().unwrap();
    let facets: Vec<(Facet, u16)> = sphere
        .triangles
        .iter()
        .map(|triangle| (triangle.map(|vertex| sphere.positions[vertex as usize].as_vec3().to_array()), 0))
        .collect();
    let bytes = binary(b"", u32::try_from(facets.len()).unwrap(), &facets);
    let read = |max_triangles| {
        let options = ImportOptions { max_triangles, ..ImportOptions::default() };
        import("part.stl", &bytes, &options, &NoSideFiles, &Unwatched).unwrap()
    };
    let coarse = read(Some(3000));
    let mesh = &coarse.scene.meshes[0].surface;
    assert!((300..=3000).contains(&mesh.triangles.len()), "{}", mesh.triangles.len());
    mesh.validate().unwrap();
    let ratio = mesh.properties().volume / sphere.properties().volume;
    assert!((0.9..1.05).contains(&ratio), "{ratio}");
    assert_eq!(codes(&coarse), ["opened-coarser"]);
    // A limit that is not reached changes nothing.
    let whole = read(None);
    let enough = read(Some(facets.len() as u64));
    assert_eq!(enough.scene.meshes[0].surface, whole.scene.meshes[0].surface);
    assert!(enough.warnings.is_empty());
}

#[test]
fn wrong_counts_and_cut_files_give_what_is_there() {
    let facets = [(A, 0), (B, 0)];
    for (bytes, triangles, code) in [
        (binary(b"", 0, &facets), 2, "wrong-triangle-count"),
        (binary(b"", 1, &facets), 2, "wrong-triangle-count"),
        (binary(b"", 9, &facets), 2, "truncated"),
        (binary(b"", u32::MAX, &facets), 2, "truncated"),
        (binary(b"", 2, &facets)[..170].to_vec(), 1, "truncated"),
        ([binary(b"", 2, &facets), vec![0; 7]].concat(), 2, "trailing-bytes"),
    ] {
        let imported = read(&bytes).unwrap();
        assert_eq!(imported.scene.meshes[0].surface.triangles.len(), triangles);
        assert_eq!(codes(&imported), [code]);
    }
    assert_eq!(read(&binary(b"", 0, &[])).unwrap_err().kind, ImportErrorKind::Empty);
    assert_eq!(read(&binary(b"", 1, &[])).unwrap_err().kind, ImportErrorKind::Truncated);
    assert_eq!(read(&[1; 40]).unwrap_err().kind, ImportErrorKind::Truncated);
}

#[test]
fn a_truncated_file_says_what_was_expected_and_found() {
    let imported = read(&binary(b"", 1200, &[(A, 0)])).unwrap();
    let message = imported.warnings[0].message.replace('\u{2009}', " ");
    assert!(
        message.starts_with("The STL ends early: 1 200 triangles need 60 084 bytes, found 134."),
        "{message}"
    );
}

#[test]
fn what_is_no_number_is_left_out_and_what_has_no_area_is_kept() {
    let nan = [[f32::NAN, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let flat = [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let imported = read(&binary(b"", 3, &[(nan, 0), (flat, 0), (A, 0)])).unwrap();
    assert_eq!(imported.scene.meshes[0].surface.triangles.len(), 2);
    assert_eq!(codes(&imported), ["non-finite-position", "degenerate-triangle"]);
    assert_eq!(read(&binary(b"", 1, &[(nan, 0)])).unwrap_err().kind, ImportErrorKind::Malformed);
}

fn color_of(imported: &Imported, triangle: usize) -> [f32; 4] {
    let mesh = &imported.scene.meshes[0].surface;
    let channel = mesh.channel(Semantic::Color(0)).expect("colours");
    let row = channel.row_of_corner(mesh, triangle, 0).expect("a colour");
    channel.row(row).try_into().unwrap()
}

#[test]
fn colours_of_both_dialects() {
    const RED: [f32; 4] = [1.0, 0.0, 0.0, 1.0];
    let viscam = read(&binary(b"", 2, &[(A, 0x8000 | 31 << 10), (B, 0)])).unwrap();
    assert_eq!(color_of(&viscam, 0), RED);
    assert_eq!(color_of(&viscam, 1), assets::Material::default().base_color);
    let magics = read(&binary(b"COLOR=\x00\xff\x00\xff,MATERIAL=", 2, &[(A, 31), (B, 0x8000)])).unwrap();
    assert_eq!(color_of(&magics, 0), RED);
    assert_eq!(color_of(&magics, 1), [0.0, 1.0, 0.0, 1.0]);
    let none = read(&binary(b"", 2, &[(A, 5), (B, 7)])).unwrap();
    assert!(none.scene.meshes[0].surface.channels.is_empty());
}

#[test]
fn ascii_in_any_dress() {
    let facet =
        "facet normal 0 0 1\n outer loop\n vertex 0 0 0\n vertex 1 0 0\n vertex 0 1 0\n endloop\nendfacet\n";
    let upper = facet.to_uppercase();
    let crlf = facet.replace('\n', "\r\n");
    let old_mac = facet.replace('\n', "\r");
    let one_line = facet.replace('\n', " ");
    let tabs = facet.replace(' ', "\t\t");
    let no_normal = facet.replace(" normal 0 0 1", "");
    let scientific = facet.replace('1', "+1.0E+00");
    for body in [facet, &upper, &crlf, &old_mac, &one_line, &tabs, &no_normal, &scientific] {
        for text in
            [format!("solid\n{body}endsolid\n"), format!(" solid a b {body}endsolid a b {body} endsolid")]
        {
            let imported = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert!(imported.warnings.is_empty(), "{text}: {:?}", imported.warnings);
            let mesh = merged(&imported.scene);
            assert_eq!(mesh.positions.len(), 3, "{text}");
        }
    }
}

#[test]
fn solids_become_parts_with_names() {
    let facet = "facet normal 0 0 1 outer loop vertex 0 0 0 vertex 1 0 0 vertex 0 1 0 endloop endfacet\n";
    let text = format!(
        "solid left part\n{facet}endsolid left part\nsolid \nendsolid\nsolid right\n{facet}{facet}endsolid"
    );
    let imported = read(text.as_bytes()).unwrap();
    let names: Vec<&str> = imported.scene.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["left part", "right"]);
    assert_eq!(imported.scene.scenes[0].roots, [0, 1]);
    let text = format!("solid STL generated by MeshLab\n{facet}endsolid");
    let imported = read(text.as_bytes()).unwrap();
    assert_eq!(imported.scene.source.generator.as_deref(), Some("STL generated by MeshLab"));
    assert_eq!(imported.scene.nodes[0].name, "part");
}

#[test]
fn garbage_is_passed_over_and_located() {
    let facet =
        "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n";
    let broken = facet.replace("vertex 1 0 0", "vertex 1 zero 0");
    let text = format!("solid a\n{facet}what is this\n{broken}{facet}endsolid");
    let imported = read(text.as_bytes()).unwrap();
    assert_eq!(imported.scene.meshes[0].surface.triangles.len(), 2);
    let warnings: Vec<String> =
        imported.warnings.iter().map(|warning| format!("{} {}", warning.code, warning.at)).collect();
    assert_eq!(
        warnings,
        [
            "malformed-vertex line 13, column 1",
            "incomplete-facet line 10, column 1",
            "unknown-text line 9, column 1",
        ]
    );
}

#[test]
fn units_and_axes_of_the_options_are_used() {
    let options =
        ImportOptions { unit: Some(LengthUnit::Inch), up_axis: Some(UpAxis::Y), ..ImportOptions::default() };
    let bytes = binary(b"", 1, &[([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], 0)]);
    let imported = import("a.stl", &bytes, &options, &NoSideFiles, &Unwatched).unwrap();
    let mesh = &imported.scene.meshes[0].surface;
    assert_eq!(mesh.positions[0], DVec3::new(0.0, -25.4, 0.0));
    assert_eq!(mesh.positions[2], DVec3::new(0.0, 0.0, 25.4));
    assert!(imported.scene.source.unit_assumed);
}

#[test]
fn a_solid_comes_back_through_both_encodings() {
    let torus = Primitive::Torus { major_radius: 20.0, minor_radius: 5.0, segments: 24 }.mesh().unwrap();
    for encoding in [Encoding::Binary, Encoding::Text] {
        for unit in [LengthUnit::Millimetre, LengthUnit::Metre] {
            let options = ExportOptions { encoding, unit, up_axis: UpAxis::Y, ..ExportOptions::default() };
            let files =
                export("a.stl", &common::scene_of(torus.clone()), Format::Stl, &options, &Unwatched).unwrap();
            let imported = read(&files[0].1).unwrap();
            assert!(imported.warnings.is_empty());
            assert_eq!(imported.scene.source.unit, unit);
            assert!(!imported.scene.source.unit_assumed);
            let mesh = &imported.scene.meshes[0].surface;
            assert!(mesh.check().is_solid());
            assert_eq!(mesh.triangles.len(), torus.triangles.len());
            let (volume, expected) = (mesh.properties().volume, torus.properties().volume);
            assert!((volume - expected).abs() < 1e-6 * expected, "{volume} {expected}");
        }
    }
}

fn soups() -> impl Strategy<Value = Mesh> {
    let coordinate =
        prop_oneof![(-4_i8..4).prop_map(f32::from), any::<f32>().prop_filter("finite", |x| x.is_finite())];
    let point = [coordinate.clone(), coordinate.clone(), coordinate];
    prop::collection::vec([point.clone(), point.clone(), point], 1..40).prop_map(|facets| {
        let positions = facets.as_flattened().iter().map(|point| DVec3::from_array(point.map(f64::from)));
        let count = u32::try_from(facets.len()).unwrap();
        Mesh::new(positions.collect(), (0..count).map(|idx| [idx * 3, idx * 3 + 1, idx * 3 + 2]).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_triangles_in_single_precision_come_back_exactly(mesh in soups(), text in any::<bool>()) {
        let encoding = if text { Encoding::Text } else { Encoding::Binary };
        let options = ExportOptions { encoding, ..ExportOptions::default() };
        let files = export("a.stl", &common::scene_of(mesh.clone()), Format::Stl, &options, &Unwatched).unwrap();
        let imported = read(&files[0].1).unwrap();
        let read = &imported.scene.meshes[0].surface;
        prop_assert_eq!(read.triangles.len(), mesh.triangles.len());
        for triangle in 0..mesh.triangles.len() {
            // Text is read in double precision, but written with the digits that single precision has.
            let single = |mesh: &Mesh| mesh.triangle_points(triangle).map(|point| point.as_vec3());
            prop_assert_eq!(single(read), single(&mesh));
        }
    }
}
