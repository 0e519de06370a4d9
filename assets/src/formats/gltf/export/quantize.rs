//! `KHR_mesh_quantization`: positions on a grid of 16 bits, directions in 8 bits, texture coordinates in 16.

use glam::{DAffine3, DMat3, DVec3};

/// The extension's name.
pub(super) const NAME: &str = "KHR_mesh_quantization";

/// Steps along the longest side of a grid.
const MOST: f64 = 65_535.0;

/// The grid that the positions of a mesh are rounded to, in the file's axes and unit: half a step is the largest error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    low: DVec3,
    step: f64,
}

impl Grid {
    /// The grid around some points; `None` when there are none, or they are all in one place.
    pub(super) fn around(points: impl Iterator<Item = [f32; 3]>) -> Option<Self> {
        let (mut low, mut high) = (DVec3::INFINITY, DVec3::NEG_INFINITY);
        for point in points {
            let point = DVec3::from_array(point.map(f64::from));
            (low, high) = (low.min(point), high.max(point));
        }
        let step = (high - low).max_element() / MOST;
        (step.is_finite() && step > 0.0).then_some(Self { low, step })
    }

    /// How many steps a point is from the lowest corner; the fourth number fills up to a multiple of four bytes.
    pub(super) fn steps(&self, point: [f32; 3]) -> [u16; 4] {
        let [x, y, z] =
            ((DVec3::from_array(point.map(f64::from)) - self.low) / self.step).to_array().map(whole);
        [x, y, z, 0]
    }

    /// What takes steps to the place of the point.
    pub(super) fn mesh_from_steps(&self) -> DAffine3 {
        DAffine3 { matrix3: DMat3::from_diagonal(DVec3::splat(self.step)), translation: self.low }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped and rounded")]
fn whole(steps: f64) -> u16 {
    steps.round().clamp(0.0, MOST) as u16
}

/// The smallest and largest numbers of steps.
pub(super) fn bounds(steps: &[[u16; 4]]) -> ([u16; 3], [u16; 3]) {
    let (mut low, mut high) = ([u16::MAX; 3], [0; 3]);
    for step in steps {
        for axis in 0..3 {
            low[axis] = low[axis].min(step[axis]);
            high[axis] = high[axis].max(step[axis]);
        }
    }
    (low, high)
}

/// A unit vector in parts of 127; numbers that are not there are zero.
#[expect(clippy::cast_possible_truncation, reason = "clamped and rounded")]
pub(super) fn direction(direction: &[f32]) -> [i8; 4] {
    let mut steps = [0; 4];
    for (step, number) in steps.iter_mut().zip(direction) {
        *step = (number * 127.0).round().clamp(-127.0, 127.0) as i8;
    }
    steps
}

/// Texture coordinates in parts of 65535; `None` when some are outside of the picture.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1")]
pub(super) fn uvs(uvs: &[[f32; 2]]) -> Option<Vec<[u16; 2]>> {
    let is_inside = uvs.as_flattened().iter().all(|number| (0.0..=1.0).contains(number));
    is_inside.then(|| uvs.iter().map(|uv| uv.map(|number| (number * 65535.0).round() as u16)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_point_moves_by_more_than_half_a_step(
            points in prop::collection::vec(prop::array::uniform3(-1e3..1e3_f32), 2..20),
        ) {
            let Some(grid) = Grid::around(points.iter().copied()) else { return Ok(()) };
            for point in points {
                let [x, y, z, _] = grid.steps(point).map(f64::from);
                let found = grid.mesh_from_steps().transform_point3(DVec3::new(x, y, z));
                let moved = (found - DVec3::from_array(point.map(f64::from))).abs().max_element();
                prop_assert!(moved <= grid.step * 0.500_001);
            }
        }
    }

    #[test]
    fn what_cannot_be_quantised_is_told() {
        assert_eq!(Grid::around(std::iter::empty()), None);
        assert_eq!(Grid::around([[1.0; 3]; 2].into_iter()), None);
        assert_eq!(uvs(&[[0.0, 1.5]]), None);
        assert_eq!(uvs(&[[0.0, 1.0]]), Some(vec![[0, 65535]]));
        assert_eq!(direction(&[0.0, -1.0, 1.0]), [0, -127, 127, 0]);
    }
}
