//! The convex hull of points.
//!
//! Quickhull (C. Bradford Barber, David Dobkin and Hannu Huhdanpaa, “The Quickhull Algorithm for Convex Hulls”, 1996) with
//! exact decisions in place of thick facets: a face is visible from a point when the point lies strictly above its plane.
//! Exactness makes the visible faces one piece with one rim, so the surface stays closed whatever the points are.

use glam::DVec3;

use crate::Mesh;
use crate::memory::{Holding, bytes_of};
use crate::predicates::{LARGEST, SMALLEST, are_collinear, side_of_plane};
use crate::progress::{Cancelled, Progress, STEP, Stretch, report_at};
use crate::weld::weld_positions_watched;

/// Why points have no hull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HullError {
    /// A coordinate is NaN or beyond 1e60, where decisions are not exact.
    #[error("point {point} is not finite or too far away")]
    OutOfRange {
        /// Index of the point.
        point: usize,
    },
    /// All points lie in one plane, or there are fewer than four.
    #[error("the points lie in one plane, so there is no volume between them")]
    Flat,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The smallest convex solid that holds all points: closed, oriented, of genus 0. Its positions are some of the points;
/// those that lie within a face or an edge may be among them. Coordinates below 1e-60 count as 0.
///
/// # Errors
/// See [`HullError`].
pub fn convex_hull(points: &[DVec3], progress: &dyn Progress) -> Result<Mesh, HullError> {
    let is_in_range = |point: &DVec3| point.abs().cmple(DVec3::splat(LARGEST)).all();
    if let Some(point) = points.iter().position(|point| !is_in_range(point)) {
        return Err(HullError::OutOfRange { point });
    }
    // The points, welded ones, the table they are welded by, and who waits.
    let _held = Holding::new(progress, points.len() * 112)?;
    let rounded = |x: f64| if x.abs() < SMALLEST { 0.0 } else { x };
    let points: Vec<DVec3> =
        points.iter().map(|point| DVec3::from_array(point.to_array().map(rounded))).collect();
    let points = weld_positions_watched(&points, &Stretch::new(progress, 0.0, 0.02))?.positions;
    let corners = first_tetrahedron(&points).ok_or(HullError::Flat)?;
    let mut hull = Hull::new(&points, corners, progress);
    let all: Vec<u32> = (0..points.len() as u32).collect();
    hull.hand_out(&all, 0)?;
    let mut face = 0;
    while face < hull.faces.len() {
        // New faces come behind the old ones, so each is looked at once, with all points it will ever see.
        match hull.farthest(face) {
            Some(point) => hull.add(point, face)?,
            None => face += 1,
        }
        hull.count_work(1)?;
    }
    Ok(hull.into_mesh()?)
}

/// Four points that are not in one plane, far apart, wound so that each sees the face of the others from below.
fn first_tetrahedron(points: &[DVec3]) -> Option<[u32; 4]> {
    let at = |index: u32| points[index as usize];
    let indices = || 0..points.len() as u32;
    let largest = |measure: &dyn Fn(u32) -> f64| indices().max_by(|&a, &b| measure(a).total_cmp(&measure(b)));
    let a = largest(&|i| -at(i).x)?;
    let b = largest(&|i| at(i).distance_squared(at(a)))?;
    if at(a) == at(b) {
        return None;
    }
    // The measures only pick good candidates; where rounding spoils them, any point that will do is taken.
    let from_line = |i: u32| (at(b) - at(a)).cross(at(i) - at(a)).length_squared();
    let is_off_line = |i: &u32| !are_collinear(at(a), at(b), at(*i));
    let c = largest(&from_line).filter(is_off_line).or_else(|| indices().find(is_off_line))?;
    let normal = (at(b) - at(a)).cross(at(c) - at(a));
    let from_plane = |i: u32| (at(i) - at(a)).dot(normal).abs();
    let side = |i: u32| side_of_plane(at(a), at(b), at(c), at(i));
    let is_off_plane = |i: &u32| side(*i) != 0;
    let d = largest(&from_plane).filter(is_off_plane).or_else(|| indices().find(is_off_plane))?;
    Some(if side(d) < 0 { [a, b, c, d] } else { [a, c, b, d] })
}

struct Face {
    corners: [u32; 3],
    /// The face across each edge, which runs from the corner of the same number to the next.
    neighbors: [u32; 3],
    /// Points that are above this face and wait to be added.
    above: Vec<u32>,
    is_alive: bool,
}

