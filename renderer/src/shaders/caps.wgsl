// What section planes cut: filled, hatched, and outlined. Needs frame, lines.

// Rust twin: `gpu_data::CutUniform`.
struct Cut {
    // From the eye to the origin of the outline; w: how far all comes towards the eye, as a share of the distance, so that
    // caps win against faces that lie in the plane.
    origin_in_eye: vec4<f32>,
    // Linear RGBA of the inside.
    color: vec4<f32>,
    // Linear RGB of the hatching and how strong it is.
    ink: vec4<f32>,
    // Linear RGB of the outline, and half its width in pixels.
    line: vec4<f32>,
    // Whole numbers of dot(xyz, point in eye space) + w are lines, and halves the weaker ones.
    hatch: vec4<f32>,
    // Strength of the weaker lines, number of the own plane, distance of what is looked at.
    extra: vec4<f32>,
}

@group(1) @binding(0) var<uniform> cut: Cut;

// Rust twin: `cuts::CutSegment`.
struct Segment {
    @location(0) start: vec3<f32>,
    @location(1) end: vec3<f32>,
    @location(2) anchor: vec3<f32>,
}

fn in_eye(relative: vec3<f32>) -> vec3<f32> {
    return cut.origin_in_eye.xyz + relative;
}

fn clip_of(pos_in_eye: vec3<f32>) -> vec4<f32> {
    let is_parallel = frame.view_direction.w > 0.5;
    let distance = select(length(pos_in_eye), cut.extra.z, is_parallel);
    let near = pos_in_eye + direction_to_eye(pos_in_eye) * (cut.origin_in_eye.w * distance);
    return frame.clip_from_eye * vec4<f32>(near, 1.0);
}

// One triangle for each piece of the outline.
@vertex
fn fan(@builtin(vertex_index) idx: u32, in: Segment) -> @builtin(position) vec4<f32> {
    let relative = select(select(in.end, in.start, idx == 1u), in.anchor, idx == 0u);
    return clip_of(in_eye(relative));
}

@fragment
fn nothing() {
}

struct CoverVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) pos_in_eye: vec3<f32>,
}

@vertex
fn cover(@location(0) relative: vec3<f32>) -> CoverVarying {
    let pos_in_eye = in_eye(relative);
    return CoverVarying(clip_of(pos_in_eye), pos_in_eye);
}

// How much of a pixel the nearest whole number covers. Lines that are too near to be told apart fade.
fn hatch_line(place: f32, change: f32) -> f32 {
    let distance_px = abs(fract(place - 0.5) - 0.5) / max(change, 1e-9);
    let scale = frame.depth_range.z;
    return saturate(0.5 * scale + 0.5 - distance_px) * (1.0 - smoothstep(0.15, 0.4, change));
}

@fragment
fn filled(in: CoverVarying) -> @location(0) vec4<f32> {
    let place = dot(cut.hatch.xyz, in.pos_in_eye) + cut.hatch.w;
    let change = fwidth(place);
    let line = max(hatch_line(place, change), hatch_line(place + 0.5, change) * cut.extra.x) * cut.ink.a;
    let alpha = mix(cut.color.a, 1.0, line);
    return vec4<f32>(mix(cut.color.rgb, cut.ink.rgb, line) * alpha, alpha);
}

struct OutlineVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) across: vec2<f32>,
    @location(1) place_in_eye: vec3<f32>,
}

@vertex
fn outline(@builtin(vertex_index) idx: u32, in: Segment) -> OutlineVarying {
    let lift_px = cut.line.a + 1.2;
    let start = in_eye(in.start);
    let end = in_eye(in.end);
    let wide = widened(idx, lifted(start, lift_px), lifted(end, lift_px), cut.line.a);
    return OutlineVarying(wide.clip, wide.across, mix(start, end, wide.share));
}

// What another plane takes away; what is on it stays, as caps meet there.
fn is_taken(place_in_eye: vec3<f32>) -> bool {
    var most = -1.0;
    for (var i = 0; i < i32(frame.depth_range.y); i++) {
        let plane = frame.sections[i];
        let height = dot(plane.xyz, place_in_eye) + plane.w;
        most = max(most, select(height, -1.0, i == i32(cut.extra.y)));
    }
    return most > 4.0 * frame.depth_range.w;
}

@fragment
fn line(in: OutlineVarying) -> @location(0) vec4<f32> {
    if is_taken(in.place_in_eye) {
        discard;
    }
    let alpha = line_coverage(in.across, cut.line.a);
    return vec4<f32>(cut.line.rgb * alpha, alpha);
}
