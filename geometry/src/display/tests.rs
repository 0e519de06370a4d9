//! What ends up in the arrays.

use std::sync::Arc;

use glam::{DVec3, Vec2, Vec3};
use proptest::prelude::*;

use super::*;
use crate::{Channel, CornerRows, LineSet, Mesh, NO_ROW, PointSet, Primitive, Semantic, Unwatched};

fn build(mesh: &Mesh) -> DisplayMesh {
    build_with(mesh, &DisplayOptions::default())
}

fn build_with(mesh: &Mesh, options: &DisplayOptions) -> DisplayMesh {
    let display = DisplayMesh::build(mesh, &[], &[], options, &Unwatched).expect("nobody cancels");
    assert_consistent(mesh, &display);
    display
}

fn primitive(primitive: Primitive) -> Mesh {
    primitive.mesh().expect("the sizes are allowed")
}

fn normal(vertex: &DisplayVertex) -> Vec3 {
    decode_normal(vertex.normal_oct)
}

/// Lengths agree, every triangle is drawn once at its place, groups cover all indices in the order of their slots.
fn assert_consistent(mesh: &Mesh, display: &DisplayMesh) {
    let num_triangles = mesh.triangles.len();
    assert_eq!(display.indices.len(), num_triangles * 3);
    let mut sources = display.source_triangles.clone();
    sources.sort_unstable();
    assert_eq!(sources, (0..num_triangles as u32).collect::<Vec<_>>());
    for (indices, &source) in display.indices.chunks(3).zip(&display.source_triangles) {
        for (&index, point) in indices.iter().zip(mesh.triangle_points(source as usize)) {
            let vertex = display.vertices[index as usize];
            assert_eq!(vertex.position, (point - display.origin).as_vec3().to_array());
            let [low, high] = display.bounds;
            let is_inside = (0..3).all(|i| low[i] <= vertex.position[i] && vertex.position[i] <= high[i]);
            assert!(is_inside, "{:?} is outside of {:?}", vertex.position, display.bounds);
        }
    }
    let mut next_index = 0;
    for (number, group) in display.groups.iter().enumerate() {
        assert_eq!(group.first_index, next_index);
        assert!(group.num_indices > 0 && group.num_indices.is_multiple_of(3));
        assert!(number == 0 || display.groups[number - 1].material_slot < group.material_slot);
        next_index += group.num_indices;
        let triangles = (group.first_index / 3) as usize..(next_index / 3) as usize;
        for &source in &display.source_triangles[triangles] {
            assert_eq!(mesh.material_slot(source as usize), group.material_slot);
        }
    }
    assert_eq!(next_index as usize, display.indices.len());
}

#[test]
fn nothing_is_drawn_of_nothing() {
    assert_eq!(build(&Mesh::default()), DisplayMesh::default());
}

#[test]
fn a_box_has_hard_edges() {
    let mesh = primitive(Primitive::Box { size: DVec3::new(2.0, 4.0, 6.0) });
    let display = build(&mesh);
    assert_eq!((display.vertices.len(), display.feature_edges.len(), display.groups.len()), (24, 12, 1));
    assert_eq!(display.origin, DVec3::new(0.0, 0.0, 3.0));
    assert_eq!(display.bounds, [[-1.0, -2.0, -3.0], [1.0, 2.0, 3.0]]);
    for (indices, &source) in display.indices.chunks(3).zip(&display.source_triangles) {
        let [a, b, c] = mesh.triangle_points(source as usize);
        let expected = (b - a).cross(c - a).normalize_or_zero().as_vec3();
        assert!(indices.iter().all(|&index| normal(&display.vertices[index as usize]) == expected));
    }
}

#[test]
fn a_cylinder_is_smooth_around_and_hard_at_its_rims() {
    let display = build(&primitive(Primitive::Cylinder { radius: 2.0, height: 3.0, segments: 24 }));
    assert_eq!((display.vertices.len(), display.feature_edges.len()), (4 * 24, 2 * 24));
    for vertex in &display.vertices {
        let [x, y, _] = vertex.position;
        let found = normal(vertex);
        // Each corner has either one or two triangles of its left quad; weights by angle make up for that.
        let radial = Vec3::new(x, y, 0.0).normalize_or_zero();
        assert!(found.z.abs() == 1.0 || found.distance(radial) < 1e-3, "{found} at {:?}", vertex.position);
    }
}

