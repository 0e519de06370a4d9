//! Meshes ready for drawing, from formulas.

use std::collections::BTreeMap;

use geometry::display::{DisplayGroup, DisplayMesh, DisplayPoint, DisplayVertex};
use glam::{DVec3, Vec2, Vec3};

/// Puts triangles together.
#[derive(Default)]
pub(crate) struct Builder {
    pub(crate) mesh: DisplayMesh,
}

impl Builder {
    pub(crate) fn vertex(&mut self, position: Vec3, normal: Vec3, uv: Vec2, color: [f32; 4]) -> u32 {
        let tangent = normal.any_orthonormal_vector();
        self.mesh.vertices.push(DisplayVertex {
            position: position.into(),
            normal_oct: octahedral(normal),
            tangent_oct: octahedral(tangent),
            uv: [uv.into(), uv.into()],
            color: color.map(|value| (value * 65535.0).round() as u16),
            bitangent_sign: 1.0,
        });
        self.mesh.vertices.len() as u32 - 1
    }

    pub(crate) fn quad(&mut self, corners: [Vec3; 4]) {
        let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]).normalize_or_zero();
        let uvs = [Vec2::new(0.0, 1.0), Vec2::new(1.0, 1.0), Vec2::new(1.0, 0.0), Vec2::new(0.0, 0.0)];
        let ids: Vec<u32> =
            corners.iter().zip(uvs).map(|(&corner, uv)| self.vertex(corner, normal, uv, [1.0; 4])).collect();
        self.mesh.indices.extend([ids[0], ids[1], ids[2], ids[0], ids[2], ids[3]]);
    }

    pub(crate) fn edge(&mut self, from: Vec3, to: Vec3) {
        self.mesh.feature_edges.push([from.into(), to.into()]);
    }

    /// One material slot for all, bounds, numbers of triangles.
    pub(crate) fn finish(mut self) -> DisplayMesh {
        let mesh = &mut self.mesh;
        let lines = mesh.lines.as_flattened().iter().chain(&mesh.points).map(|point| point.position);
        let ends = mesh.feature_edges.as_flattened().iter().copied();
        let points =
            mesh.vertices.iter().map(|vertex| vertex.position).chain(lines).chain(ends).map(Vec3::from);
        let (min, max) = points
            .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(min, max), point| (min.min(point), max.max(point)));
        mesh.bounds = [min.into(), max.into()];
        let num_indices = mesh.indices.len() as u32;
        if num_indices > 0 && mesh.groups.is_empty() {
            mesh.groups.push(DisplayGroup { material_slot: 0, first_index: 0, num_indices });
        }
        mesh.source_triangles = (0..num_indices / 3).collect();
        self.mesh
    }
}

fn octahedral(v: Vec3) -> [i16; 2] {
    let n = v / (v.x.abs() + v.y.abs() + v.z.abs());
    let folded = if n.z >= 0.0 {
        Vec2::new(n.x, n.y)
    } else {
        Vec2::new((1.0 - n.y.abs()) * 1.0_f32.copysign(n.x), (1.0 - n.x.abs()) * 1.0_f32.copysign(n.y))
    };
    [(folded.x * 32767.0).round() as i16, (folded.y * 32767.0).round() as i16]
}

pub(crate) fn cuboid(half: Vec3) -> DisplayMesh {
    let mut builder = Builder::default();
    let at = |x: f32, y: f32, z: f32| Vec3::new(x, y, z) * half;
    for (normal, across) in [
        (Vec3::X, Vec3::Y),
        (-Vec3::X, -Vec3::Y),
        (Vec3::Y, -Vec3::X),
        (-Vec3::Y, Vec3::X),
        (Vec3::Z, Vec3::X),
        (-Vec3::Z, -Vec3::X),
    ] {
        let up = normal.cross(across);
        let corner = |u: f32, v: f32| (normal + u * across + v * up) * half;
        builder.quad([corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)]);
    }
    for a in [-1.0, 1.0] {
        for b in [-1.0, 1.0] {
            builder.edge(at(-1.0, a, b), at(1.0, a, b));
            builder.edge(at(a, -1.0, b), at(a, 1.0, b));
            builder.edge(at(a, b, -1.0), at(a, b, 1.0));
        }
    }
    builder.finish()
}

