//! Transforms as the format wants them: translation, rotation and scale, which cannot hold shear.

use glam::{DAffine3, DMat3, DQuat, DVec3};
use serde_json::{Map, Value, json};

/// The transform of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trs {
    translation: DVec3,
    rotation: DQuat,
    scale: DVec3,
}

impl Trs {
    const IDENTITY: Self = Self { translation: DVec3::ZERO, rotation: DQuat::IDENTITY, scale: DVec3::ONE };

    /// Whether it changes nothing.
    pub(super) fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }

    /// Writes what is not the default.
    pub(super) fn write(&self, node: &mut Map<String, Value>) {
        if self.translation != DVec3::ZERO {
            node.insert("translation".to_owned(), json!(self.translation.to_array()));
        }
        if self.rotation != DQuat::IDENTITY {
            // Rounding may lead out of the range that the format allows.
            let numbers = self.rotation.to_array().map(|number| number.clamp(-1.0, 1.0));
            node.insert("rotation".to_owned(), json!(numbers));
        }
        if self.scale != DVec3::ONE {
            node.insert("scale".to_owned(), json!(self.scale.to_array()));
        }
    }
}

/// Splits a transform into an outer and an inner part. The inner one is the identity unless there is shear: then the
/// linear part is written as rotation · scale · rotation, its singular value decomposition.
///
/// What is not finite becomes the identity.
pub(super) fn split(transform: DAffine3) -> [Trs; 2] {
    /// Columns count as perpendicular up to this cosine: some roundings of products of rotations.
    const PERPENDICULAR: f64 = 1e-12;
    if !transform.is_finite() {
        return [Trs::IDENTITY; 2];
    }
    let (linear, translation) = (transform.matrix3, transform.translation);
    let diagonal = DVec3::new(linear.x_axis.x, linear.y_axis.y, linear.z_axis.z);
    if linear == DMat3::from_diagonal(diagonal) {
        return [Trs { translation, rotation: DQuat::IDENTITY, scale: diagonal }, Trs::IDENTITY];
    }
    let columns = [linear.x_axis, linear.y_axis, linear.z_axis];
    let is_perpendicular = |a: DVec3, b: DVec3| a.dot(b).abs() <= PERPENDICULAR * a.length() * b.length();
    let [x, y, z] = columns;
    if is_perpendicular(x, y) && is_perpendicular(y, z) && is_perpendicular(z, x) {
        let (rotation, scale) = frame(columns);
        return [Trs { translation, rotation, scale }, Trs::IDENTITY];
    }
    let right = eigenvectors(linear.transpose() * linear);
    let product = linear * right;
    let (rotation, scale) = frame([product.x_axis, product.y_axis, product.z_axis]);
    let inner = tidy(DQuat::from_mat3(&right).conjugate());
    [Trs { translation, rotation, scale }, Trs { rotation: inner, ..Trs::IDENTITY }]
}

/// A scale factor that is as near to 1 as this is 1.
const NEAR_ONE: f64 = 1e-14;

/// A rotation of unit length without negative zeros.
fn tidy(rotation: DQuat) -> DQuat {
    let [x, y, z, w] = rotation.normalize().to_array().map(|number| number + 0.0);
    DQuat::from_xyzw(x, y, z, w)
}

