//! Planes that open what is shown: where they are, and what they cut.

use std::sync::Arc;

use geometry::{Plane, section_by_tree};
use glam::{DVec2, DVec3};
use renderer::{Cut, CutOutline, SectionPlane};

use crate::render_sync::{Placed, bounds_of};
use crate::view_state::Axis;

/// The planes there are. What any of them takes away is not shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sections {
    planes: Vec<Section>,
    active: usize,
}

/// A plane; what is on one side of it is not shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Section {
    /// A unit vector at a right angle to the plane.
    axis: DVec3,
    /// Where along the axis, in millimetres from the world's origin.
    pub at: f64,
    /// Whether what is below is gone, instead of what is above.
    pub flipped: bool,
    /// Corners of the box around what was shown when the section was made.
    around: [DVec3; 2],
}

impl Section {
    /// A plane through a point; what is in front of it is gone. `None` when there is no such direction.
    #[must_use]
    pub fn through(point: DVec3, axis: DVec3, around: [DVec3; 2]) -> Option<Self> {
        let axis = tidied(axis)?;
        let at = axis.dot(point);
        at.is_finite().then_some(Self { axis, at, flipped: false, around })
    }

    /// A unit vector at a right angle to the plane.
    #[must_use]
    pub fn axis(&self) -> DVec3 {
        self.axis
    }

    /// Corners of the box around what was shown when the section was made.
    #[must_use]
    pub fn around(&self) -> [DVec3; 2] {
        self.around
    }

    /// From where to where along the axis the box around everything reaches.
    #[must_use]
    pub fn reach(&self) -> [f64; 2] {
        let [low, high] = self.around;
        let middle = self.axis.dot((low + high) * 0.5);
        let half = self.axis.abs().dot((high - low) * 0.5);
        [middle - half, middle + half]
    }

    /// The same at another place along the axis.
    #[must_use]
    pub fn moved_to(&self, at: f64) -> Self {
        Self { at, ..*self }
    }

    /// With the other side gone.
    #[must_use]
    pub fn turned_over(&self) -> Self {
        Self { flipped: !self.flipped, ..*self }
    }

    /// A unit vector to what is gone.
    #[must_use]
    pub fn normal(&self) -> DVec3 {
        if self.flipped { -self.axis } else { self.axis }
    }

    /// For the renderer.
    #[must_use]
    pub fn plane(&self) -> SectionPlane {
        let offset = if self.flipped { -self.at } else { self.at };
        SectionPlane { normal: self.normal(), offset }
    }

    /// The middle of the box, moved onto the plane.
    #[must_use]
    pub fn center(&self) -> DVec3 {
        let middle = (self.around[0] + self.around[1]) * 0.5;
        middle + self.axis * (self.at - self.axis.dot(middle))
    }

    /// Turned to face along another axis, around a point of it. `None` when there is no such direction.
    #[must_use]
    pub fn turned(&self, axis: DVec3, pivot: DVec3) -> Option<Self> {
        Self::through(pivot, axis, self.around).map(|turned| Self { flipped: self.flipped, ..turned })
    }

    /// The axis of the world that it goes across, if it does.
    #[must_use]
    pub fn world_axis(&self) -> Option<Axis> {
        Axis::ALL.into_iter().find(|&axis| self.axis == DVec3::AXES[axis as usize])
    }

    /// Directions across and up in the plane, the first horizontal.
    #[must_use]
    pub fn in_plane(&self) -> [DVec3; 2] {
        let normal = self.normal();
        let across = DVec3::Z.cross(normal).try_normalize().unwrap_or(DVec3::X);
        [across, normal.cross(across)]
    }
}

/// Of length 1, and exactly an axis of the world where it is as good as one.
fn tidied(axis: DVec3) -> Option<DVec3> {
    let axis = axis.try_normalize()?;
    let near = DVec3::AXES.into_iter().flat_map(|axis| [axis, -axis]).find(|near| near.distance(axis) < 1e-9);
    Some(near.unwrap_or(axis))
}

