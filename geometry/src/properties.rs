//! Area, volume, centroid and inertia of a mesh.
//!
//! Sums run in the order of the triangles, relative to the middle of the mesh, and carry their rounding errors along
//! (Arnold Neumaier, 1974), so that a part far from the origin is measured like one at the origin.

use glam::{DAffine3, DMat3, DVec3};
use serde::{Deserialize, Serialize};

use crate::Mesh;

/// What can be measured of a surface and of the volume it encloses, in millimetres.
///
/// Volume, centroid and inertia mean something only for closed surfaces. All numbers are NaN where a position is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Properties {
    /// Smallest and largest corner of the box around all positions that a triangle uses; `None` without triangles.
    pub bounds: Option<(DVec3, DVec3)>,
    /// Area of all triangles, mm².
    pub area: f64,
    /// Enclosed volume, mm³; negative when the triangles face inward. Volume enclosed twice counts twice.
    pub volume: f64,
    /// Centre of the volume; `None` when the volume is 0.
    pub centroid: Option<DVec3>,
    /// Inertia about the centroid for a density of 1 per mm³, mm⁵; zero when the volume is 0.
    pub inertia: DMat3,
}

impl Mesh {
    /// Measures the mesh.
    ///
    /// # Panics
    /// When a triangle names a position that does not exist; see [`Mesh::validate`].
    #[must_use]
    pub fn properties(&self) -> Properties {
        measure(&self.positions, &self.triangles, self.bounds())
    }

    /// Measures the mesh after a placement. A placement that mirrors is taken to turn the triangles round too, so that
    /// it does not change the sign of the volume.
    ///
    /// # Panics
    /// As [`Mesh::properties`].
    #[must_use]
    pub fn properties_placed(&self, target_from_mesh: &DAffine3) -> Properties {
        let placed: Vec<DVec3> =
            self.positions.iter().map(|&point| target_from_mesh.transform_point3(point)).collect();
        let placed = Self::new(placed, self.triangles.clone());
        let mut properties = placed.properties();
        if target_from_mesh.matrix3.determinant() < 0.0 {
            properties.volume = -properties.volume;
            properties.inertia = -properties.inertia;
        }
        properties
    }
}

impl Properties {
    /// The principal moments of inertia, mm⁵, ascending, and the axes they are about: orthogonal unit vectors,
    /// right-handed, as columns. By Jacobi's method (Carl Jacobi, 1846); where moments are equal, the axes are some of the
    /// possible ones.
    #[must_use]
    pub fn principal_axes(&self) -> (DVec3, DMat3) {
        eigenvectors(&self.inertia)
    }
}