/// The sides of a prism with twelve sides meet at exactly 30°, which is still smooth on every one of its edges.
#[test]
fn the_limit_itself_is_smooth() {
    let mesh = primitive(Primitive::Cylinder { radius: 2.0, height: 3.0, segments: 12 });
    assert_eq!(build(&mesh).feature_edges.len(), 24);
    let mesh = primitive(Primitive::Cylinder { radius: 2.0, height: 3.0, segments: 11 });
    assert_eq!(build(&mesh).feature_edges.len(), 33);
}

#[test]
fn a_sphere_is_smooth_all_over() {
    let mesh = primitive(Primitive::Sphere { radius: 5.0, segments: 64 });
    let display = build(&mesh);
    assert_eq!((display.vertices.len(), display.feature_edges.len()), (mesh.positions.len(), 0));
    for vertex in &display.vertices {
        let radial = Vec3::from_array(vertex.position) / 5.0;
        assert!(normal(vertex).distance(radial) < 0.01, "{} at {radial}", normal(vertex));
        assert_eq!((vertex.color, vertex.bitangent_sign), ([u16::MAX; 4], 0.0));
    }
}

#[test]
fn no_crease_angle_means_flat() {
    let mesh = primitive(Primitive::Sphere { radius: 5.0, segments: 16 });
    let display = build_with(&mesh, &DisplayOptions { crease_angle_rad: 0.0, ..DisplayOptions::default() });
    assert_eq!(display.vertices.len(), mesh.triangles.len() * 3);
    for (indices, &source) in display.indices.chunks(3).zip(&display.source_triangles) {
        let [a, b, c] = mesh.triangle_points(source as usize);
        let expected = (b - a).cross(c - a).normalize_or_zero().as_vec3();
        assert!(
            indices.iter().all(|&index| normal(&display.vertices[index as usize]).distance(expected) < 1e-4)
        );
    }
}

#[test]
fn loose_triangles_look_like_welded_ones() {
    let welded = primitive(Primitive::Cylinder { radius: 2.0, height: 3.0, segments: 24 });
    let positions: Vec<DVec3> = (0..welded.triangles.len()).flat_map(|i| welded.triangle_points(i)).collect();
    let triangles = (0..welded.triangles.len() as u32).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
    let loose = build(&Mesh::new(positions, triangles));
    let welded = build(&welded);
    assert_eq!(loose.vertices.len(), welded.vertices.len());
    assert_eq!(loose.feature_edges.len(), welded.feature_edges.len());
}

#[test]
fn far_parts_keep_their_shape() {
    let here = primitive(Primitive::Torus { major_radius: 4.0, minor_radius: 1.0, segments: 32 });
    let mut far = here.clone();
    // Rounded to the steps that are left at 1e7, so that moving changes nothing.
    let step = 1.0 / 1024.0;
    far.positions.iter_mut().for_each(|point| *point = (*point / step).round() * step + DVec3::splat(1e7));
    let mut here = here;
    here.positions.iter_mut().for_each(|point| *point = (*point / step).round() * step);
    let (here, far) = (build(&here), build(&far));
    assert_eq!(far.origin, here.origin + DVec3::splat(1e7));
    assert_eq!((far.vertices, far.indices), (here.vertices, here.indices));
}

#[test]
fn an_open_or_non_manifold_edge_is_a_feature() {
    let square = vec![DVec3::ZERO, DVec3::X, DVec3::ONE - DVec3::Z, DVec3::Y, DVec3::Z];
    assert_eq!(build(&Mesh::new(square.clone(), vec![[0, 1, 2], [0, 2, 3]])).feature_edges.len(), 4);
    let fin = build(&Mesh::new(square, vec![[0, 1, 2], [0, 2, 3], [0, 2, 4]]));
    assert_eq!(fin.feature_edges.len(), 7);
}

