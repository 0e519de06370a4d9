//! How the interface looks: one palette per theme, one scale of sizes, one typeface in two weights.

use std::sync::Arc;

use egui::style::{ScrollStyle, WidgetVisuals, Widgets};
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, vec2,
};

/// Height of a row in lists and of controls, points.
pub const ROW: f32 = 26.0;

/// Height of what a finger has to hit, points.
pub const TOUCH: f32 = 40.0;

/// The step of the spacing scale, points; distances are multiples of it.
pub const STEP: f32 = 4.0;

/// Radius of the corners of controls, points.
pub const RADIUS: u8 = 6;

/// The size of plain text, points.
pub const TEXT: f32 = 13.0;

/// The size of side notes and section titles, points.
pub const SMALL: f32 = 11.5;

/// Colours by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind panels, where nothing is.
    pub canvas: Color32,
    /// Panels and bars.
    pub panel: Color32,
    /// Menus, windows and cards, which lie above panels.
    pub raised: Color32,
    /// Text fields.
    pub field: Color32,
    /// Lines between regions and around cards.
    pub border: Color32,
    /// Lines that must be seen: around fields, on hover.
    pub border_strong: Color32,
    /// What the pointer is over.
    pub hover: Color32,
    /// What is pressed or switched on without being the main thing.
    pub pressed: Color32,
    /// Plain text and icons.
    pub text: Color32,
    /// Labels and less important text.
    pub text_dim: Color32,
    /// Hints and what is off.
    pub text_faint: Color32,
    /// The one accent: what is selected, the active tool, progress.
    pub accent: Color32,
    /// Text on a fill of the accent.
    pub on_accent: Color32,
    /// A quiet fill in the accent's hue, for selected rows and active tools.
    pub accent_soft: Color32,
    /// Something went wrong.
    pub error: Color32,
    /// Something was done differently than asked.
    pub warning: Color32,
    /// All is well.
    pub good: Color32,
}

const DARK: Palette = Palette {
    canvas: Color32::from_rgb(14, 15, 18),
    panel: Color32::from_rgb(24, 25, 29),
    raised: Color32::from_rgb(32, 34, 39),
    field: Color32::from_rgb(17, 18, 21),
    border: Color32::from_rgb(42, 44, 51),
    border_strong: Color32::from_rgb(62, 66, 75),
    hover: Color32::from_rgb(40, 42, 49),
    pressed: Color32::from_rgb(50, 53, 61),
    text: Color32::from_rgb(226, 228, 233),
    text_dim: Color32::from_rgb(160, 165, 175),
    text_faint: Color32::from_rgb(120, 125, 136),
    accent: Color32::from_rgb(255, 148, 54),
    on_accent: Color32::from_rgb(30, 16, 4),
    accent_soft: Color32::from_rgb(64, 46, 30),
    error: Color32::from_rgb(242, 103, 99),
    warning: Color32::from_rgb(235, 183, 76),
    good: Color32::from_rgb(96, 194, 134),
};

const LIGHT: Palette = Palette {
    canvas: Color32::from_rgb(234, 236, 239),
    panel: Color32::from_rgb(250, 250, 251),
    raised: Color32::from_rgb(255, 255, 255),
    field: Color32::from_rgb(255, 255, 255),
    border: Color32::from_rgb(226, 228, 232),
    border_strong: Color32::from_rgb(200, 204, 211),
    hover: Color32::from_rgb(238, 239, 242),
    pressed: Color32::from_rgb(226, 228, 233),
    text: Color32::from_rgb(28, 31, 37),
    text_dim: Color32::from_rgb(88, 94, 105),
    text_faint: Color32::from_rgb(118, 124, 136),
    accent: Color32::from_rgb(205, 92, 4),
    on_accent: Color32::from_rgb(255, 255, 255),
    accent_soft: Color32::from_rgb(255, 233, 213),
    error: Color32::from_rgb(196, 46, 46),
    warning: Color32::from_rgb(158, 104, 0),
    good: Color32::from_rgb(30, 128, 72),
};

impl Palette {
    /// The colours of a theme.
    #[must_use]
    pub fn new(dark: bool) -> Self {
        if dark { DARK } else { LIGHT }
    }

    /// The colours of the theme a user interface is drawn in.
    #[must_use]
    pub fn of(ui: &egui::Ui) -> Self {
        Self::new(ui.visuals().dark_mode)
    }
}

/// The family of the bold weight.
#[must_use]
pub fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

/// The bold weight at a size in points.
#[must_use]
pub fn strong(size: f32) -> FontId {
    FontId::new(size, strong_family())
}

