//! OBJ and MTL in all their dialects.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use assets::{
    AlphaMode, ExportOptions, Format, Image, ImportError, ImportErrorKind, ImportOptions, Imported,
    LengthUnit, Material, NoSideFiles, SideFiles, TextureRef, UpAxis, Wrap, export, import,
};
use common::merged;
use geometry::{Channel, CornerRows, Mesh, NO_ROW, Primitive, Semantic, Unwatched};
use glam::DVec3;
use proptest::prelude::*;

fn read_with(text: &[u8], files: &SideFiles) -> Result<Imported, ImportError> {
    // Z up, so that numbers are the file's own.
    let options = ImportOptions { up_axis: Some(UpAxis::Z), ..ImportOptions::default() };
    import("model.obj", text, &options, files, &Unwatched)
}

fn read(text: &str) -> Imported {
    read_with(text.as_bytes(), &SideFiles::new()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn codes(imported: &Imported) -> Vec<&str> {
    imported.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

const SQUARE: &str = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n";

#[test]
fn y_is_up_unless_somebody_says_otherwise() {
    let up = |text: &str| {
        let imported =
            import("a.obj", text.as_bytes(), &ImportOptions::default(), &NoSideFiles, &Unwatched).unwrap();
        (imported.scene.source.up_axis, imported.scene.meshes[0].surface.positions[0])
    };
    let body = "v 0 1 0\nv 1 0 0\nv 0 0 1\nf 1 2 3\n";
    assert_eq!(up(body), (UpAxis::Y, DVec3::Z));
    assert_eq!(up(&format!("# OpenSCAD obj exporter\n{body}")), (UpAxis::Z, DVec3::Y));
    assert_eq!(up(&format!("# Blender 4.0\n{body}")), (UpAxis::Y, DVec3::Z));
}

#[test]
fn faces_of_any_kind() {
    for (faces, triangles) in [
        ("f 1 2 3 4", 2),
        ("f -4 -3 -2 -1", 2),
        ("f 1/ 2/ 3/", 1),
        ("f 1// 2// 3// # comment", 1),
        ("f 1 2 \\\n3 4", 2),
        ("f 1 2 \\\r\n3 4", 2),
        ("\t f  1\t2   3  ", 1),
        ("fo 1 2 3", 1),
        ("f 1 2 3\nf 1 3 4", 2),
        ("f 1 2 3\rf 1 3 4\r", 2),
    ] {
        let imported = read(&format!("{SQUARE}{faces}"));
        assert!(imported.warnings.is_empty(), "{faces}: {:?}", imported.warnings);
        assert_eq!(imported.scene.meshes[0].surface.triangles.len(), triangles, "{faces}");
    }
}

#[test]
fn faces_may_come_before_their_vertices() {
    let imported = read(&format!("f 1 2 3 4\n{SQUARE}"));
    assert_eq!(imported.scene.meshes[0].surface.properties().area, 1.0);
}

#[test]
fn concave_polygons_keep_their_area() {
    let imported = read("v 1 1 0\nv 0 2 0\nv 0 0 0\nv 2 0 0\nf 1 2 3 4\n");
    let mesh = &imported.scene.meshes[0].surface;
    assert_eq!(mesh.triangles.len(), 2);
    assert_eq!(mesh.properties().area, 2.0);
}

#[test]
fn equal_vertices_are_welded() {
    let imported =
        read("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\nv -0 0 0\nf 1 2 3\nf 4 6 5\nf 7 3 2");
    assert_eq!(imported.scene.meshes[0].surface.positions.len(), 4);
}

#[test]
fn bad_faces_are_left_out_and_counted() {
    let text = format!(
        "{SQUARE}v 1 x 2\nf 1 2 3\nf 1 2 9\nf 1 2 -9\nf 0 1 2\nf 1 2\nf 1 2 5\nf 1 a 3\nf 1 1 2\nbla\n"
    );
    let imported = read(&text);
    assert_eq!(imported.scene.meshes[0].surface.triangles.len(), 2);
    let warnings: Vec<String> =
        imported.warnings.iter().map(|warning| format!("{} {}", warning.code, warning.at)).collect();
    assert_eq!(
        warnings,
        [
            "malformed-vertex line 5, column 1",
            "index-out-of-range line 7, column 1",
            "malformed-face line 10, column 1",
            "degenerate-triangle line 13, column 1",
            "unknown-keyword line 14, column 1",
        ]
    );
}

#[test]
fn uvs_and_normals_stay_on_corners() {
    let text = format!("{SQUARE}vt 0 0\nvt 1 1\nvn 0 0 2\nf 1/1/1 2/2/1 3/1/1\nf 1//1 3 4/2\n");
    let imported = read(&text);
    let mesh = &imported.scene.meshes[0].surface;
    let uv = mesh.channel(Semantic::Uv(0)).unwrap();
    let uv_of = |triangle, corner| uv.row_of_corner(mesh, triangle, corner).map(|row| uv.row(row).to_vec());
    assert_eq!(uv_of(0, 0), Some(vec![0.0, 1.0]));
    assert_eq!(uv_of(0, 1), Some(vec![1.0, 0.0]));
    assert_eq!(uv_of(1, 0), None);
    assert_eq!(uv_of(1, 2), Some(vec![1.0, 0.0]));
    let normal = mesh.channel(Semantic::Normal).unwrap();
    assert_eq!(normal.row_of_corner(mesh, 0, 2).map(|row| normal.row(row)), Some(&[0.0, 0.0, 1.0][..]));
    assert_eq!(normal.row_of_corner(mesh, 1, 1), None);
    mesh.validate().unwrap();
}

#[test]
fn smoothing_groups_make_normals_where_there_are_none() {
    // Two squares that meet at a right angle.
    let vertices = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 0 1 1\n";
    let normal = |text: &str, triangle: usize, corner: usize| {
        let imported = read(&format!("# OpenSCAD\n{vertices}{text}"));
        let mesh = &imported.scene.meshes[0].surface;
        mesh.validate().unwrap();
        let channel = mesh.channel(Semantic::Normal)?;
        Some(channel.row(channel.row_of_corner(mesh, triangle, corner).unwrap()).to_vec())
    };
    let faces = ["f 1 2 3 4\n", "f 1 4 6 5\n"];
    let both = |first: &str, second: &str| format!("{first}{}{second}{}", faces[0], faces[1]);
    assert_eq!(normal(&both("", ""), 0, 0), None);
    assert_eq!(normal(&both("s off\n", "s 0\n"), 0, 0), None);
    assert_eq!(normal(&both("s 1\n", "s 2\n"), 0, 0), Some(vec![0.0, 0.0, 1.0]));
    assert_eq!(normal(&both("s 1\n", "s off\n"), 2, 0), Some(vec![1.0, 0.0, 0.0]));
    let half = 0.5_f32.sqrt();
    let smooth = normal(&both("s 1\n", ""), 0, 0).unwrap();
    assert!(smooth.iter().zip([half, 0.0, half]).all(|(a, b)| (a - b).abs() < 1e-6), "{smooth:?}");
    assert_eq!(normal(&both("s 1\n", ""), 0, 1), Some(vec![0.0, 0.0, 1.0]));
}

#[test]
fn vertex_colours_of_both_ranges_are_srgb() {
    for white in ["1 1 1", "255 255 255"] {
        let imported = read(&format!("v 0 0 0 {white}\nv 1 0 0 0 0 0\nv 0 1 0 {white}\nf 1 2 3"));
        let mesh = &imported.scene.meshes[0].surface;
        let colors = mesh.channel(Semantic::Color(0)).unwrap();
        let row = colors.row_of_corner(mesh, 0, 0).unwrap();
        assert_eq!(colors.row(row), [1.0; 4]);
        let row = colors.row_of_corner(mesh, 0, 1).unwrap();
        assert_eq!(colors.row(row), [0.0, 0.0, 0.0, 1.0]);
    }
}

#[test]
fn objects_become_parts_and_groups_too_unless_they_share_vertices() {
    let far = "v 5 0 0\nv 6 0 0\nv 6 1 0\n";
    let names = |text: &str| {
        let scene = read(text).scene;
        let name = |&node: &usize| scene.nodes[node].name.clone();
        scene.scenes[0].roots.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&format!("{SQUARE}o a\nf 1 2 3\no b\nf 1 3 4")), ["a", "b"]);
    assert_eq!(names(&format!("{SQUARE}{far}g a\nf 1 2 3\ng b\nf 5 6 7")), ["a", "b"]);
    assert_eq!(names(&format!("{SQUARE}g a\nf 1 2 3\ng b\nf 1 3 4")), ["a"]);
    assert_eq!(names(&format!("{SQUARE}{far}o whole\ng a\nf 1 2 3\ng b\nf 5 6 7")), ["whole"]);
    assert_eq!(names(&format!("{SQUARE}{far}g a\nf 1 2 3\ng b\nf 5 6 7\ng a\nf 1 3 4")), ["a", "b"]);
    let scene = read(&format!("{SQUARE}{far}o whole\ng a\nf 1 2 3\ng b\nf 5 6 7")).scene;
    assert_eq!(scene.nodes[0].children.len(), 2);
    assert_eq!(scene.meshes[1].surface.positions.len(), 3);
}

#[test]
fn lines_and_points() {
    let imported = read(&format!("{SQUARE}l 1 2 3\nl 3 4\np 1 2\nf 1 2 3"));
    let mesh = &imported.scene.meshes[0];
    assert_eq!(mesh.lines[0].segments.len(), 3);
    assert_eq!(mesh.points[0].positions.len(), 2);
    let cloud = read(SQUARE);
    assert_eq!(cloud.scene.meshes[0].points[0].positions.len(), 4);
}

#[test]
fn other_encodings_are_read() {
    let text = "o Würfel\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin1: Vec<u8> = text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect();
    for bytes in [utf16, latin1, text.as_bytes().to_vec()] {
        let imported = read_with(&bytes, &SideFiles::new()).unwrap();
        assert_eq!(imported.scene.nodes[0].name, "Würfel");
    }
}

#[test]
fn nothing_to_show_is_an_error() {
    let kind = |text: &[u8]| read_with(text, &SideFiles::new()).unwrap_err().kind;
    assert_eq!(kind(b"# nothing\n"), ImportErrorKind::Empty);
    assert_eq!(kind(b"v 1 2 x\nv 1 x 2\nv x 1 2\nf 1 2 3\n"), ImportErrorKind::Empty);
    assert_eq!(kind(b"hello world\n"), ImportErrorKind::Malformed);
}

#[test]
fn a_path_that_ends_in_a_backslash_continues_no_comment() {
    assert_eq!(read(&format!("# C:\\models\\\n{SQUARE}f 1 2 3")).scene.meshes[0].surface.positions.len(), 3);
}

fn png(name: &str, width: u32, rgba: Vec<u8>) -> Vec<u8> {
    let height = u32::try_from(rgba.len()).unwrap() / 4 / width;
    assets::images::encode(&Image { name: name.to_owned(), width, height, rgba, encoded: None }).1
}

#[test]
fn materials_with_pictures() {
    let mut files = SideFiles::new();
    files.insert("a b.png", png("a", 1, vec![10, 20, 30, 255]));
    files.insert("alpha.png", png("alpha", 1, vec![128, 128, 128, 255, 128, 128, 128, 255]));
    files.insert("rough.png", png("rough", 1, vec![50, 50, 50, 255]));
    let library = "newmtl  two  words\nKd 1 0 0\nNs 30\nd 0.5\nKe 0 0 2\nmap_Kd -o 0.25 0.5 -s 2 4 -clamp on a b.png\n\
                   map_d alpha.png\nmap_Pr rough.png\nPm 0.75\nnewmtl plain\nmap_Kd missing.png\n";
    files.insert("m.mtl", library.as_bytes().to_vec());
    let text = format!(
        "mtllib m.mtl\n{SQUARE}usemtl two words\nf 1 2 3\nusemtl plain\nf 1 3 4\nusemtl none\nf 2 3 4\n"
    );
    let imported = read_with(text.as_bytes(), &files).unwrap();
    assert_eq!(codes(&imported), ["missing-side-file", "missing-material"]);
    let scene = &imported.scene;
    let mesh = &scene.meshes[0];
    assert_eq!(mesh.surface.material_slots, [0, 1, 2]);
    let material = &scene.materials[mesh.materials[0].unwrap()];
    assert_eq!(material.name, "two words");
    assert_eq!(material.base_color, [1.0, 0.0, 0.0, 0.5]);
    assert_eq!((material.metallic, material.roughness), (0.75, 1.0));
    assert_eq!(material.emissive, [0.0, 0.0, 2.0]);
    assert_eq!(material.alpha_mode, AlphaMode::Blend);
    let texture = material.base_color_texture.unwrap();
    assert_eq!((texture.offset, texture.scale), ([0.25, -3.5], [2.0, 4.0]));
    assert_eq!(texture.wrap, [Wrap::ClampToEdge; 2]);
    let combined = &scene.images[texture.image];
    assert_eq!((combined.width, combined.height), (1, 2));
    assert_eq!(combined.rgba[..3], [10, 20, 30]);
    assert!((126..130).contains(&combined.rgba[3]));
    let rough = &scene.images[material.metallic_roughness_texture.unwrap().image];
    assert!((48..52).contains(&rough.rgba[1]));
    assert_eq!(rough.rgba[2], 255);
}

#[test]
fn a_height_becomes_normals_and_a_normal_map_stays() {
    let mut files = SideFiles::new();
    let gray = |value: u8| [value, value, value, 255];
    files.insert("height.png", png("height", 4, [gray(0), gray(100), gray(200), gray(100)].concat()));
    files.insert("normal.png", png("normal", 1, vec![128, 128, 255, 255]));
    files.insert("m.mtl", b"newmtl h\nmap_Bump height.png\nnewmtl n\nbump -bm 0.5 normal.png\n".to_vec());
    let text = format!("mtllib m.mtl\n{SQUARE}usemtl h\nf 1 2 3\nusemtl n\nf 1 3 4\n");
    let scene = read_with(text.as_bytes(), &files).unwrap().scene;
    let heights = &scene.images[scene.materials[0].normal_texture.unwrap().image];
    // Rising to the right at the second texel: the normal leans left.
    assert!(heights.rgba[4] < 120 && heights.rgba[6] > 128, "{:?}", &heights.rgba[4..8]);
    assert_eq!(heights.rgba[..2], [128, 128]);
    let kept = &scene.images[scene.materials[1].normal_texture.unwrap().image];
    assert_eq!(kept.rgba, [128, 128, 255, 255]);
    assert_eq!(scene.materials[1].normal_scale, 0.5);
}

#[test]
fn pictures_of_roughness_metal_occlusion_and_normals_come_back() {
    let mut scene = common::scene_of(Primitive::Sphere { radius: 1.0, segments: 4 }.mesh().unwrap());
    let image = |name: &str, rgba: Vec<u8>| {
        std::sync::Arc::new(Image { name: name.to_owned(), width: 2, height: 1, rgba, encoded: None })
    };
    scene.images = vec![
        image("orm", vec![0, 50, 200, 255, 0, 60, 10, 255]),
        image("ao", vec![9, 9, 9, 255, 90, 90, 90, 255]),
        image("bumps", [128, 128, 255, 255].repeat(2)),
    ];
    scene.materials = vec![Material {
        name: "m".to_owned(),
        metallic: 1.0,
        roughness: 1.0,
        metallic_roughness_texture: Some(TextureRef::new(0)),
        occlusion_texture: Some(TextureRef::new(1)),
        normal_texture: Some(TextureRef::new(2)),
        normal_scale: 0.5,
        ..Material::default()
    }];
    scene.meshes[0].materials = vec![Some(0)];
    let files = export("a.obj", &scene, Format::Obj, &ExportOptions::default(), &Unwatched).unwrap();
    let read = read_with(&files[0].1, &common::side_files(&files)).unwrap();
    assert!(read.warnings.is_empty(), "{:?}", read.warnings);
    let material = &read.scene.materials[0];
    let rgba = |texture: Option<TextureRef>| &read.scene.images[texture.unwrap().image].rgba;
    let orm = rgba(material.metallic_roughness_texture);
    assert_eq!([orm[1], orm[2], orm[5], orm[6]], [50, 200, 60, 10]);
    assert_eq!(rgba(material.occlusion_texture)[4], 90);
    assert_eq!((material.normal_scale, material.metallic, material.roughness), (0.5, 1.0, 1.0));
}

#[test]
fn a_textured_solid_comes_back() {
    let mut mesh = Primitive::Box { size: DVec3::new(1.0, 2.0, 3.0) }.mesh().unwrap();
    let num_triangles = mesh.triangles.len();
    mesh.material_slots = (0..num_triangles).map(|triangle| u32::from(triangle % 2 == 1)).collect();
    mesh.channels.push(Channel {
        semantic: Semantic::Uv(0),
        width: 2,
        values: vec![0.0, 0.0, 0.25, 1.0, 1.0, 0.75],
        rows: CornerRows::PerCorner(std::sync::Arc::new(vec![[0, 1, 2]; num_triangles])),
    });
    let mut scene = common::scene_of(mesh.clone());
    scene.images.push(std::sync::Arc::new(Image {
        name: "wood.jpg".to_owned(),
        width: 1,
        height: 1,
        rgba: vec![1, 2, 3, 255],
        encoded: None,
    }));
    let texture = TextureRef { offset: [0.5, 0.25], scale: [2.0, 0.5], ..TextureRef::new(0) };
    scene.materials = vec![
        Material {
            name: "wood".to_owned(),
            base_color_texture: Some(texture),
            roughness: 0.25,
            ..Material::default()
        },
        Material {
            name: "wood".to_owned(),
            metallic: 1.0,
            base_color: [1.0, 0.0, 0.0, 1.0],
            ..Material::default()
        },
    ];
    scene.meshes[0].materials = vec![Some(0), Some(1)];
    let options =
        ExportOptions { unit: LengthUnit::Centimetre, up_axis: UpAxis::Y, ..ExportOptions::default() };
    let files = export("box.obj", &scene, Format::Obj, &options, &Unwatched).unwrap();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["box.obj", "box.mtl", "wood.png"]);
    let imported =
        import(&files[0].0, &files[0].1, &ImportOptions::default(), &common::side_files(&files), &Unwatched);
    let imported = imported.unwrap();
    assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
    let read = &imported.scene.meshes[0].surface;
    assert!(read.check().is_solid());
    assert!((read.properties().volume - 6.0).abs() < 1e-12);
    assert_eq!(imported.scene.source.unit, LengthUnit::Centimetre);
    let [wood, red] = &imported.scene.materials[..] else { panic!("two materials") };
    assert_eq!(
        wood.base_color_texture.map(|texture| (texture.offset, texture.scale)),
        Some(([0.5, 0.25], [2.0, 0.5]))
    );
    assert_eq!((wood.roughness, red.metallic), (0.25, 1.0));
    assert_eq!(red.base_color, [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(imported.scene.images[0].rgba, [1, 2, 3, 255]);
    assert_eq!(read.channel(Semantic::Uv(0)).unwrap().values, [0.0, 0.0, 0.25, 1.0, 1.0, 0.75]);
}

#[test]
fn a_mirrored_part_is_written_with_its_outside_outside() {
    let mut scene = common::scene_of(Primitive::Box { size: DVec3::ONE }.mesh().unwrap());
    scene.nodes[0].parent_from_node = glam::DAffine3::from_scale(DVec3::new(-2.0, 1.0, 1.0));
    let files = export("a.obj", &scene, Format::Obj, &ExportOptions::default(), &Unwatched).unwrap();
    let imported = import("a.obj", &files[0].1, &ImportOptions::default(), &NoSideFiles, &Unwatched).unwrap();
    assert_eq!(merged(&imported.scene).properties().volume, 2.0);
}

fn meshes() -> impl Strategy<Value = Mesh> {
    let coordinate =
        prop_oneof![(-4_i8..4).prop_map(f64::from), any::<f64>().prop_filter("finite", |x| x.is_finite())];
    let point = [coordinate.clone(), coordinate.clone(), coordinate].prop_map(DVec3::from_array);
    (prop::collection::vec(point, 3..20), prop::collection::vec([0_u32..20, 0..20, 0..20], 1..30)).prop_map(
        |(points, triangles)| {
            // As importers make them: welded, and every position used.
            let weld = geometry::weld_positions(&points);
            let count = u32::try_from(points.len()).unwrap();
            let old = triangles.into_iter().map(|triangle| triangle.map(|index| index % count));
            let mut triangles: Vec<[u32; 3]> =
                old.map(|triangle| triangle.map(|index| weld.new_from_old[index as usize])).collect();
            let mut number_of = vec![NO_ROW; weld.positions.len()];
            let mut positions = Vec::new();
            for index in triangles.as_flattened_mut() {
                let number = &mut number_of[*index as usize];
                if *number == NO_ROW {
                    *number = u32::try_from(positions.len()).unwrap();
                    positions.push(weld.positions[*index as usize]);
                }
                *index = *number;
            }
            Mesh::new(positions, triangles)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mesh_comes_back_to_the_bit(mesh in meshes()) {
        let files = export("a.obj", &common::scene_of(mesh.clone()), Format::Obj, &ExportOptions::default(), &Unwatched);
        let imported = import("a.obj", &files.unwrap()[0].1, &ImportOptions::default(), &NoSideFiles, &Unwatched).unwrap();
        let read = imported.scene.meshes[0].surface.as_ref();
        prop_assert_eq!(read, &mesh);
    }
}
