//! Where importers get the files beside the file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::glance::Onlooker;

/// Finds side files (`.mtl`, `.bin`, textures) by the name a file uses for them.
pub trait Resolver {
    /// The bytes of a side file; `None` when there is none of that name.
    ///
    /// `name` is as written in the file after percent-decoding: relative, with `/` or `\`, possibly with folders.
    fn resolve(&self, name: &str) -> Option<Cow<'_, [u8]>>;

    /// The bytes of a file that a URI of another machine means, where the user gave one of that name together with the main
    /// file. Nothing is ever fetched for it.
    fn given(&self, _uri: &str) -> Option<Cow<'_, [u8]>> {
        None
    }

    /// Somebody who wants to see large models before they are read.
    fn onlooker(&self) -> Option<&dyn Onlooker> {
        None
    }
}

/// The name that a file from an address has on a disk: the last part of its path.
#[must_use]
pub fn name_of_uri(uri: &str) -> &str {
    last_part(uri.split(['?', '#']).next().unwrap_or(uri))
}

/// For files that come alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSideFiles;

impl Resolver for NoSideFiles {
    fn resolve(&self, _name: &str) -> Option<Cow<'_, [u8]>> {
        None
    }
}

/// Side files in memory. A name matches exactly, or else by its last part without regard to case, since files name
/// their textures with folders of the machine that wrote them.
#[derive(Clone, Debug, Default)]
pub struct SideFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl SideFiles {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under a name relative to the main file.
    pub fn insert(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.files.insert(normalized(&name.into()), bytes);
    }
}

impl Resolver for SideFiles {
    fn resolve(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let files = self.files.iter().map(|(known, bytes)| (known.as_str(), bytes));
        best_match(files, name).map(|bytes| Cow::Borrowed(bytes.as_slice()))
    }

    fn given(&self, uri: &str) -> Option<Cow<'_, [u8]>> {
        self.resolve(name_of_uri(uri))
    }
}

/// The file that a name means: the one of exactly that name, or else the first whose last part is the same without
/// regard to case. `files` are names with whatever belongs to them.
pub fn best_match<'a, T>(files: impl IntoIterator<Item = (&'a str, T)>, name: &str) -> Option<T> {
    let name = normalized(name);
    let last = last_part(&name).to_lowercase();
    let mut similar = None;
    for (known, file) in files {
        let known = normalized(known);
        if known == name {
            return Some(file);
        }
        if similar.is_none() && last_part(&known).to_lowercase() == last {
            similar = Some(file);
        }
    }
    similar
}

fn normalized(name: &str) -> String {
    let name = name.replace('\\', "/");
    name.trim_start_matches("./").to_owned()
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_exact_name_first_and_by_last_part_otherwise() {
        let mut files = SideFiles::new();
        files.insert("a/wood.png", vec![1]);
        files.insert("b/wood.png", vec![2]);
        assert_eq!(files.resolve("./b/wood.png").as_deref(), Some(&[2][..]));
        assert_eq!(files.resolve("C:\\textures\\WOOD.PNG").as_deref(), Some(&[1][..]));
        assert_eq!(files.resolve("stone.png"), None);
        assert_eq!(files.given("https://there/x/Wood.png?size=2#a").as_deref(), Some(&[1][..]));
        assert_eq!(files.given("https://there/x/"), None);
    }
}
