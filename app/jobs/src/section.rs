//! Plane sections of what stands in a scene: areas with holes, and what can be said of them.

use geometry::progress::Stretch;
use geometry::{Outline, PlacedMesh, Plane, Progress, Region};
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
    let meshes: Vec<PlacedMesh<'_>> = surfaces
        .iter()
        .map(|(part, placement)| PlacedMesh {
            mesh: &part.surface,
            placement: *placement,
            material_slots: Vec::new(),
        })
        .collect();
    let mesh = geometry::joined(&meshes, &Stretch::new(progress, 0.0, 0.2))?;
    let mut sections = Vec::with_capacity(planes.len());
    for (number, plane) in planes.iter().enumerate() {
        let done = |count: usize| 0.2 + 0.8 * count as f64 / planes.len() as f64;
        let cutting = Stretch::new(progress, done(number), done(number + 1));
        sections.push(of_outlines(geometry::section(&mesh, plane, &cutting)?, plane)?);
    }
    Ok(sections)
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
