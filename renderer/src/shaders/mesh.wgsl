// Triangles with metallic-roughness materials, as defined by glTF 2.0. Needs frame, tone, light and transparency.

// Rust twin: `gpu_data::MaterialUniform`.
struct Material {
    base_color: vec4<f32>,
    // rgb, and the alpha cutoff (negative: none).
    emissive: vec4<f32>,
    // Metallic, roughness, normal scale, occlusion strength.
    factors: vec4<f32>,
    // Bits: see below.
    flags: vec4<u32>,
    // Two rows per texture: texture coordinate = (dot(row0.xy, uv) + row0.z, dot(row1.xy, uv) + row1.z); row0.w: uv set.
    uv_rows: array<vec4<f32>, 10>,
}

const UNLIT: u32 = 1u;
const DOUBLE_SIDED: u32 = 2u;
// Bit 8 + i: texture i is there. 0 base colour, 1 metallic-roughness, 2 normal, 3 occlusion, 4 emissive.
const FIRST_TEXTURE: u32 = 8u;

// Bits of an instance. Rust twin: `gpu_data::InstanceFlags`.
const MIRRORED: u32 = 1u;
const HOVERED: u32 = 2u;
const SELECTED: u32 = 4u;
const GHOST: u32 = 8u;

@group(1) @binding(0) var<uniform> material: Material;
@group(1) @binding(1) var base_color_map: texture_2d<f32>;
@group(1) @binding(2) var base_color_sampler: sampler;
@group(1) @binding(3) var metallic_roughness_map: texture_2d<f32>;
@group(1) @binding(4) var metallic_roughness_sampler: sampler;
@group(1) @binding(5) var normal_map: texture_2d<f32>;
@group(1) @binding(6) var normal_sampler: sampler;
@group(1) @binding(7) var occlusion_map: texture_2d<f32>;
@group(1) @binding(8) var occlusion_sampler: sampler;
@group(1) @binding(9) var emissive_map: texture_2d<f32>;
@group(1) @binding(10) var emissive_sampler: sampler;

// Rust twin: `geometry::display::DisplayVertex`, then `gpu_data::InstanceData`.
struct MeshVertex {
    @location(0) position: vec3<f32>,
    @location(1) normal_oct: vec2<f32>,
    @location(2) tangent_oct: vec2<f32>,
    @location(3) uv: vec4<f32>,
    @location(4) color: vec4<f32>,
    @location(5) bitangent_sign: f32,
    @location(6) eye_from_local_0: vec4<f32>,
    @location(7) eye_from_local_1: vec4<f32>,
    @location(8) eye_from_local_2: vec4<f32>,
    @location(9) tint: vec4<f32>,
    @location(10) flags: u32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) pos_in_eye: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tangent: vec4<f32>,
    @location(3) uv: vec4<f32>,
    @location(4) color: vec4<f32>,
    @location(5) @interpolate(flat) tint: vec4<f32>,
    @location(6) @interpolate(flat) flags: u32,
}

fn from_octahedron(e: vec2<f32>) -> vec3<f32> {
    let z = 1.0 - abs(e.x) - abs(e.y);
    let fold = max(-z, 0.0);
    return normalize(vec3<f32>(
        e.x + select(fold, -fold, e.x >= 0.0),
        e.y + select(fold, -fold, e.y >= 0.0),
        z,
    ));
}

@vertex
fn vertex(in: MeshVertex) -> Varying {
    let local = vec4<f32>(in.position, 1.0);
    let row0 = in.eye_from_local_0;
    let row1 = in.eye_from_local_1;
    let row2 = in.eye_from_local_2;
    let pos_in_eye = vec3<f32>(dot(row0, local), dot(row1, local), dot(row2, local));
    // The cofactor matrix turns normals right under any scale; its sign is that of the determinant.
    let sign = select(1.0, -1.0, (in.flags & MIRRORED) != 0u);
    let n = from_octahedron(in.normal_oct);
    var out: Varying;
    out.clip = frame.clip_from_eye * vec4<f32>(pos_in_eye, 1.0);
    out.pos_in_eye = pos_in_eye;
    let cofactor_0 = cross(row1.xyz, row2.xyz);
    let cofactor_1 = cross(row2.xyz, row0.xyz);
    let cofactor_2 = cross(row0.xyz, row1.xyz);
    out.normal = sign * vec3<f32>(dot(cofactor_0, n), dot(cofactor_1, n), dot(cofactor_2, n));
    let t = from_octahedron(in.tangent_oct);
    out.tangent = vec4<f32>(dot(row0.xyz, t), dot(row1.xyz, t), dot(row2.xyz, t), sign * in.bitangent_sign);
    out.uv = in.uv;
    out.color = in.color;
    out.tint = in.tint;
    out.flags = in.flags;
    return out;
}

