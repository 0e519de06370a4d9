//! `kerf render FILE… -o PNG`: the picture the window would show, without a window.

use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use renderer::SectionPlane;
use serde_json::json;

use super::trim::parse_direction;
use super::{Answer, Common, Failure, load};
use crate::command::Command;
use crate::job_queue::JobQueue;
use crate::notify::Level;
use crate::settings::Settings;
use crate::snapshot::{Backdrop, From, Snapshot, parse_size};
use crate::state::State;
use crate::view_state::{Mode, StandardView};
use crate::{headless, viewport};

/// Takes one of some names for what it stands for.
fn one_of<T: Copy + Send + Sync + 'static>(
    names: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names.iter().map(|(name, _)| *name)).map(move |given| {
        let found = names.iter().find(|(name, _)| *name == given);
        found.expect("the parser lets only these names through").1
    })
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
    #[arg(long, value_parser = one_of(&StandardView::NAMES), default_value = "iso")]
    view: StandardView,
    /// How surfaces are drawn.
    #[arg(long, value_parser = one_of(&Mode::NAMES), default_value = "edges")]
    mode: Mode,
    /// light, dark, transparent, or a colour like #20242a.
    #[arg(long, default_value = "light", value_parser = Backdrop::parse)]
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
    /// Cut along a plane: the direction to what is taken away (x, -y, or three numbers) and how far the plane is from the
    /// origin along it, in millimetres. Several times for several planes.
    #[arg(long, value_name = "NX,NY,NZ,D", value_parser = parse_section, allow_hyphen_values = true)]
    section: Vec<SectionPlane>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Reads a plane like `0,0,1,12` or `z,12`.
fn parse_section(text: &str) -> Result<SectionPlane, String> {
    let wrong = || format!("“{text}” is no direction with a distance, such as z,12 or 0,1,1,5");
    let (direction, offset) = text.rsplit_once(',').ok_or_else(wrong)?;
    let normal = parse_direction(direction.trim()).map_err(|_unreadable| wrong())?.normalize_or_zero();
    let offset: f64 = offset.trim().parse().map_err(|_unreadable| wrong())?;
    if offset.is_finite() { Ok(SectionPlane { normal, offset }) } else { Err(wrong()) }
}

pub(super) fn run(arguments: &RenderArguments) -> Result<Answer, Failure> {
    if arguments.section.len() > SectionPlane::MAX {
        let message = format!("--section can be given {} times at most", SectionPlane::MAX);
        return Err(Failure::new(super::USAGE, message));
    }
    let state = loaded(arguments)?;
    let snapshot = Snapshot {
        size_px: Some(arguments.size),
        from: Some(From::Direction(arguments.view)),
        mode: Some(arguments.mode),
        backdrop: Some(arguments.background),
        orthographic: Some(arguments.orthographic),
        grid: Some(arguments.grid),
        exposure: Some(arguments.exposure),
        sections: Some(arguments.section.clone()),
    };
    let picture = headless::draw(&state, &snapshot)
        .map_err(|error| Failure::new("not-drawn", error.to_string()))?
        .ok_or_else(|| Failure::new("empty", "there is nothing to show"))?;
    let png = viewport::encode_png(picture.width, picture.height, &picture.rgba)
        .ok_or_else(|| Failure::new("not-drawn", "the picture is empty"))?;
    std::fs::write(&arguments.output, &png).map_err(|error| {
        Failure::new("not-written", format!("cannot write {}: {error}", arguments.output))
    })?;
    let [width, height] = arguments.size;
    Ok(Answer {
        json: json!({ "file": arguments.output, "width": width, "height": height, "nodes": state.document().num_nodes() }),
        text: format!("wrote {}: {width}x{height}", arguments.output),
    })
}

/// The state of a window that opened the files and finished all work.
fn loaded(arguments: &RenderArguments) -> Result<State, Failure> {
    let settings = Settings {
        dark: arguments.background == Backdrop::Dark,
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
