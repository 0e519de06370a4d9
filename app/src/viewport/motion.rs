//! How fine the picture is while the camera moves: coarser where the device would otherwise lag behind the hand.

use std::collections::VecDeque;

use eframe::egui_wgpu::wgpu;
use egui::Ui;
use renderer::{Quality, SectionPlane};

use super::camera::Pose;

/// The camera counts as moving for so long after its last change.
const REST_SECS: f64 = 0.18;

/// For so long after the start a model may be on its way.
const START_SECS: f64 = 1.0;

/// Frames further apart than this are felt as lag.
const SLOW_SECS: f64 = 0.045;

/// Pixels computed per pixel shown, along each side, while a slow device moves the camera.
const COARSE: f32 = 0.5;

/// Pictures of a slow device while it has something better to do.
pub(super) const HURRIED: Quality =
    Quality { render_scale: COARSE, samples: 1, shadows: false, stand_ins: true, reflections: false };

/// Pictures of a slow device while the camera moves.
const MOVING: Quality = Quality { shadows: true, ..HURRIED };

/// Pictures of a quick device, and of a slow one at rest.
const FINE: Quality =
    Quality { render_scale: 1.0, samples: 4, shadows: true, stand_ins: false, reflections: true };

/// Gaps between frames that are looked at. The shortest of them tells what a frame costs; the others may have been
/// waiting for the hand.
const NUM_GAPS: usize = 8;

/// Watches the camera, the sections and the time between frames.
#[derive(Debug, Default)]
pub(crate) struct Motion {
    pose: Option<Pose>,
    sections: Vec<SectionPlane>,
    began_secs: Option<f64>,
    moved_secs: Option<f64>,
    cut_secs: Option<f64>,
    gaps: VecDeque<f64>,
    slow: bool,
}

impl Motion {
    /// For a device; those that draw in software are taken for slow until they prove otherwise.
    #[must_use]
    pub(crate) fn new(adapter: &wgpu::AdapterInfo) -> Self {
        let name = adapter.name.to_lowercase();
        let software = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render"];
        let slow =
            adapter.device_type == wgpu::DeviceType::Cpu || software.iter().any(|it| name.contains(it));
        Self { slow, ..Self::default() }
    }

    /// The qualities that pictures may have on this device.
    pub(crate) fn qualities(&self) -> &'static [Quality] {
        if self.slow { &[HURRIED, MOVING, FINE] } else { &[FINE] }
    }

    /// Whether pictures take long here.
    pub(crate) fn is_slow(&self) -> bool {
        self.slow
    }

    /// The quality of this frame. On a slow device it is coarse while the camera or a section moves, while jobs need the processor
    /// (`is_busy`), and in the first moments; asks for a finer one when all of that is over.
    pub(crate) fn quality(
        &mut self,
        ui: &Ui,
        pose: &Pose,
        sections: &[SectionPlane],
        is_busy: bool,
    ) -> Quality {
        let now = ui.input(|input| input.time);
        let has_cut = self.sections != sections;
        if has_cut {
            self.sections = sections.to_vec();
            self.cut_secs = Some(now);
        }
        let moved = has_cut || self.pose.is_some_and(|before| before != *pose);
        self.pose = Some(*pose);
        let began = *self.began_secs.get_or_insert(now);
        if moved {
            if let Some(before) = self.moved_secs.filter(|before| now - before < REST_SECS * 2.0) {
                self.note_gap(now - before);
            }
            self.moved_secs = Some(now);
        }
        let rest_from = self.moved_secs.map_or(began + START_SECS, |moved| moved + REST_SECS);
        let wait = if is_busy { REST_SECS } else { rest_from - now };
        if !self.slow || wait <= 0.0 {
            return FINE;
        }
        ui.ctx().request_repaint_after_secs(wait as f32 + 0.005);
        // The shadows of what is left wait for the plane to rest.
        let is_cutting = self.cut_secs.is_some_and(|cut| now - cut < REST_SECS);
        if is_busy || is_cutting { HURRIED } else { MOVING }
    }

    fn note_gap(&mut self, secs: f64) {
        self.gaps.push_back(secs);
        if self.gaps.len() < NUM_GAPS {
            return;
        }
        let shortest = self.gaps.iter().copied().fold(f64::INFINITY, f64::min);
        // A coarse frame must be much faster before a fine one is tried again.
        self.slow = if self.slow { shortest > SLOW_SECS * 0.25 } else { shortest > SLOW_SECS };
        self.gaps.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steady_slowness_makes_the_picture_coarse() {
        let mut motion = Motion::default();
        // A hand that pauses between quick frames.
        for gap in [0.3, 0.2, 0.016, 0.3, 0.2, 0.25, 0.3, 0.2, 0.016, 0.3] {
            motion.note_gap(gap);
        }
        assert!(!motion.slow);
        for _ in 0..NUM_GAPS + 2 {
            motion.note_gap(0.09);
        }
        assert!(motion.slow);
        motion.note_gap(0.02);
        assert!(motion.slow, "a coarse frame is expected to be quick");
        motion.note_gap(0.008);
        assert!(!motion.slow);
    }
}