fn has_texture(idx: u32) -> bool {
    return (material.flags.x & (1u << (FIRST_TEXTURE + idx))) != 0u;
}

fn texture_coordinate(uv: vec4<f32>, idx: u32) -> vec2<f32> {
    let row0 = material.uv_rows[2u * idx];
    let row1 = material.uv_rows[2u * idx + 1u];
    let own = select(uv.xy, uv.zw, row0.w > 0.5);
    return vec2<f32>(dot(row0.xy, own) + row0.z, dot(row1.xy, own) + row1.z);
}

struct Surface {
    color: vec3<f32>,
    alpha: f32,
    metallic: f32,
    roughness: f32,
    normal: vec3<f32>,
    geometric_normal: vec3<f32>,
    occlusion: f32,
    emissive: vec3<f32>,
    // Seen from the back of a single-sided material.
    is_inside: bool,
}

// Towards the side that is seen. A mesh without a normal somewhere is shaded flat there.
fn shading_normal(normal: vec3<f32>, pos_in_eye: vec3<f32>, is_outside: bool) -> vec3<f32> {
    let flat_normal = cross(dpdx(pos_in_eye), dpdy(pos_in_eye));
    let length_squared = dot(normal, normal);
    if length_squared < 1e-30 {
        return normalize(flat_normal) * sign(-dot(flat_normal, pos_in_eye));
    }
    return normal * inverseSqrt(length_squared) * select(-1.0, 1.0, is_outside);
}

fn surface_at(in: Varying, is_front: bool) -> Surface {
    var s: Surface;
    var base = material.base_color * in.color;
    if has_texture(0u) {
        base *= textureSample(base_color_map, base_color_sampler, texture_coordinate(in.uv, 0u));
    }
    s.color = base.rgb;
    s.alpha = base.a;
    s.metallic = material.factors.x;
    s.roughness = material.factors.y;
    if has_texture(1u) {
        let texel =
            textureSample(metallic_roughness_map, metallic_roughness_sampler, texture_coordinate(in.uv, 1u));
        s.roughness *= texel.g;
        s.metallic *= texel.b;
    }
    s.occlusion = 1.0;
    if has_texture(3u) {
        let texel = textureSample(occlusion_map, occlusion_sampler, texture_coordinate(in.uv, 3u));
        s.occlusion = 1.0 + material.factors.w * (texel.r - 1.0);
    }
    s.emissive = material.emissive.rgb;
    if has_texture(4u) {
        s.emissive *= textureSample(emissive_map, emissive_sampler, texture_coordinate(in.uv, 4u)).rgb;
    }
    let is_outside = is_front != ((in.flags & MIRRORED) != 0u);
    let side = select(-1.0, 1.0, is_outside);
    var n = shading_normal(in.normal, in.pos_in_eye, is_outside);
    s.geometric_normal = n;
    if has_texture(2u) {
        let texel = textureSample(normal_map, normal_sampler, texture_coordinate(in.uv, 2u)).xyz * 2.0 - 1.0;
        let t = in.tangent.xyz - n * dot(n, in.tangent.xyz);
        if in.tangent.w != 0.0 && dot(t, t) > 1e-20 {
            let tangent = normalize(t);
            let bitangent = cross(n, tangent) * in.tangent.w;
            let scaled = vec3<f32>(texel.xy * material.factors.z, texel.z);
            n = normalize(scaled.x * side * tangent + scaled.y * bitangent + scaled.z * n);
        }
    }
    s.normal = n;
    s.is_inside = !is_outside && (material.flags.x & DOUBLE_SIDED) == 0u;
    return s;
}

// Rougher where the normal turns quickly within a pixel, so that highlights do not sparkle (Tokuyoshi and Kaplanyan,
// 2019). Returns the perceptual roughness.
fn filtered_roughness(roughness: f32, normal: vec3<f32>) -> f32 {
    let du = dpdx(normal);
    let dv = dpdy(normal);
    let kernel = min(0.5 * (dot(du, du) + dot(dv, dv)), 0.18);
    let alpha = roughness * roughness;
    return sqrt(sqrt(saturate(alpha * alpha + kernel)));
}

