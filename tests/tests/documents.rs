//! What documents promise and the program must keep.

#[test]
fn every_command_is_listed_for_pages_that_embed_us() {
    let embed = std::fs::read_to_string("../web/EMBED.md").expect("the guide is there");
    let missing: Vec<&str> = kerf::command::table()
        .iter()
        .map(|info| info.id)
        .filter(|id| !embed.contains(&format!("| `{id}` |")))
        .collect();
    assert!(missing.is_empty(), "web/EMBED.md lacks {missing:?}");
    let known = |id: &str| id == "select" || kerf::command::table().iter().any(|info| info.id == id);
    let list = embed.split("## Commands").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a list");
    let unknown: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|id| !known(id))
        .collect();
    assert!(unknown.is_empty(), "web/EMBED.md lists what is not there: {unknown:?}");
}
