//! What can be asked, and what comes back.

use assets::{ExportOptions, Format, ImportOptions, Imported, ImportedScene, Warning};
use geometry::ContentHash;
use serde::{Deserialize, Serialize};

use crate::{FileRef, Part, PreparedPart, Recipe, Remarks};

/// A piece of work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum JobRequest {
    /// Read a model. The first of the files that is a model is read, the others serve as its side files.
    Import {
        /// The files that came together.
        files: Vec<FileRef>,
        /// How to read them.
        options: ImportOptions,
    },
    /// Make the part of a live node.
    Evaluate {
        /// The name the app gives to the result: a hash of everything that goes into it.
        key: ContentHash,
        /// How.
        recipe: Recipe,
    },
    /// Take a part apart into the bodies it consists of.
    Separate {
        /// The part.
        part: crate::PartRef,
    },
    /// Look for what is wrong with a part's surface.
    Check {
        /// The part.
        part: crate::PartRef,
        /// Whether triangles that pass through each other are looked for, which takes longest.
        looks_for_crossings: bool,
    },
    /// Cut parts along planes.
    Section {
        /// The parts, where they stand.
        parts: Vec<crate::PlacedPart>,
        /// The planes, in the space of the scene.
        planes: Vec<geometry::Plane>,
    },
    /// Recognise planes, cylinders, circles and the like in a part's surface.
    Recognize {
        /// The part.
        part: crate::PartRef,
    },
    /// Find where two parts are nearest to each other.
    Gap {
        /// The parts, where they stand.
        parts: Box<[crate::PlacedPart; 2]>,
    },
    /// Find a small box in any direction around parts.
    OrientedBox {
        /// The parts, where they stand.
        parts: Vec<crate::PlacedPart>,
    },
    /// Make display arrays and facts for parts that came without (from a project).
    Prepare {
        /// The parts.
        parts: Vec<crate::PartRef>,
    },
    /// Write a model.
    Export {
        /// The main file's name.
        name: String,
        /// What; meshes may be empty where `parts` names them.
        scene: Box<ImportedScene>,
        /// For each mesh of the scene the part whose arrays it takes. Rigs are those of the scene.
        parts: Vec<crate::PartRef>,
        /// In which format.
        format: Format,
        /// How.
        options: ExportOptions,
    },
    /// Write a project: a recipe and the parts and images it names.
    SaveProject {
        /// The document as JSON text.
        document: String,
        /// The parts it names.
        parts: Vec<crate::PartRef>,
        /// The images it names.
        images: Vec<(ContentHash, std::sync::Arc<assets::Image>)>,
    },
    /// Read a project.
    OpenProject {
        /// The file.
        file: FileRef,
    },
    /// Read an environment map.
    Environment {
        /// The file.
        file: FileRef,
    },
    /// Pack parts and images as the files they are in a project, `<hash>.kmesh` and `<hash>.image`, for storage.
    Pack {
        /// The parts.
        parts: Vec<crate::PartRef>,
        /// The images.
        images: Vec<(ContentHash, std::sync::Arc<assets::Image>)>,
    },
    /// Read a document and the files that [`JobRequest::Pack`] made of its parts and images.
    Restore {
        /// The document as JSON text.
        document: String,
        /// The packed files.
        files: Vec<OutputFile>,
    },
}

/// What a job gives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum JobOutput {
    /// For [`JobRequest::Import`].
    Imported(Box<ImportedModel>),
    /// For [`JobRequest::Evaluate`].
    Evaluated {
        /// The key of the request.
        key: ContentHash,
        /// The part it made.
        part: Box<PreparedPart>,
        /// What is to be said of it.
        remarks: Remarks,
    },
    /// For [`JobRequest::Prepare`] and [`JobRequest::Separate`].
    Prepared(Vec<PreparedPart>),
    /// For [`JobRequest::Check`]: the worst first.
    Checked(Vec<crate::Finding>),
    /// For [`JobRequest::Section`]: one of each plane.
    Sections(Vec<crate::Section>),
    /// For [`JobRequest::Recognize`].
    Recognized {
        /// The part's content.
        hash: ContentHash,
        /// What was found.
        features: Box<geometry::features::Features>,
    },
    /// For [`JobRequest::Gap`]; `None` when one has no triangles.
    Gap(Option<geometry::Gap>),
    /// For [`JobRequest::OrientedBox`]; `None` when there are no points.
    OrientedBox(Option<geometry::OrientedBox>),
    /// For [`JobRequest::Export`], [`JobRequest::SaveProject`] and [`JobRequest::Pack`]: files, the main one first.
    Files(Vec<OutputFile>),
    /// For [`JobRequest::OpenProject`] and [`JobRequest::Restore`].
    Project {
        /// The document as JSON text.
        document: String,
        /// Its parts.
        parts: Vec<PreparedPart>,
        /// Its images.
        images: Vec<(ContentHash, std::sync::Arc<assets::Image>)>,
        /// What was missing or damaged.
        warnings: Vec<Warning>,
    },
    /// For [`JobRequest::Environment`]: an equirectangular map.
    Environment {
        /// Its file name.
        name: String,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Linear RGB, rows from the top.
        #[serde(with = "geometry::bulk")]
        rgb: Vec<[f32; 3]>,
    },
}

