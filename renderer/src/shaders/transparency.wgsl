// Weighted blended order-independent transparency (McGuire and Bavoil, 2013), arranged so that one blend state serves
// both targets, which is all that WebGL 2 has: colour adds up, alpha multiplies.

struct Layer {
    // rgb: weighted premultiplied colour, adds up; a: opacity, multiplies to what shines through.
    @location(0) color: vec4<f32>,
    // r: weight, adds up.
    @location(1) weight: vec4<f32>,
}

fn layer(shown: vec3<f32>, opacity: f32, pos_in_eye: vec3<f32>) -> Layer {
    let depth = dot(pos_in_eye, frame.view_direction.xyz) - frame.depth_range.x;
    // 2^9 between the front and the back of the scene keeps near layers on top without leaving the range of f16.
    let weight = opacity * 32.0 * exp2(-9.0 * saturate(depth * frame.focus.w));
    return Layer(vec4<f32>(shown * weight, opacity), vec4<f32>(weight, 0.0, 0.0, opacity));
}
