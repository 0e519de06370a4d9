//! Regions: connected triangles of one operand that nothing touches. They stay or go as a whole.
//!
//! A cut divides a shell into few regions, mostly a small one and a large one. So floods start from all sides of the cut
//! at once and take turns, and when but one of them is left in a shell, that one is the rest, whatever its size. The work
//! follows the cut and the smaller sides of it, not the mesh.

use super::hash::IndexMap;
use super::slots::Slots;
use super::soup::Soup;
use super::{NONE, Source};
use crate::memory::{Holding, bytes_of};
use crate::parallel;
use crate::progress::{Cancelled, Progress};
use crate::solid::Placed;
use crate::topology::{DEGENERATE, DisjointSets, NO_SHELL};

/// The regions of all operands.
pub(super) struct Regions {
    bodies: Vec<BodyRegions>,
    /// A triangle of each region.
    pub(super) samples: Vec<Source>,
}

/// The regions of one operand.
pub(super) struct BodyRegions {
    /// The flood that came to each triangle, if any did, or [`TOUCHED`].
    fronts: Slots,
    /// The region of each flood.
    of_front: Vec<u32>,
    /// For each shell the region of what no flood came to, or [`NONE`].
    rests: Vec<u32>,
    /// The triangles that a flood came to.
    flooded: Vec<u32>,
}

/// In place of a flood: something touches the triangle.
const TOUCHED: u32 = u32::MAX - 1;

/// Steps of each flood in turn.
const TURN: usize = 64;

/// Turns between two questions whether to go on.
const TURNS_PER_REPORT: usize = 256;

impl Regions {
    pub(super) fn num_bytes(&self) -> usize {
        let of_one = |body: &BodyRegions| {
            body.fronts.num_bytes()
                + bytes_of(&body.of_front)
                + bytes_of(&body.rests)
                + bytes_of(&body.flooded)
        };
        self.bodies.iter().map(of_one).sum::<usize>() + bytes_of(&self.samples)
    }

    /// The region of a triangle, or [`NONE`] for triangles that are touched or have no area.
    pub(super) fn of(&self, placed: &[Placed<'_>], source: Source) -> u32 {
        let body = &self.bodies[source.operand as usize];
        if let Some(front) = body.fronts.get(source.triangle) {
            return body.of_front.get(front as usize).copied().unwrap_or(NONE);
        }
        let shell = placed[source.operand as usize].solid.shell_of(source.triangle);
        if shell == NO_SHELL { NONE } else { body.rests[shell as usize] }
    }

    /// The regions of an operand that may be large: all other ones are of triangles in [`Regions::flooded`].
    pub(super) fn rests(&self, operand: u32) -> impl Iterator<Item = u32> + '_ {
        self.bodies[operand as usize].rests.iter().copied().filter(|&region| region != NONE)
    }

    /// Triangles of which the regions were found one by one, in no order that matters.
    pub(super) fn flooded(&self, operand: u32) -> &[u32] {
        &self.bodies[operand as usize].flooded
    }
}

/// Finds the regions.
pub(super) fn find_regions(
    placed: &[Placed<'_>],
    soup: &Soup,
    progress: &dyn Progress,
) -> Result<Regions, Cancelled> {
    // The touched triangles of each operand, and the untouched ones beside them.
    let mut touched: Vec<Vec<u32>> = vec![Vec::new(); placed.len()];
    let mut seeds: Vec<Vec<u32>> = vec![Vec::new(); placed.len()];
    for (source, &is_touched) in soup.sources.iter().zip(&soup.is_touched) {
        let list = if is_touched { &mut touched } else { &mut seeds };
        list[source.operand as usize].push(source.triangle);
    }
    let floods = placed.iter().zip(touched.iter().zip(&seeds));
    let of_one = |(body, (touched, seeds)): (&Placed<'_>, (&Vec<u32>, &Vec<u32>))| {
        let is_whole = touched.is_empty() && seeds.is_empty();
        // A flood has a list and an entry in the sets; shells that are not known yet are found once.
        seeds.len() * 48 + if is_whole { 0 } else { Slots::bytes(body.solid.triangles().len()) }
    };
    let _held = Holding::new(progress, floods.map(of_one).sum())?;
    let found = parallel::map(placed, |operand, body| {
        progress.report(0.5)?;
        body.solid.find_shells(progress)?;
        Flood::new(body, &touched[operand], &seeds[operand]).run(progress)
    });
    let mut regions = Regions { bodies: Vec::with_capacity(placed.len()), samples: Vec::new() };
    for (operand, found) in (0..).zip(found) {
        let (mut body, samples) = found?;
        let first = regions.samples.len() as u32;
        body.of_front.iter_mut().for_each(|region| *region += first);
        body.rests.iter_mut().filter(|region| **region != NONE).for_each(|region| *region += first);
        regions.samples.extend(samples.into_iter().map(|triangle| Source { operand, triangle }));
        regions.bodies.push(body);
    }
    Ok(regions)
}

/// Floods of one operand that take turns.
struct Flood<'a> {
    body: &'a Placed<'a>,
    touched: &'a [u32],
    seeds: &'a [u32],
    fronts: Slots,
    sets: DisjointSets,
    /// For the first front of each set, triangles whose neighbours have not been looked at.
    pending: Vec<Vec<u32>>,
    flooded: Vec<u32>,
}

