//! Section planes as a frame needs them.

use glam::DVec3;

use crate::camera::Bounds;
use crate::{SectionPlane, View};

/// The planes of a view that are planes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sections(Vec<CutPlane>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct CutPlane {
    /// Its place in the view.
    place: usize,
    /// Unit vector to what is gone.
    normal: DVec3,
    offset: f64,
}

/// What is left of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    All,
    Some,
    None,
}

impl Sections {
    pub(crate) fn new(view: &View) -> Self {
        let planes = view.sections.iter().take(SectionPlane::MAX).enumerate();
        let plane = |(place, plane): (usize, &SectionPlane)| {
            plane.normalized().map(|(normal, offset)| CutPlane { place, normal, offset })
        };
        Self(planes.filter_map(plane).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What is left of a box; rounding may give `Some` for the others.
    pub(crate) fn left_of(&self, bounds: &Bounds) -> Left {
        let mut left = Left::All;
        for CutPlane { normal, offset, .. } in &self.0 {
            let middle = normal.dot(bounds.center) - offset;
            let reach = normal.abs().dot(bounds.half);
            if middle > reach {
                return Left::None;
            }
            if middle > -reach {
                left = Left::Some;
            }
        }
        left
    }

    /// The number among these, and the normal, of a plane of the view.
    pub(crate) fn plane(&self, place: usize) -> Option<(usize, DVec3)> {
        let number = self.0.iter().position(|plane| plane.place == place)?;
        Some((number, self.0[number].normal))
    }

    /// Normals of the planes after one of them, and how far `origin` is in front of each.
    pub(crate) fn after(&self, number: usize, origin: DVec3) -> impl Iterator<Item = (DVec3, f64)> + '_ {
        let later = self.0.iter().skip(number + 1);
        later.map(move |plane| (plane.normal, plane.normal.dot(origin) - plane.offset))
    }

    /// What all planes but one leave of a convex polygon, whose corners are relative to `origin`.
    pub(crate) fn left_of_polygon(&self, corners: &[DVec3], origin: DVec3, but: usize) -> Vec<DVec3> {
        let mut left = corners.to_vec();
        let others = self.0.iter().enumerate().filter(|(number, _)| *number != but);
        for (_, CutPlane { normal, offset, .. }) in others {
            let height = |corner: DVec3| normal.dot(corner) + (normal.dot(origin) - offset);
            let mut next = Vec::with_capacity(left.len() + 1);
            for (idx, &corner) in left.iter().enumerate() {
                let before = left[(idx + left.len() - 1) % left.len()];
                let (low, high) = (height(before), height(corner));
                if (low > 0.0) != (high > 0.0) {
                    next.push(before + (corner - before) * (low / (low - high)));
                }
                if high <= 0.0 {
                    next.push(corner);
                }
            }
            left = next;
        }
        left
    }

    /// Planes for shaders: `dot(xyz, point relative to eye) + w` is above 0 for what is gone.
    pub(crate) fn in_eye(&self, eye: DVec3) -> [[f32; 4]; SectionPlane::MAX] {
        let mut planes = [[0.0, 0.0, 0.0, -1.0]; SectionPlane::MAX];
        for (plane, CutPlane { normal, offset, .. }) in planes.iter_mut().zip(&self.0) {
            // The large numbers cancel in f64.
            *plane = normal.as_vec3().extend((normal.dot(eye) - offset) as f32).into();
        }
        planes
    }
}

#[cfg(test)]
mod tests {
    use glam::DAffine3;

    use super::*;
    use crate::{Camera, Projection};

    fn sections(planes: Vec<SectionPlane>) -> Sections {
        let projection = Projection::Orthographic { height: 1.0 };
        let camera = Camera { world_from_view: DAffine3::IDENTITY, projection, target_in_world: DVec3::ZERO };
        Sections::new(&View { sections: planes, ..View::new(camera, [1, 1]) })
    }

    #[test]
    fn boxes_are_left_whole_cut_or_gone() {
        let cut = sections(vec![SectionPlane { normal: DVec3::X * 2.0, offset: 20.0 }]);
        let at = |x| cut.left_of(&Bounds { center: DVec3::X * x, half: DVec3::ONE });
        assert_eq!([at(8.0), at(9.5), at(12.0)], [Left::All, Left::Some, Left::None]);
    }

    #[test]
    fn polygons_are_cut_by_the_other_planes() {
        let plane = |normal, offset| SectionPlane { normal, offset };
        let none = plane(DVec3::ZERO, 0.0);
        let cut = sections(vec![none, plane(DVec3::X, 12.0), plane(DVec3::Z, 0.0), plane(DVec3::NEG_Y, 0.5)]);
        let square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        let square = square.map(|(x, y)| DVec3::new(x * 4.0, y, 0.0));
        let (own, normal) = cut.plane(2).expect("it is there");
        assert_eq!((own, normal, cut.plane(0)), (1, DVec3::Z, None));
        let left = cut.left_of_polygon(&square, DVec3::X * 10.0, own);
        let expected = [(-4.0, -0.5), (2.0, -0.5), (2.0, 1.0), (-4.0, 1.0)];
        assert_eq!(left.len(), 4);
        for (x, y) in expected {
            let corner = DVec3::new(x, y, 0.0);
            assert!(left.iter().any(|found| found.abs_diff_eq(corner, 1e-12)), "{corner} in {left:?}");
        }
        assert!(cut.left_of_polygon(&square, DVec3::X * 20.0, own).is_empty());
    }

    #[test]
    fn far_from_the_origin_the_plane_keeps_its_digits() {
        let cut = sections(vec![SectionPlane { normal: DVec3::X, offset: 1e7 + 0.25 }]);
        assert_eq!(cut.in_eye(DVec3::X * 1e7)[0], [1.0, 0.0, 0.0, -0.25]);
    }

    #[test]
    fn what_is_no_plane_and_what_is_too_much_is_passed_over() {
        let bad = SectionPlane { normal: DVec3::ZERO, offset: 1.0 };
        assert!(sections(vec![bad, SectionPlane { normal: DVec3::Z, offset: f64::NAN }]).is_empty());
        let good = SectionPlane { normal: DVec3::Z, offset: 1.0 };
        assert_eq!(sections(vec![good; 9]).len(), SectionPlane::MAX);
    }
}
