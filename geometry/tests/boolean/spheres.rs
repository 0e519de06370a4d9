//! Round things in general position.

use geometry::boolean::BooleanOp::{Difference, Intersection, Union};
use glam::DVec3;

use super::shapes::*;

#[test]
fn sphere_pairs_keep_the_volume_identities() {
    for frequency in [2, 5, 12] {
        let pair =
            [icosphere(frequency, 1.0, DVec3::ZERO), icosphere(frequency, 1.0, DVec3::new(0.5, 0.0, 0.0))];
        let [a, b] = pair.each_ref().map(volume);
        let [union, difference, intersection] =
            [Union, Difference, Intersection].map(|op| volume(&run(op, &pair).mesh));
        assert_close(union + intersection, a + b, 1e-12);
        assert_close(difference, a - intersection, 1e-12);
    }
}

#[test]
fn what_is_not_touched_keeps_its_bits() {
    let pair = [icosphere(12, 1.0, DVec3::ZERO), icosphere(12, 1.0, DVec3::new(0.5, 0.0, 0.0))];
    let output = run(Difference, &pair);
    let mut num_whole = 0;
    for (triangle, source) in output.sources.iter().enumerate() {
        let mut original = pair[source.operand as usize].triangle_points(source.triangle as usize);
        if source.operand == 1 {
            original.swap(1, 2);
        }
        num_whole += usize::from(output.mesh.triangle_points(triangle) == original);
    }
    let num_touched = output.report.num_touched;
    assert!(num_touched < 400, "{num_touched}");
    assert!(num_whole > 2400, "{num_whole}");
}
