//! Scenes of every kind of work the kernel does. What comes of each is told as one number made of all its bits, to be
//! compared between platforms and numbers of threads.
//!
//! For a host that runs Wasm there are plain functions, numbers and pointers in and out, and nothing is imported.

mod scenes;

pub use scenes::{SCENES, Scene};

/// How many scenes there are.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn same_bits_num_scenes() -> usize {
    SCENES.len()
}

/// Where the name of a scene is, as UTF-8.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn same_bits_name_pointer(scene: usize) -> *const u8 {
    SCENES[scene].0.as_ptr()
}

/// How long the name of a scene is.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn same_bits_name_length(scene: usize) -> usize {
    SCENES[scene].0.len()
}

/// All bits of what comes of a scene, as one number.
#[expect(unsafe_code, reason = "a name that a host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn same_bits_hash(scene: usize) -> u64 {
    SCENES[scene].1()
}
