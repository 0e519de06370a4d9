//! Controls that panels share.

use egui::accesskit::Role;
use egui::{
    Align2, Color32, CornerRadius, FontId, Frame, Id, Key, KeyboardShortcut, Margin, Rect, Response, Sense,
    Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo, vec2,
};

use crate::icons::{self, Icon};
use crate::theme::{self, Palette};
use crate::units::{self, Quantity};

mod switch;

pub(super) use switch::{switch, switch_row};

/// A square button with an icon.
pub(super) struct IconButton<'a> {
    icon: Icon,
    label: &'a str,
    tooltip: Option<&'a str>,
    shortcut: Option<KeyboardShortcut>,
    enabled: Result<(), &'a str>,
    selected: bool,
    side: f32,
    arrow: bool,
}

impl<'a> IconButton<'a> {
    /// A button whose name for screen readers and tooltips is `label`.
    pub(super) fn new(icon: Icon, label: &'a str) -> Self {
        Self {
            icon,
            label,
            tooltip: None,
            shortcut: None,
            enabled: Ok(()),
            selected: false,
            side: 28.0,
            arrow: false,
        }
    }

    /// One sentence more for the tooltip.
    pub(super) fn tooltip(mut self, tooltip: &'a str) -> Self {
        self.tooltip = Some(tooltip);
        self
    }

    /// The keys that do the same.
    pub(super) fn shortcut(mut self, shortcut: Option<KeyboardShortcut>) -> Self {
        self.shortcut = shortcut;
        self
    }

    /// Whether it can be pressed; if not, why.
    pub(super) fn enabled(mut self, enabled: Result<(), &'a str>) -> Self {
        self.enabled = enabled;
        self
    }

    /// Whether what it stands for is on.
    pub(super) fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Its side in points.
    pub(super) fn side(mut self, side: f32) -> Self {
        self.side = side;
        self
    }

    /// A mark that says that a menu opens.
    pub(super) fn arrow(mut self) -> Self {
        self.arrow = true;
        self
    }

    /// Shows it at the cursor.
    pub(super) fn show(self, ui: &mut Ui) -> Response {
        let width = if self.arrow { self.side + 10.0 } else { self.side };
        let (_, rect) = ui.allocate_space(vec2(width, self.side));
        self.show_at(ui, rect, ui.next_auto_id())
    }

    /// Shows it in a rectangle.
    pub(super) fn show_at(self, ui: &mut Ui, rect: Rect, id: Id) -> Response {
        let enabled = self.enabled.is_ok() && ui.is_enabled();
        let mut builder = egui::UiBuilder::new().max_rect(rect).id_salt(id);
        if !enabled {
            builder = builder.disabled();
        }
        let child = ui.new_child(builder);
        let response = child.interact(rect, id.with(self.label), Sense::click());
        response.widget_info(|| {
            if self.selected {
                WidgetInfo::selected(Role::Button, enabled, true, self.label)
            } else {
                WidgetInfo::labeled(Role::Button, enabled, self.label)
            }
        });
        self.paint(ui, rect, &response, enabled);
        self.explain(response)
    }

    fn paint(&self, ui: &Ui, rect: Rect, response: &Response, enabled: bool) {
        let palette = Palette::of(ui);
        let fill = match () {
            () if self.selected => Some(palette.accent_soft),
            () if enabled && response.is_pointer_button_down_on() => Some(palette.pressed),
            () if enabled && response.hovered() => Some(palette.hover),
            () => None,
        };
        if let Some(fill) = fill {
            ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), fill);
        }
        focus_ring(ui, rect, response);
        let color = match () {
            () if !enabled => palette.text_faint.gamma_multiply(0.6),
            () if self.selected => palette.accent,
            () if response.hovered() => palette.text,
            () => palette.text_dim,
        };
        let square = Rect::from_min_size(rect.min, Vec2::splat(rect.height()));
        icons::paint(ui.painter(), square, self.icon, color);
        if self.arrow {
            let center = egui::pos2(rect.right() - 9.0, rect.center().y);
            icons::paint_sized(ui.painter(), center, Icon::ChevronDown, color, 12.0);
        }
    }

    fn explain(self, response: Response) -> Response {
        let Self { label, tooltip, shortcut, enabled, .. } = self;
        let response = response.on_hover_ui(|ui| tooltip_ui(ui, label, tooltip, shortcut, None));
        response.on_disabled_hover_ui(|ui| tooltip_ui(ui, label, tooltip, shortcut, enabled.err()))
    }
}

