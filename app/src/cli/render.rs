//! `kerf render FILE… -o PNG`: the picture the window would show, without a window.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use egui::{Rect, pos2, vec2};
use renderer::{Background, TextureData, View};
use serde_json::json;

use super::{Answer, Common, Failure, load};
use crate::command::Command;
use crate::job_queue::JobQueue;
use crate::notify::Level;
use crate::render_sync::{RenderSync, bounds_of, mesh_key, texture_key};
use crate::settings::Settings;
use crate::state::State;
use crate::view_state::{Mode, StandardView};
use crate::viewport::{self, CameraRig, Pose};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    Iso,
    Front,
    Back,
    Left,
    Right,
    Top,
    Bottom,
}

impl std::convert::From<From> for StandardView {
    fn from(from: From) -> Self {
        match from {
            From::Iso => Self::Iso,
            From::Front => Self::Front,
            From::Back => Self::Back,
            From::Left => Self::Left,
            From::Right => Self::Right,
            From::Top => Self::Top,
            From::Bottom => Self::Bottom,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DrawMode {
    Shaded,
    Edges,
    Wireframe,
    XRay,
}

#[derive(Args, Debug)]
pub(super) struct RenderArguments {
    /// Models, a project, an environment map.
    #[arg(required_unless_present = "sample")]
    files: Vec<String>,
    /// Draw a built-in sample instead: 0 or 1.
    #[arg(long)]
    sample: Option<usize>,
    /// The picture to write.
    #[arg(short, long)]
    output: String,
    /// Pixels across and down.
    #[arg(long, default_value = "1280x960", value_parser = parse_size)]
    size: [u32; 2],
    /// Where to look from.
    #[arg(long, value_enum, default_value = "iso")]
    view: From,
    /// How surfaces are drawn.
    #[arg(long, value_enum, default_value = "edges")]
    mode: DrawMode,
    /// light, dark, transparent, or a colour like #20242a.
    #[arg(long, default_value = "light", value_parser = parse_backdrop)]
    background: Backdrop,
    /// Parallel instead of perspective projection.
    #[arg(long)]
    orthographic: bool,
    /// Draw the grid.
    #[arg(long)]
    grid: bool,
    /// Multiplies the brightness.
    #[arg(long, default_value_t = 1.0)]
    exposure: f32,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Backdrop {
    Light,
    Dark,
    Transparent,
    Plain([f32; 3]),
}

/// Pixels along a side that are refused, before memory is asked for.
const MOST_PIXELS: u32 = 16_384;

fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let wrong = || format!("“{text}” is not a size like 1280x960, at most {MOST_PIXELS} each");
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
    let side =
        |text: &str| text.parse().ok().filter(|side| (1..=MOST_PIXELS).contains(side)).ok_or_else(wrong);
    Ok([side(width)?, side(height)?])
}

fn parse_backdrop(text: &str) -> Result<Backdrop, String> {
    match text {
        "light" => Ok(Backdrop::Light),
        "dark" => Ok(Backdrop::Dark),
        "transparent" => Ok(Backdrop::Transparent),
        color => {
            let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
            let channel = |at: usize| u8::from_str_radix(digits?.get(at..at + 2)?, 16).ok();
            match (channel(0), channel(2), channel(4)) {
                (Some(red), Some(green), Some(blue)) => {
                    Ok(Backdrop::Plain([red, green, blue].map(|byte| f32::from(byte) / 255.0)))
                }
                _ => Err(format!("“{text}” is none of light, dark, transparent, #rrggbb")),
            }
        }
    }
}

pub(super) fn run(arguments: &RenderArguments) -> Result<Answer, Failure> {
    let state = loaded(arguments)?;
    let mut sync = RenderSync::default();
    sync.sync(&state);
    let view = view(arguments, &state, &sync)?;
    let meshes: BTreeMap<_, _> = sync
        .placed
        .iter()
        .map(|placed| (mesh_key(placed.part.hash), Arc::clone(&placed.part.display)))
        .collect();
    let textures: BTreeMap<_, _> = state
        .document()
        .images()
        .iter()
        .map(|(hash, image)| {
            let data = TextureData { width: image.width, height: image.height, rgba: image.rgba.clone() };
            (texture_key(*hash), Arc::new(data))
        })
        .collect();
    let picture = renderer::headless::render_to_rgba(&sync.scene, &meshes, &textures, &view)
        .map_err(|error| Failure::new("not-drawn", error.to_string()))?;
    let png = viewport::encode_png(picture.width, picture.height, &picture.rgba)
        .ok_or_else(|| Failure::new("not-drawn", "the picture is empty"))?;
    std::fs::write(&arguments.output, &png).map_err(|error| {
        Failure::new("not-written", format!("cannot write {}: {error}", arguments.output))
    })?;
    let [width, height] = arguments.size;
    Ok(Answer {
        json: json!({ "file": arguments.output, "width": width, "height": height, "instances": sync.scene.instances.len() }),
        text: format!("wrote {}: {width}x{height}", arguments.output),
    })
}

/// The state of a window that opened the files and finished all work.
fn loaded(arguments: &RenderArguments) -> Result<State, Failure> {
    let settings = Settings {
        dark: arguments.background == Backdrop::Dark,
        grid: arguments.grid,
        mode: match arguments.mode {
            DrawMode::Shaded => Mode::Shaded,
            DrawMode::Edges => Mode::ShadedWithEdges,
            DrawMode::Wireframe => Mode::Wireframe,
            DrawMode::XRay => Mode::XRay,
        },
        exposure: arguments.exposure,
        assumed_unit: arguments.common.unit,
        ..Settings::default()
    };
    let mut state = State::new(settings, JobQueue::unwatched());
    match arguments.sample {
        Some(number) => state.apply(Command::OpenSample(number)),
        None => {
            state.apply(Command::OpenFiles(arguments.files.iter().map(|path| load::file(path)).collect()));
        }
    }
    while state.update_and_wait() {
        std::thread::sleep(Duration::from_millis(2));
    }
    for notification in &state.notifications.all {
        let text = format!("{} {}", notification.title, notification.details.join("; "));
        match notification.level {
            Level::Error => return Err(Failure::new("failed", text)),
            Level::Warning => super::complain(&format!("kerf: {text}")),
            Level::Info => {}
        }
    }
    state.view.selection.clear();
    Ok(state)
}

fn view(arguments: &RenderArguments, state: &State, sync: &RenderSync) -> Result<View, Failure> {
    let [width, height] = arguments.size;
    let size = vec2(width as f32, height as f32);
    let [yaw_rad, pitch_rad] = viewport::angles_of(arguments.view.into());
    let pose = Pose { yaw_rad, pitch_rad, orthographic: arguments.orthographic, ..Pose::default() };
    let corners = sync.corners();
    let [low, high] = bounds_of(corners.iter().copied())
        .ok_or_else(|| Failure::new("empty", "there is nothing to show"))?;
    let aspect = f64::from(width) / f64::from(height);
    let pose = pose.fitted(&corners, (low + high) * 0.5, aspect).unwrap_or(pose);
    let mut rig = CameraRig::default();
    rig.set_pose(pose);
    let projector = rig.projector(Rect::from_min_size(pos2(0.0, 0.0), size));
    let mut view = viewport::view(&projector, &state.settings, state.document().unit(), arguments.size, 1.0);
    match arguments.background {
        Backdrop::Light | Backdrop::Dark => {}
        Backdrop::Transparent => view.background = Background::Transparent,
        Backdrop::Plain(color) => view.background = Background::Gradient([color; 2]),
    }
    Ok(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_colours_are_read() {
        assert_eq!(parse_size("640x480"), Ok([640, 480]));
        assert!(parse_size("640").is_err() && parse_size("0x5").is_err() && parse_size("99999x5").is_err());
        assert_eq!(parse_backdrop("#ff0080"), Ok(Backdrop::Plain([1.0, 0.0, 128.0 / 255.0])));
        assert!(parse_backdrop("#ff").is_err() && parse_backdrop("#äöü").is_err());
    }
}
