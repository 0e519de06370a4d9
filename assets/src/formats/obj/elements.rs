//! The second reading: `f`, `l`, `p` and what says where they belong.

use std::collections::{BTreeMap, HashMap};

use geometry::{NO_ROW, Progress};
use glam::DVec3;

use super::vertices::Vertices;
use crate::ImportError;
use crate::formats::indexed::whole;
use crate::formats::mtl::Library;
use crate::formats::report::{Tally, Ticker};
use crate::formats::text::{self, Cursor, is_blank, is_line_end};

/// What the file draws, by groups.
pub(super) struct Elements {
    /// In order of first use; none is empty.
    pub(super) groups: Vec<Group>,
    /// Names of objects; groups name them by index. The first has no name: it is what comes before any `o`.
    pub(super) objects: Vec<String>,
    pub(super) library: Library,
    /// Pairs of groups of one object that share a vertex.
    pub(super) shared: Vec<(u32, u32)>,
    pub(super) bad_index: Tally,
    pub(super) bad_row: Tally,
    pub(super) malformed: Tally,
    pub(super) degenerate: Tally,
    pub(super) free_form: Tally,
    pub(super) unknown: Tally,
    pub(super) missing_material: Tally,
    /// Lines with a keyword of the format.
    pub(super) num_known: usize,
}

/// What one group of one object draws.
#[derive(Default)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) object: usize,
    /// Numbers of positions.
    pub(super) triangles: Vec<[u32; 3]>,
    /// `v` lines, for colours; empty when the file has none.
    pub(super) vertices: Vec<[u32; 3]>,
    /// `vt` lines; empty or as long as `triangles`, as are the following.
    pub(super) uvs: Vec<[u32; 3]>,
    /// `vn` lines.
    pub(super) normals: Vec<[u32; 3]>,
    pub(super) slots: Vec<u32>,
    /// The smoothing group of each triangle, 0 for none; empty, or as long as `triangles`.
    pub(super) smoothing: Vec<u32>,
    /// For each slot a material of the library.
    pub(super) materials: Vec<Option<usize>>,
    slot_of_material: HashMap<Option<usize>, u32>,
    /// `v` lines by slot.
    pub(super) lines: BTreeMap<u32, Vec<[u32; 2]>>,
    /// `v` lines by slot.
    pub(super) points: BTreeMap<u32, Vec<u32>>,
}

impl Group {
    /// The slot of a material, a new one if need be.
    pub(super) fn slot(&mut self, material: Option<usize>) -> u32 {
        *self.slot_of_material.entry(material).or_insert_with(|| {
            self.materials.push(material);
            u32::try_from(self.materials.len() - 1).unwrap_or(0)
        })
    }
}

/// A corner of a face: a `v` line, a `vt` line, a `vn` line, counted from 0.
#[derive(Clone, Copy, Debug)]
struct Corner {
    vertex: u32,
    uv: u32,
    normal: u32,
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    vertices: &'a Vertices,
    elements: Elements,
    group_of_name: HashMap<(usize, String), usize>,
    /// The group (and 1) that used a vertex last; 0 for none.
    user_of_vertex: Vec<u32>,
    /// `v`, `vt` and `vn` lines so far, for negative indices.
    num_seen: [usize; 3],
    object: usize,
    group_name: String,
    material: Option<usize>,
    /// What `s` said last; 0 for `off`.
    smoothing: u32,
    /// The group and slot that elements go to; `None` after a change until the next element.
    target: Option<(usize, u32)>,
    corners: Vec<Corner>,
    /// Where the corners of a polygon are, and the triangles it is split into.
    points: Vec<DVec3>,
    split: Vec<[u32; 3]>,
}

pub(super) fn read(
    text: &[u8],
    vertices: &Vertices,
    library: Library,
    progress: &dyn Progress,
) -> Result<Elements, ImportError> {
    let elements = Elements {
        groups: Vec::new(),
        objects: vec![String::new()],
        library,
        shared: Vec::new(),
        bad_index: Tally::default(),
        bad_row: Tally::default(),
        malformed: Tally::default(),
        degenerate: Tally::default(),
        free_form: Tally::default(),
        unknown: Tally::default(),
        missing_material: Tally::default(),
        num_known: 0,
    };
    let mut reader = Reader {
        cursor: Cursor::new(text),
        vertices,
        elements,
        group_of_name: HashMap::new(),
        user_of_vertex: vec![0; vertices.position_of_vertex.len()],
        num_seen: [0; 3],
        object: 0,
        group_name: String::new(),
        material: None,
        smoothing: 0,
        target: None,
        corners: Vec::new(),
        points: Vec::new(),
        split: Vec::new(),
    };
    let mut ticker = Ticker::new(progress, text.len(), 1 << 17);
    while !reader.cursor.is_at_end() {
        ticker.at(reader.cursor.at)?;
        reader.cursor.skip_blanks();
        if reader.cursor.peek() == Some(b'#') {
            reader.cursor.skip_comment();
            continue;
        }
        reader.line();
        reader.cursor.rest_of_line();
    }
    Ok(reader.elements)
}

