//! Sorting that can be stopped, on several threads where there are any.

use std::cmp::Ordering;

use crate::parallel;
use crate::progress::{Cancelled, Progress, STEP};

/// Items that are sorted in one go: a millisecond or two.
const RUN: usize = 1 << 15;

/// The items in order. Where `compare` calls different items equal, the order of these is the same with any number of
/// threads but otherwise not told.
pub(crate) fn sorted<T: Copy + Send + Sync>(
    mut items: Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering + Sync,
    progress: &dyn Progress,
) -> Result<Vec<T>, Cancelled> {
    progress.report(0.0)?;
    if items.len() <= RUN {
        items.sort_unstable_by(compare);
        return Ok(items);
    }
    let chunks: Vec<&[T]> = items.chunks(RUN).collect();
    let mut runs: Vec<Vec<T>> = parallel::map(&chunks, |_, chunk| {
        progress.report(0.3)?;
        let mut run = chunk.to_vec();
        run.sort_unstable_by(&compare);
        Ok(run)
    })
    .into_iter()
    .collect::<Result<_, Cancelled>>()?;
    drop(items);
    while runs.len() > 1 {
        let last = if runs.len() % 2 == 1 { runs.pop() } else { None };
        let pairs: Vec<&[Vec<T>]> = runs.chunks(2).collect();
        let merged: Result<Vec<Vec<T>>, Cancelled> =
            parallel::map(&pairs, |_, pair| merge(&pair[0], &pair[1], &compare, progress))
                .into_iter()
                .collect();
        runs = merged?;
        runs.extend(last);
    }
    Ok(runs.pop().unwrap_or_default())
}

fn merge<T: Copy>(
    one: &[T],
    other: &[T],
    compare: &impl Fn(&T, &T) -> Ordering,
    progress: &dyn Progress,
) -> Result<Vec<T>, Cancelled> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut i, mut j) = (0, 0);
    while i < one.len() && j < other.len() {
        if merged.len() % STEP == 0 {
            progress.report(0.7)?;
        }
        let takes_other = compare(&other[j], &one[i]).is_lt();
        merged.push(if takes_other { other[j] } else { one[i] });
        j += usize::from(takes_other);
        i += usize::from(!takes_other);
    }
    merged.extend_from_slice(&one[i..]);
    merged.extend_from_slice(&other[j..]);
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unwatched;

    #[test]
    fn long_lists_are_sorted_as_std_does() {
        for len in [0, 1, RUN - 1, RUN, RUN + 1, RUN * 2, RUN * 5 + 7] {
            let mut state = 1_u64;
            let items: Vec<u64> = (0..len)
                .map(|_| {
                    state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                    state >> 48
                })
                .collect();
            let found = sorted(items.clone(), u64::cmp, &Unwatched).expect("nobody cancels");
            let mut expected = items;
            expected.sort_unstable();
            assert!(found == expected, "{len}");
        }
    }
}
