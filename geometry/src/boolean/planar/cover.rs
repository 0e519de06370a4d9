//! Which members cover which triangles of an arrangement.

use super::Planar;
use crate::boolean::NONE;

/// The triangles that no boundary of a member divides, and the members that cover them.
struct Patch {
    /// Where in the array of covers it is.
    cover: [u32; 2],
}

impl Planar<'_> {
    /// Visits the covered triangles as points, with the members that cover them, in order.
    pub(in crate::boolean) fn for_each_covered(&self, mut visit: impl FnMut([u32; 3], &[u32])) {
        let mut patches: Vec<Patch> = Vec::new();
        let mut covers: Vec<u32> = Vec::new();
        let mut patch_of = vec![NONE; self.mesh.triangles.len()];
        // From the frame inward: crossing a line leaves or enters the members whose boundary it is.
        let mut across: Vec<(u32, u32, u32)> = vec![(self.mesh.at(0), NONE, NONE)];
        let mut within: Vec<u32> = Vec::new();
        let mut cover: Vec<u32> = Vec::new();
        while let Some((seed, from, line)) = across.pop() {
            if patch_of[seed as usize] != NONE {
                continue;
            }
            cover.clear();
            if let Some(from) = patches.get(from as usize) {
                cover.extend_from_slice(&covers[from.cover[0] as usize..from.cover[1] as usize]);
                self.for_each_member(line, |member| toggle(&mut cover, member));
            }
            let patch = patches.len() as u32;
            let start = covers.len() as u32;
            covers.extend_from_slice(&cover);
            patches.push(Patch { cover: [start, covers.len() as u32] });
            patch_of[seed as usize] = patch;
            within.push(seed);
            while let Some(triangle) = within.pop() {
                let current = self.mesh.get(triangle);
                for (neighbor, line) in current.neighbors.into_iter().zip(current.lines) {
                    if neighbor == NONE || patch_of[neighbor as usize] != NONE {
                        continue;
                    }
                    if line != NONE && self.lines[line as usize].members != NONE {
                        across.push((neighbor, patch, line));
                    } else {
                        patch_of[neighbor as usize] = patch;
                        within.push(neighbor);
                    }
                }
            }
        }
        for (triangle, &patch) in self.mesh.triangles.iter().zip(&patch_of) {
            let [start, end] = patches[patch as usize].cover;
            if start != end {
                let corners = triangle.corners.map(|corner| self.vertices[corner as usize]);
                visit(corners, &covers[start as usize..end as usize]);
            }
        }
    }

    fn for_each_member(&self, line: u32, mut visit: impl FnMut(u32)) {
        let mut entry = self.lines[line as usize].members;
        while entry != NONE {
            let (member, next) = self.members[entry as usize];
            visit(member);
            entry = next;
        }
    }
}

/// Removes a member that is in the sorted `cover`, or adds one that is not.
fn toggle(cover: &mut Vec<u32>, member: u32) {
    match cover.binary_search(&member) {
        Ok(place) => {
            cover.remove(place);
        }
        Err(place) => cover.insert(place, member),
    }
}
