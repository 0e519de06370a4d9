// One direction of a Gaussian blur. Needs fullscreen.

@group(0) @binding(0) var source: texture_2d<f32>;
@group(0) @binding(1) var source_sampler: sampler;
// Step between taps in texture coordinates.
@group(0) @binding(2) var<uniform> step: vec4<f32>;

@fragment
fn fragment(in: Screen) -> @location(0) vec4<f32> {
    var sum = vec4<f32>(0.0);
    var total = 0.0;
    for (var i = -8; i <= 8; i++) {
        let x = f32(i) / 4.0;
        let weight = exp(-0.5 * x * x);
        sum += weight * textureSampleLevel(source, source_sampler, in.uv + f32(i) * step.xy, 0.0);
        total += weight;
    }
    return sum / total;
}