/// The eigenvalues of a symmetric matrix, ascending, and its eigenvectors: orthogonal, right-handed, as columns.
pub(crate) fn eigenvectors(symmetric: &DMat3) -> (DVec3, DMat3) {
    let mut matrix = symmetric.to_cols_array_2d();
    let mut axes = [DVec3::X, DVec3::Y, DVec3::Z];
    // Three rounds leave nothing to see; the others are for numbers that are hard to reach.
    for _ in 0..12 {
        for (p, q) in [(0, 1), (1, 2), (0, 2)] {
            let r = 3 - p - q;
            if matrix[p][q] == 0.0 {
                continue;
            }
            let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
            let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
            let sine = tangent * cosine;
            let off = matrix[p][q];
            matrix[p][p] -= tangent * off;
            matrix[q][q] += tangent * off;
            let (rp, rq) = (matrix[r][p], matrix[r][q]);
            matrix[r][p] = cosine * rp - sine * rq;
            matrix[r][q] = sine * rp + cosine * rq;
            matrix[p][r] = matrix[r][p];
            matrix[q][r] = matrix[r][q];
            matrix[p][q] = 0.0;
            matrix[q][p] = 0.0;
            let (ap, aq) = (axes[p], axes[q]);
            axes[p] = ap * cosine - aq * sine;
            axes[q] = ap * sine + aq * cosine;
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|&one, &other| matrix[one][one].total_cmp(&matrix[other][other]));
    let moments = DVec3::from_array(order.map(|i| matrix[i][i]));
    let [x, y, _] = order.map(|i| axes[i]);
    (moments, DMat3::from_cols(x, y, x.cross(y)))
}

fn measure(positions: &[DVec3], triangles: &[[u32; 3]], bounds: Option<(DVec3, DVec3)>) -> Properties {
    let Some((low, high)) = bounds else { return Properties::default() };
    let middle = low * 0.5 + high * 0.5;
    let mut sums = [Sum::default(); NUM_SUMS];
    for triangle in triangles {
        let corners = triangle.map(|index| positions[index as usize] - middle);
        for (sum, term) in sums.iter_mut().zip(terms(corners)) {
            sum.add(term);
        }
    }
    let [area, volume, x, y, z, xx, yy, zz, xy, yz, zx] = sums.map(|sum| sum.total());
    let mut properties =
        Properties { bounds, area: area / 2.0, volume: volume / 6.0, centroid: None, inertia: DMat3::ZERO };
    if volume != 0.0 {
        let center = DVec3::new(x, y, z) / (4.0 * volume);
        properties.centroid = Some(middle + center);
        // Second moments about the middle, moved to the centroid.
        let about =
            |moment: f64, i: usize, j: usize| moment / 120.0 - properties.volume * center[i] * center[j];
        let (xx, yy, zz) = (about(xx, 0, 0), about(yy, 1, 1), about(zz, 2, 2));
        let (xy, yz, zx) = (about(xy, 0, 1), about(yz, 1, 2), about(zx, 2, 0));
        properties.inertia = DMat3::from_cols(
            DVec3::new(yy + zz, -xy, -zx),
            DVec3::new(-xy, zz + xx, -yz),
            DVec3::new(-zx, -yz, xx + yy),
        );
    }
    properties
}

const NUM_SUMS: usize = 11;

/// What a triangle adds: twice its area; then for the tetrahedron it makes with the origin 6 times the volume, 24 times
/// the first and 120 times the second moments.
fn terms([a, b, c]: [DVec3; 3]) -> [f64; NUM_SUMS] {
    let area = (b - a).cross(c - a).length();
    let volume = a.dot(b.cross(c));
    let sum = a + b + c;
    let first = sum * volume;
    let squares = (a * a + b * b + c * c + sum * sum) * volume;
    let turned = |v: DVec3| DVec3::new(v.y, v.z, v.x);
    let products = (a * turned(a) + b * turned(b) + c * turned(c) + sum * turned(sum)) * volume;
    [
        area, volume, first.x, first.y, first.z, squares.x, squares.y, squares.z, products.x, products.y,
        products.z,
    ]
}

/// A sum that remembers what its additions rounded away.
#[derive(Clone, Copy, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    #[inline]
    fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        let (larger, smaller) =
            if self.sum.abs() >= term.abs() { (self.sum, term) } else { (term, self.sum) };
        self.lost += (larger - sum) + smaller;
        self.sum = sum;
    }

    fn total(self) -> f64 {
        self.sum + self.lost
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Primitive;

    fn close(a: f64, b: f64, size: f64) -> bool {
        (a - b).abs() <= 1e-12 * size
    }

    #[test]
    fn nothing_measures_nothing() {
        assert_eq!(Mesh::default().properties(), Properties::default());
    }

    #[test]
    fn a_sheet_has_no_volume() {
        let sheet = Mesh::new(vec![DVec3::ZERO, DVec3::X * 2.0, DVec3::Y * 3.0], vec![[0, 1, 2]]);
        let properties = sheet.properties();
        assert_eq!((properties.area, properties.volume, properties.centroid), (3.0, 0.0, None));
    }

    proptest! {
        #[test]
        fn a_placed_box_measures_by_formula(
            size in [0.1..100.0, 0.1..100.0, 0.1..100.0],
            axis in [-1.0..1.0, -1.0..1.0, -1.0..1.0],
            angle_rad in -4.0..4.0,
            shift in [-1e4..1e4, -1e4..1e4, -1e4..1e4],
            mirrored in any::<bool>(),
        ) {
            let size = DVec3::from_array(size);
            let axis = DVec3::from_array(axis).try_normalize().unwrap_or(DVec3::Z);
            let rotation = DMat3::from_axis_angle(axis, angle_rad);
            let mirror = DMat3::from_diagonal(DVec3::new(if mirrored { -1.0 } else { 1.0 }, 1.0, 1.0));
            let placement = DAffine3::from_mat3_translation(rotation * mirror, DVec3::from_array(shift));
            let mesh = Primitive::Box { size }.mesh().expect("the sizes are allowed");
            let found = mesh.properties_placed(&placement);

            // What the placement itself rounds away of coordinates up to 1e4, relative to the smallest size.
            let slack = 1e4 / size.min_element() * 1e-3;
            let volume = size.x * size.y * size.z;
            prop_assert!(close(found.volume, volume, volume * slack.max(1.0)), "{found:?}");
            let area = 2.0 * (size.x * size.y + size.y * size.z + size.z * size.x);
            prop_assert!(close(found.area, area, area * slack.max(1.0)));
            let centroid = placement.transform_point3(DVec3::Z * (size.z * 0.5));
            prop_assert!(found.centroid.expect("there is a volume").distance(centroid) < 1e-8);
            let squares = size * size;
            let about_axes = DVec3::new(squares.y + squares.z, squares.z + squares.x, squares.x + squares.y);
            let expected = rotation * DMat3::from_diagonal(about_axes * (volume / 12.0)) * rotation.transpose();
            let largest = volume * squares.max_element() * slack.max(1.0);
            prop_assert!(found.inertia.abs_diff_eq(expected, 1e-10 * largest), "{} {}", found.inertia, expected);
            let (moments, axes) = found.principal_axes();
            let mut sorted = (about_axes * (volume / 12.0)).to_array();
            sorted.sort_by(f64::total_cmp);
            prop_assert!(moments.abs_diff_eq(DVec3::from_array(sorted), 1e-10 * largest), "{moments}");
            prop_assert!((axes.transpose() * axes).abs_diff_eq(DMat3::IDENTITY, 1e-13) && axes.determinant() > 0.0);
            let again = axes * DMat3::from_diagonal(moments) * axes.transpose();
            prop_assert!(again.abs_diff_eq(found.inertia, 1e-10 * largest));
        }
    }

    /// At 1e7 mm a coordinate has steps of 2e-9 mm. A sum over tetrahedra that reach to the origin would be off by 1e21
    /// times 1e-16, more than the whole volume.
    #[test]
    fn a_part_far_from_the_origin_keeps_its_volume() {
        let mesh = Primitive::Sphere { radius: 8.0, segments: 64 }.mesh().expect("the sizes are allowed");
        let here = mesh.properties();
        let far = mesh.properties_placed(&DAffine3::from_translation(DVec3::new(1e7, -1e7, 1e7)));
        assert!((far.volume / here.volume - 1.0).abs() < 1e-9);
        assert!((far.area / here.area - 1.0).abs() < 1e-9);
        assert!(far.centroid.expect("there is a volume").distance(DVec3::new(1e7, -1e7, 1e7)) < 1e-8);
    }

    #[test]
    fn an_inside_out_solid_has_a_negative_volume() {
        let mut mesh = Primitive::Box { size: DVec3::ONE }.mesh().expect("the sizes are allowed");
        mesh.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
        let properties = mesh.properties();
        assert_eq!(properties.volume, -1.0);
        assert_eq!(properties.centroid, Some(DVec3::new(0.0, 0.0, 0.5)));
        assert_eq!(properties.inertia, -DMat3::from_diagonal(DVec3::splat(1.0 / 6.0)));
    }

    #[test]
    fn sums_keep_what_they_round_away() {
        let mut sum = Sum::default();
        for term in [1.0, 1e100, 1.0, -1e100] {
            sum.add(term);
        }
        assert_eq!(sum.total(), 2.0);
    }
}
