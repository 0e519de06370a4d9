// Round points of constant size on the screen, shaded a little like beads. Needs frame, sections,
// transparency, texels.

struct PointVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) corner: vec2<f32>,
    @location(1) color: vec4<f32>,
    @location(2) @interpolate(flat) place_in_eye: vec3<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) idx: u32, instance: TexelInstance) -> PointVarying {
    let corner_idx = idx % 6u;
    let corner = vec2<f32>(
        select(-1.0, 1.0, corner_idx == 1u || corner_idx == 2u || corner_idx == 4u),
        select(-1.0, 1.0, corner_idx == 0u || corner_idx == 1u || corner_idx == 3u),
    );
    let point = texel_at(instance, idx / 6u);
    let clip = frame.clip_from_eye * vec4<f32>(point.pos_in_eye, 1.0);
    let reach = frame.sizes.y + 0.5;
    var out: PointVarying;
    out.clip = vec4<f32>(clip.xy + corner * reach * 2.0 * frame.viewport.zw * clip.w, clip.zw);
    out.corner = corner * reach;
    out.color = point.color;
    out.place_in_eye = point.pos_in_eye;
    return out;
}

@fragment
fn opaque(in: PointVarying) -> @location(0) vec4<f32> {
    let distance_px = length(in.corner);
    let alpha = saturate(frame.sizes.y + 0.5 - distance_px);
    if alpha <= 0.0 || is_cut_away(in.place_in_eye) {
        discard;
    }
    let rim = saturate(distance_px / max(frame.sizes.y, 1.0));
    return vec4<f32>(in.color.rgb * (1.0 - 0.35 * rim * rim) * alpha, alpha);
}
