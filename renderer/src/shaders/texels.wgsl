// Points and segments fetched by number from rows of texels. Needs nothing.

@group(1) @binding(0) var texels: texture_2d<u32>;

// Rust twin: `uploads::texel_rows::ROW`.
const ROW: u32 = 2048u;

// Rust twin: `gpu_data::InstanceData`.
struct TexelInstance {
    @location(6) eye_from_local_0: vec4<f32>,
    @location(7) eye_from_local_1: vec4<f32>,
    @location(8) eye_from_local_2: vec4<f32>,
    @location(9) tint: vec4<f32>,
    @location(10) flags: u32,
}

struct Texel {
    pos_in_eye: vec3<f32>,
    // Alpha 0: an edge, which takes the view's colour.
    color: vec4<f32>,
}

fn texel_at(instance: TexelInstance, idx: u32) -> Texel {
    let raw = textureLoad(texels, vec2<u32>(idx % ROW, idx / ROW), 0);
    let local = vec4<f32>(bitcast<vec3<f32>>(raw.xyz), 1.0);
    let pos_in_eye = vec3<f32>(
        dot(instance.eye_from_local_0, local),
        dot(instance.eye_from_local_1, local),
        dot(instance.eye_from_local_2, local),
    );
    return Texel(pos_in_eye, unpack4x8unorm(raw.w));
}
