//! Small symmetric systems: eigenvectors and least squares.

/// Eigenvalues in ascending order and the eigenvectors that belong to them, of a symmetric matrix, by Jacobi's rotations
/// (C. Jacobi, 1846).
pub(super) fn eigen<const N: usize>(mut matrix: [[f64; N]; N]) -> ([f64; N], [[f64; N]; N]) {
    let mut vectors = [[0.0; N]; N];
    for (i, row) in vectors.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for _ in 0..32 {
        let off: f64 =
            (0..N).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| matrix[i][j].powi(2)).sum();
        let on: f64 = (0..N).map(|i| matrix[i][i].powi(2)).sum();
        // Squares of what is beyond the digits of the largest.
        if off <= on * 1e-32 || !off.is_finite() {
            break;
        }
        for i in 0..N {
            for j in i + 1..N {
                rotate(&mut matrix, &mut vectors, i, j);
            }
        }
    }
    let mut order: [usize; N] = std::array::from_fn(|i| i);
    order.sort_by(|&a, &b| matrix[a][a].total_cmp(&matrix[b][b]).then(a.cmp(&b)));
    (order.map(|i| matrix[i][i]), order.map(|i| std::array::from_fn(|k| vectors[k][i])))
}

/// Turns in the plane of two axes so that their product vanishes.
fn rotate<const N: usize>(matrix: &mut [[f64; N]; N], vectors: &mut [[f64; N]; N], i: usize, j: usize) {
    if matrix[i][j] == 0.0 {
        return;
    }
    let slope = (matrix[j][j] - matrix[i][i]) / (2.0 * matrix[i][j]);
    let tangent = slope.signum() / (slope.abs() + (slope * slope + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for row in matrix.iter_mut().chain(vectors.iter_mut()) {
        let (a, b) = (row[i], row[j]);
        row[i] = cosine * a - sine * b;
        row[j] = sine * a + cosine * b;
    }
    let (upper, lower) = matrix.split_at_mut(j);
    for (one, other) in upper[i].iter_mut().zip(&mut lower[0]) {
        (*one, *other) = (cosine * *one - sine * *other, sine * *one + cosine * *other);
    }
}

/// Solves the first `n` rows and columns of a symmetric positive definite system by Cholesky's method; `None` when it is
/// not one.
pub(super) fn solve<const N: usize>(matrix: &[[f64; N]; N], right: &[f64; N], n: usize) -> Option<[f64; N]> {
    let mut lower = [[0.0; N]; N];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            if i == j {
                let rest = matrix[i][i] - sum;
                // What is left after cancellation tells nothing.
                if rest.is_nan() || rest <= matrix[i][i] * 1e-14 {
                    return None;
                }
                lower[i][i] = rest.sqrt();
            } else {
                lower[i][j] = (matrix[i][j] - sum) / lower[j][j];
            }
        }
    }
    let mut result = *right;
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| lower[i][k] * result[k]).sum();
        result[i] = (result[i] - sum) / lower[i][i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| lower[k][i] * result[k]).sum();
        result[i] = (result[i] - sum) / lower[i][i];
    }
    result[..n].iter().all(|value| value.is_finite()).then_some(result)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eigenvectors_are_stretched(entries in prop::array::uniform6(-3.0..3.0_f64)) {
            let [a, b, c, d, e, f] = entries;
            let matrix = [[a, b, c], [b, d, e], [c, e, f]];
            let (values, vectors) = eigen(matrix);
            prop_assert!(values[0] <= values[1] && values[1] <= values[2]);
            for (value, vector) in values.iter().zip(&vectors) {
                for row in 0..3 {
                    let product: f64 = (0..3).map(|k| matrix[row][k] * vector[k]).sum();
                    prop_assert!((product - value * vector[row]).abs() < 1e-12);
                }
            }
        }

        #[test]
        fn solutions_solve(entries in prop::array::uniform9(-3.0..3.0_f64), right in prop::array::uniform3(-3.0..3.0_f64)) {
            let rows = entries.as_chunks::<3>().0;
            let mut matrix = [[0.0; 3]; 3];
            for i in 0..3 {
                for j in 0..3 {
                    matrix[i][j] = (0..3).map(|k| rows[k][i] * rows[k][j]).sum::<f64>() + f64::from(i == j);
                }
            }
            let solution = solve(&matrix, &right, 3).expect("it is positive definite");
            for i in 0..3 {
                let product: f64 = (0..3).map(|k| matrix[i][k] * solution[k]).sum();
                prop_assert!((product - right[i]).abs() < 1e-9);
            }
        }
    }
}
