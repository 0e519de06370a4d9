//! The page starts below any path, tells what it is, and says so when it cannot draw.

#![allow(clippy::unwrap_used, reason = "a test")]

use browser_tests::{Backend, Browser, Result, Site, on_each_backend};

#[test]
fn starts_on_each_backend_and_below_a_path() {
    on_each_backend(|_site, _browser, page| {
        assert!(page.state()?.is_object());
        let roles = page.accessible()?;
        assert!(
            roles.iter().any(|(role, name)| role == "application" && name.contains("3D view")),
            "{roles:?}"
        );
        assert_eq!(page.evaluate("document.getElementById('trouble').hidden")?, serde_json::json!(true));
        assert_eq!(page.console_errors(), Vec::<String>::new());
        Ok(())
    });
}

#[test]
fn says_so_when_it_cannot_draw() {
    let attempt = |site: &Site| -> Result<()> {
        let mut browser = Browser::launch(Backend::WebGl)?;
        // WebGPU is switched off in this browser.
        let page = browser.open(&site.url(Backend::WebGpu, ""))?;
        page.wait_for("document.getElementById('trouble')?.hidden === false")?;
        let text = page.evaluate("document.getElementById('trouble-text').textContent")?;
        assert!(text.as_str().unwrap_or_default().contains("renderer=webgpu"), "{text}");
        Ok(())
    };
    if let Some(site) = Site::open() {
        attempt(&site).unwrap();
    }
}