/// What a tooltip of a command says: name, keys, a sentence, and why it is not possible.
fn tooltip_ui(
    ui: &mut Ui,
    label: &str,
    text: Option<&str>,
    shortcut: Option<KeyboardShortcut>,
    disabled: Option<&str>,
) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(label).font(theme::strong(theme::TEXT)));
        if let Some(shortcut) = shortcut {
            ui.label(egui::RichText::new(ui.ctx().format_shortcut(&shortcut)).color(palette.text_faint));
        }
    });
    if let Some(text) = text.filter(|text| *text != label) {
        ui.label(egui::RichText::new(text).color(palette.text_dim));
    }
    if let Some(disabled) = disabled {
        ui.label(egui::RichText::new(disabled).color(palette.warning));
    }
}

/// A line around what has the keyboard.
pub(super) fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Palette::of(ui).accent);
        ui.painter().rect_stroke(rect, CornerRadius::same(theme::RADIUS), stroke, StrokeKind::Inside);
    }
}

/// A button with text, filled with the accent when it is the main thing to do.
pub(super) fn text_button(ui: &mut Ui, text: &str, main: bool, least: Vec2) -> Response {
    let palette = Palette::of(ui);
    let color = if main { palette.on_accent } else { palette.text };
    let letters = egui::RichText::new(text).font(theme::strong(theme::TEXT)).color(color);
    // In the middle, where the button is wider than its letters.
    let mut button = egui::Button::new((egui::Atom::grow(), letters, egui::Atom::grow()))
        .gap(0.0)
        .corner_radius(CornerRadius::same(theme::RADIUS))
        .min_size(least);
    if main {
        button = button.fill(palette.accent).stroke(Stroke::NONE);
    }
    ui.add(button)
}

/// An icon, or its room, as a part of the text of a button. Without a colour it has that of the text.
pub(super) fn icon_atom(icon: Option<Icon>, color: Option<Color32>) -> egui::Atom<'static> {
    egui::Atom::paint(Vec2::splat(icons::SIZE), move |ui: &Ui, args: egui::AtomPaintArgs| {
        let Some(icon) = icon else { return };
        let color = color.unwrap_or(args.fallback_text_color);
        let color = if ui.is_enabled() { color } else { color.gamma_multiply(0.5) };
        icons::paint(ui.painter(), args.rect, icon, color);
    })
}

/// The beginning of a text that is longer than a number of characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// A text painted at the left or right of a point, cut off where its room ends; gives where it is.
pub(super) fn text_within(
    ui: &Ui,
    room: Rect,
    align: Align2,
    text: &str,
    font: FontId,
    color: Color32,
) -> Rect {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(0.0));
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let rect = align.align_size_within_rect(galley.size(), room);
    ui.painter().galley(rect.min, galley, color);
    rect
}

/// A line of a list that can be pressed: a picture, a name and a side note.
pub(super) fn list_row(ui: &mut Ui, icon: Icon, name: &str, note: &str, height: f32) -> Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    if response.is_pointer_button_down_on() || response.hovered() {
        let fill = if response.is_pointer_button_down_on() { palette.pressed } else { palette.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), fill);
    }
    focus_ring(ui, rect, &response);
    let inner = rect.shrink2(vec2(8.0, 0.0));
    let square = Rect::from_min_size(inner.min, vec2(icons::SIZE, height));
    let color = if response.hovered() { palette.accent } else { palette.text_dim };
    icons::paint(ui.painter(), square, icon, color);
    let room = Rect::from_min_max(egui::pos2(square.right() + 10.0, inner.top()), inner.max);
    let written = text_within(ui, room, Align2::LEFT_CENTER, name, theme::plain(theme::TEXT), palette.text);
    let rest = Rect::from_min_max(egui::pos2(written.right() + 10.0, room.top()), room.max);
    if rest.width() > 24.0 && !note.is_empty() {
        text_within(ui, rest, Align2::LEFT_CENTER, note, theme::plain(theme::SMALL), palette.text_faint);
    }
    response
}

