// Copies a texture of sRGB encoded values into the viewport. Needs fullscreen.wgsl.

@group(0) @binding(0) var source_map: texture_2d<f32>;
@group(0) @binding(1) var source_sampler: sampler;

// Whether the target encodes by itself.
override DECODES: bool = false;

@fragment
fn fragment(in: Screen) -> @location(0) vec4<f32> {
    let texel = textureSampleLevel(source_map, source_sampler, in.uv, 0.0);
    if DECODES {
        let high = pow((max(texel.rgb, vec3<f32>(0.04045)) + 0.055) / 1.055, vec3<f32>(2.4));
        return vec4<f32>(select(high, texel.rgb / 12.92, texel.rgb <= vec3<f32>(0.04045)), texel.a);
    }
    return texel;
}