impl Reader<'_> {
    #[inline]
    fn line(&mut self) {
        let start = self.cursor.at;
        match self.cursor.text.get(start..).unwrap_or_default() {
            [] => return,
            [byte, ..] if is_line_end(*byte) => return,
            [b'v', blank, ..] if is_blank(*blank) => self.num_seen[0] += 1,
            [b'v', b't', blank, ..] if is_blank(*blank) => self.num_seen[1] += 1,
            [b'v', b'n', blank, ..] if is_blank(*blank) => self.num_seen[2] += 1,
            [b'f', blank, ..] if is_blank(*blank) => {
                self.cursor.at += 1;
                self.face(start);
            }
            _ => {
                self.rare(start);
                return;
            }
        }
        self.elements.num_known += 1;
    }

    fn rare(&mut self, start: usize) {
        match self.cursor.word_in_line().unwrap_or_default() {
            b"l" => self.polyline(start),
            b"p" => self.loose_points(start),
            b"fo" => self.face(start),
            b"o" => {
                let name = self.rest();
                self.elements.objects.push(name);
                self.object = self.elements.objects.len() - 1;
                self.group_name.clear();
                self.target = None;
            }
            b"g" => {
                self.group_name = self.rest();
                self.target = None;
            }
            b"usemtl" => {
                let name = self.rest();
                self.material = self.material_named(&name, start);
                self.target = None;
            }
            b"s" => {
                let number = self.cursor.number().and_then(whole).unwrap_or(0);
                self.smoothing = u32::try_from(number).unwrap_or(0);
            }
            b"curv" | b"curv2" | b"surf" => self.elements.free_form.add(start),
            b"v" | b"vt" | b"vn" | b"f" => self.elements.malformed.add(start),
            b"mtllib" | b"vp" | b"cstype" | b"deg" | b"bmat" | b"step" | b"parm" | b"trim" | b"hole"
            | b"scrv" | b"sp" | b"end" | b"con" | b"mg" | b"bevel" | b"c_interp" | b"d_interp" | b"lod"
            | b"shadow_obj" | b"trace_obj" | b"ctech" | b"stech" | b"maplib" | b"usemap" | b"call"
            | b"csh" => {}
            _ if self.vertices.has_materials => {}
            _ => {
                self.elements.unknown.add(start);
                return;
            }
        }
        self.elements.num_known += 1;
    }

    /// The rest of the line as a name.
    fn rest(&self) -> String {
        text::name(self.cursor.clone().rest_of_line())
    }

    fn material_named(&mut self, name: &str, start: usize) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        let known = self.elements.library.find(name);
        known.or_else(|| {
            self.elements.missing_material.add(start);
            Some(self.elements.library.add_missing(name))
        })
    }

    /// The group and slot that the next element goes to.
    #[inline]
    fn target(&mut self) -> (usize, u32) {
        if let Some(target) = self.target {
            return target;
        }
        let groups = &mut self.elements.groups;
        let key = (self.object, self.group_name.clone());
        let group = *self.group_of_name.entry(key).or_insert_with(|| {
            let name = self.group_name.clone();
            groups.push(Group { name, object: self.object, ..Group::default() });
            groups.len() - 1
        });
        let slot = groups[group].slot(self.material);
        self.target = Some((group, slot));
        (group, slot)
    }

    /// Notes that the group uses a vertex, and with which other groups of its object it shares it.
    #[inline]
    fn mark_use(&mut self, vertex: u32, group: usize) {
        let group_number = u32::try_from(group + 1).unwrap_or(u32::MAX);
        let user = &mut self.user_of_vertex[vertex as usize];
        if *user != group_number {
            let other = std::mem::replace(user, group_number);
            let groups = &self.elements.groups;
            if other != 0 && groups[other as usize - 1].object == groups[group].object {
                self.elements.shared.push((other - 1, group_number - 1));
            }
        }
    }

    /// Reads corners to the end of the line into `self.corners`. False when there is something else or an index is bad.
    #[inline]
    fn read_corners(&mut self, start: usize) -> bool {
        self.corners.clear();
        loop {
            self.cursor.skip_blanks();
            match self.cursor.peek() {
                None | Some(b'\n' | b'\r' | b'#') => return true,
                _ => {}
            }
            let Some(corner) = read_corner(&mut self.cursor) else {
                self.elements.malformed.add(start);
                return false;
            };
            let [vertex, uv, normal] = corner;
            let num_vertices = self.vertices.position_of_vertex.len();
            let Some(vertex) = resolved(vertex, self.num_seen[0], num_vertices) else {
                self.elements.bad_index.add(start);
                return false;
            };
            if self.vertices.position_of_vertex[vertex as usize] == NO_ROW {
                // Its vertex was reported.
                return false;
            }
            let uv = self.row(uv, 1, self.vertices.num_uvs(), start);
            let normal = self.row(normal, 2, self.vertices.num_normals(), start);
            self.corners.push(Corner { vertex, uv, normal });
        }
    }

    #[inline]
    fn row(&mut self, index: i64, kind: usize, total: usize, start: usize) -> u32 {
        if index == 0 {
            return NO_ROW;
        }
        resolved(index, self.num_seen[kind], total).unwrap_or_else(|| {
            self.elements.bad_row.add(start);
            NO_ROW
        })
    }

    #[inline]
    fn face(&mut self, start: usize) {
        if !self.read_corners(start) {
            return;
        }
        if self.corners.len() < 3 {
            self.elements.malformed.add(start);
            return;
        }
        let target = self.target();
        for number in 0..self.corners.len() {
            self.mark_use(self.corners[number].vertex, target.0);
        }
        let corners = std::mem::take(&mut self.corners);
        if let [a, b, c] = corners[..] {
            self.triangle([a, b, c], target, start);
        } else {
            self.points.clear();
            for corner in &corners {
                let number = self.vertices.position_of_vertex[corner.vertex as usize];
                self.points.push(self.vertices.positions[number as usize]);
            }
            let mut split = std::mem::take(&mut self.split);
            split.clear();
            crate::polygon::split(&self.points, &mut split);
            for triangle in &split {
                self.triangle(triangle.map(|corner| corners[corner as usize]), target, start);
            }
            self.split = split;
        }
        self.corners = corners;
    }

    #[inline]
    fn triangle(&mut self, corners: [Corner; 3], (group, slot): (usize, u32), start: usize) {
        let [a, b, c] = corners.map(|corner| self.vertices.position_of_vertex[corner.vertex as usize]);
        if a == b || b == c || c == a {
            self.elements.degenerate.add(start);
        }
        let has_colors = !self.vertices.colors.is_empty();
        let group = &mut self.elements.groups[group];
        let before = group.triangles.len();
        group.triangles.push([a, b, c]);
        if has_colors {
            group.vertices.push(corners.map(|corner| corner.vertex));
        }
        push_rows(&mut group.uvs, before, corners.map(|corner| corner.uv));
        push_rows(&mut group.normals, before, corners.map(|corner| corner.normal));
        push_number(&mut group.slots, before, slot);
        push_number(&mut group.smoothing, before, self.smoothing);
    }

    fn polyline(&mut self, start: usize) {
        if !self.read_corners(start) {
            return;
        }
        if self.corners.len() < 2 {
            self.elements.malformed.add(start);
            return;
        }
        let (group, slot) = self.target();
        let segments = self.elements.groups[group].lines.entry(slot).or_default();
        segments.extend(self.corners.windows(2).map(|pair| [pair[0].vertex, pair[1].vertex]));
    }

    fn loose_points(&mut self, start: usize) {
        if !self.read_corners(start) || self.corners.is_empty() {
            return;
        }
        let (group, slot) = self.target();
        let points = self.elements.groups[group].points.entry(slot).or_default();
        points.extend(self.corners.iter().map(|corner| corner.vertex));
    }
}

