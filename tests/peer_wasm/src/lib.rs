//! The same work as the program `peer_bench`, step by step for a host that runs Wasm: plain functions, numbers and pointers
//! in and out, and nothing is imported, not even a clock. `run.mjs` beside this takes the times.

use std::cell::RefCell;
use std::sync::Arc;

use geometry::boolean::{BooleanOp, BooleanOptions, BooleanOutput, Operand, SelfIntersections, boolean};
use geometry::{Mesh, Solid, Unwatched};

#[path = "../../src/bin/peer_bench/bms.rs"]
mod bms;

#[derive(Default)]
struct State {
    file: Vec<u8>,
    op: u32,
    operands: Vec<Operand>,
    result: Mesh,
    problem: String,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Makes room for a workload's file, and tells where.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_room(num_bytes: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.file = vec![0; num_bytes];
        state.file.as_mut_ptr()
    })
}

/// Reads the file and prepares its meshes. Like all steps, tells whether that went well.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_prepare() -> bool {
    step(|state| {
        let (op, meshes) = bms::read(&std::mem::take(&mut state.file)).map_err(|error| error.to_string())?;
        let meshes: Vec<Arc<Mesh>> = meshes.into_iter().map(Arc::new).collect();
        let solids = Solid::prepare_all(&meshes, &Unwatched).map_err(|error| error.to_string())?;
        state.op = op;
        state.operands = solids.into_iter().map(Operand::new).collect();
        Ok(())
    })
}

/// Computes the workload, trusting that no operand passes through itself if told to.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_boolean(trusts: bool) -> bool {
    step(|state| {
        let self_intersections = if trusts { SelfIntersections::Trust } else { SelfIntersections::Resolve };
        let options = BooleanOptions { self_intersections, ..BooleanOptions::default() };
        let run = |op: BooleanOp, operands: &[Operand]| -> Result<BooleanOutput, String> {
            boolean(op, operands, &options, &Unwatched).map_err(|error| error.to_string())
        };
        let operands = &state.operands;
        state.result = match state.op {
            bms::UNION => run(BooleanOp::Union, operands)?.mesh,
            bms::DIFFERENCE => run(BooleanOp::Difference, operands)?.mesh,
            bms::INTERSECTION => run(BooleanOp::Intersection, operands)?.mesh,
            bms::DRAG => {
                let mut last = Mesh::default();
                for cutter in operands.iter().skip(1) {
                    last = run(BooleanOp::Difference, &[operands[0].clone(), cutter.clone()])?.mesh;
                }
                last
            }
            _ => return Err("unknown operation".to_owned()),
        };
        Ok(())
    })
}

/// Forgets the operands.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_forget() {
    STATE.with_borrow_mut(|state| *state = State::default());
}

/// The result's number of positions, each three `f64`.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_num_positions() -> usize {
    STATE.with_borrow(|state| state.result.positions.len())
}

/// Where the result's positions are.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_positions() -> *const f64 {
    STATE.with_borrow(|state| state.result.positions.as_ptr().cast())
}

/// The result's number of triangles, each three `u32`.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_num_triangles() -> usize {
    STATE.with_borrow(|state| state.result.triangles.len())
}

/// Where the result's triangles are.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_triangles() -> *const u32 {
    STATE.with_borrow(|state| state.result.triangles.as_ptr().cast())
}

/// What went wrong, as UTF-8: how long it is.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_problem_length() -> usize {
    STATE.with_borrow(|state| state.problem.len())
}

/// Where the text is that tells what went wrong.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn peer_problem() -> *const u8 {
    STATE.with_borrow(|state| state.problem.as_ptr())
}

fn step(work: impl FnOnce(&mut State) -> Result<(), String>) -> bool {
    STATE.with_borrow_mut(|state| match work(state) {
        Ok(()) => true,
        Err(problem) => {
            state.problem = problem;
            false
        }
    })
}
