//! Shapes with exact sizes, as recipes and as closed meshes.
//!
//! Circles have exact symmetry: corners on an axis have exact zeros, mirrored corners have equal digits.

use std::f64::consts::TAU;

use glam::{DVec2, DVec3};
use serde::{Deserialize, Serialize};

use crate::{Mesh, math};

/// Lengths above this are refused, millimetres: 1000 km.
pub const MAX_LENGTH: f64 = 1e9;

/// Lengths below this are refused, millimetres: a nanometre.
pub const MIN_LENGTH: f64 = 1e-6;

/// More segments are refused: a sphere of so many has four million triangles.
pub const MAX_SEGMENTS: u32 = 2048;

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

/// Why a [`Primitive`] has no mesh. The names are those of the fields, in words.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PrimitiveError {
    /// A length is not a number in the allowed range.
    #[error("the {what} must be between {MIN_LENGTH} mm and {MAX_LENGTH} mm, not {value} mm")]
    Length {
        /// Which one.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// There are too few or too many segments.
    #[error("the number of segments must be between 3 and {MAX_SEGMENTS}, not {value}")]
    Segments {
        /// What it is.
        value: u32,
    },
    /// Both radii of a cone are 0.
    #[error("one of the radii of a cone must be greater than 0")]
    ConeWithoutBase,
    /// The tube of a torus reaches its axis.
    #[error("the radius of the tube must be less than that of the ring")]
    TubeTooThick,
}

impl Primitive {
    /// Checks the sizes.
    ///
    /// # Errors
    /// The first size that cannot be.
    pub fn validate(&self) -> Result<(), PrimitiveError> {
        match *self {
            Self::Box { size } => {
                let lengths = [("width", size.x), ("depth", size.y), ("height", size.z)];
                lengths.into_iter().try_for_each(|(what, value)| check_length(what, value))
            }
            Self::Sphere { radius, segments } => {
                check_length("radius", radius)?;
                check_segments(segments)
            }
            Self::Cylinder { radius, height, segments } => {
                check_length("radius", radius)?;
                check_length("height", height)?;
                check_segments(segments)
            }
            Self::Cone { bottom_radius, top_radius, height, segments } => {
                if bottom_radius == 0.0 && top_radius == 0.0 {
                    return Err(PrimitiveError::ConeWithoutBase);
                }
                for (what, radius) in [("bottom radius", bottom_radius), ("top radius", top_radius)] {
                    if radius != 0.0 {
                        check_length(what, radius)?;
                    }
                }
                check_length("height", height)?;
                check_segments(segments)
            }
            Self::Torus { major_radius, minor_radius, segments } => {
                check_length("radius of the ring", major_radius)?;
                check_length("radius of the tube", minor_radius)?;
                if minor_radius >= major_radius {
                    return Err(PrimitiveError::TubeTooThick);
                }
                check_segments(segments)
            }
        }
    }

    /// The closed, outward mesh of the shape, without channels and in material slot 0.
    ///
    /// # Errors
    /// Those of [`Primitive::validate`].
    pub fn mesh(&self) -> Result<Mesh, PrimitiveError> {
        self.validate()?;
        Ok(match *self {
            Self::Box { size } => box_mesh(size),
            Self::Sphere { radius, segments } => {
                let rows: Vec<Row> = latitudes(segments)
                    .map(|at| Row { radius: radius * at.y, height: -radius * at.x })
                    .collect();
                turned_mesh(&rows, segments)
            }
            Self::Cylinder { radius, height, segments } => {
                turned_mesh(&[Row { radius, height: 0.0 }, Row { radius, height }], segments)
            }
            Self::Cone { bottom_radius, top_radius, height, segments } => {
                let bottom = Row { radius: bottom_radius, height: 0.0 };
                turned_mesh(&[bottom, Row { radius: top_radius, height }], segments)
            }
            Self::Torus { major_radius, minor_radius, segments } => {
                torus_mesh(major_radius, minor_radius, segments)
            }
        })
    }