/// A key as it stands on a keyboard, with its right end at a point; gives its left end.
pub(super) fn key_cap(ui: &Ui, right_center: egui::Pos2, keys: &str) -> f32 {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(keys.to_owned(), theme::plain(theme::SMALL), palette.text_dim);
    let width = (galley.size().x + 12.0).max(20.0);
    let cap = Rect::from_min_max(right_center - vec2(width, 10.0), right_center + vec2(0.0, 10.0));
    let stroke = Stroke::new(1.0, palette.border_strong);
    ui.painter().rect(cap, CornerRadius::same(4), palette.field, stroke, StrokeKind::Inside);
    ui.painter().galley(cap.center() - galley.size() * 0.5, galley, palette.text_dim);
    cap.left()
}

/// A short vertical line between groups of buttons.
pub(super) fn divider(ui: &mut Ui) {
    let (_, rect) = ui.allocate_space(vec2(9.0, 18.0));
    let stroke = Stroke::new(1.0, Palette::of(ui).border);
    ui.painter().vline(rect.center().x.round() + 0.5, rect.y_range(), stroke);
}

/// A title of a section that opens and closes.
pub(super) fn section(ui: &mut Ui, title: &str, add: impl FnOnce(&mut Ui)) {
    let id = ui.make_persistent_id(("section", title));
    let open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(true);
    let palette = Palette::of(ui);
    let height = ui.spacing().interact_size.y.max(28.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, format!("Section {title}")));
    focus_ring(ui, rect, &response);
    let color = if response.hovered() { palette.text } else { palette.text_dim };
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, title, theme::strong(theme::SMALL), color);
    let icon = if open { Icon::ChevronDown } else { Icon::ChevronRight };
    let at = egui::pos2(rect.right() - 8.0, rect.center().y);
    icons::paint_sized(ui.painter(), at, icon, palette.text_faint, 14.0);
    if response.clicked() {
        ui.data_mut(|data| data.insert_temp(id, !open));
    }
    if open {
        add(ui);
        ui.add_space(6.0);
    }
    let line = ui.allocate_space(vec2(ui.available_width(), 1.0)).1;
    ui.painter().hline(line.x_range(), line.center().y.round() + 0.5, Stroke::new(1.0, palette.border));
}

/// A row of a label and what it is about, which gets the rest of the width.
pub(super) fn property<R>(ui: &mut Ui, label: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    labelled_row(ui, label, ui.spacing().interact_size.y, add)
}

/// A row of a label and something of another height.
pub(super) fn labelled_row<R>(ui: &mut Ui, label: &str, height: f32, add: impl FnOnce(&mut Ui) -> R) -> R {
    let color = Palette::of(ui).text_dim;
    let usual = std::mem::replace(&mut ui.spacing_mut().interact_size.y, height);
    let response = ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = usual;
        // Painted, because the control beside it carries the name for screen readers.
        let (_, rect) = ui.allocate_space(vec2(LABEL_WIDTH, height));
        ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, label, theme::plain(theme::TEXT), color);
        add(ui)
    });
    ui.spacing_mut().interact_size.y = usual;
    response.inner
}

/// The height of rows of facts.
pub(super) const FACT: f32 = 20.0;

/// The width of labels in the properties.
pub(super) const LABEL_WIDTH: f32 = 76.0;

/// A row of a label and a text that can be selected.
pub(super) fn fact(ui: &mut Ui, label: &str, value: &str) -> Response {
    labelled_row(ui, label, FACT, |ui| {
        let response = ui.add(egui::Label::new(value).selectable(true).truncate());
        // A label is read by its value, so the name has to be part of it.
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{label}: {value}")));
        response
    })
}

/// What became of a field this frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FieldChange {
    /// The new value, when there is one.
    pub(super) value: Option<f64>,
    /// The user is done: Enter, Escape, or away.
    pub(super) done: bool,
    /// What to merge into one undo step.
    pub(super) merge_key: u64,
}

