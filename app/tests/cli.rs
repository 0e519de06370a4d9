//! The command line as a script uses it: files, JSON and exit codes.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kerf-cli-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for temporary files");
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a command with `--json`; gives its exit code and its answer.
fn kerf(arguments: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kerf"));
    let output = command.args(arguments).arg("--json").output().expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    (output.status.code().expect("no signal"), json)
}

/// A box of 2 x 3 x 4 mm with one side turned over and another one missing.
fn broken_box(folder: &Folder) -> String {
    let corners = "v 0 0 0\nv 2 0 0\nv 2 3 0\nv 0 3 0\nv 0 0 4\nv 2 0 4\nv 2 3 4\nv 0 3 4\n";
    let sides = "f 4 3 2 1\nf 5 6 2 1\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n";
    folder.write("broken.obj", &format!("{corners}{sides}"))
}

fn box_at(folder: &Folder, name: &str, low: [f64; 3], high: [f64; 3]) -> String {
    let corner = |i: usize| {
        let pick = |axis: usize| if i >> axis & 1 == 0 { low[axis] } else { high[axis] };
        format!("v {} {} {}\n", pick(0), pick(1), pick(2))
    };
    let corners: String = (0..8).map(corner).collect();
    let sides = "f 1 3 4 2\nf 5 6 8 7\nf 1 2 6 5\nf 2 4 8 6\nf 4 3 7 8\nf 3 1 5 7\n";
    folder.write(name, &format!("{corners}{sides}"))
}

fn close(json: &Value, expected: f64) -> bool {
    json.as_f64().is_some_and(|found| (found - expected).abs() <= 1e-6 * expected.abs().max(1.0))
}

#[test]
fn a_broken_box_is_repaired_and_the_changes_are_told() {
    let folder = Folder::new("repair");
    let (input, output) = (broken_box(&folder), folder.path("sound.stl"));
    let (code, json) = kerf(&["repair", &input, "-o", &output]);
    assert_eq!((code, &json["watertight"]), (0, &Value::Bool(true)), "{json:#}");
    assert!(close(&json["meshes"][0]["volume"], 24.0));
    let changes = json["meshes"][0]["changes"].as_array().expect("a list");
    assert!(changes.iter().any(|change| change["code"] == "filled-holes" && change["count"] == 1));
    let (_, info) = kerf(&["info", &output]);
    assert_eq!(info["watertight"], Value::Bool(true));

    let (code, json) = kerf(&["repair", &input, "-o", &output, "--holes", "keep"]);
    assert_eq!((code, &json["watertight"]), (0, &Value::Bool(false)));
}

#[test]
fn usage_and_failure_have_codes_of_their_own() {
    let folder = Folder::new("codes");
    let (input, output) = (broken_box(&folder), folder.path("out.stl"));
    assert_eq!(kerf(&["repair", &input, "-o", &output, "--tolerance=-1"]).0, 2);
    assert_eq!(kerf(&["simplify", &input, "-o", &output]).0, 2, "neither a share nor a deviation");
    assert_eq!(kerf(&["simplify", &input, "-o", &output, "--keep", "120%"]).0, 2);
    let (code, json) = kerf(&["repair", &folder.path("none.stl"), "-o", &output]);
    assert_eq!((code, &json["error"]["code"]), (1, &Value::String("unreadable".to_owned())));
    let (code, json) = kerf(&["repair", &input, "-o", &folder.path("out.doc")]);
    assert_eq!((code, &json["error"]["code"]), (1, &Value::String("unknown-format".to_owned())));
    assert!(!Path::new(&output).exists());
}

