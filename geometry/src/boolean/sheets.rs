//! What separates places: facets, and the regions that facets end at.
//!
//! A sheet is a facet or a region. Around the edges of facets it appears as wings, each named by one number, so that
//! millions of them can be sorted without being moved.

use super::arrange::Arrangement;
use super::regions::Regions;
use super::soup::Soup;
use super::winding::Winding;
use super::{NONE, Source};
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::solid::Placed;
use crate::topology::DEGENERATE;

/// All facets and regions.
#[derive(Clone, Copy)]
pub(super) struct Sheets<'a> {
    pub(super) soup: &'a Soup,
    pub(super) arrangement: &'a Arrangement,
    pub(super) regions: &'a Regions,
    borders: &'a [Border],
}

/// A whole triangle of a region beside a touched one.
#[derive(Clone, Copy)]
pub(super) struct Border {
    /// Its local number.
    pub(super) local: u32,
    region: u32,
}

/// Numbers that are only counted up, between two questions whether to go on.
const LARGE_STEP: usize = 1 << 17;

/// A facet or the border of a region at an edge.
#[derive(Clone, Copy)]
pub(super) struct Wing {
    /// Three times the facet, or three times the border after all facets, plus the place of the edge in it.
    pub(super) id: u32,
    /// The ends of the edge, the smaller id first.
    pub(super) edge: [u32; 2],
    /// Whether it runs along the edge from the smaller id to the larger one.
    pub(super) is_up: bool,
    /// Its corner beside the edge.
    pub(super) apex: u32,
    /// The triangle in whose plane it lies.
    pub(super) plane: u32,
}

impl<'a> Sheets<'a> {
    pub(super) fn new(
        soup: &'a Soup,
        arrangement: &'a Arrangement,
        regions: &'a Regions,
        borders: &'a [Border],
    ) -> Self {
        Self { soup, arrangement, regions, borders }
    }

    pub(super) fn num_facets(&self) -> usize {
        self.arrangement.facets.len()
    }

    /// The number of facets and regions.
    pub(super) fn len(&self) -> usize {
        self.num_facets() + self.regions.samples.len()
    }

    /// The edges of facets, and those of regions where touched triangles are across, as wings.
    pub(super) fn wing_ids(
        &self,
        placed: &[Placed<'_>],
        progress: &dyn Progress,
    ) -> Result<Vec<u32>, Cancelled> {
        let num_facets = self.num_facets() as u32;
        let mut ids: Vec<u32> = Vec::with_capacity(num_facets as usize * 3 + self.borders.len() * 2);
        for start in (0..num_facets * 3).step_by(LARGE_STEP) {
            progress.report(0.0)?;
            ids.extend(start..(start + LARGE_STEP as u32).min(num_facets * 3));
        }
        for (index, border) in (num_facets..).zip(self.borders) {
            report_at(progress, (index - num_facets) as usize, self.borders.len())?;
            let source = self.soup.sources[border.local as usize];
            let is_cut = |&i: &u32| {
                let opposite = placed[source.operand as usize].across(source.triangle, i as usize);
                let neighbor = Source { operand: source.operand, triangle: opposite / 3 };
                opposite < DEGENERATE && self.soup.is_touched(neighbor)
            };
            ids.extend((0..3).filter(is_cut).map(|i| index * 3 + i));
        }
        Ok(ids)
    }

    /// The local triangle of a border by its place after the facets.
    pub(super) fn border(&self, wing: u32) -> Option<&Border> {
        (wing as usize / 3).checked_sub(self.num_facets()).map(|border| &self.borders[border])
    }

    fn corners_and_plane(&self, wing: u32) -> ([u32; 3], u32) {
        match self.border(wing) {
            Some(border) => (self.soup.triangles[border.local as usize], border.local),
            None => {
                let facet = &self.arrangement.facets[wing as usize / 3];
                (facet.corners, facet.plane)
            }
        }
    }

    /// The end of a wing's edge that has the smaller id.
    pub(super) fn low_end(&self, wing: u32) -> u32 {
        let (corners, _) = self.corners_and_plane(wing);
        let i = wing as usize % 3;
        corners[i].min(corners[(i + 1) % 3])
    }

    pub(super) fn wing(&self, wing: u32) -> Wing {
        let (corners, plane) = self.corners_and_plane(wing);
        let i = wing as usize % 3;
        let (from, to, apex) = (corners[i], corners[(i + 1) % 3], corners[(i + 2) % 3]);
        Wing { id: wing, edge: [from.min(to), from.max(to)], is_up: from < to, apex, plane }
    }

    /// The sheet that a wing belongs to, and whether it runs along its edge from the smaller id to the larger one.
    pub(super) fn sheet(&self, wing: u32) -> (u32, bool) {
        let (corners, _) = self.corners_and_plane(wing);
        let i = wing as usize % 3;
        let sheet = match self.border(wing) {
            Some(border) => self.num_facets() as u32 + border.region,
            None => wing / 3,
        };
        (sheet, corners[i] < corners[(i + 1) % 3])
    }

    /// Whether two wings are pieces of the same faces, which continue each other across the edge.
    pub(super) fn are_of_one_face(&self, one: u32, other: u32) -> bool {
        let facets = &self.arrangement.facets;
        match (facets.get(one as usize / 3), facets.get(other as usize / 3)) {
            (Some(one), Some(other)) => one.cover == other.cover,
            _ => false,
        }
    }

    /// Adds what is added to the winding numbers by stepping through a sheet from the front to the back, `sign` times.
    pub(super) fn step(&self, winding: &mut Winding, sheet: u32, sign: i32) {
        match self.arrangement.facets.get(sheet as usize) {
            Some(facet) => {
                for cover in self.arrangement.covers_of(facet) {
                    let operand = self.soup.sources[cover.triangle as usize].operand;
                    winding.add(operand, if cover.is_along { sign } else { -sign });
                }
            }
            None => {
                let region = sheet as usize - self.num_facets();
                winding.add(self.regions.samples[region].operand, sign);
            }
        }
    }
}

/// The whole triangles beside touched ones.
pub(super) fn borders(
    placed: &[Placed<'_>],
    soup: &Soup,
    regions: &Regions,
    progress: &dyn Progress,
) -> Result<Vec<Border>, Cancelled> {
    let mut borders = Vec::new();
    let num_locals = soup.sources.len();
    let finding = Stretch::new(progress, 0.65, 0.65);
    for (local, (&source, &is_touched)) in (0_u32..).zip(soup.sources.iter().zip(&soup.is_touched)) {
        report_at(&finding, local as usize, num_locals)?;
        if !is_touched {
            let region = regions.of(placed, source);
            if region != NONE {
                borders.push(Border { local, region });
            }
        }
    }
    Ok(borders)
}
