//! Axes and units of formats that do not fix them.

use glam::{DMat3, DVec3};

use super::{ExportOptions, ImportOptions};
use crate::{LengthUnit, SourceInfo, UpAxis};

/// The up axis and unit of the numbers in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Convention {
    pub(crate) up_axis: UpAxis,
    pub(crate) unit: LengthUnit,
    /// Whether the file says so itself.
    pub(crate) stated: bool,
}

impl Convention {
    /// What the options say, or else the format's habit, in millimetres.
    pub(crate) fn assumed(options: &ImportOptions, habit: UpAxis) -> Self {
        Self {
            up_axis: options.up_axis.unwrap_or(habit),
            unit: options.unit.unwrap_or_default(),
            stated: false,
        }
    }

    /// What our own exporters wrote into a comment, see [`Convention::comment`].
    pub(crate) fn from_comment(comment: &str) -> Option<Self> {
        let mut parts = comment.split_once("Kerf: ")?.1.split(", ");
        let up_axis = match parts.next()?.trim() {
            "Y up" => UpAxis::Y,
            "Z up" => UpAxis::Z,
            _ => return None,
        };
        let symbol = parts.next()?.split_whitespace().next()?;
        let unit = LengthUnit::ALL.into_iter().find(|&unit| symbol_in_ascii(unit) == symbol)?;
        Some(Self { up_axis, unit, stated: true })
    }

    /// What goes into the comment of a file that we write: [`Convention::from_comment`] understands it.
    pub(crate) fn comment(options: &ExportOptions) -> String {
        let up = match options.up_axis {
            UpAxis::Y => "Y up",
            UpAxis::Z => "Z up",
        };
        format!("Kerf: {up}, {}", symbol_in_ascii(options.unit))
    }

    /// Tells the scene's source about it.
    pub(crate) fn source(self, format: &str) -> SourceInfo {
        SourceInfo {
            format: format.to_owned(),
            up_axis: self.up_axis,
            unit: self.unit,
            unit_assumed: !self.stated,
            ..SourceInfo::default()
        }
    }

    /// A point of the file in millimetres, Z up.
    pub(crate) fn point(self, point: DVec3) -> DVec3 {
        self.direction(point) * self.unit.millimetres()
    }

    /// A direction of the file, Z up.
    pub(crate) fn direction(self, direction: DVec3) -> DVec3 {
        match self.up_axis {
            UpAxis::Z => direction,
            UpAxis::Y => DVec3::new(direction.x, -direction.z, direction.y),
        }
    }
}

/// The file's axes and unit from ours; the inverse of what [`Convention::point`] does.
pub(crate) fn file_from_scene(options: &ExportOptions) -> DMat3 {
    let axes = match options.up_axis {
        UpAxis::Z => DMat3::IDENTITY,
        UpAxis::Y => DMat3::from_cols(DVec3::X, -DVec3::Z, DVec3::Y),
    };
    axes * options.unit.millimetres().recip()
}

fn symbol_in_ascii(unit: LengthUnit) -> &'static str {
    match unit {
        LengthUnit::Micrometre => "um",
        other => other.symbol(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_comment_is_understood() {
        for unit in LengthUnit::ALL {
            for up_axis in [UpAxis::Y, UpAxis::Z] {
                let options = ExportOptions { unit, up_axis, ..ExportOptions::default() };
                let read = Convention::from_comment(&format!("# {} ", Convention::comment(&options)));
                assert_eq!(read, Some(Convention { up_axis, unit, stated: true }));
            }
        }
        assert_eq!(Convention::from_comment("Kerf: X up, mm"), None);
    }

    #[test]
    fn writing_undoes_reading() {
        let options =
            ExportOptions { unit: LengthUnit::Metre, up_axis: UpAxis::Y, ..ExportOptions::default() };
        let convention = Convention { unit: LengthUnit::Metre, up_axis: UpAxis::Y, stated: true };
        let point = DVec3::new(1.0, 2.0, 3.0);
        assert_eq!(convention.point(point), DVec3::new(1000.0, -3000.0, 2000.0));
        assert_eq!(file_from_scene(&options) * convention.point(point), point);
    }
}
