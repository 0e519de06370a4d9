//! `.kmesh`: geometry to the bit.
//!
//! Little-endian. Bytes 0–7 are the magic `KMESH` CR LF SUB, 8–11 the version (1), 12–15 the length of a JSON header, which
//! follows and is padded with zeros to a multiple of 8. Then the arrays follow in the order of the header's `arrays`, each
//! padded likewise. The rest of the header says by number which array is what; see [`Header`].

use std::cell::RefCell;
use std::sync::Arc;

use bytemuck::Pod;
use geometry::{Channel, CornerRows, LineSet, Mesh, PointSet, Semantic};
use glam::DVec3;
use serde::{Deserialize, Serialize};

use super::ProjectMesh;
use crate::{ImportError, ImportErrorKind, JointSet, Location, MorphTarget, Rig};

const MAGIC: [u8; 8] = *b"KMESH\r\n\x1a";
const VERSION: u32 = 1;
const PREFIX_BYTES: usize = 16;

/// The JSON header. Numbers of arrays refer to `arrays`.
#[derive(Serialize, Deserialize)]
struct Header {
    arrays: Vec<Array>,
    surface: Surface,
    #[serde(default)]
    lines: Vec<Lines>,
    #[serde(default)]
    points: Vec<Points>,
    /// Earlier readers pass over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rig: Option<RigEntry>,
}

/// An array: `count` numbers of a type.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Array {
    r#type: Type,
    count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    F64,
    F32,
    U32,
}

#[derive(Serialize, Deserialize)]
struct Surface {
    /// `f64`, three for each position.
    positions: usize,
    /// `u32`, three for each triangle.
    triangles: usize,
    /// `u32`, one for each triangle; absent when all are 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    material_slots: Option<usize>,
    #[serde(default)]
    channels: Vec<ChannelEntry>,
}

#[derive(Serialize, Deserialize)]
struct ChannelEntry {
    /// `normal`, `tangent`, `uv0`, `color0`, `custom0` and so on.
    semantic: String,
    width: u32,
    /// `f32`.
    values: usize,
    /// `u32`, three for each triangle; absent when rows belong to positions. Several channels may share an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct Lines {
    /// `f64`, three for each position.
    positions: usize,
    /// `u32`, two for each segment.
    segments: usize,
    /// `f32`, four for each position, or none.
    colors: usize,
    material_slot: u32,
}

#[derive(Serialize, Deserialize)]
struct Points {
    /// `f64`, three for each point.
    positions: usize,
    /// `f32`, four for each point, or none.
    colors: usize,
    material_slot: u32,
}

/// A [`Rig`].
#[derive(Serialize, Deserialize)]
struct RigEntry {
    /// `u32`, three for each triangle.
    corners: usize,
    /// `f64`, three for each row.
    positions: usize,
    /// `f32`, three for each row, or none.
    normals: usize,
    #[serde(default)]
    joint_sets: Vec<JointSetEntry>,
    #[serde(default)]
    morph_targets: Vec<MorphTargetEntry>,
    #[serde(default)]
    morph_weights: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct JointSetEntry {
    /// `u32`, two for each row: pairs of 16 bits.
    joints: usize,
    /// `f32`, four for each row.
    weights: usize,
}

#[derive(Serialize, Deserialize)]
struct MorphTargetEntry {
    name: String,
    /// `f32`, three for each row, or none.
    positions: usize,
    /// `f32`, three for each row, or none.
    normals: usize,
}

/// Arrays on their way into a file.
#[derive(Default)]
struct Arrays<'a> {
    entries: Vec<Array>,
    bytes: Vec<&'a [u8]>,
}