#[test]
fn triangles_without_area_do_no_harm() {
    let points = vec![DVec3::ZERO, DVec3::X, DVec3::X * 2.0, DVec3::Y, -DVec3::Y];
    // The needle 0-1-2 lies between two flat triangles; then a point of a triangle, and one without any extent.
    let mesh = Mesh::new(points, vec![[0, 2, 3], [2, 0, 4], [0, 1, 2], [3, 3, 4], [1, 1, 1]]);
    let display = build(&mesh);
    for vertex in &display.vertices {
        assert_eq!(normal(vertex), Vec3::Z);
    }
}

#[test]
fn slots_are_sorted_and_triangles_remember_where_they_came_from() {
    let mut mesh = primitive(Primitive::Box { size: DVec3::ONE });
    mesh.material_slots = vec![7, 0, 7, 2, 0, 7, 2, 2, 0, 7, 7, 7];
    let display = build(&mesh);
    assert_eq!(display.groups.iter().map(|group| group.material_slot).collect::<Vec<_>>(), [0, 2, 7]);
    assert_eq!(display.source_triangles, [1, 4, 8, 3, 6, 7, 0, 2, 5, 9, 10, 11]);
    mesh.material_slots = vec![3; 12];
    assert_eq!(build(&mesh).groups, [DisplayGroup { material_slot: 3, first_index: 0, num_indices: 36 }]);
}

fn channel(semantic: Semantic, width: u32, values: Vec<f32>, rows: CornerRows) -> Channel {
    Channel { semantic, width, values, rows }
}

/// A low cone with smooth normals of its own shows no edges where they agree, whatever the angle.
#[test]
fn own_normals_decide_what_is_smooth() {
    let mut mesh = primitive(Primitive::Sphere { radius: 1.0, segments: 6 });
    assert!(!build(&mesh).feature_edges.is_empty());
    let normals: Vec<f32> = mesh.positions.iter().flat_map(|point| point.as_vec3().to_array()).collect();
    mesh.channels.push(channel(Semantic::Normal, 3, normals, CornerRows::PerPosition));
    let display = build(&mesh);
    assert_eq!((display.feature_edges.len(), display.vertices.len()), (0, mesh.positions.len()));
    for vertex in &display.vertices {
        assert!(normal(vertex).distance(Vec3::from_array(vertex.position).normalize_or_zero()) < 1e-4);
    }
}

#[test]
fn missing_and_bad_normals_are_made() {
    let mut mesh = primitive(Primitive::Box { size: DVec3::ONE });
    let rows = mesh.triangles.iter().map(|_| [0, 1, NO_ROW]).collect();
    let values = vec![0.0, 0.0, 0.0, f32::NAN, 0.0, 1.0];
    let made = build(&mesh);
    mesh.channels.push(channel(Semantic::Normal, 3, values, CornerRows::PerCorner(Arc::new(rows))));
    let display = build(&mesh);
    for (own, other) in display.indices.iter().zip(&made.indices) {
        assert_eq!(normal(&display.vertices[*own as usize]), normal(&made.vertices[*other as usize]));
    }
}

/// A square in XY whose image is upright for a viewer above: v grows downward.
fn textured_square(mirrored: bool) -> Mesh {
    let mut mesh = Mesh::new(
        vec![DVec3::ZERO, DVec3::X, DVec3::new(1.0, 1.0, 0.0), DVec3::Y],
        vec![[0, 1, 2], [0, 2, 3]],
    );
    let u = |x: f64| if mirrored { 1.0 - x } else { x } as f32;
    let values = mesh.positions.iter().flat_map(|point| [u(point.x), 1.0 - point.y as f32]).collect();
    mesh.channels.push(channel(Semantic::Uv(0), 2, values, CornerRows::PerPosition));
    mesh
}

