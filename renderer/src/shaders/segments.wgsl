// Segments of constant width on the screen: feature edges, triangle edges, lines. Six vertices each, expanded to a
// rectangle one pixel wider than the line, whose alpha falls off over that pixel. Needs frame, sections,
// transparency, texels.

struct SegmentVarying {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the middle of the line; times w, and w: undone in the fragment, since width must not bend with depth.
    @location(0) across: vec2<f32>,
    @location(1) color: vec4<f32>,
    @location(2) pos_in_eye: vec3<f32>,
    // The same where it really is, not moved towards the eye.
    @location(3) place_in_eye: vec3<f32>,
}

// Where a segment reaches behind the eye, it is cut.
// How far from its end `a`.
fn cut(a: vec4<f32>, b: vec4<f32>) -> f32 {
    let least = 1e-6 * max(abs(a.w), abs(b.w));
    if a.w >= least || b.w <= least {
        return 0.0;
    }
    return (least - a.w) / (b.w - a.w);
}

@vertex
fn vertex(@builtin(vertex_index) idx: u32, instance: TexelInstance) -> SegmentVarying {
    let corner = idx % 6u;
    let segment = idx / 6u;
    let is_end = corner == 1u || corner == 2u || corner == 4u;
    let is_left = corner == 0u || corner == 1u || corner == 3u;
    let a = texel_at(instance, 2u * segment);
    let b = texel_at(instance, 2u * segment + 1u);
    let a_in_eye = towards_eye(a.pos_in_eye);
    let b_in_eye = towards_eye(b.pos_in_eye);
    let a_whole = frame.clip_from_eye * vec4<f32>(a_in_eye, 1.0);
    let b_whole = frame.clip_from_eye * vec4<f32>(b_in_eye, 1.0);
    let a_cut = cut(a_whole, b_whole);
    let b_cut = cut(b_whole, a_whole);
    let a_clip = mix(a_whole, b_whole, a_cut);
    let b_clip = mix(b_whole, a_whole, b_cut);
    let half_size = 0.5 * frame.viewport.xy;
    let a_px = a_clip.xy / max(a_clip.w, 1e-20) * half_size;
    let b_px = b_clip.xy / max(b_clip.w, 1e-20) * half_size;
    let difference = b_px - a_px;
    let length_px = length(difference);
    let along = select(vec2<f32>(1.0, 0.0), difference / max(length_px, 1e-6), length_px > 1e-6);
    let side = select(-1.0, 1.0, is_left);
    // Round enough: ends reach half a width further.
    let reach = frame.sizes.x + 0.5;
    let offset_px = vec2<f32>(-along.y, along.x) * side * reach
        + along * (select(-1.0, 1.0, is_end) * frame.sizes.x * 0.7);
    var clip = select(a_clip, b_clip, is_end);
    clip = vec4<f32>(clip.xy + offset_px / half_size * clip.w, clip.zw);
    var out: SegmentVarying;
    out.clip = clip;
    out.across = vec2<f32>(side * reach * clip.w, clip.w);
    let own = select(a.color, b.color, is_end);
    // Rust twins: `edge_point` and `wire_point` in uploads/mesh.rs.
    let edge = vec4<f32>(frame.edge_color.rgb, frame.edge_color.a * select(1.0, 0.4, own.r > 0.0));
    out.color = select(own, edge, own.a == 0.0);
    out.pos_in_eye = select(a_in_eye, b_in_eye, is_end);
    let a_place = mix(a.pos_in_eye, b.pos_in_eye, a_cut);
    let b_place = mix(b.pos_in_eye, a.pos_in_eye, b_cut);
    out.place_in_eye = select(a_place, b_place, is_end);
    return out;
}

fn coverage(in: SegmentVarying) -> f32 {
    let distance_px = abs(in.across.x / in.across.y);
    // Lines thinner than a pixel get fainter instead of thinner.
    let width = min(2.0 * frame.sizes.x, 1.0);
    return saturate(frame.sizes.x + 0.5 - distance_px) * width;
}

@fragment
fn opaque(in: SegmentVarying) -> @location(0) vec4<f32> {
    if is_cut_away(in.place_in_eye) {
        discard;
    }
    let alpha = in.color.a * coverage(in);
    return vec4<f32>(in.color.rgb * alpha, alpha);
}

@fragment
fn blended(in: SegmentVarying) -> Layer {
    if is_cut_away(in.place_in_eye) {
        discard;
    }
    return layer(in.color.rgb, in.color.a * coverage(in), in.pos_in_eye);
}