/// The plain weight at a size in points.
#[must_use]
pub fn plain(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Installs the typeface and the styles of both themes; to be called once.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for dark in [true, false] {
        let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
        ctx.style_mut_of(theme, |style| set_style(style, dark));
    }
}

/// Switches to a theme and a size of the interface.
pub fn apply(ctx: &egui::Context, dark: bool, scale: f32) {
    let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
    if ctx.theme() != theme {
        ctx.set_theme(theme);
    }
    let scale = if scale.is_finite() { scale.clamp(0.5, 3.0) } else { 1.0 };
    if (ctx.zoom_factor() - scale).abs() > 1e-3 {
        ctx.set_zoom_factor(scale);
    }
}

/// Inter with digits of equal width. What it has not, the platform draws: system fonts natively, the page's canvas on
/// the web; so no fallback fonts are shipped.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let faces: [(&str, &[u8]); 2] = [
        ("Inter", include_bytes!("../assets/fonts/Inter-Regular.ttf")),
        ("Inter SemiBold", include_bytes!("../assets/fonts/Inter-SemiBold.ttf")),
    ];
    for (name, bytes) in faces {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let plain = fonts.families.entry(FontFamily::Proportional).or_default();
    plain.insert(0, "Inter".to_owned());
    let mut strong = plain.clone();
    strong.insert(0, "Inter SemiBold".to_owned());
    fonts.families.insert(strong_family(), strong);
    let monospace = fonts.families.entry(FontFamily::Monospace).or_default();
    monospace.push("Inter".to_owned());
    fonts
}

fn set_style(style: &mut egui::Style, dark: bool) {
    let palette = Palette::new(dark);
    style.text_styles = [
        (TextStyle::Small, plain(SMALL)),
        (TextStyle::Body, plain(TEXT)),
        (TextStyle::Button, plain(TEXT)),
        (TextStyle::Heading, strong(17.0)),
        (TextStyle::Monospace, FontId::monospace(TEXT - 1.0)),
    ]
    .into();
    style.animation_time = 0.12;
    style.interaction.tooltip_delay = 0.4;
    style.interaction.selectable_labels = false;
    set_spacing(&mut style.spacing);
    style.visuals = visuals(palette, dark);
}

fn set_spacing(spacing: &mut egui::Spacing) {
    spacing.item_spacing = vec2(2.0 * STEP, STEP);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(5);
    spacing.button_padding = vec2(10.0, 4.0);
    spacing.interact_size = vec2(28.0, ROW);
    spacing.indent = 4.0 * STEP;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 9.0;
    spacing.icon_spacing = 2.0 * STEP;
    spacing.menu_spacing = 5.0;
    spacing.tooltip_width = 320.0;
    spacing.slider_rail_height = 4.0;
    spacing.combo_height = 320.0;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        bar_inner_margin: 2.0,
        bar_outer_margin: 2.0,
        ..ScrollStyle::floating()
    };
}

fn visuals(palette: Palette, dark: bool) -> egui::Visuals {
    let mut visuals = if dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    let shadow = |blur: u8, alpha: u8| egui::Shadow {
        offset: [0, (blur / 3) as i8],
        blur,
        spread: 0,
        color: Color32::from_black_alpha(if dark { alpha * 3 } else { alpha }),
    };
    visuals.widgets = widgets(palette);
    visuals.selection.bg_fill = palette.accent.gamma_multiply(if dark { 0.38 } else { 0.28 });
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.hover;
    visuals.extreme_bg_color = palette.field;
    visuals.text_edit_bg_color = Some(palette.field);
    visuals.code_bg_color = palette.hover;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.weak_text_color = Some(palette.text_dim);
    visuals.window_fill = palette.raised;
    visuals.window_stroke = Stroke::new(1.0, palette.border);
    visuals.window_corner_radius = CornerRadius::same(RADIUS + 4);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS + 2);
    visuals.window_shadow = shadow(32, 34);
    visuals.popup_shadow = shadow(20, 26);
    visuals.panel_fill = palette.panel;
    visuals.window_highlight_topmost = false;
    visuals.text_cursor.stroke = Stroke::new(1.5, palette.accent);
    visuals.text_cursor.blink = false;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals.indent_has_left_vline = false;
    visuals.disabled_alpha = 0.4;
    visuals
}

fn widgets(palette: Palette) -> Widgets {
    let look = |fill: Color32, border: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, border),
        fg_stroke: Stroke::new(1.0, text),
        corner_radius: CornerRadius::same(RADIUS),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: look(palette.panel, palette.border, palette.text),
        inactive: look(palette.hover, palette.border, palette.text),
        hovered: look(palette.pressed, palette.border_strong, palette.text),
        active: look(palette.pressed, palette.accent, palette.text),
        open: look(palette.pressed, palette.border_strong, palette.text),
    }
}