#[test]
fn tangents_follow_the_texture() {
    for (mirrored, tangent, sign) in [(false, Vec3::X, 1.0), (true, -Vec3::X, -1.0)] {
        let display = build(&textured_square(mirrored));
        assert_eq!(display.vertices.len(), 4);
        for vertex in &display.vertices {
            assert_eq!((decode_normal(vertex.tangent_oct), vertex.bitangent_sign), (tangent, sign));
            // The bitangent points up in the image.
            assert_eq!(normal(vertex).cross(tangent) * sign, Vec3::Y);
        }
    }
    let without = DisplayOptions { make_tangents: false, ..DisplayOptions::default() };
    assert!(
        build_with(&textured_square(false), &without)
            .vertices
            .iter()
            .all(|vertex| vertex.bitangent_sign == 0.0)
    );
}

#[test]
fn own_tangents_are_kept() {
    let mut mesh = textured_square(false);
    let values = [0.0, 1.0, 0.0, -1.0].repeat(4);
    mesh.channels.push(channel(Semantic::Tangent, 4, values, CornerRows::PerPosition));
    for vertex in build(&mesh).vertices {
        assert_eq!((decode_normal(vertex.tangent_oct), vertex.bitangent_sign), (Vec3::Y, -1.0));
    }
}

/// Both halves of a mirrored texture meet in the same texture coordinates; one tangent for both would be zero.
#[test]
fn mirrored_halves_do_not_share_tangents() {
    let mut mesh = Mesh::new(vec![DVec3::Y, DVec3::ZERO, DVec3::X, -DVec3::X], vec![[0, 1, 2], [0, 3, 1]]);
    let values = vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    mesh.channels.push(channel(Semantic::Uv(0), 2, values, CornerRows::PerPosition));
    let display = build(&mesh);
    assert_eq!(display.vertices.len(), 6);
    let tangent = |index: usize| decode_normal(display.vertices[display.indices[index] as usize].tangent_oct);
    assert!((0..3).all(|i| tangent(i) == Vec3::X) && (3..6).all(|i| tangent(i) == -Vec3::X));
}

#[test]
fn a_texture_without_area_gives_some_unit_tangent() {
    let mut mesh = textured_square(false);
    mesh.channels[0].values = vec![0.5; 8];
    for vertex in build(&mesh).vertices {
        let tangent = decode_normal(vertex.tangent_oct);
        assert!((tangent.length() - 1.0).abs() < 1e-4 && tangent.dot(normal(&vertex)).abs() < 1e-3);
    }
}

#[test]
fn lines_and_points_come_along() {
    let lines = LineSet {
        positions: vec![DVec3::splat(1e7), DVec3::splat(1e7) + DVec3::X],
        segments: vec![[0, 1], [1, 0]],
        colors: vec![[1.0, 0.0, 0.5, 1.0], [0.0; 4]],
        material_slot: 0,
    };
    let points = PointSet { positions: vec![DVec3::splat(1e7) + DVec3::Z], ..PointSet::default() };
    let (lines, points) = (Arc::new(lines), Arc::new(points));
    let options = DisplayOptions::default();
    let display = DisplayMesh::build(&Mesh::default(), &[lines], &[points], &options, &Unwatched)
        .expect("nobody cancels");
    assert_eq!(display.origin, DVec3::splat(1e7) + DVec3::new(0.5, 0.0, 0.5));
    assert_eq!(display.bounds, [[-0.5, 0.0, -0.5], [0.5, 0.0, 0.5]]);
    let first = DisplayPoint { position: [-0.5, 0.0, -0.5], color: [255, 0, 128, 255] };
    let second = DisplayPoint { position: [0.5, 0.0, -0.5], color: [0; 4] };
    assert_eq!(display.lines, [[first, second], [second, first]]);
    assert_eq!(display.points, [DisplayPoint { position: [-0.5, 0.0, 0.5], color: [255; 4] }]);
}

#[test]
fn work_stops_when_asked() {
    struct Impatient;
    impl crate::Progress for Impatient {
        fn report(&self, done: f64) -> Result<(), crate::Cancelled> {
            if done > 0.1 { Err(crate::Cancelled) } else { Ok(()) }
        }
    }
    let mesh = primitive(Primitive::Box { size: DVec3::ONE });
    let options = DisplayOptions::default();
    assert_eq!(DisplayMesh::build(&mesh, &[], &[], &options, &Impatient), Err(crate::Cancelled));
}

