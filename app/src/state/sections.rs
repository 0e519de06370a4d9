//! What commands do with sections: make and move them, measure what they cut, write it, cut parts there.

use assets::Drawing;
use document::{Edit, NodeId, leaf_parts, world_from_new_operation};
use geometry::Plane;
use glam::DVec3;
use jobs::{JobRequest, Operation, PartRef, PlacedPart, Trim, TrimKept};

use super::State;
use super::results::Purpose;
use crate::effect::SavedKind;
use crate::job_queue::JobId;
use crate::modifiers::round_length;
use crate::notify::Level;
use crate::render_sync::RenderSync;
use crate::sections::{Section, box_around};
use crate::view_state::Axis;

/// More triangles than these are measured only when somebody asks for the drawing.
const MOST_MEASURED: usize = 4_000_000;

/// A kind of file for what a plane cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawingFormat {
    /// For browsers and drawing programs.
    Svg,
    /// For CAD programs and laser cutters.
    Dxf,
}

/// What is cut, of what.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    plane: Plane,
    nodes: Vec<NodeId>,
    revision: u64,
    parts: u64,
}

/// What was found out about the active section.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    asked: Option<Asked>,
    job: Option<JobId>,
    section: Option<jobs::Section>,
    /// Whether `section` is what was asked for last.
    is_current: bool,
}

impl Measured {
    /// The numbers, once they are there.
    #[must_use]
    pub fn section(&self) -> Option<&jobs::Section> {
        self.section.as_ref().filter(|_| self.is_current)
    }

    /// The last numbers there were, which may be those of the plane where it was before.
    #[must_use]
    pub fn last(&self) -> Option<&jobs::Section> {
        self.section.as_ref()
    }

    /// Whether they are being computed.
    #[must_use]
    pub fn is_underway(&self) -> bool {
        self.job.is_some()
    }
}

impl State {
    /// The box around everything that is shown.
    fn shown_box(&self) -> Option<[DVec3; 2]> {
        let mut sync = RenderSync::default();
        sync.sync(self);
        box_around(sync.corners())
    }

    pub(super) fn toggle_section(&mut self, axis: Axis) {
        if self.view.sections.is_box() {
            self.view.sections = Default::default();
        } else if let Some(number) = self.view.sections.across(axis) {
            self.view.sections.set(number, None);
            return;
        }
        let Some(around) = self.shown_box() else { return };
        let middle = (around[0] + around[1]) * 0.5;
        let section = Section::through(middle, DVec3::AXES[axis as usize], around);
        // From the front what is near is taken away.
        let is_near = axis == Axis::Y;
        self.add_section(section.map(|section| if is_near { section.turned_over() } else { section }));
    }

    /// A plane that faces the camera, through the middle of what is shown.
    pub(super) fn section_to_camera(&mut self) {
        let Some(around) = self.shown_box() else { return };
        let back = self.view.camera.pose().camera().world_from_view.matrix3.z_axis;
        self.add_section(Section::through((around[0] + around[1]) * 0.5, back, around));
    }

    /// The plane of the face that was clicked last.
    pub(super) fn section_at_face(&mut self) {
        let (Some(face), Some(around)) = (self.view.face, self.shown_box()) else { return };
        self.add_section(Section::through(face.point, face.normal, around));
    }

    pub(super) fn toggle_section_box(&mut self) {
        if self.view.sections.is_box() {
            self.view.sections = Default::default();
            return;
        }
        let Some([low, high]) = self.shown_box() else { return };
        let inset = (high - low) * 0.15;
        self.view.sections.set_box([low + inset, high - inset], [low, high]);
        self.settings.properties_open = true;
    }

    fn add_section(&mut self, section: Option<Section>) {
        if let Some(section) = section {
            self.view.sections.push(section);
            // Where it is moved and measured.
            self.settings.properties_open = true;
        }
    }

    pub(super) fn flip_section(&mut self) {
        if let Some((number, section)) = self.view.sections.active() {
            self.view.sections.set(number, Some(section.turned_over()));
        }
    }

    /// What is cut: the selection, or everything that is shown.
    fn cut_parts(&self) -> (Vec<NodeId>, Vec<PlacedPart>, usize) {
        let document = self.document();
        let selected = document.topmost(&self.view.selection);
        let tops = if selected.is_empty() { document.roots().to_vec() } else { selected };
        let mut placed = Vec::new();
        let mut num_triangles = 0;
        for &top in &tops {
            let world_from_top = document.world_from_node(top);
            for leaf in leaf_parts(document, top) {
                let is_shown = self.is_shown(leaf.node);
                let Some(part) = self.parts.shown(document, leaf.node).filter(|_| is_shown) else { continue };
                num_triangles += part.facts.num_triangles;
                placed.push(PlacedPart {
                    part: PartRef { hash: part.hash, part: Some(part.part.clone()) },
                    result_from_part: world_from_top * leaf.ancestor_from_leaf,
                    first_slot: 0,
                    num_slots: 0,
                });
            }
        }
        (tops, placed, num_triangles)
    }

