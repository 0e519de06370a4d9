//! The project container.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use std::sync::Arc;

use assets::project::{self, ProjectFiles, ProjectMesh, decode_mesh, encode_mesh};
use assets::{Image, ImportErrorKind, JointSet, MorphTarget, Rig};
use geometry::{
    Cancelled, Channel, ContentHash, CornerRows, LineSet, Mesh, NO_ROW, PointSet, Primitive, Progress,
    Semantic, Unwatched,
};
use glam::DVec3;
use proptest::prelude::*;

fn rich_mesh() -> ProjectMesh {
    let mut mesh = Primitive::Torus { major_radius: 5.0, minor_radius: 2.0, segments: 16 }.mesh().unwrap();
    let count = mesh.triangles.len();
    let rows = Arc::new(vec![[0, 1, NO_ROW]; count]);
    let per_corner = |semantic, width: u32| Channel {
        semantic,
        width,
        values: (0..2 * width).map(|value| value as f32).collect(),
        rows: CornerRows::PerCorner(Arc::clone(&rows)),
    };
    mesh.channels = vec![
        per_corner(Semantic::Normal, 3),
        per_corner(Semantic::Uv(1), 2),
        Channel {
            semantic: Semantic::Custom(7),
            width: 1,
            values: vec![f32::MIN_POSITIVE; mesh.positions.len()],
            rows: CornerRows::PerPosition,
        },
    ];
    mesh.material_slots = (0..count).map(|triangle| u32::try_from(triangle % 3).unwrap()).collect();
    let positions = vec![DVec3::new(-0.0, 1e-300, 0.1), DVec3::splat(1e300)];
    let lines = LineSet {
        positions: positions.clone(),
        segments: vec![[0, 1]],
        colors: vec![[0.5; 4]; 2],
        material_slot: 3,
    };
    let points = PointSet { positions, colors: Vec::new(), material_slot: 1 };
    let rig = rig_of(&mesh);
    ProjectMesh {
        surface: Arc::new(mesh),
        lines: vec![Arc::new(lines)],
        points: vec![Arc::new(points)],
        rig: Some(Arc::new(rig)),
    }
}

/// One row per position, half of it on one joint and half on another, and a target that lifts it.
fn rig_of(mesh: &Mesh) -> Rig {
    let count = mesh.positions.len();
    Rig {
        corners: mesh.triangles.clone(),
        positions: mesh.positions.clone(),
        normals: vec![[0.0, 0.0, 1.0]; count],
        joint_sets: vec![JointSet {
            joints: vec![[0, 1, 0, 0]; count],
            weights: vec![[0.5, 0.5, 0.0, 0.0]; count],
        }],
        morph_targets: vec![MorphTarget {
            name: "lift".to_owned(),
            positions: vec![[0.0, 0.0, 2.0]; count],
            normals: Vec::new(),
        }],
        morph_weights: vec![0.25],
    }
}

fn sample() -> ProjectFiles {
    let mut files =
        ProjectFiles { document: "{\"version\": 1, \"nodes\": []}".to_owned(), ..ProjectFiles::default() };
    let mesh = rich_mesh();
    files.meshes.insert(mesh.surface.content_hash(), mesh);
    let rgba = (0..64 * 4).map(|value| u8::try_from(value % 251).unwrap()).collect();
    let image = Image { name: "wood grain".to_owned(), width: 8, height: 8, rgba, encoded: None };
    files.images.insert(ContentHash(1 << 100), Arc::new(image));
    files
}

#[test]
fn what_is_written_is_read() {
    let files = sample();
    let bytes = project::write(&files, &Unwatched).unwrap();
    assert_eq!(bytes, project::write(&files, &Unwatched).unwrap(), "equal content gives equal bytes");
    let opened = project::read(&bytes, &Unwatched).unwrap();
    assert!(opened.warnings.is_empty(), "{:?}", opened.warnings);
    assert_eq!(opened.files.document, files.document);
    assert_eq!(opened.files.meshes, files.meshes);
    let (read, written) =
        (&opened.files.images[&ContentHash(1 << 100)], &files.images[&ContentHash(1 << 100)]);
    assert_eq!((&read.name, &read.rgba, read.width), (&written.name, &written.rgba, written.width));
    for mesh in opened.files.meshes.values() {
        assert!(mesh.surface.check().is_solid());
    }
}

