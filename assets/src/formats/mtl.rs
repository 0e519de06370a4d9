//! Not written yet.

pub(super) fn side_files(_bytes: &[u8]) -> Vec<String> {
    Vec::new()
}
