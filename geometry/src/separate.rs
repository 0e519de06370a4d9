//! A mesh divided into the bodies it consists of.

use std::f64::consts::TAU;
use std::sync::Arc;

use crate::progress::{Cancelled, Progress};
use crate::topology::{Edges, NO_SHELL};
use crate::winding::solid_angle;
use crate::{Aabb, Channel, CornerRows, Mesh, NO_ROW};

/// In a table of new indices: not seen yet.
const UNSEEN: u32 = u32::MAX;

/// The bodies of a mesh, in the order of their first triangles: each shell (triangles connected across edges) by itself,
/// but for cavities, closed shells that face inward, which go with the smallest outward one around them. Attributes
/// follow; triangles that name a position twice are left out.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When an index is out of range; see [`Mesh::validate`].
pub fn separate(mesh: &Mesh, progress: &dyn Progress) -> Result<Vec<Mesh>, Cancelled> {
    let shells = Edges::new(&mesh.triangles, mesh.positions.len()).shells(&mesh.triangles);
    progress.report(0.3)?;
    let mut order: Vec<u32> = (0..mesh.triangles.len() as u32)
        .filter(|&triangle| shells.of_triangle[triangle as usize] != NO_SHELL)
        .collect();
    // Sorting is stable, so each shell's triangles stay in order.
    order.sort_by_key(|&triangle| shells.of_triangle[triangle as usize]);
    let groups: Vec<&[u32]> = order
        .chunk_by(|&one, &other| shells.of_triangle[one as usize] == shells.of_triangle[other as usize])
        .collect();
    let facts: Vec<Shell> = groups.iter().map(|group| Shell::of(mesh, group)).collect();
    progress.report(0.5)?;
    let mut bodies: Vec<Vec<u32>> = groups.iter().map(|group| group.to_vec()).collect();
    for (cavity, shell) in facts.iter().enumerate().filter(|(_, shell)| shell.volume < 0.0) {
        progress.report(0.5 + 0.2 * cavity as f64 / facts.len() as f64)?;
        if let Some(outer) = smallest_around(mesh, &groups, &facts, shell) {
            let cavity = std::mem::take(&mut bodies[cavity]);
            bodies[outer].extend(cavity);
        }
    }
    let mut parts = Parts::new(mesh);
    let mut separated = Vec::new();
    for body in bodies.iter().filter(|body| !body.is_empty()) {
        progress.report(0.7)?;
        separated.push(parts.of(body));
    }
    Ok(separated)
}

struct Shell {
    bounds: Aabb,
    /// Positive where it faces outward.
    volume: f64,
    corner: glam::DVec3,
}

impl Shell {
    fn of(mesh: &Mesh, triangles: &[u32]) -> Self {
        let corner = mesh.triangle_points(triangles[0] as usize)[0];
        let mut shell = Self { bounds: Aabb::EMPTY, volume: 0.0, corner };
        for &triangle in triangles {
            let points = mesh.triangle_points(triangle as usize);
            shell.bounds = shell.bounds.union(&Aabb::around(&points));
            let [a, b, c] = points.map(|point| point - corner);
            shell.volume += a.dot(b.cross(c)) / 6.0;
        }
        shell
    }
}

/// The outward shell of least volume that goes round a cavity.
fn smallest_around(mesh: &Mesh, groups: &[&[u32]], facts: &[Shell], cavity: &Shell) -> Option<usize> {
    let is_around = |index: usize| {
        let angle: f64 = groups[index]
            .iter()
            .map(|&triangle| solid_angle(cavity.corner, mesh.triangle_points(triangle as usize)))
            .sum();
        angle > TAU
    };
    let mut outward: Vec<usize> = (0..facts.len())
        .filter(|&index| facts[index].volume > 0.0 && facts[index].bounds.contains(&cavity.bounds))
        .collect();
    outward.sort_by(|&one, &other| facts[one].volume.total_cmp(&facts[other].volume));
    outward.into_iter().find(|&index| is_around(index))
}

/// Takes parts out of a mesh, in time in proportion to the part.
struct Parts<'a> {
    mesh: &'a Mesh,
    /// The new index of each position, and of each row of each channel, while a part is made.
    positions: Vec<u32>,
    rows: Vec<Vec<u32>>,
}

impl<'a> Parts<'a> {
    fn new(mesh: &'a Mesh) -> Self {
        Self {
            mesh,
            positions: vec![UNSEEN; mesh.positions.len()],
            rows: mesh.channels.iter().map(|channel| vec![UNSEEN; channel.num_rows()]).collect(),
        }
    }

