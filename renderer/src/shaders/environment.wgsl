// Prepares the environment: an image of all directions becomes a cube, and the cube's mip levels become what surfaces of
// growing roughness reflect. Needs fullscreen.

// Rust twin: `gpu_data::PrefilterUniform`.
struct Prefilter {
    // Axes of the cube face: right, down, out.
    right: vec4<f32>,
    down: vec4<f32>,
    out: vec4<f32>,
    // Roughness, number of samples, texels along a face of the source, unused.
    params: vec4<f32>,
}

@group(0) @binding(0) var<uniform> prefilter: Prefilter;
@group(0) @binding(1) var source_sampler: sampler;
@group(0) @binding(2) var equirect: texture_2d<f32>;
@group(0) @binding(3) var cube: texture_cube<f32>;

const PI: f32 = 3.14159265;

fn direction_at(uv: vec2<f32>) -> vec3<f32> {
    let at = uv * 2.0 - 1.0;
    return normalize(prefilter.right.xyz * at.x + prefilter.down.xyz * at.y + prefilter.out.xyz);
}

@fragment
fn from_equirect(in: Screen) -> @location(0) vec4<f32> {
    let d = direction_at(in.uv);
    let uv = vec2<f32>(0.5 - atan2(d.y, d.x) / (2.0 * PI), acos(clamp(d.z, -1.0, 1.0)) / PI);
    return vec4<f32>(textureSampleLevel(equirect, source_sampler, uv, 0.0).rgb, 1.0);
}

@fragment
fn halved(in: Screen) -> @location(0) vec4<f32> {
    return vec4<f32>(textureSampleLevel(cube, source_sampler, direction_at(in.uv), 0.0).rgb, 1.0);
}

// Point `i` of `count` in the unit square (Hammersley); `count` at most 2^16, so the reversed bits fit.
fn hammersley(i: u32, count: u32) -> vec2<f32> {
    var bits = i;
    bits = (bits << 16u) | (bits >> 16u);
    bits = ((bits & 0x55555555u) << 1u) | ((bits & 0xAAAAAAAAu) >> 1u);
    bits = ((bits & 0x33333333u) << 2u) | ((bits & 0xCCCCCCCCu) >> 2u);
    bits = ((bits & 0x0F0F0F0Fu) << 4u) | ((bits & 0xF0F0F0F0u) >> 4u);
    bits = ((bits & 0x00FF00FFu) << 8u) | ((bits & 0xFF00FF00u) >> 8u);
    return vec2<f32>((f32(i) + 0.5) / f32(count), f32(bits) * 2.3283064e-10);
}

// A microfacet normal of the GGX distribution around +Z.
fn ggx_half_vector(point: vec2<f32>, alpha: f32) -> vec3<f32> {
    let cos_theta = sqrt((1.0 - point.y) / (1.0 + (alpha * alpha - 1.0) * point.y));
    let sin_theta = sqrt(max(1.0 - cos_theta * cos_theta, 0.0));
    let phi = 2.0 * PI * point.x;
    return vec3<f32>(cos(phi) * sin_theta, sin(phi) * sin_theta, cos_theta);
}

// Split sum, first half (Karis, 2013): view and normal are taken as equal. Samples read the mip level that matches
// their share of the lobe (Colbert and Krivanek, 2007), so few are enough.
@fragment
fn rough(in: Screen) -> @location(0) vec4<f32> {
    let n = direction_at(in.uv);
    let helper = select(vec3<f32>(0.0, 0.0, 1.0), vec3<f32>(1.0, 0.0, 0.0), abs(n.z) > 0.9);
    let tangent = normalize(cross(helper, n));
    let bitangent = cross(n, tangent);
    let alpha = prefilter.params.x * prefilter.params.x;
    let count = u32(prefilter.params.y);
    let texel_solid_angle = 4.0 * PI / (6.0 * prefilter.params.z * prefilter.params.z);
    var sum = vec3<f32>(0.0);
    var total = 0.0;
    for (var i = 0u; i < count; i++) {
        let h = ggx_half_vector(hammersley(i, count), alpha);
        // Reflecting +Z about h.
        let l = vec3<f32>(2.0 * h.z * h.xy, 2.0 * h.z * h.z - 1.0);
        if l.z > 0.0 {
            let d = h.z * h.z * (alpha * alpha - 1.0) + 1.0;
            let density = alpha * alpha / (PI * d * d) * 0.25;
            let share = 1.0 / (f32(count) * density);
            let level = max(0.5 * log2(share / texel_solid_angle) + 1.0, 0.0);
            let direction = l.x * tangent + l.y * bitangent + l.z * n;
            sum += textureSampleLevel(cube, source_sampler, direction, level).rgb * l.z;
            total += l.z;
        }
    }
    return vec4<f32>(sum / max(total, 1e-4), 1.0);
}

// Split sum, second half: scale and bias of F0 by the cosine of the view angle (x) and roughness (y).
@fragment
fn brdf(in: Screen) -> @location(0) vec4<f32> {
    let n_dot_v = max(in.uv.x, 1e-3);
    let v = vec3<f32>(sqrt(1.0 - n_dot_v * n_dot_v), 0.0, n_dot_v);
    let alpha = in.uv.y * in.uv.y;
    let a2 = alpha * alpha;
    var sum = vec2<f32>(0.0);
    let count = 64u;
    for (var i = 0u; i < count; i++) {
        let h = ggx_half_vector(hammersley(i, count), alpha);
        let v_dot_h = max(dot(v, h), 0.0);
        let l = 2.0 * v_dot_h * h - v;
        if l.z > 0.0 {
            let smith = 0.5 / (l.z * sqrt(n_dot_v * n_dot_v * (1.0 - a2) + a2)
                + n_dot_v * sqrt(l.z * l.z * (1.0 - a2) + a2));
            let geometry = smith * l.z * 4.0 * v_dot_h / max(h.z, 1e-4);
            let fresnel = pow(1.0 - v_dot_h, 5.0);
            sum += geometry * vec2<f32>(1.0 - fresnel, fresnel);
        }
    }
    return vec4<f32>(sum / f32(count), 0.0, 1.0);
}