/// A field for a number, with a prefix that can be dragged.
pub(super) struct NumberField<'a> {
    /// The name for screen readers.
    pub(super) label: &'a str,
    /// A letter in front, such as X.
    pub(super) prefix: &'a str,
    /// The colour of the letter.
    pub(super) prefix_color: Option<Color32>,
    /// What it measures.
    pub(super) quantity: Quantity,
    /// How much a drag of one point or a press of an arrow key changes, in the base unit.
    pub(super) speed: f64,
    /// Whether the unit is written at its right.
    pub(super) with_unit: bool,
}

/// What a field remembers while it has the keyboard.
#[derive(Clone)]
struct Typing {
    text: String,
    before: f64,
}

impl NumberField<'_> {
    /// Shows it; `check` says what is wrong with a value that could be typed.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        width: f32,
        value: f64,
        check: impl Fn(f64) -> Result<(), String>,
    ) -> FieldChange {
        let id = ui.make_persistent_id(("number", self.label));
        let mut change = FieldChange { merge_key: id.value(), ..FieldChange::default() };
        let typing = ui.data(|data| data.get_temp::<Typing>(id));
        let mut text = typing
            .as_ref()
            .map_or_else(|| units::editable(value, self.quantity), |typing| typing.text.clone());
        let error = typing.as_ref().and_then(|typing| self.parse(&typing.text, &check).err());
        let palette = Palette::of(ui);
        let border = match (&error, typing.is_some()) {
            (Some(_), _) => palette.error,
            (None, true) => palette.accent,
            (None, false) => palette.border,
        };
        let (_, rect) = ui.allocate_space(vec2(width, ui.spacing().interact_size.y));
        let painter = ui.painter();
        painter.rect(
            rect,
            CornerRadius::same(theme::RADIUS),
            palette.field,
            Stroke::new(1.0, border),
            StrokeKind::Inside,
        );
        let handle = self.handle(ui, rect, id, value, &mut change);
        let suffix = self.suffix_ui(ui, rect);
        let inner = Rect::from_min_max(
            egui::pos2(handle, rect.top()),
            egui::pos2(rect.right() - suffix, rect.bottom()),
        );
        let response = ui.put(
            inner,
            TextEdit::singleline(&mut text)
                .id(id)
                .frame(Frame::NONE)
                .margin(Margin::symmetric(4, 0))
                .align(Align2::LEFT_CENTER)
                .font(theme::plain(12.5))
                .desired_width(inner.width()),
        );
        let response = response.accessible_name(self.label);
        let response = match error {
            Some(error) => response.on_hover_text(error),
            None => response,
        };
        self.follow(ui, id, &response, value, text, typing, &check, &mut change);
        change
    }

    fn parse(&self, text: &str, check: &impl Fn(f64) -> Result<(), String>) -> Result<f64, String> {
        let value = units::parse(text, self.quantity).map_err(|error| error.to_string())?;
        check(value)?;
        Ok(value)
    }

    /// The prefix, and dragging it; gives its right edge.
    fn handle(&self, ui: &Ui, rect: Rect, id: Id, value: f64, change: &mut FieldChange) -> f32 {
        if self.prefix.is_empty() {
            return rect.left() + 4.0;
        }
        let palette = Palette::of(ui);
        let handle = Rect::from_min_size(rect.min, vec2(18.0, rect.height()));
        let response = ui
            .interact(handle, id.with("drag"), Sense::DRAG)
            .on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
        let color = self.prefix_color.unwrap_or(palette.text_faint);
        let color = if response.hovered() || response.dragged() { palette.text } else { color };
        ui.painter().text(
            handle.center(),
            Align2::CENTER_CENTER,
            self.prefix,
            theme::strong(theme::SMALL),
            color,
        );
        if response.dragged() {
            let delta = f64::from(response.drag_delta().x) * self.speed;
            if delta != 0.0 {
                change.value = Some(value + delta);
            }
        }
        change.done |= response.drag_stopped();
        handle.right()
    }

    /// The unit at the right; gives its width.
    fn suffix_ui(&self, ui: &Ui, rect: Rect) -> f32 {
        let symbol = match self.quantity {
            Quantity::Length(unit) => unit.symbol(),
            Quantity::Angle => "\u{b0}",
            Quantity::Percent => "%",
            Quantity::Plain => return 4.0,
        };
        if !self.with_unit {
            return 4.0;
        }
        let color = Palette::of(ui).text_faint;
        let at = rect.right_center() - vec2(6.0, 0.0);
        let drawn =
            ui.painter().text(at, Align2::RIGHT_CENTER, symbol, FontId::proportional(theme::SMALL), color);
        drawn.width() + 8.0
    }

    /// Keeps the typed text while the field has the keyboard and tells what it means.
    fn follow(
        &self,
        ui: &Ui,
        id: Id,
        response: &Response,
        value: f64,
        text: String,
        typing: Option<Typing>,
        check: &impl Fn(f64) -> Result<(), String>,
        change: &mut FieldChange,
    ) {
        if response.gained_focus() {
            select_all(ui, id, &text);
        }
        let escaped = ui.input(|input| input.key_pressed(Key::Escape));
        if response.changed() {
            change.value = self.parse(&text, check).ok().filter(|typed| *typed != value);
        }
        if response.has_focus() || response.changed() {
            let before = typing.as_ref().map_or(value, |typing| typing.before);
            let step = ui.input_mut(arrow_steps) * self.speed * 10.0;
            let text = if step != 0.0 && check(value + step).is_ok() {
                change.value = Some(value + step);
                units::editable(value + step, self.quantity)
            } else {
                text
            };
            ui.data_mut(|data| data.insert_temp(id, Typing { text, before }));
        }
        if response.lost_focus() {
            if escaped && let Some(typing) = typing {
                change.value = Some(typing.before).filter(|before| *before != value);
            }
            ui.data_mut(|data| data.remove::<Typing>(id));
            change.done = true;
        } else if !response.has_focus() && response.changed() {
            // A screen reader set the value without giving the field the keyboard.
            ui.data_mut(|data| data.remove::<Typing>(id));
            change.done = true;
        }
    }
}

