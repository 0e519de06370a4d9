// One triangle over the whole target; uv runs from the top left.

struct Screen {
    @builtin(position) clip: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) idx: u32) -> Screen {
    let uv = vec2<f32>(f32((idx << 1u) & 2u), f32(idx & 2u));
    return Screen(vec4<f32>(uv.x * 2.0 - 1.0, 1.0 - uv.y * 2.0, 0.0, 1.0), uv);
}
