//! Pictures of a size of one's own, apart from what the window shows: `kerf render`, the page's `screenshot()`, and the
//! pictures that tests keep, all from one description.

use assets::LengthUnit;
use egui::{Rect, pos2, vec2};
use glam::DVec3;
use renderer::{Background, SectionPlane, View};
use serde::Deserialize;
use serde_json::Value;

use crate::render_sync::bounds_of;
use crate::settings::Settings;
use crate::view_state::{Mode, StandardView};
use crate::viewport::{self, Pose, Projector, angles_of};

/// Pixels along a side that are refused, before memory is asked for.
pub const MOST_PIXELS: u32 = 16_384;

/// What differs from what the view shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Pixels across and down; `None` takes the view's.
    pub size_px: Option<[u32; 2]>,
    /// Where to look from; `None` takes the view's camera.
    pub from: Option<From>,
    /// How surfaces are drawn.
    pub mode: Option<Mode>,
    /// What is behind, and with it the theme.
    pub backdrop: Option<Backdrop>,
    /// Parallel instead of perspective projection.
    pub orthographic: Option<bool>,
    /// Whether the grid is drawn.
    pub grid: Option<bool>,
    /// Multiplies the brightness.
    pub exposure: Option<f32>,
    /// What is cut away.
    pub sections: Option<Vec<SectionPlane>>,
}

/// Where to look from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum From {
    /// From a standard direction, with everything in the picture.
    Direction(StandardView),
    /// From a camera as `state()` tells it.
    Camera(Pose),
}

/// What is behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backdrop {
    /// The light theme's.
    Light,
    /// The dark theme's.
    Dark,
    /// Nothing: alpha is 0 where no surface is.
    Transparent,
    /// A colour, as sRGB from 0 to 1.
    Plain([f32; 3]),
}

/// What the view shows now.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Where the camera looks from.
    pub pose: Pose,
    /// The user's choices.
    pub settings: &'a Settings,
    /// The document's unit.
    pub unit: LengthUnit,
    /// Corners of the boxes around all that is drawn.
    pub corners: &'a [DVec3],
    /// What is cut away.
    pub sections: &'a [SectionPlane],
    /// Pixels across and down.
    pub size_px: [u32; 2],
    /// Pixels per point of the screen.
    pub pixels_per_point: f32,
}

impl Snapshot {
    /// The view of the picture. A size of its own has one pixel per point.
    #[must_use]
    pub fn view(&self, shown: &Shown<'_>) -> View {
        let now = shown.settings;
        let settings = Settings {
            dark: match self.backdrop {
                Some(Backdrop::Dark) => true,
                Some(Backdrop::Light) => false,
                _ => now.dark,
            },
            mode: self.mode.unwrap_or(now.mode),
            grid: self.grid.unwrap_or(now.grid),
            exposure: self.exposure.unwrap_or(now.exposure),
            ..now.clone()
        };
        let size_px = self.size_px.unwrap_or(shown.size_px);
        let density = if self.size_px.is_some() { 1.0 } else { shown.pixels_per_point };
        let pose = self.pose(shown, f64::from(size_px[0]) / f64::from(size_px[1]));
        let size_pt = vec2(size_px[0] as f32, size_px[1] as f32) / density;
        let projector = Projector::new(pose.camera(), Rect::from_min_size(pos2(0.0, 0.0), size_pt));
        let mut view = viewport::view(&projector, &settings, shown.unit, size_px, density);
        view.sections = self.sections.clone().unwrap_or_else(|| shown.sections.to_vec());
        match self.backdrop {
            Some(Backdrop::Transparent) => view.background = Background::Transparent,
            Some(Backdrop::Plain(color)) => view.background = Background::Gradient([color; 2]),
            Some(Backdrop::Light | Backdrop::Dark) | None => {}
        }
        view
    }

