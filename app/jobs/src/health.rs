//! Whether a mesh is sound: what is wrong with it, how often, how bad, and where.

use geometry::progress::Stretch;
use geometry::topology::{Edges, boundary_loops, end_of, start_of};
use geometry::{CheckReport, Mesh, Orientation, Progress, RepairError, RepairOptions, self_intersections};
use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::JobError;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It may trouble other programs.
    Warning,
    /// The mesh bounds no volume, or not the one it seems to.
    Error,
}

/// Something that was found in a mesh.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable code, such as `open-edges`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// How often it was found, above 0.
    pub count: usize,
    /// What was found in words for people, with the count.
    pub message: String,
    /// Places where it was found, in mesh space; not all of many.
    pub places: Vec<DVec3>,
}

/// Places named for one finding.
const MAX_PLACES: usize = 20;

/// Looks for everything that can be wrong with a mesh, the worst first. Triangles that pass through each other are looked for
/// only where asked, as that takes longest.
pub(crate) fn check(
    mesh: &Mesh,
    looks_for_crossings: bool,
    progress: &dyn Progress,
) -> Result<Vec<Finding>, JobError> {
    progress.phase("Checking");
    mesh.validate().map_err(|error| JobError::failed("bad-mesh", error.to_string()))?;
    let mut findings = Findings(Vec::new());
    let report = mesh.check_watched(&Stretch::new(progress, 0.0, 0.2))?;
    edges(mesh, &report, &mut findings, &Stretch::new(progress, 0.2, 0.4))?;
    triangles(mesh, &report, &mut findings);
    loose_ends(mesh, &mut findings, &Stretch::new(progress, 0.4, 0.6))?;
    if looks_for_crossings {
        progress.phase("Looking for crossings");
        let pairs = self_intersections(mesh, &Stretch::new(progress, 0.6, 1.0))?;
        let places = pairs.iter().map(|pair| middle(mesh, pair[0])).take(MAX_PLACES).collect();
        let words =
            ["pair of triangles passes through each other", "pairs of triangles pass through each other"];
        findings.add("self-intersections", Severity::Error, pairs.len(), words, places);
    }
    findings.0.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(findings.0)
}

struct Findings(Vec<Finding>);

impl Findings {
    /// `words` follow the count, for one and for many.
    fn add(&mut self, code: &str, severity: Severity, count: usize, words: [&str; 2], places: Vec<DVec3>) {
        if count > 0 {
            let what = if count == 1 { words[0] } else { words[1] };
            let message = format!("{count} {what}");
            self.0.push(Finding { code: code.to_owned(), severity, count, message, places });
        }
    }
}

fn middle(mesh: &Mesh, triangle: u32) -> DVec3 {
    mesh.triangle_points(triangle as usize).iter().sum::<DVec3>() / 3.0
}

fn edges(
    mesh: &Mesh,
    report: &CheckReport,
    findings: &mut Findings,
    progress: &dyn Progress,
) -> Result<(), JobError> {
    let edges = Edges::new_watched(&mesh.triangles, mesh.positions.len(), progress)?;
    let at = |halfedge: u32| mesh.positions[start_of(&mesh.triangles, halfedge) as usize];
    let words = ["edge has a triangle on one side only", "edges have a triangle on one side only"];
    findings.add("open-edges", Severity::Error, report.num_boundary_edges, words, Vec::new());
    let tangled = edges.iter().filter(|halfedges| halfedges.len() > 2).take(MAX_PLACES);
    let between =
        |halfedge: u32| (at(halfedge) + mesh.positions[end_of(&mesh.triangles, halfedge) as usize]) * 0.5;
    findings.add(
        "non-manifold-edges",
        Severity::Error,
        report.num_non_manifold_edges,
        ["edge has more than two triangles", "edges have more than two triangles"],
        tangled.map(|halfedges| between(halfedges[0])).collect(),
    );
    findings.add(
        "mixed-winding",
        Severity::Error,
        report.num_inconsistent_edges,
        [
            "edge lies between triangles that wind differently",
            "edges lie between triangles that wind differently",
        ],
        Vec::new(),
    );
    Ok(())
}

fn triangles(mesh: &Mesh, report: &CheckReport, findings: &mut Findings) {
    if report.is_closed() && report.num_triangles > 0 && mesh.properties().volume < 0.0 {
        let words = ["mesh is inside out", "meshes are inside out"];
        findings.add("inside-out", Severity::Error, 1, words, Vec::new());
    }
    let flat = (0..mesh.triangles.len()).filter(|&triangle| {
        let [a, b, c] = mesh.triangle_points(triangle);
        (b - a).cross(c - a) == DVec3::ZERO
    });
    let places: Vec<DVec3> = flat.take(MAX_PLACES).map(|triangle| middle(mesh, triangle as u32)).collect();
    findings.add(
        "degenerate",
        Severity::Warning,
        report.num_degenerate + report.num_zero_area,
        ["triangle has no area", "triangles have no area"],
        places,
    );
    findings.add(
        "duplicates",
        Severity::Warning,
        report.num_duplicate,
        ["triangle has the same corners as another", "triangles have the same corners as others"],
        Vec::new(),
    );
    findings.add(
        "non-manifold-vertices",
        Severity::Warning,
        report.num_non_manifold_positions,
        ["vertex joins surfaces that touch only there", "vertices join surfaces that touch only there"],
        Vec::new(),
    );
    let words = ["vertex belongs to no triangle", "vertices belong to no triangle"];
    findings.add("isolated-vertices", Severity::Info, report.num_isolated, words, Vec::new());
    if report.num_shells > 1 {
        let words = ["connected piece", "connected pieces"];
        findings.add("pieces", Severity::Info, report.num_shells, words, Vec::new());
    }
}

/// What a repair would join, positions that coincide and vertices that lie on open edges, and the holes that are left then.
fn loose_ends(mesh: &Mesh, findings: &mut Findings, progress: &dyn Progress) -> Result<(), JobError> {
    let options = RepairOptions {
        drops_duplicates: false,
        orientation: Orientation::Consistent,
        ..RepairOptions::default()
    };
    let (joined, report) = match geometry::repair(mesh, &options, &Stretch::new(progress, 0.0, 0.6)) {
        Ok(repaired) => repaired,
        Err(RepairError::Cancelled(_)) => return Err(JobError::Cancelled),
        Err(other) => return Err(JobError::failed("bad-mesh", other.to_string())),
    };
    let finding = Stretch::new(progress, 0.6, 0.9);
    let edges = Edges::new_watched(&joined.triangles, joined.positions.len(), &finding)?;
    let opposites = edges.opposites_watched(&joined.triangles, &Stretch::new(progress, 0.9, 1.0))?;
    let loops = boundary_loops(&opposites);
    let at = |&halfedge: &u32| joined.positions[start_of(&joined.triangles, halfedge) as usize];
    let center = |halfedges: &[u32]| halfedges.iter().map(at).sum::<DVec3>() / halfedges.len().max(1) as f64;
    findings.add(
        "holes",
        Severity::Error,
        loops.len(),
        ["hole, where the surface ends", "holes, where the surface ends"],
        loops.iter().take(MAX_PLACES).map(|row| center(&row.halfedges)).collect(),
    );
    findings.add(
        "unwelded",
        Severity::Warning,
        report.num_merged,
        ["vertex lies exactly at another one", "vertices lie exactly at others"],
        Vec::new(),
    );
    findings.add(
        "t-junctions",
        Severity::Warning,
        report.num_junctions,
        ["vertex lies on an open edge", "vertices lie on open edges"],
        Vec::new(),
    );
    Ok(())
}
