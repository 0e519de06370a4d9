//! How soon a boolean answers when nobody waits for it any more: `peer_bench_cancel STEPS FILE.bms...`.
//!
//! Each workload of the boolean benchmark is run once to its end, preparing the solids included, and then again with
//! requests to stop spread evenly over the time that took. Told is the longest and the median time from a request to the
//! answer.

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};

use geometry::boolean::{BooleanOp, BooleanOptions, Operand, boolean};
use geometry::{Cancelled, Mesh, Progress, Solid};

#[path = "peer_bench/bms.rs"]
#[expect(dead_code, reason = "shared with the other benchmark, which needs all of it")]
mod bms;

type Failure = Box<dyn std::error::Error>;

/// Asks to stop from a moment on.
struct StopAt(Option<Instant>);

impl Progress for StopAt {
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock, natively")]
    fn report(&self, _done: f64) -> Result<(), Cancelled> {
        match self.0 {
            Some(moment) if Instant::now() >= moment => Err(Cancelled),
            _ => Ok(()),
        }
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark for people")]
fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [steps, files @ ..] = arguments.as_slice() else {
        return Err("usage: peer_bench_cancel STEPS FILE.bms...".into());
    };
    let steps: u32 = steps.parse()?;
    for file in files {
        let (op, meshes) = bms::read(&fs::read(file)?)?;
        let meshes: Vec<Arc<Mesh>> = meshes.into_iter().map(Arc::new).collect();
        let (whole, _) = run(op, &meshes, None);
        let mut latencies: Vec<Duration> = (0..steps)
            .filter_map(|step| {
                let delay = whole.mul_f64((f64::from(step) + 0.5) / f64::from(steps));
                let (took, was_cancelled) = run(op, &meshes, Some(delay));
                was_cancelled.then(|| took.saturating_sub(delay))
            })
            .collect();
        latencies.sort_unstable();
        let ms = |time: Option<&Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e3);
        println!(
            "{file}: {:.0} ms in all, {} requests, answer after {:.1} ms at most, {:.1} ms in the median",
            ms(Some(&whole)),
            latencies.len(),
            ms(latencies.last()),
            ms(latencies.get(latencies.len() / 2)),
        );
    }
    Ok(())
}

/// How long it took, and whether it was stopped.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock, natively")]
fn run(op: u32, meshes: &[Arc<Mesh>], delay: Option<Duration>) -> (Duration, bool) {
    let (op, num_operands) = match op {
        bms::UNION => (BooleanOp::Union, meshes.len()),
        bms::INTERSECTION => (BooleanOp::Intersection, meshes.len()),
        bms::DRAG => (BooleanOp::Difference, 2),
        _ => (BooleanOp::Difference, meshes.len()),
    };
    let start = Instant::now();
    let progress = StopAt(delay.map(|delay| start + delay));
    let was_cancelled = match Solid::prepare_all(meshes, &progress) {
        Ok(solids) => {
            let operands: Vec<Operand> = solids.into_iter().take(num_operands).map(Operand::new).collect();
            let result = boolean(op, &operands, &BooleanOptions::default(), &progress);
            let took = start.elapsed();
            return (took, result.is_err());
        }
        Err(_) => true,
    };
    (start.elapsed(), was_cancelled)
}
