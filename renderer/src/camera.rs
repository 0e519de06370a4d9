//! Where things land on the screen: matrices from `f64` cameras, depth ranges that fit the scene, and what is outside.

use glam::{DAffine3, DMat3, DVec3, Mat4, Vec3, Vec4};

use crate::{Camera, Projection};

/// A box with the world's axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) center: DVec3,
    /// Half of the size along each axis.
    pub(crate) half: DVec3,
}

impl Bounds {
    /// Whether a point is in the box.
    pub(crate) fn contains(&self, point: DVec3) -> bool {
        (point - self.center).abs().cmple(self.half).all()
    }

    /// The box around a box given by its corners relative to `origin` in mesh space; `None` when it has no extent that
    /// numbers can tell.
    pub(crate) fn of_instance(
        world_from_mesh: &DAffine3,
        origin: DVec3,
        corners: [[f32; 3]; 2],
    ) -> Option<Self> {
        let [min, max] = corners.map(|corner| Vec3::from(corner).as_dvec3());
        let center = world_from_mesh.transform_point3(origin + (min + max) * 0.5);
        let half = absolute(&world_from_mesh.matrix3) * ((max - min) * 0.5);
        (center.is_finite() && half.is_finite() && half.cmpge(DVec3::ZERO).all())
            .then_some(Self { center, half })
    }

    pub(crate) fn union(self, other: Self) -> Self {
        let min = (self.center - self.half).min(other.center - other.half);
        let max = (self.center + self.half).max(other.center + other.half);
        Self { center: (min + max) * 0.5, half: (max - min) * 0.5 }
    }

    pub(crate) fn min(&self) -> DVec3 {
        self.center - self.half
    }

    /// Radius of the sphere around the box.
    pub(crate) fn radius(&self) -> f64 {
        self.half.length()
    }
}

fn absolute(matrix: &DMat3) -> DMat3 {
    DMat3::from_cols(matrix.x_axis.abs(), matrix.y_axis.abs(), matrix.z_axis.abs())
}

/// A camera made ready for one frame.
#[derive(Clone, Debug)]
pub(crate) struct Eye {
    /// The origin of eye space in the world.
    pub(crate) pos_in_world: DVec3,
    pub(crate) clip_from_eye: Mat4,
    /// Unit vector of sight.
    pub(crate) direction: Vec3,
    pub(crate) is_orthographic: bool,
    /// Smallest and largest distance of the scene along the line of sight.
    pub(crate) depth_range: [f64; 2],
    /// Distance from the eye to the camera's target, or what plays its part for an orthographic camera: the height.
    pub(crate) reach: f64,
    /// The four side planes of what is seen, pointing inwards, in eye space.
    planes: [Vec4; 4],
}

impl Eye {
    /// `scene` is the box around everything that is drawn.
    pub(crate) fn new(camera: &Camera, aspect: f64, scene: Option<Bounds>) -> Self {
        let rotation = camera.world_from_view.matrix3;
        let axis = |axis: DVec3, fallback: DVec3| axis.try_normalize().unwrap_or(fallback);
        let right = axis(rotation.x_axis, DVec3::X);
        let up = axis(rotation.y_axis, DVec3::Z);
        let back = axis(rotation.z_axis, DVec3::NEG_Y);
        let pos_in_world = camera.world_from_view.translation;

        let scene = scene.unwrap_or(Bounds { center: camera.target_in_world, half: DVec3::ONE });
        let middle = (scene.center - pos_in_world).dot(-back);
        let extent = back.abs().dot(scene.half).max(1e-9 * middle.abs()).max(1e-12);
        let depth_range = [middle - extent, middle + extent];
        let distance = (camera.target_in_world - pos_in_world).length();

        let view = glam::DMat4::from_mat3(DMat3::from_cols(right, up, back).transpose());
        let (projection, reach) = match camera.projection {
            Projection::Perspective { fov_y_rad } => {
                (perspective(fov_y_rad, aspect, near_plane(depth_range, distance)), distance)
            }
            Projection::Orthographic { height } => {
                let height = if height.is_finite() && height > 0.0 { height } else { 1.0 };
                let target = (camera.target_in_world - pos_in_world).dot(-back);
                // The grid reaches further than the scene and may also lie behind the eye.
                let near = depth_range[0].min(target - 40.0 * height);
                let far = depth_range[1].max(target + 40.0 * height);
                (orthographic(height, aspect, near, far), height)
            }
        };
        let clip_from_eye = (projection * view).as_mat4();
        let row = |idx| clip_from_eye.row(idx);
        let planes = [row(3) + row(0), row(3) - row(0), row(3) + row(1), row(3) - row(1)];
        Self {
            pos_in_world,
            clip_from_eye,
            direction: (-back).as_vec3(),
            is_orthographic: matches!(camera.projection, Projection::Orthographic { .. }),
            depth_range,
            reach: reach.max(1e-9),
            planes,
        }
    }

