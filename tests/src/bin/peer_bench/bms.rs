//! The file format of the boolean benchmark's workloads.

use geometry::Mesh;

/// Operation numbers; `DRAG` is the first mesh less each other one by itself.
pub(crate) const UNION: u32 = 0;
pub(crate) const DIFFERENCE: u32 = 1;
pub(crate) const INTERSECTION: u32 = 2;
pub(crate) const DRAG: u32 = 3;

/// Reads a workload: `BMS1`, the operation, the number of meshes, then for each the numbers of positions and triangles,
/// positions as `f64` and triangles as `u32`, all little-endian.
pub(crate) fn read(bytes: &[u8]) -> Result<(u32, Vec<Mesh>), Box<dyn std::error::Error>> {
    let mut rest = bytes.strip_prefix(b"BMS1").ok_or("not a BMS1 file")?;
    let mut take = |num_bytes: usize| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let (taken, left) = rest.split_at_checked(num_bytes).ok_or("the file ends early")?;
        rest = left;
        Ok(taken.to_vec())
    };
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte));
    let op = number(&take(4)?);
    let num_meshes = number(&take(4)?);
    let mut meshes = Vec::new();
    for _ in 0..num_meshes {
        let num_positions = number(&take(4)?) as usize;
        let num_triangles = number(&take(4)?) as usize;
        let positions = take(num_positions * 24)?
            .chunks_exact(8)
            .map(|bytes| bytes.try_into().map(f64::from_le_bytes))
            .collect::<Result<Vec<f64>, _>>()?
            .chunks_exact(3)
            .map(|point| [point[0], point[1], point[2]].into())
            .collect();
        let triangles = take(num_triangles * 12)?
            .chunks_exact(12)
            .map(|corners| [number(&corners[..4]), number(&corners[4..8]), number(&corners[8..])])
            .collect();
        meshes.push(Mesh::new(positions, triangles));
    }
    Ok((op, meshes))
}
