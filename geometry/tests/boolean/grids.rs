//! Random boxes on an integer grid, where many faces coincide; the truth comes from counting voxels.

use geometry::boolean::BooleanOp::{self, Difference, Union};
use geometry::boolean::{BooleanOptions, Coincidence, Operand, boolean};
use geometry::{Mesh, Unwatched};
use glam::{DMat3, DVec3};

use super::shapes::*;

const GRID: usize = 12;

/// The generator of the benchmark these scenes come from.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

type Corners = [[usize; 3]; 2];

fn boxes(seed: u64) -> Vec<Corners> {
    let mut random = SplitMix(seed);
    (0..40)
        .map(|_| {
            let low = [(); 3].map(|()| (random.next() * (GRID - 1) as f64) as usize);
            let high = low.map(|low| GRID.min(low + 1 + (random.next() * 5.0) as usize));
            [low, high]
        })
        .collect()
}

fn mesh_of([low, high]: Corners) -> Mesh {
    cuboid(low.map(|x| x as f64), high.map(|x| x as f64))
}

fn scene(op: BooleanOp, seed: u64) -> Vec<Mesh> {
    let block = (op == Difference).then_some([[0; 3], [GRID; 3]]);
    block.into_iter().chain(boxes(seed)).map(mesh_of).collect()
}

/// Volume and area by voxels.
fn truth(op: BooleanOp, seed: u64) -> (f64, f64) {
    let mut is_filled = vec![op == Difference; GRID * GRID * GRID];
    let index = |[x, y, z]: [usize; 3]| (x * GRID + y) * GRID + z;
    for [low, high] in boxes(seed) {
        for x in low[0]..high[0] {
            for y in low[1]..high[1] {
                for z in low[2]..high[2] {
                    is_filled[index([x, y, z])] = op == Union;
                }
            }
        }
    }
    let filled = |at: [i64; 3]| {
        at.iter().all(|&x| (0..GRID as i64).contains(&x)) && is_filled[index(at.map(|x| x as usize))]
    };
    let mut area = 0;
    let all = -1..=GRID as i64;
    for x in all.clone() {
        for y in all.clone() {
            for z in all.clone() {
                let here = filled([x, y, z]);
                let others = [[x + 1, y, z], [x, y + 1, z], [x, y, z + 1]];
                area += others.into_iter().filter(|&other| filled(other) != here).count();
            }
        }
    }
    (is_filled.iter().filter(|filled| **filled).count() as f64, area as f64)
}

#[test]
fn coincident_faces_leave_no_walls() {
    for seed in 1000..1010 {
        for op in [Union, Difference] {
            let output = run(op, &scene(op, seed));
            let (true_volume, true_area) = truth(op, seed);
            assert_eq!(volume(&output.mesh), true_volume, "{op:?} {seed}");
            assert_close(area(&output.mesh), true_area, 1e-12);
        }
    }
}

/// Turned by an angle that `f64` cannot express, the faces coincide only to rounding.
fn turned_scene(op: BooleanOp, seed: u64) -> Vec<Mesh> {
    let rotation = DMat3::from_axis_angle(DVec3::new(1.0, 2.0, 3.0) / 14.0_f64.sqrt(), 33.0_f64.to_radians());
    let mut meshes = scene(op, seed);
    for mesh in &mut meshes {
        mesh.positions.iter_mut().for_each(|point| *point = rotation * *point);
    }
    meshes
}

#[test]
fn turned_scenes_leave_no_walls() {
    for seed in 1000..1010 {
        for op in [Union, Difference] {
            let output = run(op, &turned_scene(op, seed));
            let (true_volume, true_area) = truth(op, seed);
            assert_close(volume(&output.mesh), true_volume, 1e-12);
            assert_close(area(&output.mesh), true_area, 1e-9);
            assert!(output.report.largest_alignment > 0.0 && output.report.largest_alignment < 1e-10);
        }
    }
}

/// Taken exactly, there are walls as thin as the rounding, but the result is sound and its volume right.
#[test]
fn turned_scenes_taken_exactly_are_sound() {
    let options = BooleanOptions { coincidence: Coincidence::Exact, ..BooleanOptions::default() };
    for seed in 1000..1003 {
        for op in [Union, Difference] {
            let operands: Vec<Operand> = turned_scene(op, seed).into_iter().map(operand).collect();
            let output = boolean(op, &operands, &options, &Unwatched).unwrap();
            assert_sound(&output);
            assert_close(volume(&output.mesh), truth(op, seed).0, 1e-9);
        }
    }
}
