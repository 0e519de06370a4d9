//! The same bits with one thread and with many, natively and as Wasm, over every kind of work.
//!
//! For the comparison with Wasm, `KERF_SAME_BITS_WASM` names the module made of this crate; `cargo xtask
//! test` sets it. It is run in node.

use std::process::Command;

use same_bits::SCENES;

/// A line per scene.
fn table() -> Vec<String> {
    SCENES.iter().map(|(name, hash)| format!("{name} {:016x}", hash())).collect()
}

fn with_threads(num_threads: usize) -> Vec<String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(num_threads).build();
    pool.expect("threads can be made").install(table)
}

#[test]
fn one_thread_and_many_and_wasm_give_the_same_bits() {
    let one = with_threads(1);
    for num_threads in [2, 5] {
        assert_eq!(one, with_threads(num_threads), "{num_threads} threads");
    }
    // A scene that fails, or one that is there twice, would show nothing.
    let mut hashes: Vec<&str> = one.iter().filter_map(|line| line.rsplit(' ').next()).collect();
    assert!(!hashes.contains(&"0000000000000000"), "{one:#?}");
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), SCENES.len(), "{one:#?}");

    let Some(module) = std::env::var_os("KERF_SAME_BITS_WASM") else {
        println!("not compared with Wasm: KERF_SAME_BITS_WASM is not set");
        return;
    };
    let output = Command::new("node").arg("run.mjs").arg(module).output().expect("node is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let in_wasm: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(one, in_wasm, "as Wasm");
}
