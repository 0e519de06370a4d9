//! Runs checks one after another, shows what they say, and counts what they counted.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::cargo::shown;

/// What was run and how it ended.
#[derive(Debug, Default)]
pub struct Tally {
    passed: u64,
    failed: u64,
    failures: Vec<String>,
    times: Vec<(String, f64)>,
}

impl Tally {
    /// Runs a command. Tests it reports are counted one by one, a command that reports none counts as one check.
    pub fn command(&mut self, name: &str, command: &mut Command) {
        println!("\n== {name}: {}", shown(command));
        let start = now();
        let counted = watch(command);
        self.times.push((name.to_owned(), start.elapsed().as_secs_f64()));
        match counted {
            Ok((success, counts)) => {
                self.passed += counts.passed;
                self.failed += counts.failed;
                if counts == Counts::default() || (!success && counts.failed == 0) {
                    self.count(success);
                }
                if !success || counts.failed > 0 {
                    self.failures.push(name.to_owned());
                }
            }
            Err(error) => {
                println!("{name} cannot be started: {error}");
                self.count(false);
                self.failures.push(name.to_owned());
            }
        }
    }

    /// Runs a check of our own.
    pub fn check(&mut self, name: &str, check: impl FnOnce() -> crate::Result<()>) -> bool {
        println!("\n== {name}");
        let start = now();
        let result = check();
        self.times.push((name.to_owned(), start.elapsed().as_secs_f64()));
        if let Err(error) = &result {
            println!("{name} failed: {error}");
            self.failures.push(name.to_owned());
        }
        self.count(result.is_ok());
        result.is_ok()
    }

    fn count(&mut self, success: bool) {
        if success { self.passed += 1 } else { self.failed += 1 }
    }

    /// Prints times, failures and, as the last line, the counts. True when nothing failed.
    #[must_use]
    pub fn finish(self) -> bool {
        println!();
        for (name, secs) in &self.times {
            println!("{secs:>8.1} s  {name}");
        }
        for name in &self.failures {
            println!("FAILED: {name}");
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0
    }
}

#[allow(clippy::disallowed_methods, reason = "xtask never runs on wasm32")]
fn now() -> Instant {
    Instant::now()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

/// Runs a command, passes its output on line by line and adds up the results of test binaries in it.
fn watch(command: &mut Command) -> std::io::Result<(bool, Counts)> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stderr = child.stderr.take().map(|stderr| std::thread::Builder::new().spawn(move || pass_on(stderr)));
    let counts = child.stdout.take().map(pass_on).unwrap_or_default();
    if let Some(Ok(reading)) = stderr {
        drop(reading.join());
    }
    Ok((child.wait()?.success(), counts))
}

fn pass_on(output: impl Read) -> Counts {
    let mut counts = Counts::default();
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        println!("{line}");
        if let Some(more) = test_result(&line) {
            counts.passed += more.passed;
            counts.failed += more.failed;
        }
    }
    counts
}

/// Reads the line with which a test binary ends: `test result: ok. 3 passed; 0 failed; …`.
fn test_result(line: &str) -> Option<Counts> {
    let (_, rest) = line.split_once("test result: ")?;
    let number_before = |word: &str| -> Option<u64> {
        rest.split_once(word)?.0.rsplit([' ', '.', ';']).find(|part| !part.is_empty())?.parse().ok()
    };
    Some(Counts { passed: number_before(" passed")?, failed: number_before(" failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_test_binaries_say() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(test_result(line), Some(Counts { passed: 12, failed: 3 }));
        assert_eq!(test_result("running 3 tests"), None);
    }

    #[test]
    fn a_failing_command_without_tests_counts_as_one_failure() {
        let mut tally = Tally::default();
        tally.command("no such program", &mut Command::new("kerf-no-such-program"));
        tally.command("version", Command::new(crate::cargo::cargo().get_program()).arg("--version"));
        assert_eq!((tally.passed, tally.failed), (1, 1));
        assert!(!tally.finish());
    }
}
