//! Plane sections of what stands in a scene: areas with holes, and what can be said of them.

use geometry::progress::Stretch;
use geometry::{Mesh, Outline, Plane, Progress, Region};
use glam::{DAffine3, DVec2};
use serde::{Deserialize, Serialize};

use crate::run::part_of;
use crate::{Host, JobError, PlacedPart};

/// Where a plane cuts parts. Lengths are millimetres, coordinates those of a frame of the plane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The space of the scene from the frame of the plane, in which the plane is Z = 0 and X is horizontal.
    pub world_from_plane: DAffine3,
    /// Closed contours: outer ones counter-clockwise, each followed by its holes, which run clockwise.
    pub contours: Vec<Vec<DVec2>>,
    /// Lines that do not close, as the surface is open there; they enclose nothing.
    pub open: Vec<Vec<DVec2>>,
    /// The area that the contours enclose, mm².
    pub area: f64,
    /// The length of all contours, mm.
    pub perimeter: f64,
    /// The centre of the area; none where there is no area.
    pub centroid: Option<DVec2>,
    /// ∫y², ∫x² and ∫xy about the centre, mm⁴.
    pub second_moments: Option<[f64; 3]>,
}

/// Cuts all parts together along each plane. Where parts overlap, the area counts once.
pub(crate) fn sections(
    parts: &[PlacedPart],
    planes: &[Plane],
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<Vec<Section>, JobError> {
    progress.phase("Cutting");
    let surfaces = parts
        .iter()
        .map(|placed| Ok((part_of(&placed.part, host)?, placed.result_from_part)))
        .collect::<Result<Vec<_>, JobError>>()?;
    for (part, _) in &surfaces {
        part.surface.validate().map_err(|error| JobError::failed("bad-mesh", error.to_string()))?;
    }
    let mut sections = Vec::with_capacity(planes.len());
    let num_steps = (planes.len() * surfaces.len()).max(1) as f64;
    for (number, plane) in planes.iter().enumerate() {
        let mut outlines = Vec::new();
        for (idx, (part, scene_from_part)) in surfaces.iter().enumerate() {
            let done = |count: usize| (number * surfaces.len() + idx + count) as f64 / num_steps;
            let cutting = Stretch::new(progress, done(0), done(1));
            outlines.extend(outlines_of(&part.surface, scene_from_part, plane, &cutting)?);
        }
        sections.push(of_outlines(outlines, plane)?);
    }
    Ok(sections)
}

/// What a plane of the scene cuts of a mesh that stands in it, in the scene. The mesh stays where it is: it may be large.
fn outlines_of(
    mesh: &Mesh,
    scene_from_mesh: &DAffine3,
    plane: &Plane,
    progress: &dyn Progress,
) -> Result<Vec<Outline>, JobError> {
    let normal = scene_from_mesh.matrix3.transpose() * plane.normal;
    let origin = scene_from_mesh.inverse().transform_point3(plane.origin);
    if !(normal.is_finite() && origin.is_finite()) {
        return Ok(Vec::new());
    }
    let mut outlines = geometry::section(mesh, &Plane { origin, normal }, progress)?;
    let is_mirrored = scene_from_mesh.matrix3.determinant() < 0.0;
    for outline in &mut outlines {
        for point in &mut outline.points {
            *point = scene_from_mesh.transform_point3(*point);
        }
        if is_mirrored {
            outline.points.reverse();
        }
    }
    Ok(outlines)
}

fn of_outlines(outlines: Vec<Outline>, plane: &Plane) -> Result<Section, JobError> {
    let (closed, open): (Vec<_>, Vec<_>) = outlines.into_iter().partition(|outline| outline.is_closed);
    let (region, world_from_plane) = Region::of_section(&closed, plane)
        .map_err(|error| JobError::failed("bad-parameters", error.to_string()))?;
    let plane_from_world = world_from_plane.inverse();
    let flat = |outline: Outline| {
        let points = outline.points.into_iter();
        points.map(|point| plane_from_world.transform_point3(point).truncate()).collect()
    };
    Ok(Section {
        world_from_plane,
        contours: region.contours().cloned().collect(),
        open: open.into_iter().map(flat).collect(),
        area: region.area(),
        perimeter: region.perimeter(),
        centroid: region.centroid(),
        second_moments: region.second_moments(),
    })
}
