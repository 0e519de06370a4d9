//! OFF in all its kinds.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use assets::{
    ExportOptions, Format, ImportError, ImportErrorKind, ImportOptions, Imported, ImportedScene, LengthUnit,
    Material, NoSideFiles, UpAxis, export, import,
};
use common::scene_of;
use geometry::{Primitive, Semantic, Unwatched};

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    import("a.off", bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched)
}

fn color(imported: &Imported, triangle: usize, corner: usize) -> Vec<f32> {
    let mesh = &imported.scene.meshes[0].surface;
    let colors = mesh.channel(Semantic::Color(0)).unwrap();
    colors.row(colors.row_of_corner(mesh, triangle, corner).unwrap()).to_vec()
}

const SQUARE: &str = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n";

#[test]
fn the_counts_may_stand_in_the_first_line_or_in_the_next() {
    for head in ["OFF 4 1 0\n", "OFF\n4 1\n", "# a\nOFF # b\n# c\n\n4 1 4\r\n"] {
        let imported = read(format!("{head}{SQUARE}4 0 1 2 3\n").as_bytes()).unwrap();
        assert!(imported.warnings.is_empty());
        assert_eq!(imported.scene.meshes[0].surface.properties().area, 1.0);
    }
}

#[test]
fn colours_of_faces_and_vertices_on_both_scales() {
    for red in ["1.0 0 0", "255 0 0", "255 0 0 255", "1 0 0 1"] {
        let imported = read(format!("OFF\n4 2\n{SQUARE}3 0 1 2 {red}\n3 0 2 3\n").as_bytes()).unwrap();
        assert_eq!(color(&imported, 0, 1), [1.0, 0.0, 0.0, 1.0], "{red}");
        let vertices = SQUARE.replace('\n', &format!(" {red}\n"));
        let imported = read(format!("COFF\n4 1\n{vertices}3 0 1 2\n").as_bytes()).unwrap();
        assert_eq!(color(&imported, 0, 1), [1.0, 0.0, 0.0, 1.0], "{red}");
    }
}

#[test]
fn everything_at_once() {
    let vertices = SQUARE.replace('\n', " 0 0 2 0 1 0 0.5 0.25 0.75\n");
    let imported = read(format!("STCNOFF\n4 1\n{vertices}3 0 1 2\n").as_bytes()).unwrap();
    let mesh = &imported.scene.meshes[0].surface;
    mesh.validate().unwrap();
    assert_eq!(mesh.channel(Semantic::Normal).unwrap().values[..3], [0.0, 0.0, 1.0]);
    assert_eq!(mesh.channel(Semantic::Uv(0)).unwrap().values[..2], [0.25, 0.25]);
    assert_eq!(color(&imported, 0, 0), [0.0, 1.0, 0.0, 0.5]);
}

#[test]
fn binary() {
    let mut bytes = b"OFF BINARY\n".to_vec();
    for count in [3_i32, 1, 0] {
        bytes.extend_from_slice(&count.to_be_bytes());
    }
    for number in [0.0_f32, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    for number in [3_i32, 0, 1, 2, 3] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    for number in [0.0_f32, 0.0, 1.0] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    let imported = read(&bytes).unwrap();
    assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
    assert_eq!(imported.scene.meshes[0].surface.properties().area, 1.0);
    assert_eq!(color(&imported, 0, 0), [0.0, 0.0, 1.0, 1.0]);
    for end in 0..bytes.len() {
        let _any = read(&bytes[..end]);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let kind = |text: &str| read(text.as_bytes()).unwrap_err().kind;
    assert_eq!(kind("4OFF\n1 1\n"), ImportErrorKind::Unsupported);
    assert_eq!(kind("nOFF\n1 1\n"), ImportErrorKind::Unsupported);
    assert_eq!(kind("OFF\nx\n"), ImportErrorKind::Malformed);
    assert_eq!(kind("OFF\n0 0 0\n"), ImportErrorKind::Empty);
    let cut = read(format!("OFF\n4 9000000\n{SQUARE}3 0 1 2\n3 0 9 1\n").as_bytes()).unwrap();
    let codes: Vec<&str> = cut.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["truncated", "index-out-of-range"]);
}

fn write(scene: &ImportedScene, options: &ExportOptions) -> Vec<u8> {
    export("a.off", scene, Format::Off, options, &Unwatched).unwrap().remove(0).1
}

#[test]
fn what_is_written_is_read() {
    let mesh = Primitive::Cylinder { radius: 1.0, height: 0.1, segments: 7 }.mesh().unwrap();
    for (unit, up_axis) in [(LengthUnit::Millimetre, UpAxis::Z), (LengthUnit::Inch, UpAxis::Y)] {
        let options = ExportOptions { unit, up_axis, ..ExportOptions::default() };
        let imported = read(&write(&scene_of(mesh.clone()), &options)).unwrap();
        assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
        let (source, found) = (&imported.scene.source, &imported.scene.meshes[0].surface);
        assert_eq!((source.unit, source.up_axis, source.unit_assumed), (unit, up_axis, false));
        assert_eq!(found.triangles, mesh.triangles);
        assert!(found.channels.is_empty());
        let furthest =
            found.positions.iter().zip(&mesh.positions).map(|(a, b)| a.distance(*b)).fold(0.0, f64::max);
        assert!(furthest <= if unit == LengthUnit::Millimetre { 0.0 } else { 1e-14 }, "{furthest}");
    }
}

#[test]
fn colours_are_written_where_they_belong() {
    // Of vertices.
    let vertices = SQUARE.replace("0\n", "0 255 0 0 255\n");
    let imported = read(format!("COFF\n4 2\n{vertices}3 0 1 2\n3 0 2 3\n").as_bytes()).unwrap();
    let again = read(&write(&imported.scene, &ExportOptions::default())).unwrap();
    assert_eq!(color(&again, 1, 2), [1.0, 0.0, 0.0, 1.0]);
    // Of faces.
    let imported = read(format!("OFF\n4 2\n{SQUARE}3 0 1 2 0 255 0\n3 0 2 3 0 0 255\n").as_bytes()).unwrap();
    let text = write(&imported.scene, &ExportOptions::default());
    assert!(text.starts_with(b"OFF\n"));
    let again = read(&text).unwrap();
    assert_eq!(
        (color(&again, 0, 0), color(&again, 1, 0)),
        (vec![0.0, 1.0, 0.0, 1.0], vec![0.0, 0.0, 1.0, 1.0])
    );
    // Of materials.
    let mut scene = scene_of(Primitive::Sphere { radius: 1.0, segments: 4 }.mesh().unwrap());
    scene.materials.push(Material { base_color: [0.0, 0.0, 1.0, 1.0], ..Material::default() });
    scene.meshes[0].materials = vec![Some(0)];
    assert_eq!(color(&read(&write(&scene, &ExportOptions::default())).unwrap(), 0, 0), [0.0, 0.0, 1.0, 1.0]);
}
