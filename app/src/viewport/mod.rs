//! The 3D view: camera, input, picking, overlays, and the picture the renderer makes.

use eframe::egui_wgpu::{self, RenderState};
use egui::accesskit::Role;
use egui::emath::GuiRounding as _;
use egui::{EventFilter, Key, Pos2, Rect, Response, Sense, Stroke, Ui, WidgetInfo};
use glam::DVec2;

use crate::command::Command;
use crate::notify::Level;
use crate::panels;
use crate::render_sync::{Change, RenderSync, bounds_of};
use crate::snapshot;
use crate::state::State;
use crate::theme::Palette;
use crate::view_state::{CameraWish, StandardView};

mod camera;
mod cube;
mod gizmo;
mod labels;
mod look;
mod measure;
mod motion;
mod navigation;
mod picking;
mod picture;
mod projector;
mod readback;
mod section_handles;
mod snapping;
mod snapshots;

pub use camera::{CameraRig, Pose, angles_of};
pub use look::view;
pub use picture::{Shown, WarmUp, wgpu_configuration};
pub use projector::Projector;
pub use readback::encode_png;
pub use snapshots::Taken;

use cube::{Names, ViewCube, Zone};
use gizmo::{DragInput, Frame, Gizmo, Handle};
use labels::GridLabels;
use measure::{Measure, Sheet};
use motion::Motion;
use navigation::{Navigation, Stage, drag_button};
use picking::{PickOptions, pick};
use picture::{Picture, ShowPicture};
use projector::precise;
use section_handles::{Grip, SectionHandles};
use snapshots::Snapshots;

const DEVICE_PROBLEM: &str = "The graphics device reported a problem";

/// So long before anybody hears that the device was lost, it may already do nothing right.
const LOSS_SECS: f64 = 2.0;

/// The view as a panel.
pub struct ViewportPanel {
    /// `None` without a GPU, as in tests of the interface.
    picture: Option<Picture>,
    sync: RenderSync,
    navigation: Navigation,
    motion: Motion,
    gizmo: Gizmo,
    section_handles: SectionHandles,
    measure: Measure,
    names: Names,
    grid_labels: GridLabels,
    /// What the pointer went down on.
    pressed: Pressed,
    pointer_was_inside: bool,
    /// Where the pointer was when hovering was last looked at.
    hovered_at: Option<Pos2>,
    hovered_zone: Option<Zone>,
    focus_shown: bool,
    finished: Vec<Shown>,
    snapshots: Snapshots,
}

/// What the pointer went down on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Pressed {
    #[default]
    Scene,
    Cube(Option<Zone>),
    Gizmo(Handle),
    Section(Grip),
}

impl ViewportPanel {
    /// A view that draws with egui's device.
    #[must_use]
    pub fn new(render_state: &RenderState) -> Self {
        let motion = Motion::new(&render_state.adapter.get_info());
        Self { picture: Some(Picture::new(render_state)), motion, ..Self::without_gpu() }
    }

    /// A view that reacts like any other but draws no picture.
    #[must_use]
    pub fn without_gpu() -> Self {
        Self {
            picture: None,
            sync: RenderSync::default(),
            navigation: Navigation::default(),
            motion: Motion::default(),
            gizmo: Gizmo::default(),
            section_handles: SectionHandles::default(),
            measure: Measure::default(),
            names: Names::default(),
            grid_labels: GridLabels::default(),
            pressed: Pressed::default(),
            pointer_was_inside: false,
            hovered_at: None,
            hovered_zone: None,
            focus_shown: false,
            finished: Vec::new(),
            snapshots: Snapshots::default(),
        }
    }

