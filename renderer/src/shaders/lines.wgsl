// Lines of constant width on the screen: six vertices each, expanded to a rectangle one pixel wider than the line, whose
// alpha falls off over that pixel. Needs frame.

struct Wide {
    clip: vec4<f32>,
    // Pixels from the middle of the line; times w, and w: undone in the fragment, since width must not bend with depth.
    across: vec2<f32>,
    // Where between the two ends the vertex is, 0 to 1.
    share: f32,
}

// Where a line reaches behind the eye, it is cut: how far from its end `a`.
fn share_behind_eye(a: vec4<f32>, b: vec4<f32>) -> f32 {
    let least = 1e-6 * max(abs(a.w), abs(b.w));
    if a.w >= least || b.w <= least {
        return 0.0;
    }
    return (least - a.w) / (b.w - a.w);
}

fn widened(idx: u32, a_in_eye: vec3<f32>, b_in_eye: vec3<f32>, half_width_px: f32) -> Wide {
    let corner = idx % 6u;
    let is_end = corner == 1u || corner == 2u || corner == 4u;
    let is_left = corner == 0u || corner == 1u || corner == 3u;
    let a_whole = frame.clip_from_eye * vec4<f32>(a_in_eye, 1.0);
    let b_whole = frame.clip_from_eye * vec4<f32>(b_in_eye, 1.0);
    let a_cut = share_behind_eye(a_whole, b_whole);
    let b_cut = share_behind_eye(b_whole, a_whole);
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
    let reach = half_width_px + 0.5;
    let offset_px = vec2<f32>(-along.y, along.x) * side * reach
        + along * (select(-1.0, 1.0, is_end) * half_width_px * 0.7);
    let clip = select(a_clip, b_clip, is_end);
    return Wide(
        vec4<f32>(clip.xy + offset_px / half_size * clip.w, clip.zw),
        vec2<f32>(side * reach * clip.w, clip.w),
        select(a_cut, 1.0 - b_cut, is_end),
    );
}

fn line_coverage(across: vec2<f32>, half_width_px: f32) -> f32 {
    let distance_px = abs(across.x / across.y);
    // Lines thinner than a pixel get fainter instead of thinner.
    let width = min(2.0 * half_width_px, 1.0);
    return saturate(half_width_px + 0.5 - distance_px) * width;
}

// Moves a point some pixels towards the eye, so that lines win against the surface they lie on.
fn lifted(pos_in_eye: vec3<f32>, lift_px: f32) -> vec3<f32> {
    let clip = frame.clip_from_eye * vec4<f32>(pos_in_eye, 1.0);
    return pos_in_eye + direction_to_eye(pos_in_eye) * (lift_px * pixel_size_at(clip));
}
