//! Between glTF's convention (Y up, metres, single precision) and the document's (Z up, millimetres).
//!
//! `(x, y, z)` of a file is `1000 (x, -z, y)` of the document. A single-precision number times 1000 is exact in double
//! precision, so the way back gives the same number. Zeros lose their sign, so that equal positions are equal to the bit.

use glam::{DAffine3, DMat3, DVec3};

const MM_PER_METRE: f64 = 1000.0;

/// Where each axis of the document comes from in the file, and its sign.
const FROM_FILE: [(usize, f64); 3] = [(0, 1.0), (2, -1.0), (1, 1.0)];

/// A point of a file in the document.
#[inline]
pub(super) fn point_from_file([x, y, z]: [f32; 3]) -> DVec3 {
    let [x, y, z] = [x, y, z].map(|metres| f64::from(metres) * MM_PER_METRE);
    // Adding or subtracting from zero turns -0 into 0.
    DVec3::new(x + 0.0, 0.0 - z, y + 0.0)
}

/// A point of the document in a file.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is the format's")]
pub(super) fn point_to_file(point: DVec3) -> [f32; 3] {
    [point.x, point.z, 0.0 - point.y].map(|millimetres| (millimetres / MM_PER_METRE) as f32)
}

/// A direction of a file in the document.
#[inline]
pub(super) fn direction_from_file([x, y, z]: [f32; 3]) -> [f32; 3] {
    [x + 0.0, 0.0 - z, y + 0.0]
}

/// A direction of the document in a file.
#[inline]
pub(super) fn direction_to_file([x, y, z]: [f32; 3]) -> [f32; 3] {
    [x + 0.0, z + 0.0, 0.0 - y]
}

/// A quaternion of a file, x y z w, in the document.
pub(super) fn rotation_from_file([x, y, z, w]: [f32; 4]) -> [f32; 4] {
    [x + 0.0, 0.0 - z, y + 0.0, w]
}

/// A quaternion of the document in a file.
pub(super) fn rotation_to_file([x, y, z, w]: [f32; 4]) -> [f32; 4] {
    [x + 0.0, z + 0.0, 0.0 - y, w]
}

/// Factors along the axes of a file as those along the axes of the document, and the other way.
pub(super) fn scale_from_file([x, y, z]: [f32; 3]) -> [f32; 3] {
    [x, z, y]
}

/// A length of a file in the document.
pub(super) fn length_from_file(metres: f32) -> f32 {
    crate::color::narrow(f64::from(metres) * MM_PER_METRE)
}

/// A length of the document in a file.
pub(super) fn length_to_file(millimetres: f32) -> f32 {
    crate::color::narrow(f64::from(millimetres) / MM_PER_METRE)
}

/// A transform between two frames of a file as one between the same frames of the document.
pub(super) fn transform_from_file(transform: DAffine3) -> DAffine3 {
    let [x, y, z] = (transform.translation * MM_PER_METRE).to_array();
    let linear = transform.matrix3;
    let mut matrix3 = DMat3::ZERO;
    for (column, (from_column, column_sign)) in FROM_FILE.into_iter().enumerate() {
        for (row, (from_row, row_sign)) in FROM_FILE.into_iter().enumerate() {
            matrix3.col_mut(column)[row] = column_sign * row_sign * linear.col(from_column)[from_row] + 0.0;
        }
    }
    DAffine3 { matrix3, translation: DVec3::new(x + 0.0, 0.0 - z, y + 0.0) }
}

/// The way back from [`transform_from_file`].
pub(super) fn transform_to_file(transform: DAffine3) -> DAffine3 {
    let [x, y, z] = (transform.translation / MM_PER_METRE).to_array();
    let linear = transform.matrix3;
    let mut matrix3 = DMat3::ZERO;
    for (column, (to_column, column_sign)) in FROM_FILE.into_iter().enumerate() {
        for (row, (to_row, row_sign)) in FROM_FILE.into_iter().enumerate() {
            matrix3.col_mut(to_column)[to_row] = column_sign * row_sign * linear.col(column)[row] + 0.0;
        }
    }
    DAffine3 { matrix3, translation: DVec3::new(x + 0.0, z + 0.0, 0.0 - y) }
}

#[cfg(test)]
mod tests {
    use glam::DQuat;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn up_is_up_and_a_metre_is_a_thousand_millimetres() {
        assert_eq!(point_from_file([0.0, 1.0, 0.0]), DVec3::new(0.0, 0.0, 1000.0));
        assert_eq!(point_from_file([0.0, 0.0, 1.0]), DVec3::new(0.0, -1000.0, 0.0));
        assert_eq!(direction_from_file([1.0, 2.0, 3.0]), [1.0, -3.0, 2.0]);
        assert!(point_from_file([-0.0; 3]).to_array().iter().all(|zero| zero.is_sign_positive()));
    }

    proptest! {
        #[test]
        fn every_single_comes_back(bits in prop::array::uniform3(any::<u32>())) {
            let point = bits.map(f32::from_bits);
            prop_assume!(point.iter().all(|number| number.is_finite()));
            prop_assert_eq!(point_to_file(point_from_file(point)), point);
            prop_assert_eq!(direction_to_file(direction_from_file(point)), point);
            let [x, y, z] = point;
            prop_assert_eq!(rotation_to_file(rotation_from_file([x, y, z, 0.5])), [x, y, z, 0.5]);
        }

        #[test]
        fn transforms_act_on_the_same_points(
            numbers in prop::array::uniform9(-4.0..4.0_f64),
            shift in prop::array::uniform3(-4.0..4.0_f64),
            point in prop::array::uniform3(-4.0..4.0_f32),
        ) {
            let transform = DAffine3 {
                matrix3: DMat3::from_cols_array(&numbers),
                translation: DVec3::from_array(shift),
            };
            let in_document = transform_from_file(transform).transform_point3(point_from_file(point));
            let [x, y, z] = transform.transform_point3(DVec3::from_array(point.map(f64::from))).to_array();
            prop_assert!((in_document - DVec3::new(x, -z, y) * 1000.0).length() < 1e-9);
            prop_assert_eq!(transform_to_file(transform_from_file(transform)).matrix3, transform.matrix3);
        }
    }

    #[test]
    fn quaternions_turn_as_transforms_do() {
        let turn = DQuat::from_xyzw(0.1, 0.2, 0.3, 0.9).normalize();
        let converted = rotation_from_file(turn.as_quat().to_array()).map(f64::from);
        let expected = transform_from_file(DAffine3::from_quat(turn));
        assert!(DAffine3::from_quat(DQuat::from_array(converted)).abs_diff_eq(expected, 1e-6));
    }

    #[test]
    fn a_turn_about_the_vertical_stays_one() {
        let turn = DAffine3::from_quat(DQuat::from_rotation_y(0.5));
        let expected = DAffine3::from_quat(DQuat::from_rotation_z(0.5));
        assert!(transform_from_file(turn).abs_diff_eq(expected, 1e-15));
    }
}
