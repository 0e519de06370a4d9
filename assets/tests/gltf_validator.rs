//! What we write passes the Khronos validator; skipped where node or the validator is not there.
//!
//! `npm install --prefix target/tmp/gltf-validator gltf-validator` gets it (the folder is `CARGO_TARGET_TMPDIR`'s).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use assets::{Compression, ExportOptions, Format, ImportOptions, export, import};
use common::{Folder, corpus, rows};
use geometry::Unwatched;

/// Larger files say nothing more and take long.
const MOST_BYTES: u64 = 300_000;

/// Faults that we keep because they are the author's.
const KEPT: [&str; 2] = [" SKIN_NO_COMMON_ROOT ", " MESH_PRIMITIVE_NO_TANGENT_SPACE "];

/// Prints the errors in all files of a folder, one in a line.
const SCRIPT: &str = r#"
const fs = require('fs'), path = require('path'), validator = require('gltf-validator');
(async () => {
  for (const folder of fs.readdirSync(process.argv[1]).map((name) => path.join(process.argv[1], name))) {
    for (const name of fs.readdirSync(folder).filter((name) => /\.(glb|gltf)$/.test(name))) {
      const externalResourceFunction = async (uri) => new Uint8Array(fs.readFileSync(path.join(folder, decodeURIComponent(uri))));
      const bytes = new Uint8Array(fs.readFileSync(path.join(folder, name)));
      const { issues } = await validator.validateBytes(bytes, { maxIssues: 100, externalResourceFunction });
      for (const { severity, code, pointer, message } of issues.messages) {
        if (severity === 0) console.log(`${path.basename(folder)}/${name} ${code} ${pointer} ${message}`);
      }
      console.log('checked');
    }
  }
})();
"#;

/// Where npm has put the validator.
fn modules() -> Option<PathBuf> {
    let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gltf-validator");
    let modules = prefix.join("node_modules");
    if Command::new("node").arg("--version").output().is_err() {
        println!("skipped: there is no node");
        return None;
    }
    if !modules.join("gltf-validator").is_dir() {
        println!("skipped: npm install --prefix {} gltf-validator", prefix.display());
        return None;
    }
    Some(modules)
}

#[test]
fn exports_have_no_errors() {
    let Some((modules, corpus)) = modules().zip(corpus()) else { return };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("validated-{}", std::process::id()));
    let mut num_files = 0;
    for row in rows(&corpus) {
        let path = corpus.join(&row["path"]);
        let is_model = row["role"] == "model" && row["path"].starts_with("gltf/");
        if !is_model || std::fs::metadata(&path).is_ok_and(|file| file.len() > MOST_BYTES) {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let Ok(read) = import(&name, &bytes, &ImportOptions::default(), &Folder::of(&path), &Unwatched)
        else {
            continue;
        };
        for (format, compression) in [
            (Format::Gltf, Compression::None),
            (Format::Glb, Compression::Quantized),
            (Format::Glb, Compression::QuantizedAndPacked),
        ] {
            let options = ExportOptions { compression, ..ExportOptions::default() };
            let name = format!("{compression:?}.{}", format.extensions()[0]);
            let Ok(files) = export(&name, &read.scene, format, &options, &Unwatched) else { continue };
            let folder = out.join(row["path"].replace(['/', ' '], "_"));
            std::fs::create_dir_all(&folder).unwrap();
            num_files += 1;
            for (name, bytes) in files {
                std::fs::write(folder.join(name), bytes).unwrap();
            }
        }
    }
    let node =
        Command::new("node").args(["-e", SCRIPT]).arg(&out).env("NODE_PATH", modules).output().unwrap();
    let text = String::from_utf8_lossy(&node.stdout);
    let (checked, errors): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| *line == "checked");
    let is_ours = |line: &&str| !KEPT.iter().any(|code| line.contains(code));
    let errors: Vec<&str> = errors.into_iter().filter(is_ours).collect();
    assert!(errors.is_empty(), "{} errors:\n{}", errors.len(), errors.join("\n"));
    assert_eq!(checked.len(), num_files, "{}", String::from_utf8_lossy(&node.stderr));
    println!("the validator found nothing in {num_files} files");
    std::fs::remove_dir_all(out).unwrap();
}
