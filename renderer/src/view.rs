//! From where and how the scene is drawn, as plain data.

use glam::{DAffine3, DVec3};

/// What the device can do. Never ask for the platform instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// WebGL 2: no storage buffers, no compute, 16 KiB of uniforms.
    WebGl2,
    /// WebGPU and everything native.
    WebGpu,
}

/// How points get from view space to the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Projection {
    /// Things far away look smaller.
    Perspective {
        /// Full vertical opening angle.
        fov_y_rad: f64,
    },
    /// Parallel lines stay parallel.
    Orthographic {
        /// Millimetres from the bottom to the top of the picture.
        height: f64,
    },
}

/// The eye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Where the eye stands and how it is turned: it looks along its -Z, its Y is up in the picture.
    pub world_from_view: DAffine3,
    /// How it projects. Near and far planes are the renderer's business.
    pub projection: Projection,
    /// The point it turns around; the distance to it also decides the grid's spacing.
    pub target_in_world: DVec3,
}

/// How surfaces are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DrawMode {
    /// With their materials.
    Shaded,
    /// With their materials and feature edges.
    #[default]
    ShadedWithEdges,
    /// With their materials and every triangle edge.
    Wireframe,
    /// Everything see-through, with feature edges.
    XRay,
}

/// What is behind the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Background {
    /// From the top to the bottom of the picture, as sRGB bytes are meant (display-referred, not tone mapped).
    Gradient([[f32; 3]; 2]),
    /// Nothing: alpha is 0 where no surface is.
    Transparent,
}

/// The grid on the plane Z = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Millimetres between the fine lines; every tenth is stronger.
    pub spacing: f64,
    /// Display-referred RGBA of the fine lines; the strong ones are twice as opaque.
    pub color: [f32; 4],
}

/// The light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lighting {
    /// Multiplies the environment.
    pub environment_intensity: f32,
    /// Turns the environment around Z.
    pub environment_rotation_rad: f32,
    /// Strength of the key light; 0 turns it and its shadow off.
    pub key_intensity: f32,
    /// Whether the light stays with the camera instead of with the world.
    pub follows_camera: bool,
    /// Multiplies the picture before tone mapping.
    pub exposure: f32,
    /// How bright light is brought into what a screen can show.
    pub tone_mapping: ToneMapping,
}

/// Tone mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToneMapping {
    /// Khronos PBR Neutral: base colours stay what they are.
    #[default]
    Neutral,
    /// ACES filmic, fitted curve.
    Aces,
    /// Clips.
    None,
}

/// A plane that the scene is cut along: what lies in front of it is gone.
///
/// Surfaces, lines and points are cut, ghosts and shadows too. What lies on the plane is gone.
/// Where the scene tells what is cut ([`Cut`](crate::Cut)), closed parts are filled with a hatched tone of their base colour,
/// and all are outlined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SectionPlane {
    /// Points to what is gone; in world space, of any length but 0.
    pub normal: DVec3,
    /// The plane is where `normal · point` is this, in millimetres times the normal's length.
    pub offset: f64,
}

impl SectionPlane {
    /// More planes than these are not looked at. WGSL twin: `Frame::sections`.
    pub const MAX: usize = 6;

    /// Unit normal and offset; `None` when there is no such plane.
    pub(crate) fn normalized(&self) -> Option<(DVec3, f64)> {
        let length = self.normal.length();
        let (normal, offset) = (self.normal / length, self.offset / length);
        (normal.is_finite() && offset.is_finite()).then_some((normal, offset))
    }
}

/// One picture of a scene.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The eye.
    pub camera: Camera,
    /// Pixels across and down, both at least 1.
    pub size_px: [u32; 2],
    /// Pixels per point of the screen: scales line widths.
    pub pixels_per_point: f32,
    /// How surfaces are drawn.
    pub mode: DrawMode,
    /// What is behind.
    pub background: Background,
    /// The grid, if any.
    pub grid: Option<Grid>,
    /// The light.
    pub lighting: Lighting,
    /// Display-referred colour of feature edges, RGBA.
    pub edge_color: [f32; 4],
    /// Display-referred colour of outlines: hovered, selected.
    pub outline_colors: [[f32; 4]; 2],
    /// Width of feature edges and of lines, in points of the screen.
    pub edge_width_pt: f32,
    /// Diameter of points, in points of the screen.
    pub point_size_pt: f32,
    /// How dark the shadow on the ground is, 0 (none) to 1. The ground lies at Z = 0, or at the bottom of a scene that
    /// reaches lower; it is not seen from below.
    pub ground_shadow: f32,
    /// What is cut away, at most [`SectionPlane::MAX`] planes.
    pub sections: Vec<SectionPlane>,
    /// What the picture may cost.
    pub quality: Quality,
}

/// What a picture may cost; lower it while the camera moves on a slow device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Samples per pixel against jagged edges: 1 or 4.
    pub samples: u32,
    /// Whether shadows are drawn; without it there are none but those that an earlier picture of the same parts has left.
    pub shadows: bool,
    /// Pixels computed per pixel shown, along each side: 0.25 to 1.
    pub render_scale: f32,
    /// Whether instances are drawn by their stand-ins ([`Instance::coarse`](crate::Instance::coarse)), where they have
    /// one.
    pub stand_ins: bool,
    /// Whether surfaces mirror the environment; without it they only have its colours in their gloss. Half of what a lit
    /// pixel costs a software rasterizer, and most of its time to compile the shader.
    pub reflections: bool,
}

impl Default for Quality {
    fn default() -> Self {
        Self { samples: 4, shadows: true, render_scale: 1.0, stand_ins: false, reflections: true }
    }
}

impl View {
    /// A view with Kerf's default light and colours, no grid, 1 pixel per point.
    pub fn new(camera: Camera, size_px: [u32; 2]) -> Self {
        Self {
            camera,
            size_px,
            pixels_per_point: 1.0,
            mode: DrawMode::default(),
            background: Background::Gradient([[0.93, 0.94, 0.955], [0.76, 0.78, 0.805]]),
            grid: None,
            lighting: Lighting::default(),
            edge_color: [0.07, 0.08, 0.10, 0.85],
            outline_colors: [[0.36, 0.66, 1.0, 0.9], [1.0, 0.56, 0.10, 1.0]],
            edge_width_pt: 1.1,
            point_size_pt: 4.0,
            ground_shadow: 0.7,
            sections: Vec::new(),
            quality: Quality::default(),
        }
    }
}

impl Default for Lighting {
    fn default() -> Self {
        Self {
            environment_intensity: 1.0,
            environment_rotation_rad: 0.0,
            key_intensity: 1.0,
            follows_camera: false,
            exposure: 1.0,
            tone_mapping: ToneMapping::default(),
        }
    }
}

impl Camera {
    /// Looks from `eye` at `target`, with `up` as near to the top of the picture as can be. All in world space.
    ///
    /// When `up` is parallel to the line of sight another up is chosen; when `eye` is `target`, it looks along +Y.
    pub fn look_at(eye: DVec3, target: DVec3, up: DVec3, projection: Projection) -> Self {
        let back = (eye - target).try_normalize().unwrap_or(DVec3::NEG_Y);
        let right = up.cross(back).try_normalize().unwrap_or_else(|| back.any_orthonormal_vector());
        let rotation = glam::DMat3::from_cols(right, back.cross(right), back);
        let world_from_view = DAffine3::from_mat3_translation(rotation, eye);
        Self { world_from_view, projection, target_in_world: target }
    }
}
