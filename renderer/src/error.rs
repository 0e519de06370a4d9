//! What can go wrong between a scene and its picture.

/// Why there is no picture, or no device to make one with.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// No graphics adapter was found, not even a software one.
    #[error(
        "no graphics adapter found ({message}). Install a Vulkan driver, or the software one: \
         package mesa-vulkan-drivers on Debian, Ubuntu and Fedora, vulkan-swrast on Arch"
    )]
    NoAdapter {
        /// What the graphics library said.
        message: String,
    },
    /// The adapter gave no device.
    #[error("the graphics adapter {adapter:?} gives no device: {message}")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// What the graphics library said.
        message: String,
    },
    /// The picture is larger than the device allows, or has no pixels.
    #[error("a picture of {width} x {height} pixels was asked for, the device can do 1 x 1 to {max} x {max}")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Largest side.
        max: u32,
    },
    /// The device refused an operation or ran out of memory. The scene is not harmed; a smaller picture may work.
    #[error("the graphics device reported: {message}")]
    Gpu {
        /// What the device said.
        message: String,
    },
}