    /// The plane of the active section; what is gone is above.
    fn cut_plane(&self) -> Option<Plane> {
        let (_, section) = self.view.sections.active()?;
        Some(Plane { origin: section.center(), normal: section.normal() })
    }

    /// Keeps the numbers of the active section up to date, where they are to be seen; not while it is dragged.
    pub(super) fn measure_section(&mut self) {
        let Some(plane) = self.cut_plane() else {
            self.measured = Measured::default();
            return;
        };
        let is_same = self.measured.asked.as_ref().is_some_and(|asked| asked.plane == plane);
        self.measured.is_current &= is_same;
        if self.view.handle_dragged || !self.settings.properties_open {
            return;
        }
        let document = self.document();
        let selected = document.topmost(&self.view.selection);
        let nodes = if selected.is_empty() { document.roots().to_vec() } else { selected };
        let asked = Asked { plane, nodes, revision: self.revision, parts: self.parts.version() };
        if self.measured.asked.as_ref() == Some(&asked) {
            return;
        }
        // The last numbers stay to be seen until there are new ones, so that nothing jumps.
        let section = self.measured.section.take();
        self.measured = Measured { asked: Some(asked), job: None, section, is_current: false };
        let (_, parts, num_triangles) = self.cut_parts();
        if parts.is_empty() || num_triangles > MOST_MEASURED {
            self.measured.section = None;
            return;
        }
        let request = JobRequest::Section { parts, planes: vec![plane] };
        let job = self.submit(request, "Measuring the section".to_owned(), Purpose::MeasureSection);
        self.measured.job = Some(job);
    }

    /// Takes the numbers, if they are still those that are wanted.
    pub(super) fn section_measured(&mut self, job: JobId, section: Option<jobs::Section>) {
        if self.measured.job == Some(job) {
            self.measured.job = None;
            self.measured.is_current = section.is_some();
            self.measured.section = section;
        }
    }

    pub(super) fn export_section(&mut self, format: DrawingFormat) {
        let Some(plane) = self.cut_plane() else { return };
        let (_, parts, _) = self.cut_parts();
        if parts.is_empty() {
            self.notify(Level::Warning, "There is nothing to cut yet", Vec::new());
            return;
        }
        let request = JobRequest::Section { parts, planes: vec![plane] };
        self.submit(request, "Cutting".to_owned(), Purpose::DrawSection(format));
    }

    /// Writes what was cut as a drawing.
    pub(super) fn write_section(&mut self, format: DrawingFormat, section: jobs::Section) {
        if section.contours.is_empty() && section.open.is_empty() {
            self.notify(Level::Info, "The section cuts nothing", Vec::new());
            return;
        }
        let drawing = Drawing { contours: section.contours, open: section.open };
        let (text, extension) = match format {
            DrawingFormat::Svg => (drawing.to_svg(), "svg"),
            DrawingFormat::Dxf => (drawing.to_dxf(), "dxf"),
        };
        let name = format!("{} section.{extension}", self.project_name());
        self.write_file(None, super::export::safe_file_name(&name), text.into_bytes(), SavedKind::Export);
    }

    /// Cuts what is selected, or everything that the plane goes through, there; the section has done its work then.
    pub(super) fn cut_at_section(&mut self, kept: TrimKept) {
        let Some((number, section)) = self.view.sections.active() else { return };
        let document = self.document();
        let selected = document.topmost(&self.view.selection);
        let tops = if selected.is_empty() { document.roots().to_vec() } else { selected };
        let mut sync = RenderSync::default();
        sync.sync(self);
        let plane = section.plane();
        let mut operations = Vec::new();
        for top in tops {
            let heights = sync.corners_of(document, &[top]).into_iter();
            let mut heights = heights.map(|corner| plane.normal.dot(corner) - plane.offset);
            let first = heights.next();
            let (low, high) = heights.fold((first, first), |(low, high), height| {
                (low.map(|low| low.min(height)), high.map(|high| high.max(height)))
            });
            let is_cut = low.is_some_and(|low| low < 0.0) && high.is_some_and(|high| high > 0.0);
            if !is_cut {
                continue;
            }
            let trim = Trim { normal: DVec3::Z, height: 0.0, kept, gap: 0.0, is_capped: true };
            let world_from_operation = world_from_new_operation(document, &Operation::Trim(trim), &[top]);
            let normal = world_from_operation.matrix3.transpose() * section.normal();
            let point = world_from_operation.inverse().transform_point3(section.center());
            let Some(normal) = normal.try_normalize().filter(|_| point.is_finite()) else { continue };
            let size = high.zip(low).map_or(0.0, |(high, low)| high - low);
            let gap = if kept == TrimKept::Both { round_length(size * 0.05) } else { 0.0 };
            let trim = Trim { normal, height: normal.dot(point), gap, ..trim };
            operations.push((Operation::Trim(trim), vec![top]));
        }
        if operations.is_empty() {
            self.notify(Level::Info, "The section cuts nothing", Vec::new());
            return;
        }
        self.view.sections.set(number, None);
        self.edit(&Edit::AddOperations(operations), None);
    }
}
