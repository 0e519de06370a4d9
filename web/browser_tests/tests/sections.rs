//! A section made, dragged, typed, measured and used, with pointer and keyboard.

use browser_tests::{Page, Point, Result, on_each_backend};
use serde_json::{Value, json};

/// The middle of the view, on a page of 1000 x 700 with both panels open.
const MIDDLE: Point = Point { x: 480.0, y: 360.0 };

fn offset(page: &Page) -> Result<f64> {
    Ok(page.state()?["sections"][0]["offset"].as_f64().unwrap_or(f64::NAN))
}

/// Calls a command as somebody does who has no mouse.
fn call_by_keyboard(page: &Page, words: &str) -> Result<()> {
    page.hover(MIDDLE)?;
    page.press("p", true, true)?;
    page.find("textbox", "Command")?;
    page.type_text(words)?;
    page.press("Enter", false, false)
}

#[test]
fn a_section_is_dragged_typed_measured_and_used() {
    on_each_backend(|_site, _browser, page| {
        page.command("add.box", &Value::Null)?;
        page.wait_for_nodes(1)?;
        let volume = page.state()?["nodes"][0]["facts"]["volume"].as_f64().unwrap_or_default();
        let side = volume.cbrt();
        page.command("select", &json!({ "nodes": [] }))?;
        // The camera comes to the box first, from 400 mm away.
        page.command("view.fit-all", &Value::Null)?;
        page.wait_for("kerf.state().camera.distance < 150")?;
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 1000))")?;
        page.command("view.front", &Value::Null)?;
        page.wait_for("Math.abs(kerf.state().camera.pitch) < 0.01")?;
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 1000))")?;

        call_by_keyboard(page, "section across z")?;
        page.wait_for("kerf.state().sections.length === 1")?;
        assert!((offset(page)? - 0.5 * side).abs() < 1e-9, "through the middle");
        let measured = page.wait_for("kerf.state().sections[0].measured")?;
        let area = measured["area"].as_f64().unwrap_or_default();
        assert!((area - side * side).abs() < 1e-6 * area && measured["contours"] == json!(1), "{measured}");

        // The arrow goes straight up from the middle of the plane, which is less above that of the view.
        let start = Point { x: MIDDLE.x, y: MIDDLE.y - 60.0 };
        page.drag(start, Point { x: start.x, y: start.y - 40.0 }, "left")?;
        let middle = 0.5 * side;
        page.wait_for(&format!("kerf.state().sections[0].offset > {middle} + 1e-3"))?;
        assert!(page.state()?["selection"].as_array().is_some_and(Vec::is_empty), "nothing was clicked");

        let quarter = 0.25 * side;
        page.click_on("textbox", "Section Z")?;
        page.type_text(&format!("{quarter}"))?;
        page.press("Enter", false, false)?;
        page.wait_for(&format!("Math.abs(kerf.state().sections[0].offset - {quarter}) < 1e-6"))?;
        page.click_on("button", "Flip")?;
        page.wait_for("kerf.state().sections[0].normal[2] === -1")?;

        // What is hidden goes for good: a quarter of the box from below.
        page.command("section.trim", &Value::Null)?;
        page.wait_for_nodes(2)?;
        assert_eq!(page.state()?["sections"], json!([]));
        let trimmed =
            page.evaluate("kerf.state().nodes.find((node) => node.kind === 'trim').facts.volume")?;
        let left = trimmed.as_f64().unwrap_or_default();
        assert!((left / volume - 0.75).abs() < 1e-6, "{left} of {volume}");

        page.command("view.section-box", &Value::Null)?;
        page.wait_for("kerf.state().sections.length === 6")?;
        page.command("view.section-off", &Value::Null)?;
        page.wait_for("kerf.state().sections.length === 0").map(drop)
    });
}