prop_compose! {
    /// A mesh over few positions, some of them equal, with random rows in three channels.
    fn messy_mesh()(
        corners in prop::collection::vec(([0_u32..7, 0_u32..7, 0_u32..7], [0_u32..4, 0_u32..4, 0_u32..4], 0_u32..3), 0..30),
        values in prop::collection::vec(-1.0_f32..1.0, 28),
        grid in prop::collection::vec([0_i8..3, 0_i8..3, 0_i8..3], 7),
    ) -> Mesh {
        let positions = grid.iter().map(|point| DVec3::from_array(point.map(f64::from))).collect();
        let mut mesh = Mesh::new(positions, corners.iter().map(|(triangle, _, _)| *triangle).collect());
        mesh.material_slots = corners.iter().map(|(_, _, slot)| *slot).collect();
        let rows: Vec<[u32; 3]> =
            corners.iter().map(|(_, rows, _)| rows.map(|row| if row == 3 { NO_ROW } else { row })).collect();
        let rows = CornerRows::PerCorner(Arc::new(rows));
        mesh.channels = vec![
            channel(Semantic::Uv(0), 2, values[..6].to_vec(), rows.clone()),
            channel(Semantic::Color(0), 4, values[..12].to_vec(), rows),
            channel(Semantic::Uv(1), 2, values[14..].to_vec(), CornerRows::PerPosition),
        ];
        assert_eq!(mesh.validate(), Ok(()));
        mesh
    }
}

proptest! {
    #[test]
    fn attributes_arrive_at_their_corners(mesh in messy_mesh()) {
        let display = build(&mesh);
        for (place, &index) in display.indices.iter().enumerate() {
            let vertex = display.vertices[index as usize];
            let (triangle, corner) = (display.source_triangles[place / 3] as usize, place % 3);
            let values = |semantic| {
                let channel = mesh.channel(semantic).expect("the mesh has it");
                channel.row_of_corner(&mesh, triangle, corner).map(|row| channel.row(row))
            };
            for set in 0..2 {
                let expected = values(Semantic::Uv(set)).map_or(Vec2::ZERO, Vec2::from_slice);
                prop_assert_eq!(vertex.uv[set as usize], expected.to_array());
            }
            let expected = values(Semantic::Color(0)).map_or([u16::MAX; 4], |color| {
                [0, 1, 2, 3].map(|i| (color[i].max(0.0) * 65535.0).round() as u16)
            });
            prop_assert_eq!(vertex.color, expected);
            prop_assert!((normal(&vertex).length() - 1.0).abs() < 1e-5);
        }
        let mut used: Vec<u32> = display.indices.clone();
        used.sort_unstable();
        used.dedup();
        prop_assert_eq!(used.len(), display.vertices.len(), "vertices that nothing uses");
    }

    /// Without attributes, neighbours share the vertices of every edge that is not a crease.
    #[test]
    fn shading_is_smooth_across_soft_edges(segments in 3_u32..40, crease_deg in 1.0..80.0) {
        let mesh = primitive(Primitive::Sphere { radius: 3.0, segments });
        let angle_rad = f64::to_radians(crease_deg);
        let options = DisplayOptions { crease_angle_rad: angle_rad, feature_angle_rad: angle_rad, make_tangents: false };
        let display = build_with(&mesh, &options);
        let edges = crate::topology::Edges::new(&mesh.triangles, mesh.positions.len());
        let num_soft = edges.iter().filter(|pair| {
            let ends = |halfedge: u32| {
                let next = crate::topology::next_halfedge(halfedge);
                [display.indices[halfedge as usize], display.indices[next as usize]]
            };
            let [[a, b], [c, d]] = [ends(pair[0]), ends(pair[1])];
            a == d && b == c
        });
        // A single crease between soft edges shares its vertices too, since one can go round its ends.
        prop_assert!(display.feature_edges.len() + num_soft.count() >= edges.len());
    }
}