fn lit(s: Surface, pos_in_eye: vec3<f32>, roughness_in: f32) -> vec3<f32> {
    let roughness = clamp(roughness_in, 0.045, 1.0);
    let n = s.normal;
    let v = direction_to_eye(pos_in_eye);
    let n_dot_v = max(dot(n, v), 1e-3);
    let f0 = mix(vec3<f32>(0.04), s.color, s.metallic);
    let diffuse_color = s.color * (1.0 - s.metallic);

    // Split sum (Karis, 2013) with multiple scattering (Fdez-Aguera, 2019).
    let brdf = environment_brdf(n_dot_v, roughness);
    let single = f0 * brdf.x + brdf.y;
    let missing = 1.0 - (brdf.x + brdf.y);
    let average = f0 + (1.0 - f0) / 21.0;
    let multiple = single * average / (1.0 - missing * average) * missing;
    let diffuse = diffuse_color * (1.0 - single - multiple);
    let ambient = irradiance(n);
    let r = reflect(-v, n);
    // Reflections from below the surface itself are dark.
    let horizon = saturate(1.0 + dot(r, s.geometric_normal));
    var light = s.occlusion
        * (single * reflected_light(r, roughness) * horizon * horizon + (multiple + diffuse) * ambient);

    let l = frame.key_direction.xyz;
    let n_dot_l = dot(n, l);
    if n_dot_l > 0.0 && frame.key_light.r > 0.0 {
        var visible = 1.0;
        if HAS_SHADOWS && frame.key_direction.w > 0.0 {
            let start = pos_in_eye + s.geometric_normal * (frame.key_light.w * (1.5 - n_dot_l));
            visible = 1.0 - frame.key_direction.w * (1.0 - key_visibility(start, frame.ground.z));
        }
        let h = normalize(l + v);
        let n_dot_h = saturate(dot(n, h));
        // The lamp is a box, not a point: its glint on smooth surfaces is as wide as the box.
        let a = max(roughness, 0.22) * max(roughness, 0.22);
        let a2 = a * a;
        let d = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0;
        let smith = n_dot_l * sqrt(n_dot_v * n_dot_v * (1.0 - a2) + a2)
            + n_dot_v * sqrt(n_dot_l * n_dot_l * (1.0 - a2) + a2);
        let fresnel = f0 + (1.0 - f0) * pow(1.0 - saturate(dot(v, h)), 5.0);
        let specular = fresnel * (a2 / (3.14159265 * d * d) * 0.5 / max(smith, 1e-5));
        let lambert = (1.0 - fresnel) * diffuse_color * 0.31830989;
        light += frame.key_light.rgb * visible * n_dot_l * (lambert + specular);
    }
    return light + s.emissive;
}

// The dark of an inside that should not be seen: shaded a little, so that its shape can be read.
fn inside(s: Surface, pos_in_eye: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(0.105, 0.115, 0.14) * (0.35 + 0.65 * abs(dot(s.normal, direction_to_eye(pos_in_eye))));
}

fn shown(s: Surface, pos_in_eye: vec3<f32>, flags: u32, roughness: f32) -> vec3<f32> {
    var color: vec3<f32>;
    if s.is_inside {
        color = inside(s, pos_in_eye);
    } else if (material.flags.x & UNLIT) != 0u {
        color = saturate(s.color);
    } else {
        color = shown_from_light(lit(s, pos_in_eye, roughness));
    }
    if (flags & SELECTED) != 0u {
        color = mix(color, frame.outline[1].rgb, 0.16);
    } else if (flags & HOVERED) != 0u {
        color = mix(color, frame.outline[0].rgb, 0.12);
    }
    return color;
}

@fragment
fn opaque(in: Varying, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    let s = surface_at(in, is_front);
    let roughness = filtered_roughness(s.roughness, s.normal);
    if is_cut_away(in.pos_in_eye) {
        discard;
    }
    return vec4<f32>(shown(s, in.pos_in_eye, in.flags, roughness), 1.0);
}

@fragment
fn masked(in: Varying, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    let s = surface_at(in, is_front);
    let roughness = filtered_roughness(s.roughness, s.normal);
    if s.alpha < material.emissive.w || is_cut_away(in.pos_in_eye) {
        discard;
    }
    return vec4<f32>(shown(s, in.pos_in_eye, in.flags, roughness), 1.0);
}