    fn pose(&self, shown: &Shown<'_>, aspect: f64) -> Pose {
        let orthographic = self.orthographic.unwrap_or(shown.pose.orthographic);
        match self.from {
            None => Pose { orthographic, ..shown.pose },
            Some(From::Camera(pose)) => {
                Pose { orthographic: self.orthographic.unwrap_or(pose.orthographic), ..pose }
            }
            Some(From::Direction(view)) => {
                let [yaw_rad, pitch_rad] = angles_of(view);
                let pose = Pose { yaw_rad, pitch_rad, orthographic, ..Pose::default() };
                let middle = bounds_of(shown.corners.iter().copied()).map(|[low, high]| (low + high) * 0.5);
                middle.and_then(|middle| pose.fitted(shown.corners, middle, aspect)).unwrap_or(pose)
            }
        }
    }

    /// Reads what a script asks for; `null` is the view as it is.
    ///
    /// # Errors
    /// What is wrong with it, in words for people.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        if value.is_null() {
            return Ok(Self::default());
        }
        let asked = Asked::deserialize(value).map_err(|error| format!("screenshot: {error}"))?;
        let size_px = match (asked.width, asked.height) {
            (None, None) => None,
            (Some(width), Some(height)) if is_side(width) && is_side(height) => Some([width, height]),
            _ => return Err(format!("screenshot: width and height go together, from 1 to {MOST_PIXELS}")),
        };
        let from = match (asked.view, asked.camera) {
            (Some(_), Some(_)) => return Err("screenshot: give a view or a camera, not both".to_owned()),
            (Some(name), None) => Some(From::Direction(named(&StandardView::NAMES, &name)?)),
            (None, camera) => camera.map(|camera| From::Camera(camera.pose())),
        };
        Ok(Self {
            size_px,
            from,
            mode: asked.mode.map(|name| named(&Mode::NAMES, &name)).transpose()?,
            backdrop: asked.background.map(|text| Backdrop::parse(&text)).transpose()?,
            orthographic: asked.orthographic,
            grid: asked.grid,
            exposure: asked.exposure,
            sections: asked.sections.map(|planes| planes.into_iter().map(AskedSection::plane).collect()),
        })
    }
}

/// What a script asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    width: Option<u32>,
    height: Option<u32>,
    view: Option<String>,
    camera: Option<AskedCamera>,
    mode: Option<String>,
    background: Option<String>,
    orthographic: Option<bool>,
    grid: Option<bool>,
    exposure: Option<f32>,
    sections: Option<Vec<AskedSection>>,
}

/// A plane as `state()` tells it.
#[derive(Debug, Deserialize)]
struct AskedSection {
    normal: [f64; 3],
    offset: f64,
}

impl AskedSection {
    fn plane(self) -> SectionPlane {
        SectionPlane { normal: self.normal.into(), offset: self.offset }
    }
}

/// A camera as `state()` tells it; where its eye is follows from the rest.
#[derive(Debug, Deserialize)]
struct AskedCamera {
    target: [f64; 3],
    yaw: f64,
    pitch: f64,
    distance: f64,
    #[serde(default)]
    orthographic: bool,
}

impl AskedCamera {
    fn pose(&self) -> Pose {
        Pose {
            target: self.target.into(),
            yaw_rad: self.yaw.to_radians(),
            pitch_rad: self.pitch.to_radians(),
            distance: self.distance,
            orthographic: self.orthographic,
        }
    }
}

fn is_side(pixels: u32) -> bool {
    (1..=MOST_PIXELS).contains(&pixels)
}

fn named<T: Copy>(names: &[(&str, T)], name: &str) -> Result<T, String> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = names.iter().map(|(known, _)| *known).collect();
        format!("“{name}” is none of {}", known.join(", "))
    })
}

/// Reads a size like `1280x960`.
///
/// # Errors
/// When it is none, or too large.
pub fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let wrong = || format!("“{text}” is not a size like 1280x960, at most {MOST_PIXELS} each");
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
    let side = |text: &str| text.parse().ok().filter(|side| is_side(*side)).ok_or_else(wrong);
    Ok([side(width)?, side(height)?])
}