    /// The volume of the mesh in closed form, cubic millimetres; less than that of the round shape.
    #[must_use]
    pub fn volume(&self) -> f64 {
        match *self {
            Self::Box { size } => size.x * size.y * size.z,
            Self::Sphere { radius, segments } => {
                let rings: Vec<DVec2> = latitudes(segments).map(|at| at * radius).collect();
                rings
                    .windows(2)
                    .map(|pair| frustum_volume(pair[0].y, pair[1].y, pair[0].x - pair[1].x, segments))
                    .sum()
            }
            Self::Cylinder { radius, height, segments } => polygon_area(radius, segments) * height,
            Self::Cone { bottom_radius, top_radius, height, segments } => {
                frustum_volume(bottom_radius, top_radius, height, segments)
            }
            Self::Torus { major_radius, minor_radius, segments } => {
                // Pappus, with the ring's circle replaced by its polygon.
                let ring_factor = f64::from(segments) * math::sin(TAU / f64::from(segments));
                ring_factor * major_radius * polygon_area(minor_radius, num_tube_segments(segments))
            }
        }
    }
}

fn check_length(what: &'static str, value: f64) -> Result<(), PrimitiveError> {
    if (MIN_LENGTH..=MAX_LENGTH).contains(&value) {
        Ok(())
    } else {
        Err(PrimitiveError::Length { what, value })
    }
}

fn check_segments(value: u32) -> Result<(), PrimitiveError> {
    if (3..=MAX_SEGMENTS).contains(&value) { Ok(()) } else { Err(PrimitiveError::Segments { value }) }
}

/// The area of a regular polygon by the radius of its corners.
fn polygon_area(radius: f64, segments: u32) -> f64 {
    0.5 * f64::from(segments) * radius * radius * math::sin(TAU / f64::from(segments))
}

fn frustum_volume(bottom_radius: f64, top_radius: f64, height: f64, segments: u32) -> f64 {
    let radii = bottom_radius * bottom_radius + bottom_radius * top_radius + top_radius * top_radius;
    polygon_area(1.0, segments) * radii * height / 3.0
}

/// Points of the unit half circle from (1, 0) to (−1, 0), whose x become heights and whose y become radii.
fn latitudes(segments: u32) -> impl Iterator<Item = DVec2> {
    let num_bands = (segments / 2).max(2);
    (0..=num_bands).map(move |band| unit_circle(band, 2 * num_bands))
}

fn num_tube_segments(segments: u32) -> u32 {
    (segments / 2).max(3)
}

/// Corner `index` of the regular polygon of `count` corners on the unit circle, the first being (1, 0).
pub(crate) fn unit_circle(index: u32, count: u32) -> DVec2 {
    // The turn is split into eighths with whole numbers, so that every eighth uses the same angles.
    let eighths = u64::from(index % count) * 8;
    let count = u64::from(count);
    let (eighth, rest) = (eighths / count, eighths % count);
    let from_axis = if eighth % 2 == 0 { rest } else { count - rest };
    let angle_rad = from_axis as f64 / count as f64 * (TAU / 8.0);
    let (near, far) = (math::cos(angle_rad), math::sin(angle_rad));
    // At exactly an eighth both numbers must be the same.
    let (near, far) = if from_axis == count { (near, near) } else { (near, far) };
    match eighth {
        0 => DVec2::new(near, far),
        1 => DVec2::new(far, near),
        2 => DVec2::new(-far, near),
        3 => DVec2::new(-near, far),
        4 => DVec2::new(-near, -far),
        5 => DVec2::new(-far, -near),
        6 => DVec2::new(far, -near),
        _ => DVec2::new(near, -far),
    }
}

