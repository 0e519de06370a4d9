// Depth of section caps: that of the plane, not that of the inside that is drawn in its place. Needs frame, sections.

struct CapVarying {
    @builtin(position) clip: vec4<f32>,
    // A point of the line of sight through the pixel.
    @location(0) pos_in_eye: vec3<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) idx: u32) -> CapVarying {
    let corner = vec2<f32>(f32((idx << 1u) & 2u), f32(idx & 2u)) * 2.0 - 1.0;
    let near = frame.eye_from_clip * vec4<f32>(corner, 1.0, 1.0);
    // Depth 0 is as far as can be.
    return CapVarying(vec4<f32>(corner, 0.0, 1.0), near.xyz / near.w);
}

// Leaves the depth of the vertices.
@fragment
fn far() {
}

@fragment
fn entry(in: CapVarying) -> @builtin(frag_depth) f32 {
    let is_parallel = frame.view_direction.w > 0.5;
    let start = select(vec3<f32>(0.0), in.pos_in_eye, is_parallel);
    let direction = select(normalize(in.pos_in_eye), frame.view_direction.xyz, is_parallel);
    let reach = entry_of(start, direction);
    // Where the eye is within a part there is no cap, and the inside that is drawn has its own depth.
    if reach < 0.0 {
        discard;
    }
    let clip = frame.clip_from_eye * vec4<f32>(start + direction * reach, 1.0);
    return saturate(clip.z / clip.w);
}
