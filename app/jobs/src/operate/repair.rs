//! Repair, and what it says it did.

use geometry::boolean::WindingRule;
use geometry::progress::Stretch;
use geometry::{
    HoleOptions, Mesh, Orientation, OuterHullError, Progress, RepairError, RepairOptions, RepairReport,
    outer_hull, self_intersections,
};

use super::{Changes, Input, note};
use crate::{JobError, Remarks, Repair};

pub(super) fn run(
    repair: &Repair,
    input: &Input,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    progress.phase("Repairing");
    let options = RepairOptions {
        tolerance: repair.tolerance,
        splits_t_junctions: repair.splits_t_junctions,
        drops_duplicates: repair.drops_duplicates,
        max_shells: repair.max_shells.map_or(usize::MAX, |most| most as usize),
        orientation: if repair.orients { Orientation::Outward } else { Orientation::Keep },
        holes: repair.holes.map(|fill| HoleOptions {
            max_edges: repair.max_hole_edges.map_or(usize::MAX, |most| most as usize),
            fill,
        }),
    };
    let repairing = Stretch::new(progress, 0.0, 0.5);
    let (mut mesh, report) =
        geometry::repair(input.surface()?, &options, &repairing).map_err(|error| match error {
            RepairError::Cancelled(_) => JobError::Cancelled,
            other => JobError::failed("not-repaired", other.to_string()),
        })?;
    let mut changes = changes_of(&report);
    let mut remarks = Remarks::default();
    if repair.resolves_crossings {
        progress.phase("Looking for crossings");
        let crossings = self_intersections(&mesh, &Stretch::new(progress, 0.5, 0.7))?.len();
        let checking = Stretch::new(progress, 0.7, 0.75);
        match (crossings, mesh.check_watched(&checking)?.is_closed()) {
            (0, _) => {}
            (_, false) => remarks.notes.push(note(
                "open-crossings",
                "The surface passes through itself, which can be resolved only once it is closed",
            )),
            (_, true) => {
                progress.phase("Resolving crossings");
                mesh = outer_hull(&mesh, WindingRule::NonZero, &Stretch::new(progress, 0.75, 1.0))
                    .map_err(|error| in_words(&error))?;
                changes.add(
                    "resolved-crossings",
                    crossings,
                    "pair of triangles passed through each other; what lay inside is gone",
                    "pairs of triangles passed through each other; what lay inside is gone",
                );
            }
        }
    }
    if report.num_left_open > 0 {
        let holes = if report.num_left_open == 1 { "hole is" } else { "holes are" };
        remarks.notes.push(note("open-holes", format!("{} {holes} still open", report.num_left_open)));
    }
    if report.num_one_sided > 0 {
        remarks.notes.push(note("one-sided", "The surface has one side only, as a Möbius strip has"));
    }
    remarks.changes = changes.0;
    Ok((mesh, remarks))
}

fn changes_of(report: &RepairReport) -> Changes {
    let mut changes = Changes::default();
    let mut add = |code, count, one, many| changes.add(code, count, one, many);
    add(
        "dropped-broken",
        report.num_broken,
        "triangle without corners was dropped",
        "triangles without corners were dropped",
    );
    add("merged", report.num_merged, "position was merged with another", "positions were merged with others");
    add(
        "dropped-degenerate",
        report.num_degenerate,
        "triangle without area was dropped",
        "triangles without area were dropped",
    );
    add(
        "split-junctions",
        report.num_junctions,
        "edge was split at a vertex that lay on it",
        "edges were split at vertices that lay on them",
    );
    add(
        "dropped-duplicates",
        report.num_duplicate,
        "double triangle was dropped",
        "double triangles were dropped",
    );
    add("dropped-shells", report.num_shells, "smaller piece was dropped", "smaller pieces were dropped");
    add("turned", report.num_turned, "triangle was turned over", "triangles were turned over");
    add("filled-holes", report.num_filled, "hole was filled", "holes were filled");
    add("added", report.num_added, "triangle was added to fill it", "triangles were added to fill holes");
    changes
}

fn in_words(error: &OuterHullError) -> JobError {
    match error {
        OuterHullError::Solid(geometry::SolidError::Cancelled(_))
        | OuterHullError::Boolean(geometry::boolean::BooleanError::Cancelled(_)) => JobError::Cancelled,
        other => JobError::failed("crossings", format!("The crossings could not be resolved: {other}")),
    }
}
