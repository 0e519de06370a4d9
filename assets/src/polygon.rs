//! Polygons of files as triangles.

use glam::DVec3;

/// Splits a polygon as [`geometry::triangulate_into`] does, except one of many corners most of which coincide: such a
/// polygon is damaged whatever is done, and looking for its ears takes minutes, so it becomes a fan.
pub(crate) fn split(points: &[DVec3], triangles: &mut Vec<[u32; 3]>) {
    if points.len() > 256 && is_mostly_repeated(points) {
        let num_corners = u32::try_from(points.len()).unwrap_or(u32::MAX);
        triangles.extend((2..num_corners).map(|corner| [0, corner - 1, corner]));
    } else {
        geometry::triangulate_into(points, triangles);
    }
}

fn is_mostly_repeated(points: &[DVec3]) -> bool {
    let mut bits: Vec<[u64; 3]> = points.iter().map(|point| point.to_array().map(f64::to_bits)).collect();
    bits.sort_unstable();
    bits.dedup();
    bits.len() * 2 < points.len()
}
