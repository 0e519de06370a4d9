//! Finds all triangles that meet, within operands and between them.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::apart::is_apart;
use super::contacts::{Contact, Meeting, contact};
use super::soup::Soup;
use super::{BooleanOptions, SelfIntersections, Source, pairs};
use crate::bvh::BoxTree;
use crate::memory::{Holding, bytes_of};
use crate::parallel;
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::solid::Placed;
use crate::topology::DEGENERATE;

/// Where triangles of one operand are looked at that may pass through each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// In the mesh, once for all placements.
    Mesh,
    /// Where they are placed, as rounding has made them.
    Placed,
}

/// Contacts between two questions whether to go on.
const STEP: usize = 1 << 12;

/// Finds all triangles that meet, within operands and between them.
pub(super) fn find_meetings(
    placed: &[Placed<'_>],
    options: &BooleanOptions,
    depth: Depth,
    progress: &dyn Progress,
) -> Result<Soup, Cancelled> {
    let boxes: Vec<_> = placed.iter().map(Placed::bounds).collect();
    let look = |one: u32, other: u32| Some([one.min(other), one.max(other)]);
    let mut operand_pairs = pairs::within(&BoxTree::of_boxes(&boxes), look, progress)?;
    operand_pairs.sort_unstable();
    let searching = Stretch::new(progress, 0.0, 0.5);
    let found = parallel::map(&operand_pairs, |i, &[one, other]| {
        searching.report(i as f64 / operand_pairs.len() as f64)?;
        let bodies = [one, other].map(|operand| &placed[operand as usize]);
        let views = bodies.map(Placed::view);
        let look = |triangle: u32, other: u32| contact(views, [triangle, other], false);
        let found = pairs::between(&bodies[0].tree, &bodies[1].tree, look, &searching)?;
        with_holding(found, progress)
    });
    let operands: Vec<u32> = (0..placed.len() as u32).collect();
    let found_within = parallel::map(&operands, |_, &operand| {
        searching.report(1.0)?;
        with_holding(find_within(&placed[operand as usize], options, depth, &searching)?, progress)
    });
    let mut held = Holding::new(progress, Soup::bytes_to_start(placed))?;
    let mut soup = Soup::new(placed);
    let contacts = found.iter().chain(&found_within).flatten();
    let is_across = |contact: &&Contact| contact.meeting == Meeting::Across;
    soup.make_room(contacts.map(|(found, _)| found.iter().filter(is_across).count()).sum());
    let across = operand_pairs.iter().copied().zip(found);
    let inside = operands.iter().map(|&operand| [operand, operand]).zip(found_within);
    for (operands, found) in across.chain(inside) {
        let (found, _found_held) = found?;
        for (i, contact) in found.iter().enumerate() {
            if i % STEP == 0 {
                progress.report(0.6)?;
                held.set(soup.num_bytes())?;
            }
            soup.note(placed, operands, contact);
        }
    }
    let registering = Stretch::new(progress, 0.6, 0.6);
    touch_irregular(placed, &mut soup, &registering)?;
    register_neighbors(placed, &mut soup, &registering)?;
    held.set(soup.num_bytes() + soup.bytes_to_finish())?;
    soup.finish(placed, progress)?;
    Ok(soup)
}

/// A list, and that it is held as long as it is there.
fn with_holding<'a, T>(list: Vec<T>, progress: &'a dyn Progress) -> Result<(Vec<T>, Holding<'a>), Cancelled> {
    let held = Holding::new(progress, bytes_of(&list))?;
    Ok((list, held))
}

/// Finds where triangles of one operand meet beyond being neighbours.
fn find_within(
    body: &Placed<'_>,
    options: &BooleanOptions,
    depth: Depth,
    progress: &dyn Progress,
) -> Result<Vec<Contact>, Cancelled> {
    let is_open = body.solid.condition().num_open_edges > 0;
    if options.self_intersections == SelfIntersections::Trust && !is_open && depth == Depth::Mesh {
        return Ok(Vec::new());
    }
    let search = |body: &Placed<'_>| {
        let view = body.view();
        let triangles = body.solid.triangles();
        let num_sharing = AtomicUsize::new(0);
        let look = |triangle: u32, other: u32| {
            let [one, two] = [triangle, other].map(|triangle| triangles[triangle as usize]);
            let shared = one.iter().find(|corner| two.contains(corner));
            // Stars are found of all positions at once, so a few pairs are looked at without.
            let are_many = || num_sharing.fetch_add(1, Ordering::Relaxed) > triangles.len() / 2;
            // When cancelled, nothing is known of stars, and the search is about to end.
            let stars = shared
                .filter(|_| body.is_in_mesh_space() && are_many())
                .and_then(|_| body.solid.stars(progress).ok());
            let part_here =
                |&corner: &u32| two.contains(&corner) && stars.is_some_and(|it| it.is_plain(corner));
            if one.iter().any(part_here) { None } else { contact([view, view], [triangle, other], true) }
        };
        let meet = |triangle: u32, other: u32| look(triangle, other).is_some();
        if is_apart(view, &body.tree, &meet, &Stretch::new(progress, 0.0, 0.5))? {
            return Ok(Vec::new());
        }
        pairs::within(&body.tree, look, &Stretch::new(progress, 0.5, 1.0))
    };
    if body.is_aligned() || depth == Depth::Placed {
        return search(body);
    }
    // What a solid does to itself it does wherever it is, but for rounding.
    let known = body.solid.self_meetings(|| {
        let found = search(&Placed::in_mesh_space(body.solid))?;
        Ok(found.iter().map(|contact| contact.triangles).collect())
    })?;
    if !body.is_in_mesh_space() {
        return if known.is_empty() { Ok(Vec::new()) } else { search(body) };
    }
    let view = body.view();
    Ok(known.iter().filter_map(|&pair| contact([view, view], pair, true)).collect())
}

/// Triangles at edges that do not have exactly one other triangle, and at positions with several fans, take part like
/// touched ones, so that they are sorted out with all others.
fn touch_irregular(placed: &[Placed<'_>], soup: &mut Soup, progress: &dyn Progress) -> Result<(), Cancelled> {
    for (operand, body) in (0..).zip(placed) {
        for &triangle in body.solid.pinched(progress)? {
            let local = soup.register(placed, Source { operand, triangle });
            soup.is_touched[local as usize] = true;
        }
        if body.solid.condition().num_irregular_edges == 0 {
            continue;
        }
        for (triangle, opposites) in (0_u32..).zip(body.solid.opposites().chunks_exact(3)) {
            report_at(progress, triangle as usize, body.solid.triangles().len())?;
            if opposites.iter().any(|&opposite| opposite > DEGENERATE) {
                let local = soup.register(placed, Source { operand, triangle });
                soup.is_touched[local as usize] = true;
            }
        }
    }
    Ok(())
}

/// The whole triangles next to touched ones are needed to sort the edges between them.
fn register_neighbors(
    placed: &[Placed<'_>],
    soup: &mut Soup,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let num_touching = soup.triangles.len();
    for local in 0..num_touching {
        report_at(progress, local, num_touching)?;
        if !soup.is_touched[local] {
            continue;
        }
        let Source { operand, triangle } = soup.sources[local];
        for i in 0..3 {
            let opposite = placed[operand as usize].across(triangle, i);
            if opposite < DEGENERATE {
                soup.register(placed, Source { operand, triangle: opposite / 3 });
            }
        }
    }
    Ok(())
}
