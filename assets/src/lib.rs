//! Files in and out: bytes ↔ [`ImportedScene`], and the container of a Kerf project.
//!
//! **Knows** file formats and the kernel's [`geometry::Mesh`].
//! **Never knows** GPU, UI, the document, the disk or the network: side files come through a [`Resolver`].
//!
//! Whatever a file says, an [`ImportedScene`] is right-handed, Z up, in millimetres; [`SourceInfo`] remembers the file's
//! own axes and unit. No input may panic, hang, or make us allocate by a number it merely claims.
//!
//! Adding a format is one file under [`mod@formats`] and one line in its table.

#![warn(missing_docs)]
#![warn(clippy::cast_possible_truncation)]

mod animation;
mod coarse;
mod color;
mod drawing;
pub mod environment;
mod error;
mod estimate;
pub mod formats;
mod glance;
pub mod images;
mod material_extensions;
mod merge;
mod polygon;
pub mod project;
mod resolver;
mod scene;
mod source;
mod weld;
mod zip;

pub use animation::{
    Animation, AnimationChannel, AnimationSampler, AnimationTarget, Camera, Interpolation, JointSet, Light,
    LightKind, MorphTarget, Projection, Rig, Skin,
};
pub use drawing::Drawing;
pub use error::{ImportError, ImportErrorKind, Location, Warning};
pub use estimate::{Estimate, estimate};
pub use formats::{
    Compression, Encoding, ExportError, ExportOptions, Format, ImportOptions, detect, export, import,
    import_from, side_files,
};
pub use glance::{Glance, GlanceMesh, Onlooker};
pub use material_extensions::{
    Anisotropy, Clearcoat, DiffuseTransmission, Iridescence, MaterialExtensions, Sheen, Specular,
    Transmission, Volume,
};
pub use resolver::{NoSideFiles, Resolver, SideFiles, best_match, name_of_uri};
pub use scene::{
    AlphaMode, EncodedImage, ExtensionStatus, ExtensionUse, Filter, Image, ImportedMesh, ImportedNode,
    ImportedScene, LengthUnit, Material, SceneRoots, SourceInfo, TextureRef, UpAxis, VariantMaterial, Wrap,
};

pub use source::ByteSource;

/// What an import gives: as much of the scene as could be read, and what was wrong with the rest.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Imported {
    /// The scene.
    pub scene: ImportedScene,
    /// What was missing, damaged or done differently, in the order found.
    pub warnings: Vec<Warning>,
}
