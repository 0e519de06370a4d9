//! Edges by cost, cheapest first, in buckets of about 12 % width. Narrower ones give no better result, and wider ones
//! keep neighbours together, which the caches like: a third of the time.

/// Marks the end of a bucket.
const END: u32 = u32::MAX;

/// A cost is sorted by the upper bits of its `f32`: eight of the exponent, three of the mantissa.
const DROPPED_BITS: u32 = 20;

/// An edge that waits, and the state of its ends when its cost was found.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) halfedge: u32,
    pub(super) stamp: u32,
    next: u32,
}

/// Within a bucket the last one in is the first one out, so the order depends on the calls alone.
pub(super) struct Queue {
    entries: Vec<Entry>,
    free: u32,
    heads: Vec<u32>,
    /// No bucket before this one has an entry.
    lowest: usize,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        let num_buckets = 1 << (31 - DROPPED_BITS);
        Self { entries: Vec::with_capacity(capacity), free: END, heads: vec![END; num_buckets], lowest: 0 }
    }

    /// Adds an edge; a cost that is negative or not finite is an error of the caller and counts as the highest.
    pub(super) fn push(&mut self, halfedge: u32, stamp: u32, cost: f64) {
        let bucket = ((cost as f32).to_bits() >> DROPPED_BITS) as usize;
        let bucket = bucket.min(self.heads.len() - 1);
        let entry = Entry { halfedge, stamp, next: self.heads[bucket] };
        if self.free == END {
            self.heads[bucket] = self.entries.len() as u32;
            self.entries.push(entry);
        } else {
            self.heads[bucket] = self.free;
            self.free = std::mem::replace(&mut self.entries[self.free as usize], entry).next;
        }
        self.lowest = self.lowest.min(bucket);
    }

    pub(super) fn pop(&mut self) -> Option<Entry> {
        let offset = self.heads[self.lowest..].iter().position(|&head| head != END)?;
        self.lowest += offset;
        let index = self.heads[self.lowest];
        let entry = self.entries[index as usize];
        self.heads[self.lowest] = entry.next;
        self.entries[index as usize].next = self.free;
        self.free = index;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn costs_come_in_order(costs in prop::collection::vec(prop_oneof![0.0..1.0, 0.0..1e-20, 0.0..1e9], 1..100)) {
            let mut queue = Queue::new(4);
            for (i, &cost) in costs.iter().enumerate() {
                queue.push(i as u32, 7, cost);
                if i % 3 == 2 {
                    let popped = queue.pop().expect("there is one");
                    queue.push(popped.halfedge, popped.stamp, costs[popped.halfedge as usize]);
                }
            }
            let mut popped = Vec::new();
            while let Some(entry) = queue.pop() {
                prop_assert_eq!(entry.stamp, 7);
                popped.push(entry.halfedge);
            }
            for pair in popped.windows(2) {
                prop_assert!(costs[pair[0] as usize] <= costs[pair[1] as usize] * 1.13 + 1e-37);
            }
            popped.sort_unstable();
            prop_assert_eq!(popped, (0..costs.len() as u32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn nonsense_comes_last() {
        let mut queue = Queue::new(0);
        queue.push(1, 0, f64::NAN);
        queue.push(2, 0, f64::INFINITY);
        queue.push(3, 0, 1e300);
        queue.push(4, 0, 1.0);
        assert_eq!(queue.pop().map(|entry| entry.halfedge), Some(4));
        assert_eq!(std::iter::from_fn(|| queue.pop()).count(), 3);
    }
}