impl Sections {
    /// Whether nothing is cut.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.planes.is_empty()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Section] {
        &self.planes
    }

    /// The one that was touched last.
    #[must_use]
    pub fn active(&self) -> Option<(usize, Section)> {
        self.planes.get(self.active).map(|section| (self.active, *section))
    }

    /// For the renderer.
    #[must_use]
    pub fn planes(&self) -> Vec<SectionPlane> {
        self.planes.iter().map(Section::plane).collect()
    }

    /// Adds one and makes it the active one; of more than can be drawn the oldest goes.
    pub fn push(&mut self, section: Section) {
        if self.planes.len() >= SectionPlane::MAX {
            self.planes.remove(0);
        }
        self.planes.push(section);
        self.active = self.planes.len() - 1;
    }

    /// Changes one, or takes it away; it is the active one now, or the last of those that are left.
    pub fn set(&mut self, number: usize, section: Option<Section>) {
        match (self.planes.get_mut(number), section) {
            (Some(known), Some(section)) => {
                *known = section;
                self.active = number;
            }
            (Some(_), None) => {
                self.planes.remove(number);
                self.active = self.planes.len().saturating_sub(1);
            }
            (None, _) => {}
        }
    }

    /// The one that goes across an axis of the world.
    #[must_use]
    pub fn across(&self, axis: Axis) -> Option<usize> {
        self.planes.iter().position(|section| section.world_axis() == Some(axis))
    }

    /// Whether they are the six sides of a box.
    #[must_use]
    pub fn is_box(&self) -> bool {
        let of = |axis| self.planes.iter().filter(move |section| section.world_axis() == Some(axis)).count();
        Axis::ALL.into_iter().all(|axis| of(axis) == 2)
    }

    /// Makes them the six sides of a box.
    pub fn set_box(&mut self, [low, high]: [DVec3; 2], around: [DVec3; 2]) {
        let side = |axis: DVec3, at: DVec3, flipped| Section { axis, at: at.dot(axis), flipped, around };
        self.planes = DVec3::AXES
            .into_iter()
            .flat_map(|axis| [side(axis, low, true), side(axis, high, false)])
            .collect();
        self.active = self.planes.len() - 1;
    }

    /// What one is called, and what tells it from others.
    #[must_use]
    pub fn name(&self, number: usize) -> &'static str {
        let Some(section) = self.planes.get(number) else { return "Section" };
        let axis = section.world_axis();
        let is_only = self.planes.iter().filter(|other| other.world_axis() == axis).count() < 2;
        match (axis, is_only, section.flipped) {
            (Some(Axis::X), true, _) => "Section X",
            (Some(Axis::Y), true, _) => "Section Y",
            (Some(Axis::Z), true, _) => "Section Z",
            (Some(Axis::X), false, true) => "X from",
            (Some(Axis::X), false, false) => "X to",
            (Some(Axis::Y), false, true) => "Y from",
            (Some(Axis::Y), false, false) => "Y to",
            (Some(Axis::Z), false, true) => "Z from",
            (Some(Axis::Z), false, false) => "Z to",
            (None, _, _) => "Section",
        }
    }

    /// The corners of what can be seen of a plane: a rectangle around what was shown, as far as the others leave it.
    #[must_use]
    pub fn frame(&self, number: usize) -> Vec<DVec3> {
        let Some(section) = self.planes.get(number) else { return Vec::new() };
        let (center, [across, up]) = (section.center(), section.in_plane());
        let half = (section.around[1] - section.around[0]) * 0.5;
        // A little larger than what it cuts, but where another plane ends it.
        let reach = DVec2::new(across.abs().dot(half), up.abs().dot(half));
        let reach = reach + 0.06 * reach.max_element();
        let corner = |x: f64, y: f64| center + across * (x * reach.x) + up * (y * reach.y);
        let mut corners = vec![corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
        for (_, other) in self.planes.iter().enumerate().filter(|(other, _)| *other != number) {
            corners = left_of(&corners, &other.plane());
        }
        corners
    }
}

/// What a plane leaves of a convex polygon.
fn left_of(corners: &[DVec3], plane: &SectionPlane) -> Vec<DVec3> {
    let height = |corner: DVec3| plane.normal.dot(corner) - plane.offset;
    let mut left = Vec::with_capacity(corners.len() + 1);
    for (idx, &corner) in corners.iter().enumerate() {
        let before = corners[(idx + corners.len() - 1) % corners.len()];
        let (low, high) = (height(before), height(corner));
        if (low > 0.0) != (high > 0.0) {
            left.push(before.lerp(corner, low / (low - high)));
        }
        if high <= 0.0 {
            left.push(corner);
        }
    }
    left
}

