//! What takes too long to be measured on the main thread.

use std::sync::Arc;

use geometry::bvh::Bvh;
use geometry::features::{Features, recognize};
use geometry::progress::Stretch;
use geometry::{Gap, Mesh, OrientedBox, Progress};
use glam::DVec3;

use crate::run::part_of;
use crate::{Host, JobError, PartRef, PlacedPart};

pub(crate) fn recognized(
    part: &PartRef,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<Features, JobError> {
    progress.phase("Recognising shapes");
    let surface = sound(part, host)?;
    Ok(recognize(&surface, progress)?)
}

/// Where the two are nearest, in the space of the scene.
pub(crate) fn gap(
    parts: &[PlacedPart; 2],
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<Option<Gap>, JobError> {
    progress.phase("Measuring the distance");
    let mut meshes = Vec::with_capacity(parts.len());
    for (number, placed) in parts.iter().enumerate() {
        let surface = sound(&placed.part, host)?;
        let positions =
            surface.positions.iter().map(|&point| placed.result_from_part.transform_point3(point)).collect();
        let mesh = Mesh::new(positions, surface.triangles.clone());
        let from = 0.2 * number as f64;
        let bvh = Bvh::of_mesh_watched(&mesh, &Stretch::new(progress, from, from + 0.2))?;
        meshes.push((bvh, mesh));
    }
    let [one, other] = [&meshes[0], &meshes[1]];
    let measuring = Stretch::new(progress, 0.4, 1.0);
    Ok(geometry::gap((&one.0, &one.1), (&other.0, &other.1), f64::INFINITY, &measuring)?)
}

/// Around everything together, in the space of the scene.
pub(crate) fn oriented_box(
    parts: &[PlacedPart],
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<Option<OrientedBox>, JobError> {
    progress.phase("Measuring the box");
    let mut points: Vec<DVec3> = Vec::new();
    for placed in parts {
        let surface = sound(&placed.part, host)?;
        let mut is_used = vec![false; surface.positions.len()];
        surface.triangles.iter().flatten().for_each(|&index| is_used[index as usize] = true);
        let used = surface.positions.iter().zip(is_used).filter(|(_, is_used)| *is_used);
        points.extend(used.map(|(&point, _)| placed.result_from_part.transform_point3(point)));
    }
    Ok(geometry::oriented_box(&points, progress)?)
}

fn sound(part: &PartRef, host: &dyn Host) -> Result<Arc<Mesh>, JobError> {
    let surface = Arc::clone(&part_of(part, host)?.surface);
    surface.validate().map_err(|error| JobError::failed("bad-mesh", error.to_string()))?;
    Ok(surface)
}