    /// Whether nothing of a box is seen.
    pub(crate) fn is_outside(&self, bounds: &Bounds) -> bool {
        let center = (bounds.center - self.pos_in_world).as_vec3();
        let half = bounds.half.as_vec3();
        self.planes.iter().any(|plane| {
            let normal = plane.truncate();
            normal.dot(center) + plane.w + normal.abs().dot(half) < 0.0
        })
    }
}

/// Half-way to the scene, so that near things that move in between frames are not cut; never so near that depth runs out
/// of digits on devices without reversed depth.
fn near_plane(depth_range: [f64; 2], distance: f64) -> f64 {
    let least = 1e-5 * depth_range[1].abs().max(distance).max(1e-9);
    (0.5 * depth_range[0]).min(0.05 * distance).max(least)
}

/// Infinitely far, depth 1 at the near plane and 0 at infinity: floats are dense where the depth is thin.
fn perspective(fov_y_rad: f64, aspect: f64, near: f64) -> glam::DMat4 {
    let fov = if fov_y_rad.is_finite() { fov_y_rad.clamp(1e-4, 3.1) } else { 0.8 };
    let scale = 1.0 / (0.5 * fov).tan();
    glam::DMat4::from_cols_array_2d(&[
        [scale / aspect, 0.0, 0.0, 0.0],
        [0.0, scale, 0.0, 0.0],
        [0.0, 0.0, 0.0, -1.0],
        [0.0, 0.0, near, 0.0],
    ])
}

/// Depth 1 at `near`, 0 at `far`; both are distances along the line of sight and may be negative.
fn orthographic(height: f64, aspect: f64, near: f64, far: f64) -> glam::DMat4 {
    let depth = (far - near).max(1e-12);
    glam::DMat4::from_cols_array_2d(&[
        [2.0 / (height * aspect), 0.0, 0.0, 0.0],
        [0.0, 2.0 / height, 0.0, 0.0],
        [0.0, 0.0, 1.0 / depth, 0.0],
        [0.0, 0.0, far / depth, 1.0],
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eye(projection: Projection) -> Eye {
        let camera = Camera::look_at(DVec3::new(0.0, -10.0, 0.0), DVec3::ZERO, DVec3::Z, projection);
        Eye::new(&camera, 2.0, Some(Bounds { center: DVec3::ZERO, half: DVec3::ONE }))
    }

    fn on_screen(eye: &Eye, point: DVec3) -> Vec3 {
        let clip = eye.clip_from_eye * (point - eye.pos_in_world).as_vec3().extend(1.0);
        clip.truncate() / clip.w
    }

    #[test]
    fn both_projections_agree_in_the_target_plane_and_reverse_depth() {
        let fov_y_rad = 2.0 * (0.1_f64).atan();
        for projection in [Projection::Perspective { fov_y_rad }, Projection::Orthographic { height: 2.0 }] {
            let eye = eye(projection);
            let corner = on_screen(&eye, DVec3::new(2.0, 0.0, 1.0));
            assert!((corner.x - 1.0).abs() < 1e-5 && (corner.y - 1.0).abs() < 1e-5, "{corner}");
            let near = on_screen(&eye, DVec3::new(0.0, -1.0, 0.0)).z;
            let far = on_screen(&eye, DVec3::new(0.0, 1.0, 0.0)).z;
            assert!(1.0 > near && near > far && far > 0.0, "{near} {far}");
        }
    }

    #[test]
    fn a_far_world_gives_the_same_clip_space() {
        let offset = DVec3::new(1e7, -3e7, 2e7);
        let here = Camera::look_at(
            DVec3::new(3.0, -10.0, 4.0),
            DVec3::ZERO,
            DVec3::Z,
            Projection::Perspective { fov_y_rad: 0.7 },
        );
        let mut there = here;
        there.world_from_view.translation += offset;
        there.target_in_world += offset;
        let bounds = Bounds { center: DVec3::ZERO, half: DVec3::ONE };
        let far_bounds = Bounds { center: offset, half: DVec3::ONE };
        let a = Eye::new(&here, 1.5, Some(bounds)).clip_from_eye;
        let b = Eye::new(&there, 1.5, Some(far_bounds)).clip_from_eye;
        assert!(a.abs_diff_eq(b, 1e-6), "{a} {b}");
    }

    #[test]
    fn boxes_outside_of_the_picture_are_left_out() {
        let eye = eye(Projection::Perspective { fov_y_rad: 0.5 });
        let at = |center| Bounds { center, half: DVec3::splat(0.5) };
        assert!(!eye.is_outside(&at(DVec3::ZERO)));
        assert!(eye.is_outside(&at(DVec3::new(30.0, 0.0, 0.0))));
        assert!(eye.is_outside(&at(DVec3::new(0.0, -20.0, 0.0))), "behind the eye");
        // The right edge of the picture is at x = 2 tan(0.25) 10 = 5.1 in the target's plane.
        assert!(!eye.is_outside(&at(DVec3::new(5.3, 0.0, 0.0))));
    }
}
