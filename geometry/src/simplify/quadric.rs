//! Sums of squared distances from planes.

use glam::{DMat3, DVec3};

/// How much the middle of an edge attracts the best point, beside the planes: decides where they leave it open.
const PULL: f64 = 1e-8;

/// The weighted sum of squared distances from planes as a function of a point.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quadric {
    xx: f64,
    yy: f64,
    zz: f64,
    xy: f64,
    yz: f64,
    zx: f64,
    /// The gradient at the origin, halved.
    linear: DVec3,
    constant: f64,
    /// The sum of the weights.
    pub(super) weight: f64,
}

impl Quadric {
    /// The plane through a point with a unit normal.
    pub(super) fn plane(point: DVec3, normal: DVec3, weight: f64) -> Self {
        let offset = -normal.dot(point);
        let weighted = normal * weight;
        Self {
            xx: weighted.x * normal.x,
            yy: weighted.y * normal.y,
            zz: weighted.z * normal.z,
            xy: weighted.x * normal.y,
            yz: weighted.y * normal.z,
            zx: weighted.z * normal.x,
            linear: weighted * offset,
            constant: weight * offset * offset,
            weight,
        }
    }

    #[inline]
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self {
            xx: self.xx + other.xx,
            yy: self.yy + other.yy,
            zz: self.zz + other.zz,
            xy: self.xy + other.xy,
            yz: self.yz + other.yz,
            zx: self.zx + other.zx,
            linear: self.linear + other.linear,
            constant: self.constant + other.constant,
            weight: self.weight + other.weight,
        }
    }

    #[inline]
    fn times(&self, v: DVec3) -> DVec3 {
        DVec3::new(
            self.xx * v.x + self.xy * v.y + self.zx * v.z,
            self.xy * v.x + self.yy * v.y + self.yz * v.z,
            self.zx * v.x + self.yz * v.y + self.zz * v.z,
        )
    }

    /// The value at a point, never below 0.
    #[inline]
    pub(super) fn at(&self, point: DVec3) -> f64 {
        (point.dot(self.times(point)) + 2.0 * self.linear.dot(point) + self.constant).max(0.0)
    }

    /// The point with the least value, of several the one nearest to `start`; not finite where there are no planes.
    #[inline]
    pub(super) fn best_point(&self, start: DVec3) -> DVec3 {
        let pull = PULL * (self.xx + self.yy + self.zz);
        let (xx, yy, zz) = (self.xx + pull, self.yy + pull, self.zz + pull);
        // By cofactors: the matrix is symmetric and positive definite.
        let (c00, c11, c22) =
            (yy * zz - self.yz * self.yz, xx * zz - self.zx * self.zx, xx * yy - self.xy * self.xy);
        let c01 = self.yz * self.zx - self.xy * zz;
        let c02 = self.xy * self.yz - yy * self.zx;
        let c12 = self.xy * self.zx - xx * self.yz;
        let determinant = xx * c00 + self.xy * c01 + self.zx * c02;
        let inverse =
            DMat3::from_cols(DVec3::new(c00, c01, c02), DVec3::new(c01, c11, c12), DVec3::new(c02, c12, c22));
        // Again from there, which undoes what the pull did where the planes leave nothing open.
        let near = start - inverse * (self.times(start) + self.linear) / determinant;
        near - inverse * (self.times(near) + self.linear) / determinant
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_planes_meet_in_a_point() {
        let corner = DVec3::new(3.0, -2.0, 5.0);
        let sum = [DVec3::X, DVec3::Y, DVec3::new(0.6, 0.0, 0.8)]
            .iter()
            .fold(Quadric::default(), |sum, &normal| sum.plus(&Quadric::plane(corner, normal, 2.0)));
        assert!(sum.best_point(DVec3::ZERO).distance(corner) < 1e-6);
        assert!((sum.at(corner + DVec3::Y * 3.0) - 18.0).abs() < 1e-12);
        assert_eq!(sum.weight, 6.0);
        assert!(!Quadric::default().best_point(DVec3::ZERO).is_finite());
    }

    proptest! {
        #[test]
        fn the_value_is_the_squared_distance(point in [-9.0..9.0, -9.0..9.0, -9.0..9.0], angle_rad in 0.0..7.0) {
            let normal = DVec3::new(crate::math::cos(angle_rad), crate::math::sin(angle_rad), 0.0);
            let point = DVec3::from_array(point);
            let height = (point - DVec3::ONE).dot(normal);
            let found = Quadric::plane(DVec3::ONE, normal, 1.0).at(point);
            prop_assert!((found - height * height).abs() < 1e-12);
        }
    }
}
