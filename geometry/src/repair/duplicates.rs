//! Triangles over the same positions.

use crate::draft::Draft;
use crate::progress::{Cancelled, Progress, report_at};
use crate::sorting::sorted;
use crate::topology::{DisjointSets, Edges};

/// Keeps one of the triangles over the same three positions. Where as many wind one way as the other and the sheet they
/// form is bounded by other triangles, it is a wall inside a solid, and nothing of it stays. Returns how many were dropped.
pub(super) fn drop(draft: &mut Draft, progress: &dyn Progress) -> Result<usize, Cancelled> {
    let triangles = draft.triangles();
    let order: Vec<u32> = (0..triangles.len() as u32).collect();
    let key = |triangle: u32| {
        let mut corners = triangles[triangle as usize];
        corners.sort_unstable();
        corners
    };
    let order = sorted(order, |&one, &other| (key(one), one).cmp(&(key(other), other)), progress)?;
    let mut is_dropped = vec![false; triangles.len()];
    // Those that stay of as many one way as the other.
    let mut is_balanced = vec![false; triangles.len()];
    for (number, group) in order.chunk_by(|&one, &other| key(one) == key(other)).enumerate() {
        report_at(progress, number, order.len())?;
        if group.len() == 1 {
            continue;
        }
        group[1..].iter().for_each(|&triangle| is_dropped[triangle as usize] = true);
        let turns = |&triangle: &u32| is_even(triangles[triangle as usize]);
        let num_even = group.iter().filter(|triangle| turns(triangle)).count();
        is_balanced[group[0] as usize] = num_even * 2 == group.len();
    }
    let is_wall = walls(triangles, draft.positions.len(), &is_balanced, &is_dropped, progress)?;
    Ok(draft.retain(|triangle| !is_dropped[triangle] && !is_wall[triangle]))
}

/// Whether the corners ascend after a rotation.
fn is_even([a, b, c]: [u32; 3]) -> bool {
    (a < b) == ((b < c) == (a < c))
}

/// Which triangles belong to sheets of balanced triangles that meet at least two others at each edge of their rim.
fn walls(
    triangles: &[[u32; 3]],
    num_positions: usize,
    is_balanced: &[bool],
    is_dropped: &[bool],
    progress: &dyn Progress,
) -> Result<Vec<bool>, Cancelled> {
    let mut is_wall = vec![false; triangles.len()];
    if !is_balanced.contains(&true) {
        return Ok(is_wall);
    }
    let kept: Vec<u32> = (0..triangles.len() as u32).filter(|&it| !is_dropped[it as usize]).collect();
    let corners: Vec<[u32; 3]> = kept.iter().map(|&triangle| triangles[triangle as usize]).collect();
    let balanced = |index: u32| is_balanced[kept[index as usize] as usize];
    let edges = Edges::new_watched(&corners, num_positions, progress)?;
    let mut sheets = DisjointSets::new(corners.len());
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(progress, edge, edges.len())?;
        let members: Vec<u32> =
            halfedges.iter().map(|halfedge| halfedge / 3).filter(|&it| balanced(it)).collect();
        members.windows(2).for_each(|pair| sheets.join(pair[0], pair[1]));
    }
    let mut is_bounded = vec![true; corners.len()];
    let mut has_rim = vec![false; corners.len()];
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(progress, edge, edges.len())?;
        let members: Vec<u32> = halfedges.iter().map(|halfedge| halfedge / 3).collect();
        let num_others = members.iter().filter(|&&it| !balanced(it)).count();
        for &member in members.iter().filter(|&&it| balanced(it)) {
            let sheet = sheets.root(member) as usize;
            has_rim[sheet] |= num_others > 0;
            // A rim without others, or with one that would be left alone.
            let is_inner = num_others == 0 && members.len() > 1;
            is_bounded[sheet] &= is_inner || num_others >= 2;
        }
    }
    for index in (0..corners.len() as u32).filter(|&it| balanced(it)) {
        let sheet = sheets.root(index) as usize;
        is_wall[kept[index as usize] as usize] = is_bounded[sheet] && has_rim[sheet];
    }
    Ok(is_wall)
}
