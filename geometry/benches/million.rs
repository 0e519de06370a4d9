//! How long the kernel's everyday work takes on a torus of a million triangles. Prints the best of three runs each;
//! `benches/README.md` says what each line guards.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark reads the clock and prints")]

use std::f64::consts::TAU;
use std::hint::black_box;
use std::time::Instant;

use geometry::bvh::{BoxTree, Bvh, Ray, for_each_overlap, nearest_hit, nearest_point};
use geometry::display::{DisplayMesh, DisplayOptions};
use geometry::topology::{Edges, boundary_loops};
use geometry::{
    Channel, CornerRows, Mesh, Semantic, SimplifyOptions, Unwatched, cluster_triangles, math, simplify,
    simplify_triangles, weld_positions,
};
use glam::DVec3;

const AROUND: u32 = 1000;
const TUBE: u32 = 500;

fn main() {
    let mesh = torus(DVec3::ZERO);
    println!("{} triangles", mesh.triangles.len());
    let bvh = time("bvh build", || Bvh::of_mesh(&mesh));
    println!("    expected box tests per ray: {:.1}", surface_area_cost(&bvh));
    time("100 000 rays", || {
        (0..100_000).filter(|&i| nearest_hit(&bvh, &mesh, &ray(i), f64::INFINITY).is_some()).count()
    });
    time("100 000 nearest points", || {
        (0..100_000).filter(|&i| nearest_point(&bvh, &mesh, ray(i).at(0.8), 5.0).is_some()).count()
    });
    let tree = time("box tree build", || BoxTree::of_mesh(&mesh));
    let other = BoxTree::of_mesh(&torus(DVec3::new(40.0, 0.123, 0.456)));
    time("overlaps of two tori", || {
        let mut count = 0_usize;
        for_each_overlap(&tree, &other, |_, _| count += 1);
        count
    });
    let edges = time("edges", || Edges::new(&mesh.triangles, mesh.positions.len()));
    let opposites = time("opposites", || edges.opposites(&mesh.triangles));
    time("shells", || edges.shells(&mesh.triangles).len);
    time("boundary loops", || boundary_loops(&opposites).len());
    time("check", || mesh.check());
    time("watertight", || mesh.is_watertight());
    time("properties", || mesh.properties());
    time("content hash", || mesh.content_hash());
    let soup: Vec<DVec3> =
        (0..mesh.triangles.len()).flat_map(|triangle| mesh.triangle_points(triangle)).collect();
    time("weld of 3 000 000 positions", || weld_positions(&soup).positions.len());
    let points: Vec<[f32; 3]> = mesh.positions.iter().map(|point| point.as_vec3().to_array()).collect();
    let indices = mesh.triangles.as_flattened();
    for cells in [64, 128, 256] {
        let clustered =
            time(&format!("cluster, {cells} cells"), || cluster_triangles(&points, indices, cells));
        println!("    {} triangles", clustered.len() / 3);
    }
    let tenth = SimplifyOptions { target_triangles: 100_000, ..SimplifyOptions::default() };
    time("simplify to a tenth", || {
        simplify(&mesh, &tenth, &Unwatched).map_or(0, |mesh| mesh.triangles.len())
    });
    time("simplify, same vertices", || {
        simplify_triangles(&points, indices, &tenth, &Unwatched).map_or(0, |it| it.len())
    });
    let near = SimplifyOptions { max_deviation: 0.005, ..tenth };
    time("simplify within 0.005 mm", || {
        simplify(&mesh, &near, &Unwatched).map_or(0, |mesh| mesh.triangles.len())
    });
    time("display, no attributes", || display(&mesh));
    let textured = textured(mesh);
    time("display, texture, tangents", || display(&textured));
}

fn time<T>(name: &str, mut work: impl FnMut() -> T) -> T {
    let mut best_ms = f64::INFINITY;
    let mut result = None;
    for _ in 0..3 {
        let start = Instant::now();
        result = Some(black_box(work()));
        best_ms = best_ms.min(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("{name:<28} {best_ms:9.2} ms");
    result.expect("the loop runs three times")
}

fn torus(center: DVec3) -> Mesh {
    let mut positions = Vec::new();
    let mut triangles = Vec::new();
    for i in 0..AROUND {
        for j in 0..TUBE {
            let around = TAU * f64::from(i) / f64::from(AROUND);
            let tube = TAU * f64::from(j) / f64::from(TUBE);
            let radius = 40.0 + 12.0 * math::cos(tube);
            let offset = DVec3::new(math::cos(around), math::sin(around), 0.0) * radius;
            positions.push(center + offset + DVec3::Z * (12.0 * math::sin(tube)));
            let at = |i: u32, j: u32| (i % AROUND) * TUBE + j % TUBE;
            triangles.push([at(i, j), at(i + 1, j), at(i + 1, j + 1)]);
            triangles.push([at(i, j), at(i + 1, j + 1), at(i, j + 1)]);
        }
    }
    Mesh::new(positions, triangles)
}

fn display(mesh: &Mesh) -> usize {
    let options = DisplayOptions::default();
    DisplayMesh::build(mesh, &[], &[], &options, &Unwatched).map_or(0, |display| display.vertices.len())
}

fn textured(mut mesh: Mesh) -> Mesh {
    let values = mesh.positions.iter().flat_map(|point| [point.x as f32, point.y as f32]).collect();
    mesh.channels.push(Channel {
        semantic: Semantic::Uv(0),
        width: 2,
        values,
        rows: CornerRows::PerPosition,
    });
    mesh
}

/// Rays from a sphere around the torus, spread by the golden angle, towards points near its middle.
fn ray(number: u32) -> Ray {
    let angle_rad = f64::from(number) * 2.399_963_229_728_653;
    let height = f64::from(number % 1999) / 999.5 - 1.0;
    let radius = (1.0 - height * height).max(0.0).sqrt();
    let origin = DVec3::new(radius * math::cos(angle_rad), radius * math::sin(angle_rad), height) * 200.0;
    let target = DVec3::new(f64::from(number % 101) - 50.0, f64::from(number % 97) - 48.0, 0.0);
    Ray { origin, direction: target - origin }
}

/// The number of boxes a random ray through the root's box meets on average.
fn surface_area_cost(bvh: &Bvh) -> f64 {
    let area = |node: &geometry::bvh::BvhNode| {
        let [x, y, z] = (node.aabb().high() - node.aabb().low()).to_array();
        x * (y + z) + y * z
    };
    bvh.nodes().iter().map(area).sum::<f64>() / bvh.nodes().first().map_or(1.0, area)
}
