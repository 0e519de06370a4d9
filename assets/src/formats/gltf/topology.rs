//! The triangles, segments and points that a primitive's mode makes of a sequence of vertices.

/// What a primitive draws, by the codes of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Points,
    Lines,
    LineLoop,
    LineStrip,
    Triangles,
    TriangleStrip,
    TriangleFan,
}

impl Mode {
    /// The mode of a code.
    pub(super) fn from_code(code: u64) -> Option<Self> {
        Some(match code {
            0 => Self::Points,
            1 => Self::Lines,
            2 => Self::LineLoop,
            3 => Self::LineStrip,
            4 => Self::Triangles,
            5 => Self::TriangleStrip,
            6 => Self::TriangleFan,
            _ => return None,
        })
    }

    /// Whether it makes triangles.
    pub(super) fn is_surface(self) -> bool {
        matches!(self, Self::Triangles | Self::TriangleStrip | Self::TriangleFan)
    }

    /// How many points, segments or triangles a sequence of so many vertices makes, and how many vertices are left over.
    pub(super) fn num_elements(self, num_vertices: usize) -> (usize, usize) {
        let at_least = |needed: usize, count: usize| {
            if num_vertices >= needed { (count, 0) } else { (0, num_vertices) }
        };
        match self {
            Self::Points => (num_vertices, 0),
            Self::Lines => (num_vertices / 2, num_vertices % 2),
            Self::LineLoop => at_least(2, num_vertices),
            Self::LineStrip => at_least(2, num_vertices.saturating_sub(1)),
            Self::Triangles => (num_vertices / 3, num_vertices % 3),
            Self::TriangleStrip | Self::TriangleFan => at_least(3, num_vertices.saturating_sub(2)),
        }
    }

    /// The places in the sequence of the two ends of a segment.
    pub(super) fn segment(self, index: usize, num_vertices: usize) -> [usize; 2] {
        match self {
            Self::Lines => [2 * index, 2 * index + 1],
            _ => [index, if index + 1 == num_vertices { 0 } else { index + 1 }],
        }
    }

    /// The places in the sequence of the corners of a triangle, counter-clockwise.
    pub(super) fn triangle(self, index: usize) -> [usize; 3] {
        match self {
            Self::TriangleStrip => [index, index + 1 + index % 2, index + 2 - index % 2],
            Self::TriangleFan => [index + 1, index + 2, 0],
            _ => [3 * index, 3 * index + 1, 3 * index + 2],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triangles(mode: Mode, num_vertices: usize) -> (Vec<[usize; 3]>, usize) {
        let (count, rest) = mode.num_elements(num_vertices);
        ((0..count).map(|index| mode.triangle(index)).collect(), rest)
    }

    fn segments(mode: Mode, num_vertices: usize) -> (Vec<[usize; 2]>, usize) {
        let (count, rest) = mode.num_elements(num_vertices);
        ((0..count).map(|index| mode.segment(index, num_vertices)).collect(), rest)
    }

    #[test]
    fn triangles_of_each_mode() {
        assert_eq!(triangles(Mode::Triangles, 7), (vec![[0, 1, 2], [3, 4, 5]], 1));
        assert_eq!(triangles(Mode::TriangleStrip, 5), (vec![[0, 1, 2], [1, 3, 2], [2, 3, 4]], 0));
        assert_eq!(triangles(Mode::TriangleFan, 5), (vec![[1, 2, 0], [2, 3, 0], [3, 4, 0]], 0));
        assert_eq!(triangles(Mode::TriangleStrip, 2), (vec![], 2));
    }

    #[test]
    fn segments_of_each_mode() {
        assert_eq!(segments(Mode::Lines, 5), (vec![[0, 1], [2, 3]], 1));
        assert_eq!(segments(Mode::LineStrip, 3), (vec![[0, 1], [1, 2]], 0));
        assert_eq!(segments(Mode::LineLoop, 3), (vec![[0, 1], [1, 2], [2, 0]], 0));
        assert_eq!(segments(Mode::LineLoop, 1), (vec![], 1));
    }
}