struct Hull<'a> {
    points: &'a [DVec3],
    faces: Vec<Face>,
    num_waiting: usize,
    /// For each point the face whose edge starts there, while a rim is closed.
    face_from: Vec<u32>,
    /// Points and faces looked at since the last report.
    num_looks: usize,
    held: Holding<'a>,
    progress: &'a dyn Progress,
}

impl<'a> Hull<'a> {
    /// The tetrahedron of four corners; `d` lies below the face `a`, `b`, `c`.
    fn new(points: &'a [DVec3], [a, b, c, d]: [u32; 4], progress: &'a dyn Progress) -> Self {
        let face = |corners, neighbors| Face { corners, neighbors, above: Vec::new(), is_alive: true };
        let faces = vec![
            face([a, b, c], [1, 2, 3]),
            face([b, a, d], [0, 3, 2]),
            face([c, b, d], [0, 1, 3]),
            face([a, c, d], [0, 2, 1]),
        ];
        Self {
            points,
            faces,
            num_waiting: 0,
            face_from: vec![0; points.len()],
            num_looks: 0,
            held: Holding::nothing(progress),
            progress,
        }
    }

    /// Asks now and then whether to go on.
    fn count_work(&mut self, num_looks: usize) -> Result<(), Cancelled> {
        self.num_looks += num_looks;
        if self.num_looks >= STEP {
            self.num_looks = 0;
            self.held.set(bytes_of(&self.faces) + self.num_waiting * size_of::<u32>())?;
            let num_points = self.points.len();
            let num_waiting = self.num_waiting.min(num_points);
            self.progress.report(1.0 - 0.98 * num_waiting as f64 / num_points as f64)?;
        }
        Ok(())
    }

    fn sees(&self, point: u32, face: usize) -> bool {
        let at = |index: u32| self.points[index as usize];
        let [a, b, c] = self.faces[face].corners.map(at);
        side_of_plane(a, b, c, at(point)) > 0
    }

    /// Gives each point to the first face from `first_face` on that it sees. Those that see none are inside.
    fn hand_out(&mut self, points: &[u32], first_face: usize) -> Result<(), Cancelled> {
        for &point in points {
            if let Some(face) = (first_face..self.faces.len()).find(|&face| self.sees(point, face)) {
                self.faces[face].above.push(point);
                self.num_waiting += 1;
                self.count_work(face - first_face + 1)?;
            } else {
                self.count_work(self.faces.len() - first_face)?;
            }
        }
        Ok(())
    }

    /// Of the points above a face the one that is farthest from it, as far as `f64` can tell.
    fn farthest(&self, face: usize) -> Option<u32> {
        let face = &self.faces[face];
        let [a, b, c] = face.corners.map(|index| self.points[index as usize]);
        let normal = (b - a).cross(c - a);
        let height = |point: u32| (self.points[point as usize] - a).dot(normal);
        face.above.iter().copied().max_by(|&p, &q| height(p).total_cmp(&height(q)).then(q.cmp(&p)))
    }

    /// Replaces all faces that a point sees, of which `first` is one, by faces from their rim to the point.
    fn add(&mut self, point: u32, first: usize) -> Result<(), Cancelled> {
        let mut waiting = Vec::new();
        let mut rim = Vec::new();
        self.faces[first].is_alive = false;
        let mut visible = vec![first];
        while let Some(face) = visible.pop() {
            // Taken, not emptied: dead faces must not keep their memory.
            waiting.extend(std::mem::take(&mut self.faces[face].above));
            for edge in 0..3 {
                let neighbor = self.faces[face].neighbors[edge] as usize;
                if !self.faces[neighbor].is_alive {
                    continue;
                }
                if self.sees(point, neighbor) {
                    self.faces[neighbor].is_alive = false;
                    visible.push(neighbor);
                } else {
                    let corners = self.faces[face].corners;
                    rim.push((corners[edge], corners[(edge + 1) % 3], neighbor));
                }
            }
        }
        self.num_waiting -= waiting.len();
        let first_new = self.faces.len();
        for (number, &(start, end, neighbor)) in rim.iter().enumerate() {
            let new = (first_new + number) as u32;
            self.face_from[start as usize] = new;
            let outside = &mut self.faces[neighbor];
            let edge = outside
                .corners
                .iter()
                .position(|&corner| corner == end)
                .expect("faces at an edge share its ends");
            outside.neighbors[edge] = new;
            let neighbors = [neighbor as u32, 0, 0];
            self.faces.push(Face {
                corners: [start, end, point],
                neighbors,
                above: Vec::new(),
                is_alive: true,
            });
        }
        // The rim is one loop, so at the end of each of its edges starts exactly one other.
        for new in first_new..self.faces.len() {
            let next = self.face_from[self.faces[new].corners[1] as usize];
            self.faces[new].neighbors[1] = next;
            self.faces[next as usize].neighbors[2] = new as u32;
        }
        waiting.retain(|&other| other != point);
        self.hand_out(&waiting, first_new)
    }

