//! Ten million triangles in a page. Takes minutes and some gigabytes of memory and disk, so it runs only when asked for:
//! `KERF_SITE_DIR=dist cargo test -p browser_tests --test large -- --ignored --nocapture`, after `cargo xtask dist`.

#![allow(clippy::print_stdout, reason = "it tells what it measured")]

use std::path::Path;
use std::time::Duration;

use browser_tests::{Page, Result, models, on_each_backend};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(400);

/// Notes when this began and for how long the page could do nothing else at most.
const WATCH: &str = "(() => { const seen = { begin: performance.now(), longest: 0 }; window.seen = seen; \
    let last = performance.now(); \
    const tick = () => { const now = performance.now(); seen.longest = Math.max(seen.longest, now - last); last = now; \
    setTimeout(tick, 0); }; tick(); })()";

fn tell(page: &Page, what: &str) -> Result<()> {
    let [secs, longest] = ["performance.now() - seen.begin", "seen.longest"]
        .map(|expression| page.evaluate(expression).map(|found| found.as_f64().unwrap_or(f64::NAN) / 1000.0));
    println!("  {what} after {:.1} s; at most {:.2} s without a look at the pointer", secs?, longest?);
    Ok(())
}

fn open(page: &Page, file: &Path, num_triangles: u64) -> Result<()> {
    page.evaluate(WATCH)?;
    page.choose_files(&[file])?;
    let failed = "kerf.state().notifications.some((message) => message.level === 'error')";
    let ready = "(kerf.state().nodes.length === 1 && kerf.state().nodes[0].status === 'ready')";
    page.wait_patiently_for(&format!("{ready} || {failed}"), PATIENCE)?;
    let state = page.state()?;
    assert_eq!(state["nodes"][0]["facts"]["triangles"], json!(num_triangles), "{state}");
    assert_eq!(state["nodes"][0]["facts"]["closed"], json!(true));
    tell(page, "ready")?;
    // The copy for a crash is made, and all is on the graphics device.
    page.wait_patiently_for("kerf.state().jobs.length === 0", PATIENCE)?;
    page.wait_patiently_for("performance.getEntriesByName('kerf:model-visible').length > 0", PATIENCE)?;
    tell(page, "visible and kept safe")
}

#[test]
#[ignore = "takes minutes and gigabytes"]
fn ten_million_triangles_open_and_can_be_looked_at() {
    on_each_backend(|site, _browser, page| {
        println!("with {:?}:", page.backend());
        let file = models::ball(&site.models, "large.stl", 10_000_000, [0.0; 3], 50.0);
        let size = std::fs::metadata(&file).map_or(0, |data| data.len());
        let num_triangles = (size - 84) / 50;
        assert!(num_triangles > 9_900_000);
        open(page, &file, num_triangles)?;
        std::fs::remove_file(&file).map_err(|error| browser_tests::Failure::new(error.to_string()))?;

        // The whole of it is seen: a ball fills most of the middle of its picture.
        let picture = page.picture(&json!({ "width": 300, "height": 200, "view": "iso" }))?;
        let background = picture.rgba[..4].to_vec();
        let covered =
            picture.rgba.as_chunks::<4>().0.iter().filter(|pixel| pixel[..] != background[..]).count();
        assert!(covered * 3 > 300 * 200, "{covered} pixels");
        // The page is alive: other parts are made, and undone.
        page.command("add.box", &Value::Null)?;
        page.wait_patiently_for(
            "kerf.state().nodes.length === 2 && kerf.state().nodes.every((node) => node.status === 'ready')",
            PATIENCE,
        )?;
        page.command("edit.undo", &Value::Null)?;
        page.wait_for("kerf.state().nodes.length === 1")?;
        let errors =
            page.evaluate("kerf.state().notifications.filter((message) => message.level !== 'info')")?;
        assert_eq!(errors, json!([]));
        assert_eq!(page.console_errors(), Vec::<String>::new());
        Ok(())
    });
}