#[test]
fn the_winding_rule_says_what_is_inside() {
    let folder = Folder::new("rule");
    // One file with two boxes that overlap in 1 x 2 x 2.
    let one = std::fs::read_to_string(box_at(&folder, "one.obj", [0.0; 3], [2.0; 3])).expect("it is there");
    let two =
        std::fs::read_to_string(box_at(&folder, "two.obj", [1.0, 0.0, 0.0], [3.0, 2.0, 2.0])).expect("it");
    let shifted: String = two
        .lines()
        .map(|line| match line.strip_prefix("f ") {
            Some(corners) => {
                let corners: Vec<String> = corners
                    .split(' ')
                    .map(|corner| (corner.parse::<u32>().expect("an index") + 8).to_string())
                    .collect();
                format!("f {}\n", corners.join(" "))
            }
            None => format!("{line}\n"),
        })
        .collect();
    let both = folder.write("both.obj", &format!("{one}{shifted}"));
    let all = box_at(&folder, "all.obj", [-9.0; 3], [9.0; 3]);
    let output = folder.path("out.stl");
    for (rule, volume) in [("nonzero", 12.0), ("positive", 12.0), ("odd", 8.0), ("2", 4.0)] {
        // The large box goes round everything once, so with 2 nothing of it is inside.
        let op = if rule == "2" { "union" } else { "intersection" };
        let (code, json) = kerf(&["boolean", op, &all, &both, "-o", &output, "--rule", rule]);
        assert_eq!(code, 0, "{json:#}");
        assert!(close(&json["volume"], volume), "{rule}: {}", json["volume"]);
    }
    assert_eq!(kerf(&["boolean", "union", &all, &both, "-o", &output, "--rule", "none"]).0, 2);
}

#[test]
fn a_ball_is_simplified_within_a_deviation() {
    let folder = Folder::new("simplify");
    let (a, b) = (box_at(&folder, "a.obj", [0.0; 3], [1.0; 3]), box_at(&folder, "b.obj", [3.0; 3], [4.0; 3]));
    let hull = folder.path("hull.stl");
    let (code, json) = kerf(&["hull", &a, &b, "-o", &hull]);
    assert_eq!((code, &json["watertight"]), (0, &Value::Bool(true)), "{json:#}");
    let (code, json) = kerf(&["simplify", &hull, "-o", &folder.path("less.stl"), "--keep", "50%"]);
    assert_eq!(code, 0);
    let triangles = json["meshes"][0]["triangles"].as_u64().expect("a count");
    assert!((4..=14).contains(&triangles), "{triangles}");
}

#[test]
fn a_check_tells_what_is_wrong_and_fails_as_asked() {
    let folder = Folder::new("check");
    let broken = broken_box(&folder);
    let (code, json) = kerf(&["check", &broken]);
    assert_eq!((code, &json["sound"]), (1, &Value::Bool(false)), "{json:#}");
    let findings = json["files"][0]["meshes"][0]["findings"].as_array().expect("a list");
    let count = |code: &str| findings.iter().find(|it| it["code"] == code).map(|it| it["count"].clone());
    assert_eq!(count("holes"), Some(1.into()));
    assert_eq!(count("open-edges"), Some(4.into()));
    assert!(count("mixed-winding").is_some());
    assert!(count("self-intersections").is_none());
    let (code, json) = kerf(&["check", &broken, "--fail-on", "none"]);
    assert_eq!((code, &json["sound"]), (0, &Value::Bool(true)));
    let sound = box_at(&folder, "sound.obj", [0.0; 3], [1.0; 3]);
    let (code, json) = kerf(&["check", &sound, "--fail-on", "info"]);
    assert_eq!(code, 0, "{json:#}");
    assert_eq!(json["files"][0]["meshes"][0]["findings"], Value::Array(Vec::new()));
    assert_eq!(kerf(&["check", &sound, &broken]).0, 1);
    assert_eq!(kerf(&["check", &sound, "--fail-on", "everything"]).0, 2);
}

