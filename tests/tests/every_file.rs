//! Whatever file is dropped on Kerf, valid or not, model or not: an answer, soon, and no panic.

use std::time::{Duration, Instant};

use jobs::JobOutput;

/// The limit is 2 s in a release build; tests are built with less optimisation and share their cores.
const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn every_file_of_the_corpus_is_answered() {
    let Some(corpus) = tests::corpus() else { return };
    let mut shown = 0;
    let mut refused = 0;
    for path in tests::files_below(&corpus) {
        #[expect(clippy::disallowed_methods, reason = "the time it takes is what is tested")]
        let start = Instant::now();
        let answer = tests::open(&path);
        let took = start.elapsed();
        assert!(took < LIMIT, "{} took {took:?}", path.display());
        match answer {
            Ok(JobOutput::Imported(model)) => {
                shown += 1;
                assert_eq!(model.parts.len(), model.imported.scene.meshes.len(), "{}", path.display());
                for part in &model.parts {
                    assert_eq!(part.part.surface.validate(), Ok(()), "{}", path.display());
                    let indices = part.display.indices.len();
                    assert_eq!(indices, part.display.source_triangles.len() * 3, "{}", path.display());
                }
            }
            Ok(other) => panic!("{}: an import gave {other:?}", path.display()),
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                assert!(message.len() > 20, "{}: “{message}” helps nobody", path.display());
            }
        }
    }
    println!("{shown} files shown, {refused} refused with a reason");
    assert!(shown > 400 && refused > 100, "the corpus is not what it was");
}
