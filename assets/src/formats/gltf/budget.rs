//! What may be made of a file, so that small files cannot fill the memory.

/// How much may still be made of a file: elements without data, bytes of sparse ones, and corners and points of
/// primitives, all of which can share the same data without end. Starts at [`Budget::PER_BYTE`] for each byte of input.
pub(super) struct Budget {
    left: u64,
}

impl Budget {
    /// A strip of 8-bit indices makes three corners of a byte, so every file can use all of its data once, and data with
    /// 32-bit indices sixteen times.
    const PER_BYTE: u64 = 4;
    /// What any file may use: enough for small files that share much.
    const FLOOR: u64 = 1 << 20;

    /// The budget of an input of so many bytes.
    pub(super) fn new(num_bytes: usize) -> Self {
        Self { left: (num_bytes as u64).saturating_mul(Self::PER_BYTE).saturating_add(Self::FLOOR) }
    }

    /// Makes room for what so many more bytes of input can become.
    pub(super) fn earn(&mut self, num_bytes: usize) {
        self.left = self.left.saturating_add((num_bytes as u64).saturating_mul(Self::PER_BYTE));
    }

    /// Takes from the budget; false when it does not suffice, and then nothing is taken.
    pub(super) fn spend(&mut self, count: usize) -> bool {
        let left = self.left.checked_sub(count as u64);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// How many bytes the compressed data of a file may become.
pub(super) struct Expansion {
    left: u64,
}

impl Expansion {
    /// Real meshes shrink to a tenth or a hundredth; beyond this the claims are taken for an attack.
    const PER_BYTE: u64 = 256;
    /// What any file may use.
    const FLOOR: u64 = 16 << 20;

    /// That of an input of so many bytes.
    pub(super) fn new(num_bytes: usize) -> Self {
        Self { left: (num_bytes as u64).saturating_mul(Self::PER_BYTE).saturating_add(Self::FLOOR) }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Takes so many bytes; false when they do not fit, and then nothing is taken.
    pub(super) fn take(&mut self, num_bytes: usize) -> bool {
        let left = self.left.checked_sub(num_bytes as u64);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}
