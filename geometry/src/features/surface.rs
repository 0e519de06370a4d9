//! Surfaces of revolution as numbers that can be fitted: how far a point is off, and which way.

use glam::DVec3;

use crate::math;

/// The kinds of curved surfaces, simple ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Plane,
    Cylinder,
    Cone,
    Sphere,
    Torus,
}

/// A surface about an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Surface {
    pub(super) kind: Kind,
    /// A point on the axis: the centre of a sphere or torus; of a plane, a point of it.
    pub(super) origin: DVec3,
    /// Along the axis, of length 1; of a plane, its normal.
    pub(super) axis: DVec3,
    /// Of a cylinder and a sphere the radius, of a cone that at the origin, of a torus the major radius.
    pub(super) radius: f64,
    /// Of a cone the angle by which its radius rises along the axis, of a torus the minor radius.
    pub(super) other: f64,
}

/// Where a point is about an axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cylindrical {
    /// Along the axis.
    pub(super) height: f64,
    /// From the axis.
    pub(super) rho: f64,
    /// Away from the axis, of length 1, or 0 on it.
    pub(super) outward: DVec3,
}

/// The signed distance from a surface and its derivatives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    pub(super) distance: f64,
    /// By the distance from the axis.
    pub(super) by_rho: f64,
    /// By the height.
    pub(super) by_height: f64,
    /// By `radius` and `other`.
    pub(super) by_sizes: [f64; 2],
}

impl Surface {
    pub(super) fn cylindrical(&self, point: DVec3) -> Cylindrical {
        let from = point - self.origin;
        let height = from.dot(self.axis);
        let radial = from - self.axis * height;
        let rho = radial.length();
        let outward = if rho > 0.0 { radial / rho } else { DVec3::ZERO };
        Cylindrical { height, rho, outward }
    }

    pub(super) fn profile(&self, at: &Cylindrical) -> Profile {
        let (rho, height) = (at.rho, at.height);
        match self.kind {
            Kind::Plane => Profile { distance: height, by_rho: 0.0, by_height: 1.0, by_sizes: [0.0; 2] },
            Kind::Cylinder => {
                Profile { distance: rho - self.radius, by_rho: 1.0, by_height: 0.0, by_sizes: [-1.0, 0.0] }
            }
            Kind::Cone => {
                let (sine, cosine) = (math::sin(self.other), math::cos(self.other));
                let beyond = rho - self.radius;
                Profile {
                    distance: beyond * cosine - height * sine,
                    by_rho: cosine,
                    by_height: -sine,
                    by_sizes: [-cosine, -beyond * sine - height * cosine],
                }
            }
            Kind::Sphere => {
                let length = (rho * rho + height * height).sqrt();
                let [by_rho, by_height] =
                    if length > 0.0 { [rho / length, height / length] } else { [0.0; 2] };
                Profile { distance: length - self.radius, by_rho, by_height, by_sizes: [-1.0, 0.0] }
            }
            Kind::Torus => {
                let beyond = rho - self.radius;
                let length = (beyond * beyond + height * height).sqrt();
                let [by_rho, by_height] =
                    if length > 0.0 { [beyond / length, height / length] } else { [0.0; 2] };
                Profile { distance: length - self.other, by_rho, by_height, by_sizes: [-by_rho, -1.0] }
            }
        }
    }

    pub(super) fn distance(&self, point: DVec3) -> f64 {
        self.profile(&self.cylindrical(point)).distance
    }

    /// The direction in which the distance rises.
    pub(super) fn normal(&self, point: DVec3) -> DVec3 {
        let at = self.cylindrical(point);
        let profile = self.profile(&at);
        at.outward * profile.by_rho + self.axis * profile.by_height
    }

    /// How far the middle of a chord is off, of a chord over which the surface turns by an angle, at a point.
    pub(super) fn chord(&self, point: DVec3, turn_rad: f64) -> f64 {
        let radius = match self.kind {
            Kind::Plane => return 0.0,
            Kind::Cylinder | Kind::Sphere => self.radius,
            Kind::Cone => self.cylindrical(point).rho / math::cos(self.other).max(0.1),
            Kind::Torus => self.radius + self.other,
        };
        radius * (1.0 - math::cos(turn_rad * 0.5))
    }

    /// The smallest radius that the surface has anywhere, about: what tolerances are relative to.
    pub(super) fn size(&self) -> f64 {
        match self.kind {
            Kind::Torus => self.other,
            _ => self.radius,
        }
    }

    /// Whether the numbers make a surface.
    pub(super) fn is_sound(&self) -> bool {
        let is_finite = self.origin.is_finite() && self.axis.is_finite() && self.axis.length_squared() > 0.5;
        is_finite
            && match self.kind {
                Kind::Plane => true,
                Kind::Cylinder | Kind::Sphere => self.radius > 0.0 && self.radius.is_finite(),
                Kind::Cone => self.radius.is_finite() && (0.008..1.55).contains(&self.other.abs()),
                Kind::Torus => self.other > 0.0 && self.radius > self.other && self.radius.is_finite(),
            }
    }
}
