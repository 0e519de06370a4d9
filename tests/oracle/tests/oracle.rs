//! Random bodies in general position: another kernel, which decides by other means, finds the same volumes, as many pieces
//! and as many holes through them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use geometry::boolean::BooleanOp::{self, Difference, Intersection, Union};
use geometry::boolean::{BooleanOptions, Operand, boolean};
use geometry::{Mesh, Primitive, Solid, Unwatched};
use glam::{DMat3, DVec3};
use manifold_rust::manifold::Manifold;
use manifold_rust::types::{BooleanEngine, Error, MeshGL64, OpType};

/// SplitMix64: numbers from 0 to 1.
struct Random(u64);

impl Random {
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn point(&mut self) -> DVec3 {
        DVec3::new(self.part(), self.part(), self.part()) * 2.0 - 1.0
    }
}

/// A primitive, turned and moved.
fn body(random: &mut Random) -> Mesh {
    let size = 0.4 + random.part();
    let primitive = match (random.part() * 4.0) as u32 {
        0 => Primitive::Box { size: DVec3::new(size, 1.0, 0.3 + random.part()) },
        1 => Primitive::Sphere { radius: size, segments: 12 },
        2 => Primitive::Cylinder { radius: 0.5 * size, height: 1.6, segments: 9 },
        _ => Primitive::Torus { major_radius: 0.8, minor_radius: 0.3 * size, segments: 10 },
    };
    let mut mesh = primitive.mesh().unwrap();
    let axis = random.point().try_normalize().unwrap_or(DVec3::Z);
    let turn = DMat3::from_axis_angle(axis, random.part() * std::f64::consts::TAU);
    let shift = random.point() * 0.8;
    mesh.positions.iter_mut().for_each(|point| *point = turn * *point + shift);
    mesh
}

/// What both kernels are asked about a result.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    num_pieces: usize,
    /// Vertices and triangles less edges: 2 for each piece, less 2 for each hole through one.
    euler: i64,
}

fn shape_of(triangles: &[[u32; 3]]) -> Shape {
    let mut piece_of: Vec<u32> = (0..triangles.iter().flatten().max().map_or(0, |&max| max + 1)).collect();
    fn root(piece_of: &[u32], mut at: u32) -> u32 {
        while piece_of[at as usize] != at {
            at = piece_of[at as usize];
        }
        at
    }
    let mut edges = BTreeSet::new();
    for &[a, b, c] in triangles {
        for (from, to) in [(a, b), (b, c), (c, a)] {
            edges.insert((from.min(to), from.max(to)));
            let (one, other) = (root(&piece_of, from), root(&piece_of, to));
            piece_of[one.max(other) as usize] = one.min(other);
        }
    }
    let vertices: BTreeSet<u32> = triangles.iter().flatten().copied().collect();
    let num_pieces = vertices.iter().filter(|&&vertex| piece_of[vertex as usize] == vertex).count();
    Shape { num_pieces, euler: vertices.len() as i64 + triangles.len() as i64 - edges.len() as i64 }
}

fn ours(op: BooleanOp, meshes: &[Mesh; 2]) -> (f64, Shape) {
    let operands = meshes.clone().map(|mesh| Operand::new(Solid::new(mesh, &Unwatched).unwrap()));
    let mesh = boolean(op, &operands, &BooleanOptions::default(), &Unwatched).unwrap().mesh;
    assert!(mesh.is_empty() || mesh.check().is_solid());
    (mesh.properties().volume, shape_of(&mesh.triangles))
}

fn theirs(op: BooleanOp, meshes: &[Mesh; 2]) -> (f64, Shape) {
    let [one, other] = meshes.each_ref().map(|mesh| {
        let found = Manifold::from_mesh_gl64(&MeshGL64 {
            num_prop: 3,
            vert_properties: mesh.positions.iter().flat_map(|point| point.to_array()).collect(),
            tri_verts: mesh.triangles.iter().flatten().map(|&corner| corner.into()).collect(),
            ..Default::default()
        });
        assert!(matches!(found.status(), Error::NoError), "{:?}", found.status());
        found
    });
    let op = match op {
        Union => OpType::Add,
        Difference => OpType::Subtract,
        _ => OpType::Intersect,
    };
    let result = one.boolean_with_engine(&other, op, BooleanEngine::Exact).get_mesh_gl64(-1);
    let mut index: Vec<u32> = (0..result.vert_properties.len() as u32 / 3).collect();
    for (&from, &to) in result.merge_from_vert.iter().zip(&result.merge_to_vert) {
        index[from as usize] = to as u32;
    }
    let positions = result.vert_properties.chunks_exact(result.num_prop as usize);
    let positions = positions.map(|row| DVec3::new(row[0], row[1], row[2])).collect();
    let triangles = result.tri_verts.chunks_exact(3);
    let triangles: Vec<[u32; 3]> =
        triangles.map(|corners| [0, 1, 2].map(|i| index[corners[i] as usize])).collect();
    let shape = shape_of(&triangles);
    (Mesh::new(positions, triangles).properties().volume, shape)
}

#[test]
fn another_kernel_agrees() {
    let mut random = Random(11);
    for scene in 0..120 {
        let meshes = [body(&mut random), body(&mut random)];
        for op in [Union, Difference, Intersection] {
            let ((volume, shape), (expected, expected_shape)) = (ours(op, &meshes), theirs(op, &meshes));
            // The other one moves what is shorter than 1e-12 of the size.
            assert!((volume - expected).abs() < 1e-10, "scene {scene} {op:?}: {volume} {expected}");
            assert_eq!(shape, expected_shape, "scene {scene} {op:?}");
        }
    }
}