#[test]
fn a_box_is_cut_hollowed_and_taken_apart() {
    let folder = Folder::new("trim");
    let input = box_at(&folder, "a.obj", [0.0; 3], [10.0; 3]);
    let output = folder.path("out.stl");
    let (code, json) = kerf(&["trim", &input, "-o", &output, "--normal", "x", "--at", "4"]);
    assert_eq!(code, 0, "{json:#}");
    assert!(close(&json["volume"], 400.0), "{}", json["volume"]);
    let (_, json) = kerf(&["trim", &input, "-o", &output, "--normal", "-x", "--at", "-4"]);
    assert!(close(&json["volume"], 600.0), "{}", json["volume"]);
    let (_, json) = kerf(&["trim", &input, "-o", &output, "--normal", "0,0,2", "--at", "4", "--open"]);
    assert_eq!(json["watertight"], Value::Bool(false));
    assert!(close(&json["area"], 100.0 + 4.0 * 40.0), "{}", json["area"]);

    let cut = ["trim", &input, "-o", &output, "--at", "5", "--keep", "both", "--gap", "2"];
    let (code, json) = kerf(&cut);
    assert_eq!((code, close(&json["volume"], 1000.0)), (0, true), "{json:#}");
    let (code, json) = kerf(&["split", &output, "--out-dir", &folder.path("bodies")]);
    assert_eq!(code, 0, "{json:#}");
    let bodies = json["bodies"].as_array().expect("a list");
    assert!(bodies.len() == 2 && bodies.iter().all(|body| close(&body["volume"], 500.0)), "{json:#}");
    assert!(Path::new(&folder.path("bodies/out-2.stl")).exists());

    let shell = ["offset", &input, "-o", &output, "--distance", "2", "--side", "inward", "--wall"];
    let (code, json) = kerf(&shell);
    assert!(code == 0 && close(&json["meshes"][0]["volume"], 1000.0 - 216.0), "{json:#}");
    let (code, json) = kerf(&["refine", &input, "-o", &output, "--max-length", "3"]);
    assert!(code == 0 && json["meshes"][0]["triangles"].as_u64() > Some(100), "{json:#}");
    let (code, json) = kerf(&["subdivide", &input, "-o", &output]);
    assert_eq!((code, &json["meshes"][0]["triangles"]), (0, &Value::from(48)));
    assert_eq!(kerf(&["smooth", &input, "-o", &output, "--rounds", "2"]).0, 0);
    let (code, json) = kerf(&["boolean", "split", &input, &input, "-o", &output]);
    assert!(code == 0 && close(&json["volume"], 1000.0), "{json:#}");
}

#[test]
fn a_section_has_its_area_and_its_drawing() {
    let folder = Folder::new("section");
    let outer = box_at(&folder, "outer.obj", [0.0, 0.0, 0.0], [6.0, 4.0, 2.0]);
    let inner = box_at(&folder, "inner.obj", [1.0, 1.0, -1.0], [3.0, 3.0, 3.0]);
    let holed = folder.path("holed.stl");
    assert_eq!(kerf(&["boolean", "difference", &outer, &inner, "-o", &holed]).0, 0);
    let svg = folder.path("cut.svg");
    let (code, answer) =
        kerf(&["section", &holed, "-o", &svg, "--normal", "y", "--at", "-1.5", "--slices", "2"]);
    assert_eq!(code, 0, "{answer}");
    let sections = answer["sections"].as_array().expect("a list");
    assert_eq!(sections.len(), 2);
    for (number, section) in sections.iter().enumerate() {
        assert_eq!(section["area"], 20.0);
        assert_eq!(section["perimeter"], 28.0);
        assert_eq!(section["contours"], 2);
        assert_eq!(section["open"], 0);
        // The hole is left of the middle. In OBJ files Y is up.
        for (axis, expected) in [3.2, number as f64 - 1.5, 2.0].into_iter().enumerate() {
            let found = section["centroid_in_scene"][axis].as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-12, "{section}");
        }
        let drawing = std::fs::read_to_string(folder.path(&format!("cut-000{}.svg", number + 1)));
        assert!(drawing.expect("a file of each").contains("evenodd"));
    }
    let (code, answer) = kerf(&["section", &holed, "-o", &folder.path("cut.pdf")]);
    assert_eq!((code, answer["error"]["code"].as_str()), (2, Some("usage")), "{answer}");
}
