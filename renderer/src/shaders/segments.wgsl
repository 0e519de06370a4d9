// Segments of constant width on the screen: feature edges, triangle edges, lines. Needs frame, sections, transparency,
// lines, texels.

struct SegmentVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) across: vec2<f32>,
    @location(1) color: vec4<f32>,
    @location(2) pos_in_eye: vec3<f32>,
    // The same where it really is, not moved towards the eye.
    @location(3) place_in_eye: vec3<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) idx: u32, instance: TexelInstance) -> SegmentVarying {
    let segment = idx / 6u;
    let a = texel_at(instance, 2u * segment);
    let b = texel_at(instance, 2u * segment + 1u);
    let a_in_eye = lifted(a.pos_in_eye, frame.sizes.z);
    let b_in_eye = lifted(b.pos_in_eye, frame.sizes.z);
    let wide = widened(idx, a_in_eye, b_in_eye, frame.sizes.x);
    var out: SegmentVarying;
    out.clip = wide.clip;
    out.across = wide.across;
    let own = mix(a.color, b.color, wide.share);
    // Rust twins: `edge_point` and `wire_point` in uploads/mesh.rs.
    let edge = vec4<f32>(frame.edge_color.rgb, frame.edge_color.a * select(1.0, 0.4, own.r > 0.0));
    out.color = select(own, edge, own.a == 0.0);
    out.pos_in_eye = mix(a_in_eye, b_in_eye, wide.share);
    out.place_in_eye = mix(a.pos_in_eye, b.pos_in_eye, wide.share);
    return out;
}

@fragment
fn opaque(in: SegmentVarying) -> @location(0) vec4<f32> {
    if is_cut_away(in.place_in_eye) {
        discard;
    }
    let alpha = in.color.a * line_coverage(in.across, frame.sizes.x);
    return vec4<f32>(in.color.rgb * alpha, alpha);
}

@fragment
fn blended(in: SegmentVarying) -> Layer {
    if is_cut_away(in.place_in_eye) {
        discard;
    }
    return layer(in.color.rgb, in.color.a * line_coverage(in.across, frame.sizes.x), in.pos_in_eye);
}