impl Backdrop {
    /// Reads `light`, `dark`, `transparent`, or a colour like `#20242a`.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            "transparent" => Ok(Self::Transparent),
            color => {
                let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
                let channel = |at: usize| u8::from_str_radix(digits?.get(at..at + 2)?, 16).ok();
                match (channel(0), channel(2), channel(4)) {
                    (Some(red), Some(green), Some(blue)) => {
                        Ok(Self::Plain([red, green, blue].map(|byte| f32::from(byte) / 255.0)))
                    }
                    _ => Err(format!("“{text}” is none of light, dark, transparent, #rrggbb")),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(settings: &Settings) -> Shown<'_> {
        const CORNERS: [DVec3; 2] = [DVec3::ZERO, DVec3::splat(10.0)];
        Shown {
            pose: Pose::default(),
            settings,
            unit: LengthUnit::Millimetre,
            corners: &CORNERS,
            sections: &[],
            size_px: [800, 600],
            pixels_per_point: 2.0,
        }
    }

    #[test]
    fn sizes_and_colours_are_read() {
        assert_eq!(parse_size("640x480"), Ok([640, 480]));
        assert!(parse_size("640").is_err() && parse_size("0x5").is_err() && parse_size("99999x5").is_err());
        assert_eq!(Backdrop::parse("#ff0080"), Ok(Backdrop::Plain([1.0, 0.0, 128.0 / 255.0])));
        assert!(Backdrop::parse("#ff").is_err() && Backdrop::parse("#äöü").is_err());
    }

    #[test]
    fn what_is_not_asked_for_is_as_in_the_view() {
        let settings = Settings { grid: false, ..Settings::default() };
        let view = Snapshot::from_json(&Value::Null).unwrap().view(&shown(&settings));
        assert_eq!((view.size_px, view.pixels_per_point), ([800, 600], 2.0));
        assert_eq!(view.camera, Pose::default().camera());
        assert_eq!(view.grid, None);
    }

    #[test]
    fn a_script_chooses_size_camera_and_looks() {
        let settings = Settings::default();
        let asked = json!({ "width": 320, "height": 240, "view": "top", "mode": "x-ray",
            "background": "transparent", "orthographic": true, "grid": false, "exposure": 2.0,
            "sections": [{ "normal": [0, 0, 1], "offset": 5 }] });
        let view = Snapshot::from_json(&asked).unwrap().view(&shown(&settings));
        assert_eq!((view.size_px, view.pixels_per_point), ([320, 240], 1.0));
        assert_eq!(view.background, Background::Transparent);
        assert_eq!(view.sections, [SectionPlane { normal: DVec3::Z, offset: 5.0 }]);
        assert_eq!((view.mode, view.lighting.exposure), (renderer::DrawMode::XRay, 2.0));
        assert!(matches!(view.camera.projection, renderer::Projection::Orthographic { .. }));
        assert_eq!(view.camera.target_in_world.truncate(), glam::DVec2::splat(5.0));

        let rig = viewport::CameraRig::default();
        let same = Snapshot::from_json(&json!({ "camera": rig.to_json() })).unwrap().view(&shown(&settings));
        let [a, b] = [same.camera, Pose::default().camera()].map(|camera| camera.world_from_view);
        assert!(a.abs_diff_eq(b, 1e-9), "{a} {b}");
    }

    #[test]
    fn nonsense_is_refused_with_its_name() {
        for (asked, word) in [
            (json!({ "width": 5 }), "height"),
            (json!({ "width": 0, "height": 5 }), "width"),
            (json!({ "wdth": 5 }), "wdth"),
            (json!({ "view": "upside" }), "upside"),
            (json!({ "mode": "pretty" }), "wireframe"),
            (
                json!({ "view": "top", "camera": { "target": [0, 0, 0], "yaw": 0, "pitch": 0, "distance": 1 } }),
                "both",
            ),
        ] {
            let error = Snapshot::from_json(&asked).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