/// How often the arrow keys were pressed, up positive; with Shift ten times.
fn arrow_steps(input: &mut egui::InputState) -> f64 {
    let mut steps = 0.0;
    for (modifiers, factor) in [(egui::Modifiers::SHIFT, 10.0), (egui::Modifiers::NONE, 1.0)] {
        steps += factor * input.count_and_consume_key(modifiers, Key::ArrowUp) as f64;
        steps -= factor * input.count_and_consume_key(modifiers, Key::ArrowDown) as f64;
    }
    steps
}

/// Selects everything in a text field.
pub(super) fn select_all(ui: &Ui, id: Id, text: &str) {
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    state.cursor.set_char_range(Some(egui::text::CCursorRange::select_all_str(text)));
    TextEdit::store_state(ui.ctx(), id, state);
}

/// A field for a line of text in our look.
pub(super) fn text_field<'t>(text: &'t mut String, hint: &'static str) -> TextEdit<'t> {
    TextEdit::singleline(text)
        .hint_text(hint)
        .margin(Margin::symmetric(8, 0))
        .min_size(vec2(0.0, theme::ROW))
        .align(Align2::LEFT_CENTER)
}

/// A field to search with, with a button that empties it.
pub(super) fn search_field(ui: &mut Ui, text: &mut String, hint: &'static str, name: &str) -> Response {
    let palette = Palette::of(ui);
    let height = ui.spacing().interact_size.y;
    let right = if text.is_empty() { 8 } else { 28 };
    let field = text_field(text, hint)
        .margin(Margin { left: 28, right, top: 0, bottom: 0 })
        .min_size(vec2(0.0, height))
        .desired_width(ui.available_width());
    let response = ui.add(field).accessible_name(name);
    let rect = response.rect;
    let at = egui::pos2(rect.left() + 15.0, rect.center().y);
    icons::paint_sized(ui.painter(), at, Icon::Search, palette.text_faint, 14.0);
    if !text.is_empty() {
        let side = rect.height();
        let at = Rect::from_min_size(rect.right_top() - vec2(side, 0.0), vec2(side, side));
        let label = "Clear the search";
        if IconButton::new(Icon::Close, label).show_at(ui, at, response.id.with("clear")).clicked() {
            text.clear();
        }
    }
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        text.clear();
    }
    response
}

