//! Undo as a list of snapshots, bounded by memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Content, Document};

/// A state of the document and the words for the change that led to it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Such as “Move Box”; empty for the first.
    pub label: String,
    /// The document after it.
    pub document: Document,
    /// Steps with the same key in a row are one: a drag, typing into one field.
    merge_key: Option<u64>,
    /// Rises where another document took the place of the one before.
    chapter: u32,
}

/// All states between which undo and redo move.
#[derive(Clone, Debug)]
pub struct History {
    steps: Vec<Step>,
    current: usize,
    limit_bytes: usize,
}

impl History {
    /// A history that begins with a document and forgets its oldest steps when what only they hold exceeds
    /// `limit_bytes`.
    #[must_use]
    pub fn new(document: Document, limit_bytes: usize) -> Self {
        let first = Step { label: String::new(), document, merge_key: None, chapter: 0 };
        Self { steps: vec![first], current: 0, limit_bytes }
    }

    /// The document as it is now.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.steps[self.current].document
    }

    /// Records a change. With a `merge_key` equal to that of the step before, both become one step.
    pub fn push(&mut self, label: impl Into<String>, document: Document, merge_key: Option<u64>) {
        self.steps.truncate(self.current + 1);
        let last = &mut self.steps[self.current];
        if merge_key.is_some() && last.merge_key == merge_key {
            last.document = document;
            return;
        }
        let chapter = last.chapter;
        self.steps.push(Step { label: label.into(), document, merge_key, chapter });
        self.current += 1;
        self.forget_oldest();
    }

    /// Records that another document takes the place of this one; undo brings the old one back.
    pub fn begin_chapter(&mut self, label: impl Into<String>, document: Document) {
        let chapter = self.chapter() + 1;
        self.push(label, document, None);
        self.steps[self.current].chapter = chapter;
    }

    /// Which of the documents that took each other's place the current step belongs to.
    #[must_use]
    pub fn chapter(&self) -> u32 {
        self.steps[self.current].chapter
    }

    /// Ends the merging of steps, as when the pointer goes up.
    pub fn seal(&mut self) {
        self.steps[self.current].merge_key = None;
    }

    /// What undo would take back.
    #[must_use]
    pub fn undo_label(&self) -> Option<&str> {
        (self.current > 0).then(|| self.steps[self.current].label.as_str())
    }

    /// What redo would do again.
    #[must_use]
    pub fn redo_label(&self) -> Option<&str> {
        self.steps.get(self.current + 1).map(|step| step.label.as_str())
    }

    /// Goes one step back, if there is one.
    pub fn undo(&mut self) -> bool {
        let can = self.current > 0;
        self.seal();
        self.current -= usize::from(can);
        can
    }

    /// Goes one step forward, if there is one.
    pub fn redo(&mut self) -> bool {
        let can = self.current + 1 < self.steps.len();
        self.current += usize::from(can);
        can
    }

    /// All steps, oldest first, and the position of the current one.
    #[must_use]
    pub fn steps(&self) -> (&[Step], usize) {
        (&self.steps, self.current)
    }

    fn forget_oldest(&mut self) {
        while self.current > 1 && self.memory_bytes() > self.limit_bytes {
            self.steps.remove(0);
            self.current -= 1;
        }
    }

    /// Bytes of the parts that all steps together hold, each counted once.
    fn memory_bytes(&self) -> usize {
        let mut parts = BTreeMap::new();
        for step in &self.steps {
            for (_, node) in step.document.nodes() {
                if let Content::Part(content) = &node.content {
                    parts.insert(Arc::as_ptr(&content.part) as usize, content.part.memory_bytes());
                }
            }
        }
        parts.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Node;

    fn with_nodes(count: usize) -> Document {
        let mut document = Document::default();
        for number in 0..count {
            document.insert(Node::new(number.to_string(), Content::Group));
        }
        document
    }

    #[test]
    fn undo_and_redo_walk_the_snapshots() {
        let mut history = History::new(with_nodes(0), usize::MAX);
        history.push("one", with_nodes(1), None);
        history.push("two", with_nodes(2), None);
        assert_eq!(history.undo_label(), Some("two"));
        assert!(history.undo() && history.undo() && !history.undo());
        assert_eq!(history.document().num_nodes(), 0);
        assert_eq!(history.redo_label(), Some("one"));
        assert!(history.redo());
        history.push("other", with_nodes(5), None);
        assert!(!history.redo());
        assert!(history.undo());
        assert_eq!(history.document().num_nodes(), 1);
    }

    #[test]
    fn another_document_is_another_chapter() {
        let mut history = History::new(with_nodes(3), usize::MAX);
        history.begin_chapter("new", with_nodes(0));
        history.push("one", with_nodes(1), None);
        assert_eq!(history.chapter(), 1);
        assert!(history.undo() && history.chapter() == 1);
        assert!(history.undo() && history.chapter() == 0);
        assert_eq!(history.document().num_nodes(), 3);
        assert!(history.redo() && history.chapter() == 1);
        history.begin_chapter("another", with_nodes(7));
        assert_eq!(history.chapter(), 2);
    }

    #[test]
    fn a_drag_is_one_step() {
        let mut history = History::new(with_nodes(0), usize::MAX);
        for count in 1..10 {
            history.push("drag", with_nodes(count), Some(7));
        }
        history.seal();
        history.push("drag", with_nodes(20), Some(7));
        assert!(history.undo());
        assert_eq!(history.document().num_nodes(), 9);
        assert!(history.undo());
        assert_eq!(history.document().num_nodes(), 0);
    }
}