    fn of(&mut self, triangles: &[u32]) -> Mesh {
        let mesh = self.mesh;
        let corners = || triangles.iter().map(|&triangle| mesh.triangles[triangle as usize]);
        let (old, new) = renumbered(corners(), &mut self.positions);
        let mut part = Mesh::new(old.iter().map(|&index| mesh.positions[index as usize]).collect(), new);
        if !mesh.material_slots.is_empty() {
            part.material_slots =
                triangles.iter().map(|&triangle| mesh.material_slots[triangle as usize]).collect();
        }
        for (channel, table) in mesh.channels.iter().zip(&mut self.rows) {
            let (used, rows) = match &channel.rows {
                CornerRows::PerPosition => (old.clone(), CornerRows::PerPosition),
                CornerRows::PerCorner(rows) => {
                    let rows = triangles.iter().map(|&triangle| rows[triangle as usize]);
                    let (used, rows) = renumbered(rows, table);
                    (used, CornerRows::PerCorner(Arc::new(rows)))
                }
            };
            let values = used.iter().flat_map(|&row| channel.row(row)).copied().collect();
            part.channels.push(Channel { values, rows, ..channel.clone() });
        }
        part
    }
}

/// The indices used, in the order in which they first appear, and the triples by their new numbers. The table is left as
/// it was.
fn renumbered(triples: impl Iterator<Item = [u32; 3]>, table: &mut [u32]) -> (Vec<u32>, Vec<[u32; 3]>) {
    let mut used = Vec::new();
    let mut new_of = |index: u32| {
        if index == NO_ROW {
            return NO_ROW;
        }
        let new = &mut table[index as usize];
        if *new == UNSEEN {
            *new = used.len() as u32;
            used.push(index);
        }
        *new
    };
    let new = triples.map(|triple| triple.map(&mut new_of)).collect();
    used.iter().for_each(|&index| table[index as usize] = UNSEEN);
    (used, new)
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::*;
    use crate::{Primitive, Unwatched};

    fn boxed(size: f64, middle: DVec3, is_outward: bool) -> Mesh {
        let mut mesh = Primitive::Box { size: DVec3::splat(size) }.mesh().expect("allowed");
        // Primitives stand on the ground.
        mesh.positions.iter_mut().for_each(|point| *point += middle - DVec3::Z * (size * 0.5));
        if !is_outward {
            mesh.triangles.iter_mut().for_each(|corners| corners.swap(1, 2));
        }
        mesh.channels.clear();
        mesh
    }

    fn joined(meshes: &[Mesh]) -> Mesh {
        let mut all = Mesh::default();
        for (slot, mesh) in (0..).zip(meshes) {
            let first = all.positions.len() as u32;
            all.positions.extend(&mesh.positions);
            all.triangles.extend(mesh.triangles.iter().map(|corners| corners.map(|corner| corner + first)));
            all.material_slots.extend(vec![slot; mesh.triangles.len()]);
        }
        all
    }

    /// A ball in the cavity of another one beside a third: the cavity goes with the shell right around it.
    #[test]
    fn cavities_go_with_the_body_around_them() {
        let mesh = joined(&[
            boxed(8.0, DVec3::ZERO, true),
            boxed(6.0, DVec3::ZERO, false),
            boxed(4.0, DVec3::ZERO, true),
            boxed(2.0, DVec3::ZERO, false),
            boxed(1.0, DVec3::X * 20.0, true),
        ]);
        let parts = separate(&mesh, &Unwatched).expect("nobody cancels");
        let volumes: Vec<f64> = parts.iter().map(|part| part.properties().volume.round()).collect();
        assert_eq!(volumes, [512.0 - 216.0, 64.0 - 8.0, 1.0]);
        assert!(parts.iter().all(|part| part.validate().is_ok() && part.check().is_solid()));
        assert_eq!(parts[1].material_slots[11..13], [2, 3]);
    }

    #[test]
    fn attributes_follow() {
        let mut mesh = joined(&[boxed(1.0, DVec3::ZERO, true), boxed(1.0, DVec3::X * 3.0, true)]);
        let values: Vec<f32> = mesh.positions.iter().map(|point| point.x as f32).collect();
        let per_corner: Vec<[u32; 3]> = mesh.triangles.iter().rev().map(|_| [NO_ROW, 1, 15]).collect();
        for (number, rows) in [(0, CornerRows::PerPosition), (1, CornerRows::PerCorner(Arc::new(per_corner)))]
        {
            let semantic = crate::Semantic::Custom(number);
            mesh.channels.push(Channel { semantic, width: 1, values: values.clone(), rows });
        }
        let parts = separate(&mesh, &Unwatched).expect("nobody cancels");
        assert_eq!(parts.len(), 2);
        for part in parts {
            part.validate().expect("the lengths agree");
            let xs: Vec<f32> = part.positions.iter().map(|point| point.x as f32).collect();
            assert_eq!(part.channels[0].values, xs);
            assert_eq!(part.channels[1].values, [values[1], values[15]]);
        }
    }

    #[test]
    fn nothing_has_no_bodies() {
        assert!(separate(&Mesh::default(), &Unwatched).expect("nobody cancels").is_empty());
    }
}
