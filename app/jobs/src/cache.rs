//! What a place that runs jobs remembers between them.

use std::collections::HashMap;
use std::sync::Arc;

use geometry::ContentHash;

use crate::Part;

/// Parts by name, at most so many bytes of them; the one unused for longest goes first.
pub struct PartCache {
    entries: HashMap<ContentHash, Entry>,
    max_bytes: usize,
    used_bytes: usize,
    clock: u64,
}

struct Entry {
    part: Arc<Part>,
    size_bytes: usize,
    last_use: u64,
}

impl PartCache {
    /// An empty cache with room for `max_bytes`.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { entries: HashMap::new(), max_bytes, used_bytes: 0, clock: 0 }
    }

    /// A part, if it is remembered.
    pub fn get(&mut self, hash: ContentHash) -> Option<Arc<Part>> {
        self.clock += 1;
        let entry = self.entries.get_mut(&hash)?;
        entry.last_use = self.clock;
        Some(Arc::clone(&entry.part))
    }

    /// Remembers a part and forgets others until all fit; a part larger than all the room is not remembered.
    pub fn insert(&mut self, hash: ContentHash, part: &Arc<Part>) {
        let size_bytes = part.memory_bytes();
        if self.get(hash).is_some() || size_bytes > self.max_bytes {
            return;
        }
        self.used_bytes += size_bytes;
        self.entries.insert(hash, Entry { part: Arc::clone(part), size_bytes, last_use: self.clock });
        while self.used_bytes > self.max_bytes {
            let oldest = self.entries.iter().min_by_key(|(hash, entry)| (entry.last_use, **hash));
            let Some((&hash, _)) = oldest else { return };
            if let Some(entry) = self.entries.remove(&hash) {
                self.used_bytes -= entry.size_bytes;
            }
        }
    }

    /// The names of all it remembers, sorted.
    #[must_use]
    pub fn hashes(&self) -> Vec<ContentHash> {
        let mut hashes: Vec<ContentHash> = self.entries.keys().copied().collect();
        hashes.sort_unstable();
        hashes
    }
}

#[cfg(test)]
mod tests {
    use geometry::Mesh;
    use glam::DVec3;

    use super::*;

    fn part(x: f64) -> (ContentHash, Arc<Part>) {
        let part = Part::from_mesh(Mesh::new(vec![DVec3::ZERO, DVec3::X * x, DVec3::Y], vec![[0, 1, 2]]));
        (part.content_hash(), Arc::new(part))
    }

    #[test]
    fn forgets_what_was_unused_for_longest() {
        let parts: Vec<_> = (1..=3).map(|x| part(f64::from(x))).collect();
        let mut cache = PartCache::new(2 * parts[0].1.memory_bytes());
        cache.insert(parts[0].0, &parts[0].1);
        cache.insert(parts[1].0, &parts[1].1);
        assert!(cache.get(parts[0].0).is_some());
        cache.insert(parts[2].0, &parts[2].1);
        assert!(cache.get(parts[1].0).is_none());
        assert!(cache.get(parts[0].0).is_some() && cache.get(parts[2].0).is_some());
        assert_eq!(cache.hashes().len(), 2);
    }

    #[test]
    fn leaves_out_what_does_not_fit_at_all() {
        let (hash, part) = part(1.0);
        let mut cache = PartCache::new(part.memory_bytes() - 1);
        cache.insert(hash, &part);
        assert!(cache.hashes().is_empty());
    }
}
