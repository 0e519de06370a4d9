// Environment light, the key light and its shadow. Needs frame.wgsl.

@group(0) @binding(1) var environment_map: texture_cube<f32>;
@group(0) @binding(2) var linear_sampler: sampler;
@group(0) @binding(3) var brdf_map: texture_2d<f32>;
@group(0) @binding(4) var shadow_map: texture_depth_2d;
@group(0) @binding(5) var shadow_sampler: sampler_comparison;
@group(0) @binding(6) var contact_map: texture_2d<f32>;

// Whether the key light throws shadows. Not a uniform: software rasterizers run both sides of a branch.
override HAS_SHADOWS: bool = true;

// Whether the environment is mirrored, or looked up as if everything were rough.
override HAS_REFLECTIONS: bool = true;

fn environment_direction(direction: vec3<f32>) -> vec3<f32> {
    let turn = frame.environment.xy;
    return vec3<f32>(
        turn.x * direction.x + turn.y * direction.y,
        turn.x * direction.y - turn.y * direction.x,
        direction.z,
    );
}

// Irradiance divided by pi: what a white diffuse surface would send back.
fn irradiance(normal: vec3<f32>) -> vec3<f32> {
    let n = environment_direction(normal);
    let sum = frame.irradiance[0].rgb
        + frame.irradiance[1].rgb * n.y + frame.irradiance[2].rgb * n.z + frame.irradiance[3].rgb * n.x
        + frame.irradiance[4].rgb * (n.x * n.y) + frame.irradiance[5].rgb * (n.y * n.z)
        + frame.irradiance[6].rgb * (3.0 * n.z * n.z - 1.0) + frame.irradiance[7].rgb * (n.x * n.z)
        + frame.irradiance[8].rgb * (n.x * n.x - n.y * n.y);
    return max(sum, vec3<f32>(0.0)) * frame.environment.z;
}

// Mip levels hold the roughness sqrt-spaced: see environment.rs.
fn reflected_light(direction: vec3<f32>, roughness: f32) -> vec3<f32> {
    if !HAS_REFLECTIONS {
        return irradiance(direction);
    }
    let level = roughness * frame.environment.w;
    return textureSampleLevel(environment_map, linear_sampler, environment_direction(direction), level).rgb
        * frame.environment.z;
}

// Scale and bias of the reflectance at normal incidence (Karis, 2013); without reflections his fit of 2014.
fn environment_brdf(n_dot_v: f32, roughness: f32) -> vec2<f32> {
    if HAS_REFLECTIONS {
        return textureSampleLevel(brdf_map, linear_sampler, vec2<f32>(n_dot_v, roughness), 0.0).rg;
    }
    let r = roughness * vec4<f32>(-1.0, -0.0275, -0.572, 0.022) + vec4<f32>(1.0, 0.0425, 1.04, -0.04);
    let a = min(r.x * r.x, exp2(-9.28 * n_dot_v)) * r.x + r.y;
    return vec2<f32>(-1.04, 1.04) * a + r.zw;
}

fn lit_at(place: vec3<f32>, offset: vec2<f32>) -> f32 {
    return textureSampleCompareLevel(shadow_map, shadow_sampler, place.xy + offset, place.z);
}

// Share of the key light that arrives, 0 to 1, with an edge `radius` wide in shadow map coordinates.
// Four taps far out tell light from shadow nearly everywhere; only the edge pays for the rest.
fn key_visibility(pos_in_eye: vec3<f32>, radius: f32) -> f32 {
    let place = (frame.shadow_from_eye * vec4<f32>(pos_in_eye, 1.0)).xyz;
    if any(place != saturate(place)) {
        return 1.0;
    }
    let r = radius;
    let outer = lit_at(place, vec2<f32>(0.92, 0.38) * r) + lit_at(place, vec2<f32>(-0.38, 0.92) * r)
        + lit_at(place, vec2<f32>(-0.92, -0.38) * r) + lit_at(place, vec2<f32>(0.38, -0.92) * r);
    if outer < 0.001 || outer > 3.999 {
        return outer * 0.25;
    }
    let middle = lit_at(place, vec2<f32>(0.55, -0.32) * r) + lit_at(place, vec2<f32>(0.32, 0.55) * r)
        + lit_at(place, vec2<f32>(-0.55, 0.32) * r) + lit_at(place, vec2<f32>(-0.32, -0.55) * r);
    let ring = lit_at(place, vec2<f32>(0.78, 0.02) * r) + lit_at(place, vec2<f32>(-0.02, 0.78) * r)
        + lit_at(place, vec2<f32>(-0.78, -0.02) * r) + lit_at(place, vec2<f32>(0.02, -0.78) * r);
    let inner = lit_at(place, vec2<f32>(0.17, 0.20) * r) + lit_at(place, vec2<f32>(-0.20, 0.17) * r)
        + lit_at(place, vec2<f32>(-0.17, -0.20) * r) + lit_at(place, vec2<f32>(0.20, -0.17) * r);
    return (outer + middle + ring + inner) * 0.0625;
}