#[test]
fn geometry_comes_back_to_the_bit_and_shares_what_was_shared() {
    let mesh = rich_mesh();
    let read = decode_mesh(&encode_mesh(&mesh)).unwrap();
    assert_eq!(read, mesh);
    assert_eq!(encode_mesh(&read), encode_mesh(&mesh));
    assert!(read.lines[0].positions[0].x.is_sign_negative());
    let tables: Vec<_> = read.surface.channels[..2]
        .iter()
        .map(|channel| match &channel.rows {
            CornerRows::PerCorner(rows) => Arc::as_ptr(rows),
            CornerRows::PerPosition => panic!("per corner"),
        })
        .collect();
    assert_eq!(tables[0], tables[1]);
}

#[test]
fn later_versions_are_refused_with_words() {
    let mut bytes = encode_mesh(&ProjectMesh::default());
    bytes[8] = 2;
    assert_eq!(decode_mesh(&bytes).unwrap_err().kind, ImportErrorKind::Unsupported);
}

#[test]
fn an_array_serves_only_once() {
    let bytes = encode_mesh(&rich_mesh());
    let header_length = usize::try_from(u32::from_le_bytes(bytes[12..16].try_into().unwrap())).unwrap();
    let header = str::from_utf8(&bytes[16..16 + header_length]).unwrap();
    // The second channel takes the values of the first; both are written with one digit.
    let first = header.find("\"values\":").unwrap();
    let second = first + 1 + header[first + 1..].find("\"values\":").unwrap();
    let mut bytes = bytes.clone();
    bytes[16 + second + 9] = bytes[16 + first + 9];
    let error = decode_mesh(&bytes).unwrap_err();
    assert!(error.message.contains("used twice"), "{error}");
}

#[test]
fn a_damaged_mesh_costs_only_itself() {
    let files = sample();
    let mut bytes = project::write(&files, &Unwatched).unwrap();
    let name = format!("meshes/{}.kmesh", files.meshes.keys().next().unwrap());
    let at = bytes.windows(name.len()).position(|window| window == name.as_bytes()).unwrap();
    bytes[at + name.len() + 40] ^= 0xff;
    let opened = project::read(&bytes, &Unwatched).unwrap();
    assert_eq!((opened.files.meshes.len(), opened.files.images.len()), (0, 1));
    assert_eq!(opened.warnings.len(), 1);
    assert_eq!(opened.warnings[0].at.to_string(), name);
}

#[test]
fn a_project_cut_short_keeps_what_comes_before() {
    let bytes = project::write(&sample(), &Unwatched).unwrap();
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let opened = project::read(&bytes[..directory], &Unwatched).unwrap();
    assert_eq!((opened.files.meshes.len(), opened.files.images.len()), (1, 1));
    assert_eq!(opened.warnings[0].code, "truncated");
}

#[test]
fn what_is_no_project_says_so() {
    for bytes in [&b""[..], b"PK\x03\x04", b"hello"] {
        let error = project::read(bytes, &Unwatched).unwrap_err();
        assert_eq!(error.kind, ImportErrorKind::Malformed);
        assert!(error.message.contains("no document"), "{error}");
    }
}

#[test]
fn writing_and_reading_can_be_cancelled() {
    struct Never;
    impl Progress for Never {
        fn report(&self, _done: f64) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }
    let bytes = project::write(&sample(), &Unwatched).unwrap();
    assert_eq!(project::write(&sample(), &Never), Err(assets::ExportError::Cancelled));
    assert_eq!(project::read(&bytes, &Never).unwrap_err().kind, ImportErrorKind::Cancelled);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mesh_survives(
        points in prop::collection::vec(any::<[f64; 3]>().prop_filter("finite", |p| p.iter().all(|x| x.is_finite())), 1..50),
        triangles in prop::collection::vec(any::<[u32; 3]>(), 0..50),
    ) {
        let count = u32::try_from(points.len()).unwrap();
        let positions: Vec<DVec3> = points.into_iter().map(DVec3::from_array).collect();
        let triangles = triangles.into_iter().map(|corners| corners.map(|corner| corner % count)).collect();
        let mesh = ProjectMesh { surface: Arc::new(Mesh::new(positions, triangles)), ..ProjectMesh::default() };
        let read = decode_mesh(&encode_mesh(&mesh)).unwrap();
        prop_assert_eq!(read.surface.content_hash(), mesh.surface.content_hash());
    }
}
