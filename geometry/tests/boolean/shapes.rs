//! Meshes to cut, and what every result has to pass.

use std::collections::HashMap;

use geometry::boolean::{BooleanError, BooleanOp, BooleanOptions, BooleanOutput, Operand, boolean};
use geometry::{Mesh, Solid, Unwatched};
use glam::DVec3;

const BOX_TRIANGLES: [[u32; 3]; 12] = [
    [0, 2, 1],
    [0, 3, 2],
    [4, 5, 6],
    [4, 6, 7],
    [0, 1, 5],
    [0, 5, 4],
    [1, 2, 6],
    [1, 6, 5],
    [2, 3, 7],
    [2, 7, 6],
    [3, 0, 4],
    [3, 4, 7],
];

pub(crate) fn cuboid(low: [f64; 3], high: [f64; 3]) -> Mesh {
    let [x, y, z] = [0, 1, 2].map(|axis| [low[axis], high[axis]]);
    let ring = [[0, 0], [1, 0], [1, 1], [0, 1]];
    let positions = [0, 1].iter().flat_map(|&k| ring.map(|[i, j]| DVec3::new(x[i], y[j], z[k]))).collect();
    Mesh::new(positions, BOX_TRIANGLES.to_vec())
}

/// An icosahedron with every edge cut into `frequency`, pushed out to a sphere: `20 * frequency²` triangles.
pub(crate) fn icosphere(frequency: u32, radius: f64, center: DVec3) -> Mesh {
    let t = (1.0 + 5.0_f64.sqrt()) / 2.0;
    let corners = [
        [-1.0, t, 0.0],
        [1.0, t, 0.0],
        [-1.0, -t, 0.0],
        [1.0, -t, 0.0],
        [0.0, -1.0, t],
        [0.0, 1.0, t],
        [0.0, -1.0, -t],
        [0.0, 1.0, -t],
        [t, 0.0, -1.0],
        [t, 0.0, 1.0],
        [-t, 0.0, -1.0],
        [-t, 0.0, 1.0],
    ]
    .map(DVec3::from_array);
    let faces = [
        [0, 11, 5],
        [0, 5, 1],
        [0, 1, 7],
        [0, 7, 10],
        [0, 10, 11],
        [1, 5, 9],
        [5, 11, 4],
        [11, 10, 2],
        [10, 7, 6],
        [7, 1, 8],
        [3, 9, 4],
        [3, 4, 2],
        [3, 2, 6],
        [3, 6, 8],
        [3, 8, 9],
        [4, 9, 5],
        [2, 4, 11],
        [6, 2, 10],
        [8, 6, 7],
        [9, 8, 1],
    ];
    let mut positions = Vec::new();
    let mut triangles = Vec::new();
    let mut known: HashMap<Vec<(usize, u32)>, u32> = HashMap::new();
    for face in faces {
        let mut at = |i: u32, j: u32| {
            let shares = [frequency - i, i - j, j];
            let mut key: Vec<(usize, u32)> =
                face.iter().copied().zip(shares).filter(|&(_, share)| share > 0).collect();
            key.sort_unstable();
            *known.entry(key.clone()).or_insert_with(|| {
                let sum: DVec3 = key.iter().map(|&(corner, share)| corners[corner] * f64::from(share)).sum();
                let point = sum / sum.length() * radius + center;
                positions.push(point.to_array().map(|x| f64::from(x as f32)).into());
                positions.len() as u32 - 1
            })
        };
        for i in 0..frequency {
            for j in 0..=i {
                triangles.push([at(i, j), at(i + 1, j), at(i + 1, j + 1)]);
                if j < i {
                    triangles.push([at(i, j), at(i + 1, j + 1), at(i, j + 1)]);
                }
            }
        }
    }
    Mesh::new(positions, triangles)
}

/// All meshes in one.
pub(crate) fn joined(meshes: &[Mesh]) -> Mesh {
    let mut all = Mesh::default();
    for mesh in meshes {
        let first = all.positions.len() as u32;
        all.positions.extend(&mesh.positions);
        all.triangles.extend(mesh.triangles.iter().map(|corners| corners.map(|corner| corner + first)));
    }
    all
}

pub(crate) fn turned(mut mesh: Mesh) -> Mesh {
    mesh.triangles.iter_mut().for_each(|corners| corners.swap(1, 2));
    mesh
}

pub(crate) fn operand(mesh: Mesh) -> Operand {
    Operand::new(Solid::new(mesh, &Unwatched).unwrap())
}

pub(crate) fn try_run(op: BooleanOp, meshes: &[Mesh]) -> Result<BooleanOutput, BooleanError> {
    let operands: Vec<Operand> = meshes.iter().cloned().map(operand).collect();
    boolean(op, &operands, &BooleanOptions::default(), &Unwatched)
}

/// Runs a boolean whose result must be sound.
#[track_caller]
pub(crate) fn run(op: BooleanOp, meshes: &[Mesh]) -> BooleanOutput {
    let output = try_run(op, meshes).unwrap();
    assert_sound(&output);
    output
}

#[track_caller]
pub(crate) fn assert_sound(output: &BooleanOutput) {
    output.mesh.validate().unwrap();
    assert_eq!(output.sources.len(), output.mesh.triangles.len());
    let report = output.mesh.check();
    assert!(output.mesh.is_empty() || report.is_solid(), "{report:?} {:?}", output.report);
    assert_eq!(output.report.num_flat, 0);
    let mut triangles: Vec<[u32; 3]> = output
        .mesh
        .triangles
        .iter()
        .map(|corners| {
            let mut corners = *corners;
            corners.sort_unstable();
            corners
        })
        .collect();
    triangles.sort_unstable();
    assert!(triangles.windows(2).all(|pair| pair[0] != pair[1]), "a triangle is there twice");
}

pub(crate) fn volume(mesh: &Mesh) -> f64 {
    mesh.properties().volume
}

pub(crate) fn area(mesh: &Mesh) -> f64 {
    mesh.properties().area
}

#[track_caller]
pub(crate) fn assert_close(found: f64, expected: f64, relative: f64) {
    let bound = relative * expected.abs().max(1.0);
    assert!((found - expected).abs() <= bound, "{found} instead of {expected}");
}