impl<'a> Arrays<'a> {
    fn add<T: Pod>(&mut self, kind: Type, values: &'a [T]) -> usize {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let size = if kind == Type::F64 { 8 } else { 4 };
        self.entries.push(Array { r#type: kind, count: (bytes.len() / size) as u64 });
        self.bytes.push(bytes);
        self.entries.len() - 1
    }
}

/// The geometry as the bytes of a `.kmesh` file.
#[must_use]
pub fn encode_mesh(mesh: &ProjectMesh) -> Vec<u8> {
    let mut arrays = Arrays::default();
    let surface = surface_entry(&mesh.surface, &mut arrays);
    let lines = mesh.lines.iter().map(|set| Lines {
        positions: arrays.add(Type::F64, &set.positions),
        segments: arrays.add(Type::U32, &set.segments),
        colors: arrays.add(Type::F32, &set.colors),
        material_slot: set.material_slot,
    });
    let lines = lines.collect();
    let points = mesh.points.iter().map(|set| Points {
        positions: arrays.add(Type::F64, &set.positions),
        colors: arrays.add(Type::F32, &set.colors),
        material_slot: set.material_slot,
    });
    let points = points.collect();
    let rig = mesh.rig.as_deref().map(|rig| rig_entry(rig, &mut arrays));
    let header = Header { arrays: arrays.entries, surface, lines, points, rig };
    let header = serde_json::to_vec(&header).expect("the header is plain data");
    let data_bytes: usize = arrays.bytes.iter().map(|array| array.len().next_multiple_of(8)).sum();
    let mut bytes = Vec::with_capacity(PREFIX_BYTES + header.len() + 8 + data_bytes);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    let header_length = u32::try_from(header.len()).expect("a mesh has few arrays");
    bytes.extend_from_slice(&header_length.to_le_bytes());
    for part in std::iter::once(header.as_slice()).chain(arrays.bytes) {
        bytes.extend_from_slice(part);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    bytes
}

fn surface_entry<'a>(mesh: &'a Mesh, arrays: &mut Arrays<'a>) -> Surface {
    let positions = arrays.add(Type::F64, &mesh.positions);
    let triangles = arrays.add(Type::U32, &mesh.triangles);
    let has_slots = !mesh.material_slots.is_empty();
    let material_slots = has_slots.then(|| arrays.add(Type::U32, &mesh.material_slots));
    let mut tables: Vec<(&Arc<Vec<[u32; 3]>>, usize)> = Vec::new();
    let mut channels = Vec::new();
    for channel in &mesh.channels {
        let rows = match &channel.rows {
            CornerRows::PerPosition => None,
            CornerRows::PerCorner(table) => {
                let known =
                    tables.iter().find(|(known, _)| Arc::ptr_eq(known, table)).map(|&(_, number)| number);
                Some(known.unwrap_or_else(|| {
                    let number = arrays.add(Type::U32, table.as_slice());
                    tables.push((table, number));
                    number
                }))
            }
        };
        channels.push(ChannelEntry {
            semantic: semantic_name(channel.semantic),
            width: channel.width,
            values: arrays.add(Type::F32, &channel.values),
            rows,
        });
    }
    Surface { positions, triangles, material_slots, channels }
}

fn rig_entry<'a>(rig: &'a Rig, arrays: &mut Arrays<'a>) -> RigEntry {
    RigEntry {
        corners: arrays.add(Type::U32, &rig.corners),
        positions: arrays.add(Type::F64, &rig.positions),
        normals: arrays.add(Type::F32, &rig.normals),
        joint_sets: rig
            .joint_sets
            .iter()
            .map(|set| JointSetEntry {
                joints: arrays.add(Type::U32, &set.joints),
                weights: arrays.add(Type::F32, &set.weights),
            })
            .collect(),
        morph_targets: rig
            .morph_targets
            .iter()
            .map(|target| MorphTargetEntry {
                name: target.name.clone(),
                positions: arrays.add(Type::F32, &target.positions),
                normals: arrays.add(Type::F32, &target.normals),
            })
            .collect(),
        morph_weights: rig.morph_weights.clone(),
    }
}

fn semantic_name(semantic: Semantic) -> String {
    match semantic {
        Semantic::Normal => "normal".to_owned(),
        Semantic::Tangent => "tangent".to_owned(),
        Semantic::Uv(set) => format!("uv{set}"),
        Semantic::Color(set) => format!("color{set}"),
        Semantic::Custom(number) => format!("custom{number}"),
    }
}

fn semantic_of(name: &str) -> Option<Semantic> {
    let number = |prefix: &str| name.strip_prefix(prefix).and_then(|number| number.parse::<u16>().ok());
    match name {
        "normal" => Some(Semantic::Normal),
        "tangent" => Some(Semantic::Tangent),
        _ => number("uv")
            .and_then(|set| u8::try_from(set).ok())
            .map(Semantic::Uv)
            .or_else(|| number("color").and_then(|set| u8::try_from(set).ok()).map(Semantic::Color))
            .or_else(|| number("custom").map(Semantic::Custom)),
    }
}

/// The geometry in the bytes of a `.kmesh` file; well formed, every count and index checked.
///
/// # Errors
/// When it is none, of a later version, or damaged.
pub fn decode_mesh(bytes: &[u8]) -> Result<ProjectMesh, ImportError> {
    let reader = Reader::new(bytes)?;
    let header = &reader.header;
    let mut mesh = Mesh::new(
        reader.array::<DVec3>(header.surface.positions, Type::F64)?,
        reader.array(header.surface.triangles, Type::U32)?,
    );
    if let Some(slots) = header.surface.material_slots {
        mesh.material_slots = reader.array(slots, Type::U32)?;
    }
    let mut tables: Vec<(usize, Arc<Vec<[u32; 3]>>)> = Vec::new();
    for channel in &header.surface.channels {
        let rows = match channel.rows {
            None => CornerRows::PerPosition,
            Some(number) => {
                let known =
                    tables.iter().find(|(known, _)| *known == number).map(|(_, table)| Arc::clone(table));
                CornerRows::PerCorner(match known {
                    Some(table) => table,
                    None => {
                        let table = Arc::new(reader.array(number, Type::U32)?);
                        tables.push((number, Arc::clone(&table)));
                        table
                    }
                })
            }
        };
        let semantic = semantic_of(&channel.semantic).ok_or_else(|| {
            malformed(PREFIX_BYTES, &format!("“{}” is no kind of channel", channel.semantic))
        })?;
        let values = reader.array(channel.values, Type::F32)?;
        mesh.channels.push(Channel { semantic, width: channel.width, values, rows });
    }
    mesh.validate().map_err(|error| malformed(PREFIX_BYTES, &error.to_string()))?;
    let lines = header.lines.iter().map(|entry| reader.lines(entry)).collect::<Result<_, _>>()?;
    let points = header.points.iter().map(|entry| reader.points(entry)).collect::<Result<_, _>>()?;
    let rig = header.rig.as_ref().map(|entry| reader.rig(entry, mesh.triangles.len())).transpose()?;
    Ok(ProjectMesh { surface: Arc::new(mesh), lines, points, rig })
}

fn malformed(at: usize, what: &str) -> ImportError {
    ImportError::new(
        ImportErrorKind::Malformed,
        Location::Byte(at as u64),
        format!("The geometry is damaged: {what}. Open a backup of the project."),
    )
}

/// A file with its arrays found.
struct Reader<'a> {
    header: Header,
    arrays: Vec<&'a [u8]>,
    /// Which arrays were taken: each serves once, so that a small file cannot ask for copies without end.
    taken: RefCell<Vec<bool>>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let prefix: &[u8; PREFIX_BYTES] =
            bytes.first_chunk().ok_or_else(|| malformed(bytes.len(), "it ends within its first 16 bytes"))?;
        if prefix[..8] != MAGIC {
            return Err(malformed(0, "it does not begin as geometry does"));
        }
        let number =
            |at: usize| u32::from_le_bytes([prefix[at], prefix[at + 1], prefix[at + 2], prefix[at + 3]]);
        let version = number(8);
        if version != VERSION {
            return Err(ImportError::new(
                ImportErrorKind::Unsupported,
                Location::Byte(8),
                format!(
                    "The geometry has version {version}, this Kerf reads version {VERSION}. Open it with a later Kerf."
                ),
            ));
        }
        let header_end = usize::try_from(number(12)).ok().and_then(|length| length.checked_add(PREFIX_BYTES));
        let header = header_end.and_then(|end| bytes.get(PREFIX_BYTES..end));
        let (Some(header), Some(header_end)) = (header, header_end) else {
            return Err(malformed(bytes.len(), "it ends within its header"));
        };
        let header: Header = serde_json::from_slice(header)
            .map_err(|error| malformed(PREFIX_BYTES, &format!("its header cannot be read ({error})")))?;
        let mut arrays = Vec::new();
        let mut at = header_end.next_multiple_of(8);
        for (number, array) in header.arrays.iter().enumerate() {
            let size = if array.r#type == Type::F64 { 8 } else { 4 };
            let length = array.count.checked_mul(size).and_then(|length| usize::try_from(length).ok());
            let end = length.and_then(|length| at.checked_add(length));
            let Some(content) = end.and_then(|end| bytes.get(at..end)) else {
                return Err(malformed(bytes.len(), &format!("it ends within array {number}")));
            };
            arrays.push(content);
            at = (at + content.len()).next_multiple_of(8);
        }
        let taken = RefCell::new(vec![false; arrays.len()]);
        Ok(Self { header, arrays, taken })
    }

    /// An array as elements of `T`, which consist of numbers of the type.
    fn array<T: Pod>(&self, number: usize, kind: Type) -> Result<Vec<T>, ImportError> {
        let found = self.header.arrays.get(number).zip(self.arrays.get(number));
        let Some((array, bytes)) = found.filter(|(array, _)| array.r#type == kind) else {
            return Err(malformed(PREFIX_BYTES, &format!("there is no array {number} of the type {kind:?}")));
        };
        if std::mem::replace(&mut self.taken.borrow_mut()[number], true) {
            return Err(malformed(PREFIX_BYTES, &format!("array {number} is used twice")));
        }
        if bytes.len() % size_of::<T>() != 0 {
            let what = format!("array {number} has {} numbers, which are no whole elements", array.count);
            return Err(malformed(PREFIX_BYTES, &what));
        }
        Ok(bytemuck::pod_collect_to_vec(bytes))
    }

    fn lines(&self, entry: &Lines) -> Result<Arc<LineSet>, ImportError> {
        let set = LineSet {
            positions: self.array(entry.positions, Type::F64)?,
            segments: self.array(entry.segments, Type::U32)?,
            colors: self.array(entry.colors, Type::F32)?,
            material_slot: entry.material_slot,
        };
        check_set(&set.positions, &set.colors)?;
        if set.segments.as_flattened().iter().any(|&index| index as usize >= set.positions.len()) {
            return Err(malformed(PREFIX_BYTES, "a line names a position that does not exist"));
        }
        Ok(Arc::new(set))
    }

    fn rig(&self, entry: &RigEntry, num_triangles: usize) -> Result<Arc<Rig>, ImportError> {
        let joint_sets = entry.joint_sets.iter().map(|set| {
            let joints = self.array(set.joints, Type::U32)?;
            Ok(JointSet { joints, weights: self.array(set.weights, Type::F32)? })
        });
        let morph_targets = entry.morph_targets.iter().map(|target| {
            let positions = self.array(target.positions, Type::F32)?;
            Ok(MorphTarget {
                name: target.name.clone(),
                positions,
                normals: self.array(target.normals, Type::F32)?,
            })
        });
        let rig = Rig {
            joint_sets: joint_sets.collect::<Result<_, ImportError>>()?,
            morph_targets: morph_targets.collect::<Result<_, ImportError>>()?,
            corners: self.array(entry.corners, Type::U32)?,
            positions: self.array(entry.positions, Type::F64)?,
            normals: self.array(entry.normals, Type::F32)?,
            morph_weights: entry.morph_weights.clone(),
        };
        let normals_fit = rig.normals.is_empty() || rig.normals.len() == rig.positions.len();
        if !normals_fit || !rig.fits(num_triangles) {
            return Err(malformed(PREFIX_BYTES, "what bends the surface does not fit it"));
        }
        Ok(Arc::new(rig))
    }

    fn points(&self, entry: &Points) -> Result<Arc<PointSet>, ImportError> {
        let set = PointSet {
            positions: self.array(entry.positions, Type::F64)?,
            colors: self.array(entry.colors, Type::F32)?,
            material_slot: entry.material_slot,
        };
        check_set(&set.positions, &set.colors)?;
        Ok(Arc::new(set))
    }
}

fn check_set(positions: &[DVec3], colors: &[[f32; 4]]) -> Result<(), ImportError> {
    if !positions.iter().all(|position| position.is_finite()) {
        return Err(malformed(PREFIX_BYTES, "a position is not finite"));
    }
    if !colors.is_empty() && colors.len() != positions.len() {
        return Err(malformed(PREFIX_BYTES, "there are not as many colours as positions"));
    }
    Ok(())
}
