//! Opening files, samples and projects.

use document::Document;
use jobs::{FileRef, FileSource, JobRequest};

use super::State;
use super::results::Purpose;

impl State {
    /// Opens files that came together. The kind of each is told by its name; content decides later.
    pub(super) fn open(&mut self, files: Vec<FileRef>) {
        let is = |file: &FileRef, extension: &str| file.name.to_lowercase().ends_with(extension);
        let (projects, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is(file, ".kerf"));
        let (environments, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|file| is(file, ".hdr") || is(file, ".exr"));
        if let Some(file) = projects.into_iter().next() {
            self.remember_recent(&file);
            let (label, purpose) =
                (format!("Opening {}", file.name), Purpose::OpenProject(self.file_id(&file)));
            self.submit(JobRequest::OpenProject { file }, label, purpose);
        }
        if let Some(file) = environments.into_iter().next() {
            let label = format!("Reading {}", file.name);
            self.submit(JobRequest::Environment { file }, label, Purpose::Environment);
        }
        for files in models_with_side_files(files) {
            self.remember_recent(&files[0]);
            self.import(files, None);
        }
    }

    /// Starts to read a model, coarser where it has more triangles; the other files are its side files.
    pub(super) fn import(&mut self, files: Vec<FileRef>, max_triangles: Option<u64>) {
        let Some(main) = files.first() else { return };
        let label = format!("Opening {}", main.name);
        let options = assets::ImportOptions {
            unit: self.settings.assumed_unit,
            max_triangles,
            ..assets::ImportOptions::default()
        };
        let purpose = Purpose::Import(files.clone());
        self.submit(JobRequest::Import { files, options }, label, purpose);
    }

    /// Whether the first of the files is in the document already, by the name of the file that a node came from.
    #[must_use]
    pub fn has_opened(&self, files: &[FileRef]) -> bool {
        let Some(main) = files.first() else { return false };
        self.document()
            .nodes()
            .any(|(_, node)| node.source.as_ref().is_some_and(|it| it.file_name == main.name))
    }

    /// What names a project file again: its path, or on the web its name.
    fn file_id(&self, file: &FileRef) -> String {
        match &file.source {
            FileSource::Path(path) => path.clone(),
            FileSource::Memory(_) | FileSource::Page(_) => file.name.clone(),
        }
    }

    fn remember_recent(&mut self, file: &FileRef) {
        if let FileSource::Path(path) = &file.source {
            self.settings.remember(path);
        }
    }

    /// Remembers models that come from the net by their addresses.
    pub fn remember_addresses(&mut self, files: &[FileRef], address: impl Fn(&FileRef) -> Option<String>) {
        for address in files.iter().filter(|file| !is_side_file(&file.name)).filter_map(address) {
            // Those of other kinds (blob:, data:) mean nothing to the next visit.
            if address.starts_with("http://") || address.starts_with("https://") {
                self.settings.remember(&address);
            }
        }
    }

    /// Opens a sample: a document made of recipes, so that the sample shows the modelling too.
    pub(super) fn open_sample(&mut self, number: usize) {
        let document: Document = crate::samples::sample(number);
        let name = crate::samples::NAMES[number.min(crate::samples::NAMES.len() - 1)];
        self.reset(document, None, &format!("Open {name}"));
        self.project.name = Some(name.to_owned());
        self.opening.push(name.to_owned());
    }
}

/// Splits files that came together into one list per model: the model first, then everything that may belong to it.
fn models_with_side_files(files: Vec<FileRef>) -> Vec<Vec<FileRef>> {
    let (models, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| !is_side_file(&file.name));
    if models.is_empty() && !others.is_empty() {
        return others.into_iter().map(|file| vec![file]).collect();
    }
    models.into_iter().map(|model| std::iter::once(model).chain(others.iter().cloned()).collect()).collect()
}

/// Whether a file is one that models refer to, by its extension.
fn is_side_file(name: &str) -> bool {
    const EXTENSIONS: [&str; 12] =
        ["bin", "mtl", "png", "jpg", "jpeg", "webp", "avif", "ktx2", "tga", "bmp", "gif", "txt"];
    let extension = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    EXTENSIONS.contains(&extension.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> FileRef {
        FileRef { name: name.to_owned(), source: FileSource::Page(0) }
    }

    #[test]
    fn every_model_gets_all_side_files() {
        let groups =
            models_with_side_files(vec![file("a.bin"), file("a.gltf"), file("b.stl"), file("t.PNG")]);
        let names: Vec<Vec<&str>> =
            groups.iter().map(|group| group.iter().map(|file| file.name.as_str()).collect()).collect();
        assert_eq!(names, [["a.gltf", "a.bin", "t.PNG"], ["b.stl", "a.bin", "t.PNG"]]);
    }

    #[test]
    fn addresses_of_models_are_remembered() {
        let mut state =
            State::new(crate::settings::Settings::default(), crate::job_queue::JobQueue::unwatched());
        let address = |file: &FileRef| match file.name.as_str() {
            "dropped.stl" => None,
            "made.stl" => Some("blob:https://here/1".to_owned()),
            name => Some(format!("https://there/{name}")),
        };
        let files = ["a.gltf", "a.bin", "dropped.stl", "made.stl", "b.stl"].map(file);
        state.remember_addresses(&files, address);
        assert_eq!(state.settings.recent, ["https://there/b.stl", "https://there/a.gltf"]);
    }

    #[test]
    fn a_lone_side_file_is_tried_as_a_model() {
        assert_eq!(models_with_side_files(vec![file("wood.png")]).len(), 1);
    }
}
