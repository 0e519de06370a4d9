//! What is remembered from one start to the next.

use assets::{Compression, LengthUnit};
use serde::{Deserialize, Serialize};

use crate::view_state::Mode;

/// The user's choices; on disk natively, in local storage on the web.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Dark instead of light.
    pub dark: bool,
    /// Show the grid.
    pub grid: bool,
    /// How surfaces are drawn.
    pub mode: Mode,
    /// Snap drags to round values.
    pub snap: bool,
    /// Parallel instead of perspective projection.
    pub orthographic: bool,
    /// Show the tree.
    pub tree_open: bool,
    /// Show the properties.
    pub properties_open: bool,
    /// The unit that new documents show lengths in.
    pub unit: LengthUnit,
    /// The unit assumed for files that do not say; `None` takes the format's habit.
    pub assumed_unit: Option<LengthUnit>,
    /// The unit that files without one of their own are written in.
    pub export_unit: LengthUnit,
    /// How exported GLB files are made smaller.
    pub export_compression: Compression,
    /// Scrolling up moves away instead of closer.
    pub invert_zoom: bool,
    /// Multiplies the brightness of the picture.
    pub exposure: f32,
    /// Size of the interface, 1 is the system's.
    pub ui_scale: f32,
    /// Files opened lately, newest first (native: paths; web: URLs).
    pub recent: Vec<String>,
    /// The hints for beginners were seen.
    pub welcomed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dark: true,
            grid: true,
            mode: Mode::default(),
            snap: true,
            orthographic: false,
            tree_open: true,
            properties_open: true,
            unit: LengthUnit::Millimetre,
            assumed_unit: None,
            export_unit: LengthUnit::Millimetre,
            export_compression: Compression::None,
            invert_zoom: false,
            exposure: 1.0,
            ui_scale: 1.0,
            recent: Vec::new(),
            welcomed: false,
        }
    }
}

impl Settings {
    /// Puts a file at the top of the list of recent ones.
    pub fn remember(&mut self, file: &str) {
        self.recent.retain(|known| known != file);
        self.recent.insert(0, file.to_owned());
        self.recent.truncate(12);
    }
}
