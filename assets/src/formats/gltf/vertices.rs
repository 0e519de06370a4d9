//! Which vertices a primitive names, and which rows of its mesh they become.

use glam::DVec3;

use super::accessor::Accessor;
use super::convention::point_from_file;
use super::json::{Place, Report};
use super::mesh::MeshBuilder;

/// The vertices that a primitive names, one after another.
pub(super) enum Sequence<'a> {
    /// All of them, in order.
    All(usize),
    /// Those that an index accessor names.
    Indices(&'a Accessor<'a>),
}

impl Sequence<'_> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::All(count) => *count,
            Self::Indices(indices) => indices.count(),
        }
    }

    /// The vertex at a place.
    #[inline]
    pub(super) fn vertex(&self, place: usize) -> u32 {
        match self {
            Self::All(_) => u32::try_from(place).unwrap_or(u32::MAX),
            Self::Indices(indices) => indices.index(place),
        }
    }
}

/// Which row each vertex of the current primitive has; as long as the largest accessor so far, and between primitives
/// [`Scratch::UNSEEN`] throughout, so that a small primitive of a large accessor costs little.
#[derive(Default)]
pub(super) struct Scratch {
    row_of_vertex: Vec<u32>,
    /// The vertices of the rows of this primitive, in order.
    pub(super) vertex_of_row: Vec<u32>,
    /// Vertices that cannot be used.
    bad: Vec<u32>,
}

impl Scratch {
    const UNSEEN: u32 = u32::MAX;
    /// This and everything above it is no row.
    pub(super) const BAD: u32 = u32::MAX - 1;

    /// Forgets the primitive before; the next has so many vertices.
    pub(super) fn begin(&mut self, num_vertices: usize) {
        for vertex in self.vertex_of_row.drain(..).chain(self.bad.drain(..)) {
            self.row_of_vertex[vertex as usize] = Self::UNSEEN;
        }
        if self.row_of_vertex.len() < num_vertices {
            self.row_of_vertex.resize(num_vertices, Self::UNSEEN);
        }
    }
}

impl Scratch {
    /// The row of a vertex in the mesh, made if it has none; [`Scratch::BAD`] or more when it cannot have one.
    #[inline]
    pub(super) fn row(
        &mut self,
        vertex: u32,
        positions: &Accessor<'_>,
        builder: &mut MeshBuilder,
        dropped: &mut Dropped,
    ) -> u32 {
        let known = if (vertex as usize) < positions.count() {
            self.row_of_vertex[vertex as usize]
        } else {
            Self::BAD
        };
        if known != Self::UNSEEN {
            if known == Self::BAD && vertex as usize >= positions.count() {
                dropped.first_out_of_range.get_or_insert(vertex);
            }
            return known;
        }
        let Some(point) = self.finite_point(vertex, positions, dropped) else { return Self::BAD };
        let row = builder.add_row(point).min(Self::BAD);
        self.row_of_vertex[vertex as usize] = row;
        self.vertex_of_row.push(vertex);
        row
    }

    /// A vertex of loose points or segments: its number among those of the primitive, and its point when it is new or
    /// `again` is asked for.
    pub(super) fn loose_point(
        &mut self,
        vertex: u32,
        positions: &Accessor<'_>,
        dropped: &mut Dropped,
        again: bool,
    ) -> Option<(u32, Option<DVec3>)> {
        if vertex as usize >= positions.count() {
            dropped.first_out_of_range.get_or_insert(vertex);
            return None;
        }
        match self.row_of_vertex[vertex as usize] {
            Self::BAD => None,
            row if row != Self::UNSEEN && !again => Some((row, None)),
            _ => {
                let point = self.finite_point(vertex, positions, dropped)?;
                let row = u32::try_from(self.vertex_of_row.len()).unwrap_or(Self::BAD);
                self.row_of_vertex[vertex as usize] = row;
                self.vertex_of_row.push(vertex);
                Some((row, Some(point)))
            }
        }
    }

    #[inline]
    fn finite_point(
        &mut self,
        vertex: u32,
        positions: &Accessor<'_>,
        dropped: &mut Dropped,
    ) -> Option<DVec3> {
        let point = positions.floats::<3>(vertex as usize);
        if point.iter().all(|number| number.is_finite()) {
            return Some(point_from_file(point));
        }
        self.row_of_vertex[vertex as usize] = Self::BAD;
        self.bad.push(vertex);
        dropped.num_not_finite += 1;
        None
    }
}

/// What was left out of a primitive.
#[derive(Default)]
pub(super) struct Dropped {
    pub(super) num_elements: usize,
    first_out_of_range: Option<u32>,
    num_not_finite: usize,
}

impl Dropped {
    /// Warns of what was left out.
    pub(super) fn report(&self, at: &Place<'_>, report: &mut Report) {
        if let Some(index) = self.first_out_of_range {
            let message = format!(
                "{} elements were left out: index {index} and perhaps others name no vertex.",
                self.num_elements
            );
            report.warn("index-out-of-range", &at.key("indices"), message);
        }
        if self.num_not_finite > 0 {
            let message = format!(
                "{} elements were left out: {} positions are infinite or not a number.",
                self.num_elements, self.num_not_finite
            );
            let attributes_at = at.key("attributes");
            report.warn("position-not-finite", &attributes_at.key("POSITION"), message);
        }
    }
}
