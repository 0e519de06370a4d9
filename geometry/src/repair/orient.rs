//! Which way triangles wind.

use serde::{Deserialize, Serialize};

use super::RepairReport;
use crate::Aabb;
use crate::draft::Draft;
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::topology::{Edges, start_of};
use crate::winding::solid_angle;

/// How triangles are turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Orientation {
    /// Not at all.
    Keep,
    /// Neighbours wind alike; of each piece as few as possible are turned.
    Consistent,
    /// Neighbours wind alike, and closed pieces face outward; those inside an odd number of others face inward and bound
    /// cavities.
    #[default]
    Outward,
}

/// A piece: triangles connected across edges that have exactly two.
struct Piece {
    triangles: Vec<u32>,
    is_closed: bool,
    bounds: Aabb,
}

pub(super) fn orient(
    draft: &mut Draft,
    orientation: Orientation,
    report: &mut RepairReport,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    if orientation == Orientation::Keep {
        return Ok(());
    }
    let mut is_turned = vec![false; draft.len()];
    let mut pieces = flood(draft, &mut is_turned, report, &Stretch::new(progress, 0.0, 0.3))?;
    if orientation == Orientation::Outward {
        face_outward(draft, &mut pieces, &mut is_turned, progress)?;
    }
    for triangle in (0..draft.len()).filter(|&triangle| is_turned[triangle]) {
        draft.flip(triangle);
        report.num_turned += 1;
    }
    Ok(())
}

/// Finds the pieces and turns their smaller parts, so that neighbours wind alike.
fn flood(
    draft: &Draft,
    is_turned: &mut [bool],
    report: &mut RepairReport,
    progress: &dyn Progress,
) -> Result<Vec<Piece>, Cancelled> {
    const NONE: u32 = u32::MAX;
    let triangles = draft.triangles();
    let edges = Edges::new_watched(triangles, draft.positions.len(), &Stretch::new(progress, 0.0, 0.4))?;
    let flooding = Stretch::new(progress, 0.4, 1.0);
    let mut num_taken = 0;
    let mut across = vec![NONE; triangles.len() * 3];
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(&Stretch::new(progress, 0.4, 0.4), edge, edges.len())?;
        if let [one, other] = *halfedges {
            across[one as usize] = other;
            across[other as usize] = one;
        }
    }
    let mut is_taken = vec![false; triangles.len()];
    let mut num_one_sided = 0;
    let mut pieces = Vec::new();
    for first in 0..triangles.len() as u32 {
        if is_taken[first as usize] || draft.is_degenerate(first as usize) {
            continue;
        }
        let mut piece = Piece { triangles: vec![first], is_closed: true, bounds: Aabb::EMPTY };
        is_taken[first as usize] = true;
        let mut next = 0;
        while let Some(&triangle) = piece.triangles.get(next) {
            next += 1;
            report_at(&flooding, num_taken, triangles.len())?;
            num_taken += 1;
            piece.bounds = piece.bounds.union(&Aabb::around(&draft.points(triangle as usize)));
            for halfedge in triangle * 3..triangle * 3 + 3 {
                let other = across[halfedge as usize];
                if other == NONE {
                    piece.is_closed = false;
                    continue;
                }
                let is_alike = start_of(triangles, halfedge) != start_of(triangles, other);
                let neighbor = other / 3;
                let expected = is_turned[triangle as usize] == is_alike;
                if is_taken[neighbor as usize] {
                    // Seen from both triangles.
                    num_one_sided += usize::from(is_turned[neighbor as usize] != expected);
                } else {
                    is_taken[neighbor as usize] = true;
                    is_turned[neighbor as usize] = expected;
                    piece.triangles.push(neighbor);
                }
            }
        }
        let num_turned = piece.triangles.iter().filter(|&&it| is_turned[it as usize]).count();
        if num_turned * 2 > piece.triangles.len() {
            turn(&piece, is_turned);
        }
        pieces.push(piece);
    }
    report.num_one_sided = num_one_sided / 2;
    Ok(pieces)
}

fn turn(piece: &Piece, is_turned: &mut [bool]) {
    piece.triangles.iter().for_each(|&triangle| is_turned[triangle as usize] ^= true);
}

/// Turns closed pieces by how many others they are inside of.
fn face_outward(
    draft: &Draft,
    pieces: &mut Vec<Piece>,
    is_turned: &mut [bool],
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    pieces.retain(|piece| piece.is_closed);
    let points = |triangle: u32| {
        let [a, b, c] = draft.points(triangle as usize);
        if is_turned[triangle as usize] { [a, c, b] } else { [a, b, c] }
    };
    let mut to_turn = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        progress.report(0.3 + 0.7 * number as f64 / pieces.len() as f64)?;
        let inside = draft.positions[draft.triangles()[piece.triangles[0] as usize][0] as usize];
        let at_inside = Aabb::around(&[inside]);
        let mut depth = 0;
        for other in pieces.iter().filter(|other| other.bounds.contains(&at_inside)) {
            if !std::ptr::eq(other, piece) {
                let mut angle = 0.0;
                for (index, &triangle) in other.triangles.iter().enumerate() {
                    report_at(&Stretch::new(progress, 0.5, 0.5), index, other.triangles.len())?;
                    angle += solid_angle(inside, points(triangle));
                }
                // Half a turn around: closer to once than to not at all.
                depth += usize::from(angle.abs() > std::f64::consts::TAU);
            }
        }
        let mut volume = 0.0;
        for (index, &triangle) in piece.triangles.iter().enumerate() {
            report_at(&Stretch::new(progress, 0.9, 0.9), index, piece.triangles.len())?;
            let [a, b, c] = points(triangle).map(|point| point - inside);
            volume += a.dot(b.cross(c));
        }
        if (volume < 0.0) == (depth % 2 == 0) && volume != 0.0 {
            to_turn.push(number);
        }
    }
    to_turn.iter().for_each(|&number| turn(&pieces[number], is_turned));
    Ok(())
}