/// A row of choices of which one is on.
pub(super) fn choices<T: PartialEq + Copy>(ui: &mut Ui, current: T, all: &[(T, Icon, &str)]) -> Option<T> {
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let side = ui.spacing().interact_size.y.max(28.0);
        for &(value, icon, label) in all {
            let button = IconButton::new(icon, label).selected(value == current).side(side);
            if button.show(ui).clicked() && value != current {
                chosen = Some(value);
            }
        }
    });
    chosen
}

/// Choices side by side in one frame; gives the one that was chosen now.
pub(super) fn segments(ui: &mut Ui, name: &str, texts: &[&str], current: Option<usize>) -> Option<usize> {
    /// The least width of a choice, and the room beside its letters.
    const WIDTH: f32 = 50.0;
    const ROOM: f32 = 10.0;
    let palette = Palette::of(ui);
    let font = theme::plain(12.0);
    let galleys: Vec<_> = texts
        .iter()
        .map(|text| ui.painter().layout_no_wrap((*text).to_owned(), font.clone(), Color32::PLACEHOLDER))
        .collect();
    let width = galleys.iter().map(|galley| galley.size().x + 2.0 * ROOM).fold(WIDTH, f32::max).round();
    let size = vec2(width * texts.len() as f32, ui.spacing().interact_size.y);
    let (rect, _) = ui.allocate_exact_size(size, Sense::HOVER);
    let round = CornerRadius::same(theme::RADIUS);
    let stroke = Stroke::new(1.0, palette.border);
    ui.painter().rect(rect, round, palette.field, stroke, StrokeKind::Inside);
    let mut chosen = None;
    for (number, text) in texts.iter().enumerate() {
        let corner = rect.min + vec2(width * number as f32, 0.0);
        let part = Rect::from_min_size(corner, vec2(width, rect.height()));
        let response = ui.interact(part, ui.scope_id().with((name, number)), Sense::click());
        let on = current == Some(number);
        response.widget_info(|| {
            WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, format!("{name}: {text}"))
        });
        let inner = part.shrink(2.0);
        let fill = if on { palette.pressed } else { palette.hover };
        if on || response.hovered() {
            ui.painter().rect_filled(inner, CornerRadius::same(theme::RADIUS - 2), fill);
        }
        let color = if on { palette.text } else { palette.text_dim };
        let letters = Align2::CENTER_CENTER.align_size_within_rect(galleys[number].size(), part);
        ui.painter().galley(letters.min, galleys[number].clone(), color);
        focus_ring(ui, inner, &response);
        if response.clicked() {
            chosen = Some(number);
        }
    }
    chosen
}

/// A small round mark with a letter.
pub(super) fn mark(ui: &Ui, center: egui::Pos2, letter: &str, fill: Color32, text: Color32) {
    ui.painter().circle_filled(center, 7.5, fill);
    ui.painter().text(center, Align2::CENTER_CENTER, letter, theme::strong(10.0), text);
}

/// A turning arc that says that work goes on. Repaints only as long as it is drawn.
pub(super) fn spinner(ui: &Ui, cx: &super::Context<'_>, center: egui::Pos2, color: Color32) {
    ui.ctx().request_repaint_after_secs(cx.state.view.animation_secs() as f32);
    let turn = (ui.input(|input| input.time) * 1.1).fract() as f32 * std::f32::consts::TAU;
    let points = (0..=18)
        .map(|step| {
            let angle = turn + step as f32 / 18.0 * 4.4;
            center + vec2(angle.cos(), angle.sin()) * 5.0
        })
        .collect();
    ui.painter().circle_stroke(center, 5.0, Stroke::new(1.5, color.gamma_multiply(0.25)));
    ui.painter().add(egui::Shape::line(points, Stroke::new(1.5, color)));
}

/// A thin bar of progress.
pub(super) fn progress(ui: &Ui, rect: Rect, fraction: f32) {
    let palette = Palette::of(ui);
    let radius = CornerRadius::same(2);
    ui.painter().rect_filled(rect, radius, palette.pressed);
    let done = Rect::from_min_size(rect.min, vec2(rect.width() * fraction.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(done, radius, palette.accent);
}
