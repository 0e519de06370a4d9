//! What operations count as their memory is what they take from the allocator, but for a stated share.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use geometry::boolean::{BooleanError, BooleanOp, BooleanOptions, Operand, boolean};
use geometry::{
    Corners, MemoryLimit, Mesh, Primitive, RemeshOptions, RepairOptions, SimplifyOptions, Solid, Unwatched,
    convex_hull, offset, offset_solid, refine, remesh, repair, self_intersections, simplify, smooth,
    subdivide,
};
use glam::DVec3;

/// Counts what is taken.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static MOST_TAKEN: AtomicUsize = AtomicUsize::new(0);

fn taken(num_bytes: usize) {
    let now = TAKEN.fetch_add(num_bytes, Ordering::Relaxed) + num_bytes;
    MOST_TAKEN.fetch_max(now, Ordering::Relaxed);
}

#[expect(unsafe_code, reason = "that is how an allocator is made")]
// SAFETY: everything is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: as promised by the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        taken(new_size);
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as promised by the caller.
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How far counts may be off: scratch space of threads is not counted, and what is counted together was not always there
/// together.
const COUNTED: Range<f64> = 0.75..1.4;

/// The same for estimates.
const ESTIMATED: Range<f64> = 0.7..2.5;

/// Runs something; counted and taken bytes at their peaks must not be far apart.
fn compare<T>(name: &str, shares: Range<f64>, run: impl FnOnce(&MemoryLimit<'_>) -> T) -> (T, u64) {
    let limit = MemoryLimit::new(&Unwatched, u64::MAX);
    let before = TAKEN.load(Ordering::Relaxed);
    MOST_TAKEN.store(before, Ordering::Relaxed);
    let result = run(&limit);
    let taken = MOST_TAKEN.load(Ordering::Relaxed) - before;
    let share = limit.peak_bytes() as f64 / taken as f64;
    let told = format!("{name}: {taken} taken, {} counted: {share:.2}", limit.peak_bytes());
    assert!(shares.contains(&share), "{told}");
    (result, limit.peak_bytes())
}

fn ball(segments: u32, center: DVec3) -> Mesh {
    let mut mesh = Primitive::Sphere { radius: 1.0, segments }.mesh().unwrap();
    mesh.positions.iter_mut().for_each(|point| *point += center);
    mesh
}

/// One test, since the allocator counts for all threads.
#[test]
fn what_is_counted_is_what_is_taken() {
    let near = |i: u32, step: f64| ball(32, DVec3::new(f64::from(i % 8), f64::from(i / 8), 0.1) * step);
    let scenes: [(&str, BooleanOp, Vec<Mesh>); 4] = [
        ("two balls", BooleanOp::Difference, vec![ball(256, DVec3::ZERO), ball(256, DVec3::X * 0.5)]),
        (
            "a ball in itself",
            BooleanOp::Union,
            vec![ball(160, DVec3::ZERO), ball(160, DVec3::new(1e-3, 2e-3, 3e-3))],
        ),
        ("many balls", BooleanOp::Union, (0..64).map(|i| near(i, 0.83)).collect()),
        ("a small cut", BooleanOp::Difference, vec![ball(256, DVec3::ZERO), ball(16, DVec3::X)]),
    ];
    for (name, op, meshes) in scenes {
        let meshes: Vec<Arc<Mesh>> = meshes.into_iter().map(Arc::new).collect();
        let (solids, _) =
            compare("preparing", ESTIMATED, |limit| Solid::prepare_all(&meshes, limit).unwrap());
        let operands: Vec<Operand> = solids.into_iter().map(Operand::new).collect();
        let unlimited = BooleanOptions::default();
        let (expected, peak) =
            compare(name, COUNTED, |limit| boolean(op, &operands, &unlimited, limit).unwrap());
        // Room for all there is to know by the second time, and for threads that do other things at once.
        let within = |limit: u64| {
            let options = BooleanOptions { memory_limit: Some(limit), ..unlimited };
            boolean(op, &operands, &options, &Unwatched)
        };
        assert!(within(peak * 3 / 2).unwrap() == expected, "{name}");
        for part in [0, 8, 4, 2] {
            match within(peak.checked_div(part).unwrap_or_default()) {
                Err(BooleanError::OverLimit(refusal)) => {
                    assert!(refusal.needed_bytes > refusal.limit_bytes && !refusal.stage.is_empty());
                }
                result => panic!("{name}: {result:?}"),
            }
        }
    }
    let fine = ball(256, DVec3::ZERO);
    let to_tenth = SimplifyOptions { target_triangles: fine.triangles.len() / 10, ..Default::default() };
    compare("simplify", ESTIMATED, |limit| simplify(&fine, &to_tenth, limit).unwrap());
    let mut soup = Mesh::default();
    for triangle in 0..fine.triangles.len() as u32 {
        soup.positions.extend(fine.triangle_points(triangle as usize));
        soup.triangles.push([triangle * 3, triangle * 3 + 1, triangle * 3 + 2]);
    }
    compare("repair", ESTIMATED, |limit| repair(&soup, &RepairOptions::default(), limit).unwrap());
    let soup = Arc::new(soup);
    compare("preparing a soup", ESTIMATED, |limit| Solid::new(Arc::clone(&soup), limit).unwrap());
    compare("hull", ESTIMATED, |limit| convex_hull(&fine.positions, limit).unwrap());
    compare("refine", ESTIMATED, |limit| refine(&ball(64, DVec3::ZERO), 0.02, limit).unwrap());
    compare("subdivide", ESTIMATED, |limit| subdivide(&ball(64, DVec3::ZERO), 2, limit).unwrap());
    compare("smooth", ESTIMATED, |limit| smooth(&fine, 2, limit).unwrap());
    compare("self-intersections", ESTIMATED, |limit| self_intersections(&fine, limit).unwrap());
    let options = RemeshOptions { edge_length: 0.02, ..RemeshOptions::default() };
    compare("remesh", ESTIMATED, |limit| remesh(&ball(64, DVec3::ZERO), &options, limit).unwrap());
    let sharp = Corners::Sharp { limit: 2.0 };
    compare("sharp offset", ESTIMATED, |limit| offset(&ball(64, DVec3::ZERO), 0.1, sharp, limit).unwrap());
    compare("offset", ESTIMATED, |limit| offset_solid(&ball(64, DVec3::ZERO), 0.1, 0.05, limit).unwrap());
}
