//! PLY of any layout.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use assets::{
    Encoding, ExportOptions, Format, Image, ImportError, ImportErrorKind, ImportOptions, Imported,
    NoSideFiles, SideFiles, export, import,
};
use geometry::{Channel, CornerRows, Mesh, Primitive, Semantic, Unwatched};
use glam::DVec3;
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    import("a.ply", bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched)
}

fn read_text(text: &str) -> Imported {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn codes(imported: &Imported) -> Vec<&str> {
    imported.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

const HEAD: &str =
    "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n";
const SQUARE: &str = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n";
const FACES: &str = "property list uchar int vertex_indices\nend_header\n";

#[test]
fn polygons_and_triangles() {
    for (count, faces, triangles) in
        [(1, "4 0 1 2 3\n", 2), (2, "3 0 1 2\n3 0 2 3", 2), (1, "3 0 1 2 9 9\n", 1)]
    {
        let imported = read_text(&format!("{HEAD}element face {count}\n{FACES}{SQUARE}{faces}"));
        assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
        let mesh = &imported.scene.meshes[0].surface;
        assert_eq!(mesh.triangles.len(), triangles);
        assert!(mesh.check().is_oriented());
    }
}

#[test]
fn any_type_order_and_byte_order() {
    for big in [false, true] {
        let name = if big { "big" } else { "little" };
        let header = format!(
            "ply\r\nformat binary_{name}_endian 1.0\r\ncomment a\r\nobj_info b\r\nelement camera 1\r\nproperty int8 a\r\n\
             property list uint16 double b\r\nelement vertex 3\r\nproperty uchar flags\r\nproperty double z\r\n\
             property ushort x\r\nproperty char y\r\nproperty uchar red\r\nproperty uchar green\r\nproperty uchar blue\r\n\
             element face 1\r\nproperty uint8 quality\r\nproperty list uint uint vertex_index\r\nend_header\r\n"
        );
        let mut bytes = header.into_bytes();
        macro_rules! put {
            ($($number:expr),*) => {
                $(bytes.extend_from_slice(&if big { $number.to_be_bytes() } else { $number.to_le_bytes() });)*
            };
        }
        put!(1_i8, 2_u16, 1.0_f64, 2.0_f64);
        put!(0_u8, 0.5_f64, 0_u16, 0_i8, 255_u8, 0_u8, 0_u8);
        put!(0_u8, 0.5_f64, 300_u16, 0_i8, 0_u8, 255_u8, 0_u8);
        put!(0_u8, 0.5_f64, 0_u16, -5_i8, 0_u8, 0_u8, 255_u8);
        put!(7_u8, 3_u32, 0_u32, 1_u32, 2_u32);
        let imported = read(&bytes).unwrap();
        assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
        let mesh = &imported.scene.meshes[0].surface;
        let expected = [DVec3::new(0.0, 0.0, 0.5), DVec3::new(300.0, 0.0, 0.5), DVec3::new(0.0, -5.0, 0.5)];
        assert_eq!(mesh.positions, expected);
        assert_eq!(mesh.channel(Semantic::Color(0)).unwrap().values[..4], [1.0, 0.0, 0.0, 1.0]);
    }
}

#[test]
fn strips_edges_and_clouds() {
    let strip = "element tristrips 1\nproperty list int int vertex_indices\nend_header\n";
    let imported = read_text(&format!("{HEAD}{strip}{SQUARE}8 0 1 3 2 -1 0 1 2"));
    let mesh = &imported.scene.meshes[0].surface;
    assert_eq!(mesh.triangles, [[0, 1, 3], [3, 1, 2], [0, 1, 2]]);
    let edges = "element edge 2\nproperty int vertex1\nproperty int vertex2\nend_header\n";
    let imported = read_text(&format!("{HEAD}{edges}{SQUARE}0 1\n1 3\n"));
    assert_eq!(imported.scene.meshes[0].lines[0].segments, [[0, 1], [1, 2]]);
    let imported = read_text(&format!("{HEAD}end_header\n{SQUARE}"));
    assert_eq!(imported.scene.meshes[0].points[0].positions.len(), 4);
}

#[test]
fn colours_normals_and_texture_coordinates() {
    let head = HEAD.replace("property float z\n", "property float z\nproperty float nz\nproperty float nx\nproperty float ny\nproperty float s\nproperty float t\nproperty float red\nproperty float green\nproperty float blue\nproperty float alpha\n");
    let vertex = |x: i32, y: i32| format!("{x} {y} 0 2 0 0 0.25 1 1 0 0 0.5\n");
    let body = [vertex(0, 0), vertex(1, 0), vertex(1, 1), vertex(0, 1)].concat();
    let imported = read_text(&format!("{head}element face 1\n{FACES}{body}4 0 1 2 3"));
    let mesh = &imported.scene.meshes[0].surface;
    mesh.validate().unwrap();
    assert_eq!(mesh.channel(Semantic::Normal).unwrap().values[..3], [0.0, 0.0, 1.0]);
    assert_eq!(mesh.channel(Semantic::Uv(0)).unwrap().values[..2], [0.25, 0.0]);
    assert_eq!(mesh.channel(Semantic::Color(0)).unwrap().values[..4], [1.0, 0.0, 0.0, 0.5]);
    assert_eq!(imported.scene.materials[0].base_color, [1.0; 4]);
}

#[test]
fn faces_may_have_colours_and_coordinates_of_their_own() {
    let faces = "element face 2\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n";
    let head = HEAD.replace("element vertex", "comment TextureFile wood.png\nelement vertex");
    let text = format!("{head}{faces}{SQUARE}3 0 1 2 6 0 0 1 0 1 1 255 0 0\n3 0 2 3 0 0 255 0\n");
    let mut files = SideFiles::new();
    let image = Image { width: 1, height: 1, rgba: vec![255; 4], ..Image::default() };
    files.insert("wood.png", assets::images::encode(&image).1);
    let imported = import("a.ply", text.as_bytes(), &ImportOptions::default(), &files, &Unwatched).unwrap();
    assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
    let mesh = &imported.scene.meshes[0].surface;
    mesh.validate().unwrap();
    let colors = mesh.channel(Semantic::Color(0)).unwrap();
    assert_eq!(colors.row(colors.row_of_corner(mesh, 1, 2).unwrap()), [0.0, 1.0, 0.0, 1.0]);
    let uvs = mesh.channel(Semantic::Uv(0)).unwrap();
    assert_eq!(uvs.row(uvs.row_of_corner(mesh, 0, 2).unwrap()), [1.0, 0.0]);
    assert_eq!(uvs.row_of_corner(mesh, 1, 0), None);
    assert!(imported.scene.materials[0].base_color_texture.is_some());
}

#[test]
fn duplicated_vertices_are_welded_and_keep_their_attributes() {
    let head = HEAD
        .replace("element vertex 4", "element vertex 6")
        .replace("property float z\n", "property float z\nproperty float s\nproperty float t\n");
    let body = "0 0 0 0 0\n1 0 0 0 0\n0 1 0 0 0\n1 0 0 1 1\n1 1 0 1 1\n0 1 0 1 1\n3 0 1 2\n3 3 4 5\n";
    let imported = read_text(&format!("{head}element face 2\n{FACES}{body}"));
    let mesh = &imported.scene.meshes[0].surface;
    mesh.validate().unwrap();
    assert_eq!((mesh.positions.len(), mesh.triangles.clone()), (4, vec![[0, 1, 2], [1, 3, 2]]));
    let uvs = mesh.channel(Semantic::Uv(0)).unwrap();
    assert_eq!(uvs.row(uvs.row_of_corner(mesh, 0, 1).unwrap()), [0.0, 1.0]);
    assert_eq!(uvs.row(uvs.row_of_corner(mesh, 1, 0).unwrap()), [1.0, 0.0]);
}

#[test]
fn damage_is_counted_and_located() {
    let text = format!(
        "{HEAD}element face 5\n{FACES}0 0 0\n1 0 0\n1 1 0\nnan 1 0\n3 0 1 2\n3 0 1 9\n3 0 1 3\n2 0 1\n3 1 1 2\n"
    );
    let imported = read_text(&text);
    assert_eq!(imported.scene.meshes[0].surface.triangles.len(), 2);
    let warnings: Vec<String> =
        imported.warnings.iter().map(|warning| format!("{} {}", warning.code, warning.at)).collect();
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    assert!(warnings[0].starts_with("non-finite-position line 13"), "{warnings:?}");
    assert!(warnings[1].starts_with("index-out-of-range line 15"), "{warnings:?}");
}

#[test]
fn a_cut_body_gives_what_is_there() {
    let imported = read_text(&format!("{HEAD}element face 1000000000\n{FACES}{SQUARE}3 0 1 2\n3 0 2"));
    assert_eq!(imported.scene.meshes[0].surface.triangles.len(), 1);
    assert_eq!(codes(&imported), ["truncated"]);
    let huge = "ply\nformat binary_little_endian 1.0\nelement vertex 18446744073709551615\nproperty float x\nproperty float y\nproperty float z\nend_header\n";
    let mut bytes = huge.as_bytes().to_vec();
    bytes.extend_from_slice(&[0; 30]);
    let imported = read(&bytes).unwrap();
    assert_eq!(imported.scene.meshes[0].points[0].positions.len(), 2);
}

#[test]
fn a_second_table_of_vertices_or_faces_is_passed_over() {
    let again = HEAD.split_once("1.0\n").unwrap().1;
    let faces = "element face 1\nproperty list uchar int vertex_indices\nproperty uchar red\nproperty uchar green\nproperty uchar blue\n";
    let other = "element face 1\nproperty list uchar int vertex_indices\nproperty float nx\nproperty float ny\nproperty float nz\n";
    let strips = "element tristrips 1\nproperty list int int vertex_indices\n";
    let text = format!(
        "{HEAD}{again}{strips}{faces}{other}end_header\n{SQUARE}{SQUARE}3 0 1 3\n3 0 1 2 255 0 0\n3 0 2 3 0 0 1\n"
    );
    let imported = read_text(&text);
    let mesh = &imported.scene.meshes[0].surface;
    mesh.validate().unwrap();
    assert_eq!((mesh.positions.len(), mesh.triangles.len()), (4, 2));
    let colors = mesh.channel(Semantic::Color(0)).unwrap();
    assert_eq!(colors.row_of_corner(mesh, 0, 0), None);
    assert_eq!(colors.row_of_corner(mesh, 1, 0), Some(0));
}

#[test]
fn header_errors_name_their_line() {
    let error = |text: &str| {
        let error = read(text.as_bytes()).unwrap_err();
        (error.kind, error.at.to_string())
    };
    let line = |number: u32| format!("line {number}, column 1");
    assert_eq!(error("ply\nformat ascii 1.0\n"), (ImportErrorKind::Truncated, line(2)));
    assert_eq!(error("ply\nformat mixed 1.0\nend_header\n"), (ImportErrorKind::Unsupported, line(2)));
    assert_eq!(error("ply\nformat ascii 1.0\nelement vertex -1\n"), (ImportErrorKind::Malformed, line(3)));
    assert_eq!(error("ply\nformat ascii 1.0\nproperty float x\n"), (ImportErrorKind::Malformed, line(3)));
    assert_eq!(
        error("ply\nformat ascii 1.0\nelement a 1\nproperty real x\n"),
        (ImportErrorKind::Malformed, line(4))
    );
    assert_eq!(error("ply\nformat ascii 1.0\nend_header\n").0, ImportErrorKind::Empty);
}

#[test]
fn a_coloured_solid_comes_back_through_both_encodings() {
    let mut mesh = Primitive::Cylinder { radius: 3.0, height: 0.1, segments: 12 }.mesh().unwrap();
    let num_triangles = mesh.triangles.len();
    let rows = |triangle: usize| [u32::from(triangle.is_multiple_of(2)); 3];
    mesh.channels.push(Channel {
        semantic: Semantic::Color(0),
        width: 4,
        values: vec![1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        rows: CornerRows::PerCorner(std::sync::Arc::new((0..num_triangles).map(rows).collect())),
    });
    for encoding in [Encoding::Binary, Encoding::Text] {
        let options = ExportOptions { encoding, ..ExportOptions::default() };
        let files =
            export("a.ply", &common::scene_of(mesh.clone()), Format::Ply, &options, &Unwatched).unwrap();
        let imported = read(&files[0].1).unwrap();
        assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
        let read = &imported.scene.meshes[0].surface;
        assert!(read.check().is_solid());
        let (colors, expected) = (read.channel(Semantic::Color(0)).unwrap(), &mesh.channels[0]);
        for triangle in 0..num_triangles {
            assert_eq!(read.triangle_points(triangle), mesh.triangle_points(triangle));
            for corner in 0..3 {
                let row = |mesh: &Mesh, channel: &Channel| {
                    channel.row(channel.row_of_corner(mesh, triangle, corner).unwrap()).to_vec()
                };
                assert_eq!(row(read, colors), row(&mesh, expected));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_points_come_back_to_the_bit(
        points in prop::collection::vec(any::<[f64; 3]>().prop_filter("finite", |p| p.iter().all(|x| x.is_finite())), 3..40),
        text in any::<bool>(),
    ) {
        let positions: Vec<DVec3> = points.into_iter().map(DVec3::from_array).collect();
        let count = u32::try_from(positions.len()).unwrap();
        let mesh = Mesh::new(positions, (0..count - 2).map(|idx| [idx, idx + 1, idx + 2]).collect());
        let options = ExportOptions {
            encoding: if text { Encoding::Text } else { Encoding::Binary },
            ..ExportOptions::default()
        };
        let files = export("a.ply", &common::scene_of(mesh.clone()), Format::Ply, &options, &Unwatched).unwrap();
        let imported = read(&files[0].1).unwrap();
        let read = &imported.scene.meshes[0].surface;
        for triangle in 0..mesh.triangles.len() {
            prop_assert_eq!(read.triangle_points(triangle), mesh.triangle_points(triangle));
        }
    }
}