/// With a colour for each direction when `is_colored`.
pub(crate) fn sphere(radius: f32, is_colored: bool) -> DisplayMesh {
    let (rings, sectors) = (32, 64);
    let mut builder = Builder::default();
    for ring in 0..=rings {
        for sector in 0..=sectors {
            let uv = Vec2::new(sector as f32 / sectors as f32, ring as f32 / rings as f32);
            let (polar, azimuth) = (uv.y * std::f32::consts::PI, uv.x * std::f32::consts::TAU);
            let n = Vec3::new(azimuth.cos() * polar.sin(), azimuth.sin() * polar.sin(), polar.cos());
            let color = if is_colored { (n * 0.5 + 0.5).extend(1.0).into() } else { [1.0; 4] };
            builder.vertex(n * radius, n, uv, color);
        }
    }
    let row = sectors + 1;
    for ring in 0..rings {
        for sector in 0..sectors {
            let a = ring * row + sector;
            builder.mesh.indices.extend([a, a + row, a + row + 1, a, a + row + 1, a + 1]);
        }
    }
    builder.finish()
}

/// A plate with rounded corners, a boss, and through holes: flat, curved and inner faces with their feature edges.
pub(crate) fn plate() -> DisplayMesh {
    let mut builder = Builder::default();
    let holes = [(-30.0, -18.0, 6.0), (30.0, -18.0, 6.0), (-30.0, 18.0, 6.0), (30.0, 18.0, 6.0)]
        .map(|(x, y, r)| circle(Vec2::new(x, y), r, 32, false));
    let outline = rounded_rectangle(Vec2::new(45.0, 32.0), 9.0);
    let bore = circle(Vec2::ZERO, 9.0, 48, false);
    let boss = circle(Vec2::ZERO, 16.0, 64, true);
    let boss_hole: Vec<Vec2> = boss.iter().rev().copied().collect();
    let (low, middle, high) = (0.0, 10.0, 26.0);
    face(&mut builder, &outline, &[&holes[0], &holes[1], &holes[2], &holes[3], &bore], low, false);
    face(&mut builder, &outline, &[&holes[0], &holes[1], &holes[2], &holes[3], &boss_hole], middle, true);
    face(&mut builder, &boss, &[&bore], high, true);
    wall(&mut builder, &outline, low, middle);
    for hole in &holes {
        wall(&mut builder, hole, low, middle);
    }
    wall(&mut builder, &boss, middle, high);
    wall(&mut builder, &bore, low, high);
    builder.finish()
}

fn circle(center: Vec2, radius: f32, count: usize, is_outer: bool) -> Vec<Vec2> {
    let step = std::f32::consts::TAU / count as f32 * if is_outer { 1.0 } else { -1.0 };
    (0..count).map(|idx| center + Vec2::from_angle(idx as f32 * step) * radius).collect()
}

fn rounded_rectangle(half: Vec2, radius: f32) -> Vec<Vec2> {
    let mut points = Vec::new();
    for (quarter, sign) in [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)].into_iter().enumerate() {
        let center = (half - Vec2::splat(radius)) * Vec2::from(sign);
        for step in 0..=12 {
            let angle = (quarter as f32 + step as f32 / 12.0) * std::f32::consts::FRAC_PI_2;
            points.push(center + Vec2::from_angle(angle) * radius);
        }
    }
    points
}

