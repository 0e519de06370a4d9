//! Runs one workload of the boolean benchmark through our kernel: `peer_bench IN.bms OUT.bms REPS`.
//!
//! Arrays in, arrays out: preparing the solids counts as import, copying the result as export. The last line printed is
//! the JSON object that the benchmark's driver reads.

use std::sync::Arc;
use std::time::Instant;
use std::{env, fmt, fs};

use geometry::boolean::{BooleanOp, BooleanOptions, BooleanOutput, Operand, SelfIntersections, boolean};
use geometry::{Cancelled, Mesh, Progress, Solid};

#[path = "peer_bench/bms.rs"]
mod bms;

type Failure = Box<dyn std::error::Error>;

/// With `KERF_PHASES` set, tells on standard error when each part of the work begins.
struct Phases {
    start: Option<Instant>,
}

impl Progress for Phases {
    #[expect(clippy::print_stderr, reason = "asked for by a variable, for people")]
    fn phase(&self, name: &str) {
        if let Some(start) = self.start {
            eprintln!("{:9.3} ms {name}", start.elapsed().as_secs_f64() * 1e3);
        }
    }

    fn report(&self, _done: f64) -> Result<(), Cancelled> {
        Ok(())
    }
}

#[derive(Default)]
struct Times {
    import_ms: Vec<f64>,
    boolean_ms: Vec<f64>,
    export_ms: Vec<f64>,
    cpu_boolean_ms: Vec<f64>,
    cpu_total_ms: Vec<f64>,
}

#[expect(clippy::print_stdout, reason = "the driver reads the answer from standard output")]
fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [input, output, repetitions] = arguments.as_slice() else {
        return Err("usage: peer_bench IN.bms OUT.bms REPS".into());
    };
    let (op, meshes) = bms::read(&fs::read(input)?)?;
    // What is known not to pass through itself need not be searched for it; the other peers do not search either.
    let self_intersections = match env::var("KERF_SELF").as_deref() {
        Ok("trust") => SelfIntersections::Trust,
        _ => SelfIntersections::Resolve,
    };
    let options = BooleanOptions { self_intersections, ..BooleanOptions::default() };
    let mut times = Times::default();
    let mut status = "ok".to_owned();
    for _ in 0..repetitions.parse()? {
        match run(op, &meshes, &options, &mut times) {
            Ok(mesh) => fs::write(output, written(&mesh))?,
            Err(error) => {
                status = error.to_string();
                break;
            }
        }
    }
    println!("{}", Answer { times: &times, status: &status });
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock, natively")]
fn run(op: u32, meshes: &[Mesh], options: &BooleanOptions, times: &mut Times) -> Result<Mesh, Failure> {
    let inputs: Vec<Arc<Mesh>> = meshes.iter().cloned().map(Arc::new).collect();
    let (start, cpu_start) = (Instant::now(), cpu_ms());
    let phases = Phases { start: env::var_os("KERF_PHASES").map(|_| start) };
    let operands: Vec<Operand> =
        Solid::prepare_all(&inputs, &phases)?.into_iter().map(Operand::new).collect();
    let imported = start.elapsed();
    let cpu_imported = cpu_ms();
    let output = match op {
        bms::UNION => boolean(BooleanOp::Union, &operands, options, &phases)?,
        bms::DIFFERENCE => boolean(BooleanOp::Difference, &operands, options, &phases)?,
        bms::INTERSECTION => boolean(BooleanOp::Intersection, &operands, options, &phases)?,
        bms::DRAG => drag(&operands, options, &phases)?,
        _ => return Err("unknown operation".into()),
    };
    let computed = start.elapsed();
    let cpu_computed = cpu_ms();
    let copy = (output.mesh.positions.clone(), output.mesh.triangles.clone());
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    times.import_ms.push(ms(imported));
    times.boolean_ms.push(ms(computed - imported));
    times.export_ms.push(ms(start.elapsed() - computed));
    times.cpu_boolean_ms.push(cpu_computed - cpu_imported);
    times.cpu_total_ms.push(cpu_ms() - cpu_start);
    Ok(Mesh::new(copy.0, copy.1))
}

/// The first body less each other one by itself; the last result.
fn drag(operands: &[Operand], options: &BooleanOptions, phases: &Phases) -> Result<BooleanOutput, Failure> {
    let mut last = BooleanOutput::default();
    for cutter in operands.iter().skip(1) {
        let pair = [operands[0].clone(), cutter.clone()];
        last = boolean(BooleanOp::Difference, &pair, options, phases)?;
    }
    Ok(last)
}

fn written(mesh: &Mesh) -> Vec<u8> {
    let mut bytes = b"BMS1".to_vec();
    for number in [0, 1, mesh.positions.len() as u32, mesh.triangles.len() as u32] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(mesh.positions.iter().flat_map(|point| point.to_array()).flat_map(f64::to_le_bytes));
    bytes.extend(mesh.triangles.iter().flatten().flat_map(|corner| corner.to_le_bytes()));
    bytes
}

/// Processor time of all threads so far; 0 where the system does not tell.
fn cpu_ms() -> f64 {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return 0.0 };
    tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e6
}

/// The most memory the process ever held; 0 where the system does not tell.
fn peak_kb() -> u64 {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        })
        .unwrap_or(0)
}

struct Answer<'a> {
    times: &'a Times,
    status: &'a str,
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Times { import_ms, boolean_ms, export_ms, cpu_boolean_ms, cpu_total_ms } = self.times;
        write!(
            formatter,
            "{{\"import\":{import_ms:?},\"bool\":{boolean_ms:?},\"export\":{export_ms:?},\
             \"cpu\":{cpu_boolean_ms:?},\"cpu_total\":{cpu_total_ms:?},\"rss_kb\":{},\"status\":{:?}}}",
            peak_kb(),
            self.status
        )
    }
}