/// Adds a number to a list that begins where the first is not 0.
#[inline]
fn push_number(list: &mut Vec<u32>, before: usize, number: u32) {
    if number != 0 || !list.is_empty() {
        list.resize(before, 0);
        list.push(number);
    }
}

/// Adds a row of a table that begins where the first corner has a value.
#[inline]
fn push_rows(table: &mut Vec<[u32; 3]>, before: usize, rows: [u32; 3]) {
    if table.len() == before && before > 0 {
        table.push(rows);
    } else if rows != [NO_ROW; 3] {
        table.resize(before, [NO_ROW; 3]);
        table.push(rows);
    }
}

/// A 1-based or negative index as a 0-based one.
#[inline]
fn resolved(index: i64, num_seen: usize, total: usize) -> Option<u32> {
    let index = if index < 0 { i64::try_from(num_seen).ok()?.checked_add(index)? } else { index - 1 };
    let index = usize::try_from(index).ok().filter(|&index| index < total)?;
    u32::try_from(index).ok()
}

/// `v`, `v/vt`, `v//vn` or `v/vt/vn`; 0 stands for what is not there.
#[inline]
fn read_corner(cursor: &mut Cursor<'_>) -> Option<[i64; 3]> {
    let mut indices = [read_index(cursor)?, 0, 0];
    for index in &mut indices[1..] {
        if cursor.peek() != Some(b'/') {
            break;
        }
        cursor.at += 1;
        *index = read_index(cursor).unwrap_or(0);
    }
    let ends =
        cursor.peek().is_none_or(|byte| is_blank(byte) || is_line_end(byte) || matches!(byte, b'\\' | b'#'));
    ends.then_some(indices)
}

/// Too large numbers stay too large.
#[inline]
fn read_index(cursor: &mut Cursor<'_>) -> Option<i64> {
    let is_negative = cursor.peek() == Some(b'-');
    let start = cursor.at + usize::from(is_negative);
    let (mut at, mut index) = (start, 0_i64);
    while let Some(&byte @ b'0'..=b'9') = cursor.text.get(at) {
        index = index.saturating_mul(10).saturating_add(i64::from(byte - b'0'));
        at += 1;
    }
    if at == start {
        return None;
    }
    cursor.at = at;
    Some(if is_negative { -index } else { index })
}
