//! Results of jobs, found by name: display arrays, facts and picking trees of every part. All of it may be thrown away
//! and made again from the document.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use document::{Content, Document, NodeId};
use geometry::ContentHash;
use jobs::{JobError, Part, PreparedPart, Remarks};

/// What is known of the parts of a document.
#[derive(Clone, Debug, Default)]
pub struct PartStore {
    /// By the hash of a part's content.
    prepared: BTreeMap<ContentHash, Arc<PreparedPart>>,
    /// The result of an evaluation, by its key.
    results: BTreeMap<ContentHash, Evaluated>,
    /// Why an evaluation gave no result, by its key.
    failures: BTreeMap<ContentHash, JobError>,
    /// The part a live node showed last.
    last_good: BTreeMap<NodeId, ContentHash>,
    /// Rises with every change.
    version: u64,
}

/// What an evaluation gave.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The hash of the part it made.
    pub part: ContentHash,
    /// What is to be said of it.
    pub remarks: Remarks,
}

/// How far a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeStatus {
    /// It shows what it should.
    Ready,
    /// A job is on its way; until then the last good result is shown, if there is one.
    Working,
    /// It could not be made.
    Failed(JobError),
}

impl PartStore {
    /// Rises whenever something becomes known or is forgotten, for caches of what is said here.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Takes a part with everything about it.
    pub fn insert(&mut self, part: PreparedPart) {
        self.version += 1;
        self.prepared.insert(part.hash, Arc::new(part));
    }

    /// Takes the result of an evaluation.
    pub fn insert_result(&mut self, key: ContentHash, part: PreparedPart, remarks: Remarks) {
        self.results.insert(key, Evaluated { part: part.hash, remarks });
        self.failures.remove(&key);
        self.insert(part);
    }

    /// Remembers that an evaluation failed, so that it is not tried again until its inputs change.
    pub fn insert_failure(&mut self, key: ContentHash, error: JobError) {
        self.version += 1;
        self.failures.insert(key, error);
    }

    /// Forgets failures, so that they are tried again.
    pub fn forget_failures(&mut self) {
        self.version += 1;
        self.failures.clear();
    }

    /// A part by the hash of its content.
    #[must_use]
    pub fn prepared(&self, hash: ContentHash) -> Option<&Arc<PreparedPart>> {
        self.prepared.get(&hash)
    }

    /// Why an evaluation failed, if it did.
    #[must_use]
    pub fn failure(&self, key: ContentHash) -> Option<&JobError> {
        self.failures.get(&key)
    }

    /// What an evaluation gave, if it is done.
    #[must_use]
    pub fn evaluated(&self, key: ContentHash) -> Option<&Evaluated> {
        self.results.get(&key)
    }

    /// The part an evaluation gave, in the form the document asks for it.
    #[must_use]
    pub fn result(&self, key: ContentHash) -> Option<(ContentHash, Arc<Part>)> {
        let hash = self.results.get(&key)?.part;
        Some((hash, Arc::clone(&self.prepared.get(&hash)?.part)))
    }

    /// The part a node shows now: its own, its up-to-date result, or the last good one.
    #[must_use]
    pub fn shown(&self, document: &Document, node: NodeId) -> Option<&Arc<PreparedPart>> {
        let hash = match &document.node(node)?.content {
            Content::Group => return None,
            Content::Part(content) => content.hash,
            Content::Primitive(_) | Content::Operation(_) => {
                let key = document::evaluation_key(document, node)?;
                self.results
                    .get(&key)
                    .map(|result| result.part)
                    .or_else(|| self.last_good.get(&node).copied())?
            }
        };
        self.prepared.get(&hash)
    }

    /// How far a node is.
    #[must_use]
    pub fn status(&self, document: &Document, node: NodeId) -> NodeStatus {
        let Some(content) = document.node(node).map(|node| &node.content) else { return NodeStatus::Ready };
        if let Content::Part(content) = content {
            return match self.prepared.contains_key(&content.hash) {
                true => NodeStatus::Ready,
                false => NodeStatus::Working,
            };
        }
        match document::evaluation_key(document, node) {
            Some(key) => match (self.results.contains_key(&key), self.failures.get(&key)) {
                (true, _) => NodeStatus::Ready,
                (false, Some(error)) => NodeStatus::Failed(error.clone()),
                (false, None) => NodeStatus::Working,
            },
            None => NodeStatus::Ready,
        }
    }

    /// Remembers what live nodes show now, so that it stays while they are computed anew.
    pub fn remember_shown(&mut self, document: &Document) {
        for (id, node) in document.nodes() {
            if node.content.is_live()
                && let Some(key) = document::evaluation_key(document, id)
                && let Some(result) = self.results.get(&key)
            {
                self.last_good.insert(id, result.part);
            }
        }
    }

    /// Forgets what nodes showed: the document became another one, whose nodes merely have the same numbers.
    pub fn forget_shown(&mut self) {
        self.version += 1;
        self.last_good.clear();
    }

    /// Drops what none of the given documents needs.
    pub fn retain<'a>(&mut self, documents: impl Iterator<Item = &'a Document>) {
        self.version += 1;
        let mut keys = BTreeSet::new();
        let mut parts = BTreeSet::new();
        let mut nodes = BTreeSet::new();
        for document in documents {
            for (id, node) in document.nodes() {
                nodes.insert(id);
                match &node.content {
                    Content::Part(content) => _ = parts.insert(content.hash),
                    _ => keys.extend(document::evaluation_key(document, id)),
                }
            }
        }
        self.results.retain(|key, _| keys.contains(key));
        self.failures.retain(|key, _| keys.contains(key));
        self.last_good.retain(|node, _| nodes.contains(node));
        parts.extend(self.results.values().map(|result| result.part));
        parts.extend(self.last_good.values());
        self.prepared.retain(|hash, _| parts.contains(hash));
    }

    /// Bytes that all parts take in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.prepared.values().map(|part| part.part.memory_bytes()).sum()
    }
}
