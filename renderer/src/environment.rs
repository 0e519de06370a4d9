//! The light that comes from all around.

/// Where the light of the environment comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Environment {
    /// Kerf's own photo studio: soft boxes above and beside, a bright floor; neutral.
    #[default]
    Studio,
    /// An image of all directions, for example from an HDR file.
    Equirect {
        /// Pixels across; the left edge looks along -X, a quarter further along -Y, the middle along +X.
        width: u32,
        /// Pixels down; the top looks along +Z.
        height: u32,
        /// `width * height * 3` linear values, rows from the top.
        rgb: Vec<f32>,
    },
}
