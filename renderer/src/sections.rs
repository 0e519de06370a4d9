//! Section planes as a frame needs them.

use glam::DVec3;

use crate::camera::Bounds;
use crate::{SectionPlane, View};

/// The planes of a view that are planes: unit normals, pointing to what is gone, and offsets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sections(Vec<(DVec3, f64)>);

/// What is left of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    All,
    Some,
    None,
}

impl Sections {
    pub(crate) fn new(view: &View) -> Self {
        let planes = view.sections.iter().take(SectionPlane::MAX);
        Self(planes.filter_map(SectionPlane::normalized).collect())
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
        for (normal, offset) in &self.0 {
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

    /// Planes for shaders: `dot(xyz, point in eye space) + w` is above 0 for what is gone.
    pub(crate) fn in_eye(&self, eye: DVec3) -> [[f32; 4]; SectionPlane::MAX] {
        let mut planes = [[0.0, 0.0, 0.0, -1.0]; SectionPlane::MAX];
        for (plane, (normal, offset)) in planes.iter_mut().zip(&self.0) {
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