impl<'a> Flood<'a> {
    fn new(body: &'a Placed<'a>, touched: &'a [u32], seeds: &'a [u32]) -> Self {
        let is_whole = touched.is_empty() && seeds.is_empty();
        let mut flood = Self {
            body,
            touched,
            seeds,
            fronts: Slots::new(if is_whole { 0 } else { body.solid.triangles().len() }),
            sets: DisjointSets::new(seeds.len()),
            pending: Vec::with_capacity(seeds.len()),
            flooded: Vec::new(),
        };
        for (front, &seed) in (0..).zip(seeds) {
            flood.fronts.set(seed, front);
            flood.flooded.push(seed);
            flood.pending.push(vec![seed]);
        }
        touched.iter().for_each(|&triangle| flood.fronts.set(triangle, TOUCHED));
        flood
    }

    /// The regions, and a triangle of each.
    fn run(mut self, progress: &dyn Progress) -> Result<(BodyRegions, Vec<u32>), Cancelled> {
        let solid = self.body.solid;
        let mut num_live: IndexMap<u32, u32> = IndexMap::default();
        for &seed in self.seeds {
            *num_live.entry(solid.shell_of(seed)).or_insert(0) += 1;
        }
        let mut live: Vec<u32> = (0..self.seeds.len() as u32).collect();
        let mut num_turns = 0_usize;
        let mut is_stopped = Ok(());
        while !live.is_empty() {
            live.retain(|&front| {
                num_turns += 1;
                if num_turns.is_multiple_of(TURNS_PER_REPORT) && is_stopped.is_ok() {
                    is_stopped = progress.report(0.5);
                }
                if is_stopped.is_err() {
                    return false;
                }
                let shell = solid.shell_of(self.seeds[front as usize]);
                let num_live = num_live.get_mut(&shell).expect("every shell with a seed is counted");
                // The last one is the rest; one that another one has run into goes on there.
                if *num_live < 2 {
                    return false;
                }
                if self.sets.root(front) != front {
                    *num_live -= 1;
                    return false;
                }
                let goes_on = self.advance(front);
                *num_live -= u32::from(!goes_on);
                goes_on
            });
        }
        is_stopped?;
        Ok(self.finish())
    }

    /// Takes some steps; `false` when there is nowhere to go.
    fn advance(&mut self, front: u32) -> bool {
        let mut pending = std::mem::take(&mut self.pending[front as usize]);
        let mut root = front;
        for _ in 0..TURN {
            let Some(triangle) = pending.pop() else { break };
            for &opposite in &self.body.solid.opposites()[triangle as usize * 3..][..3] {
                if opposite >= DEGENERATE {
                    continue;
                }
                let neighbor = opposite / 3;
                match self.fronts.get(neighbor) {
                    None => {
                        self.fronts.set(neighbor, root);
                        self.flooded.push(neighbor);
                        pending.push(neighbor);
                    }
                    Some(other) if other == root || other == TOUCHED => {}
                    Some(other) => {
                        let other = self.sets.root(other);
                        if other != root {
                            self.sets.join(other, root);
                            let others = std::mem::take(&mut self.pending[other as usize]);
                            append(&mut pending, others);
                            root = root.min(other);
                        }
                    }
                }
            }
        }
        let goes_on = !pending.is_empty();
        self.pending[root as usize] = pending;
        // Where another front took over, it goes on there; it is alive or this one has revived it.
        goes_on || root != front
    }

    fn finish(mut self) -> (BodyRegions, Vec<u32>) {
        let solid = self.body.solid;
        let mut samples = Vec::new();
        let mut region_of_root = vec![NONE; self.seeds.len()];
        let mut rests = vec![NONE; solid.num_shells()];
        let mut of_front = Vec::with_capacity(self.seeds.len());
        for front in 0..self.seeds.len() as u32 {
            let root = self.sets.root(front) as usize;
            if region_of_root[root] == NONE {
                region_of_root[root] = samples.len() as u32;
                samples.push(self.seeds[root]);
            }
            of_front.push(region_of_root[root]);
            if !self.pending[root].is_empty() {
                rests[solid.shell_of(self.seeds[root]) as usize] = region_of_root[root];
            }
        }
        // Shells that nothing touches at all.
        let mut is_touched = vec![false; solid.num_shells()];
        for &triangle in self.touched.iter().chain(self.seeds) {
            if let Some(is_touched) = is_touched.get_mut(solid.shell_of(triangle) as usize) {
                *is_touched = true;
            }
        }
        for (shell, rest) in rests.iter_mut().enumerate() {
            if !is_touched[shell] {
                *rest = samples.len() as u32;
                samples.push(solid.first_of_shell(shell));
            }
        }
        let body = BodyRegions { fronts: self.fronts, of_front, rests, flooded: self.flooded };
        (body, samples)
    }
}

/// Adds the shorter list to the longer one.
fn append(to: &mut Vec<u32>, mut from: Vec<u32>) {
    if from.len() > to.len() {
        std::mem::swap(to, &mut from);
    }
    to.extend(from);
}
