//! Measuring: what was clicked, what jobs recognise for it, and what is kept.

use std::sync::Arc;

use document::{Anchor, Edit, Feature, Measurement, NodeId};
use geometry::features::Features;
use geometry::{ContentHash, Gap};
use jobs::{JobRequest, PartRef, PlacedPart, PreparedPart};

use super::State;
use super::results::Purpose;
use crate::effect::SavedKind;
use crate::measuring;
use crate::notify::Level;
use crate::view_state::Tool;

/// How measurements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasurementFormat {
    /// A table.
    Csv,
    /// For programs.
    Json,
}

impl State {
    /// What is recognised in a part, if that is known.
    #[must_use]
    pub fn features(&self, part: ContentHash) -> Option<&Arc<Features>> {
        self.features.get(&part)
    }

    /// Starts to recognise what a part consists of, unless that is known or under way.
    pub fn want_features(&mut self, part: &Arc<PreparedPart>) {
        let purpose = Purpose::Recognize(part.hash);
        let is_running = self.running.iter().any(|(_, running)| *running == purpose);
        if is_running || self.features.contains_key(&part.hash) || part.facts.num_triangles == 0 {
            return;
        }
        let reference = PartRef { hash: part.hash, part: Some(Arc::clone(&part.part)) };
        self.submit(JobRequest::Recognize { part: reference }, "Recognising shapes".to_owned(), purpose);
    }

    /// Takes what a click holds on to; with enough of it there is a measurement.
    pub(super) fn measure(&mut self, anchor: Anchor) {
        let pending = &mut self.view.measuring;
        let is_again = pending.last().is_some_and(|last| measuring::is_same(last, &anchor));
        match self.view.tool {
            // The same thing twice keeps what it says of itself.
            Tool::Measure if is_again => {}
            Tool::Angle if is_again => return,
            _ => pending.push(anchor),
        }
        let wanted = if self.view.tool == Tool::Angle { 3 } else { 2 };
        if is_again || self.view.measuring.len() >= wanted {
            let anchors = std::mem::take(&mut self.view.measuring);
            self.keep(anchors, false);
        }
    }

    fn keep(&mut self, anchors: Vec<Anchor>, is_gap: bool) {
        let Some(reading) = measuring::reading(self.document(), &anchors, is_gap) else {
            self.notify(Level::Info, "These have no distance or angle", Vec::new());
            return;
        };
        let is_taken = |name: &String| self.document().measurements().any(|(_, it)| it.name == *name);
        let mut names = (1..).map(|number: u64| format!("{} {number}", reading.title));
        let name = names.find(|name| !is_taken(name)).expect("numbers do not run out");
        self.edit(&Edit::AddMeasurement(Measurement { name, visible: true, anchors, is_gap }), None);
    }

    /// One step back: what was clicked last, then the tool. Whether there was anything to leave.
    pub(super) fn leave_measuring(&mut self) -> bool {
        if self.view.measuring.pop().is_some() {
            return true;
        }
        let was_measuring = self.view.tool.measures();
        if was_measuring {
            self.view.tool = Tool::Select;
        }
        was_measuring
    }

    /// The two selected parts between which the distance can be measured.
    #[must_use]
    pub fn gap_nodes(&self) -> Option<[NodeId; 2]> {
        match self.view.selection[..] {
            [one, other] => {
                let has_part = |id| {
                    self.parts.shown(self.document(), id).is_some_and(|part| part.facts.num_triangles > 0)
                };
                (has_part(one) && has_part(other)).then_some([one, other])
            }
            _ => None,
        }
    }

    /// Measures how far two selected parts are apart.
    pub(super) fn measure_gap(&mut self) {
        let Some(nodes) = self.gap_nodes() else { return };
        let document = self.document();
        let placed = nodes.map(|node| {
            let part = self.parts.shown(document, node)?;
            let reference = PartRef { hash: part.hash, part: Some(Arc::clone(&part.part)) };
            let result_from_part = document.world_from_node(node);
            Some(PlacedPart { part: reference, result_from_part, first_slot: 0, num_slots: 1 })
        });
        let [Some(one), Some(other)] = placed else { return };
        let places = [one.result_from_part, other.result_from_part];
        let purpose = Purpose::Gap { nodes, places };
        self.submit(
            JobRequest::Gap { parts: Box::new([one, other]) },
            "Measuring the distance".to_owned(),
            purpose,
        );
    }

    /// Keeps the distance between two parts, unless one was moved meanwhile.
    pub(super) fn found_gap(&mut self, nodes: [NodeId; 2], places: [glam::DAffine3; 2], gap: Option<Gap>) {
        let document = self.document();
        let is_current = nodes
            .iter()
            .zip(&places)
            .all(|(&node, place)| document.node(node).is_some() && document.world_from_node(node) == *place);
        let Some(gap) = gap.filter(|_| is_current) else {
            self.notify(Level::Info, "A part was changed and so not measured", Vec::new());
            return;
        };
        let anchor = |side: usize| {
            let at = places[side].inverse().transform_point3(gap.points[side]);
            Anchor { node: nodes[side], on: Feature::Point { at } }
        };
        self.keep(vec![anchor(0), anchor(1)], true);
    }

    /// Writes all measurements.
    pub(super) fn export_measurements(&mut self, format: MeasurementFormat) {
        let (text, extension) = match format {
            MeasurementFormat::Csv => (measuring::to_csv(self.document()), "csv"),
            MeasurementFormat::Json => (measuring::to_json(self.document()), "json"),
        };
        let name = format!("{} measurements.{extension}", self.project_name());
        self.write_file(None, name, text.into_bytes(), SavedKind::Export);
    }
}
