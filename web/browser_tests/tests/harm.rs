//! What happens to a page from outside: no memory, a second tab, a lost graphics device. Nothing of the work is lost.

use browser_tests::{Backend, Page, Picture, Result, on_each_backend};
use serde_json::{Value, json};

/// Longer than it takes until a change is stored.
fn let_it_store(page: &Page) -> Result<()> {
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 1200))").map(drop)
}

#[test]
fn a_page_that_stopped_says_so_and_gives_the_work_back() {
    on_each_backend(|_site, _browser, page| {
        page.command("add.torus", &Value::Null)?;
        page.wait_for_nodes(1)?;
        let facts = page.state()?["nodes"][0]["facts"].clone();
        let_it_store(page)?;

        page.exhaust_memory()?;
        // A picture of 24 MB, for which there is no room.
        let asked = "kerf.screenshot({ width: 3000, height: 2000 }).then(() => 'a picture', (error) => error.message)";
        let answer = page.evaluate(asked)?;
        assert!(answer.as_str().unwrap_or_default().contains("Kerf stopped"), "{answer}");
        let text = page.evaluate("document.getElementById('trouble-text').textContent")?;
        assert!(text.as_str().unwrap_or_default().contains("comes back when you reload"), "{text}");
        assert_eq!(page.evaluate("document.getElementById('trouble').hidden")?, json!(false));
        let later = page.evaluate("kerf.command('add.box').then(() => 'done', (error) => error.message)")?;
        assert!(later.as_str().unwrap_or_default().contains("Kerf stopped"), "{later}");

        let button = page.evaluate(
            "(() => { const box = document.getElementById('trouble-reload').getBoundingClientRect(); \
             return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; })()",
        )?;
        let [x, y] = ["x", "y"].map(|axis| button[axis].as_f64().unwrap_or_default());
        page.evaluate("window.isOld = true")?;
        page.click(browser_tests::Point { x, y })?;
        page.wait_for("!window.isOld && window.kerf !== undefined")?;
        page.wait_until_interactive()?;
        page.wait_for_nodes(1)?;
        assert_eq!(page.state()?["nodes"][0]["facts"], facts);
        Ok(())
    });
}

#[test]
fn a_second_tab_leaves_the_first_ones_work_alone() {
    on_each_backend(|_site, browser, page| {
        page.command("add.torus", &Value::Null)?;
        page.wait_for_nodes(1)?;
        let_it_store(page)?;
        let address = page.evaluate("location.href")?.as_str().unwrap_or_default().to_owned();

        // One tab of its own, and one that is a copy: it begins with all that the first keeps for its session.
        page.evaluate("window.open(location.href) !== null")?;
        let copy = browser.opened_by(page)?;
        let second = browser.open(&address)?;
        for tab in [&copy, &second] {
            tab.bring_to_front()?;
            tab.wait_until_interactive()?;
            let_it_store(tab)?;
            assert_eq!(tab.state()?["num_nodes"], json!(0));
        }
        second.command("add.box", &Value::Null)?;
        second.wait_for_nodes(1)?;
        let_it_store(&second)?;

        // Each tab gets its own work back.
        for (tab, name) in [(&*page, "Torus"), (&second, "Box")] {
            tab.bring_to_front()?;
            tab.reload()?;
            tab.wait_until_interactive()?;
            tab.wait_for_nodes(1)?;
            assert_eq!(tab.state()?["nodes"][0]["name"], json!(name));
        }

        // And what a tab leaves when it is gone goes to the next one.
        let_it_store(page)?;
        std::mem::replace(page, copy).kill()?;
        let third = browser.open(&address)?;
        third.wait_until_interactive()?;
        third.wait_for_nodes(1)?;
        assert_eq!(third.state()?["nodes"][0]["name"], json!("Torus"));
        Ok(())
    });
}

/// Takes the graphics device away, as a driver that is reset does.
fn lose_device(page: &Page) -> Result<()> {
    match page.backend() {
        Backend::WebGl => page
            .evaluate("document.getElementById('view').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()")
            .map(drop),
        Backend::WebGpu => page.on_each_object("GPUDevice", "(device) => device.destroy()"),
    }
}

#[test]
fn the_picture_comes_back_after_the_device_was_lost() {
    on_each_backend(|_site, _browser, page| {
        page.command("sample.bracket", &Value::Null)?;
        page.wait_for(
            "kerf.state().nodes.length > 1 && kerf.state().nodes.every((node) => node.status === 'ready')",
        )?;
        let options = json!({ "width": 200, "height": 150, "view": "iso" });
        let before = page.picture(&options)?;

        for time in 1..=2 {
            lose_device(page)?;
            page.wait_for(&format!(
                "kerf.state().notifications.filter((message) => message.title.includes('device was reset')).length === {time}"
            ))?;
            let after = page.picture(&options)?;
            assert_eq!(after.difference(&before, 0).off_share, 0.0);
        }
        assert_eq!(page.evaluate("document.getElementById('trouble').hidden")?, json!(true));
        let errors = "kerf.state().notifications.filter((message) => message.level === 'error')";
        assert_eq!(page.evaluate(errors)?, json!([]));
        // What is seen is more than one colour, and a click still reaches the app.
        let seen = Picture::decode(&page.screenshot()?)?;
        if let Some(folder) = std::env::var_os("KERF_LOOK") {
            let name = format!("device-lost-{}.png", page.backend().name());
            seen.write(&std::path::Path::new(&folder).join(name));
        }
        let first = &seen.rgba[..4];
        let middle = seen.rgba.as_chunks::<4>().0.iter().skip(seen.rgba.len() / 8);
        assert!(middle.take(2000).any(|pixel| pixel != first), "the page shows one colour");
        let num_nodes = "kerf.state().num_nodes";
        let before = page.evaluate(num_nodes)?;
        page.command("add.box", &Value::Null)?;
        page.wait_for(&format!("{num_nodes} === {before} + 1"))?;
        page.click_on("button", "Undo")?;
        page.wait_for(&format!("{num_nodes} === {before}")).map(drop)
    });
}

#[test]
fn addresses_are_remembered_and_opened_again() {
    on_each_backend(|site, _browser, page| {
        drop(browser_tests::models::ball(&site.models, "again.stl", 500, [0.0; 3], 10.0));
        page.evaluate(&format!("kerf.open({})", json!(site.model_url("again.stl"))))?;
        page.wait_for_nodes(1)?;
        page.command("file.new", &Value::Null)?;
        page.wait_for("kerf.state().num_nodes === 0")?;
        page.click_on("button", "again.stl")?;
        page.wait_for_nodes(1)?;
        assert_eq!(page.state()?["nodes"][0]["name"], json!("again"));
        Ok(())
    });
}