fn box_mesh(size: DVec3) -> Mesh {
    let (x, y, z) = (size.x * 0.5, size.y * 0.5, size.z);
    let positions = (0..8)
        .map(|corner| {
            let pick = |bit: u32, low: f64, high: f64| if corner >> bit & 1 == 0 { low } else { high };
            DVec3::new(pick(0, -x, x), pick(1, -y, y), pick(2, 0.0, z))
        })
        .collect();
    let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = faces.into_iter().flat_map(|[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
    Mesh::new(positions, triangles)
}

/// A circle of a turned shape.
struct Row {
    radius: f64,
    height: f64,
}

/// The solid between circles around Z, from bottom to top; circles without radius become points.
fn turned_mesh(rows: &[Row], segments: u32) -> Mesh {
    let mut mesh = Mesh::default();
    let rings: Vec<Vec<u32>> = rows.iter().map(|row| add_ring(&mut mesh.positions, row, segments)).collect();
    for pair in rings.windows(2) {
        add_band(&mut mesh.triangles, &pair[0], &pair[1]);
    }
    if let [bottom, .., top] = rings.as_slice() {
        let downward: Vec<u32> = bottom.iter().rev().copied().collect();
        add_cap(&mut mesh.triangles, &downward);
        add_cap(&mut mesh.triangles, top);
    }
    mesh
}

fn add_ring(positions: &mut Vec<DVec3>, row: &Row, segments: u32) -> Vec<u32> {
    let first = positions.len() as u32;
    if row.radius <= 0.0 {
        positions.push(DVec3::new(0.0, 0.0, row.height));
        return vec![first];
    }
    positions.extend((0..segments).map(|i| (unit_circle(i, segments) * row.radius).extend(row.height)));
    (first..first + segments).collect()
}

/// Joins two rings of equal length, or a ring and a point, by a band that faces away from the axis.
fn add_band(triangles: &mut Vec<[u32; 3]>, lower: &[u32], upper: &[u32]) {
    let count = lower.len().max(upper.len());
    for i in 0..count {
        let next = (i + 1) % count;
        match (lower, upper) {
            (&[point], ring) => triangles.push([point, ring[next], ring[i]]),
            (ring, &[point]) => triangles.push([ring[i], ring[next], point]),
            (lower, upper) => {
                triangles.push([lower[i], lower[next], upper[next]]);
                triangles.push([lower[i], upper[next], upper[i]]);
            }
        }
    }
}

/// Fills a convex polygon by cutting off every other corner again and again, which gives rounder triangles than a fan.
fn add_cap(triangles: &mut Vec<[u32; 3]>, polygon: &[u32]) {
    let mut ring = polygon.to_vec();
    while ring.len() > 2 {
        for i in (0..ring.len() - 1).step_by(2) {
            triangles.push([ring[i], ring[i + 1], ring[(i + 2) % ring.len()]]);
        }
        ring = ring.into_iter().step_by(2).collect();
    }
}

fn torus_mesh(major_radius: f64, minor_radius: f64, segments: u32) -> Mesh {
    let mut mesh = Mesh::default();
    let num_tube = num_tube_segments(segments);
    let rings: Vec<Vec<u32>> = (0..num_tube)
        .map(|i| {
            // Around the tube from the outside over the top, so that the band to the next ring faces outward.
            let at = unit_circle(i, num_tube);
            let row = Row { radius: major_radius + minor_radius * at.x, height: minor_radius * at.y };
            add_ring(&mut mesh.positions, &row, segments)
        })
        .collect();
    for (i, ring) in rings.iter().enumerate() {
        add_band(&mut mesh.triangles, ring, &rings[(i + 1) % rings.len()]);
    }
    mesh
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(primitive: Primitive, genus: i64) {
        let mesh = primitive.mesh().expect("the sizes are allowed");
        let report = mesh.check();
        assert!(report.is_solid(), "{primitive:?}: {report:?}");
        assert_eq!((report.num_shells, report.genus()), (1, Some(genus)), "{primitive:?}");
        assert_eq!((report.num_zero_area, report.num_duplicate), (0, 0), "{primitive:?}");
        let measured = mesh.properties().volume;
        let expected = primitive.volume();
        assert!(
            (measured - expected).abs() <= 1e-13 * expected,
            "{primitive:?}: {measured} instead of {expected}"
        );
    }

    fn length() -> impl Strategy<Value = f64> {
        prop_oneof![MIN_LENGTH..1e-3, 0.1..1000.0, 1e6..MAX_LENGTH]
    }

    proptest! {
        #[test]
        fn primitives_are_solids(a in length(), b in length(), c in length(), segments in 3_u32..70) {
            check(Primitive::Box { size: DVec3::new(a, b, c) }, 0);
            check(Primitive::Sphere { radius: a, segments }, 0);
            check(Primitive::Cylinder { radius: a, height: b, segments }, 0);
            check(Primitive::Cone { bottom_radius: a, top_radius: b, height: c, segments }, 0);
            check(Primitive::Cone { bottom_radius: 0.0, top_radius: b, height: c, segments }, 0);
            check(Primitive::Cone { bottom_radius: a, top_radius: 0.0, height: c, segments }, 0);
            let major_radius = a.max(3.0 * MIN_LENGTH);
            check(Primitive::Torus { major_radius, minor_radius: major_radius * 0.4, segments }, 1);
        }

        #[test]
        fn circles_are_symmetric(count in 3_u32..300, index in 0_u32..300) {
            let index = index % count;
            let point = unit_circle(index, count);
            let mirrored = unit_circle(count - index, count);
            prop_assert_eq!(point, DVec2::new(mirrored.x, -mirrored.y));
            prop_assert!((point.length() - 1.0).abs() < 1e-15);
            let angle_rad = TAU * f64::from(index) / f64::from(count);
            prop_assert!(point.distance(DVec2::new(angle_rad.cos(), angle_rad.sin())) < 1e-14);
            if count % 4 == 0 {
                let quarter = unit_circle(index + count / 4, count);
                prop_assert_eq!(quarter, DVec2::new(-point.y, point.x));
            }
        }
    }

    #[test]
    fn round_shapes_approach_their_formulas() {
        let ratio = |primitive: Primitive, round: f64| primitive.volume() / round;
        let segments = MAX_SEGMENTS;
        let sphere = ratio(Primitive::Sphere { radius: 3.0, segments }, 36.0 * TAU / 2.0);
        let torus = Primitive::Torus { major_radius: 5.0, minor_radius: 2.0, segments };
        let torus = ratio(torus, TAU * 5.0 * TAU / 2.0 * 4.0);
        for ratio in [sphere, torus] {
            assert!((0.9999..1.0).contains(&ratio), "{ratio}");
        }
    }

    #[test]
    fn shapes_stand_where_users_expect_them() {
        let bounds = |primitive: Primitive| primitive.mesh().expect("allowed").bounds().expect("not empty");
        let size = DVec3::new(1.0, 2.0, 3.0);
        assert_eq!(bounds(Primitive::Box { size }), (DVec3::new(-0.5, -1.0, 0.0), DVec3::new(0.5, 1.0, 3.0)));
        let sphere = Primitive::Sphere { radius: 2.0, segments: 8 };
        assert_eq!(bounds(sphere), (DVec3::splat(-2.0), DVec3::splat(2.0)));
        let cylinder = Primitive::Cylinder { radius: 2.0, height: 5.0, segments: 8 };
        assert_eq!(bounds(cylinder), (DVec3::new(-2.0, -2.0, 0.0), DVec3::new(2.0, 2.0, 5.0)));
        let torus = Primitive::Torus { major_radius: 3.0, minor_radius: 1.0, segments: 8 };
        assert_eq!(bounds(torus), (DVec3::new(-4.0, -4.0, -1.0), DVec3::new(4.0, 4.0, 1.0)));
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let sphere = |radius, segments| Primitive::Sphere { radius, segments }.mesh().map(|_| ());
        assert!(sphere(1.0, 3).is_ok());
        for radius in [0.0, -1.0, 1e-9, 1e10, f64::NAN, f64::INFINITY] {
            assert!(
                matches!(sphere(radius, 8), Err(PrimitiveError::Length { what: "radius", .. })),
                "{radius}"
            );
        }
        for segments in [0, 2, MAX_SEGMENTS + 1, u32::MAX] {
            assert_eq!(sphere(1.0, segments), Err(PrimitiveError::Segments { value: segments }));
        }
        let cone = Primitive::Cone { bottom_radius: 0.0, top_radius: 0.0, height: 1.0, segments: 8 };
        assert_eq!(cone.mesh(), Err(PrimitiveError::ConeWithoutBase));
        let torus = Primitive::Torus { major_radius: 1.0, minor_radius: 1.0, segments: 8 };
        assert_eq!(torus.mesh(), Err(PrimitiveError::TubeTooThick));
        let message =
            Primitive::Box { size: DVec3::new(1.0, -2.0, 1.0) }.mesh().expect_err("negative").to_string();
        assert_eq!(message, "the depth must be between 0.000001 mm and 1000000000 mm, not -2 mm");
    }
}