    fn into_mesh(self) -> Result<Mesh, Cancelled> {
        const UNUSED: u32 = u32::MAX;
        let mut new_index = vec![UNUSED; self.points.len()];
        let mut mesh = Mesh::default();
        for (number, face) in self.faces.iter().enumerate() {
            report_at(&Stretch::new(self.progress, 1.0, 1.0), number, self.faces.len())?;
            if !face.is_alive {
                continue;
            }
            mesh.triangles.push(face.corners.map(|corner| {
                let index = &mut new_index[corner as usize];
                if *index == UNUSED {
                    *index = mesh.positions.len() as u32;
                    mesh.positions.push(self.points[corner as usize]);
                }
                *index
            }));
        }
        Ok(mesh)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Primitive, Unwatched};

    fn check(points: &[DVec3]) -> Result<Mesh, HullError> {
        let mesh = convex_hull(points, &Unwatched)?;
        let report = mesh.check();
        assert!(report.is_solid(), "{report:?}");
        assert_eq!((report.num_shells, report.genus(), report.num_isolated), (1, Some(0), 0));
        for triangle in 0..mesh.triangles.len() {
            let [a, b, c] = mesh.triangle_points(triangle);
            assert!(!are_collinear(a, b, c), "a face without area");
            assert!(points.iter().all(|&point| side_of_plane(a, b, c, point) <= 0), "a point is outside");
        }
        Ok(mesh)
    }

    #[test]
    fn points_in_a_plane_have_no_hull() {
        let square = [DVec3::ZERO, DVec3::X, DVec3::Y, DVec3::X + DVec3::Y, DVec3::X * 0.5];
        assert_eq!(check(&square), Err(HullError::Flat));
        assert_eq!(check(&[]), Err(HullError::Flat));
        assert_eq!(check(&[DVec3::ONE; 9]), Err(HullError::Flat));
        assert_eq!(
            check(&[DVec3::X * 0.1, DVec3::X * 0.2, DVec3::X * 0.3, DVec3::X * 7.0]),
            Err(HullError::Flat)
        );
        assert_eq!(check(&[DVec3::ZERO, DVec3::NAN]), Err(HullError::OutOfRange { point: 1 }));
        assert_eq!(check(&[DVec3::X * 1e61]), Err(HullError::OutOfRange { point: 0 }));
    }

    #[test]
    fn the_hull_of_a_grid_is_a_box() {
        let points: Vec<DVec3> = (0..5 * 6 * 7)
            .map(|i| DVec3::new(f64::from(i % 5), f64::from(i / 5 % 6), f64::from(i / 30)))
            .collect();
        let properties = check(&points).expect("a volume").properties();
        assert_eq!((properties.volume, properties.area), (120.0, 148.0));
    }

    #[test]
    fn convex_shapes_are_their_own_hulls() {
        for primitive in [
            Primitive::Sphere { radius: 3.0, segments: 32 },
            Primitive::Cone { bottom_radius: 2.0, top_radius: 0.0, height: 3.0, segments: 17 },
        ] {
            let mesh = primitive.mesh().expect("the sizes are allowed");
            let hull = check(&mesh.positions).expect("a volume");
            assert_eq!(hull.positions.len(), mesh.positions.len());
            assert!((hull.properties().volume / primitive.volume() - 1.0).abs() < 1e-12);
        }
    }

    fn coordinate() -> impl Strategy<Value = f64> {
        prop_oneof![3 => (-2_i8..3).prop_map(f64::from), 1 => -2.0..2.0, 1 => Just(1.0 + f64::EPSILON)]
    }

    proptest! {
        #[test]
        fn hulls_hold_their_points(
            points in prop::collection::vec([coordinate(), coordinate(), coordinate()].prop_map(DVec3::from_array), 0..60),
            turn in 0_usize..60,
        ) {
            let Ok(mesh) = check(&points) else { return Ok(()) };
            // The same points in another order have the same hull.
            let mut turned = points.clone();
            turned.rotate_left(turn % points.len());
            let other = check(&turned).expect("the same points");
            let (one, other) = (mesh.properties(), other.properties());
            prop_assert!((one.volume - other.volume).abs() <= 1e-12 && (one.area - other.area).abs() <= 1e-11);
        }
    }
}
