//! Between the world and a part of the screen, in `f64`.

use egui::{Pos2, Rect};
use geometry::bvh::Ray;
use glam::{DMat3, DVec2, DVec3};
use renderer::{Camera, Projection};

/// A camera that looks into a rectangle of the screen. Positions on the screen are in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projector {
    camera: Camera,
    center: DVec2,
    size: DVec2,
}

/// A point of the world on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projected {
    /// Where, in points.
    pub pos: DVec2,
    /// Millimetres in front of the eye.
    pub depth: f64,
}

impl Projected {
    /// The same for egui.
    #[must_use]
    pub fn pos2(&self) -> Pos2 {
        Pos2::new(self.pos.x as f32, self.pos.y as f32)
    }
}

/// A position of egui in `f64`.
#[must_use]
pub(crate) fn precise(pos: Pos2) -> DVec2 {
    DVec2::new(f64::from(pos.x), f64::from(pos.y))
}

impl Projector {
    /// Looks through a camera into a rectangle.
    #[must_use]
    pub fn new(camera: Camera, rect: Rect) -> Self {
        let size = DVec2::new(f64::from(rect.width()), f64::from(rect.height())).max(DVec2::ONE);
        Self { camera, center: precise(rect.center()), size }
    }

    /// The camera.
    #[must_use]
    pub fn camera(&self) -> &Camera {
        &self.camera
    }

    /// The axes of the view in the world: right, up, back.
    #[must_use]
    pub fn axes(&self) -> DMat3 {
        self.camera.world_from_view.matrix3
    }

    /// The eye.
    #[must_use]
    pub fn eye(&self) -> DVec3 {
        self.camera.world_from_view.translation
    }

    /// A point of the world in view space: x right, y up, z back.
    #[must_use]
    pub fn view_from_world(&self, point: DVec3) -> DVec3 {
        self.axes().transpose() * (point - self.eye())
    }

    /// Millimetres per point of the screen at a depth in front of the eye.
    #[must_use]
    pub fn mm_per_point_at_depth(&self, depth: f64) -> f64 {
        match self.camera.projection {
            Projection::Perspective { fov_y_rad } => {
                2.0 * depth.abs() * (fov_y_rad * 0.5).tan() / self.size.y
            }
            Projection::Orthographic { height } => height / self.size.y,
        }
    }

    /// Millimetres per point of the screen at a point of the world.
    #[must_use]
    pub fn mm_per_point(&self, at: DVec3) -> f64 {
        self.mm_per_point_at_depth(-self.view_from_world(at).z)
    }

    /// The point in view space that is seen at a position, at a depth in front of the eye.
    #[must_use]
    pub fn at_depth(&self, pos: DVec2, depth: f64) -> DVec3 {
        let scale = self.mm_per_point_at_depth(depth);
        DVec3::new((pos.x - self.center.x) * scale, (self.center.y - pos.y) * scale, -depth)
    }

    /// The point of the world that is seen at a position, at the depth of another point.
    #[must_use]
    pub fn at_depth_of(&self, pos: DVec2, point: DVec3) -> DVec3 {
        let depth = -self.view_from_world(point).z;
        self.eye() + self.axes() * self.at_depth(pos, depth)
    }

    /// What is seen at a position, from the eye on. Its direction has one millimetre of depth per unit. In parallel
    /// projection it starts in the plane of the eye; parts may lie behind it.
    #[must_use]
    pub fn ray_in_world(&self, pos: DVec2) -> Ray {
        match self.camera.projection {
            Projection::Perspective { .. } => {
                Ray { origin: self.eye(), direction: self.axes() * self.at_depth(pos, 1.0) }
            }
            Projection::Orthographic { .. } => Ray {
                origin: self.eye() + self.axes() * self.at_depth(pos, 0.0),
                direction: -self.axes().z_axis,
            },
        }
    }

    /// Where a point of the world appears; `None` behind the eye of a perspective.
    #[must_use]
    pub fn project(&self, point: DVec3) -> Option<Projected> {
        let in_view = self.view_from_world(point);
        let depth = -in_view.z;
        let in_front = depth > 0.0 || self.is_parallel();
        let scale = self.mm_per_point_at_depth(depth);
        let pos = DVec2::new(self.center.x + in_view.x / scale, self.center.y - in_view.y / scale);
        (in_front && pos.is_finite()).then_some(Projected { pos, depth })
    }

    /// Whether the projection is parallel.
    #[must_use]
    pub fn is_parallel(&self) -> bool {
        matches!(self.camera.projection, Projection::Orthographic { .. })
    }

    /// The direction from a point towards the viewer, of length 1.
    #[must_use]
    pub fn toward_eye(&self, from: DVec3) -> DVec3 {
        match self.is_parallel() {
            true => self.axes().z_axis,
            false => (self.eye() - from).try_normalize().unwrap_or(self.axes().z_axis),
        }
    }
}