@fragment
fn blended(in: Varying, @builtin(front_facing) is_front: bool) -> Layer {
    var s = surface_at(in, is_front);
    let roughness = filtered_roughness(s.roughness, s.normal);
    if is_cut_away(in.pos_in_eye) {
        discard;
    }
    if (in.flags & GHOST) != 0u {
        // A soft rim shows the shape.
        let facing = abs(dot(s.normal, direction_to_eye(in.pos_in_eye)));
        let opacity = saturate(in.tint.a * (0.75 + 0.9 * (1.0 - facing) * (1.0 - facing)));
        return layer(in.tint.rgb * (0.55 + 0.45 * facing), opacity, in.pos_in_eye);
    }
    if s.alpha < material.emissive.w {
        discard;
    }
    s.is_inside = false;
    var opacity = s.alpha;
    if material.emissive.w >= 0.0 {
        opacity = 1.0;
    }
    if frame.tone.w > 0.0 {
        let facing = abs(dot(s.normal, direction_to_eye(in.pos_in_eye)));
        opacity *= frame.tone.w * (0.6 + 1.6 * (1.0 - facing) * (1.0 - facing));
    }
    return layer(shown(s, in.pos_in_eye, in.flags, roughness), saturate(opacity), in.pos_in_eye);
}

// Which kind of highlight covers the pixel: r hovered, g selected.
@fragment
fn highlighted(in: Varying) -> @location(0) vec4<f32> {
    if is_cut_away(in.pos_in_eye) {
        discard;
    }
    let selected = select(0.0, 1.0, (in.flags & SELECTED) != 0u);
    return vec4<f32>(1.0 - selected, selected, 0.0, 1.0);
}

// The commonest case, made cheap for large meshes: opaque materials without textures. Half of what a vertex costs on a
// software rasterizer is what it hands on.
struct PlainVertex {
    @location(0) position: vec3<f32>,
    @location(1) normal_oct: vec2<f32>,
    @location(4) color: vec4<f32>,
    @location(6) eye_from_local_0: vec4<f32>,
    @location(7) eye_from_local_1: vec4<f32>,
    @location(8) eye_from_local_2: vec4<f32>,
    @location(10) flags: u32,
}

struct PlainVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) pos_in_eye: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) color: vec3<f32>,
    @location(3) @interpolate(flat) flags: u32,
}

@vertex
fn vertex_plain(in: PlainVertex) -> PlainVarying {
    let local = vec4<f32>(in.position, 1.0);
    let row0 = in.eye_from_local_0;
    let row1 = in.eye_from_local_1;
    let row2 = in.eye_from_local_2;
    let sign = select(1.0, -1.0, (in.flags & MIRRORED) != 0u);
    let n = from_octahedron(in.normal_oct);
    var out: PlainVarying;
    out.pos_in_eye = vec3<f32>(dot(row0, local), dot(row1, local), dot(row2, local));
    out.clip = frame.clip_from_eye * vec4<f32>(out.pos_in_eye, 1.0);
    out.normal = sign * vec3<f32>(
        dot(cross(row1.xyz, row2.xyz), n),
        dot(cross(row2.xyz, row0.xyz), n),
        dot(cross(row0.xyz, row1.xyz), n),
    );
    out.color = in.color.rgb;
    out.flags = in.flags;
    return out;
}

@fragment
fn plain(in: PlainVarying, @builtin(front_facing) is_front: bool) -> @location(0) vec4<f32> {
    var s: Surface;
    s.color = material.base_color.rgb * in.color;
    s.alpha = 1.0;
    s.metallic = material.factors.x;
    s.roughness = material.factors.y;
    s.occlusion = 1.0;
    s.emissive = material.emissive.rgb;
    let is_outside = is_front != ((in.flags & MIRRORED) != 0u);
    s.geometric_normal = shading_normal(in.normal, in.pos_in_eye, is_outside);
    s.normal = s.geometric_normal;
    s.is_inside = !is_outside && (material.flags.x & DOUBLE_SIDED) == 0u;
    let roughness = filtered_roughness(s.roughness, s.normal);
    if is_cut_away(in.pos_in_eye) {
        discard;
    }
    return vec4<f32>(shown(s, in.pos_in_eye, in.flags, roughness), 1.0);
}