/// A file that a job wrote.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutputFile {
    /// Its name.
    pub name: String,
    /// Its content.
    #[serde(with = "geometry::bulk")]
    pub bytes: Vec<u8>,
}

/// An imported model whose meshes are prepared.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportedModel {
    /// The name of the file it came from.
    pub file_name: String,
    /// Scene and warnings; the scene's meshes hold no arrays and no rigs, `parts` does.
    pub imported: Imported,
    /// For each mesh of the scene its part.
    pub parts: Vec<PreparedPart>,
    /// For each image of the scene the name of its content.
    pub image_hashes: Vec<ContentHash>,
    /// Bytes of all files read.
    pub size_bytes: u64,
}

/// Why a job gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum JobError {
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// It could not be done.
    #[error("{message}")]
    Failed {
        /// A stable code, such as `truncated` or `open-mesh`.
        code: String,
        /// What went wrong, where and what to do, in words for people.
        message: String,
    },
    /// The worker died: a defect of ours or no memory left. It was replaced.
    #[error("the worker stopped unexpectedly: {message}")]
    WorkerLost {
        /// What is known of it.
        message: String,
    },
}

impl JobError {
    /// The code of a failure that only a queue sees: the request left out parts which the worker has forgotten.
    pub const NEED_PARTS: &'static str = "need-parts";

    /// The code of a failure because a part is not closed, which a repair may change.
    pub const OPEN_MESH: &'static str = "open-mesh";

    /// A failure with a stable code.
    pub fn failed(code: &str, message: impl Into<String>) -> Self {
        Self::Failed { code: code.to_owned(), message: message.into() }
    }
}

impl From<geometry::Cancelled> for JobError {
    fn from(_: geometry::Cancelled) -> Self {
        Self::Cancelled
    }
}

impl JobRequest {
    /// The parts that travel with the request, so that a queue can leave out those a worker remembers.
    pub fn parts_mut(&mut self) -> Vec<&mut crate::PartRef> {
        match self {
            Self::Import { .. }
            | Self::OpenProject { .. }
            | Self::Environment { .. }
            | Self::Restore { .. } => Vec::new(),
            Self::Evaluate { recipe: Recipe::Primitive(_), .. } => Vec::new(),
            Self::Evaluate { recipe: Recipe::Operation { operands, .. }, .. } => operands
                .iter_mut()
                .flat_map(|operand| &mut operand.parts)
                .map(|placed| &mut placed.part)
                .collect(),
            Self::Separate { part } | Self::Check { part, .. } | Self::Recognize { part } => vec![part],
            Self::Gap { parts } => parts.iter_mut().map(|placed| &mut placed.part).collect(),
            Self::Section { parts, .. } | Self::OrientedBox { parts } => {
                parts.iter_mut().map(|placed| &mut placed.part).collect()
            }
            Self::Prepare { parts }
            | Self::Export { parts, .. }
            | Self::SaveProject { parts, .. }
            | Self::Pack { parts, .. } => parts.iter_mut().collect(),
        }
    }
}

impl JobOutput {
    /// The parts that a place which ran the job now remembers.
    #[must_use]
    pub fn parts(&self) -> Vec<(ContentHash, &std::sync::Arc<Part>)> {
        let prepared: &[PreparedPart] = match self {
            Self::Imported(model) => &model.parts,
            Self::Evaluated { part, .. } => std::slice::from_ref(&**part),
            Self::Prepared(parts) | Self::Project { parts, .. } => parts,
            Self::Checked(_) | Self::Sections(_) | Self::Files(_) | Self::Environment { .. } => &[],
            Self::Recognized { .. } | Self::Gap(_) | Self::OrientedBox(_) => &[],
        };
        prepared.iter().map(|part| (part.hash, &part.part)).collect()
    }
}
