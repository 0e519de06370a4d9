//! What people do all day: open, look, select, cut, undo, save, and come back after a crash.

use browser_tests::{Point, models, on_each_backend};
use serde_json::{Value, json};

/// The middle of the view, on a page of 1000 x 700 with both panels open.
const MIDDLE: Point = Point { x: 480.0, y: 360.0 };

fn yaw(state: &Value) -> f64 {
    state["camera"]["yaw"].as_f64().unwrap_or(f64::NAN)
}

#[test]
fn a_dropped_file_is_shown_orbited_selected_and_deleted() {
    on_each_backend(|site, _browser, page| {
        let file = models::ball(&site.models, "ball.stl", 2_000, [0.0; 3], 50.0);
        page.drop_files(&[&file], MIDDLE)?;
        page.wait_for_nodes(1)?;
        page.wait_for("performance.getEntriesByName('kerf:model-visible').length > 0")?;
        let facts = page.state()?["nodes"][0]["facts"].clone();
        assert_eq!(facts["closed"], json!(true), "{facts}");

        let before = yaw(&page.state()?);
        page.drag(Point { x: 300.0, y: 560.0 }, Point { x: 420.0, y: 540.0 }, "left")?;
        page.wait_for(&format!("Math.abs(kerf.state().camera.yaw - {before}) > 5"))?;

        page.click(MIDDLE)?;
        page.wait_for("kerf.state().selection.length === 1")?;
        page.press("Delete", false, false)?;
        page.wait_for("kerf.state().num_nodes === 0")?;
        page.press("z", true, false)?;
        page.wait_for_nodes(1)
    });
}

#[test]
fn an_address_brings_the_files_beside_it() {
    on_each_backend(|site, _browser, page| {
        std::fs::write(
            site.models.join("tri.obj"),
            "mtllib my%20colours.mtl\nmtllib tri.mtl\nusemtl red\nv 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 3\n",
        )
        .expect("the folder for temporary files can be written");
        std::fs::write(site.models.join("tri.mtl"), "newmtl red\nKd 1 0 0\n")
            .expect("the folder for temporary files can be written");
        let opened = page.evaluate(&format!("kerf.open({})", json!(site.model_url("tri.obj"))))?;
        assert_eq!(opened["nodes"], json!(1));
        page.wait_for_nodes(1)?;
        page.evaluate(&format!(
            "kerf.open({}).then(() => 0, () => 0)",
            json!(site.model_url("missing.stl"))
        ))?;
        let message = "kerf.state().notifications.find((message) => message.level === 'error')";
        let message = page.wait_for(message)?.to_string();
        assert!(message.contains("missing.stl") && message.contains("404"), "{message}");
        Ok(())
    });
}

#[test]
fn a_cut_is_made_by_clicking_undone_and_saved() {
    on_each_backend(|site, _browser, page| {
        for shape in ["add.box", "add.sphere"] {
            page.command(shape, &Value::Null)?;
        }
        page.wait_for_nodes(2)?;
        let whole = page.state()?["nodes"][0]["facts"]["volume"].as_f64().unwrap_or_default();
        page.hover(MIDDLE)?;
        page.press("a", true, false)?;
        page.wait_for("kerf.state().selection.length === 2")?;
        page.click_on("button", "Difference")?;
        page.wait_for_nodes(3)?;
        let cut = page.evaluate("kerf.state().nodes.find((node) => node.kind === 'boolean').facts")?;
        let volume = cut["volume"].as_f64().unwrap_or_default();
        assert!(cut["closed"] == json!(true) && volume > 0.0 && volume < whole, "{cut} of {whole}");

        page.click_on("button", "Undo")?;
        page.wait_for("kerf.state().nodes.length === 2")?;
        page.click_on("button", "Redo")?;
        page.wait_for_nodes(3)?;

        let dir = site.models.join(format!("saved-{}", whole.to_bits()));
        drop(std::fs::remove_dir_all(&dir));
        std::fs::create_dir_all(&dir).expect("the folder for temporary files can be written");
        page.download_into(&dir)?;
        page.press("s", true, false)?;
        page.wait_for("kerf.state().dirty === false")?;
        let saved = || {
            std::fs::read_dir(&dir)
                .into_iter()
                .flatten()
                .flatten()
                .find(|file| file.path().extension().is_some_and(|extension| extension == "kerf"))
        };
        let mut file = saved();
        for _ in 0..100 {
            if file.is_some() {
                break;
            }
            page.evaluate("new Promise((resolve) => setTimeout(resolve, 100))")?;
            file = saved();
        }
        let file = file.expect("the project is downloaded").path();
        page.command("file.new", &Value::Null)?;
        page.wait_for("kerf.state().num_nodes === 0")?;
        page.choose_files(&[&file])?;
        page.wait_for_nodes(3)
    });
}

#[test]
fn work_comes_back_after_a_reload_and_after_a_killed_tab() {
    on_each_backend(|_site, browser, page| {
        page.command("add.torus", &Value::Null)?;
        page.wait_for_nodes(1)?;
        let facts = page.state()?["nodes"][0]["facts"].clone();
        // What may be lost is the last second.
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 1000))")?;
        let address = page.evaluate("location.href")?.as_str().unwrap_or_default().to_owned();
        page.reload()?;
        page.wait_until_interactive()?;
        page.wait_for_nodes(1)?;
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 1000))")?;

        let killed = std::mem::replace(page, browser.open("about:blank")?);
        killed.kill()?;
        page.go_to(&address)?;
        page.wait_until_interactive()?;
        page.wait_for_nodes(1)?;
        assert_eq!(page.state()?["nodes"][0]["facts"], facts);
        Ok(())
    });
}

#[test]
fn a_model_in_the_address_is_seen_early_and_comes_once() {
    on_each_backend(|site, _browser, page| {
        assert!(models::ball(&site.models, "early.stl", 200_000, [0.0; 3], 10.0).is_file());
        std::fs::write(site.models.join("empty.stl"), "")
            .expect("the folder for temporary files can be written");
        let address = page.evaluate("location.href")?.as_str().unwrap_or_default().to_owned();
        page.go_to(&format!("{address}&model={}", site.model_url("early.stl")))?;
        page.wait_until_interactive()?;
        page.wait_for_nodes(1)?;
        assert_eq!(page.state()?["nodes"][0]["name"], json!("early"));
        // First coarse, then all of it.
        page.wait_for("performance.getEntriesByName('kerf:model-visible').length === 2")?;
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 1500))")?;
        assert_eq!(page.evaluate("performance.getEntriesByName('kerf:model-visible').length")?, json!(2));

        page.reload()?;
        page.wait_until_interactive()?;
        page.wait_for_nodes(1)?;
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 1500))")?;
        assert_eq!(page.state()?["nodes"].as_array().map(Vec::len), Some(1));

        page.go_to(&format!("{address}&model={}", site.model_url("empty.stl")))?;
        page.wait_until_interactive()?;
        let message = "kerf.state().notifications.find((message) => message.level === 'error')";
        let message = page.wait_for(message)?.to_string();
        assert!(message.contains("empty.stl"), "{message}");
        Ok(())
    });
}