/// The rotation and the scale of perpendicular columns; some may be zero. A mirror image gets a negative scale in x.
fn frame(columns: [DVec3; 3]) -> (DQuat, DVec3) {
    let lengths = columns.map(DVec3::length);
    // The longest first, so that those that are nearly zero cannot spoil the axes.
    let mut order = [0, 1, 2];
    order.sort_by(|a, b| lengths[*b].total_cmp(&lengths[*a]));
    let [first, second, third] = order;
    let mut axes = [DVec3::ZERO; 3];
    axes[first] = columns[first].try_normalize().unwrap_or(DVec3::X);
    let across = columns[second] - axes[first] * columns[second].dot(axes[first]);
    axes[second] = across.try_normalize().unwrap_or_else(|| axes[first].any_orthonormal_vector());
    axes[third] = axes[first].cross(axes[second]);
    let mut scale = [0.0; 3];
    for (axis, column) in columns.iter().enumerate() {
        scale[axis] = axes[axis].dot(*column);
    }
    // The third axis may point the other way, and the three may be left-handed by their order; both are signs.
    let mut rotation = DMat3::from_cols(axes[0], axes[1], axes[2]);
    if rotation.determinant() < 0.0 {
        rotation = -rotation;
        scale = scale.map(|factor| -factor);
    }
    let mut scale = DVec3::from_array(scale);
    // Two negative factors are half a turn; a file is easier to read with at most one.
    for (a, b) in [(1, 2), (0, 1), (0, 2)] {
        if scale[a] < 0.0 && scale[b] < 0.0 {
            scale[a] = -scale[a];
            scale[b] = -scale[b];
            *rotation.col_mut(a) *= -1.0;
            *rotation.col_mut(b) *= -1.0;
        }
    }
    // Rounding leaves numbers that differ from these by little; without it the files of rigid scenes stay clean.
    let scale =
        scale.map(|factor| if (factor.abs() - 1.0).abs() < NEAR_ONE { factor.signum() } else { factor });
    (tidy(DQuat::from_mat3(&rotation)), scale)
}

/// The eigenvectors of a symmetric matrix as the columns of a rotation, by cyclic Jacobi rotations (Golub and Van Loan,
/// Matrix Computations, 8.5).
fn eigenvectors(mut symmetric: DMat3) -> DMat3 {
    /// Convergence is quadratic; five sweeps suffice for three rows.
    const NUM_SWEEPS: usize = 12;
    let mut vectors = DMat3::IDENTITY;
    for (p, q) in [(0, 1), (0, 2), (1, 2)].into_iter().cycle().take(3 * NUM_SWEEPS) {
        let off_diagonal = symmetric.col(q)[p];
        if off_diagonal == 0.0 {
            continue;
        }
        let theta = (symmetric.col(q)[q] - symmetric.col(p)[p]) / (2.0 * off_diagonal);
        let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
        let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
        let sine = tangent * cosine;
        let mut turn = DMat3::IDENTITY;
        turn.col_mut(p)[p] = cosine;
        turn.col_mut(q)[q] = cosine;
        turn.col_mut(q)[p] = sine;
        turn.col_mut(p)[q] = -sine;
        symmetric = turn.transpose() * symmetric * turn;
        vectors *= turn;
    }
    vectors
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn joined([outer, inner]: [Trs; 2]) -> DAffine3 {
        let affine =
            |trs: Trs| DAffine3::from_scale_rotation_translation(trs.scale, trs.rotation, trs.translation);
        affine(outer) * affine(inner)
    }

    #[test]
    fn simple_transforms_stay_simple_and_exact() {
        assert!(split(DAffine3::IDENTITY).iter().all(Trs::is_identity));
        let transform = DAffine3::from_scale_rotation_translation(
            DVec3::new(-0.1, 2.0, 0.3),
            DQuat::IDENTITY,
            DVec3::new(0.7, 0.0, -5.0),
        );
        let [outer, inner] = split(transform);
        assert!(inner.is_identity());
        assert_eq!(joined([outer, inner]), transform);
    }

    #[test]
    fn mirrors_and_flat_transforms_are_kept() {
        let turn = DMat3::from_quat(DQuat::from_rotation_y(0.7));
        for scale in [[1.0, 1.0, -1.0], [-2.0, -3.0, -4.0], [0.0, 2.0, 1.0], [0.0, 0.0, 1.0], [0.0; 3]] {
            let linear = turn * DMat3::from_diagonal(DVec3::from_array(scale));
            let transform = DAffine3::from_mat3(linear);
            let parts = split(transform);
            assert!(parts[1].is_identity(), "{scale:?}");
            assert!(joined(parts).abs_diff_eq(transform, 1e-12), "{scale:?}");
            assert!(parts[0].scale.cmplt(DVec3::ZERO).bitmask().count_ones() <= 1);
        }
    }

    proptest! {
        #[test]
        fn any_transform_comes_back(numbers in prop::array::uniform12(-4.0..4.0_f64)) {
            let transform = DAffine3::from_cols_array(&numbers);
            prop_assert!(joined(split(transform)).abs_diff_eq(transform, 1e-9));
        }
    }
}