/// What a plane cuts of parts; the numbers are those of the plane and of the instances that belong to the parts. Takes as
/// long as there are triangles that are cut.
#[must_use]
pub fn cuts_of(placed: &[Placed], number: usize, plane: &SectionPlane) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for (instance, placed) in placed.iter().enumerate() {
        let part = &placed.part;
        if placed.ghost || part.facts.num_triangles == 0 || !meets(placed, plane) {
            continue;
        }
        let normal = placed.world_from_mesh.matrix3.transpose() * plane.normal;
        let offset = plane.offset - plane.normal.dot(placed.world_from_mesh.translation);
        let in_mesh = Plane { origin: normal * (offset / normal.length_squared()), normal };
        let mut push = |is_closed: bool, takes: &dyn Fn(u32) -> bool| {
            let outlines = section_by_tree(&part.part.surface, &part.bvh, &in_mesh, takes);
            let outline = CutOutline::new(&outlines, &placed.world_from_mesh, plane).map(Arc::new);
            cuts.extend(outline.map(|outline| Cut { plane: number, instance, is_closed, outline }));
        };
        match part.open_pieces.as_deref() {
            None => push(part.facts.closed, &|_| true),
            Some(is_open) => {
                for wanted in [0, 1] {
                    push(wanted == 0, &|triangle| is_open.get(triangle as usize) == Some(&wanted));
                }
            }
        }
    }
    cuts
}

/// Whether a plane may go through a part.
fn meets(placed: &Placed, plane: &SectionPlane) -> bool {
    let [low, high] = placed.bounds;
    let middle = plane.normal.dot((low + high) * 0.5) - plane.offset;
    let half = plane.normal.abs().dot((high - low) * 0.5);
    // A flat part may lie in the plane.
    middle.abs() <= half * (1.0 + 1e-9) + 1e-12 * plane.offset.abs()
}

/// The box around what is shown, for those who make a section.
pub(crate) fn box_around(corners: impl IntoIterator<Item = DVec3>) -> Option<[DVec3; 2]> {
    bounds_of(corners).filter(|[low, high]| low.is_finite() && high.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AROUND: [DVec3; 2] = [DVec3::new(-1.0, -2.0, 0.0), DVec3::new(3.0, 2.0, 6.0)];

    fn across(axis: DVec3) -> Section {
        Section::through(DVec3::new(1.0, 0.0, 3.0), axis, AROUND).expect("a direction")
    }

    #[test]
    fn a_plane_has_two_sides_and_a_reach() {
        let section = across(DVec3::X * 5.0);
        assert_eq!((section.world_axis(), section.reach(), section.at), (Some(Axis::X), [-1.0, 3.0], 1.0));
        assert_eq!(section.plane(), SectionPlane { normal: DVec3::X, offset: 1.0 });
        let flipped = Section { flipped: true, ..section };
        assert_eq!(flipped.plane(), SectionPlane { normal: DVec3::NEG_X, offset: -1.0 });
        assert_eq!(section.center(), flipped.center());
        assert_eq!(Section::through(DVec3::ZERO, DVec3::ZERO, AROUND), None);
    }

    #[test]
    fn turning_keeps_the_pivot() {
        let section = across(DVec3::Z);
        let pivot = section.center();
        let turned = section.turned(DVec3::new(1.0, 1.0, 1.0), pivot).expect("a direction");
        assert!((turned.axis().dot(pivot) - turned.at).abs() < 1e-12);
        assert_eq!(turned.world_axis(), None);
        // As good as an axis is an axis.
        let back = turned.turned(DVec3::new(1e-12, 0.0, 2.0), pivot).expect("a direction");
        assert_eq!(back, section);
    }

    #[test]
    fn there_are_never_more_than_can_be_drawn() {
        let mut sections = Sections::default();
        for step in 0..9 {
            sections.push(Section { at: f64::from(step), ..across(DVec3::Z) });
        }
        assert_eq!(sections.all().len(), SectionPlane::MAX);
        assert_eq!(sections.active().map(|(_, section)| section.at), Some(8.0));
        sections.set(0, None);
        assert_eq!(sections.active().map(|(number, _)| number), Some(SectionPlane::MAX - 2));
        sections.set(77, None);
        assert_eq!(sections.all().len(), SectionPlane::MAX - 1);
    }

    #[test]
    fn a_box_has_six_named_sides_whose_frames_end_each_other() {
        let mut sections = Sections::default();
        sections.set_box([DVec3::ZERO, DVec3::ONE], AROUND);
        assert!(sections.is_box());
        let names: Vec<&str> = (0..6).map(|number| sections.name(number)).collect();
        assert_eq!(names, ["X from", "X to", "Y from", "Y to", "Z from", "Z to"]);
        for number in 0..6 {
            let frame = sections.frame(number);
            let [low, high] = bounds_of(frame).expect("it has corners");
            let size = high - low;
            assert!((size.element_sum() - 2.0).abs() < 1e-12, "a unit square: {size}");
        }
    }
}