/// Side faces along a loop; the material is on its left. Smooth where the loop is.
fn wall(builder: &mut Builder, points: &[Vec2], low: f32, high: f32) {
    let count = points.len();
    let direction = |idx: usize| (points[(idx + 1) % count] - points[idx]).normalize_or_zero();
    for idx in 0..count {
        let (before, here, after) =
            (direction((idx + count - 1) % count), direction(idx), direction((idx + 1) % count));
        let smooth = |a: Vec2, b: Vec2| if a.dot(b) > 0.9 { a + b } else { here };
        let mut ids = Vec::new();
        for (point, tangent) in
            [(points[idx], smooth(before, here)), (points[(idx + 1) % count], smooth(here, after))]
        {
            let normal = Vec2::new(tangent.y, -tangent.x).normalize_or_zero().extend(0.0);
            for z in [low, high] {
                ids.push(builder.vertex(point.extend(z), normal, Vec2::ZERO, [1.0; 4]));
            }
        }
        builder.mesh.indices.extend([ids[0], ids[2], ids[3], ids[0], ids[3], ids[1]]);
        for z in [low, high] {
            builder.edge(points[idx].extend(z), points[(idx + 1) % count].extend(z));
        }
        if before.dot(here) < 0.9 {
            builder.edge(points[idx].extend(low), points[idx].extend(high));
        }
    }
}

/// A flat face with holes, made by walking over a fine raster of trapezoids: exact at the loops' points in Y.
fn face(builder: &mut Builder, outline: &[Vec2], holes: &[&[Vec2]], z: f32, is_up: bool) {
    let loops: Vec<&[Vec2]> = std::iter::once(outline).chain(holes.iter().copied()).collect();
    let mut levels: Vec<f32> = loops.iter().flat_map(|points| points.iter().map(|point| point.y)).collect();
    levels.sort_by(f32::total_cmp);
    levels.dedup_by(|a, b| (*a - *b).abs() < 1e-4);
    for pair in levels.windows(2) {
        let (bottom, top) = (pair[0], pair[1]);
        let middle = 0.5 * (bottom + top);
        let mut crossings = Vec::new();
        for points in &loops {
            for (idx, &from) in points.iter().enumerate() {
                let to = points[(idx + 1) % points.len()];
                if (from.y < middle) != (to.y < middle) {
                    let x_at =
                        |y: f32| from.x + (to.x - from.x) * ((y - from.y) / (to.y - from.y)).clamp(0.0, 1.0);
                    crossings.push((x_at(middle), x_at(bottom), x_at(top)));
                }
            }
        }
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in crossings.chunks_exact(2) {
            let at = |x: f32, y: f32| Vec3::new(x, y, z);
            let mut corners =
                [at(pair[0].1, bottom), at(pair[1].1, bottom), at(pair[1].2, top), at(pair[0].2, top)];
            if !is_up {
                corners.reverse();
            }
            let normal = if is_up { Vec3::Z } else { Vec3::NEG_Z };
            let ids = corners.map(|corner| builder.vertex(corner, normal, Vec2::ZERO, [1.0; 4]));
            builder.mesh.indices.extend([ids[0], ids[1], ids[2], ids[0], ids[2], ids[3]]);
        }
    }
}

/// A helix as a line set around a cloud of points.
pub(crate) fn points_and_lines() -> DisplayMesh {
    let mut builder = Builder::default();
    let on_helix = |t: f32| Vec3::new((t * 12.0).cos() * 9.0, (t * 12.0).sin() * 9.0, t * 20.0);
    for idx in 0..96 {
        let ends = [idx, idx + 1].map(|idx| DisplayPoint {
            position: on_helix(idx as f32 / 96.0).into(),
            color: [20, 90, 200, 255],
        });
        builder.mesh.lines.push(ends);
    }
    for idx in 0..400 {
        let t = idx as f32 / 400.0;
        let angle = idx as f32 * 2.399_963;
        let position = Vec3::new(angle.cos() * 5.0, angle.sin() * 5.0, t * 20.0);
        builder.mesh.points.push(DisplayPoint {
            position: position.into(),
            color: [(t * 255.0) as u8, 120, 255 - (t * 255.0) as u8, 255],
        });
    }
    builder.finish()
}

/// The same mesh somewhere else, all of it in the origin.
pub(crate) fn moved(mesh: &DisplayMesh, offset: DVec3) -> DisplayMesh {
    DisplayMesh { origin: mesh.origin + offset, ..mesh.clone() }
}

pub(crate) type Meshes = BTreeMap<renderer::MeshKey, std::sync::Arc<DisplayMesh>>;
