// The endless grid on Z = 0 with the axes X and Y. Needs frame.

struct GridVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) pos_in_eye: vec3<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) idx: u32) -> GridVarying {
    let corner = vec2<f32>(
        select(-1.0, 1.0, idx == 1u || idx == 2u || idx == 4u),
        select(-1.0, 1.0, idx == 0u || idx == 1u || idx == 3u),
    );
    var out: GridVarying;
    out.pos_in_eye = vec3<f32>(frame.focus.xy + corner * frame.grid_fade.w, frame.grid_plane.x);
    out.clip = frame.clip_from_eye * vec4<f32>(out.pos_in_eye, 1.0);
    return out;
}

// How much of the pixel a family of lines one pixel wide covers; `at` counts lines, `step` is its change per pixel.
fn lines(at: vec2<f32>, step: vec2<f32>) -> f32 {
    let distance_px = abs(fract(at - 0.5) - 0.5) / step;
    let cover = saturate(1.0 - distance_px);
    // Lines closer than a few pixels would shimmer: they fade before.
    let sparse = 1.0 - smoothstep(vec2<f32>(0.08), vec2<f32>(0.28), step);
    let both = cover * sparse;
    return max(both.x, both.y);
}

@fragment
fn opaque(in: GridVarying) -> @location(0) vec4<f32> {
    let at = (in.pos_in_eye.xy + frame.grid_plane.yz) / frame.grid_plane.w;
    let step = max(fwidth(at), vec2<f32>(1e-6));
    let in_world = in.pos_in_eye.xy + frame.grid_fade.xy;
    let pixel = max(fwidth(in.pos_in_eye.xy), vec2<f32>(1e-12));

    let fine = lines(at, step) * frame.grid_color.a;
    let strong = lines(at * 0.1, step * 0.1) * min(2.0 * frame.grid_color.a, 1.0);
    var alpha = max(fine, strong);
    var color = frame.grid_color.rgb;
    let axis = saturate(1.35 - abs(in_world) / pixel);
    if axis.y > 0.0 {
        color = mix(color, vec3<f32>(0.70, 0.10, 0.09), axis.y);
        alpha = max(alpha, 0.8 * axis.y);
    }
    if axis.x > 0.0 {
        color = mix(color, vec3<f32>(0.16, 0.48, 0.08), axis.x);
        alpha = max(alpha, 0.8 * axis.x);
    }

    let away = distance(in.pos_in_eye.xy, frame.focus.xy);
    alpha *= 1.0 - smoothstep(frame.grid_fade.z, frame.grid_fade.w, away);
    let up = direction_to_eye(in.pos_in_eye).z;
    // Nearly edge-on there is nothing to read, and from below the parts matter more.
    alpha *= smoothstep(0.015, 0.12, abs(up)) * select(0.4, 1.0, up > 0.0);
    return vec4<f32>(color * alpha, alpha);
}
