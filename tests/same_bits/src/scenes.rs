//! The scenes, small ones.
//!
//! Everything here is made of short fractions and the kernel's own functions, so that the input is the same everywhere.

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use geometry::boolean::BooleanOp::{self, Difference, Intersection, Union, Xor};
use geometry::boolean::{BooleanOptions, Operand, SelfIntersections, WindingRule, boolean};
use geometry::display::DisplayMesh;
use geometry::{
    Corners, Extrusion, Join, LevelSet, Mesh, Offset, Plane, Primitive, Region, RegionOp, RegionRule,
    RemeshOptions, RepairOptions, Revolution, SimplifyOptions, Solid, Unwatched, convex_hull, crease_edges,
    extrude, level_set, math, minkowski_sum, offset, offset_solid, outer_hull, refine, remesh, repair,
    revolve, section, self_intersections, shell, simplify, simplify_triangles, smooth, subdivide,
    with_smooth_normals,
};
use glam::{DAffine3, DMat3, DVec2, DVec3};

/// A rotation whose entries are short fractions.
const ROTATION: DMat3 = DMat3::from_cols_array(&[0.36, 0.48, -0.8, -0.8, 0.6, 0.0, 0.48, 0.64, 0.6]);

/// A name and what comes of it.
pub type Scene = (&'static str, fn() -> u64);

/// All scenes, named after the workloads of the boolean benchmark where they are of that kind.
pub const SCENES: &[Scene] = &[
    ("w1_spheres", || cut(Difference, &[ball(48, DVec3::ZERO), ball(48, DVec3::X * 0.5)])),
    ("w2_menger2", || cut(Difference, &menger(2))),
    ("w3_spheres", || cut(Union, &random_balls(60))),
    ("w3_cubes", || cut(Union, &cubes(5))),
    ("w4_bumpy", || cut(Difference, &[bumpy(40), rotated(bumpy(40), ROTATION)])),
    ("w5_drill", || cut(Difference, &drilled(5))),
    ("w6_drag", || {
        hash_all(
            (0..4).map(|i| cut(Difference, &[bumpy(64), ball(10, at(1.0, 0.1, 0.2) * f64::from(i) * 0.3)])),
        )
    }),
    ("g_union", || cut(Union, &random_boxes(1, false))),
    ("g_difference", || cut(Difference, &random_boxes(2, false))),
    ("g_intersection", || cut(Intersection, &random_boxes(3, false)[..3])),
    ("h_union", || cut(Union, &random_boxes(1, true))),
    ("h_difference", || cut(Difference, &random_boxes(2, true))),
    ("xor", || cut(Xor, &[bumpy(24), rotated(bumpy(24), ROTATION), cuboid([-0.5; 3], [0.75; 3])])),
    ("r_probes", || hash_all(probes().iter().map(|(op, meshes)| cut(*op, meshes)))),
    ("trusted", || {
        cut_with(
            Union,
            &random_balls(30),
            BooleanOptions { self_intersections: SelfIntersections::Trust, ..BooleanOptions::default() },
        )
    }),
    ("placed", placed),
    ("chain", chain),
    ("attributes", || {
        hash_of(
            &with_smooth_normals(&drilled(2)[1], 0.5, &Unwatched)
                .map_err(drop)
                .and_then(|mesh| result(Union, &[mesh, ball(12, DVec3::ZERO)], BooleanOptions::default())),
        )
    }),
    ("simplify", || hash_of(&simplify(&bumpy(64), &to_triangles(800), &Unwatched))),
    ("simplify_within", || {
        hash_of(&simplify(
            &bumpy(48),
            &SimplifyOptions { max_deviation: 0.01, ..SimplifyOptions::default() },
            &Unwatched,
        ))
    }),
    ("simplify_triangles", levels),
    ("repair", || {
        hash_all([0.0, 1e-3].map(|tolerance| {
            hash_of(
                &repair(&damaged(), &RepairOptions { tolerance, ..RepairOptions::default() }, &Unwatched)
                    .map(|(mesh, _)| mesh),
            )
        }))
    }),
    ("outer_hull", || {
        hash_of(&outer_hull(&joined(&[bumpy(24), ball(20, DVec3::X)]), WindingRule::NonZero, &Unwatched))
    }),
    ("hull", || hash_of(&convex_hull(&bumpy(48).positions, &Unwatched))),
    ("minkowski_convex", || {
        hash_of(&minkowski_sum(&ball(16, DVec3::ZERO), &cuboid([0.0; 3], [1.0; 3]), &Unwatched))
    }),
    ("minkowski", || hash_of(&minkowski_sum(&torus(6), &cuboid([0.0; 3], [0.25; 3]), &Unwatched))),
    ("offset_solid", || {
        hash_all(
            [0.2, -0.1].map(|distance| hash_of(&offset_solid(&drilled(1)[0], distance, 0.25, &Unwatched))),
        )
    }),
    ("offset", || {
        let sharp = Corners::Sharp { limit: 2.0 };
        hash_all([
            hash_of(&offset(&drilled(1)[0], 0.2, sharp, &Unwatched)),
            hash_of(&offset(&rotated(cuboid([0.0; 3], [3.0, 2.0, 1.0]), ROTATION), -0.6, sharp, &Unwatched)),
            hash_of(&shell(&bumpy(24), -0.05, sharp, &Unwatched)),
        ])
    }),
    ("remesh", || {
        let options = RemeshOptions { edge_length: 0.2, ..RemeshOptions::default() };
        hash_all([bumpy(32), drilled(1)[1].clone()].map(|mesh| hash_of(&remesh(&mesh, &options, &Unwatched))))
    }),
    ("level_set", gyroid),
    ("refine", || hash_of(&refine(&torus(12), 0.2, &Unwatched))),
    ("subdivide", || hash_of(&subdivide(&drilled(1)[1], 2, &Unwatched))),
    ("smooth", || hash_of(&smooth(&bumpy(32), 5, &Unwatched))),
    ("extrude", || {
        hash_of(&extrude(
            &ring(),
            &Extrusion { height: 3.0, twist_rad: 1.0, top_scale: 0.5, slices: 8 },
            &Unwatched,
        ))
    }),
    ("revolve", || {
        hash_all(
            [TAU, PI * 0.5].map(|angle_rad| {
                hash_of(&revolve(&ring(), &Revolution { angle_rad, segments: 24 }, &Unwatched))
            }),
        )
    }),
    ("regions", regions),
    ("section", || {
        hash_debug(&section(
            &bumpy(48),
            &Plane { origin: DVec3::Z * 0.1, normal: at(0.1, 0.2, 1.0) },
            &Unwatched,
        ))
    }),
    ("creases", || {
        hash_debug(&(
            crease_edges(&drilled(2)[1], 0.5),
            self_intersections(&joined(&[ball(12, DVec3::ZERO), ball(12, DVec3::X)]), &Unwatched),
        ))
    }),
    ("properties", || hash_debug(&(bumpy(32).properties(), bumpy(32).properties().principal_axes()))),
    ("display", || {
        hash_debug(&DisplayMesh::build(
            &bumpy(24),
            &[],
            &[],
            &geometry::display::DisplayOptions::default(),
            &Unwatched,
        ))
    }),
    ("primitives", || {
        hash_all([ball(24, DVec3::ZERO), torus(16), drilled(1)[1].clone()].iter().map(hash_mesh))
    }),
];

/// FNV-1a.
fn hash_bytes(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn hash_all(hashes: impl IntoIterator<Item = u64>) -> u64 {
    hash_bytes(hashes.into_iter().flat_map(u64::to_le_bytes))
}

/// Numbers are written with all their digits.
fn hash_debug(value: &impl std::fmt::Debug) -> u64 {
    hash_bytes(format!("{value:?}").into_bytes().into_iter())
}

fn hash_mesh(mesh: &Mesh) -> u64 {
    let positions = mesh.positions.iter().flat_map(|point| point.to_array()).flat_map(f64::to_le_bytes);
    let corners = mesh.triangles.iter().flatten().flat_map(|corner| corner.to_le_bytes());
    hash_all([hash_bytes(positions.chain(corners)), hash_debug(&mesh.channels)])
}

/// That there is an error counts, not what it says.
fn hash_of<E>(result: &Result<Mesh, E>) -> u64 {
    result.as_ref().map_or(0, hash_mesh)
}

fn result(op: BooleanOp, meshes: &[Mesh], options: BooleanOptions) -> Result<Mesh, ()> {
    let meshes: Vec<Arc<Mesh>> = meshes.iter().cloned().map(Arc::new).collect();
    let solids = Solid::prepare_all(&meshes, &Unwatched).map_err(drop)?;
    let operands: Vec<Operand> = solids.into_iter().map(Operand::new).collect();
    boolean(op, &operands, &options, &Unwatched).map(|output| output.mesh).map_err(drop)
}

fn cut_with(op: BooleanOp, meshes: &[Mesh], options: BooleanOptions) -> u64 {
    hash_of(&result(op, meshes, options))
}

fn cut(op: BooleanOp, meshes: &[Mesh]) -> u64 {
    cut_with(op, meshes, BooleanOptions::default())
}

fn at(x: f64, y: f64, z: f64) -> DVec3 {
    DVec3::new(x, y, z)
}

fn of(primitive: Primitive) -> Mesh {
    primitive.mesh().expect("the sizes are allowed")
}

fn moved(mut mesh: Mesh, offset: DVec3) -> Mesh {
    mesh.positions.iter_mut().for_each(|point| *point += offset);
    mesh
}

fn rotated(mut mesh: Mesh, rotation: DMat3) -> Mesh {
    mesh.positions.iter_mut().for_each(|point| *point = rotation * *point);
    mesh
}

fn joined(meshes: &[Mesh]) -> Mesh {
    let mut all = Mesh::default();
    for mesh in meshes {
        let first = all.positions.len() as u32;
        all.positions.extend(&mesh.positions);
        all.triangles.extend(mesh.triangles.iter().map(|corners| corners.map(|corner| corner + first)));
    }
    all
}

fn cuboid(low: [f64; 3], high: [f64; 3]) -> Mesh {
    let (low, high) = (DVec3::from_array(low), DVec3::from_array(high));
    // Primitives stand on the ground.
    let size = high - low;
    moved(of(Primitive::Box { size }), low + at(size.x * 0.5, size.y * 0.5, 0.0))
}

fn ball(segments: u32, center: DVec3) -> Mesh {
    moved(of(Primitive::Sphere { radius: 1.0, segments }), center)
}

fn torus(segments: u32) -> Mesh {
    of(Primitive::Torus { major_radius: 2.0, minor_radius: 0.5, segments })
}

/// A ball with waves.
fn bumpy(segments: u32) -> Mesh {
    let mut mesh = ball(segments, DVec3::ZERO);
    for point in &mut mesh.positions {
        let waves = [(0.06, 7.0), (0.03, 17.0)].map(|(height, f)| {
            height
                * math::sin(f * point.x + 1.3)
                * math::sin(f * point.y + 2.1)
                * math::cos(f * point.z + 0.4)
        });
        *point *= 1.0 + waves[0] + waves[1];
    }
    mesh
}

/// SplitMix64: numbers from 0 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn random_balls(count: u32) -> Vec<Mesh> {
    let mut random = Random(20_240_601);
    let mut ball_somewhere = |_| {
        let center = at(random.next(), random.next(), random.next()) * 4.0;
        let radius = 0.3 + 0.6 * random.next();
        moved(of(Primitive::Sphere { radius, segments: 16 }), center)
    };
    (0..count).map(&mut ball_somewhere).collect()
}

/// Boxes with whole numbers in a block, the block first; perhaps all turned, so that faces coincide but for rounding.
fn random_boxes(seed: u64, is_turned: bool) -> Vec<Mesh> {
    let mut random = Random(seed);
    let mut boxes = vec![cuboid([0.0; 3], [8.0; 3])];
    for _ in 0..20 {
        let low = [(); 3].map(|()| (random.next() * 7.0).floor());
        let high = low.map(|low| (low + 1.0 + (random.next() * 4.0).floor()).min(8.0));
        boxes.push(cuboid(low, high));
    }
    if is_turned { boxes.into_iter().map(|mesh| rotated(mesh, ROTATION)).collect() } else { boxes }
}

fn cubes(count: u32) -> Vec<Mesh> {
    let place = |i: u32| at(f64::from(i % count), f64::from(i / count % count), f64::from(i / count / count));
    (0..count * count * count).map(|i| moved(cuboid([0.0; 3], [1.0; 3]), place(i))).collect()
}

/// A cube and the square bars that make holes of it.
fn menger(depth: u32) -> Vec<Mesh> {
    let size = f64::from(3_u32.pow(depth));
    let mut all = vec![cuboid([0.0; 3], [size; 3])];
    for level in 1..=depth {
        let count = 3_u32.pow(level - 1);
        let width = size / f64::from(count * 3);
        for i in 0..count * count {
            let [a, b] = [i % count, i / count].map(|place| f64::from(place * 3 + 1) * width);
            for axis in 0..3 {
                let (mut low, mut high) = ([0.0; 3], [size; 3]);
                (low[(axis + 1) % 3], high[(axis + 1) % 3]) = (a, a + width);
                (low[(axis + 2) % 3], high[(axis + 2) % 3]) = (b, b + width);
                all.push(cuboid(low, high));
            }
        }
    }
    all
}

/// A plate and cylinders through it.
fn drilled(count: u32) -> Vec<Mesh> {
    let side = f64::from(count) * 2.0;
    let mut all = vec![cuboid([0.0; 3], [side, side, 1.0])];
    for i in 0..count * count {
        let drill = of(Primitive::Cylinder { radius: 0.6, height: 3.0, segments: 24 });
        all.push(moved(drill, at(f64::from(i % count) * 2.0 + 1.0, f64::from(i / count) * 2.0 + 1.0, -1.0)));
    }
    all
}

fn probes() -> Vec<(BooleanOp, Vec<Mesh>)> {
    let unit = || cuboid([0.0; 3], [1.0; 3]);
    let beside = |low: [f64; 3], high: [f64; 3]| (Union, vec![unit(), cuboid(low, high)]);
    let mut inside_out = unit();
    inside_out.triangles.iter_mut().for_each(|corners| corners.swap(1, 2));
    let mut mixed = unit();
    mixed.triangles.iter_mut().step_by(2).for_each(|corners| corners.swap(1, 2));
    let twice = Mesh::new(unit().positions, [unit().triangles, unit().triangles].concat());
    let mut open = unit();
    open.triangles.pop();
    let soup = unsewn(&ball(12, DVec3::ZERO));
    let cutter = || cuboid([0.25, 0.25, -0.5], [0.75, 0.75, 0.5]);
    let far = 1e6;
    vec![
        (Union, vec![unit(), unit()]),
        (Difference, vec![unit(), unit()]),
        beside([1.0, 0.0, 0.0], [2.0, 1.0, 1.0]),
        beside([1.0, 0.25, 0.25], [2.0, 0.75, 0.75]),
        beside([1.0, 1.0, 0.0], [2.0, 2.0, 1.0]),
        beside([1.0; 3], [2.0; 3]),
        (Difference, vec![cuboid([0.0; 3], [3.0; 3]), cuboid([1.0, 1.0, 0.0], [2.0, 2.0, 3.0])]),
        (Difference, vec![cuboid([0.0; 3], [3.0; 3]), cuboid([1.0; 3], [2.0; 3])]),
        (Difference, vec![cuboid([far; 3], [far + 4.0; 3]), cuboid([far + 1.0; 3], [far + 2.0; 3])]),
        (Union, vec![joined(&[cuboid([0.0; 3], [2.0; 3]), cuboid([1.0; 3], [3.0; 3])])]),
        (Union, vec![inside_out, cuboid([0.5; 3], [1.5; 3])]),
        (Difference, vec![mixed, cutter()]),
        (Difference, vec![twice, cutter()]),
        (Difference, vec![open, cutter()]),
        (Difference, vec![soup, cutter()]),
    ]
}

/// Every triangle with corners of its own.
fn unsewn(mesh: &Mesh) -> Mesh {
    let positions = (0..mesh.triangles.len()).flat_map(|triangle| mesh.triangle_points(triangle)).collect();
    Mesh::new(positions, (0..mesh.triangles.len() as u32 * 3).step_by(3).map(|i| [i, i + 1, i + 2]).collect())
}

/// Loose triangles with holes, doubles and two that wind the other way.
fn damaged() -> Mesh {
    let mut mesh = unsewn(&bumpy(24));
    mesh.triangles.retain(|corners| corners[0] % 171 != 0);
    mesh.triangles.extend_from_within(5..9);
    mesh.triangles[20].swap(0, 1);
    mesh.triangles[40].swap(0, 1);
    mesh
}

fn to_triangles(target_triangles: usize) -> SimplifyOptions {
    SimplifyOptions { target_triangles, ..SimplifyOptions::default() }
}

fn levels() -> u64 {
    let mesh = bumpy(48);
    let positions: Vec<[f32; 3]> = mesh.positions.iter().map(|point| point.as_vec3().to_array()).collect();
    let indices = mesh.triangles.as_flattened();
    hash_debug(&simplify_triangles(&positions, indices, &to_triangles(500), &Unwatched))
}

/// Solids that are moved instead of their meshes.
fn placed() -> u64 {
    let Ok(solid) = Solid::new(bumpy(24), &Unwatched) else { return 0 };
    let turned = DAffine3::from_mat3_translation(ROTATION, at(0.5, 0.25, 0.125));
    let mirrored = DAffine3::from_scale(at(-1.0, 1.5, 1.0));
    let operands = [
        Operand::new(solid.clone()),
        Operand::placed(solid.clone(), turned),
        Operand::placed(solid, mirrored),
    ];
    let output = boolean(Difference, &operands, &BooleanOptions::default(), &Unwatched);
    hash_of(&output.map(|output| output.mesh))
}

/// What comes of one is cut again.
fn chain() -> u64 {
    let mut body = cuboid([-1.0; 3], [1.0; 3]);
    let mut cutter = ball(10, at(0.9, 0.8, 0.7));
    for _ in 0..10 {
        cutter = rotated(cutter, ROTATION);
        let Ok(mesh) = result(Difference, &[body, cutter.clone()], BooleanOptions::default()) else {
            return 0;
        };
        body = mesh;
    }
    hash_mesh(&body)
}

fn gyroid() -> u64 {
    let function = |p: DVec3| {
        math::sin(p.x) * math::cos(p.y) + math::sin(p.y) * math::cos(p.z) + math::sin(p.z) * math::cos(p.x)
    };
    let options =
        LevelSet { low: DVec3::splat(-4.0), high: DVec3::splat(4.0), cell: 0.4, is_distance: false };
    hash_of(&level_set(function, &options, &Unwatched))
}

/// A polygon with a hole, right of the axis.
fn ring() -> Region {
    let circle = |radius: f64, count: u32| -> Vec<DVec2> {
        let corner = |i: u32| {
            let angle_rad = TAU * f64::from(i) / f64::from(count);
            DVec2::new(3.0 + radius * math::cos(angle_rad), radius * math::sin(angle_rad))
        };
        (0..count).map(corner).collect()
    };
    Region::new(&[circle(1.0, 24), circle(0.5, 7)], RegionRule::Odd).expect("all is in range")
}

fn regions() -> u64 {
    let square = |low: f64, high: f64| {
        vec![DVec2::new(low, low), DVec2::new(high, low), DVec2::new(high, high), DVec2::new(low, high)]
    };
    let one = ring();
    let other = Region::new(&[square(-0.5, 3.3), square(0.1, 2.0)], RegionRule::Odd).expect("in range");
    let offset = |distance: f64| one.offset(&Offset { distance, join: Join::Round { accuracy: 0.01 } });
    let combined = [RegionOp::Union, RegionOp::Difference, RegionOp::Intersection, RegionOp::Xor]
        .map(|op| one.combined(op, &other));
    hash_debug(&(combined, offset(0.2), offset(-0.1)))
}
