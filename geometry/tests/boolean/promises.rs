//! The same bits everywhere, and an end when asked for one.

use std::sync::atomic::{AtomicUsize, Ordering};

use geometry::boolean::BooleanOp::{self, Difference, Intersection, Union, Xor};
use geometry::boolean::{BooleanError, BooleanOptions, boolean};
use geometry::{Cancelled, Mesh, Progress};
use glam::{DMat3, DVec3};

use super::shapes::*;

fn scenes() -> Vec<(BooleanOp, Vec<Mesh>)> {
    // A rotation whose entries are short fractions, so that no trigonometry is involved.
    let rotation = DMat3::from_cols_array(&[0.36, 0.48, -0.8, -0.8, 0.6, 0.0, 0.48, 0.64, 0.6]);
    let mut turned = icosphere(9, 1.0, DVec3::new(0.1, 0.2, 0.3));
    turned.positions.iter_mut().for_each(|point| *point = rotation * *point);
    let row = |step: f64| {
        (0..12).map(move |i| cuboid([f64::from(i) * step, 0.0, 0.0], [f64::from(i) * step + 1.0; 3]))
    };
    vec![
        (Difference, vec![icosphere(10, 1.0, DVec3::ZERO), icosphere(10, 1.0, DVec3::new(0.5, 0.0, 0.0))]),
        (Union, vec![icosphere(8, 1.0, DVec3::ZERO), turned.clone()]),
        (Xor, vec![turned, cuboid([-0.5; 3], [0.7; 3])]),
        (Union, row(1.0).collect()),
        (Intersection, row(0.05).collect()),
    ]
}

/// FNV-1a over all bits of the mesh.
fn hash(mesh: &Mesh) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        bytes.iter().for_each(|&byte| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    };
    mesh.positions.iter().flat_map(|point| point.to_array()).for_each(|x| add(&x.to_le_bytes()));
    mesh.triangles.iter().flatten().for_each(|corner| add(&corner.to_le_bytes()));
    hash
}

/// With and without the feature `parallel`, on every platform.
#[test]
fn results_have_known_bits() {
    let hashes: Vec<u64> = scenes().iter().map(|(op, meshes)| hash(&run(*op, meshes).mesh)).collect();
    assert_eq!(hashes, KNOWN_BITS, "if this change of bits is meant, take these: {hashes:#x?}");
}

const KNOWN_BITS: [u64; 5] = [
    0x90e5_962e_3872_a6e4,
    0x9d83_ba64_2fb3_8bc9,
    0x1e0e_af4e_4d24_37d7,
    0xc4dc_4973_e539_d3cd,
    0x5daa_fcf0_adcb_3099,
];

struct CancelAfter {
    num_left: AtomicUsize,
}

impl Progress for CancelAfter {
    fn report(&self, done: f64) -> Result<(), Cancelled> {
        assert!((0.0..=1.0).contains(&done), "{done}");
        let left =
            self.num_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() { Ok(()) } else { Err(Cancelled) }
    }
}

#[test]
fn it_stops_wherever_it_is_asked_to() {
    for (op, meshes) in scenes() {
        let mut num_reports = 0;
        loop {
            // Solids are made anew, since they remember what they have looked for.
            let operands: Vec<_> = meshes.iter().cloned().map(operand).collect();
            let progress = CancelAfter { num_left: AtomicUsize::new(num_reports) };
            match boolean(op, &operands, &BooleanOptions::default(), &progress) {
                Err(BooleanError::Cancelled(_)) => num_reports += 1 + num_reports / 8,
                result => break assert_sound(&result.unwrap()),
            }
        }
        assert!(num_reports > 10, "{num_reports}");
    }
}
