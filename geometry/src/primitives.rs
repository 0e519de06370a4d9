//! Shapes with exact sizes.

use glam::DVec3;
use serde::{Deserialize, Serialize};

/// A shape by its sizes, in millimetres. Every shape is centred on the origin in X and Y and stands on Z = 0, except
/// the sphere and the torus, which are centred in Z too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Primitive {
    /// A box with edges along the axes.
    Box {
        /// Extent along X, Y and Z.
        size: DVec3,
    },
    /// A sphere of latitude and longitude lines around Z.
    Sphere {
        /// Radius of the vertices.
        radius: f64,
        /// Longitudes; half as many latitudes. At least 3.
        segments: u32,
    },
    /// A prism over a regular polygon whose corners lie on the circle.
    Cylinder {
        /// Radius of the vertices.
        radius: f64,
        /// Extent along Z.
        height: f64,
        /// Corners of the polygon, at least 3.
        segments: u32,
    },
    /// A cone or frustum around Z; one of the radii may be 0.
    Cone {
        /// Radius at Z = 0.
        bottom_radius: f64,
        /// Radius at Z = height.
        top_radius: f64,
        /// Extent along Z.
        height: f64,
        /// Corners of the polygon, at least 3.
        segments: u32,
    },
    /// A ring around Z.
    Torus {
        /// From the axis to the middle of the tube.
        major_radius: f64,
        /// Radius of the tube, less than `major_radius`.
        minor_radius: f64,
        /// Corners around the axis, at least 3; half as many around the tube.
        segments: u32,
    },
}