    /// Whether the device takes long for a picture.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.motion.is_slow()
    }

    /// Draws pictures that nobody sees, so that shaders are compiled before they are needed; false after the last.
    pub fn rehearse(&mut self, step: usize) -> bool {
        let is_slow = self.motion.is_slow();
        self.picture.as_mut().is_some_and(|picture| picture.rehearse(step, is_slow))
    }

    /// Gets the device a step readier for what pictures may need.
    pub fn warm_up(&mut self) -> WarmUp {
        let qualities = self.motion.qualities();
        self.picture.as_mut().map_or(WarmUp::Done, |picture| picture.warm_up(qualities))
    }

    /// Models whose first picture the GPU has finished since the last call.
    pub fn take_finished_models(&mut self) -> Vec<Shown> {
        std::mem::take(&mut self.finished)
    }

    /// Pictures that were wanted and are there since the last call.
    pub fn take_pictures(&mut self) -> Vec<Taken> {
        self.snapshots.take()
    }

    /// Forgets the device, which was lost. What it had not finished is left to the next view.
    pub fn lose_device(&mut self, state: &mut State) {
        let Some(mut picture) = self.picture.take() else { return };
        for shown in picture.abandon_models() {
            match shown {
                Shown::Model(name) => state.opening.push(name),
                Shown::Preview => {}
            }
        }
        self.snapshots.refuse(&mut state.view.pictures, "the graphics device was lost");
        // What it complained about last is explained by that.
        let since_secs = state.now_secs - LOSS_SECS;
        state.notifications.all.retain(|known| known.title != DEVICE_PROBLEM || known.time_secs < since_secs);
    }

    /// Lays the view out in all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
        // Whole pixels, so that each pixel of the picture is one of the screen.
        let rect = ui.available_rect_before_wrap().round_to_pixels(ui.pixels_per_point());
        let response = ui.allocate_rect(rect, Sense::click_and_drag());
        if std::mem::take(&mut state.view.keyboard_wanted) {
            response.request_focus();
            self.focus_shown = true;
        }
        let change = self.sync.sync(state);
        self.move_camera(ui, rect, state);
        self.react(ui, &response, state, commands);
        let projector = state.view.camera.projector(rect);
        self.show_picture(ui, rect, &projector, change, state);
        self.paint_overlays(ui, &response, &projector, state, commands);
        self.context_menu(&response, state, commands);
        state.view.handle_dragged = self.is_handle_dragged();
        self.describe(&response, state);
    }

    /// Carries out the wishes of commands, and goes on with an animated move.
    fn move_camera(&self, ui: &Ui, rect: Rect, state: &mut State) {
        let now = ui.input(|input| input.time);
        if let Some(wish) = state.view.wanted.take() {
            self.grant(wish, rect, now, state);
        }
        let rig = &mut state.view.camera;
        rig.set_orthographic(state.settings.orthographic);
        if rig.advance(now) {
            ui.ctx().request_repaint();
        }
    }

    fn grant(&self, wish: CameraWish, rect: Rect, now: f64, state: &mut State) {
        match wish {
            CameraWish::ToggleProjection => state.settings.orthographic ^= true,
            CameraWish::Look(view) => {
                let rig = &mut state.view.camera;
                let [yaw, pitch] = angles_of(view);
                let pivot = rig.pivot();
                rig.travel(rig.goal().turned(pivot, yaw, pitch), pivot, now);
            }
            CameraWish::Through(node) => self.look_through(node, now, state),
            CameraWish::FitAll => self.fit(&self.sync.corners(), rect, Some(now), state),
            CameraWish::FitSelection => {
                let corners = self.sync.corners_of(state.document(), &state.view.selection);
                self.fit(&corners, rect, Some(now), state);
            }
            CameraWish::JumpToAll => {
                let corners = self.sync.corners();
                if corners.is_empty() && !state.document().is_empty() {
                    // The bounds are not known before the parts are there.
                    state.view.wanted = Some(wish);
                } else {
                    self.fit(&corners, rect, None, state);
                }
            }
        }
    }

    /// Moves to where a node's camera stands. Ours is a turntable with an angle of its own, so a camera that leans to a side
    /// is upright here, and more or less may be seen around what it looks at.
    fn look_through(&self, node: document::NodeId, now: f64, state: &mut State) {
        let world_from_node = state.document().world_from_node(node);
        let Some(camera) = state.document().node(node).and_then(|node| node.camera.as_deref()) else {
            return;
        };
        let half_height = match camera.projection {
            assets::Projection::Orthographic { half_size, .. } => Some(f64::from(half_size[1])),
            assets::Projection::Perspective { .. } => None,
        };
        let middle =
            bounds_of(self.sync.corners()).map_or(glam::DVec3::ZERO, |[low, high]| (low + high) * 0.5);
        let Some(pose) = Pose::from_eye(&world_from_node, half_height, middle) else { return };
        state.settings.orthographic = pose.orthographic;
        let rig = &mut state.view.camera;
        rig.set_pivot(pose.target);
        rig.travel(pose, pose.target, now);
    }

    /// Moves the camera so that all corners are in the picture; at once when there is no time given.
    fn fit(&self, corners: &[glam::DVec3], rect: Rect, now: Option<f64>, state: &mut State) {
        let Some([low, high]) = bounds_of(corners.iter().copied()) else { return };
        let middle = (low + high) * 0.5;
        let rig = &mut state.view.camera;
        let aspect = f64::from(rect.width().max(1.0) / rect.height().max(1.0));
        let Some(pose) = rig.goal().fitted(corners, middle, aspect) else { return };
        rig.set_pivot(middle);
        match now {
            Some(now) => rig.travel(pose, middle, now),
            None => rig.set_pose(pose),
        }
    }

    /// Lets pointer, wheel, fingers and keys act.
    fn react(&mut self, ui: &Ui, response: &Response, state: &mut State, commands: &mut Vec<Command>) {
        let rect = response.rect;
        let sections = state.view.sections.planes();
        let stage = Stage { rect, placed: &self.sync.placed, sections: &sections };
        let two_fingers = self.navigation.fingers(ui, response, &mut state.view.camera, stage);
        let pointer = response.hover_pos().filter(|_| response.contains_pointer() && !two_fingers);
        self.note_press(ui, response, state);
        if two_fingers {
            self.navigation.end();
        } else {
            self.drag(ui, response, state, commands);
        }
        if let Some(pos) = pointer {
            let stage = Stage { rect, placed: &self.sync.placed, sections: &sections };
            let invert = state.settings.invert_zoom;
            self.navigation.wheel(ui, &mut state.view.camera, stage, pos, invert);
        }
        self.keys(ui, response, state);
        self.hover(ui, response, pointer, state);
        if !two_fingers {
            self.click(ui, response, state, commands);
        }
    }

    /// Remembers what is under the pointer when a button goes down.
    fn note_press(&mut self, ui: &Ui, response: &Response, state: &State) {
        // In a slow frame the pointer may have gone on since; what counts is where it went down.
        let origin = ui.input(|input| input.pointer.press_origin().filter(|_| input.pointer.any_pressed()));
        let Some(pos) = origin.filter(|_| response.is_pointer_button_down_on()) else { return };
        response.request_focus();
        self.focus_shown = false;
        let cube = ViewCube::new(response.rect, state.view.camera.pose());
        self.pressed = if cube.bounds().contains(pos) {
            Pressed::Cube(cube.zone_at(pos))
        } else {
            // Fingers do not hover before they touch.
            let projector = state.view.camera.projector(response.rect);
            let frame = self.gizmo.frame(state, &self.sync);
            self.gizmo.hover(state.view.tool, frame.as_ref(), &projector, Some(precise(pos)));
            self.section_handles.hover(&state.view.sections, &projector, Some(precise(pos)));
            match (self.gizmo.hovered(), self.section_handles.hovered()) {
                (Some(handle), _) => Pressed::Gizmo(handle),
                (None, Some(grip)) => Pressed::Section(grip),
                (None, None) => Pressed::Scene,
            }
        };
    }

    fn drag(&mut self, ui: &Ui, response: &Response, state: &mut State, commands: &mut Vec<Command>) {
        let rect = response.rect;
        let modifiers = ui.input(|input| input.modifiers);
        let (origin, pos) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
        if let (Some((button, pans)), Some(origin)) = (drag_button(response, modifiers.shift), origin) {
            let start = precise(origin);
            let is_left = button == egui::PointerButton::Primary;
            let sections = state.view.sections.planes();
            let stage = Stage { rect, placed: &self.sync.placed, sections: &sections };
            let rig = &mut state.view.camera;
            match self.pressed {
                Pressed::Gizmo(handle) if is_left => {
                    if let Some(frame) = self.gizmo.frame(state, &self.sync) {
                        let projector = state.view.camera.projector(rect);
                        self.gizmo.begin(state, frame, projector, handle, start);
                    }
                }
                Pressed::Section(grip) if is_left => {
                    let projector = state.view.camera.projector(rect);
                    self.section_handles.begin(&state.view.sections, projector, grip, start);
                }
                Pressed::Cube(_) if is_left => self.navigation.begin_turn_around_pivot(rig, rect, start),
                _ if pans => self.navigation.begin_pan(rig, stage, start),
                _ => self.navigation.begin_turn(rig, stage, start),
            }
        }
        if let Some(pos) = pos.filter(|_| response.dragged()) {
            self.navigation.drag(&mut state.view.camera, rect, precise(pos));
        }
        self.drag_gizmo(ui, response, pos, state, commands);
        self.drag_section(ui, response, pos, state, commands);
        if response.drag_stopped() || !response.dragged() {
            self.navigation.end();
        }
    }

    fn drag_gizmo(
        &mut self,
        ui: &Ui,
        response: &Response,
        pos: Option<Pos2>,
        state: &State,
        commands: &mut Vec<Command>,
    ) {
        if !self.gizmo.is_dragging() {
            return;
        }
        let (cancelled, confirmed) = self.take_drag_keys(ui);
        if cancelled {
            self.gizmo.cancel(commands);
            return;
        }
        if let Some(pos) = pos {
            self.gizmo.drag(drag_input(ui, pos, state), state, commands);
        }
        if confirmed || !response.dragged() {
            self.gizmo.end(state, commands);
        }
    }

    fn drag_section(
        &mut self,
        ui: &Ui,
        response: &Response,
        pos: Option<Pos2>,
        state: &State,
        commands: &mut Vec<Command>,
    ) {
        if !self.section_handles.is_dragging() {
            return;
        }
        if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape)) {
            commands.extend(self.section_handles.cancel());
            return;
        }
        if let Some(pos) = pos {
            let input = drag_input(ui, pos, state);
            commands.extend(self.section_handles.drag(input, &state.view.sections, state.document().unit()));
        }
        if !response.dragged() {
            self.section_handles.end();
        }
    }

    /// What was typed during a drag. Whether it is cancelled, and whether it is confirmed.
    fn take_drag_keys(&mut self, ui: &Ui) -> (bool, bool) {
        let mut keys = (false, false);
        let mut typed = Vec::new();
        ui.input_mut(|input| {
            input.events.retain(|event| match event {
                egui::Event::Text(text) => {
                    typed.push(Some(text.clone()));
                    false
                }
                egui::Event::Key { key: Key::Backspace, pressed: true, .. } => {
                    typed.push(None);
                    false
                }
                egui::Event::Key { key: Key::Escape, pressed: true, .. } => {
                    keys.0 = true;
                    false
                }
                egui::Event::Key { key: Key::Enter, pressed: true, .. } => {
                    keys.1 = true;
                    false
                }
                egui::Event::Key { .. } => false,
                _ => true,
            });
        });
        for text in typed {
            let number = |text: &&str| text.chars().all(|c| c.is_ascii_digit() || "+-*/.,() ".contains(c));
            match &text {
                Some(text) => self.gizmo.type_text(Some(text.as_str()).filter(number).or(Some(""))),
                None => self.gizmo.type_text(None),
            }
        }
        keys
    }

    fn keys(&mut self, ui: &Ui, response: &Response, state: &mut State) {
        if response.gained_focus() && !ui.input(|input| input.pointer.any_down()) {
            self.focus_shown = true;
        }
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            if !self.gizmo.wants_keys() {
                Navigation::keys(ui, &mut state.view.camera, response.rect);
            }
        }
    }

    /// Highlights what is under a pointer that moved.
    fn hover(&mut self, ui: &Ui, response: &Response, pointer: Option<Pos2>, state: &mut State) {
        let busy = self.navigation.is_active() || self.is_handle_dragged();
        let projector = state.view.camera.projector(response.rect);
        let cube = ViewCube::new(response.rect, state.view.camera.pose());
        let free = pointer.filter(|_| !busy);
        self.hovered_zone = free.and_then(|pos| cube.zone_at(pos));
        let on_cube = free.is_some_and(|pos| cube.bounds().contains(pos));
        let in_scene = free.filter(|_| !on_cube);
        if !self.gizmo.is_dragging() {
            let frame = in_scene.and_then(|_| self.gizmo.frame(state, &self.sync));
            self.gizmo.hover(state.view.tool, frame.as_ref(), &projector, in_scene.map(precise));
        }
        let for_section = in_scene.filter(|_| self.gizmo.hovered().is_none()).map(precise);
        self.section_handles.hover(&state.view.sections, &projector, for_section);
        let on_handle = self.gizmo.hovered().is_some() || self.section_handles.hovered().is_some();
        let only_points = ui.input(|input| input.modifiers.shift);
        let to_measure = in_scene.filter(|_| !on_handle).map(precise);
        self.measure.hover(state, &projector, &self.sync.placed, to_measure, only_points);
        let moved = self.hovered_at != in_scene && !ui.input(|input| input.any_touches());
        self.hovered_at = in_scene;
        match in_scene.filter(|_| !on_handle) {
            Some(pos) if moved => {
                let hit = pick(
                    &projector,
                    &self.sync.placed,
                    &state.view.sections.planes(),
                    precise(pos),
                    PickOptions::HOVER,
                );
                state.view.hovered = hit.map(|hit| hit.node);
            }
            Some(_) => {}
            // The tree may hover nodes of its own while the pointer is there.
            None if self.pointer_was_inside && !busy => state.view.hovered = None,
            None => {}
        }
        self.pointer_was_inside = in_scene.is_some();
        let icon = if self.navigation.is_panning() || self.is_handle_dragged() {
            Some(egui::CursorIcon::Grabbing)
        } else if on_handle {
            Some(egui::CursorIcon::Grab)
        } else if self.hovered_zone.is_some() {
            Some(egui::CursorIcon::PointingHand)
        } else {
            None
        };
        if let Some(icon) = icon {
            ui.ctx().set_cursor_icon(icon);
        }
    }

    fn is_handle_dragged(&self) -> bool {
        self.gizmo.is_dragging() || self.section_handles.is_dragging()
    }

    fn click(&self, ui: &Ui, response: &Response, state: &mut State, commands: &mut Vec<Command>) {
        let Some(pos) = response.interact_pointer_pos() else { return };
        let now = ui.input(|input| input.time);
        match self.pressed {
            Pressed::Cube(zone) => {
                if let Some(zone) = zone.filter(|_| response.clicked()) {
                    let rig = &mut state.view.camera;
                    let [yaw, pitch] = cube::angles_of(zone, &rig.goal());
                    let pivot = rig.pivot();
                    rig.travel(rig.goal().turned(pivot, yaw, pitch), pivot, now);
                    ui.ctx().request_repaint();
                }
            }
            Pressed::Section(grip) => {
                if response.clicked() {
                    commands.extend(section_handles::activated(&state.view.sections, grip));
                }
            }
            Pressed::Gizmo(_) => {}
            Pressed::Scene => self.click_scene(ui, response, precise(pos), state, commands),
        }
    }

    fn click_scene(
        &self,
        ui: &Ui,
        response: &Response,
        pos: DVec2,
        state: &mut State,
        commands: &mut Vec<Command>,
    ) {
        if state.view.tool.measures() {
            // A second click of a double click is a click of its own here.
            if response.clicked() {
                commands.extend(self.measure.anchor().map(Command::MeasureAt));
            }
            return;
        }
        if !(response.clicked() || response.secondary_clicked()) {
            return;
        }
        let projector = state.view.camera.projector(response.rect);
        let planes = state.view.sections.planes();
        let hit = pick(&projector, &self.sync.placed, &planes, pos, PickOptions::CLICK);
        state.view.face = hit.and_then(|hit| hit.face(&self.sync.placed, &projector));
        let hit = hit.map(|hit| hit.node);
        if response.double_clicked() {
            commands.push(if hit.is_some() { Command::FitSelection } else { Command::FitAll });
        } else if response.clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            let adds = modifiers.command || modifiers.ctrl || modifiers.shift;
            let mut selection = if adds { state.view.selection.clone() } else { Vec::new() };
            if let Some(node) = hit {
                match selection.iter().position(|&selected| selected == node) {
                    Some(position) => _ = selection.remove(position),
                    None => selection.push(node),
                }
            }
            if selection != state.view.selection {
                commands.push(Command::Select(selection));
            }
        } else if response.secondary_clicked()
            && let Some(node) = hit.filter(|node| !state.view.selection.contains(node))
        {
            commands.push(Command::Select(vec![node]));
        }
    }

    fn show_picture(
        &mut self,
        ui: &Ui,
        rect: Rect,
        projector: &Projector,
        change: Change,
        state: &mut State,
    ) {
        let Some(picture) = &mut self.picture else {
            if self.sync.complete {
                self.finished.extend(std::mem::take(&mut state.opening).into_iter().map(Shown::Model));
            }
            self.snapshots.refuse(&mut state.view.pictures, "there is no graphics device");
            return;
        };
        let density = ui.pixels_per_point();
        let side = |points: f32| (points * density).round().max(1.0) as u32;
        let size_px = [side(rect.width()), side(rect.height())];
        let unit = state.document().unit();
        let mut seen = view(projector, &state.settings, unit, size_px, density);
        let is_busy = !state.opening.is_empty() || state.is_opening();
        let sections = state.view.sections.planes();
        seen.sections.clone_from(&sections);
        seen.quality = self.motion.quality(ui, state.view.camera.pose(), &sections, is_busy);
        self.sync.cut(&sections);
        picture.follow(&self.sync, change, state);
        match picture.draw(ui.ctx(), &self.sync, &seen, state) {
            Ok(()) => _ = ui.painter().add(egui_wgpu::Callback::new_paint_callback(rect, ShowPicture)),
            Err(error) => log::warn!("no picture: {error}"),
        }
        for error in picture.take_errors() {
            state.notify(Level::Error, DEVICE_PROBLEM, vec![error]);
        }
        for refused in std::mem::take(&mut picture.uploads.refused) {
            state.notify(Level::Warning, "Something cannot be shown", vec![refused]);
        }
        self.finished.append(&mut picture.take_finished_models(ui.ctx()));
        if self.snapshots.is_idle() && state.view.pictures.is_empty() {
            return;
        }
        let mut wanted = std::mem::take(&mut state.view.pictures);
        let corners = self.sync.corners();
        let shown = snapshot::Shown {
            pose: *state.view.camera.pose(),
            settings: &state.settings,
            unit,
            corners: &corners,
            sections: &sections,
            size_px,
            pixels_per_point: density,
        };
        self.snapshots.advance(ui.ctx(), picture, &mut self.sync, &shown, &mut wanted);
        state.view.pictures = wanted;
    }

    fn paint_overlays(
        &mut self,
        ui: &mut Ui,
        response: &Response,
        projector: &Projector,
        state: &mut State,
        commands: &mut Vec<Command>,
    ) {
        let rect = response.rect;
        let palette = Palette::of(ui);
        let painter = ui.painter_at(rect);
        let unit = state.document().unit();
        let bar = labels::scale_bar(&painter, &palette, projector, unit, rect.max - egui::vec2(16.0, 16.0));
        // On an empty ground the welcome stands where the numbers would be.
        if state.settings.grid && !state.document().is_empty() {
            let sections = state.view.sections.planes();
            let scene = (&self.sync.placed[..], &sections[..], self.sync.version);
            let cube = ViewCube::new(rect, state.view.camera.pose());
            let taken = [bar, cube.bounds(), cube.home_rect()];
            self.grid_labels.paint(&painter, &palette, projector, unit, scene, &taken);
        }
        if let Some(pivot) = self.navigation.turning_around().and_then(|pivot| projector.project(pivot)) {
            painter.circle(pivot.pos2(), 3.5, palette.accent, Stroke::new(1.5, palette.on_accent));
        }
        self.section_handles.paint(&painter, &palette, projector, &state.view.sections, unit);
        let pointer = response.hover_pos().filter(|_| !self.navigation.is_active());
        let placed = &self.sync.placed;
        let sheet = Sheet { painter: &painter, palette: &palette, projector, placed, state };
        self.measure.paint(sheet, pointer);
        let frame: Option<Frame> = self.gizmo.frame(state, &self.sync);
        self.gizmo.ui(ui, &painter, (rect, projector, frame.as_ref()), state, commands);
        self.cube_ui(ui, rect, &palette, state);
        if response.has_focus() && self.focus_shown {
            let stroke = Stroke::new(1.5, palette.accent);
            painter.rect_stroke(rect.shrink(1.0), 3.0, stroke, egui::StrokeKind::Inside);
        }
    }

    fn cube_ui(&mut self, ui: &Ui, rect: Rect, palette: &Palette, state: &mut State) {
        // The welcome needs the room of a small view.
        let is_welcome = state.document().is_empty();
        if rect.width() < if is_welcome { 780.0 } else { 200.0 } || rect.height() < 200.0 {
            return;
        }
        self.names.prepare(ui);
        let cube = ViewCube::new(rect, state.view.camera.pose());
        cube.paint(&ui.painter_at(rect), palette, state.settings.dark, self.hovered_zone, &self.names);
        let home = ui.interact(cube.home_rect(), ui.scope_id().with("view home"), Sense::click());
        home.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Home view"));
        cube::paint_home(ui.painter(), cube.home_rect(), palette, home.hovered() || home.has_focus());
        let home = home.on_hover_text("Home: everything, from the upper front right");
        if home.clicked() {
            let now = ui.input(|input| input.time);
            let [yaw, pitch] = angles_of(StandardView::Iso);
            let rig = &state.view.camera;
            let turned = rig.goal().turned(rig.pivot(), yaw, pitch);
            let corners = self.sync.corners();
            let bounds = bounds_of(corners.iter().copied());
            let middle = bounds.map_or(rig.pivot(), |[low, high]| (low + high) * 0.5);
            let aspect = f64::from(rect.width() / rect.height());
            let pose = turned.fitted(&corners, middle, aspect).unwrap_or(turned);
            state.view.camera.set_pivot(middle);
            state.view.camera.travel(pose, middle, now);
            ui.ctx().request_repaint();
        }
    }

    fn context_menu(&self, response: &Response, state: &mut State, commands: &mut Vec<Command>) {
        if self.pressed != Pressed::Scene {
            return;
        }
        let popup = egui::Popup::context_menu(response).style(panels::menu_style);
        popup.show(|ui| panels::selection_menu_ui(ui, state, commands));
    }

    /// Tells assistive technology and tests what is to be seen.
    fn describe(&self, response: &Response, state: &State) {
        response.widget_info(|| {
            let num_parts = self.sync.placed.iter().filter(|placed| !placed.ghost).count();
            let parts = if num_parts == 1 { "part" } else { "parts" };
            let selected: Vec<&str> = state
                .view
                .selection
                .iter()
                .filter_map(|&id| state.document().node(id))
                .map(|node| node.name.as_str())
                .take(5)
                .collect();
            let selection = if selected.is_empty() { "none".to_owned() } else { selected.join(", ") };
            WidgetInfo::labeled(
                Role::Canvas,
                true,
                format!("3D view, {num_parts} {parts}, selection: {selection}"),
            )
        });
    }
}

#[cfg(test)]
mod tests;

/// A drag as handles read it: the command key turns snapping round, shift makes it finer.
fn drag_input(ui: &Ui, pos: Pos2, state: &State) -> DragInput {
    let modifiers = ui.input(|input| input.modifiers);
    let snap = state.settings.snap != modifiers.command;
    DragInput { pos: precise(pos), snap, fine: modifiers.shift }
}
